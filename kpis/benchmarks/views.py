"""The view in which figures of others are typed, imported after a preview, and withdrawn."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import asked_choice
from kpis.benchmarks.enter import (
    counted_measures,
    enter_figures,
    file_text,
    read_lines,
    withdraw_figure,
)
from kpis.benchmarks.forms import FigureForm, FileForm
from kpis.benchmarks.page import benchmarks_page, measures_compared, preview_table
from kpis.benchmarks.rows import Line, read_row
from kpis.dated_changes.views import Who, posted_key


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def benchmarks(request: SignedInRequest) -> HttpResponse:
    """Figures of others: what is there, one to type, and a file to import."""
    who: Who = {"by": request.user, "access": request.access, "at": timezone.now()}
    action = request.POST.get("action", "")
    measures = measures_compared()
    form = FigureForm(
        request.POST if action == "enter" else None,
        measures=measures,
        initial={"measure": asked_choice(request, "measure", (row.code for row in measures))},
    )
    is_file = action in ("preview", "import")
    upload = FileForm(request.POST, request.FILES) if is_file else FileForm()
    lines: list[Line] = []
    text, refusal, status = "", "", 200
    try:
        if action == "enter" and form.is_valid() and _is_entered(request, form, who):
            return redirect(request.path)
        if is_file and upload.is_valid():
            chosen = upload.cleaned_data["file"]
            text = file_text(chosen.read()) if chosen else upload.cleaned_data["text"]
            lines = read_lines(text, today=timezone.localdate())
            if action == "import" and _is_imported(request, lines, who):
                return redirect(request.path)
        if action == "withdraw":
            key, reason = posted_key(request, "row"), request.POST.get("reason", "")
            withdraw_figure(benchmark_id=key, reason=reason, **who)
            messages.success(request, "Withdrawn. Pages as known before keep it.")
            return redirect(request.path)
    except Refused as refused:
        status = 409
        sent = upload if is_file else form
        if sent.is_bound:
            refused.add_to(sent)
        else:
            refusal = str(refused)
    sent = upload if is_file else form
    context = {
        "page": benchmarks_page(),
        "form": form,
        "upload": upload,
        "text": text,
        "lines": lines,
        "preview": preview_table(lines) if lines else None,
        "wrong": sum(bool(line.faults) for line in lines),
        "new": sum(line.figure is not None and not line.is_there for line in lines),
        "errors": [("", refusal)] if refusal else errors_of(sent) if sent.is_bound else [],
    }
    return render(request, "kpis/benchmarks.html", context, status=status)


def _is_entered(request: SignedInRequest, form: FigureForm, who: Who) -> bool:
    figure, faults = read_row(form.cells(), counted_measures(), today=timezone.localdate())
    for field, words in faults:
        form.add_error(field if field in form.fields else None, words)
    if figure is None:
        return False
    enter_figures(figures=[figure], **who)
    messages.success(request, f"Entered: it is drawn with {figure.measure.name}.")
    return True


def _is_imported(request: SignedInRequest, lines: list[Line], who: Who) -> bool:
    """Store a file that was previewed: all of it, or nothing where a row is wrong."""
    if wrong := sum(bool(line.faults) for line in lines):
        rows = "1 row is" if wrong == 1 else f"{wrong} rows are"
        raise Refused(f"{rows} wrong: nothing is saved. Put the file right, and read it again")
    figures = [line.figure for line in lines if line.figure and not line.is_there]
    enter_figures(figures=figures, **who)
    same = len(lines) - len(figures)
    messages.success(request, f"{len(figures)} figures are entered, {same} were there already.")
    return True
