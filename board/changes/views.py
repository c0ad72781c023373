"""What changed in a plan between two looks at it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.changes.page import FILTERS, changes_page
from kpis.asked.address import TO_OPEN, Asked, asks


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks(*FILTERS, in_form=(*FILTERS, "as_at"), codes=TO_OPEN, is_kept=True)
def changes(request: HttpRequest, asked: Asked) -> HttpResponse:
    return render(request, "board/changes.html", {"page": changes_page(asked), "asked": asked})
