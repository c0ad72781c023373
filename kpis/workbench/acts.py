"""What each button of the drafting page does: what to say of it then, and where the page goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from accounts.permissions import SignedInRequest, who_writes
from kmpt_tracker.ui.formats import format_count
from kpis.dated_changes.views import posted_key
from kpis.models import DraftLine, PlanDraft
from kpis.promises.promise import Promise
from kpis.workbench import dropped, lines, start
from kpis.workbench.locked import DraftRefused

Kind = DraftLine.Kind


class Done(NamedTuple):
    """The words when it is done, and the line that the page goes back to."""

    said: str
    line_id: int | None = None


def act(request: SignedInRequest, draft: PlanDraft, line: DraftLine | None, form: Any) -> Done:
    """Do what was asked of the draft, or of the line that the page is open at."""
    action = request.POST.get("action", "")
    if action in OF_A_DRAFT:
        return OF_A_DRAFT[action](request, draft, form)
    if line is None:
        words = request.POST.get("statement", "").strip()
        typed = f" You typed “{words}”: add it again where it belongs." if words else ""
        raise DraftRefused(f"Somebody else has removed this line.{typed}")
    if action not in OF_A_LINE:
        raise DraftRefused("Choose what to do with the draft")
    return OF_A_LINE[action](request, line, form)


def _save_header(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    start.save_header(
        draft_id=draft.pk,
        version=form.cleaned_data["version"] or 0,
        header=form.header(),
        **who_writes(request),
    )
    return Done("Saved.")


def _give_up(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    start.discard_draft(draft_id=draft.pk, **who_writes(request))
    draft.pk = None
    return Done("The draft is given up. Nothing of it was ever read as a plan.")


def _add(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    kind = request.POST.get("kind", "")
    if kind not in Kind.values:
        raise DraftRefused("Choose what is added")
    new = lines.NewLine(
        kind=kind,
        parent_id=posted_key(request, "under") or None,
        promise=Promise(statement=request.POST.get("statement", "").strip()),
        number=request.POST.get("number", "").strip()[:40],
    )
    (added,) = lines.add_lines(draft_id=draft.pk, lines=[new], **who_writes(request))
    return Done("Added.", added.pk)


def _place(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    key, place = posted_key(request, "line"), request.POST.get("place", "")
    placed = lines.place_lines(draft_id=draft.pk, line_id=key, place=place, **who_writes(request))
    return Done(f"{format_count(placed, 'line')} say where the document says it.", key)


def _name_finder(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    key, finder = posted_key(request, "line"), request.POST.get("finder", "")
    named = lines.name_finder(draft_id=draft.pk, line_id=key, finder=finder, **who_writes(request))
    return Done(f"Named for {format_count(named, 'promise')}.", key)


def _drop(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    dropped.drop_promise(
        draft_id=draft.pk,
        ended_id=posted_key(request, "ended"),
        reason=request.POST.get("reason", ""),
        **who_writes(request),
    )
    return Done("Dropped, with its reason.")


def _keep(request: SignedInRequest, draft: PlanDraft, form: Any) -> Done:
    ended_id = posted_key(request, "ended")
    dropped.keep_promise(draft_id=draft.pk, ended_id=ended_id, **who_writes(request))
    return Done("It is undecided again.")


def _move_up(request: SignedInRequest, line: DraftLine, form: Any) -> Done:
    lines.move_line(line_id=line.pk, up=True, **who_writes(request))
    return Done("Moved.", line.pk)


def _move_down(request: SignedInRequest, line: DraftLine, form: Any) -> Done:
    lines.move_line(line_id=line.pk, up=False, **who_writes(request))
    return Done("Moved.", line.pk)


def _remove(request: SignedInRequest, line: DraftLine, form: Any) -> Done:
    above = line.parent_id
    lines.remove_line(line_id=line.pk, **who_writes(request))
    return Done("Removed.", above)


def _save_line(request: SignedInRequest, line: DraftLine, form: Any) -> Done:
    read = form.cleaned_data
    is_promise = line.kind == Kind.PROMISE
    saved = lines.save_line(
        line_id=line.pk,
        version=read["version"] or 0,
        promise=form.promise()
        if is_promise
        else Promise(statement=read["statement"], source_section=read["source_section"]),
        number=read.get("number", ""),
        measure_id=form.chosen_measure if is_promise else None,
        care_group_id=form.chosen_group if is_promise else None,
        finder=read.get("finder", ""),
        owner=form.named_owner,
        **who_writes(request),
    )
    if is_promise and saved.measure is None:
        words = "Saved, without numbers: they are proposed again once it has a measure."
        return Done(words, line.pk)
    return Done("Saved.", line.pk)


OF_A_DRAFT: dict[str, Callable[[SignedInRequest, PlanDraft, Any], Done]] = {
    "header": _save_header,
    "give-up": _give_up,
    "add": _add,
    "place": _place,
    "finder": _name_finder,
    "drop": _drop,
    "keep": _keep,
}
OF_A_LINE: dict[str, Callable[[SignedInRequest, DraftLine, Any], Done]] = {
    "up": _move_up,
    "down": _move_down,
    "remove": _remove,
    "save": _save_line,
}
