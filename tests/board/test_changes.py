"""What changed between two looks at a plan, and why."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from board.changes.causes import Cause, Seen, stepped
from board.changes.page import changes_page
from board.home.page import strategy_page
from board.models import BoardMeeting
from kpis.asked.address import Asked, BadParameter
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.judging.status import Standing, TargetShown
from kpis.models.dated import ToleranceChange
from kpis.rag import Direction, Group, MilestoneStatus, Rag, judge, judge_milestone
from strategy.periods import Month
from tests.factories.measures import TargetFactory, approved
from tests.factories.people import performance_team, person
from tests.factories.plans import CommitteeFactory
from tests.factories.rows import row

MAY, JULY = Month(2025, 5), Month(2025, 7)
LATER = datetime(2025, 9, 20, tzinfo=UTC)


def standing(value, *, target=95, floor=90):
    """A figure as it is rated; None for a month without one."""
    if value is None:
        return Standing(period=MAY.period, rag=Rag.NO_DATA)
    verdict = judge(
        value, target=target, floor=floor, direction=Direction.HIGHER_IS_BETTER, operator="ge"
    )
    shown = TargetShown(
        pk=1, code="t", plan="p", role="commitment", operator="ge", is_primary=True,
        rag=verdict.rag, value=Decimal(target), floor=Decimal(floor),
    )  # fmt: skip
    return Standing(
        period=MAY.period, rag=verdict.rag, value=Decimal(value), judged_value=Decimal(value),
        further=(shown,), target=shown,
    )  # fmt: skip


def seen(then, now, *, as_known_now=None, **more):
    return Seen(
        then=then,
        then_as_known_now=as_known_now or then,
        now=now,
        direction=Direction.HIGHER_IS_BETTER,
        **more,
    )


GREEN, AMBER, RED, GONE = standing(96), standing(92), standing(80), standing(None)
UNRATED = standing(96).without_target()
UNMEASURED = Standing(period=MAY.period, rag=Rag.NO_MEASURE)
NOT_COUNTED = Standing(period=MAY.period, rag=Rag.NOT_APPLICABLE)
NO_CASES = replace(NOT_COUNTED, value_status="not_applicable")
TOO_FEW = Standing(period=MAY.period, rag=Rag.SUPPRESSED, value_status="suppressed")


def milestone(said, due_on, month=MAY):
    """What its owner says of a milestone at the end of a month, rated by a due day."""
    rag = judge_milestone(MilestoneStatus(said), due_on=due_on, on=month.end)
    shown = TargetShown(
        pk=1, code="t", plan="p", role="commitment", operator="", is_primary=True, rag=rag,
        due_on=due_on,
    )  # fmt: skip
    return Standing(period=month.period, rag=rag, milestone_status=said, target=shown)


def so_far(value, *, windows, year=120):
    """What came in of a year's amount, against the share of its windows so far."""
    due = Decimal(year * windows) / 12
    found = standing(value, target=due, floor=due)
    target = replace(found.target, year_value=Decimal(year))
    return replace(found, target=target, windows_expected=windows, windows_in_year=12)


