"""The tags of the component gallery. Each takes plain values, so that any app can use it.

docs/components.md lists them with their arguments; /components/ shows every state.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kmpt_tracker.ui import components, sparkline as trends

register = template.Library()


def _look(table: Mapping[str, components.Look], code: Any, what: str) -> components.Look:
    try:
        return table[str(code)]
    except KeyError:
        raise template.TemplateSyntaxError(f"no such {what}: {code!r}") from None


def _svg(symbol: str, css: str, label: str = "") -> SafeString:
    """One symbol of the sprite; without a label it is decoration."""
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


# --- Status, variation, assurance -------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An interface icon: arrow, up, down, dash, prev, next, download, print, clock, tick, …"""
    return _svg(f"i-{name}", "kt-i", label)


@register.simple_tag
def status(code: Any, form: str = "bare", kind: str = "measure", word: str = "") -> SafeString:
    """Mark and word of a status; `form` is bare, chip, or mark (the word for a reader only)."""
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
    """From one status to another: the old mark, an arrow, the new mark with its word."""
    return format_html(
        '<span class="kt-trans">{}{}<span class="kt-sr"> to </span>{}</span>',
        status(was, form="mark", kind=kind),
        _svg("i-arrow", "kt-i kt-i--small"),
        status(now, kind=kind),
    )


def _spc(prefix: str, look: components.Look, *, word: bool) -> SafeString:
    symbol = _svg(f"{prefix}-{look.mark}", "kt-spc__i", "" if word else look.word)
    return format_html("{} <b>{}</b>", symbol, look.word) if word else symbol


@register.simple_tag
def variation(code: Any, size: str = "row", word: bool = False) -> SafeString:
    """The variation icon; with `word`, the word stands beside it, else it is its label."""
    look = _look(components.VARIATION, code, "variation")
    return format_html('<span class="kt-spc kt-spc--{}">{}</span>', size, _spc("v", look, word=word))


@register.simple_tag
def assurance(code: Any, size: str = "row", word: bool = False) -> SafeString:
    """The assurance icon; see `variation`."""
    look = _look(components.ASSURANCE, code, "assurance")
    return format_html('<span class="kt-spc kt-spc--{}">{}</span>', size, _spc("a", look, word=word))


@register.simple_tag
def spc_icons(variation_code: Any, assurance_code: Any, size: str = "row") -> SafeString:
    """Both icons side by side, as in a row. `none` is drawn for variation, left out for assurance."""
    parts = [_spc("v", _look(components.VARIATION, variation_code, "variation"), word=False)]
    if str(assurance_code) != "none":
        parts.append(_spc("a", _look(components.ASSURANCE, assurance_code, "assurance"), word=False))
    return format_html(
        '<span class="kt-spc kt-spc--{}">{}</span>', size, mark_safe("".join(parts))  # noqa: S308
    )


@register.simple_tag
def status_word(code: Any, kind: str = "measure") -> str:
    """The word alone, for sentences and labels."""
    return _look(components.KINDS[kind], code, "status").word


@register.simple_tag
def variation_meaning(code: Any) -> str:
    return _look(components.VARIATION, code, "variation").meaning


@register.simple_tag
def assurance_meaning(code: Any) -> str:
    return _look(components.ASSURANCE, code, "assurance").meaning


@register.simple_tag
def badge(name: str, word: str = "") -> SafeString:
    """A short word beside a figure: a known badge (provisional, illustrative, …) or any word."""
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
    return format_html('<span class="kt-tag kt-tag--late">{}</span>', components.months_late(months))


@register.inclusion_tag("components/fresh.html")
def fresh(period: str, note: str = "", is_late: bool = False) -> dict[str, Any]:
    """The period a figure is of, and a word on it: provisional, annual, "4 months late"."""
    return {"period": period, "note": note, "is_late": is_late}


# --- Counts and bars --------------------------------------------------------------------------


@register.inclusion_tag("components/counts.html")
def counts(tiles: Sequence[components.Tile]) -> dict[str, Any]:
    """A row of big counts, each with its mark, words, link and change."""
    return {"tiles": tiles}


@register.inclusion_tag("components/mix.html")
def mix(by_status: Mapping[str, int], tally: bool = True) -> dict[str, Any]:
    """A small stacked bar with its tally of marks and counts; the tally carries the meaning."""
    return {"shares": components.shares(by_status), "tally": tally}


@register.inclusion_tag("components/bar.html")
def bar(value: float, maximum: float = 100, words: str = "") -> dict[str, Any]:
    """A plain bar; the number beside it carries the meaning."""
    part = min(max(float(value) / float(maximum), 0), 1) if maximum else 0
    return {"width": f"{100 * part:.1f}", "words": words}


