"""What a scheme serves and moves, and what guards it: chosen from lists, kept with their past."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from cip.gate import Changed
from cip.models import GuardMeasure, Scheme
from cip.qia.forms import AssessmentForm
from cip.qia.page import qia_page
from cip.qia.write import GuardEntry
from cip.schemes.forms import SchemeForm
from cip.schemes.page import scheme_page
from cip.standing.read import standing_of
from kpis.models import Assessment
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, approved
from tests.factories.plans import ObjectiveFactory
from tests.factories.rows import row

pytestmark = pytest.mark.django_db
TODAY = date(2019, 8, 1)


def shown(walk, at=None):
    page = scheme_page(Scheme.objects.get(pk=walk.scheme.pk), known_at=at, today=TODAY)
    return list(page.objectives), list(page.measures)


def test_links_are_offered_with_their_names_and_known_as_they_were(walk):
    aim, other = ObjectiveFactory(title="Fewer falls"), ObjectiveFactory(title="Shorter waits")
    falls = MeasureFactory(code="falls", name="Falls on wards")
    MeasureFactory(code="ended", name="Counted once", valid_to=date(2018, 1, 1))
    walk.add(objectives=(aim,), measures=(falls,))
    before = timezone.now()
    walk.change(objectives=(other,), measures=())
    assert shown(walk) == ([other], [])
    assert shown(walk, before) == ([aim], [falls])
    form = SchemeForm(
        programme=walk.programme, groups=[walk.acute],
        scheme=Scheme.objects.get(pk=walk.scheme.pk),
    )  # fmt: skip
    words = [text for _, text in form.fields["objectives"].choices]
    assert "Shorter waits" in words[0], "what is chosen comes first"
    assert any("Fewer falls" in text for text in words)
    assert [text for _, text in form.fields["measures"].choices] == ["Falls on wards (falls)"]


def typed(**rows) -> dict[str, str]:
    return {"scope": "Wards", **{name.replace("_", "-"): text for name, text in rows.items()}}


@pytest.mark.parametrize("words", ["falls", "Falls on wards", "falls on WARDS (falls)"])
def test_a_guard_is_found_by_name_or_code(walk, words):
    MeasureFactory(code="falls", name="Falls on wards")
    form = AssessmentForm(
        typed(guard_0_measure=words, guard_0_baseline="8.1", guard_0_period="Dec 2018"),
        assessed=None,
    )
    assert form.is_valid(), form.errors
    assert form.entry().guards == (
        GuardEntry(measure="falls", baseline=Decimal("8.1"), baseline_period="Dec 2018"),
    )


def test_a_guard_that_is_no_measure_is_refused_at_its_row(walk):
    form = AssessmentForm(
        typed(guard_0_measure="x", guard_1_baseline="2", guard_2_measure=""), assessed=None
    )
    assert not form.is_valid()
    assert "choose from the list" in str(form.errors["guard-0-measure"])
    assert "Choose the measure of this baseline" in str(form.errors["guard-1-measure"])
    assert "guard-2-measure" not in form.errors


def test_guards_are_known_as_they_were_and_shown_with_their_figures(walk):
    falls, waits = MeasureFactory(code="falls", decimals=1), MeasureFactory(code="waits")
    walk.to_submitted()
    walk.decide("more_detail_asked", "Which guards?")
    walk.write(guards=(GuardEntry(measure="falls", baseline=Decimal(8), baseline_period="2018"),))
    first = timezone.now()
    walk.write(guards=(GuardEntry(measure="falls", baseline=Decimal(9), baseline_period="2018"),))
    second = timezone.now()
    walk.write(guards=(GuardEntry(measure="waits"),))
    series = SeriesFactory(measure=waits, care_group=walk.acute)
    for number, variation in enumerate(("common_cause", "concern_high", "concern_high")):
        month = Month(2019, 4).plus(number)
        row(
            Assessment, series=series, period_start=month.start, period_end=month.end,
            value=10 + number, variation=variation,
        )  # fmt: skip

    def guards(at=None):
        page = qia_page(Scheme.objects.get(pk=walk.scheme.pk), known_at=at, today=TODAY)
        return [(line.guard.measure.code, line.guard.baseline) for line in page.guards], page

    assert guards(first)[0] == [("falls", 8)]
    assert guards(second)[0] == [("falls", 9)]
    assert guards(first - timedelta(days=1))[0] == []
    held, page = guards()
    assert held == [("waits", None)]
    (line,) = page.guards
    assert line.signal == "special-cause concern since 1 May 2019"
    assert line.latest.endswith("Jun 2019")
    assert [cells[0] for cells in line.table.rows] == ["Jun 2019", "May 2019", "Apr 2019"]
    assert GuardMeasure.objects.get().measure == waits
    assert falls.code == "falls"


def test_figures_of_a_guard_are_those_known_at_the_moment(walk):
    waits = MeasureFactory(code="waits", decimals=0, direction="lower_is_better")
    walk.to_submitted()
    walk.decide("more_detail_asked", "Which guards?")
    walk.write(guards=(GuardEntry(measure="waits"),))
    series = SeriesFactory(measure=waits, care_group=walk.acute)
    recorded = timezone.now()
    for number, value in enumerate([50, 52] * 8 + [99, 98]):
        at = recorded + timedelta(days=number)
        month = Month(2018, 1).plus(number)
        approved(series, month, value=Decimal(value), known_from=at)

    def line(days: int):
        at = recorded + timedelta(days=days, hours=1)
        page = qia_page(Scheme.objects.get(pk=walk.scheme.pk), known_at=at, today=TODAY)
        return page.guards[0]

    calm, struck = line(15), line(17)
    assert (calm.latest, calm.signal) == ("52, Apr 2019", "no special-cause concern")
    assert struck.latest == "98, Jun 2019"
    assert struck.signal == "special-cause concern since 1 May 2019"
    assert [cells[0] for cells in struck.table.rows][:2] == ["Jun 2019", "May 2019"]
    assert line(0).latest == "50, Jan 2018"


def test_guards_and_equality_impact_that_change_after_the_signatures_are_shown(walk):
    """Taking away what would reopen an assessment leaves its mark on what was signed."""
    for code in ("falls", "waits"):
        MeasureFactory(code=code, name=code.capitalize())
    falls = GuardEntry(measure="falls", baseline=Decimal("8.10"), baseline_period="2018")
    walk.to_submitted()
    walk.decide("more_detail_asked", "Which guards?")
    walk.write(guards=(falls,))
    walk.submit()
    walk.decide()
    walk.sign(walk.medical)
    walk.sign(walk.nursing)
    signed_at = timezone.now()
    assert walk.standing.assessed.changed is Changed.NOT_AT_ALL

    other = GuardEntry(measure="waits")
    for changed, label in (
        ({}, "Guard measures"),
        ({"guards": (falls, other)}, "Guard measures"),
        ({"guards": (replace(falls, baseline=Decimal(9)),)}, "Guard measures"),
        ({"guards": (falls,), "equality_impact": "Older people wait longer"}, "Equality impact"),
    ):
        walk.write(**changed)
        assert walk.standing.assessed.changed is Changed.SLIGHTLY, changed
        assert walk.standing.gate.is_allowed
        page = qia_page(Scheme.objects.get(pk=walk.scheme.pk), today=TODAY)
        assert [name for name, *_ in page.differences] == [label]
    walk.write(guards=(falls,))
    assert walk.standing.assessed.changed is Changed.NOT_AT_ALL
    walk.write()
    then = standing_of(Scheme.objects.get(pk=walk.scheme.pk), known_at=signed_at)
    assert then.assessed.changed is Changed.NOT_AT_ALL
    assert then.assessed.snapshot.guards == ("falls from 8.1 (2018)",)


@pytest.mark.parametrize(
    "changed",
    [
        {"wte": Decimal(80)},
        {"category": "pay"},
        {"is_recurrent": False},
        {"is_cash_releasing": False},
        {"stated_full_year_effect_k": Decimal(9999)},
    ],
)
def test_terms_that_change_after_the_signatures_are_shown_beside_them(walk, changed):
    walk.to_signed()
    signed_at = timezone.now()
    walk.change(**changed)
    assert walk.standing.assessed.changed is Changed.SLIGHTLY
    assert walk.standing.gate.is_allowed
    page = qia_page(Scheme.objects.get(pk=walk.scheme.pk), today=TODAY)
    ((name, then, now),) = page.differences
    assert (name, then) == ("Terms", "Non-pay, no posts, recurrent, cash-releasing")
    assert now != then
    known = standing_of(Scheme.objects.get(pk=walk.scheme.pk), known_at=signed_at)
    assert known.assessed.changed is Changed.NOT_AT_ALL
    walk.change()
    assert walk.standing.assessed.changed is Changed.NOT_AT_ALL
