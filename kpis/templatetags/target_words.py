"""What the reader of a plan or a measure may change, and where."""

from django import template
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import access_of_reader
from accounts.roles import Capability
from kpis.models import Measure

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