@register.inclusion_tag("components/progress.html")
def progress(value: int, maximum: int, words: str) -> dict[str, Any]:
    """ "9 of 12 ready" with a bar."""
    return {"value": value, "maximum": maximum, "words": words}


# --- Trends and charts ------------------------------------------------------------------------


@register.inclusion_tag("components/sparkline.html")
def sparkline(
    values: Sequence[trends.Number | None],
    target: trends.Number | None = None,
    label: str = "",
) -> dict[str, Any]:
    """A trend line of the last 24 values, None where a month is missing."""
    return {"trend": trends.sparkline(values, target=target), "label": label}


@register.inclusion_tag("components/small_multiple.html")
def small_multiple(
    values: Sequence[trends.Number | None],
    low: trends.Number,
    high: trends.Number,
    target: trends.Number | None = None,
    bands: Sequence[trends.Band] = (),
    kinds: Sequence[str | None] = (),
    label: str = "",
) -> dict[str, Any]:
    """One of several small charts on the shared scale low to high."""
    trend = trends.small_multiple(
        values, low=low, high=high, target=target, bands=bands, kinds=kinds
    )
    return {"trend": trend, "label": label}


@register.inclusion_tag("components/chart.html")
def chart(
    id: str,
    figure: Mapping[str, Any],
    title: str,
    summary: str,
    table: components.Table | None = None,
    size: str = "tall",
    is_open: bool = True,
) -> dict[str, Any]:
    """A drawn chart with the sentence that says what it shows and its numbers as a table."""
    return {
        "id": id,
        "figure": dict(figure),
        "figure_id": f"{id}-figure",
        "title": title,
        "summary": summary,
        "table": table,
        "size": size,
        "is_open": is_open,
    }


@register.inclusion_tag("components/chart_assets.html")
def chart_assets() -> dict[str, Any]:
    """What a page with charts loads: in its `head` block."""
    return {}


@register.inclusion_tag("components/key.html")
def key(items: str = "points") -> dict[str, Any]:
    """A legend: `points` of a control chart, `status` marks, or `spc` icons."""
    if items not in ("points", "status", "spc"):
        raise template.TemplateSyntaxError(f"no such key: {items!r}")
    return {"items": items, "statuses": components.STATUS}


# --- Boxes ------------------------------------------------------------------------------------


@register.simple_block_tag
def card(
    content: str,
    title: str,
    id: str,
    note: Any = "",
    accent: str = "",
    foot: Any = "",
    level: int = 2,
    hide_title: bool = False,
    body: bool = True,
) -> SafeString:
    """A white box with a heading; `body=False` when the content brings its own padding."""
    return render_to_string("components/card.html", locals())


@register.simple_block_tag
def stats(content: str) -> SafeString:
    """A row of stat tiles (`stat`), as in the head of a measure's page."""
    return format_html('<dl class="kt-hero__grid">{}</dl>', content)


@register.simple_block_tag
def stat(content: str, label: str, value: Any = "") -> SafeString:
    """One tile: a label, a big value, and what stands under it."""
    return render_to_string("components/stat.html", locals())


@register.simple_block_tag
def empty(content: str, title: str, level: int = 3) -> SafeString:
    """Nothing to show: why, and what to do next."""
    return render_to_string("components/empty.html", locals())


@register.simple_block_tag
def note(content: str, title: str = "", kind: str = "ambiguity") -> SafeString:
    """A note at a row: `contradiction` or `ambiguity` in the print, or a `remark`."""
    words = {"contradiction": "The plan contradicts itself", "ambiguity": "The plan can be read in two ways"}
    return render_to_string(
        "components/note.html", {"content": content, "title": title or words.get(kind, "")}
    )


@register.simple_block_tag
def message(content: str, kind: str = "info") -> SafeString:
    """A message on what happened: ok, info, warn or bad."""
    looks = {"ok": "tick", "info": "info", "warn": "warn", "bad": "warn"}
    if kind not in looks:
        raise template.TemplateSyntaxError(f"no such kind of message: {kind!r}")
    return render_to_string(
        "components/message.html", {"content": content, "kind": kind, "icon_name": looks[kind]}
    )


@register.simple_block_tag
def notice(content: str, kind: str = "illustrative") -> SafeString:
    """A band under the menu: `illustrative` data, or figures `as_known` on a past day."""
    return render_to_string("components/notice.html", {"content": content, "kind": kind})


@register.simple_block_tag
def disclosure(content: str, summary: str, id: str = "", is_open: bool = False) -> SafeString:
    """A closed section that opens on request."""
    return render_to_string("components/disclosure.html", locals())


