"""What the views of schemes share: finding one, and saving a form that the tracker may refuse."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.forms import Form
from django.http import Http404

from accounts.permissions import SignedInRequest, Who, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from cip.models import Programme, Scheme
from cip.standing.hold import SchemeChanged
from cip.standing.read import Standing, schemes_with_parents


def programme_or_404(year: str) -> Programme:
    found = Programme.objects.select_related("plan").filter(year=year).first()
    if found is None:
        raise Http404(f"There is no savings programme for {year}.")
    return found


def scheme_or_404(year: str, reference: str) -> Scheme:
    found = schemes_with_parents().filter(programme__year=year, reference__iexact=reference).first()
    if found is None:
        raise Http404(f"There is no scheme {reference} in the programme of {year}.")
    return found


def require_known(standing: Standing, known_at: datetime | None) -> None:
    """Not found at a moment before the scheme was entered."""
    if known_at is not None and not standing.stages:
        raise Http404(f"{standing.scheme.reference} was not known then: it was entered later.")


def own_scheme(request: SignedInRequest, year: str, reference: str) -> Scheme:
    """The scheme, for somebody who may change it."""
    scheme = scheme_or_404(year, reference)
    request.access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    return scheme


def is_saved(request: SignedInRequest, form: Form, act: Callable[[Who], object], done: str) -> bool:
    """Validate and save; a refusal is shown at its field, both values of what clashes above it."""
    if not form.is_valid():
        return False
    try:
        act(who_writes(request))
    except SchemeChanged as changed:
        form.add_error(None, str(changed))
        for clash in changed.clashes:
            form.add_error(
                None, f"{clash.label}: you typed “{clash.yours}”, it is “{clash.theirs}” now"
            )
        return False
    except Refused as refused:
        refused.add_to(form)
        return False
    messages.success(request, done)
    return True
