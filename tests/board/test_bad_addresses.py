"""Bad addresses: a 400 says why, a 404 helps, and nothing crashes."""

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from strategy.models import Plan
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.board.calling import secret_of
from tests.factories.people import person
from tests.factories.rows import row

pytestmark = pytest.mark.any_database

NEXT_YEAR = Month.of(timezone.localdate() + timedelta(days=366))
NO_MONTH = [
    "2025-13", "2025-00", "0000-00", "0000-01", "0001-01", "1947-12", "9998-12",
    "9999-12", "10000-01", "2025", "2025-7", "25-07", "2025-07-01", "07-2025", "July 2025",
    "2025/07", "2025_07",
    "２０２５-０７", "٢٠٢٥-٠٧", "2025–07", "-2025-07", "+2025-07", "2025-07-", "2025-0x7",
    "2025-07,2025-08", "1e3-07", "NaN", "null", "undefined", "None", "[]", "{}", "*", "'", '"',
    "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%", "%s", "{{7*7}}", "\x00",
    "2025-07\x00", "\ufffd", "\u202e2025-07", "😀", "x" * 5_000, "9" * 5_000, str(NEXT_YEAR),
]  # fmt: skip
NO_MOMENT = [
    "2025-02-30", "2025-02-29", "2025-04-31", "2025-13-01", "2025-00-10", "2025-01-00",
    "0000-01-01", "0001-01-01", "1947-12-31", "9999-12-31", "10000-01-01", "99999-01-01", "2025",
    "2025-04", "20250401", "13/13/2025", "1 Octember 2025", "1 Apr 25", "1 Jan 1948",
    "yesterday", "now", "2025-04-01T",
    "2025-04-01T25:00", "2025-04-01T12:60", "2025-04-01T12", "2025-04-01T12:00:61",
    "2025-04-01T12:00+99:00", "2025-04-01T12:00Zulu", "２０２５-０４-０１", "٢٠٢٥-٠٤-٠١", "-1",
    "1e400", "NaN", "null", "[]", "<script>", "' OR 1=1 --", "\x00", "2025-04-01\x00", "\ufffd",
    "😀", "x" * 5_000, "2" * 5_000,
]  # fmt: skip
NO_CODE = [
    "a b", "a.b", "a/b", "<script>", "' OR 1=1 --", "../../etc/passwd", "ａcute", "é", "😀", "%",
    "\x00", "acute\x00", "\ufffd", "x" * 5_000, "{{7*7}}", "a\nb", "*", "?", "",
]  # fmt: skip
NO_WORDS = ["\x00", "sick\x00", "\ufffd", "\ufffe", "x" * 201, "x" * 20_000]


def shared_out(
    asked_for: tuple[tuple[str, str], ...], texts: list[str]
) -> Iterator[tuple[str, str, str]]:
    """The texts shared out over the pages, as one parser reads the addresses of all."""
    for number, text in enumerate(texts):
        yield (*asked_for[number % len(asked_for)], text)


CODES = [text for text in NO_CODE if text]
ASKED = [
    *shared_out((("/", "period"), ("/plans/<plan>/", "period"), ("/data.csv", "period")), NO_MONTH),
    *shared_out(
        (
            ("/", "as_at"),
            ("/measures/", "as_at"),
            ("/measures/<code>/", "as_at"),
            ("/care-groups/<code>/", "as_at"),
        ),
        NO_MOMENT,
    ),
    *shared_out(
        (
            ("/", "plan"),
            ("/measures/", "plan"),
            ("/measures/<code>/", "care_group"),
            ("/data.csv", "plan"),
            ("/measures/data.csv", "plan"),
        ),
        CODES,
    ),
    *shared_out(
        (("/exports/", "plan"), ("/exports/", "care_group"), ("/exports/", "measure")), CODES
    ),
    *(("/exports/", "from", text) for text in NO_MONTH[::4] if text != str(NEXT_YEAR)),
    *(
        (page, "q", text)
        for page in ("/measures/", "/measures/data.csv", "/search/")
        for text in NO_WORDS
    ),
    *((page, "bom", text) for page in ("/data.csv", "/cip/data.csv") for text in ("2", "yes")),
]


# These show what is wrong next to the form that it was typed in.
WITH_FORM = ("/", "/search/", "/measures/", "/measures/<code>/", "/exports/")


@pytest.fixture
def reader(client, place):
    client.force_login(person(*Role), backend=BACKEND)
    return client


def asked(place, at: str, /, **given: str) -> str:
    query = "&".join(f"{name}={quote(text)}" for name, text in given.items())
    return f"{place.address(at)}?{query}"


