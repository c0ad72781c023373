"""The dataset of measures: what is counted, and how."""

from collections.abc import Iterable

from django.utils import timezone

from kpis.assessments.as_known import Known
from kpis.exports.columns import KNOWN_MEASURES, MEASURE, OF_MEASURES, codes, measures_of
from kpis.models import Measure
from kpis.models.measures import UNITS
from kpis.rag import Direction
from strategy.exports.dataset import Dataset, code, day, text, vocabulary, whole
from strategy.exports.filters import Filters
from strategy.moments import london_date
from strategy.periods import Frequency


def _measures(filters: Filters) -> Iterable[Measure]:
    """Every measure with the wording in effect today, or at the moment asked for."""
    known = Known(filters.as_at)
    today = london_date(filters.as_at or timezone.now())
    return known.worded(known.restored(measures_of(filters)), today)


MEASURES = Dataset[Measure](
    "measures",
    "Measures",
    (
        MEASURE.read_by(lambda row: row.code),
        text("name", "Short name", is_required=True),
        code("kind", "Counted or a milestone", allowed=vocabulary(Measure.Kind), is_required=True),
        text("definition", "What is counted"),
        text("numerator", "Wording of the numerator"),
        text("denominator", "Wording of the denominator"),
        code("unit", "Unit of the values; empty: a milestone", allowed=UNITS),
        whole("decimals", "Decimals shown", is_required=True),
        code("direction", "Which way is better", allowed=codes(Direction), is_required=True),
        code("frequency", "How often it reports", allowed=codes(Frequency), is_required=True),
        code(
            "collection_level",
            "Who reports it",
            allowed=vocabulary(Measure.CollectionLevel),
            is_required=True,
        ),
        code(
            "roll_up",
            "How care groups become the trust's value",
            allowed=vocabulary(Measure.RollUp),
            is_required=True,
        ),
        whole("reporting_lag_days", "Days after the window until it is due", unit="days"),
        text("owner", "Who answers for it; empty: not named"),
        text("data_source", "Where the values come from"),
        day("valid_from", "First day; empty: not recorded"),
        day("valid_to", "First day no longer in force; empty: open"),
    ),
    OF_MEASURES | {"as_at"},
    _measures,
    KNOWN_MEASURES,
    key=("measure",),
)
