"""How savings are written in templates."""

from decimal import Decimal

from django import template

from cip import wording
from kmpt_tracker.ui.formats import format_value

register = template.Library()


@register.filter
def pounds(value: Decimal | None) -> str:
    """£2,822k."""
    return format_value(value, "pounds_thousand", 0)


@register.filter
def thousands(value: Decimal | None) -> str:
    """2,822 or 2,822.5: thousands of pounds in a table."""
    return "–" if value is None else wording.thousands(value)
