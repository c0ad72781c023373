"""Views in which a plan is drafted, its outline edited in place, and adopted by a second person."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_count
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import BadParameter, asked_choice, plan_or_404
from kpis.models import DraftLine, PlanDraft
from kpis.promises.choices import care_groups_to_choose, measures_to_choose
from kpis.workbench import adopt as adopting
from kpis.workbench import lines, paste, start
from kpis.workbench.acts import act
from kpis.workbench.drafts import draft_of, drafts_open, line_of, plans_to_follow
from kpis.workbench.forms import AdoptionForm, HeaderForm, LineForm, StartForm, TextForm, WordsForm
from kpis.workbench.outline import outline_of

Kind = DraftLine.Kind


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_new(request: SignedInRequest) -> HttpResponse:
    """Begin a draft; those that are open already are listed."""
    form = StartForm(request.POST or None, plans=plans_to_follow())
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            draft = start.start_draft(
                code=form.cleaned_data["code"],
                header=form.header(),
                follows_id=form.follows_id,
                copies=form.cleaned_data["copies"],
                **who_writes(request),
            )
        except Refused as refused:
            refused.add_to(form)
            status = 409
        else:
            messages.success(request, "Begun. Nobody else sees it before it is adopted.")
            return redirect(draft)
    context = {"form": form, "drafts": drafts_open(), "errors": errors_of(form)}
    return render(request, "kpis/plan_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_edit(request: SignedInRequest, plan: str) -> HttpResponse:
    """The outline of a draft, edited in place; for an adopted plan, how each part is changed."""
    draft = draft_of(plan)
    if draft is None:
        return render(request, "kpis/plan_adopted.html", {"plan": plan_or_404(plan)})
    if request.POST.get("action", "").partition(":")[0] in ("read", "take", "split"):
        return _text(request, draft)
    editing = _line_asked(request, draft)
    form = _form(request, draft, editing)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            if form is None or form.is_valid():
                done = act(request, draft, editing, form)
                messages.success(request, done.said)
                if not draft.pk:
                    return redirect("kpis:plan-new")
                return redirect(f"{draft.get_absolute_url()}{_place(done.line_id)}")
            if form.clashes:
                status = 409
        except Refused as refused:
            status = 409
            if form is None:
                refusal = str(refused)
            else:
                refused.add_to(form)
    outline = outline_of(draft, now=timezone.now())
    if asked_choice(request, "show", ("page",)):
        return render(request, "kpis/plan_preview.html", {"outline": outline, "draft": draft})
    adding, under = _adding(request)
    at = str(editing.pk) if editing else request.GET.get("at", under)
    context = {
        "outline": outline,
        "open": outline.part_of(at),
        "adding": adding,
        "under": under,
        "draft": draft,
        "editing": editing,
        "form": form,
        "text": TextForm(),
        "header": HeaderForm(draft=draft) if form is None or editing else form,
        "errors": [("", refusal)] if refusal else errors_of(form) if form else [],
    }
    return render(request, "kpis/plan_edit.html", context, status=status)


def _text(request: SignedInRequest, draft: PlanDraft) -> HttpResponse:
    """A pasted text, line by line as it is proposed; what a person keeps of it is added."""
    form = TextForm(request.POST)
    rows, refusal = [], ""
    action, _, at = request.POST["action"].partition(":")
    try:
        if action == "split":
            rows, form = paste.sent_again(request.POST, at), TextForm()
        elif action == "take":
            taken = paste.kept(request.POST)
            lines.add_lines(
                draft_id=draft.pk,
                lines=taken.lines,
                mission=taken.mission,
                vision=taken.vision,
                **who_writes(request),
            )
            kept = format_count(len(taken.lines), "line")
            messages.success(request, f"Kept: {kept}. Check each promise.")
            return redirect(draft)
        elif form.is_valid():
            rows = paste.readings(form.cleaned_data["text"])
    except Refused as refused:
        refusal = str(refused)
        rows = paste.sent_again(request.POST)
    context = {
        "draft": draft,
        "rows": rows,
        "form": form,
        "place": request.POST.get("place", ""),
        "errors": [("", refusal)] if refusal else errors_of(form),
    }
    return render(request, "kpis/plan_text.html", context, status=409 if refusal else 200)


def _line_asked(request: SignedInRequest, draft: PlanDraft) -> DraftLine | None:
    asked = request.POST.get("line") or request.GET.get("line", "")
    if not asked:
        return None
    found = line_of(draft, asked)
    if found is None and request.method != "POST":
        raise BadParameter("line", "There is no line of that number in this draft.")
    return found


def _adding(request: SignedInRequest) -> tuple[str, str]:
    """The kind of line that is asked to be added, and the line under which."""
    if request.POST.get("action") != "add":
        return asked_choice(request, "add", Kind.values), request.GET.get("under", "")
    source = request.POST
    kind = source.get("kind", "") or source.get("add", "")
    return (kind if kind in Kind.values else ""), source.get("under", "")


def _place(key: int | None) -> str:
    """Where on the page a line is: the part that it stands in is open then."""
    return f"?at={key}#line-{key}" if key else ""


def _form(request: SignedInRequest, draft: PlanDraft, editing: DraftLine | None) -> Any:
    """The form of what is edited: a line, or on saving the header, the header."""
    action = request.POST.get("action", "")
    data = request.POST if action in ("save", "header") else None
    if editing is None:
        return HeaderForm(data, draft=draft, reader=request.user) if action == "header" else None
    if editing.kind != Kind.PROMISE:
        shows = action in ("", "save")
        return WordsForm(data, line=editing, reader=request.user) if shows else None
    if action not in ("", "save"):
        return None
    today = timezone.localdate()
    return LineForm(
        data,
        line=editing,
        reader=request.user,
        proposed=request.GET.get("measure", ""),
        plan=draft,
        measures=measures_to_choose(today),
        care_groups=care_groups_to_choose(today),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_adopt(request: SignedInRequest, plan: str) -> HttpResponse:
    """Propose a draft for adoption, send it back, or adopt it as a second person."""
    draft = draft_of(plan)
    if draft is None:
        return render(request, "kpis/plan_adopted.html", {"plan": plan_or_404(plan)})
    form, refusal = AdoptionForm(draft=draft), ""
    if request.method == "POST":
        try:
            action = request.POST.get("action", "")
            if action == "adopt":
                adopted = adopting.adopt(draft_id=draft.pk, **who_writes(request))
                messages.success(request, "Adopted. Everybody reads it under Plans from now on.")
                return redirect(adopted)
            if action == "send-back":
                adopting.send_back(draft_id=draft.pk, **who_writes(request))
                messages.success(request, "Sent back: it is a draft again.")
                return redirect(draft)
            form = AdoptionForm(request.POST, draft=draft)
            if form.is_valid():
                adopting.propose_draft(
                    draft_id=draft.pk, **form.cleaned_data, **who_writes(request)
                )
                messages.success(request, "Proposed. Somebody else adopts it.")
                return redirect(request.path)
        except Refused as refused:
            if form.is_bound:
                refused.add_to(form)
            refusal = str(refused)
    context = {
        "outline": outline_of(draft, now=timezone.now()),
        "draft": draft,
        "form": form,
        "errors": errors_of(form) or ([("", refusal)] if refusal else []),
    }
    return render(request, "kpis/plan_adopt.html", context, status=409 if refusal else 200)
