"""Writing a draft: begun from nothing or from an earlier plan, its outline edited line by line.

Every write names the version that its person saw; a line that somebody else changed since is a
conflict that shows both, and nothing is saved. A draft that is proposed is fixed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kpis.models import DraftLine, Measure, PlanDraft, Succession, Target
from kpis.promises.add import FIELDS
from kpis.promises.promise import LONGEST_STATEMENT, Promise
from strategy.models import CareGroup, Plan

LONGEST_PLACE = 300
RESERVED = frozenset({"new", "edit", "adopt", "lock", "months", "data"})
Kind = DraftLine.Kind
UNDER = {
    Kind.AMBITION: None,
    Kind.OBJECTIVE: Kind.AMBITION,
    Kind.OUTCOME: Kind.OBJECTIVE,
    Kind.PROMISE: Kind.OBJECTIVE,
}


class DraftRefused(Refused):
    """A draft cannot be written like this."""


class DraftConflict(DraftRefused):
    """Somebody else saved the same thing meanwhile: `theirs` is what they saved."""

    def __init__(self, message: str, theirs: str):
        super().__init__(message, "statement")
        self.theirs = theirs


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a plan says of itself."""

    title: str
    starts_on: date
    ends_on: date
    document: str
    published_on: date | None = None
    mission: str = ""
    vision: str = ""
    default_tolerance_percent: Decimal = Decimal(5)


HEADER = tuple(Header.__dataclass_fields__)


@transaction.atomic
def start_draft(
    *,
    code: str,
    header: Header,
    follows_id: int | None,
    copies: bool,
    by: User,
    access: Access,
    at: datetime,
) -> PlanDraft:
    """Begin a draft: empty, or with the outline and the commitments of the plan before.

    Raises DraftRefused for a code that is taken or reserved, and for dates in the wrong order.
    """
    access.require(Capability.EDIT_PLANS)
    if code in RESERVED:
        raise DraftRefused(f"“{code}” is an address of the tracker: choose another code", "code")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code):
        raise DraftRefused("Write the code in small letters, digits and hyphens", "code")
    taken = Plan.objects.filter(code=code).exists()
    if taken or PlanDraft.objects.filter(code=code).exists():
        raise DraftRefused("Another plan has this code", "code")
    _check(header)
    follows = Plan.objects.get(pk=follows_id) if follows_id else None
    draft = PlanDraft.objects.create(
        code=code,
        follows=follows,
        changed_at=at,
        changed_by=by,
        **{name: getattr(header, name) for name in HEADER},
    )
    if follows is not None and copies:
        _copy(follows, draft, by=by, at=at)
    audit.record(
        at=at,
        by=by,
        action="plan draft started",
        obj=draft,
        changes=[audit.FieldChange.of("follows", None, follows and follows.code)],
    )
    return draft


@transaction.atomic
def save_header(
    *, draft_id: int, version: int, header: Header, by: User, access: Access, at: datetime
) -> PlanDraft:
    """Save what the plan says of itself. No page of a plan changes, because it is a draft."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    if draft.version != version:
        theirs = f"{draft.title}, {draft.starts_on} to {draft.ends_on}"
        raise DraftConflict(_saved_meanwhile(draft.changed_by), theirs)
    _check(header)
    before = {name: getattr(draft, name) for name in HEADER}
    after = {name: getattr(header, name) for name in HEADER}
    for name, value in after.items():
        setattr(draft, name, value)
    _touched(draft, by, at)
    draft.save()
    _record(draft, "plan draft changed", before, after, by=by, at=at)
    return draft


@transaction.atomic
def discard_draft(*, draft_id: int, by: User, access: Access, at: datetime) -> None:
    """Delete a draft. It was never shown as a plan, so nothing of it is kept."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    audit.record(at=at, by=by, action="plan draft given up", obj=draft)
    draft.lines.filter(parent__parent__isnull=False).delete()
    draft.lines.filter(parent__isnull=False).delete()
    draft.delete()