# --- Tables and lists -------------------------------------------------------------------------


@register.simple_block_tag
def scroll_table(
    content: str, caption: str, hide_caption: bool = True, css: str = "", id: str = ""
) -> SafeString:
    """A table in a focusable scroller; the content is its thead, tbody and tfoot."""
    return render_to_string("components/scroll_table.html", locals())


@register.inclusion_tag("components/data_table.html")
def data_table(table: components.Table, hide_caption: bool = True) -> dict[str, Any]:
    """A whole table from plain values."""
    return {"table": table, "hide_caption": hide_caption}


@register.inclusion_tag("components/column_head.html")
def column_head(column: components.Column) -> dict[str, Any]:
    """A column's heading, with its sort link when it has one."""
    return {"column": column}


@register.inclusion_tag("components/facts.html")
def facts(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Names and their values, one under the other; empty values are left out."""
    return {"items": [(name, value) for name, value in items if value not in (None, "")]}


@register.inclusion_tag("components/timeline.html")
def timeline(steps: Sequence[components.Step], label: str) -> dict[str, Any]:
    """The golden thread: what successive plans said, the one in force marked."""
    return {"steps": steps, "label": label}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*items: Any) -> dict[str, Any]:
    """Where the page stands: pairs of words and address, or one list of them; no address here."""
    trail = items[0] if len(items) == 1 and not isinstance(items[0], str) else items
    if trail and isinstance(trail[0], str):
        trail = [(trail[i], trail[i + 1] if i + 1 < len(trail) else "") for i in range(0, len(trail), 2)]
    return {"trail": trail}


@register.inclusion_tag("components/pagination.html")
def pagination(page: Page, query: QueryDict | None = None) -> dict[str, Any]:
    """Links to the other pages, keeping the filters of `request.GET`."""
    kept = query.copy() if query is not None else QueryDict(mutable=True)
    kept.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "query": kept.urlencode()}


# --- Forms ------------------------------------------------------------------------------------


@register.simple_block_tag
def filter_bar(content: str, label: str, button: str = "Show") -> SafeString:
    """The band of choices under the menu: a plain GET form. Its tools come after it."""
    return render_to_string("components/filter_bar.html", locals())


@register.inclusion_tag("components/filter_select.html")
def filter_select(
    name: str, label: str, options: Iterable[tuple[Any, Any]], selected: Any = ""
) -> dict[str, Any]:
    """One choice of a filter bar; options are pairs of value and words."""
    chosen = str(selected or "")
    rows = [(value, words, str(value) == chosen) for value, words in options]
    return {"name": name, "label": label, "options": rows}


@register.inclusion_tag("components/filter_month.html")
def filter_month(
    name: str,
    label: str,
    options: Iterable[tuple[Any, Any]],
    selected: Any = "",
    previous_url: str = "",
    next_url: str = "",
) -> dict[str, Any]:
    """The month, with steps to the one before and after; an empty address is not open."""
    return {
        **filter_select(name, label, options, selected),
        "previous_url": previous_url,
        "next_url": next_url,
    }


@register.inclusion_tag("components/filter_text.html")
def filter_text(
    name: str, label: str, value: Any = "", hint: str = "", size: int = 11
) -> dict[str, Any]:
    """One typed choice of a filter bar, such as the day as known on."""
    return {"name": name, "label": label, "value": value, "hint": hint, "size": size}


@register.simple_block_tag
def tools(content: str) -> SafeString:
    """The page's tools, at the end of the filter bar or of a heading."""
    return format_html('<div class="kt-context__tools">{}</div>', content)


@register.inclusion_tag("components/tool_link.html")
def tool_link(url: str, words: str, icon_name: str = "download") -> dict[str, Any]:
    """A link of the page's tools: CSV, Excel template."""
    return {"url": url, "words": words, "icon_name": icon_name}


@register.inclusion_tag("components/print_button.html")
def print_button() -> dict[str, Any]:
    """Prints the page; shown only where scripts run."""
    return {}


@register.inclusion_tag("components/print_header.html")
def print_header(*parts: Any) -> dict[str, Any]:
    """What stands on top of a printed page: plan, month, as known on; empty parts left out."""
    return {"parts": [part for part in parts if part]}


@register.inclusion_tag("components/error_summary.html")
def error_summary(
    errors: Iterable[tuple[str, str]], title: str = "There is a problem"
) -> dict[str, Any]:
    """What is wrong, before the heading: pairs of a field's id and a message; "" for no field."""
    return {"errors": list(errors), "title": title}
