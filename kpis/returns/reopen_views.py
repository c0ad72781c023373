"""Opening one return of a locked month again, and closing it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.fields import Reason
from kmpt_tracker.ui.forms import errors_of, nhsuk_helper
from kpis.months.due import why_no_return
from kpis.returns.in_hand import find_return
from kpis.returns.reopen import close_return, reopen_return
from kpis.returns.states import ReturnRefused
from kpis.returns.views import period_or_404
from strategy.selectors import find_care_group


class ReopenReturnForm(forms.Form):
    reason = Reason(label="Why it is opened again", asks="why the return is opened again")

    helper = nhsuk_helper("Open the return again")


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.APPROVE_RETURNS)
def return_reopen(request: SignedInRequest, period: str, care_group: str) -> HttpResponse:
    """What opening or closing does, and the button that does it."""
    group, row = find_care_group(care_group), period_or_404(period)
    if group is None or (why := why_no_return(group, row.month)):
        raise Http404(why if group else "There is no such care group.")
    form = ReopenReturnForm(request.POST or None)
    is_closing = request.POST.get("to") == "close"
    if request.method == "POST" and (is_closing or form.is_valid()):
        asked: dict[str, Any] = {"month": row.month, "care_group": group, "by": request.user}
        try:
            with transaction.atomic():
                if is_closing:
                    close_return(**asked, access=request.access, at=timezone.now())
                else:
                    reason = form.cleaned_data["reason"]
                    reopen_return(**asked, access=request.access, at=timezone.now(), reason=reason)
        except ReturnRefused as error:
            messages.error(request, f"{error}.")
        else:
            done = "closed" if is_closing else "open again"
            messages.success(request, f"The return of {group}, {row.month.label}, is {done}.")
        return redirect("kpis:return-period", str(row.month))
    submission = find_return(period=row, care_group=group)
    if row.locked_at is None:
        messages.error(request, f"{row.month.full_label} is not locked.")
        return redirect("kpis:return-period", str(row.month))
    context = {"submission": submission, "form": form, "errors": errors_of(form)}
    return render(request, "kpis/return_reopen.html", context)
