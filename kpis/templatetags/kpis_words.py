"""Standings in templates: `{{ standing|value_words:terms }}`."""

from django import template

from kpis.judging import wording as words

register = template.Library()
for name in ("value_words", "target_words"):
    register.filter(name, getattr(words, name))


@register.filter
def status_kind(kind: str | None) -> str:
    return "milestone" if kind == "milestone" else "measure"
