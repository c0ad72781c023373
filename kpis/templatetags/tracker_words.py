"""Small words of the plan and measure pages."""

from urllib.parse import urlencode

from django import template

from strategy.models import Objective

register = template.Library()


@register.filter
def reference_and_title(objective: Objective) -> str:
    """ "1.1 Improve access …"; a slug we made up is not shown as if it were printed."""
    if objective.reference[:1].isdigit():
        return f"{objective.reference} {objective.title}"
    return objective.title


@register.filter
def as_at_query(as_at: str) -> str:
    return f"?{urlencode({'as_at': as_at})}" if as_at else ""


@register.filter
def status_kind(kind: str | None) -> str:
    return "milestone" if kind == "milestone" else "measure"
