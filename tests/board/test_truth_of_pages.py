"""Pages of the seeded tracker, and of a plan of awkward measures, say what their own files hold.

A sample of what `python -m tests.drill_truth` walks (tests/truth/).
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.roles import Role
from tests.factories.people import person
from tests.truth.boards import hold_board
from tests.truth.changes import hold_changes_page
from tests.truth.completion import hold_returns
from tests.truth.lists import hold_ambition, hold_heatmap, hold_list, hold_plan
from tests.truth.made import made
from tests.truth.made_savings import STEPS, spoil
from tests.truth.matrix import hold_matrix
from tests.truth.measures import hold_measure
from tests.truth.savings import hold_savings
from tests.truth.schemes import hold_report, hold_scheme
from tests.truth.site import Report, Site
from tests.truth.threads import hold_threads
from tests.truth.ways import changes_made

pytestmark = pytest.mark.any_database

PLAN = "strategy-2023-26"
SAMPLE = (
    (hold_board, f"/?plan={PLAN}&period=2026-03"),
    (hold_board, "/?plan=operational-plan-2019-20&period=2019-12"),
    (hold_plan, "/plans/strategy-2017-19/"),
    (hold_ambition, f"/plans/{PLAN}/ambitions/2/"),
    (hold_list, "/measures/"),
    (hold_list, f"/summary/?plan={PLAN}&rows=targets"),
    (hold_list, "/care-groups/acute/"),
    (hold_list, f"/plans/{PLAN}/objectives/2.1/"),
    (hold_changes_page, f"/changes/?plan={PLAN}&from=2024-03&to=2025-03"),
    (hold_changes_page, f"/changes/?plan={PLAN}&from=2025-06-30&to=2026-04-30"),
    (hold_matrix, "/matrix/"),
    (hold_threads, "/threads/"),
    (hold_threads, "/threads/?as_at=2019-06-30"),
    (hold_heatmap, f"/heatmap/?plan={PLAN}"),
    (hold_returns, "/returns/"),
    (hold_returns, "/returns/2026-03/"),
    *(
        (hold_measure, f"/measures/{code}" if "?" in code else f"/measures/{code}/")
        for code in (
            "sickness-absence", "voluntary-turnover", "underlying-deficit", "burnout-score",
            "carbon-emissions-energy", "inappropriate-out-of-area-placements",
            "annual-appraisal", "ruby-ward", "adults-length-of-stay/?as_at=2019-06-30",
        )
    ),
)  # fmt: skip
OF_MADE = (
    (hold_board, "/?plan=made&period=2026-09"),
    (hold_list, "/summary/?plan=made&rows=targets"),
    (hold_ambition, "/plans/made/ambitions/1/?period=2026-09"),
    (hold_plan, "/plans/made/"),
    *((hold_changes_page, address) for address in changes_made()[1:8:2]),
)
OF_SAVINGS = (
    (hold_savings, "/cip/"),
    (hold_savings, "/cip/2019-20/"),
    (hold_scheme, "/cip/2019-20/schemes/CIP-A1/"),
    (hold_scheme, "/cip/2019-20/schemes/CIP-C1/"),
    (hold_report, "/cip/2019-20/reports/programme/2019-12/"),
)
# One measure in this many is opened: a page takes longer than the line of a list.
MEASURES = 10


def walk(client, places) -> Report:
    client.force_login(person(Role.ANALYST))
    site, report = Site(client), Report()
    for hold, address in places:
        hold(report, site, address)
    return report


@pytest.mark.usefixtures("seeded")
def test_seeded_pages_are_borne_out_by_their_own_files(client):
    report = walk(client, SAMPLE)
    assert report.wrong == {}
    kinds = (
        "figure of a line", "status of a line", "count of a tile’s link", "measures reported",
        "counts of an end", "sentence", "limit of a line", "figures of the chart",
        "badges of a thread", "what happened", "figures of a strand", "thread of a measure",
        "headline of a milestone", "colour of a milestone", "comments of a measure",
    )  # fmt: skip
    assert [kind for kind in kinds if not report.held[kind]] == []
    assert sum(report.held.values()) > 3_000


@pytest.mark.usefixtures("seeded")
def test_awkward_measures_are_borne_out_by_their_own_files(client):
    made(timezone.now() - timedelta(hours=1))
    lines = client_lines(client)
    ours = [code for code in lines if code.startswith(("made-accepted", "made-said"))]
    opened = dict.fromkeys((*lines[::MEASURES], *ours))
    measures = [(hold_measure, f"/measures/{code}/") for code in opened]
    report = walk(client, (*OF_MADE, *measures))
    assert report.wrong == {}
    assert report.held["sentence"] > 80
    kinds = ("level that is said", "worse than accepted", "no comment yet", "earlier comments")
    assert [kind for kind in kinds if not report.held[kind]] == []


@pytest.mark.usefixtures("seeded")
def test_savings_are_borne_out_by_their_months_however_awkward(client):
    """Schemes that ended half-way, a year a few pounds short, and more planned than asked for."""
    for step in range(STEPS):
        spoil("2019-20", step)
        cache.clear()
        report = walk(client, OF_SAVINGS)
        assert report.wrong == {}
        assert report.held["sum of a care group"] > 50
        assert report.held["amount of a scheme"] > 8


def client_lines(client) -> list[str]:
    client.force_login(person(Role.ANALYST))
    rows = Site(client).rows("/summary/data.csv?plan=made&rows=targets")
    return sorted({row["measure"] for row in rows if row["measure"]})
