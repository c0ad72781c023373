"""What an import would do with each row: added, changed, unchanged, refused, asked."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kpis.assessments.store import recompute
from kpis.imports.files import read_file
from kpis.imports.layouts import Defaults, lay_out
from kpis.imports.plan import Plan
from kpis.imports.verdicts import plan_import
from kpis.models import NamedMeasure, Return, ReturnCell, Series
from kpis.months.clock import lock_period
from kpis.returns.reopen import reopen_return
from strategy.models import CareGroup, Membership
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    approved,
)
from tests.factories.people import access, lead_of
from tests.kpis.imports.books import csv_bytes

HEAD = ("measure", "care_group", "period", "numerator", "denominator", "value")
AUGUST = Month(2026, 8)


def planned(scene, *rows, head=HEAD, by=None, swap=False) -> Plan:
    book = read_file("a.csv", csv_bytes([head, *rows]))
    laid = lay_out(book, Defaults())
    return plan_import(laid, access=access(by or scene.lead), at=scene.clock, swap=swap)


def verdicts(plan: Plan) -> list[str]:
    return [row.verdict.value for row in plan.rows]


def said(plan: Plan) -> list[str]:
    return [problem.words for problem in plan.problems]


def test_a_figure_is_added_changed_or_unchanged(scene):
    seen = ("Seen", "acute", "Sep 2026", "45", "50", "")
    calls = ("calls", "Acute", "2026-09", "", "", "1,234")
    assert verdicts(planned(scene, seen, calls)) == ["added", "added"]
    scene.fill(calls="1234")
    plan = planned(scene, seen, calls)
    assert verdicts(plan) == ["unchanged", "unchanged"]
    assert plan.changing == []
    other = planned(scene, ("seen-in-time", "acute", "30/09/2026", "46", "50", "92.0"))
    (row,) = other.rows
    assert (row.verdict, row.before, row.after) == ("changed", "45 of 50", "46 of 50")


def test_planning_writes_nothing(scene):
    before = Return.objects.count(), ReturnCell.objects.count()
    planned(scene, ("Calls", "acute", "2026-09", "", "", "5"))
    assert (Return.objects.count(), ReturnCell.objects.count()) == before


def test_what_is_stored_is_unchanged_in_a_locked_month_and_anything_else_is_refused(scene):
    approved(scene.ratio, AUGUST, numerator=Decimal(148), denominator=Decimal(1089))
    row = ("Seen", "acute", "2026-08", "148", "1089", "13.590450")
    assert verdicts(planned(scene, row)) == ["unchanged"]
    assert said(planned(scene, ("Seen", "acute", "2026-08", "149", "1089", ""))) == [
        "Row 2, column C: August 2026 is before the first month of the tracker: its figures are "
        "brought in by the performance team"
    ]
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    assert said(planned(scene, ("Calls", "acute", "2026-09", "", "", "5"))) == [
        "Row 2, column C: September 2026 is locked. The performance team can open it again, "
        "with a reason"
    ]


def test_a_return_that_was_opened_again_by_itself_takes_figures(scene):
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    reopen_return(
        month=Month(2026, 9),
        care_group=scene.acute,
        reason="Late audit",
        by=scene.team,
        access=access(scene.team),
        at=scene.tick(),
    )
    calls = ("Calls", "acute", "2026-09", "", "", "5")
    assert verdicts(planned(scene, calls)) == ["added"]
    other = planned(scene, ("Seen", "older", "2026-09", "1", "2", ""), by=scene.team)
    assert "September 2026 is locked" in said(other)[0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("Calls", "acute", "2026-10", "", "", "5"), "column C: October 2026 has not ended"),
        (("Calls", "acute", "46054", "", "", "5"), "column C: Month must be a real month"),
        (("Calls", "acute", "", "", "", "5"), "column C: Enter month"),
        (("Cells", "acute", "2026-09", "", "", "5"), "no KPI called “Cells” in your care groups"),
        (("Total", "", "", "", "", "5"), "Leave out the row of totals"),
        (("Seens", "acute", "2026-09", "1", "2", ""), "your care groups. Did you mean “Seen”?"),
        (("", "acute", "2026-09", "", "", "5"), "column A: Enter measure"),
        (("Calls", "acute", "2026-09", "", "", ""), "column F: Enter calls for September 2026"),
        (("Calls", "acute", "2026-09", "5", "", ""), "column D: Calls takes one figure, under"),
        (("Calls", "acute", "2026-09", "", "", "12.5"), "column F: Calls must be a whole number"),
        (("Calls", "acute", "2026-09", "", "", "n/a"), 'or choose "No data"'),
        (("Seen", "acute", "2026-09", "45", "50", "91"), "45 of 50 is 90.0%, not 91.0%"),
        (("Seen", "acute", "2026-09", "45", "", ""), "column E: Enter people referred"),
        (("Seen", "acute", "2026-09", "51", "50", ""), "must be the same as or fewer than"),
        (("Seen", "trust", "2026-09", "45", "50", ""), "no care group called “trust”"),
    ],
)
def test_a_row_that_cannot_be_is_refused_at_its_column(scene, row, words):
    plan = planned(scene, row)
    assert any(words in one for one in said(plan)), said(plan)
    assert plan.rows[0].entry is None


def test_names_are_known_without_their_punctuation_unless_two_would_be_meant(scene):
    falls = MeasureFactory(code="harm-1", name="In-patient harms, falls & slips")
    SeriesFactory(measure=falls, care_group=scene.acute)
    written = ("Inpatient harms: falls and slips", "IN PATIENT HARMS (falls/slips)")
    rows = [(name, "acute", "2026-09", "", "", "5") for name in written]
    assert [verdicts(planned(scene, row)) for row in rows] == [["added"], ["refused"]]
    again = MeasureFactory(code="harm-2", name="In-patient harms (falls, slips)")
    SeriesFactory(measure=again, care_group=scene.acute)
    assert verdicts(planned(scene, rows[1])) == ["added"]
    MeasureFactory(code="harm-3", name="In-patient harms (falls), slips")
    assert said(planned(scene, rows[1])) == [
        f"Row 2, column A: no KPI called “{written[1]}” in your care groups. Did you mean "
        "“In-patient harms (falls, slips)”?"
    ]


@pytest.mark.parametrize("mark", [" [r]", " [note 2]", "²", " (p) [1, 2]"])
def test_marks_of_notes_at_a_name_are_left_out_and_named(scene, mark):
    plan = planned(scene, (f"Calls{mark}", "acute", "2026/27 M6", "", "", "5"))
    assert [(row.measure, row.window) for row in plan.rows] == [("Calls", "Sep 2026")]
    assert verdicts(plan) == ["added"]
    assert f"1 name was read without the mark of a note: “Calls{mark}”" in plan.notices


def test_a_name_that_ends_in_a_mark_itself_is_that_one(scene):
    for code, name in (("harms", "Harms"), ("harms-r", "Harms (r)")):
        SeriesFactory(measure=MeasureFactory(code=code, name=name), care_group=scene.acute)
    plan = planned(scene, ("Harms (r)", "acute", "2026-09", "", "", "5"))
    assert [row.measure for row in plan.rows] == ["Harms (r)"]
    assert not [words for words in plan.notices if "mark of a note" in words]


def test_a_name_is_offered_only_from_a_persons_own_measures(scene):
    SeriesFactory(measure=MeasureFactory(name="Restraints"), care_group=scene.older)
    row = ("Restraint", "acute", "2026-09", "", "", "5")
    assert said(planned(scene, row)) == [
        "Row 2, column A: no KPI called “Restraint” in your care groups"
    ]
    (problem,) = planned(scene, ("Seens", "acute", "2026-09", "1", "2", "")).problems
    assert "Seens" not in problem.on_record


def test_a_row_of_totals_below_months_is_told_once_a_figure(scene):
    plan = planned(
        scene,
        ("Calls", "acute", "12", "9"),
        ("Total", "", "12", "9"),
        head=("measure", "care group", "Aug-26", "Sep-26"),
    )
    of_totals = [row for row in plan.rows if row.measure == "Total"]
    assert [(row.window, len(row.problems)) for row in of_totals] == [
        ("Aug 2026", 1),
        ("Sep 2026", 1),
    ]


def test_a_group_that_is_another_persons_is_refused_like_one_that_is_not(scene):
    """The same words for both, also where the row would be unchanged."""
    approved(scene.other_ratio, Month(2026, 9), numerator=Decimal(1), denominator=Decimal(2))
    for name in ("older", "nobody"):
        assert said(planned(scene, ("Seen", name, "2026-09", "1", "2", "50"))) == [
            f"Row 2, column B: no care group called “{name}” that you enter figures for"
        ]
    mine = planned(scene, ("Seen", "older", "2026-09", "1", "2", "50"), by=scene.team)
    assert verdicts(mine) == ["unchanged"]
    SeriesFactory(measure=MeasureFactory(name="Beds"), care_group=scene.older)
    assert said(planned(scene, ("Beds", "acute", "2026-09", "", "", "5"))) == [
        "Row 2, column A: no KPI called “Beds” in your care groups"
    ]


def test_the_same_figure_twice_refuses_both_rows(scene):
    row = ("Calls", "acute", "2026-09", "", "", "5")
    plan = planned(scene, row, ("Seen", "acute", "2026-09", "45", "50", ""), row)
    assert verdicts(plan) == ["refused", "added", "refused"]
    words = "Rows 2 and 4 are for the same KPI, care group and month"
    assert said(plan) == [f"Row 2: {words}", f"Row 4: {words}"]


def test_a_figure_outside_the_life_of_its_kpi_is_refused(scene):
    calls = scene.calls
    Series.objects.filter(pk=calls.pk).update(valid_from=Month(2026, 10).start)
    row = ("Calls", "acute", "2026-09", "", "", "5")
    assert said(planned(scene, row)) == ["Row 2, column C: This KPI starts in October 2026"]
    Series.objects.filter(pk=calls.pk).update(valid_from=None, valid_to=Month(2026, 9).start)
    assert said(planned(scene, row)) == ["Row 2, column C: This KPI ended in August 2026"]


def test_improbable_figures_are_asked_about_and_not_refused(scene):
    for back, value in enumerate((30, 31, 30, 32, 31, 30), 1):
        approved(scene.calls, Month(2026, 9).plus(-back), Decimal(value))
    recompute(stale_only=False, at=scene.clock)
    plan = planned(scene, ("Calls", "acute", "2026-09", "", "", "310"))
    assert verdicts(plan) == ["added"]
    assert plan.asked == 1
    assert "310 is unusual" in plan.rows[0].questions[0]
    head = (*HEAD, "confirm_reason")
    confirmed = planned(scene, ("Calls", "acute", "2026-09", "", "", "310", "A flood"), head=head)
    assert confirmed.asked == 0
    assert confirmed.rows[0].entry.text.confirmed


def test_parts_the_wrong_way_round_are_asked_about(scene):
    """Nothing is swapped to make it fit, unless the person says so."""
    row = ("Seen", "acute", "2026-09", "50", "45", "")
    plan = planned(scene, row)
    assert verdicts(plan) == ["refused"]
    assert plan.may_swap == 1
    swapped = planned(scene, row, swap=True)
    assert verdicts(swapped) == ["added"]
    assert swapped.rows[0].after == "45 of 50"
    assert swapped.rows[0].is_swapped


def test_a_milestone_takes_a_status_by_word_or_code(scene):
    SeriesFactory(measure=MilestoneFactory(name="New ward"), care_group=scene.acute)
    head = ("measure", "care_group", "period", "value", "milestone_status", "forecast_on")
    plan = planned(scene, ("New ward", "acute", "2026-09", "", "On track", "01/03/2027"), head=head)
    assert verdicts(plan) == ["added"]
    assert plan.rows[0].after == "On track, expected 1 Mar 2027"
    assert plan.rows[0].entry.text.milestone_status == "on_track"
    wrong = planned(scene, ("New ward", "acute", "2026-09", "5", "", ""), head=head)
    assert "takes a status, under “milestone_status”" in said(wrong)[0]


def test_a_reason_may_stand_for_a_figure(scene):
    head = (*HEAD, "no_data_reason")
    row = ("Calls", "acute", "2026-09", "", "", "", "System down")
    plan = planned(scene, row, head=head)
    assert (verdicts(plan), plan.rows[0].after) == (["added"], "no figure, with a reason")
    scene.save((scene.calls, 0, {"no_data_reason": "System down"}))
    assert verdicts(planned(scene, row, head=head)) == ["unchanged"]


def test_a_quarter_is_named_by_its_last_month_or_as_the_tracker_writes_it(scene):
    measure = MeasureFactory(name="Audits", frequency="quarterly")
    SeriesFactory(measure=measure, care_group=scene.acute)
    for period in ("Sep 2026", "2026/27 Q2"):
        plan = planned(scene, ("Audits", "acute", period, "", "", "5"))
        assert (verdicts(plan), plan.rows[0].window) == (["added"], "Jul to Sep 2026")
    assert said(planned(scene, ("Audits", "acute", "Aug 2026", "", "", "5"))) == [
        "Row 2, column C: no quarter of this KPI ends in August 2026"
    ]


def test_a_plan_takes_as_many_queries_for_many_rows_as_for_few(
    scene, django_assert_max_num_queries
):
    for month in range(1, 31):
        approved(scene.calls, Month(2026, 8).plus(-month), Decimal(month))
    rows = [
        ("Calls", "acute", str(Month(2026, 8).plus(-month)), "", "", str(month))
        for month in range(1, 31)
    ]
    with django_assert_max_num_queries(60):
        assert verdicts(planned(scene, *rows)) == ["unchanged"] * 30


def test_a_plan_of_the_next_minute_is_the_same_plan(scene):
    row = ("Calls", "acute", "2026-09", "", "", "5")
    first = planned(scene, row).signature
    scene.clock += timedelta(minutes=1)
    assert planned(scene, row).signature == first
    scene.fill(calls="5")
    assert planned(scene, row).signature != first


def test_of_the_trusts_return_a_person_brings_in_the_measures_that_are_theirs(scene):
    """Somebody else's measure is refused like one that does not exist."""
    trust = CareGroup.objects.get(level="trust")
    own, other = (SeriesFactory(measure=MeasureFactory(name=name)) for name in ("Staff", "Estates"))
    corporate = lead_of(trust)
    membership = Membership.objects.get(user=corporate)
    NamedMeasure.objects.create(membership=membership, measure=own.measure)
    rows = [(name, "trust", "2026-09", "", "", "5") for name in ("Staff", "Estates", "Ghosts")]
    laid = lay_out(read_file("a.csv", csv_bytes([HEAD, *rows])), Defaults())
    plan = plan_import(laid, access=access(corporate), at=scene.clock, by=corporate)
    assert verdicts(plan) == ["added", "refused", "refused"]
    assert said(plan) == [
        f"Row {row}, column A: no KPI called “{name}” in your care groups"
        for row, name in ((3, other.measure.name), (4, "Ghosts"))
    ]


def test_a_percentage_alone_is_refused_with_the_two_numbers_behind_it(scene):
    alone = ("Seen", "acute", "2026-09", "", "", "90")
    (words,) = said(planned(scene, alone))
    assert words.startswith("Row 2, column F: Seen is worked out from ")
    assert words.endswith("give both (“numerator” and “denominator”), not the result alone")
    wide = ("measure", "care_group", "2026-09")
    (words,) = said(planned(scene, ("Seen", "acute", "90%"), head=wide))
    assert words.startswith("Row 2, column C: Seen is worked out from ")
    assert "one row for each, under “part”" in words