@transaction.atomic
def add_lines(
    *,
    draft_id: int,
    lines: Iterable["NewLine"],
    by: User,
    access: Access,
    at: datetime,
) -> list[DraftLine]:
    """Add lines at the end of their parent: one that was typed, or many that were read.

    Raises DraftRefused for a line without words or in the wrong place; nothing is saved then.
    """
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    made: list[DraftLine] = []
    for line in lines:
        parent = made[line.under] if line.under is not None else None
        if line.parent_id is not None:
            parent = draft.lines.filter(pk=line.parent_id).first()
        expected = UNDER[Kind(line.kind)]
        if (parent.kind if parent else None) != expected:
            raise DraftRefused("Choose where the line stands: promises stand under an objective")
        _check_words(line.promise.statement)
        siblings = draft.lines.filter(parent=parent)
        made.append(
            _new_line(
                draft,
                line,
                parent,
                place=(siblings.aggregate(last=Max("position"))["last"] or 0) + 1,
                by=by,
                at=at,
            )
        )
    _touched(draft, by, at)
    draft.save(update_fields=["version", "changed_at", "changed_by"])
    changes = [audit.FieldChange.of("lines", None, len(made))]
    audit.record(at=at, by=by, action="plan draft lines added", obj=draft, changes=changes)
    return made


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """A line to add: under a line of the draft, or (`under`) under one added with it."""

    kind: str
    promise: Promise
    number: str = ""
    parent_id: int | None = None
    under: int | None = None
    measure_id: int | None = None
    care_group_id: int | None = None


@transaction.atomic
def save_line(
    *,
    line_id: int,
    version: int,
    promise: Promise,
    number: str,
    measure_id: int | None,
    care_group_id: int | None,
    finder: str,
    by: User,
    access: Access,
    at: datetime,
) -> DraftLine:
    """Save one line as typed. Half a promise may be saved: what is missing is listed, and blocks
    adoption.

    Raises DraftConflict with the other version where somebody saved it meanwhile.
    """
    access.require(Capability.EDIT_PLANS)
    line = _locked_line(line_id)
    if line.version != version:
        raise DraftConflict(_saved_meanwhile(line.changed_by), line.statement)
    _check_words(promise.statement)
    before = {name: getattr(line, name) for name in (*FIELDS, "measure", "number")}
    _give(line, promise)
    line.number, line.finder = number, finder
    line.measure = Measure.objects.get(pk=measure_id) if measure_id else None
    if care_group_id is not None:
        line.care_group = CareGroup.objects.get(pk=care_group_id)
    if line.measure is None:
        line.value = line.upper_value = None
        line.points = []
    line.version, line.changed_at, line.changed_by = line.version + 1, at, by
    line.save()
    PlanDraft.objects.filter(pk=line.draft_id).update(
        version=F("version") + 1, changed_at=at, changed_by=by
    )
    after = {name: getattr(line, name) for name in (*FIELDS, "measure", "number")}
    _record(line, "plan draft line changed", before, after, by=by, at=at)
    return line


@transaction.atomic
def move_line(*, line_id: int, up: bool, by: User, access: Access, at: datetime) -> DraftLine:
    """Change places with the line before or after it; the first stays first."""
    access.require(Capability.EDIT_PLANS)
    line = _locked_line(line_id)
    rows = line.draft.lines.filter(parent=line.parent)
    if up:
        other = rows.filter(position__lt=line.position).order_by("-position").first()
    else:
        other = rows.filter(position__gt=line.position).order_by("position").first()
    if other is None:
        return line
    line.position, other.position = other.position, line.position
    for row in (line, other):
        row.save(update_fields=["position"])
    changes = [audit.FieldChange.of("position", other.position, line.position)]
    audit.record(at=at, by=by, action="plan draft line moved", obj=line, changes=changes)
    return line


@transaction.atomic
def remove_line(*, line_id: int, by: User, access: Access, at: datetime) -> None:
    """Take a line out of the draft, with all lines under it."""
    access.require(Capability.EDIT_PLANS)
    line = _locked_line(line_id)
    audit.record(at=at, by=by, action="plan draft line removed", obj=line)
    line.delete()


