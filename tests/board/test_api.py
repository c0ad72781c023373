"""The API: the rows of the files as JSON, a page at a time, for those who may use the datasets."""

import csv
import gzip
import io
import json
import random
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.validation import validate_schema

from accounts.models import AccessToken, User
from accounts.roles import Role
from accounts.tokens.issue import make_token
from board.api.answer import MOST_ROWS, USUAL_ROWS
from board.api.page import HEADERS
from board.api.paging import page_of
from board.exports.datasets import DATASETS
from kmpt_tracker.ui.formats import export_text
from kmpt_tracker.ui.tabular import WORDS
from kpis.assessments.store import touch
from strategy.exports.dataset import Dataset, whole
from strategy.exports.filters import Filters
from strategy.periods import Month
from tests.drill_api import Calls
from tests.factories.measures import SeriesFactory, approved
from tests.factories.people import access, person
from tests.factories.plans import CareGroupFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst() -> User:
    return person(Role.ANALYST)


def secret_of(someone: User) -> str:
    now = timezone.now()
    _, secret = make_token(
        name=f"{AccessToken.objects.count()}",
        last_day=timezone.localdate(now) + timedelta(days=30),
        by=someone,
        access=access(someone),
        at=now,
    )
    return secret


def program(someone: User, **headers) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret_of(someone)}", **headers})


def test_rows_that_a_page_leaves_are_no_longer_read_when_it_is_complete():
    """Else the database would be asked to end reading when the moment it reads at is long over."""
    begun, ended = [], []

    def rows(filters):
        try:
            yield from range(9)
        finally:
            ended.append(connection.in_atomic_block)

    def kept(filters):
        begun.append(rows(filters))
        return begun[-1]

    dataset = Dataset("numbers", "Numbers", (whole("n", "N", lambda row: row),), frozenset(), kept)
    assert [*page_of(dataset, Filters(), size=2, asked="").rows] == [["0"], ["1"]]
    assert dataset.glance(Filters(), is_counted=False).first[0] == ["0"]
    assert ended == [True, True]


@pytest.fixture
def caller(analyst) -> Client:
    return program(analyst)


def read(answer) -> dict:
    """Numbers as the texts they are written as."""
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json"
    return json.loads(answer.content, parse_float=str, parse_int=str)


def pages(caller: Client, address: str):
    while address:
        page = read(caller.get(address))
        yield page["rows"]
        address = page["next"]


def as_in_csv(row: dict, dataset) -> dict[str, str]:
    """A row of JSON as the CSV has it: text guarded against formulas, absent cells empty."""
    kinds = {column.name: column.kind for column in dataset.columns}
    texts = {name: "" if cell is None else cell for name, cell in row.items()}
    texts = {n: str(c).lower() if isinstance(c, bool) else c for n, c in texts.items()}
    return {n: export_text(c) if c and kinds[n] in WORDS else c for n, c in texts.items()}


