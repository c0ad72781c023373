"""Search from every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from board.search.page import KINDS, search_page
from kpis.asked.address import Asked, asks


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks("q", in_form=("q", "as_at"))  # `kind` and `page` are of one list: no link carries them
def search(request: HttpRequest, asked: Asked) -> HttpResponse:
    page = search_page(
        asked.words("q"),
        access_of_reader(request),
        known_at=asked.known_at,
        kind=asked.choice("kind", KINDS),
        number=asked.number("page"),
    )
    return render(request, "board/search.html", {"page": page, "asked": asked})
