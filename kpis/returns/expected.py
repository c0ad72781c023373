"""What a typed figure is compared with: its measure's limits, and its own recent values."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from kpis.assessments.inputs import measure_terms
from kpis.judging.claims import window_name
from kpis.models import Assessment, Measure
from kpis.months.due import FigureDue
from kpis.returns.cells import CellRules
from strategy.periods import Period

HISTORY_MONTHS = 24


def cell_rules(measure: Measure, window: Period) -> CellRules:
    """The measure's own limits and wording, for reading what is typed."""
    return CellRules(
        terms=measure_terms(measure),
        name=measure.name,
        numerator_name=measure.numerator,
        denominator_name=measure.denominator,
        minimum=measure.minimum,
        maximum=measure.maximum,
        numerator_may_exceed_denominator=measure.numerator_may_exceed_denominator,
        repeat_check=measure.repeat_check,
        whole_numbers_only=measure.whole_numbers_only,
        period_label=window_name(window),
    )


def recent_values(due: Iterable[FigureDue]) -> dict[int, Sequence[Decimal]]:
    """Approved values of the two years before what is asked for, oldest first, by row."""
    asked = list(due)
    if not asked:
        return {}
    rows = Assessment.objects.filter(
        series__in={row.series.pk for row in asked},
        period_end__lt=max(row.window.start for row in asked),
        period_end__gte=min(_remembered_from(row.window) for row in asked),
        value__isnull=False,
    ).order_by("period_end")
    held: dict[int, list[tuple[date, Decimal | None]]] = defaultdict(list)
    for pk, ended, value in rows.values_list("series_id", "period_end", "value"):
        held[pk].append((ended, value))
    found: dict[int, Sequence[Decimal]] = {}
    for row in asked:
        since, until = _remembered_from(row.window), row.window.start
        values = [value for ended, value in held[row.series.pk] if since <= ended < until]
        if values:
            found[row.key] = [value for value in values if value is not None]
    return found


def _remembered_from(window: Period) -> date:
    return window.last_month.plus(-HISTORY_MONTHS).start
