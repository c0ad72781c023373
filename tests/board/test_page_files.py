"""`data.csv` of each page of figures: what the page shows, for everybody who may read it."""

import csv
import io
import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from django.utils import timezone

from accounts.roles import Role
from board.exports.datasets import DATASETS
from board.home.page import strategy_page
from cip.models import Allocation, Programme
from kpis.assessments.clocks import clock_at
from kpis.models import Actual, ReturnCell
from strategy.periods import Month
from tests.documents import code, table
from tests.factories.measures import ReportingPeriodFactory, ReturnFactory
from tests.factories.people import lead_of, person
from tests.factories.rows import row

JULY = Month(2025, 7)
OBJECTIVE = "/plans/strategy-2023-26/objectives/1.1/"
# Page → the address of a dataset that has its rows, for those who may use datasets.
PART_OF = {
    "/?period=2025-07": "assessments.csv?plan=strategy-2023-26&to=2025-07",
    "/?plan=strategy-2023-26&period=2025-05&as_at=2025-08-31": (
        "assessments.csv?plan=strategy-2023-26&to=2025-05&as_at=2025-08-31"
    ),
    "/plans/strategy-2023-26/?period=2025-07": "assessments.csv?plan=strategy-2023-26&to=2025-07",
    f"{OBJECTIVE}?period=2025-07": (
        "assessments.csv?plan=strategy-2023-26&objective=1.1&to=2025-07"
    ),
    "/measures/": "assessments.csv?care_group=trust",
    "/measures/?plan=strategy-2023-26": "assessments.csv?care_group=trust&plan=strategy-2023-26",
    "/measures/seen-in-time/": "assessments.csv?measure=seen-in-time",
    "/measures/seen-in-time/?care_group=acute&as_at=2025-08-31": (
        "assessments.csv?measure=seen-in-time&as_at=2025-08-31"
    ),
    "/summary/?period=2025-07": "assessments.csv?care_group=trust",
    "/care-groups/acute/": "assessments.csv?care_group=acute",
}
SAME = {
    "/plans/": "plans.csv",
    "/plans/?as_at=2025-08-31": "plans.csv?as_at=2025-08-31",
    "/threads/": "threads.csv",
    "/threads/?as_at=2025-08-31": "threads.csv?as_at=2025-08-31",
    "/cip/": "cip_allocations.csv",
    "/returns/": "returns.csv",
}


