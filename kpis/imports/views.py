"""Bring figures in by file: choose it, look at what it would do, confirm."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from kpis.asked.address import asked_choice, refuse_unknown
from kpis.imports.batch import (
    AT_ONCE,
    answer,
    choose_sheet,
    find_batch,
    plan_again,
    read_again,
    receive,
    recent_imports,
    safe_name,
    save_import,
)
from kpis.imports.files import TOO_LARGE, lay_file
from kpis.imports.history import decide_import
from kpis.imports.layouts import ManySheets
from kpis.imports.page import ImportList, import_page
from kpis.imports.register import defaults_of
from kpis.imports.rows_file import rows_csv, rows_of, rows_of_history, rows_on_record
from kpis.imports.sheets import MOST_BYTES, FileRefused
from kpis.imports.verdicts import plan_import
from kpis.models import ImportBatch

NO_FILE = "Select a file"
ANSWERS = ("swap", "leaves_out")
# A larger file is opened in the background: 20,000 rows of a workbook take 4 s.
OPENED_AT_ONCE = 100_000


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.ENTER_RETURNS)
def import_list(request: SignedInRequest) -> HttpResponse:
    """Choose a file; the latest imports."""
    error = ""
    if request.method == "POST":
        try:
            return redirect(_received(request))
        except FileRefused as refused:
            error = str(refused)
    batches = recent_imports(by=request.user, access=request.access)
    context = {"page": ImportList(tuple(batches)), "errors": [("file", error)] if error else []}
    return render(request, "kpis/import_list.html", context)


def _received(request: SignedInRequest) -> ImportBatch:
    file = request.FILES.get("file")
    if file is None or not file.name:
        raise FileRefused(NO_FILE)
    # Its size is known before its content is read.
    if (file.size or 0) >= MOST_BYTES:
        raise FileRefused(TOO_LARGE)
    data, who = file.read(), who_writes(request)
    file_read: Any = {"name": file.name, "data": data, "door": ImportBatch.Door.FILE}
    # A name that cannot be kept as it is may hide the ending, by which the file is read later.
    if len(data) > OPENED_AT_ONCE and safe_name(file.name) == file.name:
        return receive(**file_read, **who)
    try:
        laid = lay_file(file.name, data, defaults_of(request.access))
    except ManySheets as several:
        return receive(**file_read, sheets=several.sheets, **who)
    plan = plan_import(laid, **who) if len(laid.lines) <= AT_ONCE else None
    return receive(**file_read, laid=laid, plan=plan, **who)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.ENTER_RETURNS)
def import_detail(request: SignedInRequest, batch: int) -> HttpResponse:
    """One import: its preview and confirmation, or its result."""
    found = _batch_or_404(request, batch)
    refusal = ""
    if request.method == "POST":
        try:
            return _confirmed(request, found)
        except Refused as refused:
            refusal = str(refused)
            found = _batch_or_404(request, batch)
            if found.preview:  # as it was read: look at it as it is now
                found = read_again(batch_id=batch, by=request.user, at=timezone.now())
    if found.read_by_id == request.user.pk:  # what was refused in the background
        refusal = refusal or found.kept.get("refusal", "")
    page = import_page(found, by=request.user, access=request.access, at=timezone.now())
    context = {"page": page, "shown": page.shown, "batch": found, "refusal": refusal}
    is_refused = request.method == "POST" and bool(refusal)
    return render(request, "kpis/import_detail.html", context, status=409 if is_refused else 200)


def _confirmed(request: SignedInRequest, batch: ImportBatch) -> HttpResponse:
    who = who_writes(request)
    if request.POST.get("action") in ANSWERS:
        answered, _ = answer(batch_id=batch.pk, option=request.POST["action"], **who)
        return redirect(answered)
    if request.POST.get("action") == "sheet":
        return redirect(choose_sheet(batch_id=batch.pk, sheet=request.POST.get("sheet", ""), **who))
    if request.POST.get("action") in ("approve", "return"):
        approves = request.POST.get("action") == "approve"
        reason = request.POST.get("reason", "")
        decided = decide_import(batch_id=batch.pk, approves=approves, reason=reason, **who)
        done = "Approved: the figures count from now on." if approves else "Sent back."
        messages.success(request, done)
        return redirect(decided)
    saved = save_import(batch_id=batch.pk, seen=request.POST.get("seen", ""), **who)
    if saved.status == ImportBatch.Status.SAVING:  # its page says how far it is
        return redirect(saved)
    if saved.figures:
        messages.success(request, "Proposed. Someone else of the performance team decides.")
        return redirect(saved)
    count = saved.added + saved.changed
    messages.success(
        request,
        f"{count:,} figure{' is' if count == 1 else 's are'} saved as "
        f"{'a draft' if count == 1 else 'drafts'}. Nothing is sent until the return is submitted.",
    )
    return redirect(saved)


@require_safe
@permitted(Capability.ENTER_RETURNS)
def import_rows(request: SignedInRequest, batch: int) -> StreamingHttpResponse:
    """The rows of an import as a file; `?only=refused` leaves out the others."""
    found, now = _batch_or_404(request, batch), timezone.now()
    refuse_unknown(request.GET, {"only"})
    only = asked_choice(request, "only", ("refused",))
    rows = rows_of_history(found) if found.figures else rows_on_record(found)
    is_own = found.read_by_id == request.user.pk and found.is_held(now)
    if is_own and "lines" in found.kept:
        _, plan = plan_again(found, access=request.access, at=now)
        rows = rows_of(plan, refused_only=bool(only))
    response = StreamingHttpResponse(rows_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{found.pk}.csv"'
    return response


def _batch_or_404(request: SignedInRequest, key: int) -> ImportBatch:
    # A longer number may be too large for a key in the database.
    batch = None
    if key < 10**18:
        batch = find_batch(key, by=request.user, access=request.access)
    if batch is None:
        raise Http404("There is no such import that you may read.")
    return batch
