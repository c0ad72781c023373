"""What every page needs: its reader, and the menu of pages that the reader may open."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, get_script_prefix, get_urlconf, resolve


@dataclass(frozen=True)
class Place:
    """An entry of the menu: words, address, and the capability that its page asks for.

    Without one the page is for everybody who is signed in. `counts` names the number next to it,
    which the context holds. `is_public`: everyone reads it while the dashboards are public.
    """

    words: str
    address: str
    capability: str = "read_dashboards"
    counts: str = ""
    is_public: bool = False


@dataclass(frozen=True)
class Entry:
    words: str
    url: str
    is_current: bool
    is_here: bool
    counts: str = ""


MENU = (
    Place("To do", "/todo/", "", counts="to_do"),
    Place("Strategy on a page", "/", is_public=True),
    Place("Measures", "/measures/", is_public=True),
    Place("Plans", "/plans/", is_public=True),
    Place("Monthly return", "/returns/", "read_drafts"),
    Place("Import", "/imports/", "enter_returns"),
    Place("Savings (CIP)", "/cip/", "read_schemes"),
    Place("Exports", "/exports/", "use_datasets"),
    Place("Organisation", "/organisation/", "edit_plans"),
)

SEARCH = Place("Search", "/search/")


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The menu, without pages that do not exist or that the reader may not open.

    It asks `request.access` for `may(capability)` and `may_read_publicly`; without that the menu
    is empty. `reads_publicly`: the page is drawn for everyone, and leads nowhere that asks to
    sign in. `trust_name` is the name in force today; a page about a past month passes its own, of
    then.
    """
    access = getattr(request, "access", None)
    return {
        "trust_name": getattr(request, "trust_name", None),
        "menu": [
            Entry(
                place.words,
                _url(place.address),
                is_current=_contains(place, request.path),
                is_here=request.path == _url(place.address),
                counts=place.counts,
            )
            for place in MENU
            if _exists(place.address) and _may(request, place)
        ],
        "search_url": _url(SEARCH.address)
        if _exists(SEARCH.address) and _may(request, SEARCH)
        else "",
        "reads_publicly": access is not None and access.may_read_publicly,
        "reader_roles": sorted(role.label for role in access.roles) if access else [],
    }


def _url(address: str) -> str:
    return get_script_prefix() + address.removeprefix("/")


def _exists(address: str) -> bool:
    return _is_page(address, get_urlconf() or settings.ROOT_URLCONF)


@cache
def _is_page(address: str, addresses: str) -> bool:
    """Whether the address is among the `addresses`. Kept: to look up the menu takes a fifth of an
    empty page.
    """
    try:
        resolve(address, addresses)
    except Resolver404:
        return False
    return True


def _may(request: HttpRequest, place: Place) -> bool:
    access = getattr(request, "access", None)
    if access is None:
        return False
    if place.is_public and access.may_read_publicly:
        return True
    return access.may(place.capability) if place.capability else bool(access.roles)


def _contains(place: Place, path: str) -> bool:
    """Whether the path is in the place's section; the home page is a section of its own."""
    url = _url(place.address)
    return path == url or (place.address != "/" and path.startswith(url))
