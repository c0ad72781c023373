"""Small words of the plan and measure pages."""

from urllib.parse import urlencode

from django import template

register = template.Library()


@register.filter
def as_at_query(as_at: str) -> str:
    return f"?{urlencode({'as_at': as_at})}" if as_at else ""


@register.filter
def status_kind(kind: str | None) -> str:
    return "milestone" if kind == "milestone" else "measure"
