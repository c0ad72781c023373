"""What the reader of a plan may change."""

from django import template
from django.http import HttpRequest

from accounts.permissions import access_of_reader
from accounts.roles import Capability

register = template.Library()


@register.filter
def may_edit_plans(request: HttpRequest) -> bool:
    return access_of_reader(request).may(Capability.EDIT_PLANS)