@pytest.mark.usefixtures("seeded")
def test_the_pages_hold_the_rows_of_the_file_cell_by_cell_in_every_dataset(caller):
    chance = random.Random(3)
    for name, dataset in DATASETS.items():
        csv_file = caller.get(f"/exports/{name}.csv").getvalue().decode()
        from_csv = list(csv.DictReader(io.StringIO(csv_file, newline="")))
        size = chance.choice([max(len(from_csv) // 7, 1), max(len(from_csv) // 3, 1), MOST_ROWS])
        found = list(pages(caller, f"/api/v1/{name}?limit={min(size, MOST_ROWS)}"))
        assert len(found) == max(-(-len(from_csv) // min(size, MOST_ROWS)), 1), name
        rows = [as_in_csv(row, dataset) for rows in found for row in rows]
        assert rows == from_csv, name


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("assessments", "care_group=trust&status=green"),
        ("assessments", "as_at=2025-08-31"),
        ("assessments", "from=2025-05&to=2025-06"),
        ("actuals", "measure=seen-in-time"),
        ("actuals", "status=submitted"),
        ("actuals", "as_at=2025-08-31"),
        ("changes", "to=2030-01"),
        ("returns", "care_group=acute"),
        ("threads", "measure=seen-in-time"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_filters_choose_the_same_rows_as_in_the_files_however_small_the_pages(
    world, caller, name, query, size
):
    lines = caller.get(f"/exports/{name}.jsonl?{query}").getvalue().decode().splitlines()
    expected = [json.loads(line, parse_float=str, parse_int=str) for line in lines]
    found = list(pages(caller, f"/api/v1/{name}?{query}&limit={size}"))
    assert [row for rows in found for row in rows] == expected
    assert all(len(rows) == size for rows in found[:-1])


def figures(count: int = 6, months: int = 8) -> list:
    made = [SeriesFactory(measure__code=f"m-{number:02}") for number in range(count)]
    for series in made:
        for month in range(months):
            approved(series, Month(2025, 1).plus(month), value=Decimal(month))
    return made


def reported(series) -> None:
    """A figure that is approved as people do it: the series is assessed anew."""
    approved(series, Month(2025, 1), value=Decimal(5))
    touch([series.pk])


def keys(rows) -> list[tuple]:
    return [(row["measure"], row["care_group"], row["period_start"]) for row in rows]


def test_what_is_written_between_two_pages_neither_repeats_a_row_nor_hides_one(caller):
    made = figures()
    before = {key for rows in pages(caller, "/api/v1/actuals") for key in keys(rows)}
    assert len(before) == 48
    found, address, turn = [], "/api/v1/actuals?limit=5", 0
    while address:
        page = read(caller.get(address))
        found += keys(page["rows"])
        address = page["next"]
        # Corrected: what the page ended with, what was given before, and what is to come.
        last = page["rows"][-1]
        series = next(row for row in made if row.measure.code == last["measure"])
        month = Month.of(timezone.datetime.fromisoformat(last["period_start"]).date())
        approved(series, month, value=Decimal(1000 + turn))
        approved(made[0], Month(2025, 1), value=Decimal(turn))
        approved(made[-1], Month(2025, 8), value=Decimal(turn))
        # New: before and after where the reader is.
        approved(made[0], Month(2024, 12).plus(-turn), value=Decimal(1))
        approved(made[-1], Month(2026, 1).plus(turn), value=Decimal(1))
        approved(SeriesFactory(measure__code=f"a-{turn}"), Month(2025, 1), value=Decimal(1))
        turn += 1
        assert turn < 40
    assert len(found) == len(set(found))
    assert before <= set(found)


def test_a_row_that_is_gone_ends_the_pages_and_says_so(caller):
    for number in range(4):
        CareGroupFactory(code=f"group-{number}")
    page = read(caller.get("/api/v1/care_groups?limit=2"))
    from strategy.models import CareGroup

    CareGroup.objects.filter(code=page["rows"][-1]["care_group"]).update(code="renamed")
    answer = caller.get(page["next"])
    assert (answer.status_code, answer.json()["parameter"]) == (410, "cursor")
    assert "Begin again" in answer.json()["detail"]


def test_rows_that_are_alike_are_each_given_once(caller, analyst):
    from django.db import transaction

    from accounts import audit

    at = timezone.now()
    with transaction.atomic():
        for _ in range(9):
            audit.record(at=at, by=None, action="tried", obj=analyst, key="the same")
    found = [row for rows in pages(caller, "/api/v1/changes?limit=2") for row in rows]
    assert len([row for row in found if row["field"] == "tried"]) == 9


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("actuals?colour=red", 400, "colour"),
        ("plans?measure=seen-in-time", 400, "measure"),
        ("actuals?measure=nothing", 400, "measure"),
        ("actuals?from=2025-13", 400, "from"),
        ("actuals?as_at=yesterday", 400, "as_at"),
        ("actuals?status=purple", 400, "status"),
        ("actuals?origin=rumour", 400, "origin"),
        ("actuals?care_group=acute&care_group=trust", 400, "care_group"),
        ("actuals?limit=0", 400, "limit"),
        ("actuals?limit=-5", 400, "limit"),
        ("actuals?limit=1001", 400, "limit"),
        ("actuals?limit=ten", 400, "limit"),
        (f"actuals?limit={'9' * 500}", 400, "limit"),
        ("actuals?limit=²", 400, "limit"),
        ("actuals?cursor=made-up", 400, "cursor"),
        ("actuals?cursor=é", 400, "cursor"),
        ("actuals?format=csv", 400, "format"),
        ("actuals.xlsx", 400, "format"),
        ("actuals?bom=1", 400, "bom"),
        ("?plan=x", 400, "plan"),
        ("openapi.json?x=1", 400, "x"),
        ("nothing", 404, None),
        ("actuals/rows", 404, None),
        ("no\x00thing", 400, None),
    ],
)
def test_what_cannot_be_meant_is_a_problem_that_names_the_parameter(
    world, caller, address, status, parameter
):
    answer = caller.get(f"/api/v1/{address}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem.get("parameter")) == (status, parameter)
    assert problem["type"] == "about:blank"
    assert problem["title"] == answer.reason_phrase
    if parameter:
        assert f"“{parameter}”" in problem["detail"]
    assert len(problem["detail"]) < 1_000


def test_a_cursor_goes_with_its_dataset_and_filters_alone(world, caller):
    page = read(caller.get("/api/v1/actuals?limit=1&care_group=acute"))
    cursor = re.search(r"cursor=([^&]+)", page["next"])[1]
    for other in ("actuals?limit=1", "assessments?care_group=acute", "actuals?care_group=trust"):
        answer = caller.get(f"/api/v1/{other}{'&' if '?' in other else '?'}cursor={cursor}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor")
    tampered = cursor[:-1] + ("a" if cursor[-1] != "a" else "b")
    answer = caller.get(f"/api/v1/actuals?care_group=acute&cursor={tampered}")
    assert answer.status_code == 400
    assert caller.get(f"/api/v1/actuals?care_group=acute&cursor={cursor}").status_code == 200


@pytest.mark.parametrize("accept", ["text/csv", "application/xml", "text/html", "image/png"])
def test_another_format_is_not_acceptable(world, caller, accept):
    answer = caller.get("/api/v1/actuals", headers={"Accept": accept})
    assert (answer.status_code, answer.json()["parameter"]) == (406, "Accept")
    for taken in ("*/*", "application/json", "application/*", f"{accept}, */*;q=0.1"):
        assert caller.get("/api/v1/actuals", headers={"Accept": taken}).status_code == 200


def test_nobody_reads_without_a_token_or_a_sign_in(world, analyst):
    answer = Client().get("/api/v1/actuals")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer " in answer["WWW-Authenticate"]
    assert "Basic " in answer["WWW-Authenticate"]
    in_browser = Client().get("/api/v1/actuals", headers={"Sec-Fetch-Mode": "cors"})
    assert "Basic " not in in_browser["WWW-Authenticate"]
    token = AccessToken.objects.first
    secret = secret_of(analyst)
    AccessToken.objects.filter(pk=token().pk).update(
        made_at=timezone.now() - timedelta(days=9), expires_at=timezone.now()
    )
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().get("/api/v1/actuals", headers=headers)
    assert "has expired" in answer.json()["detail"]
    answer = Client().get(f"/api/v1/actuals?access_token={secret}")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "access_token")
    for role in (Role.BOARD_MEMBER, Role.CARE_GROUP_LEAD):
        client = Client()
        client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get("/api/v1/actuals")
        assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")


def test_finance_reads_no_drafts_through_the_api_either(world, caller):
    drafts = "/api/v1/actuals?status=submitted"
    assert len(read(caller.get(drafts))["rows"]) == 1
    # After an answer for somebody else was kept.
    assert read(program(person(Role.FINANCE_PMO)).get(drafts))["rows"] == []


def test_calls_are_limited_and_the_answer_says_how_long_to_wait(world, analyst, settings):
    settings.CALLS_A_MINUTE = 2
    caller = program(analyst)
    statuses = [caller.get("/api/v1/plans").status_code for _ in range(5)]
    assert statuses.count(429) >= 1
    answer = next(
        a for a in (caller.get("/api/v1/plans") for _ in range(3)) if a.status_code == 429
    )
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["detail"].startswith("Too many calls")


def test_no_cookie_is_set_whoever_calls(world, analyst, caller):
    client = Client()
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    for one in (caller, client, Client()):
        for address in ("/api/v1/", "/api/v1/actuals", "/api/v1/openapi.json", "/api/v1/nope"):
            assert not one.get(address).cookies, address


def test_an_answer_that_a_program_has_is_not_sent_again(world, caller):
    first = caller.get("/api/v1/actuals")
    assert first["Cache-Control"] == "private, no-cache"
    assert first["Allow"] == "GET, HEAD"
    again = caller.get("/api/v1/actuals", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    reported(SeriesFactory())
    changed = caller.get("/api/v1/actuals", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    for address in ("/api/v1/", "/api/v1/openapi.json"):
        tag = caller.get(address)["ETag"]
        assert caller.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_what_was_written_shows_in_the_next_answer(world, caller):
    before = read(caller.get("/api/v1/actuals"))["rows"]
    reported(SeriesFactory())
    assert len(read(caller.get("/api/v1/actuals"))["rows"]) == len(before) + 1


def test_answers_are_compressed_for_those_who_take_it(world, analyst):
    plain, packed = program(analyst), program(analyst, **{"Accept-Encoding": "gzip"})
    for address in ("/api/v1/assessments", "/api/v1/openapi.json"):
        one, two = plain.get(address), packed.get(address)
        assert two["Content-Encoding"] == "gzip"
        assert gzip.decompress(two.content) == one.content
        assert len(two.content) < len(one.content) / 2
        assert one["ETag"] == two["ETag"]
        assert "Accept-Encoding" in two["Vary"]


def test_the_address_of_the_next_page_stands_in_a_header_too(world, caller):
    answer = caller.get("/api/v1/actuals?limit=1&care_group=acute")
    assert answer["Link"] == f'<{answer.json()["next"]}>; rel="next"'
    assert "care_group=acute" in answer["Link"]
    assert not caller.get("/api/v1/actuals").has_header("Link")


def test_a_page_has_a_hundred_rows_unless_asked_otherwise(caller):
    figures(6, 18)
    assert len(read(caller.get("/api/v1/actuals"))["rows"]) == USUAL_ROWS
    assert len(read(caller.get(f"/api/v1/actuals?limit={MOST_ROWS}"))["rows"]) == 108


def test_a_load_goes_on_from_the_moment_that_its_first_page_names(caller):
    (series, *_) = figures(2, 3)
    first = caller.get("/api/v1/actuals?limit=2")
    assert not caller.get(first.json()["next"]).has_header("Rows-Until")
    assert not caller.get("/api/v1/plans").has_header("Rows-Until")
    since = {"since": first["Rows-Until"]}
    assert read(caller.get("/api/v1/actuals", since))["rows"] == []
    approved(series, Month(2025, 9), value=Decimal(5), known_from=timezone.now())
    caches["answers"].clear()
    assert len(read(caller.get("/api/v1/actuals", since))["rows"]) == 1
    both = caller.get("/api/v1/actuals", {**since, "as_at": "2025-01-01"})
    assert (both.status_code, both.json()["parameter"]) == (400, "since")


@pytest.mark.parametrize("address", ["actuals", "assessments", "changes", "targets", "commentary"])
def test_more_rows_take_no_more_queries(world, caller, address):
    def queries() -> int:
        caches["answers"].clear()
        with CaptureQueriesContext(connection) as found:
            caller.get(f"/api/v1/{address}?limit=1000")
        return len(found)

    figures(2, 2)
    queries()  # marks the token as used
    approved(SeriesFactory(), Month(2025, 1), value=Decimal(5))
    few = queries()
    figures_more = [SeriesFactory(measure__code=f"x-{number:02}") for number in range(4)]
    for series in figures_more:
        for month in range(20):
            approved(series, Month(2024, 1).plus(month), value=Decimal(month))
    assert queries() == few


def test_the_document_is_openapi_3_1_and_has_every_dataset_with_its_filters_and_columns(caller):
    document = caller.get("/api/v1/openapi.json").json()
    validate_schema(document)
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {f"/api/v1/{name}" for name in DATASETS}
    for name, dataset in DATASETS.items():
        described = document["paths"][f"/api/v1/{name}"]["get"]
        query = {one["name"] for one in described["parameters"] if one["in"] == "query"}
        assert query == {*dataset.filters, "limit", "cursor"}
        page = described["responses"]["200"]["content"]["application/json"]["schema"]
        row = page["properties"]["rows"]["items"]
        assert list(row["properties"]) == [column.name for column in dataset.columns]
        assert {"200", "304", "400", "401", "403", "406", "410", "429"} == set(
            described["responses"]
        )
        assert described["security"] == [{"token": []}, {"basic": []}, {"browser": []}]


@pytest.mark.usefixtures("seeded")
def test_answers_are_what_the_document_says(caller):
    from jsonschema import Draft202012Validator

    document = caller.get("/api/v1/openapi.json").json()
    for name in DATASETS:
        described = document["paths"][f"/api/v1/{name}"]["get"]
        page = described["responses"]["200"]["content"]["application/json"]["schema"]
        answer = caller.get(f"/api/v1/{name}?limit=1000").json()
        errors = [error.message for error in Draft202012Validator(page).iter_errors(answer)]
        assert errors == [], name
    problem = document["components"]["schemas"]["Problem"]
    Draft202012Validator(problem).validate(caller.get("/api/v1/plans?x=1").json())


def test_the_list_leads_to_every_dataset(world, caller):
    listed = caller.get("/api/v1/").json()
    assert [one["dataset"] for one in listed["datasets"]] == list(DATASETS)
    for one in listed["datasets"]:
        assert caller.get(one["rows"]).status_code == 200
        assert caller.get(f"{one['rows']}/").status_code == 200
    assert caller.get(listed["openapi"]).status_code == 200


def test_the_page_to_try_it_shows_what_a_program_gets(world, analyst, client):
    client.force_login(analyst)
    page = client.get("/exports/api/").content.decode()
    assert "/api/v1/openapi.json" in page
    assert "The answer" not in page
    tried = client.get("/exports/api/", {"dataset": "actuals", "care_group": "acute", "limit": "1"})
    answer = client.get("/api/v1/actuals?care_group=acute&limit=1")
    shown = tried.context["page"]
    assert shown.status == "200 OK"
    assert json.loads(shown.body)["rows"] == answer.json()["rows"]
    assert {name for name, _ in shown.headers} == set(HEADERS) - {"Content-Encoding"}
    browser = {"Accept-Encoding": "gzip, deflate"}
    packed = client.get(tried.request["PATH_INFO"], {"dataset": "plans"}, headers=browser)
    assert json.loads(packed.context["page"].body)["dataset"] == "plans"
    assert "/api/v1/actuals?care_group=acute&amp;limit=1" in tried.content.decode()
    refused = client.get("/exports/api/", {"dataset": "actuals", "from": "never"})
    assert refused.context["page"].status == "400 Bad Request"
    assert json.loads(refused.context["page"].body)["parameter"] == "from"
    assert client.get("/exports/api/", {"dataset": "nope"}).context["page"].status.startswith("404")


def test_digits_are_shown_as_they_are_sent(world, caller, analyst, client):
    series = SeriesFactory(measure__code="exact")
    approved(series, Month(2025, 1), value=Decimal("12345678.123456"))
    client.force_login(analyst)
    page = client.get("/exports/api/", {"dataset": "actuals", "measure": "exact"})
    assert '"value": 12345678.123456' in page.context["page"].body
    assert b'"value":12345678.123456' in caller.get("/api/v1/actuals?measure=exact").content


def test_calls_made_up_by_chance_are_answered(place, analyst):
    client = Client()
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    calls = Calls(client, DATASETS, random.Random(7))
    for _ in range(250):
        calls.one()
    assert {200, 400} <= set(calls.statuses)
