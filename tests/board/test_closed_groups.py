"""A care group that has closed: its pages show its last figures, of the past, and say so."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.roles import Role
from board.care_groups.page import care_group_page
from kpis.asked.address import Asked
from kpis.assessments.store import recompute
from kpis.measures.load import measure_page
from strategy.models import CareGroup
from strategy.periods import Month, Period
from tests.accounts.readers import BACKEND
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
LAST = Month(2026, 7)
WINDOWS = {"monthly": 1, "quarterly": 3, "annual": 12}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def acute():
    TrustFactory()
    return CareGroupFactory(code="acute", name="Acute")


def reported(acute: CareGroup, frequency: str):
    """Fifteen figures of a group, all off target, the last one for the last window it closed."""
    measure = MeasureFactory(code=f"a-{frequency}", name="Falls", frequency=frequency)
    series = SeriesFactory(measure=measure, care_group=acute)
    TargetFactory(
        measure=measure, care_group=acute, plan=PlanFactory(), value=Decimal(95), floor=Decimal(94)
    )
    months = WINDOWS[frequency]
    end = {1: LAST, 3: Month(2026, 6), 12: Month(2026, 3)}[months]
    for back in range(15):
        last = end.plus(-back * months)
        window = Period.spanning(last.plus(1 - months), last)
        approved(series, last, Decimal(80 + back % 3), period=window)
    return measure


def close(acute: CareGroup, day: date = date(2026, 8, 1)) -> None:
    CareGroup.objects.filter(pk=acute.pk).update(valid_to=day)
    acute.refresh_from_db()
    recompute(stale_only=False, at=NOW)


@pytest.mark.parametrize("frequency", WINDOWS)
def test_the_last_figure_of_a_closed_group_is_of_the_past(acute, frequency):
    measure = reported(acute, frequency)
    recompute(stale_only=False, at=NOW)
    close(acute)
    page = measure_page(measure, acute, now=NOW)
    when = {"monthly": "in Jul 2026", "quarterly": "for Apr to Jun 2026", "annual": "in 2025/26"}
    assert page.said.headline == (
        f"Falls in Acute: no longer reported. The last figure was 80 {when[frequency]}, against 95."
    )
    assert page.said.reading == "Not applicable: no longer reported."
    assert (page.has_signals, page.outlook) == (False, "")
    assert page.tiles.latest_label.startswith("Last, ")
    assert page.windows[-1].value == 80  # what it was rated then stays in the table
    assert page.windows[-1].rag.is_coloured


def test_until_a_month_without_it_has_ended_its_figures_are_current(acute):
    measure = reported(acute, "monthly")
    close(acute, date(2026, 11, 16))
    page = measure_page(measure, acute, now=NOW)
    assert "no longer reported" not in page.said.headline
    assert measure_page(measure, acute, now=datetime(2026, 12, 2, tzinfo=UTC)).said.is_past


def test_a_milestone_that_a_closed_group_completed_stays_complete(acute):
    measure = MilestoneFactory(code="opened", name="Opened")
    series = SeriesFactory(measure=measure, care_group=acute)
    approved(series, LAST, None, milestone_status="complete", completed_on=date(2026, 6, 30))
    close(acute)
    assert measure_page(measure, acute, now=NOW).said.headline == (
        "Opened in Acute: complete since 30 Jun 2026."
    )


def test_its_own_page_names_its_last_day_and_asks_nobody_for_attention(acute, client, rf):
    reported(acute, "monthly")
    recompute(stale_only=False, at=NOW)

    def page():
        return care_group_page(acute, Asked(rf.get("/").GET, now=NOW))

    assert page().ended_on is None
    assert len(page().attention_rows) + len(page().silent) == 1
    close(acute)
    shown = page()
    assert (shown.ended_on, shown.attention_rows, shown.silent) == (date(2026, 7, 31), [], [])
    assert shown.reach == "ended on 31 Jul 2026 · last windows to Jul 2026"
    assert shown.tally.counts.off_target == 1
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    html = client.get("/care-groups/acute/").text
    assert "ended on 31 Jul 2026" in html
    assert "Needs attention" not in html