def file_of(page: str) -> str:
    path, _, query = page.partition("?")
    return f"{path}data.csv?{query}"


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("address", SAME)
def test_the_file_of_a_page_is_the_dataset_narrowed_to_the_page(world, client, address):
    client.force_login(world.analyst)
    assert client.get(address).status_code == 200
    response = client.get(file_of(address))
    assert response.getvalue() == client.get(f"/exports/{SAME[address]}").getvalue()
    assert response["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize("address", PART_OF)
def test_the_file_of_a_page_holds_rows_of_the_dataset_cell_by_cell(world, client, address):
    client.force_login(world.analyst)
    assert client.get(address).status_code == 200
    found = rows(client.get(file_of(address)).getvalue())
    whole = rows(client.get(f"/exports/{PART_OF[address]}").getvalue())
    assert found
    assert [one for one in found if one not in whole] == []


def test_a_page_of_one_month_has_a_line_for_each_row_that_it_shows(world, client):
    client.force_login(world.analyst)
    page = strategy_page(world.plan, JULY, clock_at(datetime(2025, 9, 1, tzinfo=UTC)))
    found = rows(client.get("/data.csv?period=2025-07").getvalue())
    assert len(found) == len(page.rows)
    assert {one["period_end"] for one in found} == {"2025-07-31"}


def test_the_file_of_the_register_has_the_measures_that_were_looked_for(world, client):
    client.force_login(world.analyst)
    for query in ("q=seen", "q=nothing+of+the+kind", "plan=strategy-2023-26&q=SEEN"):
        page = client.get(f"/measures/?{query}")
        found = rows(client.get(f"/measures/data.csv?{query}").getvalue())
        assert [one["measure"] for one in found] == [
            row.measure.code for row in page.context["rows"]
        ]
        if found:
            link = re.search(r'href="(/measures/data.csv[^"]*)"', page.text)[1]
            assert "q=" in link


def test_the_file_of_a_measure_has_the_windows_of_its_table(world, client):
    client.force_login(world.analyst)
    for query in ("", "care_group=acute", "as_at=2025-08-31"):
        page = client.get(f"/measures/seen-in-time/?{query}").context["page"]
        found = rows(client.get(f"/measures/seen-in-time/data.csv?{query}").getvalue())
        assert [one["period_end"] for one in found] == [
            window.period.end.isoformat() for window in page.table
        ]
        assert {one["care_group"] for one in found} == {page.care_group.code}


FILES = [(code(page), dataset) for page, dataset, _ in table("access.md", "files")]


@pytest.mark.any_database
@pytest.mark.parametrize(("route", "dataset"), FILES)
def test_a_page_links_to_its_rows_and_for_analysts_to_the_whole_dataset(
    place, client, route, dataset
):
    own, whole = (
        re.compile(r'href="([^"]*data\.csv[^"]*)"'),
        re.compile(r'href="(/exports/[^"#]+)"'),
    )
    address = place.address(route)
    client.force_login(place.world.analyst)
    page = client.get(address).text
    link = unescape(own.search(page)[1])
    assert urlsplit(link).path == f"{address}data.csv"
    found = client.get(link)
    assert found.status_code == 200
    assert f'filename="{dataset}_' in found["Content-Disposition"]
    (everything,) = {unescape(one) for one in whole.findall(page)}
    assert everything == f"/exports/{dataset}.csv?bom=1"
    whole_heading = heading_of(client.get(everything).getvalue())
    assert whole_heading == heading_of(found.getvalue())
    client.force_login(person(Role.BOARD_MEMBER))
    assert not whole.search(client.get(address).text)


def heading_of(body: bytes) -> str:
    return body.decode().partition("\n")[0]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/data.csv?period=2025-07", "assessments_strategy-2023-26_2025-07"),
        (f"{OBJECTIVE}data.csv?period=2025-07", "assessments_strategy-2023-26_1.1_2025-07"),
        (
            "/plans/strategy-2023-26/ambitions/1/data.csv?period=2025-07",
            "assessments_strategy-2023-26_2025-07_ambition-1",
        ),
        ("/measures/data.csv?q=seen+in+time", "assessments_trust_q-seen-in-time"),
        (
            "/summary/data.csv?period=2025-07&care_group=acute&status=red&icon=fail&sort=name",
            "assessments_acute_2025-07_status-red_icon-fail",
        ),
        (
            "/heatmap/data.csv?period=2025-07&care_group=acute",
            "assessments_strategy-2023-26_2025-07_care-group-acute",
        ),
        (
            "/changes/data.csv?from=2025-06&to=2025-07",
            "assessments_strategy-2023-26_from-2025-06_to-2025-07",
        ),
        (
            "/measures/seen-in-time/data.csv?care_group=acute&span=all&as_at=2025-08-31",
            "assessments_seen-in-time_acute_as-at-2025-08-31T2259Z_span-all",
        ),
        ("/cip/2019-20/data.csv", "cip_allocations_2019-20"),
        ("/cip/2019-20/schemes/data.csv?stage=idea", "cip_schemes_2019-20_stage-idea"),
        ("/cip/2019-20/schemes/CIP-A1/data.csv", "cip_phasing_2019-20_CIP-A1"),
        ("/cip/2019-20/schemes/CIP-A1/qia/data.csv", "cip_schemes_2019-20_CIP-A1"),
        (
            "/cip/2019-20/reports/programme/2019-12/data.csv",
            "cip_schemes_2019-20_programme_2019-12",
        ),
        ("/threads/data.csv?q=" + "é" * 90, f"threads_q-{'é' * 38}"),
    ],
)
def test_the_name_of_a_file_says_what_was_chosen(place, client, address, said):
    client.force_login(place.world.analyst)
    response = client.get(address)
    assert response.status_code == 200
    today = timezone.localdate().isoformat()
    (name,) = re.findall(r"filename(?:=\"|\*=utf-8'')([^\";]+)", response["Content-Disposition"])
    assert unquote(name) == f"{said}_{today}.csv"


@pytest.mark.any_database
def test_the_whole_dataset_is_as_known_at_the_moment_of_the_page(world, client):
    client.force_login(world.analyst)
    page = client.get("/?period=2025-05&as_at=2025-08-31").text
    assert 'href="/exports/assessments.csv?as_at=2025-08-31&amp;bom=1"' in page


@pytest.mark.parametrize("address", [*PART_OF, *SAME])
def test_a_file_refuses_what_it_does_not_know(world, client, address):
    client.force_login(world.analyst)
    response = client.get(f"{file_of(address)}&colour=blue")
    assert response.status_code == 400
    assert "“colour”" in response.text
    join = "&" if "?" in address else "?"
    assert client.get(f"{address}{join}colour=blue").status_code == 200


def test_how_returns_stood_then_nobody_can_say(world, client):
    client.force_login(world.analyst)
    response = client.get("/returns/data.csv?as_at=2025-08-31")
    assert response.status_code == 400
    assert "“as_at”" in response.text
    page = client.get("/returns/?as_at=2025-08-31")
    assert page.status_code == 200
    assert "it cannot be shown as known on 31 Aug 2025" in " ".join(page.text.split())


def test_every_file_has_the_documented_columns():
    documented = {code(page): dataset for page, dataset, _ in table("access.md", "files")}
    for page, same in (PART_OF | SAME).items():
        pattern = page.partition("?")[0]
        for value, name in (
            ("strategy-2023-26", "<plan>"),
            ("1.1", "<reference>"),
            ("seen-in-time", "<code>"),
            ("acute", "<code>"),
            ("2025-07", "<period>"),
        ):
            pattern = pattern.replace(value, name)
        assert same.partition(".csv")[0] == documented[pattern]
    assert set(documented.values()) <= set(DATASETS)