@transaction.atomic
def place_lines(
    *, draft_id: int, line_id: int, place: str, by: User, access: Access, at: datetime
) -> int:
    """Give an ambition, and all lines below it without a place, their place in the document.

    Returns how many lines have one now. Raises DraftRefused without a place.
    """
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    place = place.strip()
    if not place:
        raise DraftRefused("Enter the page or section of the document", "place")
    if len(place) > LONGEST_PLACE:
        raise DraftRefused(f"The place must be {LONGEST_PLACE} characters or fewer", "place")
    under = Q(pk=line_id) | Q(parent=line_id) | Q(parent__parent=line_id)
    rows = DraftLine.objects.filter(draft=draft, pk__in=draft.lines.filter(under).values("pk"))
    placed = rows.filter(source_section="").update(
        source_section=place, version=F("version") + 1, changed_at=at, changed_by=by
    )
    _touched(draft, by, at)
    draft.save(update_fields=["version", "changed_at", "changed_by"])
    changes = [audit.FieldChange.of("lines", None, placed)]
    audit.record(at=at, by=by, action="plan draft lines placed", obj=draft, changes=changes)
    return placed


@transaction.atomic
def drop_promise(
    *, draft_id: int, ended_id: int, reason: str, by: User, access: Access, at: datetime
) -> Succession:
    """Decide that a commitment of the plan before is dropped, and why."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    if not reason.strip():
        raise DraftRefused("Enter why the promise is dropped", "reason")
    ended = Target.objects.filter(pk=ended_id, plan=draft.follows).first()
    if ended is None:
        raise DraftRefused("Choose a promise of the plan before")
    dropped, is_new = Succession.objects.get_or_create(
        draft=draft,
        ended=ended,
        defaults={
            "decision": Succession.Decision.DROPPED,
            "reason": reason.strip(),
            "decided_at": at,
            "decided_by": by,
        },
    )
    if not is_new:
        raise DraftRefused("What becomes of this promise is decided already. Load the page again.")
    changes = [audit.FieldChange.of("decision", None, "dropped")]
    audit.record(
        at=at, by=by, action="promise dropped", obj=ended, changes=changes, reason=dropped.reason
    )
    return dropped


@transaction.atomic
def keep_promise(*, draft_id: int, ended_id: int, by: User, access: Access, at: datetime) -> None:
    """Take back that a promise is dropped: it is undecided again."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    for row in draft.successions.filter(ended=ended_id, decision=Succession.Decision.DROPPED):
        audit.record(at=at, by=by, action="promise dropped no longer", obj=row.ended)
        row.delete()


def locked_draft(draft_id: int) -> PlanDraft:
    """A draft that may be written, its row locked."""
    draft = PlanDraft.objects.select_for_update(of=("self",), no_key=True).get(pk=draft_id)
    if draft.status != PlanDraft.Status.DRAFT:
        raise DraftRefused(
            f"This plan is {draft.get_status_display().lower()}: its draft is fixed. Whoever would "
            "change it sends it back first."
        )
    return draft


def promise_of(line: DraftLine) -> Promise:
    """The promise of a line, as its rules take it."""
    return Promise(
        **{name: getattr(line, name) for name in FIELDS},
        points=tuple((month, value) for month, value in line.points),
    )


def _locked_line(line_id: int) -> DraftLine:
    draft_id = DraftLine.objects.values_list("draft", flat=True).filter(pk=line_id).first()
    if draft_id is None:
        raise DraftRefused("Somebody else has removed this line. Load the page again.")
    locked_draft(draft_id)
    found = DraftLine.objects.select_related("draft", "changed_by", "measure").filter(pk=line_id)
    line = found.first()
    if line is None:
        raise DraftRefused("Somebody else has removed this line. Load the page again.")
    return line