APRIL, JUNE = date(2025, 4, 30), date(2025, 6, 30)


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (seen(GREEN, GREEN), None),
        (seen(GREEN, AMBER), Cause.PERFORMANCE),
        (seen(None, RED), Cause.MEASURES),
        (seen(RED, None), Cause.MEASURES),
        (seen(GREEN, RED, is_redefined=True), Cause.MEASURES),
        (seen(GREEN, RED, as_known_now=RED), Cause.RESTATED),
        (seen(GREEN, GONE), Cause.REPORTING),
        (seen(GONE, RED), Cause.REPORTING),
        (seen(GREEN, standing(96, target=98, floor=97)), Cause.TARGET),
        (seen(standing(96, target=98, floor=97), standing(96)), Cause.TARGET),
        (seen(GREEN, standing(80, target=98, floor=97)), Cause.PERFORMANCE),
        # Both moved it: how we did comes first, as it would have moved alone.
        (seen(GREEN, standing(80, target=98, floor=95)), Cause.PERFORMANCE),
        # It did better, and only the target made it red.
        (seen(AMBER, standing(97, target=99, floor=98)), Cause.TARGET),
        # A target, or its end, makes nothing better or worse.
        (seen(UNRATED, GREEN), Cause.TARGET),
        (seen(RED, UNRATED), Cause.TARGET),
        # Nor does a figure that is not shown, or a measure that begins or ends.
        (seen(GREEN, NO_CASES), Cause.REPORTING),
        (seen(TOO_FEW, RED), Cause.REPORTING),
        (seen(GREEN, NOT_COUNTED), Cause.MEASURES),
        (seen(UNMEASURED, GREEN), Cause.MEASURES),
        # A milestone that was given more time.
        (seen(milestone("on_track", APRIL), milestone("on_track", JUNE)), Cause.TARGET),
        (seen(milestone("off_track", JUNE), milestone("on_track", JUNE)), Cause.PERFORMANCE),
        (
            seen(milestone("on_track", JUNE), milestone("on_track", JUNE, JULY)),
            Cause.PERFORMANCE,
        ),
        # The share of a year's amount grows by the month: that moves no target.
        (seen(so_far(82, windows=8), so_far(100, windows=11)), Cause.PERFORMANCE),
        (seen(so_far(82, windows=8), so_far(112, windows=11, year=132)), Cause.TARGET),
    ],
)
def test_each_changed_status_has_the_first_cause_that_holds(found, cause):
    assert found.cause == cause


def test_two_causes_are_stepped_in_their_order():
    found = seen(GREEN, GONE, as_known_now=AMBER)
    assert [(step.cause, step.was, step.now) for step in found.steps] == [
        (Cause.RESTATED, Group.ON_TARGET, Group.NEAR_TARGET),
        (Cause.REPORTING, Group.NEAR_TARGET, Group.NO_DATA),
    ]
    moved = seen(GREEN, standing(80, target=98, floor=95))
    assert [step.cause for step in moved.steps] == [Cause.TARGET, Cause.PERFORMANCE]


figures = st.one_of(
    st.none(),
    st.builds(
        lambda value, target, gap: standing(value, target=target, floor=target - gap),
        st.integers(50, 100),
        st.integers(60, 100),
        st.integers(0, 10),
    ),
    st.sampled_from((GONE, UNRATED, UNMEASURED, NOT_COUNTED, NO_CASES)),
    st.builds(
        milestone,
        st.sampled_from(MilestoneStatus),
        st.sampled_from((APRIL, JUNE)),
        st.sampled_from((MAY, JULY)),
    ),
)


@given(st.lists(st.tuples(figures, figures, figures, st.booleans()), max_size=12))
def test_the_steps_of_all_causes_lead_from_the_counts_then_to_the_counts_now(rows):
    found = [
        replace(seen(then, now, is_redefined=redefined), then_as_known_now=again)
        if then is not None and again is not None
        else seen(then, now, is_redefined=redefined)
        for then, again, now, redefined in rows
    ]
    moves = stepped(step for one in found for step in one.steps)
    for group in Group:
        then = sum(one.then is not None and one.then.rag.group is group for one in found)
        now = sum(one.now is not None and one.now.rag.group is group for one in found)
        assert then + sum(counter[group] for counter in moves.values()) == now
    for one in found:
        assert (one.cause is None) or one.steps


def page_of(query: str):
    return changes_page(Asked(QueryDict(query), now=LATER))


