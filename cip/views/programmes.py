"""The savings programmes, as published."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from cip.models import Programme
from cip.programme_page import find_programme, programme_page, programmes_newest_first


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def programme_list(request: HttpRequest) -> HttpResponse:
    context = {"programmes": programmes_newest_first()}
    return render(request, "cip/programme_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def programme_detail(request: HttpRequest, year: str) -> HttpResponse:
    """The printed table beside the sum of its rows, and the rules of the programme."""
    page = programme_page(year)
    if page is None:
        raise _unknown(year)
    context = {"page": page, "programme": page.programme, "plan": page.programme.plan}
    return render(request, "cip/programme_detail.html", context)


def _unknown(year: str) -> Http404:
    return Http404(f"There is no savings programme for {year}.")


def programme_or_404(year: str) -> Programme:
    found = find_programme(year)
    if found is None:
        raise _unknown(year)
    return found
