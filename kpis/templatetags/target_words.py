"""Words of the page where targets are changed."""

from django import template
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import access_of_reader
from accounts.roles import Capability
from kmpt_tracker.ui.formats import MISSING, format_date, format_value
from kpis.assessments.inputs import measure_terms
from kpis.judging.wording import places
from kpis.models import Measure, Target
from kpis.templatetags.tracker_words import promised_words

register = template.Library()


@register.filter
def may_edit_plans(request: HttpRequest) -> bool:
    return access_of_reader(request).may(Capability.EDIT_PLANS)


@register.filter
def may_approve(request: HttpRequest) -> bool:
    return access_of_reader(request).may(Capability.APPROVE_RETURNS)


@register.filter
def targets_url(measure: Measure) -> str:
    return reverse("kpis:target-changes", args=[measure.code])


@register.filter
def wording_url(measure: Measure) -> str:
    return reverse("kpis:measure-wording", args=[measure.code])


@register.filter
def promise_words(target: Target) -> str:
    """The target by what its plan says, as readers know it; a code is for files."""
    return f"“{target.statement}”" if target.statement else target.code


@register.filter
def asked_words(target: Target) -> str:
    """What the target asks for, or that it is over."""
    if target.retired_on:
        return f"retired from {format_date(target.retired_on)}"
    return promised_words(target, measure_terms(target.measure)) if target.measure else MISSING


@register.filter
def floor_of(target: Target) -> str:
    measure = target.measure
    if target.floor is None or measure is None:
        return MISSING
    return format_value(target.floor, measure.unit, max(measure.decimals, places(target.floor)))


@register.filter
def due_words(target: Target) -> str:
    return format_date(target.due)
