"""One care group: every measure it reports, and its share of the savings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.care_groups.page import care_group_page
from kpis.asked.address import asked_moment, care_group_or_404, knows
from strategy.recorded import restored


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows()
def care_group_detail(request: HttpRequest, code: str) -> HttpResponse:
    care_group = care_group_or_404(code)
    known_at = asked_moment(request)
    (care_group,) = restored([care_group], known_at)
    page = care_group_page(care_group, now=timezone.now(), known_at=known_at)
    context = {"page": page, "care_group": care_group, "known_at": known_at}
    return render(request, "board/care_group_detail.html", context)
