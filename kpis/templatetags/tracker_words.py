"""Small words of the plan and measure pages."""

from urllib.parse import urlencode

from django import template

from kmpt_tracker.ui.tags.status import status_word
from kpis.judging.assess import MeasureTerms
from kpis.judging.status import Standing
from kpis.judging.wording import FREQUENCY_WORDS, span_words
from kpis.rag import Rag
from strategy.models import Objective

register = template.Library()
BRIEF = {Rag.GREEN: "on", Rag.AMBER: "near", Rag.RED: "off"}


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


@register.filter
def freshness_words(standing: Standing, terms: MeasureTerms | None = None) -> str:
    """What is said under the window of a figure: how often, how old, how firm, whose figure."""
    words = [FREQUENCY_WORDS.get(terms.frequency, ""), span_words(terms)] if terms else []
    if standing.is_ended:
        words = ["no longer reported"]
    elif is_late(standing):
        words = [standing.lateness]
    elif standing.value_status == "provisional":
        words.append("provisional")
    if standing.shown.origin == "illustrative":
        words.append("illustrative")
    return ", ".join(word for word in words if word)


@register.filter
def brief_status(standing: Standing, terms: MeasureTerms | None = None) -> str:
    """A status named in passing: "was near", "last: off"; the mark and word stand beside it."""
    if terms and terms.is_milestone:
        return status_word(standing.rag, kind="milestone").lower()
    return BRIEF.get(standing.rag) or status_word(standing.rag).lower()


@register.filter
def is_late(standing: Standing) -> bool:
    return standing.rag.is_overdue and bool(standing.lateness)
