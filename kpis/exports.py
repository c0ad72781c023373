"""Datasets of measures, targets, actuals and how they are judged."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.roles import Capability, Scope
from kmpt_tracker.ui.tabular import Cell
from kpis.freshness import Freshness
from kpis.models import Actual, Commentary, Measure, Return, Series, Target
from kpis.models.actuals import ActualQuerySet
from kpis.rag import Direction, Operator, Rag
from kpis.selectors import SeriesHistory, clock_at, histories
from kpis.services.known import Known
from kpis.standing import Clock, Standing
from kpis.targets import Change, Profile, Role, ValueIs
from strategy.exports import (
    CHUNK,
    IN_PLAN,
    OBJECTIVE,
    PLAN,
    SOURCE,
    Dataset,
    boolean,
    code,
    day,
    in_plan,
    moment,
    number,
    text,
    vocabulary,
)
from strategy.filters import Codes, Filters
from strategy.periods import Frequency, Month, london_date

Rows = Iterator[tuple[Cell, ...]]
Found = TypeVar("Found", bound=QuerySet)
SERIES_A_CHUNK = 50
MEASURE = code("measure", "Code of the measure")
CARE_GROUP = code("care_group", "Code of the care group; trust: Trust-wide")
VARIATIONS = (
    "common_cause", "concern_high", "concern_low", "improvement_high", "improvement_low",
    "neutral_high", "neutral_low", "none",
)  # fmt: skip


def codes(vocabulary_: Iterable) -> tuple[str, ...]:
    return tuple(member.value for member in vocabulary_)


def _measures_of(filters: Filters) -> QuerySet[Measure]:
    rows = Measure.objects.order_by("code")
    if filters.measure:
        rows = rows.filter(code=filters.measure)
    if filters.plan or filters.ambition or filters.objective:
        targets = Target.objects.filter(measure__isnull=False)
        if filters.plan:
            targets = targets.filter(plan__code=filters.plan)
        if filters.ambition:
            targets = targets.filter(objective__ambition__number=filters.ambition)
        if filters.objective:
            targets = targets.filter(objective__reference=filters.objective)
        rows = rows.filter(pk__in=targets.values("measure"))
    return rows


MEASURE_COLUMNS = (
    "code", "name", "kind", "definition", "numerator", "denominator", "unit", "decimals",
    "direction", "frequency", "collection_level", "roll_up", "reporting_lag_days",
    "owner", "data_source", "valid_from", "valid_to",
)  # fmt: skip


def _measures(filters: Filters) -> Rows:
    for measure in Known(filters.as_at).put_back(_measures_of(filters)):
        yield tuple(getattr(measure, name) for name in MEASURE_COLUMNS)


def _targets(filters: Filters) -> Rows:
    rows = Target.objects.all()
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    rows = in_plan(rows, Filters(ambition=filters.ambition, objective=filters.objective))
    if filters.measure:
        rows = rows.filter(measure__code=filters.measure)
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    rows = rows.select_related(
        "plan", "objective__ambition", "measure", "care_group", "source_document"
    ).order_by("plan__starts_on", "objective__ambition__position", "objective__position", "pk")
    today = london_date(filters.as_at or timezone.now())
    known = Known(filters.as_at).as_recorded(rows, on=today)
    for target in known:
        yield _target_row(target)


def _target_row(target: Target) -> tuple[Cell, ...]:
    objective = target.objective
    plan = target.plan
    has_default = (
        target.floor is None
        and target.value not in (None, 0)
        and plan is not None
        and target.measure is not None
        and not target.measure.is_milestone
        and target.measure.direction != Direction.NEUTRAL
    )
    return (
        target.code,
        target.measure.code if target.measure else "",
        target.care_group.code,
        plan.code if plan else "",
        objective.ambition.number if objective else "",
        objective.reference if objective else "",
        target.role,
        target.statement,
        target.baseline,
        target.baseline_period,
        target.value_is,
        target.change,
        target.value,
        target.upper_value,
        target.operator,
        target.floor,
        has_default,
        target.effective_from or (plan.starts_on if plan else None),
        target.due_on or (plan.ends_on if plan else None),
        target.due_as_published,
        target.profile,
        target.recurrent,
        target.interpretation_note,
        target.source_document.code if target.source_document else "",
        target.source_section,
    )


def _by_month(rows: Found, filters: Filters, field: str = "period_end") -> Found:
    if filters.from_month:
        rows = rows.filter(**{f"{field}__gte": filters.from_month.start})
    if filters.to_month:
        rows = rows.filter(**{f"{field}__lte": filters.to_month.end})
    return rows


def readable_actuals(rows: ActualQuerySet, filters: Filters) -> ActualQuerySet:
    """Approved values for everyone; the rest only for those who may read drafts."""
    access = filters.access
    approved = Q(pk__in=rows.approved(known_at=filters.as_at).values("pk"))
    scope = access.scope(Capability.READ_DRAFTS)
    if scope is Scope.ANY:
        return rows
    if scope is Scope.OWN:
        return rows.filter(approved | Q(series__care_group__in=access.care_groups))
    return rows.filter(approved)


def _actuals(filters: Filters) -> Rows:
    """Current approved versions by default; `status` asks for submitted or returned ones."""
    current = Actual.objects.current(known_at=filters.as_at)
    if filters.status in ("submitted", "returned"):
        rows = readable_actuals(Actual.objects.all(), filters)
        wanted = (
            Q(decisions__isnull=True)
            if filters.status == "submitted"
            else Q(decisions__outcome="returned")
        )
        rows = rows.filter(wanted)
        if filters.as_at:
            rows = rows.filter(recorded_at__lte=filters.as_at)
    else:
        rows = current
    rows = rows.filter(series__measure__in=_measures_of(filters).values("pk"))
    if filters.care_group:
        rows = rows.filter(series__care_group__code=filters.care_group)
    if filters.origin:
        rows = rows.filter(origin=filters.origin)
    rows = _by_month(rows, filters).order_by(
        "series__measure__code", "series__care_group__code", "period_end", "period_start", "version"
    )
    rows = rows.select_related(
        "series__measure", "series__care_group", "source_document", "recorded_by"
    ).prefetch_related("decisions__decided_by")
    is_current = filters.status not in ("submitted", "returned")
    for actual in rows.iterator(CHUNK):
        yield _actual_row(actual, is_current)


def _actual_row(actual: Actual, is_current: bool) -> tuple[Cell, ...]:
    measure = actual.series.measure
    decision = next(iter(actual.decisions.all()), None)
    approved = decision if decision and decision.outcome == "approved" else None
    return (
        measure.code,
        actual.series.care_group.code,
        actual.period_start,
        actual.period_end,
        measure.frequency,
        actual.numerator,
        actual.denominator,
        actual.value,
        measure.unit,
        actual.value_status,
        actual.status_reason,
        actual.milestone_status,
        actual.forecast_on,
        actual.completed_on,
        decision.outcome if decision else "submitted",
        actual.origin,
        actual.printed_as,
        actual.source_document.code if actual.source_document else "",
        actual.version,
        is_current,
        approved.known_from if approved else None,
        actual.recorded_at,
        actual.recorded_by.username if actual.recorded_by else "",
        approved.decided_at if approved else None,
        approved.decided_by.username if approved and approved.decided_by else "",
        actual.change_reason,
    )


def _assessments(filters: Filters, *, now: datetime | None = None) -> Rows:
    """Every window with a value, the gaps since the first one, and the last month asked for."""
    now = now or timezone.now()
    clock = clock_at(now, known_at=filters.as_at)
    today = Month.of(london_date(filters.as_at or now))
    # Nothing has a window after the month that runs.
    last = min(filters.to_month, today) if filters.to_month else today.plus(-1)
    series = (
        Series.objects.filter(measure__in=_measures_of(filters).values("pk"))
        .select_related("measure", "care_group")
        .order_by("measure__code", "care_group__position")
    )
    if filters.care_group:
        series = series.filter(care_group__code=filters.care_group)
    stream = iter(series)
    while chunk := list(islice(stream, SERIES_A_CHUNK)):
        found = histories(chunk, known_at=filters.as_at)
        targets = _target_places(chunk)
        for row in chunk:
            yield from _series_rows(found[row.pk], filters, clock, last, targets)
    yield from _without_measure(filters)


def _target_places(series: Iterable[Series]) -> dict[int, tuple[str, str]]:
    rows = Target.objects.filter(measure__in={row.measure_id for row in series})
    return {
        pk: (plan or "", objective or "")
        for pk, plan, objective in rows.values_list("pk", "plan__code", "objective__reference")
    }


def _series_rows(
    found: SeriesHistory,
    filters: Filters,
    clock: Clock,
    last: Month,
    targets: dict[int, tuple[str, str]],
) -> Rows:
    for standing in windows_until(found, clock, last):
        if filters.from_month and standing.period.end < filters.from_month.start:
            continue
        if filters.status and standing.rag != filters.status:
            continue
        if filters.origin and standing.origin != filters.origin:
            continue
        yield _assessment_row(found.series, standing, targets, filters.as_at)


def windows_until(found: SeriesHistory, clock: Clock, last: Month) -> Iterator[Standing]:
    """A series' windows to a month, gaps told apart; a series without values has its latest."""
    held = {standing.period: standing for standing in found.history.before(last.end)}
    if not held:
        yield found.at(last, clock)
        return
    first = min(period.last_month for period in held)
    seen = set()
    for step in range(last.months_since(first) + 1):
        month = first.plus(step)
        for period in sorted(
            (p for p in held if p.last_month == month), key=lambda period: period.start
        ):
            seen.add(period)
            yield held[period]
        if not any(period.last_month == month for period in held):
            absent = found.at(month, clock)
            if (
                absent.is_absent
                and absent.period.last_month == month
                and (absent.period not in seen)
            ):
                seen.add(absent.period)
                yield absent


