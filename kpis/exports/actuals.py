"""The dataset of actuals: every version that the reader may see."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db.models import Case, F, FilteredRelation, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.roles import Capability, Scope
from kmpt_tracker.ui.tabular import Column, Digits
from kpis.assessments.as_known import Known
from kpis.assessments.clocks import clock_at
from kpis.exports.clocked import StatusRead
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    by_month,
    codes,
    measures_of,
    moved_since,
    origins,
    series_in_turn,
)
from kpis.models import Actual, Decision, Measure, Series
from kpis.models.actuals import ActualQuerySet
from kpis.models.measures import UNITS
from strategy.exports.dataset import (
    Dataset,
    boolean,
    code,
    day,
    moment,
    number,
    text,
    vocabulary,
    whole,
)
from strategy.exports.feed import Since
from strategy.exports.filters import Filters
from strategy.exports.keys import OneOf
from strategy.exports.streams import Pace, Part, Parts, with_cells
from strategy.models import CareGroup
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


@dataclass(frozen=True)
class Reporter:
    """A series with its measure as it was known: what is the same in all rows of the series."""

    series: Series
    measure: Measure

    @property
    def care_group(self) -> CareGroup:
        return self.series.care_group


def _actuals(filters: Filters) -> Parts:
    """Current approved versions by default; `status` asks for submitted or returned ones."""
    is_current = filters.status not in ("submitted", "returned")
    since = Since.of(filters)
    status_at = cache(lambda at: StatusRead(clock_at(timezone.now(), known_at=at)))
    status = status_at(filters.as_at)

    series = Series.objects.filter(measure__in=measures_of(filters).order_by().values("pk"))
    if filters.care_group:
        series = series.filter(care_group__code=filters.care_group)
    pace = Pace(filters.page)

    def parts() -> Iterator[Part]:
        in_order = series.order_by("measure__code", "care_group__code")
        for some in series_in_turn(in_order, pace, filters):
            keys = OneOf("series_id", [row.pk for row in some])
            found = by_month(Actual.objects.filter(keys), filters)
            if is_current:
                found = found.current_as_decided(known_at=filters.as_at)
                found = found.filter(_while_there(some, filters.as_at))
            else:
                found = _not_current(found, filters)
            if filters.origin:
                found = found.filter(origin=filters.origin)
            found = found.annotate(parent=F("series_id"), counts=Value(is_current))
            own = {row.measure_id: row.measure for row in some}
            measures = {row.pk: row for row in restored(own.values(), filters.as_at)}
            reporters = [(row.pk, measures[row.measure_id]) for row in some]
            found = found.annotate(reads=status.of(reporters))
            if since is not None:
                found = found.annotate(read_then=status_at(since.earliest).of(reporters))
                found = found.filter(_is_new(since, some))
            yield Part(
                parents=[(row.pk, Reporter(row, measures[row.measure_id])) for row in some],
                stored=[with_cells(found, COLUMNS, ORDER)],
            )

    return Parts(parts(), pace)


def _not_current(rows: ActualQuerySet, filters: Filters) -> ActualQuerySet:
    """The versions that wait for a decision or were returned, as `status` asks."""
    rows = readable_actuals(rows, filters)
    # A decision made later is left out of rows that were waiting then.
    outcomes = [""] if filters.status == "submitted" else ["approved", "returned"]
    decided = FilteredRelation("decisions", condition=Q(decisions__outcome__in=outcomes))
    return rows.filter(_waiting_or_returned(filters)).annotate(decided=decided)


def _is_new(since: Since, series: Sequence[Series]) -> Q:
    """Versions recorded or decided after the moment, those whose words were emptied, and those that
    read another way: their month was locked or opened, or their care group begins or ends on
    another day.
    """
    found = since.written("recorded_at", "decided__decided_at") | ~Q(reads=F("read_then"))
    found |= Q(pk__in=since.emptied(Actual))
    edited = moved_since(since, series)
    return found | Q(series__in=edited) if edited else found


def _while_there(series: Sequence[Series], at: datetime | None) -> Q:
    """A care group has no figure for a window after its end: what was approved of it before that
    was known does not count, here as on its page.
    """
    lifetimes = defaultdict(list)
    for row in Known(at).series(series):
        group = row.care_group
        lifetime: tuple[date | None, date | None] = (None, None)
        if not group.is_trust:
            lifetime = (
                max(filter(None, (row.valid_from, group.valid_from)), default=None),
                min(filter(None, (row.valid_to, group.valid_to)), default=None),
            )
        lifetimes[lifetime].append(row.pk)
    there = Q()
    for (first, end), keys in lifetimes.items():
        before = Q(period_end__lt=first) if first else Q()
        if outside := before | Q(period_end__gte=end) if end else before:
            there &= ~(Q(OneOf("series_id", keys)) & outside)
    return there


def _approved(path: str) -> Case:
    """A fact of the decision, where that was an approval."""
    return Case(When(decided__outcome=Decision.Outcome.APPROVED, then=path))


COLUMNS: tuple[Column[Reporter], ...] = (
    MEASURE,
    CARE_GROUP,
    day("period_start", "First day of the window", stored="period_start", is_required=True),
    day("period_end", "Last day of the window", stored="period_end", is_required=True),
    code(
        "frequency",
        "How often the measure reports",
        lambda row: row.measure.frequency,
        allowed=codes(Frequency),
        is_required=True,
    ),
    number("numerator", "Numerator", stored="numerator", digits=Digits.SIX),
    number("denominator", "Denominator", stored="denominator", digits=Digits.SIX),
    number("value", "The value", unit="the measure's unit", stored="value", digits=Digits.SIX),
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
        stored="reads",
        is_required=True,
    ),
    text("status_reason", "Why there is no value", stored="status_reason"),
    code(
        "milestone_status",
        "For milestones",
        allowed=vocabulary(Actual.MilestoneStatus),
        stored="milestone_status",
    ),
    day("forecast_on", "For milestones: when it is expected", stored="forecast_on"),
    day("completed_on", "For milestones: when it was done", stored="completed_on"),
    code(
        "workflow_status",
        "Where it stands",
        allowed=WORKFLOW,
        stored=Coalesce("decided__outcome", Value("submitted")),
        is_required=True,
    ),
    code(
        "origin",
        "Where it comes from",
        allowed=vocabulary(Actual.Origin),
        stored="origin",
        is_required=True,
    ),
    text("printed_as", "The characters as published", stored="printed_as"),
    code("source_document", "Code of the publication", stored="source_document__code"),
    whole(
        "version",
        "Version of the value; a correction is a new one",
        stored="version",
        is_required=True,
    ),
    boolean("is_current", "Whether it is the current value", stored="counts", is_required=True),
    moment("known_from", "When the trust could know it", stored=_approved("decided__known_from")),
    moment("recorded_at", "When the tracker learned it", stored="recorded_at", is_required=True),
    code(
        "recorded_by",
        "Who entered it; empty: published or generated",
        stored="recorded_by__username",
    ),
    moment("approved_at", "When it was approved", stored=_approved("decided__decided_at")),
    code(
        "approved_by",
        "Who approved it; empty: published or generated",
        stored=_approved("decided__decided_by__username"),
    ),
    text("change_reason", "Why it was corrected", stored="change_reason"),
)
# Within a series.
ORDER = ("period_end", "period_start", "version")
ACTUALS = Dataset[Reporter](
    "actuals",
    "Actuals: observed values",
    COLUMNS,
    OF_MEASURES | MONTHS | {"care_group", "status", "origin", "as_at", "since"},
    _actuals,
    {**KNOWN_MEASURES, "status": lambda: WORKFLOW, "origin": origins},
    key=("measure", "care_group", "period_start", "period_end", "version"),
)
