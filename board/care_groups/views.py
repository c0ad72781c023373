"""One care group: every measure it reports, and its share of the savings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.care_groups.page import care_group_page
from kpis.asked.address import Asked, asks, care_group_or_404
from strategy.recorded import restored


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(is_kept=True)
def care_group_detail(request: HttpRequest, asked: Asked, code: str) -> HttpResponse:
    (care_group,) = restored([care_group_or_404(code)], asked.known_at)
    page = care_group_page(care_group, asked)
    context = {"page": page, "care_group": care_group, "asked": asked}
    return render(request, "board/care_group_detail.html", context)