def _assessment_row(
    series: Series,
    standing: Standing,
    targets: dict[int, tuple[str, str]],
    as_at: datetime | None,
) -> tuple[Cell, ...]:
    target = standing.target
    plan, objective = targets.get(target.pk, ("", "")) if target else ("", "")
    measure = series.measure
    return (
        measure.code,
        measure.name,
        plan,
        objective,
        series.care_group.code,
        standing.period.start,
        standing.period.end,
        standing.value,
        standing.numerator,
        standing.denominator,
        measure.unit,
        standing.groups_reported or None,
        standing.groups_expected or None,
        standing.value_status,
        target.code if target else "",
        target.role if target else "",
        True if target else None,
        target.value if target else None,
        target.floor if target else None,
        target.operator if target else "",
        measure.direction,
        target.variance if target and standing.has_value else None,
        standing.rag.value,
        standing.spc_mean,
        standing.spc_lower,
        standing.spc_upper,
        standing.spc_segment,
        standing.point_type,
        standing.variation,
        standing.assurance,
        standing.limits_status,
        standing.freshness.value,
        series.assessed_version,
        series.assessed_at,
        as_at or standing.known_from,
    )


def _without_measure(filters: Filters) -> Rows:
    """Promises that nobody knows yet how to count: one row each, so that they are not lost."""
    if filters.measure or filters.care_group not in ("", "trust") or filters.origin:
        return
    if filters.status not in ("", Rag.NO_MEASURE.value):
        return
    rows = in_plan(Target.objects.filter(measure__isnull=True), filters)
    rows = rows.select_related("plan", "objective").order_by("code")
    for target in rows:
        row: list[Cell] = [None] * len(ASSESSMENTS.columns)
        names = [column.name for column in ASSESSMENTS.columns]
        for name, value in (
            ("plan", target.plan.code if target.plan else ""),
            ("objective", target.objective.reference if target.objective else ""),
            ("care_group", "trust"),
            ("target_id", target.code),
            ("target_role", target.role),
            ("is_primary", True),
            ("rag", Rag.NO_MEASURE.value),
            ("variation", "none"),
            ("assurance", "none"),
            ("limits_status", "none"),
        ):
            row[names.index(name)] = value
        yield tuple(row)


