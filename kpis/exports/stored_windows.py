"""The rows of the dataset of assessments that are stored, and the gaps among them, in queries."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from django.db.models import Case, Count, F, FilteredRelation, Min, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from kmpt_tracker.ui.tabular import Column
from kpis.assessments.as_known import Known
from kpis.assessments.clocks import clock_at
from kpis.assessments.series_history import Gaps, SeriesHistory, gaps_of, history_of
from kpis.exports.clocked import StatusRead
from kpis.exports.columns import moved_since, series_in_turn
from kpis.exports.windows import JudgedWindow, target_places, window_rows
from kpis.judging.history import Clock
from kpis.judging.spans import MONTH, YEAR_TO_DATE
from kpis.judging.status import Standing
from kpis.models import Actual, Assessment, Series, Target
from kpis.rag import COLOURED, Rag
from strategy.exports.feed import Since
from strategy.exports.filters import Filters
from strategy.exports.keys import OneOf
from strategy.exports.streams import MonthOf, Pace, Part, with_cells
from strategy.moments import london_date
from strategy.periods import APRIL, Frequency, Month, Period

# Within a series: by month, a gap after what else the month holds; the rated target comes first.
ORDER = (
    MonthOf("period_end"),
    Value(0),
    "period_start",
    "period_end",
    Case(When(judged__is_primary=False, then=Value(1)), default=Value(0)),
    Coalesce("judged__pk", Value(0)),
)


# A window that has a figure, as far as the gaps after it depend on it: its first and last day, its
# origin, and the milestone's status.
Held = tuple[date, date, str, str]


def stored_parts(
    series: QuerySet[Series],
    columns: Sequence[Column[JudgedWindow]],
    filters: Filters,
    clock: Clock,
    last: Month,
    pace: Pace,
    new: Callable[[Sequence[Series], StatusRead], list[int]] | None = None,
) -> Iterator[Part]:
    """`new`: of which of some series every row is wanted; of the others their gaps."""
    status = StatusRead(clock)
    for some in series_in_turn(series, pace, filters):
        rows = _rows(some, status, filters, last)
        if new is not None:
            rows = rows.filter(OneOf("series_id", new(some, status)))
        # One row for the rated target, or for none; then one for each other target in force.
        stored = [_against(rows, is_primary=True)]
        if several := _with_several_targets(some):
            stored.append(_against(rows.filter(OneOf("series_id", several)), is_primary=False))
        yield Part(
            parents=[(row.pk, _without_window(row)) for row in some],
            stored=[with_cells(_chosen(found, filters), columns, ORDER) for found in stored],
            drawn=list(_gaps(some, filters, clock, last)),
        )


def assessed_since(
    since: Since, series: Sequence[Series], status: StatusRead, *, clock: Clock, last: Month
) -> list[int]:
    """Those of some series that were assessed after a moment, or of which a figure reads another
    way: its month was locked or opened, it is of a month that had not ended then, or the series,
    its measure or its care group was edited.
    """
    keys = [row.pk for row in series]
    assessed = Series.objects.filter(since.written("assessed_at"), pk__in=keys)
    found = {*assessed.values_list("pk", flat=True), *moved_since(since, series)}
    then = Month.of(london_date(since.earliest)).plus(-1)
    status_then = StatusRead(clock_at(clock.now, known_at=since.earliest))
    reporters = [(row.pk, row.measure) for row in series]
    windows = Assessment.objects.filter(
        OneOf("series_id", keys), period_end__lte=last.end
    ).annotate(reads=status.of(reporters), read_then=status_then.of(reporters))
    other = windows.filter(~Q(reads=F("read_then")) | Q(period_end__gt=then.end))
    return sorted({*found, *other.order_by().values_list("series", flat=True).distinct()})


def _with_several_targets(series: Sequence[Series]) -> list[int]:
    """Those whose windows may be judged against more than one: the others need not be searched."""
    targets = Target.objects.filter(measure__in={row.measure_id for row in series})
    count = Counter(targets.values_list("measure", flat=True))
    return [row.pk for row in series if count[row.measure_id] > 1]


def _without_window(series: Series) -> JudgedWindow:
    """For the cells that all rows of a series share."""
    return JudgedWindow(series.measure, series.care_group, None, Rag.NO_TARGET, "", "", series)


def _rows(
    series: Sequence[Series], status: StatusRead, filters: Filters, last: Month
) -> QuerySet[Assessment]:
    keys = OneOf("series_id", [row.pk for row in series])
    rows = Assessment.objects.filter(keys, period_end__lte=last.end)
    if filters.from_month:
        rows = rows.filter(period_end__gte=filters.from_month.start)
    if filters.origin:
        rows = rows.filter(origin=filters.origin)
    milestones = [row.pk for row in series if row.measure.is_milestone]
    value: Combinable = F("judged_value")
    if milestones:
        value = Case(When(OneOf("series_id", milestones), then=None), default=value)
    years = ExtractYear("period_end") - ExtractYear("period_start")
    months = ExtractMonth("period_end") - ExtractMonth("period_start")
    return rows.annotate(
        parent=F("series_id"),
        window_length=years * 12 + months + 1,
        reads=status.of((row.pk, row.measure) for row in series),
        basis=_basis(series),
        rated=value,
    ).annotate(
        fresh=Case(When(reads="provisional", then=Value("provisional")), default=Value("current"))
    )


def _against(rows: QuerySet[Assessment], *, is_primary: bool) -> QuerySet[Assessment]:
    judged = FilteredRelation("judgements", condition=Q(judgements__is_primary=is_primary))
    state = Coalesce("judged__rag", Value(Rag.NO_TARGET.value))
    rows = rows.annotate(judged=judged)
    if is_primary:
        rows = rows.annotate(
            rag=Case(When(~Q(state=""), then=F("state")), default=state), assured=F("assurance")
        )
    else:
        rows = rows.filter(judged__isnull=False).annotate(rag=state, assured=Value("none"))
    coloured = [rag.value for rag in COLOURED]
    return rows.annotate(variance=Case(When(rag__in=coloured, then=F("judged__variance"))))


def _chosen(rows: QuerySet[Assessment], filters: Filters) -> QuerySet[Assessment]:
    return rows.filter(Q(rag=filters.status)) if filters.status else rows


def _basis(series: Sequence[Series]) -> Combinable:
    """What a window is rated on, as `basis_of` has it."""
    alike = defaultdict(list)
    for row in series:
        if row.measure.judged_on != MONTH:
            length = Frequency(row.measure.frequency).months or 1
            alike[row.measure.judged_on, length].append(row.pk)
    whens = []
    for (judged_on, length), keys in alike.items():
        of_own_length = Q(OneOf("series_id", keys)) & Q(window_length=length)
        if judged_on == YEAR_TO_DATE:
            # A window that begins before April is in no year to date.
            early = [(APRIL - 1 + months) % 12 + 1 for months in range(length - 1)]
            of_own_length &= ~Q(period_end__month__in=early)
        whens.append(When(of_own_length, then=Value(judged_on)))
    return Case(*whens, default=Value(MONTH)) if whens else Value(MONTH)


def _gaps(
    series: Sequence[Series], filters: Filters, clock: Clock, last: Month
) -> Iterator[tuple[int, tuple, JudgedWindow]]:
    """The rows of windows without a figure, those that `windows_until` finds among the others."""
    if filters.origin:
        return
    whole = _without_gap(series, last)
    series = [row for row in series if row.pk not in whole]
    held: dict[int, list[Held]] = defaultdict(list)
    windows = Assessment.objects.filter(OneOf("series_id", [row.pk for row in series]))
    for key, start, end, origin, milestone_status in windows.order_by(
        "period_end", "period_start"
    ).values_list("series", "period_start", "period_end", "origin", "milestone_status"):
        held[key].append((start, end, origin, milestone_status))
    found = {row.pk: _Gapped(row, held[row.pk], last) for row in series}
    with_gaps = [row for row in series if found[row.pk].missing]
    if not with_gaps:
        return
    waiting, targets = gaps_of(with_gaps, Known()), target_places(with_gaps)
    for row in with_gaps:
        for month, absent in found[row.pk].absent(waiting[row.pk], clock):
            window = absent.period
            for turn, judged in enumerate(window_rows(row, absent, filters, targets)):
                yield row.pk, (month.start, 1, window.start, window.end, turn, 0), judged


def _without_gap(series: Sequence[Series], last: Month) -> set[int]:
    """Those of a month's rhythm that have a figure in every month since their first: by far the
    most rows of a large trust, none of which needs to be read to know it.
    """
    monthly = [row.pk for row in series if Frequency(row.measure.frequency).months == 1]
    windows = Assessment.objects.filter(OneOf("series_id", monthly), period_end__lte=last.end)
    own = windows.alias(month=MonthOf("period_end")).filter(month=MonthOf("period_start"))
    found = (
        own.order_by()
        .values_list("series")
        .annotate(first=Min("period_end"), count=Count("month", distinct=True))
    )
    return {key for key, first, count in found if Month.of(first).plus(count - 1) == last}


class _Gapped:
    """A series with the months in which a window of its own rhythm ends and has no figure.

    Most series have few, so of the windows with a figure only those before a gap are needed.
    """

    def __init__(self, series: Series, held: Sequence[Held], last: Month):
        self.series, self.held, self.last = series, held, last
        self.frequency = Frequency(series.measure.frequency)
        self.own = {
            12 * end.year + end.month - 1
            for start, end, *_ in held
            if end <= last.end and self._is_own(start, end)
        }
        self.missing = self._missing() if self.own else [last]

    def _is_own(self, start: date, end: date) -> bool:
        length = self.frequency.months
        months = 12 * (end.year - start.year) + end.month - start.month + 1
        return length is None or months == length

    def _missing(self) -> list[Month]:
        end, step = 12 * self.last.year + self.last.month, self.frequency.months
        # After a single figure nothing more is asked for.
        if step is None:
            return []
        year_end = self.series.measure.year_end_month
        ends = (at for at in range(min(self.own), end) if (at + 1 - year_end) % step == 0)
        return [Month(at // 12, at % 12 + 1) for at in ends if at not in self.own]

    def absent(self, gaps: Gaps, clock: Clock) -> Iterator[tuple[Month, Standing]]:
        published = [
            end
            for start, end, origin, _ in self.held
            if origin == Actual.Origin.PUBLISHED and self._is_own(start, end)
        ]
        history = history_of(
            self.series,
            [_standing(one) for one in self.held if self._stands_before_a_gap(one)],
            gaps,
            last_published=max(published, default=None),
        )
        found = SeriesHistory(self.series, history)
        for month in self.missing:
            absent = found.at(month, clock)
            # A gap is listed once, in its last month.
            is_whole = absent.is_absent and absent.period.last_month == month
            if is_whole or not self.own:
                yield month, absent

    def _stands_before_a_gap(self, held: Held) -> bool:
        start, end, *_ = held
        is_followed = 12 * end.year + end.month in self.own
        return end <= self.last.end and not (is_followed and self._is_own(start, end))


def _standing(held: Held) -> Standing:
    start, end, origin, milestone_status = held
    return Standing(
        period=Period(start, end),
        rag=Rag.NO_TARGET,
        origin=origin,
        milestone_status=milestone_status,
    )
