"""The notes at the rows of a list, each in full once."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.loader import render_to_string

from strategy.notes import NotesOnce, Remark

register = template.Library()


@register.simple_tag
def noted(notes: NotesOnce, row: Any, about: str = "") -> str:
    """The notes of a row of a list: in full, or by a mark where they are printed further up."""
    found: Iterable[Remark] = row.notes if hasattr(row, "notes") else notes.notes.at(row)
    fresh, shown = notes.divide(found)
    if not fresh and not shown:
        return ""
    return render_to_string("kpis/_noted.html", {"fresh": fresh, "shown": shown, "about": about})
