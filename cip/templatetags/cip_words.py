"""How savings are written in templates."""

from decimal import Decimal

from django import template

from cip import wording

register = template.Library()


@register.filter
def pounds(value: Decimal | None) -> str:
    """£2,822k."""
    return wording.pounds(value)


@register.filter
def whole_percent(share: Decimal) -> int:
    """A share of a target in whole per cent: 100 is the whole."""
    return wording.whole_percent(share)


@register.filter
def thousands(value: Decimal | None) -> str:
    """2,822 or 2,822.5: thousands of pounds in a table."""
    return "–" if value is None else wording.thousands(value)