def _commentary(filters: Filters) -> Rows:
    rows = Commentary.objects.filter(
        approved_at__isnull=False, series__measure__in=_measures_of(filters).values("pk")
    )
    if filters.care_group:
        rows = rows.filter(series__care_group__code=filters.care_group)
    if filters.as_at:
        rows = rows.filter(approved_at__lte=filters.as_at)
    rows = _by_month(rows, filters).order_by("series__measure__code", "period_end", "pk")
    yield from rows.values_list(
        "series__measure__code", "series__care_group__code", "period_start", "written_at",
        "written_by__username", "what_happened", "why", "action", "owner", "recovery_expected",
    ).iterator(CHUNK)  # fmt: skip


def _returns(filters: Filters) -> Rows:
    rows = Return.objects.select_related(
        "period", "care_group", "submitted_by", "approved_by"
    ).prefetch_related("cells")
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    if filters.status:
        rows = rows.filter(status=filters.status)
    rows = _by_month(rows, filters, "period__starts_on")
    for row in rows.order_by("period__starts_on", "care_group__position"):
        cells = list(row.cells.all())
        entered = sum(1 for cell in cells if cell.value is not None or cell.milestone_status)
        yield (
            str(row.period.month), row.care_group.code, row.status, row.opened_at,
            row.period.closes_at, row.submitted_at,
            row.submitted_by.username if row.submitted_by else "", row.approved_at,
            row.approved_by.username if row.approved_by else "", len(cells), entered,
            row.submitted_at <= row.period.closes_at if row.submitted_at else None,
        )  # fmt: skip


