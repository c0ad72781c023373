"""The dataset of actuals: every version that the reader may see."""

from django.db.models import Q

from accounts.roles import Capability, Scope
from kmpt_tracker.ui.tabular import Cell
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import has_figure_in
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    Rows,
    by_month,
    codes,
    measures_of,
    origins,
)
from kpis.models import Actual, Decision, Measure, Series
from kpis.models.actuals import ActualQuerySet
from kpis.models.measures import UNITS
from strategy.exports.filters import Filters
from strategy.exports.plans import (
    CHUNK,
    Dataset,
    boolean,
    code,
    day,
    moment,
    number,
    text,
    vocabulary,
)
from strategy.periods import Frequency
from strategy.recorded import restored

WORKFLOW = ("submitted", "approved", "returned")


def readable_actuals(rows: ActualQuerySet, filters: Filters) -> ActualQuerySet:
    """Approved values for everyone; other versions only for those who may read drafts."""
    access = filters.access
    approved = Q(pk__in=rows.approved(known_at=filters.as_at).values("pk"))
    scope = access.scope(Capability.READ_DRAFTS)
    if scope is Scope.ANY:
        return rows
    if scope is Scope.OWN:
        return rows.filter(approved | Q(series__care_group__in=access.care_groups))
    return rows.filter(approved)


def _waiting_or_returned(filters: Filters) -> Q:
    """Versions that were waiting for a decision, or had been returned, now or at the moment."""
    decided = Decision.objects.all()
    if filters.as_at:
        decided = decided.filter(decided_at__lte=filters.as_at)
    if filters.status == "returned":
        return Q(pk__in=decided.filter(outcome=Decision.Outcome.RETURNED).values("actual"))
    waiting = ~Q(pk__in=decided.values("actual"))
    return waiting & Q(recorded_at__lte=filters.as_at) if filters.as_at else waiting


def _actuals(filters: Filters) -> Rows:
    """Current approved versions by default; `status` asks for submitted or returned ones.

    A care group has no figure for a window after its end: what was approved of it before that was
    known does not count, here as on its page.
    """
    current = Actual.objects.current(known_at=filters.as_at)
    if filters.status in ("submitted", "returned"):
        rows = readable_actuals(Actual.objects.all(), filters)
        rows = rows.filter(_waiting_or_returned(filters))
    else:
        rows = current
    rows = rows.filter(series__measure__in=measures_of(filters).values("pk"))
    if filters.care_group:
        rows = rows.filter(series__care_group__code=filters.care_group)
    if filters.origin:
        rows = rows.filter(origin=filters.origin)
    rows = by_month(rows, filters).order_by(
        "series__measure__code", "series__care_group__code", "period_end", "period_start", "version"
    )
    rows = rows.select_related(
        "series__care_group", "source_document", "recorded_by"
    ).prefetch_related("decisions__decided_by")
    measures = {row.pk: row for row in restored(measures_of(filters), filters.as_at)}
    is_waiting = filters.status == "submitted"
    is_current = filters.status not in ("submitted", "returned")
    reporters = Series.objects.filter(measure__in=list(measures))
    known = Known(filters.as_at).series(reporters.select_related("measure", "care_group"))
    series = {row.pk: row for row in known}
    for actual in rows.iterator(CHUNK):
        # A version that waited at the moment may be decided by now: leave out that later decision.
        decision = None if is_waiting else next(iter(actual.decisions.all()), None)
        yield _actual_row(actual, measures[actual.series.measure_id], decision, is_current)


def _actual_row(
    actual: Actual, measure: Measure, decision: Decision | None, is_current: bool
) -> tuple[Cell, ...]:
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


ACTUALS = Dataset(
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
        code("unit", "Unit of the value; percentages as percent", UNITS),
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
    OF_MEASURES | MONTHS | {"care_group", "status", "origin", "as_at"},
    _actuals,
    {**KNOWN_MEASURES, "status": lambda: WORKFLOW, "origin": origins},
)
