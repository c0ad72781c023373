"""Icons with their words: status, variation, assurance, badges.

Built in Python, as a page has hundreds of them. One status takes 127 µs in a template, 48 µs here
and 0.1 µs once it is cached; one period (`fresh`) takes 88 µs in a template and 48 µs here. Most
rows of a page have the same period.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kmpt_tracker.ui import components

register = template.Library()
# A page shows the same few icons hundreds of times. The caches below are typed because a safe
# string equals the plain one, and must not get HTML in which the plain one was escaped.
MARKS_KEPT = 500


def _look(table: Mapping[str, components.Look], code: Any, what: str) -> components.Look:
    try:
        return table[str(code)]
    except KeyError:
        raise template.TemplateSyntaxError(f"no such {what}: {code!r}") from None


@lru_cache(MARKS_KEPT, typed=True)
def _svg(symbol: str, css: str, label: str = "") -> SafeString:
    """One symbol of the sprite; without a label it is hidden from screen readers."""
    if label:
        return format_html(
            '<svg class="{}" width="18" height="18" role="img" aria-label="{}" focusable="false">'
            '<use href="#{}"/></svg>',
            css,
            label,
            symbol,
        )
    return format_html(
        '<svg class="{}" width="18" height="18" aria-hidden="true" focusable="false">'
        '<use href="#{}"/></svg>',
        css,
        symbol,
    )


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An interface icon: arrow, up, down, dash, prev, next, download, print, clock, tick, …"""
    return _svg(f"i-{name}", "kt-i", label)


@register.simple_tag
@lru_cache(MARKS_KEPT, typed=True)
def status(code: Any, form: str = "bare", kind: str = "measure", word: str = "") -> SafeString:
    """Icon and word of a status; `form` is bare, chip, or mark (a word for screen readers only)."""
    if kind not in components.KINDS:
        raise template.TemplateSyntaxError(f"no such kind of status: {kind!r}")
    look = _look(components.KINDS[kind], code, "status")
    words = word or look.word
    if form == "mark":
        return _svg(f"m-{look.mark}", "kt-i", words)
    if form not in ("bare", "chip"):
        raise template.TemplateSyntaxError(f"no such form of status: {form!r}")
    box = "kt-chip" if form == "chip" else "kt-st"
    mark = _svg(f"m-{look.mark}", "kt-i")
    return format_html('<span class="{0} {0}--{1}">{2}{3}</span>', box, look.mark, mark, words)


@register.simple_tag
def status_change(was: Any, now: Any, kind: str = "measure") -> SafeString:
    """A change of status: the old icon, an arrow, the new icon with its word."""
    return format_html(
        '<span class="kt-trans">{}{}<span class="kt-sr"> to </span>{}</span>',
        status(was, form="mark", kind=kind),
        _svg("i-arrow", "kt-i kt-i--small"),
        status(now, kind=kind),
    )


def _spc(prefix: str, look: components.Look, *, word: bool | str) -> SafeString:
    symbol = _svg(f"{prefix}-{look.mark}", "kt-spc__i", "" if word else look.word)
    shown = word if isinstance(word, str) and word else look.word
    return format_html("{} <b>{}</b>", symbol, shown) if word else symbol


@register.simple_tag
def variation(code: Any, size: str = "row", word: bool | str = False) -> SafeString:
    """The variation icon. With `word` the word is shown next to it, else it is the label."""
    look = _look(components.VARIATION, code, "variation")
    return format_html(
        '<span class="kt-spc kt-spc--{}">{}</span>', size, _spc("v", look, word=word)
    )


@register.simple_tag
def assurance(code: Any, size: str = "row", word: bool | str = False) -> SafeString:
    """The assurance icon, as `variation`. A given word replaces the icon's own."""
    look = _look(components.ASSURANCE, code, "assurance")
    return format_html(
        '<span class="kt-spc kt-spc--{}">{}</span>', size, _spc("a", look, word=word)
    )


@register.simple_tag
@lru_cache(MARKS_KEPT, typed=True)
def spc_icons(variation_code: Any, assurance_code: Any, size: str = "row") -> SafeString:
    """Both icons side by side, as in a row; assurance `none` is left out."""
    parts = [_spc("v", _look(components.VARIATION, variation_code, "variation"), word=False)]
    if str(assurance_code) != "none":
        parts.append(
            _spc("a", _look(components.ASSURANCE, assurance_code, "assurance"), word=False)
        )
    return format_html(
        '<span class="kt-spc kt-spc--{}">{}</span>',
        size,
        mark_safe("".join(parts)),  # noqa: S308
    )


@register.simple_tag
def badge(name: str, word: str = "") -> SafeString:
    """A short word next to a figure: a known badge (provisional, illustrative, …) or any word."""
    known = components.BADGES.get(str(name), components.Badge(str(name)))
    return format_html(
        '<span class="kt-tag kt-tag--{}">{}{}</span>',
        known.tone,
        word or known.word,
        format_html('<span class="kt-sr">. {}</span>', known.hint) if known.hint else "",
    )


@register.simple_tag
def late_badge(months: int) -> SafeString:
    """How late: "4 months late"."""
    return format_html(
        '<span class="kt-tag kt-tag--late">{}</span>', components.months_late(months)
    )


@register.simple_tag
@lru_cache(MARKS_KEPT, typed=True)
def fresh(period: str, note: str = "", is_late: bool = False) -> SafeString:
    """The period of a figure, and a word about it: provisional, annual, "4 months late"."""
    return format_html(
        '<span class="kt-fresh{}">{}{}</span>',
        " kt-fresh--late" if is_late else "",
        period,
        format_html("<small>{}</small>", note) if note else "",
    )