_MONTHS = frozenset({"from", "to"})
_OF_MEASURES = IN_PLAN | {"measure"}
WORKFLOW = ("submitted", "approved", "returned")


def _measure_codes() -> Iterable[str]:
    return Measure.objects.values_list("code", flat=True)


def _origins() -> Iterable[str]:
    return vocabulary(Actual.Origin)


_MEASURES_KNOWN: Codes = {"measure": _measure_codes}


def known_measures() -> Codes:
    """What the filter `measure` may be."""
    return _MEASURES_KNOWN


ASSESSMENTS = Dataset(
    "assessments",
    "How every window is judged",
    (
        MEASURE,
        text("measure_name", "Name of the measure"),
        code("plan", "Plan of the target judged against"),
        code("objective", "Objective of the target judged against"),
        CARE_GROUP,
        day("period_start", "First day of the window"),
        day("period_end", "Last day of the window"),
        number("value", "The value", "the measure's unit"),
        number("numerator", "Its numerator"),
        number("denominator", "Its denominator"),
        code("unit", "Unit of the value; percentages as percent"),
        number("groups_reported", "How many care groups reported", "care groups"),
        number("groups_expected", "How many should have", "care groups"),
        code("value_status", "How final the value is", vocabulary(Actual.ValueStatus)),
        code("target_id", "Code of the primary target in force"),
        code("target_role", "What kind of target it is", codes(Role)),
        boolean("is_primary", "Whether this is the target that is rated"),
        number("target", "What it asks for in this window", "the measure's unit"),
        number("floor", "Amber limit; for a band the distance outside", "the measure's unit"),
        code("operator", "How the target is met", codes(Operator)),
        code("direction", "Which way is better", codes(Direction)),
        number("variance", "Value minus target, from the nearer bound", "the measure's unit"),
        code("rag", "Colour, or the reason for having none", codes(Rag)),
        number("spc_mean", "Centre line", "the measure's unit"),
        number("spc_lower", "Lower process limit", "the measure's unit"),
        number("spc_upper", "Upper process limit", "the measure's unit"),
        number("spc_segment", "Which stretch between recalculations of the limits"),
        code("point_type", "What the point is among the others"),
        code("variation", "Variation icon of the point", VARIATIONS),
        code("assurance", "Assurance icon", ("pass", "fail", "inconsistent", "none")),
        code("limits_status", "How firm the limits are", ("none", "collapsed", "trial", "ok")),
        code("freshness", "How fresh the figure is", codes(Freshness)),
        number("version", "Data version of the series that was assessed"),
        moment("recorded_at", "When it was assessed"),
        moment("as_known_at", "The moment asked for, else when the value became known"),
    ),
    _OF_MEASURES | _MONTHS | {"care_group", "status", "origin", "as_at"},
    _assessments,
    {**_MEASURES_KNOWN, "status": lambda: codes(Rag), "origin": _origins},
)

