"""Figures of others on the page of a measure: drawn, listed with their source, never rated."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.components import Column, Table, table_of
from kmpt_tracker.ui.formats import MISSING, format_date, format_value
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import places
from kpis.measures.chart_labels import Other
from kpis.models import Benchmark, Measure
from strategy.moments import london_date
from strategy.periods import Period


def benchmarks_known(known_at: datetime | None) -> QuerySet[Benchmark]:
    """The figures of others whose document had been published at a moment; `None` is now.

    One that a person entered is known from then on, and until it is withdrawn.
    """
    rows = Benchmark.objects.select_related("measure", "source_document")
    if known_at is None:
        return rows.filter(withdrawn_at__isnull=True)
    rows = rows.filter(
        Q(recorded_at__isnull=True) | Q(recorded_at__lte=known_at),
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=known_at),
    )
    published = Q(source_document__published_on__lte=london_date(known_at))
    return rows.filter(published | Q(source_document__published_on__isnull=True))


@dataclass(frozen=True)
class Benchmarks:
    """The figures of others for one measure, oldest first; those without a period last."""

    rows: tuple[Benchmark, ...]
    terms: MeasureTerms

    @property
    def drawn(self) -> tuple[Other, ...]:
        """Those with a period, as the chart draws them."""
        return tuple(
            Other(row.whose, Period(row.period_start, row.period_end), row.value)
            for row in self.rows
            if row.period_start and row.period_end and row.value is not None
        )

    @property
    def table(self) -> Table:
        return table_of(
            "Figures of others, never rated",
            [
                ("Whose", lambda row: row.whose),
                ("Period", self._period),
                (Column("Figure", numeric=True), self._value),
                ("Source", lambda row: row.source),
                ("Published", lambda row: format_date(row.published_on)),
                ("Note", lambda row: row.note or MISSING),
            ],
            self.rows,
        )

    def _period(self, row: Benchmark) -> str:
        if row.period_start is None or row.period_end is None:
            return "none printed"
        return Period(row.period_start, row.period_end).label

    def _value(self, row: Benchmark) -> str:
        if row.value is None:
            return MISSING
        return format_value(row.value, self.terms.unit, max(self.terms.decimals, places(row.value)))


@answered_once
def _of_measure(measure: int) -> QuerySet[Benchmark]:
    return benchmarks_known(None).filter(measure=measure)


def benchmarks_of(measure: Measure, terms: MeasureTerms, known_at: datetime | None) -> Benchmarks:
    rows: Iterable[Benchmark] = (
        _of_measure(measure.pk)
        if known_at is None
        else benchmarks_known(known_at).filter(measure=measure)
    )
    dated = [row for row in rows if row.period_end]
    undated = [row for row in rows if not row.period_end]
    dated.sort(key=lambda row: (row.period_end or row.code, row.code))
    return Benchmarks((*dated, *sorted(undated, key=lambda row: row.code)), terms)
