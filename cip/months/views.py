"""Finance signs months off; the calendar, and the monthly reports that go with it."""

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, access_of_reader, permitted, who_writes
from accounts.roles import Capability
from cip.models import LedgerImport, Programme
from cip.months.ledger import Look, batch_of, read_ledger, save_ledger
from cip.months.page import month_page, next_unsigned, report_page
from cip.months.sign_off import sign_off_month
from cip.programmes.calendar import occasions
from cip.programmes.forms import (
    CalendarForm,
    LedgerForm,
    ProgrammeForm,
    TargetForm,
    TransferForm,
    WeightsForm,
)
from cip.programmes.set_up import (
    add_programme,
    change_targets,
    change_weights,
    move_target,
    set_calendar,
    weights_now,
)
from cip.programmes.targets import targets_now
from cip.programmes.views import asked_programme
from cip.standing.answering import is_saved, programme_or_404
from cip.standing.hold import SchemeRefused
from kmpt_tracker.ui.formats import format_count
from kmpt_tracker.ui.forms import errors_of
from kmpt_tracker.ui.typed import NumberRules, parse_number
from kpis.asked.address import Asked, BadParameter, asks
from strategy.models import CareGroup
from strategy.periods import Month, london_date
from strategy.selectors import care_groups_in_order

REPORTS = ("programme", "quality")
SUM = NumberRules(name="Sum", unit="pounds_thousand", offers_no_data=False)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.SIGN_OFF_SAVINGS)
@asks("month")
def months(request: SignedInRequest, asked: Asked, year: str) -> HttpResponse:
    """A month of a programme, signed off care group by care group."""
    programme = programme_or_404(year)
    text = request.POST.get("month") or asked.text("month")
    month = _month(text) if text else next_unsigned(programme, asked.day, asked.known_at)
    if month not in programme.financial_year.months:
        raise BadParameter("month", f"“month”: {month.label} is not a month of {programme}.")
    problem = ""
    if request.method == "POST":
        try:
            row = sign_off_month(
                programme_id=programme.pk,
                care_group_id=_key(request.POST.get("care_group", "")),
                month=month,
                seen=parse_number(request.POST.get("seen", ""), SUM).value or Decimal(0),
                **who_writes(request),
            )
            messages.success(request, f"{month.label} is signed off for {row.care_group}.")
            return redirect(f"{request.path}?month={month}")
        except SchemeRefused as refused:
            problem = str(refused)
    page = month_page(programme, month, asked.known_at)
    errors = [("", problem)] if problem else []
    context = {"page": page, "programme": programme, "errors": errors, "asked": asked}
    return render(request, "cip/months.html", context, status=409 if problem else 200)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as problem:
        raise BadParameter("month", f"“month”: {problem}") from None


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.SIGN_OFF_SAVINGS)
def programme_new(request: SignedInRequest) -> HttpResponse:
    """Set up a programme for a new year."""
    groups = [
        group
        for group in care_groups_in_order().in_force_on(timezone.localdate())  # type: ignore[attr-defined]
        if group.level != CareGroup.Level.TRUST
    ]
    form = ProgrammeForm(request.POST or None, groups=groups)
    if request.method == "POST" and is_saved(
        request, form, lambda who: add_programme(entry=form.entry(), **who), "Set up."
    ):
        return redirect("cip:programme-list")
    context = {"form": form, "errors": errors_of(form)}
    status = 409 if form.is_bound and form.errors else 200
    return render(request, "cip/programme_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.SIGN_OFF_SAVINGS)
def transfers(request: SignedInRequest, year: str) -> HttpResponse:
    """Move part of a target to another care group, or change the targets or the weights."""
    programme = programme_or_404(year)
    targets = targets_now(programme)
    action = request.POST.get("action", "")
    sent = {}
    if request.method == "POST":
        sent[action if action in ("change", "weights") else "move"] = request.POST
    form = TransferForm(sent.get("move"), groups=list(targets))
    change = TargetForm(sent.get("change"), targets=targets, programme=programme)
    weights = WeightsForm(sent.get("weights"), weights=weights_now(programme))
    is_done = False
    if change.is_bound:
        is_done = is_saved(
            request,
            change,
            lambda who: change_targets(programme_id=programme.pk, **change.entry(), **who),
            "Changed.",
        )
    elif weights.is_bound:
        is_done = is_saved(
            request,
            weights,
            lambda who: change_weights(programme_id=programme.pk, **weights.entry(), **who),
            "The weights are changed.",
        )
    elif form.is_bound:
        is_done = is_saved(
            request,
            form,
            lambda who: move_target(
                programme_id=programme.pk,
                from_group=int(form.cleaned_data["from_group"]),
                to_group=int(form.cleaned_data["to_group"]),
                amount=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                **who,
            ),
            "Moved.",
        )
    if is_done:
        return redirect(programme.get_absolute_url())
    forms = {"form": form, "change": change, "weights": weights}
    errors = [problem for one in forms.values() for problem in errors_of(one)]
    context = {**forms, "programme": programme, "errors": errors}
    return render(request, "cip/transfers.html", context, status=409 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.READ_SCHEMES)
def calendar(request: SignedInRequest, year: str) -> HttpResponse:
    """The meetings and reports of a year; finance sets their days."""
    programme = programme_or_404(year)
    may_set = request.access.may(Capability.SIGN_OFF_SAVINGS)
    if request.method == "POST":
        request.access.require(Capability.SIGN_OFF_SAVINGS)
    form = CalendarForm(request.POST or None, programme=programme)
    if request.method == "POST" and is_saved(
        request,
        form,
        lambda who: set_calendar(programme_id=programme.pk, **form.cleaned_data, **who),
        "The calendar is set.",
    ):
        return redirect(request.path)
    context = {
        "programme": programme,
        "occasions": occasions(
            programme.financial_year,
            first_meeting_on=programme.first_meeting_on,
            report_on_day=programme.report_on_day,
            quality_report_on_day=programme.quality_report_on_day,
        ),
        "today": timezone.localdate(),
        "since": _known_since(programme),
        "form": form if may_set else None,
        "errors": errors_of(form) if may_set else [],
    }
    status = 409 if form.is_bound and form.errors else 200
    return render(request, "cip/calendar.html", context, status=status)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks()
def report(request: HttpRequest, asked: Asked, year: str, kind: str, month: str) -> HttpResponse:
    """A monthly report as a page to print."""
    programme = asked_programme(asked, year)
    page = report_page(
        programme,
        report_month(year, kind, month),
        kind,
        today=asked.today,
        known_at=asked.known_at,
    )
    context = {
        "page": page,
        "programme": programme,
        "asked": asked,
        "may_read": access_of_reader(request).may(Capability.READ_SCHEMES),
    }
    return render(request, "cip/report.html", context)


def _known_since(programme: Programme) -> date:
    """The first day of which a report can be read as known then."""
    if programme.plan is not None:
        return london_date(programme.plan.known_from)
    first = programme.history.earliest("history_date")
    return london_date(first.history_date)


def report_month(year: str, kind: str, text: str) -> Month:
    try:
        month = Month.parse(text)
    except ValueError as problem:
        raise Http404(str(problem)) from None
    if kind not in REPORTS or month.financial_year.code != year:
        raise Http404(f"There is no such report of {year}.")
    return month


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.SIGN_OFF_SAVINGS)
def ledger(request: SignedInRequest, year: str) -> HttpResponse:
    """Read an extract of the ledger, look at what it would record, and save it."""
    programme = programme_or_404(year)
    is_saving = request.POST.get("action") == "save"
    batch, problem = None, ""
    is_sent = request.method == "POST" and not is_saving
    form = LedgerForm(request.POST, request.FILES) if is_sent else LedgerForm()
    try:
        if is_saving:
            batch = batch_of(programme, _key(request.POST.get("batch", "")))
            if batch is None:
                raise Http404("There is no such extract in this programme.")
            seen = request.POST.get("seen", "")
            reason = request.POST.get("reason", "")[:1000]
            save_ledger(batch_id=batch.pk, seen=seen, reason=reason, **who_writes(request))
            messages.success(request, f"Saved: {format_count(batch.lines, 'line')} of the ledger.")
            return redirect(programme.get_absolute_url())
        if is_sent and form.is_valid():
            file = form.cleaned_data["file"]
            batch = read_ledger(
                programme_id=programme.pk, name=file.name, data=file.read(), **who_writes(request)
            )
    except SchemeRefused as refused:
        problem = str(refused)
        if not is_saving:
            refused.add_to(form)
            problem = ""
    if batch and batch.problems:
        problem = f"{batch.file_name} is refused: nothing of it was kept"
    is_open = batch is not None and batch.status == LedgerImport.Status.READ
    context = {
        "programme": programme,
        "form": form,
        "batch": batch,
        "look": Look.at(batch, timezone.now()) if batch and is_open else None,
        "read": format_count(batch.lines, "line") if batch else "",
        "reason": request.POST.get("reason", ""),
        "errors": [*errors_of(form), *([("", problem)] if problem else [])],
    }
    is_refused = problem or form.errors
    return render(request, "cip/ledger.html", context, status=409 if is_refused else 200)