DATASETS = (
    Dataset(
        "measures",
        "Measures",
        (
            MEASURE,
            text("name", "Short name"),
            code("kind", "Counted or a milestone", vocabulary(Measure.Kind)),
            text("definition", "What is counted"),
            text("numerator", "Wording of the numerator"),
            text("denominator", "Wording of the denominator"),
            code("unit", "Unit of the values"),
            number("decimals", "Decimals shown"),
            code("direction", "Which way is better", codes(Direction)),
            code("frequency", "How often it reports", codes(Frequency)),
            code("collection_level", "Who reports it", vocabulary(Measure.CollectionLevel)),
            code(
                "roll_up",
                "How care groups become the trust's value",
                vocabulary(Measure.RollUp),
            ),
            number("reporting_lag_days", "Days after the window until it is due", "days"),
            text("owner", "Who answers for it; empty: not named"),
            text("data_source", "Where the values come from"),
            day("valid_from", "First day; empty: not recorded"),
            day("valid_to", "First day no longer in force; empty: open"),
        ),
        _OF_MEASURES,
        _measures,
        _MEASURES_KNOWN,
    ),
    Dataset(
        "targets",
        "Targets: what the plans promise",
        (
            code("target", "Code of the target"),
            code("measure", "Code of the measure; empty: nobody knows yet how to count it"),
            CARE_GROUP,
            PLAN,
            code("ambition_number", "Number of the grouping as printed"),
            OBJECTIVE,
            code("role", "What kind of target it is", codes(Role)),
            text("statement", "The promise as published"),
            number("baseline", "Baseline, where one is printed or set", "the measure's unit"),
            text("baseline_period", "Its period; empty: not printed"),
            code("value_is", "What the number is", codes(ValueIs)),
            code("change", "Which way a change goes", codes(Change)),
            number("value", "The number promised; a change as a positive size"),
            number("upper_value", "Upper value of a band", "the measure's unit"),
            code("operator", "How it is met", codes(Operator)),
            number("floor", "Amber limit set for it", "the measure's unit"),
            boolean("floor_is_default", "Whether the plan's default tolerance serves instead"),
            day("effective_from", "From when it is in force (the plan's start when not said)"),
            day("due", "When it is due (the plan's end when not said)"),
            text("due_as_published", "The due date as printed"),
            code("profile", "How it gets there", codes(Profile)),
            boolean("recurrent", "Whether it recurs; empty: not said"),
            text("interpretation_note", "The judgement made in reading it"),
            *SOURCE,
        ),
        _OF_MEASURES | {"care_group", "as_at"},
        _targets,
        _MEASURES_KNOWN,
    ),
    Dataset(
        "actuals",
        "Actuals: observed values",
        (
            MEASURE,
            CARE_GROUP,
            day("period_start", "First day of the window"),
            day("period_end", "Last day of the window"),
            code("frequency", "How often the measure reports", codes(Frequency)),
            number("numerator", "Numerator"),
            number("denominator", "Denominator"),
            number("value", "The value", "the measure's unit"),
            code("unit", "Unit of the value; percentages as percent"),
            code("value_status", "How final it is", vocabulary(Actual.ValueStatus)),
            text("status_reason", "Why there is no value"),
            code("milestone_status", "For milestones", vocabulary(Actual.MilestoneStatus)),
            day("forecast_on", "For milestones: when it is expected"),
            day("completed_on", "For milestones: when it was done"),
            code("workflow_status", "Where it stands", WORKFLOW),
            code("origin", "Where it comes from", vocabulary(Actual.Origin)),
            text("printed_as", "The characters as published"),
            code("source_document", "Code of the publication"),
            number("version", "Version of the value; a correction is a new one"),
            boolean("is_current", "Whether it is the current value"),
            moment("known_from", "When the trust could know it"),
            moment("recorded_at", "When the tracker learned it"),
            code("recorded_by", "Who entered it; empty: published or generated"),
            moment("approved_at", "When it was approved"),
            code("approved_by", "Who approved it; empty: published or generated"),
            text("change_reason", "Why it was corrected"),
        ),
        _OF_MEASURES | _MONTHS | {"care_group", "status", "origin", "as_at"},
        _actuals,
        {**_MEASURES_KNOWN, "status": lambda: WORKFLOW, "origin": _origins},
    ),
    ASSESSMENTS,
    Dataset(
        "commentary",
        "Commentary",
        (
            MEASURE,
            CARE_GROUP,
            day("period_start", "First day of the window"),
            moment("written_at", "When it was written"),
            code("written_by", "Who wrote it"),
            text("what_happened", "What happened"),
            text("why", "Why"),
            text("action", "What is being done"),
            text("owner", "By whom"),
            day("recovery_expected", "When recovery is expected"),
        ),
        _OF_MEASURES | _MONTHS | {"care_group", "as_at"},
        _commentary,
        _MEASURES_KNOWN,
    ),
    Dataset(
        "returns",
        "Monthly returns",
        (
            code("period", "The month, as 2026-03"),
            CARE_GROUP,
            code("status", "Where the return stands", vocabulary(Return.Status)),
            moment("opened_at", "When it was first opened"),
            moment("deadline", "When entry closes"),
            moment("submitted_at", "When it was submitted"),
            code("submitted_by", "Who submitted it"),
            moment("approved_at", "When it was approved"),
            code("approved_by", "Who approved it"),
            number("measures_due", "How many measures are due", "measures"),
            number("measures_entered", "How many have a figure", "measures"),
            boolean("on_time", "Whether it was submitted by the deadline"),
        ),
        _MONTHS | {"care_group", "status"},
        _returns,
        {"status": lambda: vocabulary(Return.Status)},
    ),
)
