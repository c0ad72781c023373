"""The savings programmes, as published."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from cip.programmes.page import ProgrammePage, programme_page, programmes_known
from kpis.asked.address import asked_moment, knows


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows()
def programme_list(request: HttpRequest) -> HttpResponse:
    known_at = asked_moment(request)
    context = {"programmes": programmes_known(known_at), "known_at": known_at}
    return render(request, "cip/programme_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows()
def programme_detail(request: HttpRequest, year: str) -> HttpResponse:
    """The printed table with the sum of its rows, and the rules of the programme."""
    page = asked_programme(request, year)
    context = {
        "page": page,
        "programme": page.programme,
        "plan": page.programme.plan,
        "known_at": asked_moment(request),
    }
    return render(request, "cip/programme_detail.html", context)


def asked_programme(request: HttpRequest, year: str) -> ProgrammePage:
    """The programme named in the URL, as known at the moment asked for."""
    known_at = asked_moment(request)
    page = programme_page(year, known_at)
    if page is None:
        then = " that was known then" if known_at else ""
        raise Http404(f"There is no savings programme for {year}{then}.")
    return page