def test_a_value_that_cannot_be_meant_is_a_400_that_names_it(place, reader):
    for page, name, text in ASKED:
        response = reader.get(asked(place, page, **{name: text}))
        where = (page, name, text[:40])
        assert response.status_code == 400, where
        said = response.content.decode()
        assert f"“{name}”" in said, where
        if page not in WITH_FORM:
            assert "Check it, or" in said
            assert len(said) < 20_000, where
        else:
            assert f'id="filter-{name}-error"' in said, where
            assert "Error: " in said
        assert "<script>alert" not in said


@pytest.mark.parametrize(
    ("at", "name", "value"),
    [
        ("/", "period", "2025-07"),
        ("/", "as_at", "2025-08-31"),
        ("/", "plan", "strategy-2023-26"),
        ("/measures/", "plan", "strategy-2023-26"),
        ("/measures/<code>/", "care_group", "acute"),
        ("/measures/<code>/data.csv", "as_at", "2025-08-31"),
        ("/data.csv", "bom", "1"),
    ],
)
def test_one_that_is_empty_is_none_and_two_are_too_many(place, reader, at, name, value):
    assert reader.get(asked(place, at, **{name: ""})).status_code == 200
    assert reader.get(asked(place, at, **{name: value})).status_code == 200
    twice = reader.get(f"{asked(place, at, **{name: value})}&{name}={value}")
    assert twice.status_code == 400
    assert f"“{name}” is given more than once." in twice.content.decode()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?plan=nowhere", "There is no plan called “nowhere” (“plan”). Use strategy-2023-26."),
        ("/data.csv?plan=nowhere", "There is no plan called “nowhere” (“plan”)."),
        ("/measures/?plan=nowhere", "There is no plan called “nowhere” (“plan”)."),
        (
            "/measures/seen-in-time/?care_group=nobody",
            "no care group called “nobody” (“care_group”)",
        ),
        ("/measures/seen-in-time/data.csv?care_group=nobody", "no care group called “nobody”"),
    ],
)
def test_a_code_that_nobody_has_is_a_400_that_names_it(place, reader, address, said):
    response = reader.get(address)
    assert response.status_code == 400
    assert said in response.text


@pytest.mark.parametrize("page", ["/plans/", "/returns/", "/cip/", "/threads/", "/measures/"])
@pytest.mark.parametrize("text", ["\x00", "\ufffd", "x" * 5_000, "2023-13"])
def test_what_a_page_does_not_know_is_ignored_and_an_unreadable_one_not_taken_along(
    place, reader, page, text
):
    response = reader.get(asked(place, page, period=text, colour=text))
    assert response.status_code == 200
    assert "\x00" not in response.text
    assert "%00" not in response.text
    assert "%EF%BF%BD" not in response.text


@pytest.mark.parametrize(
    "address",
    ["/returns/", "/exports/", "/withdraw-text/", "/measures/seen-in-time/figures/"],
)
@pytest.mark.parametrize("moment", ["nonsense", "2025-08-31", "%00"])
def test_whoever_may_not_read_a_page_is_told_that_first(place, client, address, moment):
    assert client.get(f"{address}?as_at={moment}").status_code == 302
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    assert client.get(f"{address}?as_at={moment}").status_code == 403


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/exports/care_groups.csv?care_group=nobody", "care_group"),
        ("/exports/plans.csv?colour=", "colour"),
        ("/exports/plans.csv?measure=", "measure"),
        ("/exports/actuals.csv?from=2025-01&from=2025-02", "from"),
        ("/exports/actuals.csv?measure=%00", "measure"),
        ("/exports/actuals.schema.json?as_at=2025-08-31", "as_at"),
        ("/exports/?from=2025-01&from=2025-02", "from"),
        ("/exports/?status=nowhere", "status"),
        ("/exports/actuals.csv?measure=seen-in-tim", "measure"),
        ("/exports/?from=2025-02&to=2025-01", "to"),
        *(
            (f"/search/?q=seen&page={text}", "page")
            for text in ("0", "-1", "1.0", "x", "１", "9" * 99)
        ),
        ("/search/?q=seen&kind=measures", "kind"),
        ("/plans/strategy-2023-26/?section=nowhere", "section"),
        ("/plans/strategy-2023-26/?section=grouping-9", "section"),
        ("/measures/seen-in-time/?span=year", "span"),
        ("/withdraw-text/?place=nowhere", "place"),
        ("/withdraw-text/?place=kpis.commentary.999.what_happened", "place"),
        ("/withdraw-text/?place=%00", "place"),
        ("/withdraw-text/?place=a&place=b", "place"),
    ],
)
def test_a_parameter_is_named_when_it_is_refused(place, reader, address, name):
    response = reader.get(address)
    assert response.status_code == 400
    assert f"“{name}”" in response.text


def test_a_plan_known_only_by_citation_is_opened_by_no_page_and_no_file(place, reader):
    row(Plan, code="strategy-cited", cited=True)
    for address in ("/", "/data.csv"):
        assert reader.get(f"{address}?plan=strategy-cited").status_code == 400


