"""Choose which e-mails to get, and turn one kind off from the link in an e-mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from board.mail.choices import choose_mails, turn_off, wanted_by
from board.mail.forms import MailForm
from board.mail.links import read_off
from board.mail.readers import kinds_for
from kmpt_tracker.ui.forms import errors_of

NOT_OURS = "This link is not complete. Copy all of it from the e-mail, or choose when signed in."


@require_http_methods(["GET", "HEAD", "POST"])
def mail_choices(request: SignedInRequest) -> HttpResponse:
    """Which e-mails the person who is signed in gets."""
    kinds = kinds_for(request.access)
    wanted = wanted_by(request.user)
    form = MailForm(
        request.POST if request.method == "POST" else None,
        of=kinds,
        initial={"kinds": [kind.value for kind in kinds if kind in wanted]},
    )
    if form.is_bound and form.is_valid():
        changed = choose_mails(of=kinds, wanted=form.wanted, by=request.user, at=timezone.now())
        said = "Your choice is saved." if changed else "Nothing has changed."
        messages.success(request, said)
        return redirect("board:mail-choices")
    context = {"form": form, "kinds": kinds, "errors": errors_of(form)}
    return render(request, "board/mail_choices.html", context, status=409 if form.errors else 200)


# The link is its own proof: mail programs send it without a sign-in, a cookie or a form's token.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_off(request: HttpRequest, token: str) -> HttpResponse:
    """Turn one kind off. Opening the link only asks: programs open links before people do."""
    asked = read_off(token)
    if asked is None:
        raise Http404(NOT_OURS)
    is_done = request.method == "POST"
    if is_done:
        turn_off(asked, at=timezone.now())
    return render(request, "board/mail_off.html", {"kind": asked.kind, "is_done": is_done})
