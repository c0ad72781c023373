"""The dataset of benchmarks: figures of others, as their sources print them."""

from collections.abc import Iterable

from django.db.models import F

from kmpt_tracker.ui.tabular import Digits
from kpis.exports.columns import (
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    by_month,
    measures_of,
)
from kpis.measures.benchmarks import benchmarks_known
from kpis.models import Benchmark
from kpis.models.measures import UNITS
from strategy.exports.dataset import Dataset, code, day, number, text
from strategy.exports.filters import Filters


def _benchmarks(filters: Filters) -> Iterable[Benchmark]:
    rows = benchmarks_known(filters.as_at).filter(measure__in=measures_of(filters).values("pk"))
    return by_month(rows, filters).order_by(
        "measure__code", F("period_end").asc(nulls_last=True), "code"
    )


BENCHMARKS = Dataset[Benchmark](
    "benchmarks",
    "Benchmarks: figures of others",
    (
        MEASURE,
        day("period_start", "First day of the period; empty: the source prints none"),
        day("period_end", "Last day of the period; empty: the source prints none"),
        number(
            "value",
            "The figure, in the unit of the measure; never rated",
            digits=Digits.SIX,
            is_required=True,
        ),
        code(
            "unit",
            "Unit of the value",
            lambda row: row.measure.unit,
            allowed=UNITS,
            is_required=True,
        ),
        text("whose", "Whose figure it is, as printed", is_required=True),
        text(
            "source", "Document and place that state it", lambda row: row.source, is_required=True
        ),
        day("published_on", "When the document was published", lambda row: row.published_on),
    ),
    OF_MEASURES | MONTHS | {"as_at"},
    _benchmarks,
    KNOWN_MEASURES,
)
