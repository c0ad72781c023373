"""Views that withdraw words which should not stay, such as a patient's name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kpis.asked.address import Asked, BadParameter
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.withdrawals.words import (
    Place,
    Why,
    find_text,
    place_of,
    same_words,
    withdraw_text,
)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def text_withdrawal(request: SignedInRequest) -> HttpResponse:
    """Find words in every text, and empty the texts that are chosen.

    The words looked for are posted and never in an address, because addresses are logged and
    remembered by browsers.
    """
    if request.method != "POST":
        token = Asked(request.GET, now=timezone.now()).text("place")
        place = place_of(token)
        if token and place is None:
            raise BadParameter("place", "“place” names no words, or none that are still there.")
        return _show(request, same_words([place]) if place else [])
    tokens = request.POST.getlist("place")
    words = request.POST.get("words", "")
    try:
        if request.POST.get("action") != "withdraw":
            return _show(request, find_text(words), words=words, has_looked=True)
        why = request.POST.get("why", "")
        count = withdraw_text(
            tokens=tokens, why=why, by=request.user, access=request.access, at=timezone.now()
        )
    except ChangeRefused as refused:
        chosen = [place for token in tokens if (place := place_of(token))]
        return _show(request, chosen, words=words, refusal=str(refused), status=409)
    places = "place" if count == 1 else "places"
    messages.success(request, f"Withdrawn: the words are gone from {count} {places}.")
    return redirect("kpis:text-withdrawal")


def _show(
    request: SignedInRequest,
    places: list[Place],
    *,
    words: str = "",
    has_looked: bool = False,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "places": places,
        "words": words,
        "has_looked": has_looked,
        # Texts that contain the words are chosen one by one; identical texts are withdrawn
        # together.
        "are_chosen": not has_looked,
        "refusal": refusal,
        "reasons": [(why.value, why.label) for why in Why],
    }
    return render(request, "kpis/text_withdrawal.html", context, status=status)