def test_before_any_plan_was_known_the_first_that_can_be_opened_is_told(place, reader):
    row(Plan, code="strategy-cited", title="Cited", cited=True, starts_on=date(2016, 4, 1))
    page = reader.get("/?as_at=2010-01-01")
    assert "No plan was known then" in page.text
    assert place.world.plan.title in html.unescape(page.text)
    assert "Cited" not in page.text
    assert reader.get("/data.csv?as_at=2010-01-01").getvalue().count(b"\n") == 1
    for name, text in (("plan", "nowhere"), ("plan", "strategy-cited"), ("period", "2023-13")):
        for address in ("/", "/data.csv"):
            refused = reader.get(f"{address}?as_at=2010-01-01&{name}={text}")
            assert refused.status_code == 400, (address, name)
            assert f"“{name}”" in refused.text


def test_all_that_is_wrong_is_said_at_once_beside_what_was_typed(place, reader):
    response = reader.get("/?plan=nowhere&period=2025-13&as_at=yesterday")
    assert response.status_code == 400
    page = response.text
    assert all(f'href="#filter-{name}"' in page for name in ("plan", "period", "as_at"))
    assert 'value="yesterday"' in page
    assert '<option value="nowhere" selected>' in page
    assert '<option value="2025-13" selected>' in page
    assert "nowhere" not in "".join(re.findall(r'href="([^"]*)"', page))


@pytest.mark.parametrize(
    ("address", "said", "leads_to"),
    [
        ("/plans/nowhere/", "There is no plan called “nowhere”.", "/plans/"),
        ("/plans/strategy-2023-26/objectives/9.9/", "has no objective “9.9”.", "/plans/"),
        ("/measures/nothing/", "There is no measure called “nothing”.", "/measures/"),
        ("/care-groups/nobody/", "There is no care group called “nobody”.", "/"),
        ("/cip/1999-00/", "There is no savings programme for 1999-00.", "/cip/"),
        ("/exports/nothing.csv", "There is no dataset “nothing”.", "/exports/"),
        ("/returns/2025-07/nobody/", "There is no return of that care group", "/returns/"),
        ("/nothing-here/", "There is nothing at this address", "/"),
        (f"/measures/{'x' * 3_000}/", "There is no measure called", "/measures/"),
    ],
)
def test_what_is_not_there_is_a_404_that_helps(place, reader, address, said, leads_to):
    response = reader.get(address)
    assert response.status_code == 404
    page = response.content.decode()
    assert said in page
    assert f'<a href="{leads_to}">' in page


def test_a_month_that_has_not_ended_has_no_return_yet(place, reader):
    this_month = Month.of(timezone.localdate())
    response = reader.get(f"/returns/{this_month}/acute/")
    assert response.status_code == 404
    assert f"{this_month.full_label} has not ended. Its return opens" in response.content.decode()
    for text in ("2025-13", "later", "9999-12", "0001-01"):
        for page in (f"/returns/{text}/", f"/returns/{text}/acute/", f"/returns/{text}/data.csv"):
            response = reader.get(page)
            assert response.status_code == 400
            assert "“period”" in response.content.decode()


@pytest.mark.parametrize("text", ["31 Aug 2025", "31/08/2025", "31 August 2025", "2025-08-31"])
def test_a_past_day_may_be_typed_as_in_any_other_box(place, reader, text):
    for at in ("/", "/measures/", "/measures/<code>/"):
        response = reader.get(asked(place, at, as_at=text))
        assert response.status_code == 200
        assert "As known on 31 Aug 2025" in response.content.decode()


@pytest.mark.parametrize("at", ["/", "/measures/", "/measures/<code>/", "/care-groups/<code>/"])
def test_before_anything_was_known_nothing_is_shown_and_the_page_says_as_of_when(place, reader, at):
    response = reader.get(asked(place, at, as_at="1948-07-01"))
    assert response.status_code == 200
    assert "As known on 1 Jul 1948" in response.content.decode()


def test_a_month_far_away_is_a_short_page(place, reader):
    """The choice of months holds the plan's own, not every month since 1948."""
    page = reader.get("/?period=1948-07").content.decode()
    assert page.count("<option") < 60


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("actuals.csv?bom=yes", "bom"),
        ("actuals.xlsx?bom=yes", "bom"),
        ("actuals.csv?bom=1&bom=1", "bom"),
        ("actuals.csv?colour=red", "colour"),
        ("actuals.csv?from=2025-13", "from"),
        ("plans.csv?measure=sickness", "measure"),
        ("actuals.pdf", "format"),
        ("actuals.schema.json?plan=x", "plan"),
    ],
)
def test_a_file_names_the_parameter_to_a_program(place, address, parameter):
    secret = secret_of(person(Role.ANALYST))
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/exports/{address}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["parameter"] == parameter
