"""Counts, bars, trend lines and charts."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kmpt_tracker.ui import components, drawing
from kmpt_tracker.ui import sparkline as trends

register = template.Library()
MIXES_KEPT = 500


@register.inclusion_tag("components/counts.html")
def counts(tiles: Sequence[components.Tile]) -> dict[str, Any]:
    """A row of big counts, each with its icon, words, link and change."""
    return {"tiles": tiles, "splits": any(tile.parts for tile in tiles)}


@register.simple_tag
def mix(by_group: Mapping[str, int], tally: bool = True) -> SafeString:
    """A small stacked bar with its icons and counts, which carry the meaning."""
    return _mix(tuple(by_group.items()), tally)


@lru_cache(MIXES_KEPT)
def _mix(counts: tuple[tuple[str, int], ...], tally: bool) -> SafeString:
    """Kept: the bars of the board were a tenth of its work, most of it to write their lengths."""
    shares = components.shares(dict(counts))
    return render_to_string("components/mix.html", {"shares": shares, "tally": tally})


@register.inclusion_tag("components/bar.html")
def bar(value: float, maximum: float = 100, words: str = "") -> dict[str, Any]:
    """A plain bar; the number next to it carries the meaning."""
    part = min(max(float(value) / float(maximum), 0), 1) if maximum else 0
    return {"width": f"{100 * part:.1f}", "words": words}


@register.simple_tag
def sparkline(
    values: Sequence[trends.Number | None],
    target: trends.Number | None = None,
    label: str = "",
    cuts: Sequence[int] = (),
) -> SafeString:
    """A trend line of the last 24 values, None where a month is missing; see `trends.sparkline`.

    Built in Python: a page has a hundred of them, and a template would localise every number.
    """
    trend = trends.sparkline(values, target=target, cuts=cuts)
    if trend.is_empty:
        return mark_safe('<span class="kt-small kt-muted">No data collected yet</span>')
    return format_html(
        '<svg class="kt-spark" width="{0}" height="{1}" viewBox="0 0 {0} {1}" focusable="false"'
        " {2}>{3}</svg>",
        trend.width,
        trend.height,
        _said(label),
        mark_safe(trend.shapes),  # noqa: S308
    )


@register.simple_tag
def small_multiple(trend: trends.Trend, label: str = "") -> SafeString:
    """One of several small charts on a shared scale; see `trends.small_multiple`.

    The 15 of an ambition take 1.2 ms so, and 10.8 ms in a template.
    """
    if trend.is_empty:
        return mark_safe('<p class="kt-small kt-muted">No data collected yet</p>')
    return format_html(
        '<svg class="kt-spark kt-mini" viewBox="0 0 {} {}" focusable="false" {}>{}</svg>',
        trend.width,
        trend.height,
        _said(label),
        mark_safe(trend.marks),  # noqa: S308
    )


def _said(label: str) -> SafeString:
    """What a drawing says to who cannot see it; without words it is decoration."""
    if label:
        return format_html('role="img" aria-label="{}"', label)
    return mark_safe('aria-hidden="true"')


@register.inclusion_tag("components/chart.html")
def chart(
    id: str,
    figure: Mapping[str, Any],
    title: str,
    summary: str,
    table: components.Table | None = None,
    width: int = drawing.WIDTH,
) -> dict[str, Any]:
    """A chart with a sentence that says what it shows, and its numbers as a table.

    `width`: about how many pixels it has on a wide screen; the server's drawing is made for it.
    """
    return {
        "id": id,
        "figure": dict(figure),
        "figure_id": f"{id}-figure",
        "title": title,
        "summary": summary,
        "table": table,
        "is_read": any("text" in trace for trace in figure["data"]),
        # Every word in it has been escaped where it was written.
        "drawing": mark_safe(drawing.drawing(figure, width)),  # noqa: S308
    }


@register.inclusion_tag("components/key.html")
def key(items: str = "points") -> dict[str, Any]:
    """A legend: `points` of a control chart, `status` marks, or `spc` icons."""
    if items not in ("points", "status", "spc"):
        raise template.TemplateSyntaxError(f"no such key: {items!r}")
    return {"items": items, "statuses": components.STATUS}
