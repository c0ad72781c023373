"""A chart across a reorganisation shows a boundary, and no false signal."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpis.assessments.recent import recent_histories
from kpis.assessments.store import recompute
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.judging.boundaries import Unit, boundaries, fresh_starts, own_boundaries
from kpis.measures.load import measure_page
from kpis.models import Assessment
from strategy.models import CareGroup
from strategy.periods import Month, Period
from tests.factories.measures import (
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.people import access, performance_team
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory
from tests.factories.rows import rewrite

NOW = datetime(2026, 11, 5, 9, tzinfo=UTC)
START = Month(2024, 6)
APRIL = date(2026, 4, 1)


def texts_of(*units: Unit) -> list[str]:
    return [boundary.text for boundary in boundaries(units)]


A, B = Unit(code="a", name="Acute", ends=APRIL), Unit(code="b", name="Older People", ends=APRIL)
KEPT = Unit(code="k", name="Forensic")


def successor(name: str, *before: str) -> Unit:
    return Unit(code=name, name=name, begins=APRIL, predecessors=frozenset(before))


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ([B, KEPT], ["Older People ended, Mar 2026"]),
        ([successor("Crisis"), KEPT], ["Crisis began, Apr 2026"]),
        (
            [A, B, successor("Adult", "a", "b")],
            ["Acute and Older People merged into Adult, Apr 2026"],
        ),
        ([A, successor("Adult", "a")], ["Acute became Adult, Apr 2026"]),
        (
            [A, successor("North", "a"), successor("South", "a")],
            ["Acute split into North and South, Apr 2026"],
        ),
        ([KEPT, successor("Prison", "k")], ["Prison split from Forensic, Apr 2026"]),
        (
            [B, Unit(code="k", name="Forensic", predecessors=frozenset({"b"}))],
            ["Older People merged into Forensic, Apr 2026"],
        ),
        ([A, B, KEPT], ["Acute ended, Mar 2026, Older People ended, Mar 2026"]),
        (
            [Unit(code="k", name="Forensic", reports_from=APRIL)],
            ["Forensic began to report this, Apr 2026"],
        ),
        (
            [Unit(code="k", name="Forensic", reports_to=date(2026, 4, 15))],
            ["Forensic stopped reporting this, Apr 2026"],
        ),
        ([KEPT], []),
    ],
)
def test_what_happened_is_told_in_words(units, words):
    assert texts_of(*units) == words


def test_the_line_of_one_group_is_cut_where_it_took_another_in_or_gave_a_part_away():
    forensic = Unit(code="k", name="Forensic", predecessors=frozenset({"b"}))
    prison = Unit(code="p", name="Prison", begins=date(2026, 7, 1), predecessors=frozenset({"k"}))
    other = Unit(code="o", name="Other", begins=date(2026, 5, 1))
    found = own_boundaries(forensic, [forensic, B, prison, other])
    assert [(row.on, row.text) for row in found] == [
        (APRIL, "Older People merged into Forensic, Apr 2026"),
        (date(2026, 7, 1), "Prison split from Forensic, Jul 2026"),
    ]


def test_limits_start_anew_with_the_first_window_of_other_groups():
    months = [Month(2026, number).period for number in range(1, 7)]
    both, one = frozenset("ab"), frozenset("a")
    members = [both, both, None, one, one, both]
    assert fresh_starts(list(zip(months, members, strict=True))) == [
        date(2026, 4, 1),
        date(2026, 6, 1),
    ]


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (date(2026, 4, 1), [date(2026, 4, 1)]),
        (date(2026, 4, 30), [date(2026, 4, 1)]),
        (date(2026, 3, 31), [date(2026, 1, 1)]),
        (date(2025, 12, 31), []),
        (date(2026, 9, 1), []),
    ],
)
def test_a_window_is_of_the_structure_of_its_last_day(day, starts):
    windows: list[tuple[Period, frozenset[str] | None]] = [
        (Period.parse(f"2025/26 {quarter}"), None) for quarter in ("Q3", "Q4")
    ] + [(Month(2026, number).period, None) for number in (4, 5)]
    assert fresh_starts(windows, [day]) == starts


# --- The whole way: stored, on the page, as known -------------------------------------------------


def older_ends(groups, on: date | None = APRIL) -> None:
    team = performance_team()
    change_care_group_dates(
        care_group_id=groups[1].pk,
        valid_from=None,
        valid_to=on,
        reason="Closed",
        by=team,
        access=access(team),
        at=datetime(2026, 3, 20, tzinfo=UTC),
    )
    recompute(at=NOW, stale_only=True)


@pytest.fixture
def groups(db):
    return [CareGroupFactory(name="Acute"), CareGroupFactory(name="Older People")]


@pytest.fixture(params=["sum", "ratio"])
def line(request, groups):
    """A trust's line over two groups: a sum of 10.1 and 7.2, or a ratio of very unlike ones."""
    if request.param == "sum":
        measure = MeasureFactory(
            roll_up="sum", over_time="sum", collection_level="care_group", decimals=1
        )
        trust = SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="roll_up")
        parts = [SeriesFactory(measure=measure, care_group=group) for group in groups]
    else:
        _, trust, parts = rolled_up(*groups)
    for place in range(29):
        month, noise = START.plus(place), Decimal(place % 3)
        for part, level in zip(parts, (Decimal("10.1"), Decimal("7.2")), strict=True):
            if part is parts[1] and month.start >= APRIL:
                continue
            if request.param == "sum":
                approved(part, month, level + noise / 10)
            else:
                approved(part, month, numerator=5 * level + noise, denominator=Decimal(100))
    recompute(at=NOW, stale_only=False)
    return trust


