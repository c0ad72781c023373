"""The dashboard of one ambition."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.ambitions.page import AmbitionPage, ambition_page
from kpis.asked.address import Asked, asks
from kpis.asked.opening import month_options
from strategy.selectors import trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("period", in_form=("period", "as_at"), is_kept=True)
def ambition_detail(request: HttpRequest, asked: Asked, plan: str, position: int) -> HttpResponse:
    page = asked_ambition(asked, plan, position)
    context = {
        "page": page,
        "asked": asked,
        "months": month_options(asked.opens(page.plan).month, page.month),
        "trust_name": trust_name_on(page.month.end),
    }
    return render(request, "board/ambition_detail.html", context)


def asked_ambition(asked: Asked, plan: str, position: int) -> AmbitionPage:
    """The ambition named in the URL, in the month and as known at the moment asked for."""
    row = asked.plan(plan)
    page = ambition_page(row, position, asked.month(row), asked.clock, known_at=asked.known_at)
    if page is None:
        raise Http404(f"{row.title} has no ambition in place {position}.")
    return page