def test_a_board_member_takes_away_what_the_page_shows_and_no_more(world, client):
    """Every figure of the strategy on a page is in its file; what waits for approval is not."""
    client.force_login(person(Role.BOARD_MEMBER))
    found = rows(client.get("/data.csv?period=2025-07").getvalue())
    by_window = {(one["measure"], one["care_group"], one["period_end"]): one for one in found}
    assert found
    page = strategy_page(world.plan, JULY, clock_at(datetime(2025, 9, 1, tzinfo=UTC)))
    for promise in page.rows:
        shown = promise.standing.shown
        key = (promise.target.measure.code, "trust", shown.period.end.isoformat())
        assert float(by_window[key]["value"]) == float(shown.value)
        assert by_window[key]["rag"] == shown.rag
    waiting = {str(actual.value.normalize()) for actual in Actual.objects.filter(decisions=None)}
    assert waiting
    assert not waiting & {one["value"] for one in found}
    assert client.get("/exports/assessments.csv").status_code == 403


def test_the_file_of_returns_has_those_listed_started_or_not(world, client):
    july = ReportingPeriodFactory(month=JULY)
    submission = ReturnFactory(care_group=world.acute, period=july)
    row(ReturnCell, submission=submission, series=world.series, period_end=JULY.end, value=1)
    client.force_login(world.analyst)
    for address in ("/returns/", "/returns/2025-07/", "/returns/2025-06/"):
        page = client.get(address).context["page"]
        if address == "/returns/":
            listed = [row for month in page.months for row in month.rows]
        else:
            listed = [line.row for line in page.lines]
        columns = ("period", "care_group", "status", "measures_due", "measures_entered")
        assert [
            tuple(one[name] for name in columns)
            for one in rows(client.get(file_of(address)).getvalue())
        ] == [
            (str(one.period.month), one.care_group.code, one.status, str(one.due), str(one.entered))
            for one in listed
        ]
        assert "not_started" in {one.status for one in listed}
    of_july = rows(client.get("/exports/returns.csv?from=2025-07&to=2025-07").getvalue())
    assert of_july == rows(client.get("/returns/2025-07/data.csv").getvalue())
    query = "status=not_started&care_group=older-people&to=2025-07"
    (waiting,) = rows(client.get(f"/exports/returns.csv?{query}").getvalue())
    assert (waiting["measures_due"], waiting["measures_entered"]) == ("1", "0")
    assert waiting["on_time"] == "false"


def test_a_lead_takes_away_how_their_own_returns_stand(world, client):
    july = ReportingPeriodFactory(month=JULY)
    for group in (world.acute, world.older):
        ReturnFactory(care_group=group, period=july)
    client.force_login(lead_of(world.acute))
    for address in ("/returns/data.csv", "/returns/2025-07/data.csv"):
        assert {one["care_group"] for one in rows(client.get(address).getvalue())} == {"acute"}


def test_the_file_of_a_programme_holds_its_own_year(world, client):
    for year in ("2018-19", "2019-20"):
        programme = row(Programme, year=year, plan=None)
        row(Allocation, programme=programme, care_group=world.acute)
    client.force_login(person(Role.BOARD_MEMBER))
    found = rows(client.get("/cip/2019-20/data.csv").getvalue())
    assert [(one["year"], one["care_group"]) for one in found] == [("2019-20", "acute")]
    assert len(rows(client.get("/cip/data.csv").getvalue())) == 2


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/data.csv?plan=nowhere", 400),
        ("/plans/nowhere/data.csv", 404),
        ("/plans/strategy-2023-26/objectives/9.9/data.csv", 404),
        ("/measures/nothing/data.csv", 404),
        ("/measures/data.csv?plan=nowhere", 400),
        ("/care-groups/nobody/data.csv", 404),
        ("/cip/1999-00/data.csv", 404),
        ("/data.csv?period=2025-13", 400),
        ("/measures/seen-in-time/data.csv?as_at=yesterday", 400),
        ("/returns/later/data.csv", 400),
    ],
)
def test_a_file_is_refused_as_its_page_is(world, client, address, status):
    client.force_login(world.analyst)
    response = client.get(address)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")


def test_the_link_on_a_page_leads_to_its_file_with_the_choices_made(world, client):
    client.force_login(person(Role.BOARD_MEMBER))
    page = client.get("/?period=2025-05&as_at=2025-08-31").content.decode()
    (link,) = re.findall('href="(/data.csv[^"]*)"', page)
    assert dict(parse_qsl(urlsplit(unescape(link)).query)) == {
        "plan": "strategy-2023-26",
        "period": "2025-05",
        "as_at": "2025-08-31",
        "bom": "1",
    }
    marked = client.get(unescape(link)).getvalue()
    assert marked.startswith(b"\xef\xbb\xbf")
