"""Writing illustrative figures beside the published ones, and taking them away again."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from accounts import audit
from kpis.checks import CLEARED
from kpis.illustration import UNKNOWN, Made, Scale, Sketch, made_milestones, made_values, sketch
from kpis.models import (
    Actual,
    Annotation,
    Commentary,
    Decision,
    Measure,
    Rebase,
    Return,
    Series,
    Target,
)
from kpis.services.assessment import touch
from kpis.services.drafting import due_window
from kpis.services.illustrative_returns import (
    Illustrated,
    clear_returns,
    empty_cells,
    fill_cells,
    illustrate_returns,
)
from kpis.services.inputs import measure_terms
from kpis.services.periods import data_clock
from strategy.periods import Month, london_date, months_between

FIRST = Month(2023, 4)
REMARKED = 2
COMMENTED = 12
Say = Callable[[str], None]


def last_full_month(at: datetime) -> Month:
    return Month.of(london_date(at)).plus(-1)


@transaction.atomic
def illustrate_measures(
    *, at: datetime, leave_open: str, say: Say, scales: Mapping[str, Scale] | None = None
) -> int:
    """Made-up actuals, approved, for whatever has no published figure; returns how many.

    `leave_open` is the care group whose last full month is left to be entered; `scales` tells how
    large the figures of a measure are.
    """
    last = last_full_month(at)
    illustrated = illustrate_returns(
        list(months_between(FIRST, last)), leave_open=leave_open, at=at
    )
    wanted = _series_to_illustrate()
    sizes = scales or {}
    targets = _target_values({row.measure_id for row in wanted})
    held = set(
        Actual.objects.filter(series__in=[row.pk for row in wanted]).values_list(
            "series_id", "period_start", "period_end"
        )
    )
    actuals = [
        _actual(row, made, submission, is_recent=made.period.last_month == last, at=at)
        for row in wanted
        for made in _made(row, targets.get(row.measure_id), sizes, last)
        if (row.pk, made.period.start, made.period.end) not in held
        and (submission := illustrated.asking(row, made.period)) is not None
    ]
    say(f"illustrative figures: {len(actuals):,}")
    _write(actuals, illustrated, at=at)
    fill_cells(illustrated, at=at)
    if actuals:
        _remark(wanted, targets, sizes, last, at=at)
    touched = {actual.series_id for actual in actuals}
    touch(touched)
    if actuals:
        audit.record(
            at=at,
            by=None,
            action="illustrated",
            obj=Actual(),
            key="illustrative figures",
            changes=[audit.FieldChange.of("actuals", 0, len(actuals))],
            reason="seed --illustrative",
        )
    return len(actuals)


def _series_to_illustrate() -> list[Series]:
    """Series of the measures that a plan of these years promises, without a published figure."""
    measures = Target.objects.filter(measure__isnull=False, plan__ends_on__gte=FIRST.start).values(
        "measure"
    )
    published = Actual.objects.exclude(origin=Actual.Origin.ILLUSTRATIVE).values("series")
    return list(
        Series.objects.filter(measure__in=measures)
        .exclude(fed_by__in=[Series.FedBy.ROLL_UP, Series.FedBy.PUBLISHED])
        .exclude(pk__in=published)
        .select_related("measure", "care_group")
        .order_by("measure__code", "care_group__position")
    )


def _target_values(measures: Iterable[int]) -> dict[int, Decimal]:
    rows = Target.objects.filter(
        measure__in=measures, value_is="absolute", value__isnull=False
    ).order_by("plan__starts_on", "position")
    return {
        measure: value
        for measure, value in rows.values_list("measure_id", "value")
        if measure is not None and value is not None
    }


def _made(
    series: Series, target: Decimal | None, scales: Mapping[str, Scale], last: Month
) -> Iterable[Made]:
    measure: Measure = series.measure
    terms = measure_terms(measure)
    windows = [
        window
        for month in months_between(FIRST, last)
        if (window := due_window(measure, month)) is not None and window.start >= FIRST.start
    ]
    if not windows:
        return []
    if measure.is_milestone:
        return made_milestones(terms, windows)
    return made_values(terms, series.care_group.code, _sketch(series, target, scales), windows)


def _sketch(series: Series, target: Decimal | None, scales: Mapping[str, Scale]) -> Sketch:
    measure = series.measure
    return sketch(
        measure_terms(measure),
        series.care_group.code,
        target=target,
        first=FIRST,
        minimum=measure.minimum,
        maximum=measure.maximum,
        scale=scales.get(measure.code, UNKNOWN),
    )


def _actual(
    series: Series, made: Made, submission: Return, *, is_recent: bool, at: datetime
) -> Actual:
    return Actual(
        series=series,
        period_start=made.period.start,
        period_end=made.period.end,
        version=1,
        numerator=made.numerator,
        denominator=made.denominator,
        value=None if made.value is None else round(made.value, 6),
        milestone_status=made.milestone_status,
        value_status=Actual.ValueStatus.PROVISIONAL if is_recent else Actual.ValueStatus.FINAL,
        origin=Actual.Origin.ILLUSTRATIVE,
        note="Made up, to show how the tracker works",
        submission=submission,
        recorded_at=at,
    )


def _write(actuals: list[Actual], illustrated: Illustrated, *, at: datetime) -> None:
    Actual.objects.bulk_create(actuals, batch_size=500)
    Decision.objects.bulk_create(
        [
            Decision(
                actual=actual,
                outcome=Decision.Outcome.APPROVED,
                decided_at=at,
                known_from=illustrated.known(actual),
                reason="Illustrative",
            )
            for actual in actuals
        ],
        batch_size=500,
    )


def _remark(
    wanted: list[Series],
    targets: dict[int, Decimal],
    scales: Mapping[str, Scale],
    last: Month,
    *,
    at: datetime,
) -> None:
    """Limits recalculated at a step change, a remark at a point, and a comment: made up too."""
    if Rebase.objects.filter(is_illustrative=True).exists():
        return
    stepped = [
        (row, plan.step_at)
        for row in wanted
        if (plan := _sketch(row, targets.get(row.measure_id), scales)).step_at is not None
        and not row.measure.is_milestone
        and row.measure.frequency == "monthly"
    ]
    for row, month in stepped[:REMARKED]:
        group = Series.objects.filter(measure=row.measure)
        rebases = [
            Rebase(
                series=series,
                starts_on=month.start,
                reason="Illustrative: a new way of working began",
                recorded_at=data_clock(month)["sign_off_at"],
                is_illustrative=True,
            )
            for series in group
        ]
        bulk_create_with_history(rebases, Rebase, default_date=at)
    for row, month in stepped[REMARKED : 2 * REMARKED]:
        Annotation.objects.create(
            series=row,
            on=month.start,
            text="Illustrative: a team moved",
            recorded_at=data_clock(month)["sign_off_at"],
            is_illustrative=True,
        )
    before = last.plus(-1)
    signed_off = data_clock(before)["sign_off_at"]
    Commentary.objects.bulk_create(
        Commentary(
            series=row,
            period_start=before.start,
            period_end=before.end,
            what_happened="Illustrative comment: the figure moved with the season.",
            why="Illustrative: two posts were vacant.",
            action="Illustrative: both posts have been filled; the list is reviewed each week.",
            written_at=signed_off,
            approved_at=signed_off,
            is_illustrative=True,
        )
        for row in [series for series in wanted if not series.measure.is_milestone][:COMMENTED]
    )


@transaction.atomic
def clear_illustrative_measures(*, at: datetime) -> int:
    """Delete every illustrative figure, return, comment, remark and rebase.

    Returns how many figures there were.
    """
    illustrative = Actual.objects.filter(origin=Actual.Origin.ILLUSTRATIVE)
    touched = set(illustrative.values_list("series_id", flat=True))
    touch(touched)
    series = Series.objects.filter(pk__in=touched)
    for row in series:
        row.assessments.filter(origin=Actual.Origin.ILLUSTRATIVE).delete()
    empty_cells()
    Decision.objects.filter(actual__in=illustrative.values("pk")).delete()
    count, _ = illustrative.delete()
    returns = clear_returns()
    for model in (Commentary, Annotation, Rebase):
        model.objects.filter(is_illustrative=True).delete()
    # The library keeps past rows, and that they were deleted: of these nothing is kept.
    Rebase.history.filter(is_illustrative=True).delete()
    if count or returns:
        audit.record(
            at=at,
            by=None,
            action=CLEARED,
            obj=Actual(),
            key="illustrative figures",
            changes=[
                audit.FieldChange.of("actuals", count, 0),
                audit.FieldChange.of("returns", returns, 0),
            ],
        )
    return count


def has_illustrative() -> bool:
    return Actual.objects.filter(origin=Actual.Origin.ILLUSTRATIVE).exists()