def rows(series):
    return Assessment.objects.filter(series=series).order_by("period_end")


def test_the_trusts_line_has_a_boundary_and_no_false_signal_when_a_group_ends(line, groups):
    older_ends(groups)
    before, after = rows(line).filter(period_end__lt=APRIL), rows(line).filter(period_end__gt=APRIL)
    assert len(before) == 22
    assert len(after) == 7
    assert {row.groups_expected for row in before} == {2}
    assert {(row.groups_expected, row.groups_reported, row.state) for row in after} == {(1, 1, "")}
    assert {row.spc_segment for row in before}.isdisjoint({row.spc_segment for row in after})
    assert {row.limits_status for row in after} == {"trial"}
    assert {(row.variation, row.special_cause) for row in after} == {("none", "Common Cause")}
    # Earlier months stay as they were: values and limits do not move.
    assert {row.variation for row in before} <= {"common_cause"}
    page = measure_page(line.measure, TrustFactory(), now=NOW)
    assert [(mark.on, mark.label) for mark in page.markers] == [
        (APRIL, "Older People ended, Mar 2026")
    ]
    assert "Older People ended, Mar 2026: the limits start anew with Apr 2026." in page.said.reading


def test_without_a_reorganisation_the_line_is_one_piece(line, groups):
    assert len({row.spc_segment for row in rows(line)}) == 1
    page = measure_page(line.measure, TrustFactory(), now=NOW)
    assert page.markers == page.boundaries == ()
    assert "anew" not in page.said.reading


def test_a_past_moment_knows_no_later_reorganisation(line, groups):
    older_ends(groups)
    page = measure_page(
        line.measure, TrustFactory(), now=NOW, known_at=datetime(2026, 3, 10, tzinfo=UTC)
    )
    assert page.boundaries == ()


def test_an_end_that_is_taken_back_takes_the_boundary_back(line, groups):
    held = list(rows(line).values("period_end", "spc_segment", "spc_mean"))
    older_ends(groups)
    older_ends(groups, on=None)
    assert list(rows(line).values("period_end", "spc_segment", "spc_mean")) == held


def test_a_group_that_begins_is_a_boundary_too(line, groups):
    crisis = CareGroupFactory(name="Crisis", valid_from=APRIL)
    SeriesFactory(measure=line.measure, care_group=crisis)
    recompute(at=NOW, stale_only=False)
    segments = list(rows(line).values_list("spc_segment", flat=True))
    assert segments == [segments[0]] * 22 + [segments[-1]] * 7
    assert segments[0] != segments[-1]
    page = measure_page(line.measure, TrustFactory(), now=NOW)
    assert [mark.label for mark in page.markers] == ["Crisis began, Apr 2026"]


def test_a_figure_of_the_whole_trust_is_not_cut_by_its_care_groups(groups):
    """Published figures are of the whole trust, however it is divided."""
    _, trust, parts = rolled_up(*groups)
    for place in range(29):
        approved(trust, START.plus(place), Decimal(50 + place % 3), origin="published")
        approved(parts[0], START.plus(place), numerator=Decimal(5), denominator=Decimal(10))
    older_ends(groups)
    recompute(at=NOW, stale_only=False)
    assert len({row.spc_segment for row in rows(trust)}) == 1


def test_a_group_that_takes_another_in_has_limits_of_its_own_since(groups):
    acute, older = groups
    acute.predecessors.add(older)
    series = SeriesFactory(measure=MeasureFactory(), care_group=acute)
    for place in range(29):
        month = START.plus(place)
        level = 17 if month.start >= APRIL else 10
        approved(series, month, Decimal(level + place % 3))
    older_ends(groups)
    recompute(at=NOW, stale_only=False)
    after = rows(series).filter(period_end__gt=APRIL)
    assert {(row.limits_status, row.variation) for row in after} == {("trial", "none")}
    page = measure_page(series.measure, acute, now=NOW)
    assert [mark.label for mark in page.markers] == ["Older People merged into Acute, Apr 2026"]


def test_a_group_has_no_figure_after_its_end_nor_before_it_begins(groups):
    _, older = groups
    series = SeriesFactory(measure=MeasureFactory(), care_group=older)
    for place in range(29):
        approved(series, START.plus(place), Decimal(10))
    older_ends(groups)
    assert rows(series).last().period_end == date(2026, 3, 31)
    assert rows(series).count() == 22
    rewrite(CareGroup.objects.filter(pk=older.pk), valid_from=date(2025, 1, 1))
    recompute(at=NOW, stale_only=False)
    assert rows(series).first().period_start == date(2025, 1, 1)


def test_small_lines_are_cut_there_too_now_and_as_known(line, groups):
    month = Month(2026, 10)
    whole = recent_histories([line], month)[line.pk]
    assert whole.cuts == ()
    older_ends(groups)
    later = datetime(2030, 1, 1, tzinfo=UTC)
    for found in (
        recent_histories([line], month)[line.pk],
        recent_histories([line], month, known_at=later)[line.pk],
    ):
        # 24 windows to October: the first without the group is the seventh from the end.
        assert (len(found.trend), found.cuts) == (24, (17,))
        assert found.trend == whole.trend[:17] + found.trend[17:]


def test_the_board_and_the_page_draw_the_cut(line, groups, client):
    older_ends(groups)
    client.force_login(performance_team())
    page = client.get(f"/measures/{line.measure.code}/").content.decode()
    assert "Reorganised: Older People ended, Mar 2026." in page
    TargetFactory(measure=line.measure, plan=PlanFactory(ends_on=date(2027, 3, 31)))
    recompute(at=NOW, stale_only=False)
    assert 'class="cut"' in client.get("/?period=2026-10").content.decode()
