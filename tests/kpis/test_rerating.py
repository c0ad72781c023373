"""Random changes: each is judged again where it applies, from its date on, and nowhere else."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q

from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.dated_changes.recalculation import add_rebase, withdraw_rebase
from kpis.dated_changes.target_changes import ChangeRefused, Terms, approve_change, propose_change
from kpis.models import Assessment, Judgement, Series, Target
from strategy.models import CareGroup
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.people import access, performance_team
from tests.factories.plans import CareGroupFactory, PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
START, MONTHS = Month(2024, 6), 26
# The fields of a window about its chart and the process behind it.
SPC = (
    "spc_mean",
    "spc_lower",
    "spc_upper",
    "spc_segment",
    "point_type",
    "special_cause",
    "opposing_cause",
    "variation",
    "assurance",
    "limits_status",
    "points_in_segment",
    "signal_moves",
    "signal_run",
    "signal_from",
    "signal_to",
    "opposing_run",
    "points_outside",
    "limits_rest_on",
    "segment_from",
    "tested_windows",
    "met_windows",
    "tested_from",
    "tested_on_one_target",
)

Window = tuple[int, date]
Cells = dict[Window, tuple]


def stored(*, spc: bool) -> Cells:
    """The stored fields of each window: those of its chart, or all others."""
    found: Cells = {}
    for row in Assessment.objects.all():
        names = [column.attname for column in row._meta.concrete_fields]
        kept = [name for name in names if (name in SPC) == spc and name != "id"]
        found[row.series_id, row.period_end] = tuple(getattr(row, name) for name in kept)
    if not spc:
        rows = Judgement.objects.select_related("assessment").order_by("target_id")
        for row in rows:
            names = [c.attname for c in row._meta.concrete_fields]
            kept = [name for name in names if name not in ("id", "assessment_id")]
            key = (row.assessment.series_id, row.assessment.period_end)
            found[key] += tuple(getattr(row, name) for name in kept)
    return found


@pytest.fixture
def people():
    return performance_team(), performance_team()


@kept
def world():
    """Two measures of three groups, and a count of the trust's own."""
    first = PlanFactory(starts_on=date(2024, 4, 1), ends_on=date(2025, 3, 31))
    second = PlanFactory(starts_on=date(2025, 4, 1), ends_on=date(2028, 3, 31))
    groups = [CareGroupFactory() for _ in range(3)]
    chance = random.Random(4)
    for judged_on in ("month", "year_to_date"):
        measure, _, parts = rolled_up(*groups, judged_on=judged_on)
        for place in range(MONTHS):
            for part in parts:
                approved(
                    part,
                    START.plus(place),
                    numerator=Decimal(chance.randrange(70, 100)),
                    denominator=Decimal(100),
                )
        for plan in (first, second):
            TargetFactory(measure=measure, plan=plan, value=Decimal(chance.randrange(80, 90)))
    count = SeriesFactory(measure=MeasureFactory())
    for place in range(MONTHS):
        approved(count, START.plus(place), chance.randrange(40, 60))
    TargetFactory(measure=count.measure, plan=second, value=Decimal(50))
    TargetFactory(measure=count.measure, role="national_standard", value=Decimal(45))
    recompute(at=AT, stale_only=False)


def change_target(chance: random.Random, people) -> tuple[set[int], date, date]:
    """New terms from a date on: windows that end on it or later, of the target's measure."""
    target = chance.choice(list(Target.objects.all()))
    on = START.plus(chance.randrange(MONTHS + 2)).start + timedelta(days=chance.randrange(28))
    terms = Terms(
        effective_from=on,
        value=Decimal(chance.randrange(400, 950)) / 10,
        floor=chance.choice([None, Decimal(20)]),
        due_on=chance.choice([None, date(2027, 3, 31)]),
        retire=chance.random() < 0.2,
    )
    one, two = people
    change = propose_change(
        target_id=target.pk,
        version=target.version,
        terms=terms,
        reason="Agreed",
        by=one,
        access=access(one),
        at=AT,
    )
    if change.needs_second_person:
        approve_change(change_id=change.pk, by=two, access=access(two), at=AT)
    series = Series.objects.filter(measure=target.measure).values_list("pk", flat=True)
    return set(series), on, date.max


def change_group(chance: random.Random, people) -> tuple[set[int], date, date]:
    """A date that moves: windows that end between the old day and the new, the trust's and its."""
    group = chance.choice(list(CareGroup.objects.exclude(level="trust")))
    ends = chance.choice([None, START.plus(chance.randrange(4, MONTHS)).start])
    before = group.valid_to
    change_care_group_dates(
        care_group_id=group.pk,
        valid_from=None,
        valid_to=ends,
        reason="Merged",
        by=people[0],
        access=access(people[0]),
        at=AT,
    )
    lines = Series.objects.filter(Q(care_group__level="trust") | Q(care_group=group))
    first, last = sorted((before or date.max, ends or date.max))
    return set(lines.values_list("pk", flat=True)), first, last


@pytest.mark.parametrize("change", [change_target, change_group])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_change_does_not_reach_stays_as_it_was(world, people, change: Callable, seed):
    chance = random.Random(seed)
    moved = 0
    for _ in range(6):
        before = stored(spc=False)
        try:
            series, first, last = change(chance, people)
        except ChangeRefused:
            continue
        stale = set(Series.objects.stale().values_list("pk", flat=True))
        recompute(at=AT, stale_only=True)
        after = stored(spc=False)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert {key for key, _ in changed} <= stale & series
        year = {"month": timedelta(0), "year_to_date": timedelta(days=366)}
        reach = {
            row.pk: year[row.measure.judged_on] for row in Series.objects.select_related("measure")
        }
        assert all(first <= end for _, end in changed)
        assert all(end < last or end - last < reach[key] for key, end in changed)
        moved += len(changed)
    assert moved > 20
    assert {found.kind for found in findings()} <= {"no provenance"}


@pytest.mark.parametrize("seed", [0, 3])
def test_a_rebase_begins_limits_on_its_date_and_touches_no_status_and_no_other_chart(
    world, people, seed
):
    chance = random.Random(seed)
    by = {"by": people[0], "access": access(people[0]), "at": AT, "reason": "New pathway"}
    series = chance.choice(list(Series.objects.all()))
    on = START.plus(chance.randrange(1, MONTHS - 1)).start + timedelta(days=chance.randrange(28))
    untouched, before = stored(spc=False), stored(spc=True)
    rebase = add_rebase(series_id=series.pk, starts_on=on, **by)
    recompute(at=AT, stale_only=True)
    after = stored(spc=True)
    assert stored(spc=False) == untouched
    elsewhere = [key for key in before if key[0] != series.pk]
    assert [after[key] for key in elsewhere] == [before[key] for key in elsewhere]
    rows = Assessment.objects.filter(series=series).order_by("period_start")
    first = rows[0].spc_segment
    assert all((row.spc_segment == first) == (row.period_start < on) for row in rows)
    withdraw_rebase(rebase_id=rebase.pk, **by)
    recompute(at=AT, stale_only=True)
    assert (stored(spc=False), stored(spc=True)) == (untouched, before)


def test_what_is_better_does_not_turn_against_what_targets_ask_for():
    measure = TargetFactory(operator="ge", value=Decimal(95)).measure
    measure.direction = "lower_is_better"
    with pytest.raises(ValidationError, match="Direction is fixed"):
        measure.full_clean()
