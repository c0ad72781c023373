"""Words of the savings pages."""

from decimal import Decimal

from django import template

from kmpt_tracker.ui.formats import format_number

register = template.Library()


@register.filter
def sum_words(total: Decimal | None, printed: Decimal | None) -> str:
    """The sum of the rows, and by how much it differs from the printed total: "5,949 (1 less)"."""
    if total is None:
        return format_number(None)
    shown = format_number(total)
    if printed is None or printed == total:
        return shown
    difference = abs(printed - total)
    return f"{shown} ({format_number(difference)} {'less' if total < printed else 'more'})"
