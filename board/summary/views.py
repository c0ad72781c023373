"""The summary of every measure, and its matrix of variation and assurance."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.summary.page import FILTERS, summary_page
from kpis.asked.address import Asked, asks


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(*FILTERS, in_form=(*FILTERS, "as_at"), is_kept=True)
def summary(request: HttpRequest, asked: Asked) -> HttpResponse:
    return render(request, "board/summary.html", {"page": summary_page(asked), "asked": asked})


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(*FILTERS, in_form=(*FILTERS, "as_at"), is_kept=True)
def matrix(request: HttpRequest, asked: Asked) -> HttpResponse:
    return render(request, "board/matrix.html", {"page": summary_page(asked), "asked": asked})
