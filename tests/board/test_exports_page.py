"""The analysts' page: what a choice would give, before it is downloaded, and code that reads it."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from accounts.roles import Role
from accounts.tokens.issue import make_token
from board.exports.datasets import DATASETS
from tests.factories.people import access, person

GIVEN = {"care_group": "acute", "from": "2025-05", "plan": "strategy-2023-26"}


def _cell(value: object) -> str:
    """A cell of a JSON line, as the preview has it."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text[:80]


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_it_counts_the_rows_of_the_file_and_shows_its_first(world, client, name):
    client.force_login(world.analyst)
    for given in ({}, GIVEN):
        page = client.get("/exports/", {"dataset": name, **given})
        chosen = page.context["chosen"]
        file = client.get(f"/exports/{name}.jsonl", chosen.card.filters).getvalue().decode()
        rows = [json.loads(line, parse_float=str, parse_int=str) for line in file.splitlines()]
        assert chosen.glance.count == len(rows)
        assert f"<b>{chosen.rows}</b>" in page.text
        columns = [column.name for column in DATASETS[name].columns]
        assert [head.heading for head in chosen.preview.heads] == columns
        shown = [[str(cell)[:80] for _, cell in row] for row in chosen.preview.body]
        assert shown == [[_cell(row[one]) for one in columns] for row in rows[:10]]
        left_out = {one for one in given if one not in DATASETS[name].filters}
        assert set(filter(None, chosen.left_out.split(", "))) == left_out


@pytest.mark.any_database
def test_rows_are_counted_once_a_dataset_is_asked_for_and_its_first_are_shown_at_once(
    world, client
):
    client.force_login(world.analyst)
    page = client.get("/exports/")
    assert page.context["chosen"].card.dataset.name == "assessments"
    assert not page.context["chosen"].is_counted
    assert "“Count and show” counts the rows" in page.text
    assert "seen-in-time" in page.text


@pytest.mark.any_database
def test_what_cannot_be_used_is_said_beside_its_box_and_kept(world, client):
    client.force_login(world.analyst)
    page = client.get("/exports/", {"dataset": "actuals", "from": "2025-13", "to": "2025-06"})
    assert page.status_code == 400
    assert 'value="2025-13"' in page.text
    assert page.context["chosen"].card.filters == {"to": "2025-06"}
    unknown = client.get("/exports/", {"dataset": "actual"})
    assert unknown.status_code == 400
    assert "Did you mean actuals" in unknown.text


@pytest.mark.any_database
def test_what_is_new_since_a_moment_is_asked_for_in_the_form(world, client):
    client.force_login(world.analyst)
    page = client.get("/exports/", {"dataset": "actuals", "since": "2015-01-01"})
    assert re.search(r'<input[^>]*name="since"[^>]*value="2015-01-01"', page.text)
    assert page.context["chosen"].card.filters == {"since": "2015-01-01"}
    assert "since=2015-01-01" in page.context["chosen"].address
    other = client.get("/exports/", {"dataset": "plans", "since": "2015-01-01"})
    assert "left out: since" in other.text
    # A moment to come, one that is none, and `as_at` beside it are refused, and kept.
    for wrong in (
        {"since": "2999-01-01"},
        {"since": "soon"},
        {"since": "2016-01-01", "as_at": "2016-02-01"},
    ):
        refused = client.get("/exports/", {"dataset": "actuals", **wrong})
        assert refused.status_code == 400
        assert f'value="{wrong["since"]}"' in refused.text
        assert "“since”" in refused.text


@pytest.mark.any_database
def test_it_offers_the_three_wanted_most_first_and_where_tokens_are_made(world, client):
    client.force_login(world.analyst)
    page = client.get("/exports/").text
    options = re.search(r'<select[^>]*name="dataset".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'value="(\w+)"', options)[:3] == ["assessments", "actuals", "targets"]
    assert 'href="/accounts/tokens/"' in page


@pytest.mark.django_db(transaction=True)
def test_the_code_for_pandas_reads_the_file_with_a_token(live_server, client, monkeypatch):
    from tests.factories.worlds import small_trust

    small_trust()
    analyst = person(Role.ANALYST)
    now = timezone.now()
    _, secret = make_token(
        name="notebook",
        last_day=timezone.localdate(now) + timedelta(days=1),
        by=analyst,
        access=access(analyst),
        at=now,
    )
    client.force_login(analyst)
    host = live_server.url.removeprefix("http://")
    address = {"dataset": "actuals", "care_group": "acute"}
    page = client.get("/exports/", address, headers={"host": host})
    chosen = page.context["chosen"]
    assert chosen.address == f"{live_server.url}/exports/actuals.csv?care_group=acute"
    found: dict = {}
    code = next(one for one in chosen.snippets if one.program == "pandas").code
    assert code in unescape(page.text)
    exec(code.replace("YOUR-TOKEN", secret), found)
    assert len(found["actuals"]) == 3
    assert set(found["actuals"]["care_group"]) == {"acute"}


@pytest.mark.any_database
@pytest.mark.parametrize("status", ["red", "submitted", "complete"])
def test_every_file_that_the_page_links_to_can_be_read(world, client, status):
    """Each dataset has statuses of its own: those of another one do not apply to it."""
    client.force_login(world.analyst)
    for name in sorted(DATASETS):
        allowed = DATASETS[name].codes.get("status", lambda: ())()
        if not allowed or status not in allowed:
            continue
        page = client.get("/exports/", {"dataset": name, "status": status})
        assert page.status_code == 200
        links = {unescape(one) for one in re.findall(r'href="(/exports/[^"#]*)', page.text)}
        files = sorted(link for link in links if ".csv" in link)
        assert len(files) > len(DATASETS)
        assert {client.get(link).status_code for link in files} == {200}
        assert any(f"/{name}.csv?status={status}" in link for link in files)


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("status", "is_carried"), [("red", True), ("on_target", False), ("missing", False)]
)
def test_a_status_that_no_dataset_has_is_not_carried_to_the_page(world, client, status, is_carried):
    client.force_login(world.analyst)
    page = client.get("/summary/", {"plan": world.plan.code, "status": status})
    (link,) = {unescape(one) for one in re.findall(r'href="(/exports/\?[^"#]*)', page.text)}
    assert (f"status={status}" in link) is is_carried
    assert f"plan={world.plan.code}" in link
    assert client.get(link).status_code == 200
