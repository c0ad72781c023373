"""Cards, messages and notes: boxes around other content."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kmpt_tracker.ui import components

register = template.Library()
MARKS_KEPT = 500


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
def stat(content: str, label: str, value: Any = "") -> SafeString:
    """One tile: a label, a big value, and the content below it."""
    return render_to_string("components/stat.html", locals())


@register.simple_block_tag
def empty(content: str, title: str, level: int = 3) -> SafeString:
    """Nothing to show: why, and what to do next."""
    return render_to_string("components/empty.html", locals())


@register.simple_block_tag
def note(content: str, title: str = "", kind: str = "ambiguity") -> SafeString:
    """A note on a part of a page: contradiction, ambiguity, layout, arithmetic or remark."""
    words = title or components.NOTES.get(kind, "")
    return render_to_string("components/note.html", {"content": content, "title": words})


@register.simple_tag
def note_mark(notes: Iterable[Any], about: str = "") -> str:
    """A small mark in a dense row that opens its notes (`kind`, `text`); empty without notes."""
    read = tuple(_read_notes(notes))
    return _mark_of(read, about) if read else ""


@lru_cache(MARKS_KEPT)
def _mark_of(notes: tuple[tuple[str, str], ...], about: str) -> SafeString:
    """Drawn once: a page has a hundred, 300 µs each, and they change with the plan alone."""
    return render_to_string("components/note_mark.html", {"notes": notes, "about": about})


@register.inclusion_tag("components/row_notes.html")
def row_notes(notes: Iterable[Any]) -> dict[str, Any]:
    """The notes (`kind`, `text`) of a row, in full below it; empty without notes."""
    return {"notes": _read_notes(notes)}


def _read_notes(notes: Iterable[Any]) -> list[tuple[str, str]]:
    return [(components.NOTES.get(note.kind, ""), note.text) for note in notes]


@register.simple_block_tag
def message(content: str, kind: str = "info") -> SafeString:
    """A message about what happened: ok, info, warn or bad."""
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
