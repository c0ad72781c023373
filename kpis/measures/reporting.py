"""Who reports a measure, and when its figures are due, in the words of its page."""

from datetime import date, timedelta

from kmpt_tracker.ui.formats import format_date
from kpis.judging.kitemark import lag_words
from kpis.models import Measure, Series
from strategy.periods import Month


def reported_by(measure: Measure, series: Series | None, month: Month) -> str:
    """Who reports it, and until when; that no return asks for it, where figures are published.

    Empty for what the tracker counts itself.
    """
    fed_by = series.fed_by if series else ""
    if fed_by == Series.FedBy.TRACKER:
        return ""
    who = measure.get_collection_level_display()
    if fed_by == Series.FedBy.PUBLISHED:
        who = "Published figures: no return asks for it"
    ended = _ended(series, month)
    return f"{who}, until {format_date(ended - timedelta(days=1))}" if ended else who


def due_words(measure: Measure, series: Series | None, month: Month) -> str:
    """When a figure is due; empty once nobody reports it any more."""
    if _ended(series, month):
        return ""
    fed_by = series.fed_by if series else ""
    if fed_by == Series.FedBy.TRACKER:
        return "when its month is locked"
    return "when it is published" if fed_by == Series.FedBy.PUBLISHED else lag_words(measure)


def _ended(series: Series | None, month: Month) -> date | None:
    """The first day on which the series is no longer reported, where the month is past it."""
    ends = series.valid_to if series else None
    return ends if ends and ends <= month.end else None