@pytest.mark.django_db
@pytest.mark.any_database
def test_two_months_and_two_moments(world, client):
    page = page_of("from=2025-06&to=2025-07")
    assert [row.seen.cause for row in page.rows] == [Cause.REPORTING]
    assert page.sentence == (
        "Nothing changed but the data: 1 status moved, none because of how we did."
    )
    assert "same moment" in page.between.why_none_restated
    approved(
        world.series, JULY, numerator=Decimal(10), denominator=Decimal(50),
        known_from=datetime(2025, 9, 10, tzinfo=UTC),
    )  # fmt: skip
    since = page_of("from=2025-09-01&to=2025-09-15")
    assert (since.first.month, since.last.month) == (JULY, JULY)
    (restated,) = since.between.restated_table.rows
    assert restated[2:5] == ("96.0%", "20.0%", "Counted again")
    recompute(stale_only=False, at=LATER)
    since = page_of("from=2025-09-01&to=2025-09-15")
    assert [row.seen.cause for row in since.rows] == [Cause.RESTATED]
    assert [str(cell) for cell in since.bridge.rows[3][1:4]] == ["−1", "0", "+1"]
    client.force_login(person(Role.BOARD_MEMBER))
    shown = client.get("/changes/?from=2025-06&to=2025-07")
    assert shown.status_code == 200
    assert "Why the counts moved" in shown.content.decode()
    text = client.get("/changes/data.csv?from=2025-06&to=2025-07").getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["rag"] for row in rows] == ["no_data", "red"]


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.parametrize(
    ("query", "name"),
    [("from=nonsense", "from"), ("to=2025-13", "to"), ("to=2999-01", "to"),
     ("from=2025-07&to=2025-05", "from"), ("plan=nothing", "plan")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(world, query, name):
    with pytest.raises(BadParameter) as refused:
        page_of(query)
    assert refused.value.name == name


@pytest.mark.django_db
@pytest.mark.any_database
def test_a_tolerance_of_the_plan_stands_among_what_was_moved(world):
    by, other = performance_team(), person(Role.PERFORMANCE_TEAM, username="second")
    ToleranceChange.objects.create(
        plan=world.plan, old=Decimal(5), new=Decimal(3), effective_from=date(2025, 7, 1),
        reason="The board asked for it", proposed_at=LATER, proposed_by=by,
        outcome="approved", decided_at=datetime(2025, 9, 10, tzinfo=UTC), decided_by=other,
    )  # fmt: skip
    moved = [row[:4] for row in page_of("from=2025-06&to=2025-07").between.targets_table.rows]
    assert moved == [
        ("Default tolerance of the plan", "5% → 3%", "1 Jul 2025", "The board asked for it")
    ]
    assert page_of("from=2025-05&to=2025-06").between.targets_table.rows == []
    assert page_of("from=2025-09-01&to=2025-09-15").between.tolerances
    assert not page_of("from=2025-08-20&to=2025-09-01").between.tolerances


@pytest.mark.django_db
@pytest.mark.any_database
def test_a_board_is_an_end_and_the_last_one_is_where_the_page_begins(world):
    assert page_of("").first.board == ""
    row(
        BoardMeeting, slug="2025-07-board", held_on=date(2025, 7, 24),
        committee=CommitteeFactory(name="Board"),
        period_under_review=MAY.start, data_cut_off=datetime(2025, 7, 10, tzinfo=UTC),
    )  # fmt: skip
    page = page_of("")
    assert (page.first.month, page.first.known_at) == (MAY, datetime(2025, 7, 10, tzinfo=UTC))
    assert page.heading.startswith("Board of 24 Jul 2025 (May 2025, as known on 10 Jul 2025")
    asked = page_of("from=2025-07-board&to=2025-08-20")
    assert asked.first == page.first
    assert asked.last.board == ""
    to = page_of("from=2025-04&to=2025-07-board")
    assert (to.last.month, to.first.month) == (MAY, Month(2025, 4))
    with pytest.raises(BadParameter, match="2025-07-board"):
        page_of("from=2025-08-board")


@pytest.mark.django_db
@pytest.mark.any_database
def test_what_is_still_missing_is_listed_apart_from_what_changed(world):
    page = page_of("from=2025-06&to=2025-06")
    assert page.changed == []
    ((rag, rows),) = page.missing
    assert (rag, [row.name for row in rows]) == (Rag.NO_DATA, ["Seen"])
    assert page.missing_count == 1
    assert page_of("from=2025-06&to=2025-07").missing == []


@pytest.mark.django_db
@pytest.mark.any_database
def test_both_ends_count_what_the_board_counts(world):
    """The promises of the plan as a whole and the standards it reports, too."""
    (one,) = world.plan.targets.all()
    TargetFactory(
        code="whole", measure=one.measure, plan=world.plan, objective=None, value=Decimal(99),
        care_group=one.care_group,
    )  # fmt: skip
    recompute(stale_only=False, at=LATER)
    page = page_of("from=2025-06&to=2025-07")
    ends = page.bridge.rows[0], page.bridge.total
    first, last = ([int(str(cell)) for cell in end[1:]] for end in ends)
    for counted, month in ((first, Month(2025, 6)), (last, JULY)):
        counts = strategy_page(world.plan, month, clock_at(LATER)).counts
        assert counted == [counts.in_group(group) for group in Group]
        assert sum(counted) == 2
    assert len(page.rows) == 2
