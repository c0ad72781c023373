"""The savings programmes: their years, one of them, and its schemes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from cip.models import Programme
from cip.programmes.chosen import FILTERS, chosen
from cip.programmes.landing import landing
from cip.programmes.page import ProgrammePage, find_programme, programme_page
from kpis.asked.address import Asked, asks
from strategy.periods import FinancialYear

# More than these are on the page of schemes: a table of 500 doubles the time of a programme's page.
MOST_SCHEMES = 100


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(is_kept=True, has_figures=False)
def programme_list(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Every year with its target, what was delivered and the gap; this year's first."""
    context = {
        "page": landing(asked.known_at, FinancialYear.of(asked.day)),
        "may_add": access_of_reader(request).may(Capability.SIGN_OFF_SAVINGS),
        "asked": asked,
    }
    return render(request, "cip/programme_list.html", context)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(*FILTERS, "show", is_kept=True, has_figures=False, in_form=FILTERS)
def programme_detail(request: HttpRequest, asked: Asked, year: str) -> HttpResponse:
    """From target to delivered pound; what the plan says is on its own tab."""
    page = asked_page(asked, year, tab=asked.choice("show", ["plan"]), most=MOST_SCHEMES)
    return render(request, "cip/programme_detail.html", _context(request, asked, page))


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(*FILTERS, is_kept=True, has_figures=False, in_form=FILTERS)
def scheme_list(request: HttpRequest, asked: Asked, year: str) -> HttpResponse:
    """Only the schemes of a year, filtered and sorted."""
    page = asked_page(asked, year)
    return render(request, "cip/scheme_list.html", _context(request, asked, page))


def _context(request: HttpRequest, asked: Asked, page: ProgrammePage) -> dict:
    access = access_of_reader(request)
    return {
        "page": page,
        "programme": page.programme,
        "plan": page.programme.plan,
        "asked": asked,
        "may_edit": access.may(Capability.EDIT_SCHEMES) and asked.known_at is None,
        "may_sign_off": access.may(Capability.SIGN_OFF_SAVINGS) and asked.known_at is None,
    }


def asked_programme(asked: Asked, year: str) -> Programme:
    """The programme named in the URL, as known at the moment asked for."""
    programme = find_programme(year, asked.known_at)
    if programme is None:
        then = " that was known then" if asked.known_at else ""
        raise Http404(f"There is no savings programme for {year}{then}.")
    return programme


def asked_page(asked: Asked, year: str, *, tab: str = "", most: int | None = None) -> ProgrammePage:
    programme = asked_programme(asked, year)
    return programme_page(
        programme,
        asked.known_at,
        choose=lambda groups: chosen(asked, groups, programme.financial_year),
        tab=tab,
        most=most,
    )
