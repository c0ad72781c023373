"""What a draft is measured by: its window, its measure's limits, its own recent values."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from kpis.drafts import CellRules
from kpis.models import Assessment, Measure, Series
from kpis.rollup import reports_for
from kpis.services.inputs import measure_terms
from strategy.periods import Frequency, Month, Period, window_ending

HISTORY_MONTHS = 24
# A window of a year that has just begun ends almost a year later; the next one two years later.
LONGEST_WAIT = 25


def due_window(measure: Measure, month: Month) -> Period | None:
    """The window that a measure reports in a month; milestones report every month."""
    if measure.is_milestone or measure.frequency == Frequency.ONE_OFF:
        return month.period
    return window_ending(month, Frequency(measure.frequency), year_end_month=measure.year_end_month)


def first_window_from(measure: Measure, on: date) -> Period:
    """The first window that starts on or after a day: limits begin with a window, not within."""
    first = Month.of(on)
    windows = (due_window(measure, first.plus(later)) for later in range(LONGEST_WAIT))
    return next(window for window in windows if window is not None and window.start >= on)


def is_due(series: Series, month: Month) -> bool:
    """Whether a return asks for a series in a month: one of its windows ends there.

    The group, the measure and the series must all exist on the last day of the month: whoever
    has ended by then, or has not yet begun, has no return for it.
    """
    return due_window(series.measure, month) is not None and all(
        reports_for(row.valid_from, row.valid_to, month.period)
        for row in (series, series.measure, series.care_group)
    )


def window_of(measure: Measure, month: Month) -> Period:
    """The same for a measure that is due: it always has a window."""
    return due_window(measure, month) or month.period


def cell_rules(measure: Measure, month: Month) -> CellRules:
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
        period_label=month.full_label,
    )


def recent_values(series: Iterable[Series], month: Month) -> dict[int, Sequence[Decimal]]:
    """Approved values of the two years before a month, oldest first, by series."""
    found: dict[int, list[Decimal]] = defaultdict(list)
    rows = Assessment.objects.filter(
        series__in=[row.pk for row in series],
        period_end__lt=month.start,
        period_end__gte=month.plus(-HISTORY_MONTHS).start,
        value__isnull=False,
    ).order_by("period_end")
    for pk, value in rows.values_list("series_id", "value"):
        if value is not None:
            found[pk].append(value)
    return dict(found)
