"""The filter bar and tools under the menu, the error summary, and the header of a printed page."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from kmpt_tracker.ui.escaped import escaped

register = template.Library()
# How the tools of a page begin (components/tools.html).
TOOLS = '<div class="kt-context__tools">'


@register.simple_block_tag
def filter_bar(content: str, label: str, button: str = "Show") -> SafeString:
    """The filter bar under the menu: a plain GET form. The page's tools come after its button, in
    the order of the keyboard too.
    """
    fields, mark, rest = content.partition(TOOLS)
    parts = {"fields": mark_safe(fields), "tools": mark_safe(mark + rest)}  # noqa: S308
    return render_to_string(
        "components/filter_bar.html", {**parts, "label": label, "button": button}
    )


def _field(context: template.Context, name: str, label: str, chosen: Any) -> dict[str, Any]:
    """A field of a filter bar: it keeps what was typed, and shows the error if there is one."""
    request = context.get("request")
    problem = getattr(request, "problems", {}).get(name, "")
    value = request.GET.get(name, "") if request and problem else str(chosen or "")
    return {"name": name, "label": label, "value": value, "problem": problem}


@register.inclusion_tag("components/filter_select.html", takes_context=True)
def filter_select(
    context: template.Context,
    name: str,
    label: str,
    options: Iterable[tuple[Any, Any]],
    selected: Any = "",
) -> dict[str, Any]:
    """One choice of a filter bar; options are pairs of value and words.

    They are put together in Python: the 137 of the summary were a sixth of its work in a template.
    """
    field, rows = _field(context, name, label, selected), list(options)
    if field["problem"]:
        rows.insert(0, (field["value"], field["value"]))
    lines = (
        f'<option value="{escaped(value)}"{" selected" if str(value) == field["value"] else ""}>'
        f"{escaped(words)}</option>"
        for value, words in rows
    )
    return {**field, "options": mark_safe("\n".join(lines))}  # noqa: S308 (escaped above)


@register.inclusion_tag("components/filter_month.html", takes_context=True)
def filter_month(
    context: template.Context,
    name: str,
    label: str,
    options: Iterable[tuple[Any, Any]],
    selected: Any = "",
    previous_url: str = "",
    next_url: str = "",
) -> dict[str, Any]:
    """The month, with links to the months before and after; an empty URL shows no link."""
    return {
        **filter_select(context, name, label, options, selected),
        "previous_url": previous_url,
        "next_url": next_url,
    }


@register.inclusion_tag("components/filter_text.html", takes_context=True)
def filter_text(
    context: template.Context,
    name: str,
    label: str,
    value: Any = "",
    hint: str = "",
    size: int = 11,
) -> dict[str, Any]:
    """A text box in a filter bar, such as the "as known on" day."""
    return {**_field(context, name, label, value), "hint": hint, "size": size}


@register.inclusion_tag("components/error_summary.html", takes_context=True)
def address_problems(context: template.Context) -> dict[str, Any]:
    """The errors in the URL's parameters, each linked to its field."""
    problems = getattr(context.get("request"), "problems", {})
    return error_summary((f"filter-{name}", words) for name, words in problems.items())


@register.simple_block_tag
def tools(content: str) -> SafeString:
    """The page's tools, at the end of the filter bar or of a heading."""
    return render_to_string("components/tools.html", {"content": content})


@register.inclusion_tag("components/page_data.html", takes_context=True)
def page_data(
    context: template.Context, dataset: str = "", words: str = "Data (CSV)", **chosen: Any
) -> dict[str, Any]:
    """A link to the page's own file: `data.csv` at its URL, with the reader's choices.

    `dataset`: what its rows are rows of. Whoever may use datasets has a second link, to all of it,
    as known at the moment of the page.
    """
    request, asked = context["request"], context.get("asked")
    query = {name: str(value) for name, value in chosen.items() if value}
    access, moment = getattr(request, "access", None), getattr(asked, "as_at", "")
    return {
        "url": f"{request.path}data.csv?{urlencode({**query, 'bom': '1'})}",
        "words": words,
        "dataset": dataset if access and access.may("use_datasets") else "",
        "query": urlencode({**({"as_at": moment} if moment else {}), "bom": "1"}),
    }


@register.inclusion_tag("components/print_header.html", takes_context=True)
def print_header(context: template.Context, *parts: Any) -> dict[str, Any]:
    """The header of a printed page: the trust, plan, month, as known on; empty parts are left
    out.
    """
    return {"parts": [part for part in parts if part], "trust_name": context.get("trust_name")}


@register.inclusion_tag("components/error_summary.html")
def error_summary(
    errors: str | Iterable[tuple[str, str]], title: str = "There is a problem"
) -> dict[str, Any]:
    """What is wrong, before the heading: pairs of a field's id and a message, or one sentence."""
    listed = [("", errors)] if isinstance(errors, str) else list(errors)
    return {"errors": listed, "title": title}
