"""The dataset of actuals: every version that the reader may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from accounts.roles import Capability, Scope
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import has_figure_in
from kpis.assessments.read import clock_at, usual_clock
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    by_month,
    codes,
    measures_of,
    origins,
)
from kpis.models import Actual, Decision, Measure, Series
from kpis.models.actuals import ActualQuerySet
from kpis.models.measures import UNITS
from strategy.exports.dataset import (
    CHUNK,
    Dataset,
    boolean,
    code,
    code_of,
    day,
    moment,
    number,
    text,
    username_of,
    vocabulary,
)
from strategy.exports.filters import Filters
from strategy.periods import Frequency, Period
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


@dataclass(frozen=True)
class ActualVersion:
    """A version of a value, with its measure as it was known and what was decided on it."""

    actual: Actual
    measure: Measure
    decision: Decision | None
    is_current: bool
    value_status: str

    @property
    def approval(self) -> Decision | None:
        return self.decision if self.decision and self.decision.outcome == "approved" else None


def _actuals(filters: Filters) -> Iterator[ActualVersion]:
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
    clock = clock_at(timezone.now(), known_at=filters.as_at)
    is_waiting = filters.status == "submitted"
    is_current = filters.status not in ("submitted", "returned")
    reporters = Series.objects.filter(measure__in=list(measures))
    known = Known(filters.as_at).series(reporters.select_related("measure", "care_group"))
    series = {row.pk: row for row in known}
    for actual in rows.iterator(CHUNK):
        window = Period(actual.period_start, actual.period_end)
        if is_current and not has_figure_in(series[actual.series_id], window):
            continue
        # Of what waited then, a decision that came since is not told.
        decision = None if is_waiting else next(iter(actual.decisions.all()), None)
        measure = measures[actual.series.measure_id]
        status = clock.status_of(
            actual.value_status,
            window,
            Frequency(measure.frequency),
            measure.reporting_lag_days,
            is_published=actual.origin == Actual.Origin.PUBLISHED,
            usual=usual_clock,
        )
        yield ActualVersion(actual, measure, decision, is_current, status)


ACTUALS = Dataset[ActualVersion](
    "actuals",
    "Actuals: observed values",
    (
        MEASURE,
        CARE_GROUP.read_by(lambda row: row.actual.series.care_group.code),
        day("period_start", "First day of the window", lambda row: row.actual.period_start),
        day("period_end", "Last day of the window", lambda row: row.actual.period_end),
        code(
            "frequency",
            "How often the measure reports",
            lambda row: row.measure.frequency,
            allowed=codes(Frequency),
        ),
        number("numerator", "Numerator", lambda row: row.actual.numerator),
        number("denominator", "Denominator", lambda row: row.actual.denominator),
        number("value", "The value", lambda row: row.actual.value, unit="the measure's unit"),
        code(
            "unit",
            "Unit of the value; percentages as percent",
            lambda row: row.measure.unit,
            allowed=UNITS,
        ),
        code(
            "value_status",
            "How final it is",
            allowed=vocabulary(Actual.ValueStatus),
        ),
        text("status_reason", "Why there is no value", lambda row: row.actual.status_reason),
        code(
            "milestone_status",
            "For milestones",
            lambda row: row.actual.milestone_status,
            allowed=vocabulary(Actual.MilestoneStatus),
        ),
        day(
            "forecast_on",
            "For milestones: when it is expected",
            lambda row: row.actual.forecast_on,
        ),
        day(
            "completed_on", "For milestones: when it was done", lambda row: row.actual.completed_on
        ),
        code(
            "workflow_status",
            "Where it stands",
            lambda row: row.decision.outcome if row.decision else "submitted",
            allowed=WORKFLOW,
        ),
        code(
            "origin",
            "Where it comes from",
            lambda row: row.actual.origin,
            allowed=vocabulary(Actual.Origin),
        ),
        text("printed_as", "The characters as published", lambda row: row.actual.printed_as),
        code(
            "source_document",
            "Code of the publication",
            lambda row: code_of(row.actual.source_document),
        ),
        number(
            "version",
            "Version of the value; a correction is a new one",
            lambda row: row.actual.version,
        ),
        boolean("is_current", "Whether it is the current value"),
        moment(
            "known_from",
            "When the trust could know it",
            lambda row: row.approval.known_from if row.approval else None,
        ),
        moment("recorded_at", "When the tracker learned it", lambda row: row.actual.recorded_at),
        code(
            "recorded_by",
            "Who entered it; empty: published or generated",
            lambda row: username_of(row.actual.recorded_by),
        ),
        moment(
            "approved_at",
            "When it was approved",
            lambda row: row.approval.decided_at if row.approval else None,
        ),
        code(
            "approved_by",
            "Who approved it; empty: published or generated",
            lambda row: username_of(row.approval.decided_by) if row.approval else "",
        ),
        text("change_reason", "Why it was corrected", lambda row: row.actual.change_reason),
    ),
    OF_MEASURES | MONTHS | {"care_group", "status", "origin", "as_at"},
    _actuals,
    {**KNOWN_MEASURES, "status": lambda: WORKFLOW, "origin": origins},
)
