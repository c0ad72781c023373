"""The clocks of the months, and the form that changes one."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.months.change import ClockChanged, change_clock
from kpis.months.clock import PeriodRefused, period_of
from kpis.months.forms import ClockForm
from kpis.months.page import MonthClock, months_page
from strategy.moments import london_date
from strategy.periods import Month

# The NHS began in July 1948.
EARLIEST, MONTHS_AHEAD = Month(1948, 7), 24


@require_safe
@permitted(Capability.READ_DRAFTS)
def month_list(request: SignedInRequest) -> HttpResponse:
    """Every month's clock, the next months' too, and the bank holidays that it goes by."""
    page = months_page(
        now=timezone.now(),
        may_edit=request.access.may(Capability.EDIT_MONTHS),
        may_lock=request.access.may(Capability.APPROVE_RETURNS),
    )
    return render(request, "kpis/month_list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_MONTHS)
def month_clock(request: SignedInRequest, period: str) -> HttpResponse:
    """One month's clock, with the form that changes it."""
    now = timezone.now()
    month = _month_or_404(period, now)
    form = ClockForm(request.POST or None, period=period_of(month, at=now))
    conflicts, status = [], 200
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_clock(
                month=month,
                version=form.cleaned_data["version"],
                wanted=form.clock(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                access=request.access,
                at=now,
            )
        except ClockChanged as error:
            conflicts, status = error.conflicts, 409
            error.add_to(form)
            form = form.on_top_of(period_of(month, at=now).version)
        except PeriodRefused as error:
            status = 409
            error.add_to(form)
        else:
            said = "is saved" if changed else "is as it was: nothing differs"
            messages.success(request, f"The clock of {month.full_label} {said}.")
            return redirect("kpis:month-list")
    context = {
        "clock": MonthClock(period_of(month, at=now), now),
        "form": form,
        "conflicts": conflicts,
        "errors": errors_of(form) if form.is_bound else [],
    }
    return render(request, "kpis/month_clock.html", context, status=status)


def _month_or_404(text: str, now: datetime) -> Month:
    current = Month.of(london_date(now))
    try:
        month = Month.parse(text)
    except ValueError:
        raise Http404("There is no such month. An address has it as 2026-03.") from None
    if not EARLIEST <= month <= current.plus(MONTHS_AHEAD):
        raise Http404("The clock is kept from July 1948 to two years from now.")
    return month
