"""What the columns of a table of measures say: `{% with cell=row|cells %}{{ cell.value }}`.

Put together here, once for every table: a page has a hundred rows, and each is laid out by a
template that only places its cells.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from kmpt_tracker.ui.formats import MISSING, format_value
from kmpt_tracker.ui.tags.charts import sparkline
from kmpt_tracker.ui.tags.status import fresh, spc_icons, status
from kpis.judging.promised import promised_words
from kpis.judging.wording import (
    data_to_words,
    decimals_of,
    drawn_target,
    reported_words,
    share_words,
    target_words,
    value_words,
)
from kpis.templatetags.tracker_words import (
    brief_status,
    freshness_words,
    is_late,
)

register = template.Library()
TRENDS_KEPT = 1000


class Cells:
    """The columns of one row; `row` has a standing and terms, and what the column asks for."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self._standing, self._terms = row.standing, row.terms
        self._shown = self._standing.shown
        self._is_milestone = self._terms is not None and self._terms.is_milestone

    @property
    def is_stale(self) -> bool:
        """An older figure stands in for the one that is missing."""
        return self._standing.stands_in

    @property
    def value(self) -> str:
        return MISSING if self._terms is None else value_words(self._shown, self._terms)

    @property
    def target(self) -> str:
        """What was in force in the window."""
        return MISSING if self._terms is None else target_words(self._standing.target, self._terms)

    @property
    def promised(self) -> str:
        """What was in force, or what the plan promises while nothing is."""
        if self._terms is None or self._standing.target is not None:
            return self.target
        return promised_words(self._row.target, self._terms)

    @property
    def status(self) -> SafeString:
        return status(self._standing.rag, kind="milestone" if self._is_milestone else "measure")

    @property
    def asides(self) -> SafeString:
        """Under the status: what it was, whether the target still runs, who reported."""
        words = [self._recalculated(), self._was(), self._lapsed(), self._share()]
        if self._standing.groups_reported < self._standing.groups_expected:
            words.append(reported_words(self._standing))
        return _asides(words)

    @property
    def quoted_asides(self) -> SafeString:
        """The same beside the plan's own words, where the month before is not spoken of."""
        return _asides([self._recalculated(), self._last(), self._lapsed(), self._share()])

    def _recalculated(self) -> str:
        return "being recalculated" if self._row.is_recalculating else ""

    def _was(self) -> str:
        changed = f"was {brief_status(self._row.before, self._terms)}" if self._row.change else ""
        return self._last() or changed

    def _last(self) -> str:
        if self._standing.is_awaited and self._shown.rag.is_coloured:
            return f"last: {brief_status(self._shown, self._terms)}"
        return ""

    def _lapsed(self) -> str:
        target = self._standing.target
        if target is None:
            return ""
        if target.due_date_passed and not self._is_milestone:
            return "due date passed"
        return "carried forward" if target.carried_forward else ""

    def _share(self) -> str:
        """That the target is a part of the year's."""
        return "" if self._terms is None else share_words(self._standing, self._terms)

    @property
    def spc(self) -> str:
        standing = self._standing
        if self._is_milestone or not standing.has_value or standing.variation == "none":
            return MISSING
        return spc_icons(standing.variation, standing.assurance)

    @property
    def trend(self) -> str:
        """Nothing to draw is no statement on data: an incomplete figure is no point either."""
        is_drawn = any(value is not None for value in self._row.trend)
        return trend_of(self._row) if is_drawn and not self._is_milestone else MISSING

    @property
    def data_to(self) -> str:
        standing = self._standing
        if not self._shown.has_value:
            other = standing.other
            return fresh(other.label, "another period: on its page") if other else MISSING
        note = freshness_words(standing, self._terms)
        return fresh(data_to_words(standing), note, is_late(standing))


@register.filter
def cells(row: Any) -> Cells:
    return Cells(row)


def _asides(words: Iterable[str]) -> SafeString:
    return format_html_join("", '<span class="kt-was">{}</span>', ((one,) for one in words if one))


@register.simple_tag
def trend_of(row: Any) -> SafeString:
    """A row's sparkline with the words that say the same."""
    target = drawn_target(row.standing, row.terms)
    # As many digits as the figure beside it: 94.96%, not 95.0%.
    decimals = decimals_of(row.standing.shown, row.terms)
    return _trend(row.trend, row.cuts, target, row.terms.unit, decimals)


@lru_cache(TRENDS_KEPT)
def _trend(
    values: tuple[float | None, ...],
    cuts: tuple[int, ...],
    target: Decimal | None,
    unit: str,
    decimals: int,
) -> SafeString:
    """Drawn once: of a page's trends a new figure changes one."""
    known = [value for value in values if value is not None]
    label = ""
    if known:
        first, last, low, high = (
            format_value(Decimal(str(value)), unit, decimals)
            for value in (known[0], known[-1], min(known), max(known))
        )
        label = f"Trend: from {first} to {last}, lowest {low}, highest {high}"
    return sparkline(values, target, label, cuts)