def _new_line(
    draft: PlanDraft,
    line: NewLine,
    parent: DraftLine | None,
    *,
    place: int,
    by: User,
    at: datetime,
) -> DraftLine:
    group = line.care_group_id or CareGroup.objects.trust().pk
    row = DraftLine(
        draft=draft,
        parent=parent,
        kind=line.kind,
        number=line.number,
        position=place,
        measure_id=line.measure_id,
        care_group_id=group,
        changed_at=at,
        changed_by=by,
    )
    _give(row, line.promise)
    if not row.source_section and parent is not None:
        row.source_section = parent.source_section
    row.save()
    return row


def _give(line: DraftLine, promise: Promise) -> None:
    for name in FIELDS:
        setattr(line, name, getattr(promise, name))
    line.points = [list(pair) for pair in promise.points]


def _copy(plan: Plan, draft: PlanDraft, *, by: User, at: datetime) -> None:
    """The outline of a plan: its groupings, objectives and commitments. Texts are as printed; dates
    are not carried over, as they are the ended plan's.
    """
    ambitions = {
        row.pk: _copied(draft, None, Kind.AMBITION, row.title, row.number, row, by, at)
        for row in plan.ambitions.order_by("position")
    }
    objectives = {}
    for row in plan.objectives.order_by("ambition__position", "position"):
        under = ambitions[row.ambition_id]
        number = row.reference if row.reference[:1].isdigit() else ""
        objectives[row.pk] = _copied(draft, under, Kind.OBJECTIVE, row.title, number, row, by, at)
    commitments = Target.objects.filter(plan=plan, role="commitment", retired_on__isnull=True)
    for target in commitments.exclude(objective=None).order_by("position", "part", "pk"):
        line = _copied(
            draft,
            objectives[target.objective_id or 0],
            Kind.PROMISE,
            target.statement,
            "",
            target,
            by,
            at,
            is_saved=False,
        )
        line.measure_id, line.care_group_id = target.measure_id, target.care_group_id
        for name in ("operator", "value_is", "change", "value", "upper_value", "floor"):
            setattr(line, name, getattr(target, name))
        line.profile = "step"
        line.save()


def _copied(
    draft: PlanDraft,
    parent: DraftLine | None,
    kind: str,
    words: str,
    number: str,
    row: Any,
    by: User,
    at: datetime,
    *,
    is_saved: bool = True,
) -> DraftLine:
    line = DraftLine(
        draft=draft,
        parent=parent,
        kind=kind,
        statement=words,
        number=number,
        position=draft.lines.filter(parent=parent).count() + 1,
        source_section="",
        care_group=CareGroup.objects.trust(),
        changed_at=at,
        changed_by=by,
    )
    if is_saved:
        line.save()
    return line


def _check(header: Header) -> None:
    if not header.title.strip():
        raise DraftRefused("Enter what the plan is called", "title")
    if not header.document.strip():
        raise DraftRefused("Enter the document that the plan is published in", "document")
    if header.ends_on <= header.starts_on:
        raise DraftRefused("The plan must end after it starts", "ends_on")
    if not 0 <= header.default_tolerance_percent <= 100:
        raise DraftRefused("Tolerance must be between 0 and 100", "default_tolerance_percent")


def _check_words(words: str) -> None:
    if not words.strip():
        raise DraftRefused("Enter the words of the line, or remove it", "statement")
    if len(words) > LONGEST_STATEMENT:
        raise DraftRefused(
            f"The words must be {LONGEST_STATEMENT:,} characters or fewer", "statement"
        )


def _saved_meanwhile(who: User) -> str:
    return (
        f"{who} has saved this since you opened it. Both are shown: nothing of yours is saved yet."
    )


def _touched(draft: PlanDraft, by: User, at: datetime) -> None:
    draft.version += 1
    draft.changed_at, draft.changed_by = at, by


def _record(
    row: PlanDraft | DraftLine,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    by: User,
    at: datetime,
) -> None:
    """What changed; the words themselves are only in the draft."""
    changes = []
    for name, new in after.items():
        old = before.get(name)
        if isinstance(new, str) and isinstance(old, str):
            if new != old:
                changes.append(audit.FieldChange.of_text(name, old, new))
        elif new != old:
            changes.append(audit.FieldChange.of(name, old, new))
    audit.record(at=at, by=by, action=action, obj=row, changes=changes)
