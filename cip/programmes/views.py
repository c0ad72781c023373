"""The savings programmes, as published."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from cip.programmes.page import ProgrammePage, programme_page, programmes_known
from kpis.asked.address import Asked, asks


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks(is_kept=True)
def programme_list(request: HttpRequest, asked: Asked) -> HttpResponse:
    context = {"programmes": programmes_known(asked.known_at), "asked": asked}
    return render(request, "cip/programme_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks(is_kept=True)
def programme_detail(request: HttpRequest, asked: Asked, year: str) -> HttpResponse:
    """The printed table with the sum of its rows, and the rules of the programme."""
    page = asked_programme(asked, year)
    context = {
        "page": page,
        "programme": page.programme,
        "plan": page.programme.plan,
        "asked": asked,
    }
    return render(request, "cip/programme_detail.html", context)


def asked_programme(asked: Asked, year: str) -> ProgrammePage:
    """The programme named in the URL, as known at the moment asked for."""
    page = programme_page(year, asked.known_at)
    if page is None:
        then = " that was known then" if asked.known_at else ""
        raise Http404(f"There is no savings programme for {year}{then}.")
    return page
