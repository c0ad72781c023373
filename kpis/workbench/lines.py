"""The outline of a draft, edited line by line.

Every write names the version that its person saw; a line that somebody else changed since is a
conflict that shows both, and nothing is saved.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Q

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.models import DraftLine, Measure, PlanDraft
from kpis.promises.add import FIELDS
from kpis.promises.choices import counted_by
from kpis.promises.promise import LONGEST_STATEMENT, Promise, problems
from kpis.workbench.locked import (
    DraftConflict,
    DraftRefused,
    locked_draft,
    record_changes,
    saved_meanwhile,
    touch,
)
from strategy.models import CareGroup

LONGEST_PLACE = 300
LONGEST_FINDER = 120
# What is told of a line in the record when it changes.
TOLD = (*FIELDS, "measure", "number", "owner")
Kind = DraftLine.Kind
UNDER = {
    Kind.AMBITION: None,
    Kind.OBJECTIVE: Kind.AMBITION,
    Kind.OUTCOME: Kind.OBJECTIVE,
    Kind.PROMISE: Kind.OBJECTIVE,
}


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
    owner: str = ""


@transaction.atomic
def add_lines(
    *,
    draft_id: int,
    lines: Iterable[NewLine],
    mission: str = "",
    vision: str = "",
    by: User,
    access: Access,
    at: datetime,
) -> list[DraftLine]:
    """Add lines at the end of their parent: one that was typed, or many that were read, with the
    mission and the vision where the text says them.

    Raises DraftRefused for a line without words or in the wrong place, and for a vision where the
    draft has another; nothing is saved then.
    """
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    said = {"mission": mission, "vision": vision}
    changes = list(_say(draft, **{name: words for name, words in said.items() if words}))
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
    touch(draft, by=by, at=at)
    changes.append(audit.FieldChange.of("lines", None, len(made)))
    audit.record(at=at, by=by, action="plan draft lines added", obj=draft, changes=changes)
    return made


def _say(draft: PlanDraft, **said: str) -> Iterator[audit.FieldChange]:
    """Give a draft its mission and vision; one that it has already is not written over."""
    for name, words in said.items():
        before = getattr(draft, name)
        if before == words:
            continue
        if before:
            raise DraftRefused(
                f"The plan has a {name} already: leave this line out, or change it in its box"
            )
        if len(words) > LONGEST_STATEMENT:
            raise DraftRefused(f"The {name} must be {LONGEST_STATEMENT:,} characters or fewer")
        setattr(draft, name, words)
        yield audit.FieldChange.of_text(name, before, words)


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
    owner: str = "",
    by: User,
    access: Access,
    at: datetime,
) -> DraftLine:
    """Save one line as typed. Half a promise may be saved: what is missing is listed, and blocks
    adoption.

    Without a measure its words and days are kept, and no number. `owner`: who answers for it from
    the day that the plan holds from; empty, where that is the owner of its measure.

    Raises DraftRefused with the box for a number that says nothing, such as one without "at least"
    or "at most", and DraftConflict with the other version where somebody saved it meanwhile.
    """
    access.require(Capability.EDIT_PLANS)
    line = _locked_line(line_id)
    if line.version != version:
        raise DraftConflict(saved_meanwhile(line.changed_by, reader=by), line.statement)
    _check_words(promise.statement)
    before = {name: getattr(line, name) for name in TOLD}
    _give(line, promise)
    line.number, line.finder, line.owner = number, finder, owner
    line.measure = Measure.objects.get(pk=measure_id) if measure_id else None
    if care_group_id is not None:
        line.care_group = CareGroup.objects.get(pk=care_group_id)
    if line.measure is None:
        # Only words and days are kept: a choice left behind would block adoption, and the numbers
        # are proposed from the words again once there is a measure.
        line.value = line.upper_value = line.floor = line.baseline = None
        line.operator = line.value_is = line.change = line.baseline_period = ""
        line.points = []
    _check_number(line)
    line.version, line.changed_at, line.changed_by = line.version + 1, at, by
    line.save()
    PlanDraft.objects.filter(pk=line.draft_id).update(
        version=F("version") + 1, changed_at=at, changed_by=by
    )
    after = {name: getattr(line, name) for name in TOLD}
    record_changes(line, "plan draft line changed", before, after, by=by, at=at)
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
    touch(draft, by=by, at=at)
    changes = [audit.FieldChange.of("lines", None, placed)]
    audit.record(at=at, by=by, action="plan draft lines placed", obj=draft, changes=changes)
    return placed


@transaction.atomic
def name_finder(
    *, draft_id: int, line_id: int, finder: str, by: User, access: Access, at: datetime
) -> int:
    """Name who finds a measure for every promise of an ambition that has none and nobody yet.

    Returns for how many. Raises DraftRefused without a name.
    """
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    finder = finder.strip()
    if not finder:
        raise DraftRefused("Enter who finds a measure: a name or a post", "finder")
    if len(finder) > LONGEST_FINDER:
        raise DraftRefused(f"The name must be {LONGEST_FINDER} characters or fewer", "finder")
    rows = DraftLine.objects.filter(
        draft=draft, kind=Kind.PROMISE, parent__parent=line_id, measure=None, finder=""
    )
    keys = list(rows.values_list("pk", flat=True))
    named = DraftLine.objects.filter(pk__in=keys).update(
        finder=finder, version=F("version") + 1, changed_at=at, changed_by=by
    )
    touch(draft, by=by, at=at)
    changes = [audit.FieldChange.of("lines", None, named)]
    audit.record(at=at, by=by, action="plan draft finder named", obj=draft, changes=changes)
    return named


def promise_of(line: DraftLine) -> Promise:
    """The promise of a line, as its rules take it."""
    return Promise(
        **{name: getattr(line, name) for name in FIELDS},
        points=tuple((month, value) for month, value in line.points),
    )


def _check_number(line: DraftLine) -> None:
    """Refuse a number that no row can hold: one that does not say which side of it is meant, a
    change without a way, half a band. What is wrong otherwise is saved, and blocks adoption.
    """
    try:
        line.validate_constraints()
    except ValidationError as broken:
        dates = {"plan_starts": line.draft.starts_on, "plan_ends": line.draft.ends_on}
        faults = problems(promise_of(line), counted_by(line.measure), **dates)
        field, message = next(faults, ("", broken.messages[0].rstrip(".")))
        raise DraftRefused(message, field) from broken


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
        owner=line.owner,
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


def _check_words(words: str) -> None:
    if not words.strip():
        raise DraftRefused("Enter the words of the line, or remove it", "statement")
    if len(words) > LONGEST_STATEMENT:
        raise DraftRefused(
            f"The words must be {LONGEST_STATEMENT:,} characters or fewer", "statement"
        )
