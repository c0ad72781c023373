"""The heat maps of a plan's measures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.heatmap.page import FILTERS, heat_page
from kpis.asked.address import TO_OPEN, Asked, asks


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(*FILTERS, in_form=(*FILTERS, "as_at"), codes=TO_OPEN, is_kept=True)
def heatmap(request: HttpRequest, asked: Asked) -> HttpResponse:
    return render(request, "board/heatmap.html", {"page": heat_page(asked), "asked": asked})
