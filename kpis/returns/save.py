"""The monthly return: drafts saved as typed, submitted as versions, approved by someone else.

    not started → draft ⇄ submitted → approved
                            ↓   ↑
                          returned (with a reason)

An approved return stays approved: what is typed into it is a correction (submit.py). One that was
sent back, whole or in part, stays returned until it is submitted again.

Every write locks the month's row first, then the return's, then its cells by key; checks the
version it was based on; and writes its audit row last, in the same transaction. So nothing is
written after a lock. A locked month refuses every write; reopening it is on record
(months/clock.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability, Scope
from kmpt_tracker.ui.formats import format_moment
from kpis.assessments.as_known import Known
from kpis.models import ReportingPeriod, Return, ReturnCell, Series
from kpis.months.clock import closing_times, find_period, open_period, shared_period
from kpis.months.due import FigureDue, asked_by, row_key, series_of_row, why_no_return
from kpis.returns.cells import SHORT, TEXT_LIMITS, CellRead, CellText, read_cell
from kpis.returns.entering import named_measures
from kpis.returns.expected import cell_rules, recent_values
from kpis.returns.merging import BOXES, BoxChange, Merged, marks_at, merge, with_change
from kpis.returns.sections import in_section, is_in_section, section_of, sections_due
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month
from strategy.recorded import with_parent

Status = Return.Status

# The statuses that may follow each. A lead opens, saves, submits and recalls; the team does the
# rest. A submitted return stays so while some of its rows are decided on.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    Status.NOT_STARTED: (Status.DRAFT,),
    Status.DRAFT: (Status.DRAFT, Status.SUBMITTED),
    Status.SUBMITTED: (Status.DRAFT, Status.SUBMITTED, Status.APPROVED, Status.RETURNED),
    Status.RETURNED: (Status.RETURNED, Status.SUBMITTED),
    Status.APPROVED: (Status.APPROVED,),
}
# A draft on top of these does not change how the return stands.
KEPT_WHEN_SAVED = (Status.RETURNED, Status.APPROVED)


class ReturnRefused(Refused):
    """A return cannot be saved, submitted or decided on."""


@dataclass(frozen=True)
class CellEntry:
    """A cell as a form sends it: which series, the version it was based on, what was typed.

    `shown` are the boxes that the form had; the form cannot change others.
    """

    series_id: int
    version: int
    text: CellText
    shown: Collection[str] = BOXES


@dataclass(frozen=True)
class BoxConflict:
    """A box that two people changed: who saved it since the page was drawn, and when."""

    box: str
    saved_by: str
    saved_at: datetime
    is_own: bool  # saved by the same person, in another tab


@dataclass(frozen=True)
class Conflict:
    """What someone typed and what was saved since, for them to choose from. None of it is kept.

    `yours` is the cell as another save would leave it: untouched boxes hold what is newer.
    """

    series_id: int
    yours: CellText
    theirs: CellText
    version: int
    boxes: tuple[BoxConflict, ...]

    @property
    def last(self) -> BoxConflict:
        return max(self.boxes, key=lambda box: box.saved_at)

    @property
    def saved_by(self) -> str:
        return self.last.saved_by

    @property
    def saved_at(self) -> datetime:
        return self.last.saved_at


@dataclass(frozen=True)
class Saved:
    """The result of a save. Every cell that was not in conflict is kept, readable or not.

    `unkept` are cells that no draft can hold, such as a null character; they are shown as typed.
    `newer` are cells in which an untouched box took what somebody else had saved since.
    """

    submission: Return
    changed: tuple[int, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unkept: tuple[CellEntry, ...] = ()
    newer: tuple[int, ...] = ()
    reads: Mapping[int, CellRead] = field(default_factory=dict)

    @property
    def typed(self) -> dict[int, tuple[int, CellText]]:
        """What was typed and not kept, to fill its boxes again, based on what is saved now."""
        unkept = {entry.series_id: (entry.version, entry.text) for entry in self.unkept}
        clashing = {clash.series_id: (clash.version, clash.yours) for clash in self.conflicts}
        return unkept | clashing


def open_return(*, period: ReportingPeriod, care_group: CareGroup) -> Return:
    """The return of a care group for a month, made if needed. Two people who open it at once get
    one.
    """
    refuse_outside(care_group, period.month)
    submission, _ = Return.objects.get_or_create(period=period, care_group=care_group)
    return submission


def find_return(*, period: ReportingPeriod, care_group: CareGroup, section: str = "") -> Return:
    """The return as it is, unsaved when nobody has started it: reading writes nothing.

    With a section it is in hand with that one, without it is the whole.
    """
    found = None
    if period.pk is not None:
        found = (
            Return.objects.filter(period=period, care_group=care_group)
            .select_related(
                "period",
                "care_group",
                "submitted_by",
                "last_submitted_by",
                "approved_by",
                "returned_by",
            )
            .first()
        )
    found = found or Return(period=period, care_group=care_group)
    return in_section_or_refuse(found, section) if section else found


def in_section_or_refuse(submission: Return, section: str, *, is_locked: bool = False) -> Return:
    """The return in hand with a section of it: see sections.py."""
    try:
        return in_section(submission, section, is_locked=is_locked)
    except Refused as error:
        raise ReturnRefused(str(error), "section") from None


def cells_of(submission: Return) -> dict[int, ReturnCell]:
    """The saved cells of a return by series; none when nobody has started it."""
    if submission.pk is None:
        return {}
    cells = submission.cells.select_related("saved_by", "returned_by")
    return by_row(submission, cells)


def by_row(submission: Return, cells: Iterable[ReturnCell]) -> dict[int, ReturnCell]:
    """Cells of a return by the rows they are in."""
    month = submission.period.month
    return {row_key(cell.series_id, Month.of(cell.period_end), month): cell for cell in cells}


def locked_return(submission_id: int, *, at: datetime, section: str = "") -> Return:
    """Lock the month's row, then the return, and get the return, in hand with a section of it
    where it has sections.

    Raises ReturnRefused when the month is locked, unless this return alone was opened again, or has
    not ended, or when the care group did not exist at its end.
    """
    found = Return.objects.values_list("period_id", flat=True)
    period = shared_period(found.get(pk=submission_id))
    submission = (
        Return.objects.select_for_update(of=("self",), no_key=True)
        .select_related("care_group")
        .get(pk=submission_id)
    )
    submission.period = period
    if submission.is_locked:
        raise ReturnRefused(
            f"{period.month.full_label} is locked. The performance team can open it again, "
            "with a reason."
        )
    if at < period.opens_at:
        opens = format_moment(period.opens_at)
        raise ReturnRefused(f"Entry for {period.month.full_label} opens {opens}")
    refuse_outside(submission.care_group, period.month)
    return in_section_or_refuse(submission, section, is_locked=True)


def refuse_outside(care_group: CareGroup, month: Month) -> None:
    """Refuse a month in which the care group did not exist on the last day."""
    if why := why_no_return(care_group, month):
        raise ReturnRefused(why)


def move(submission: Return, status: str) -> None:
    """Move a return to a status, where the table of transitions allows it."""
    if status not in TRANSITIONS[submission.status]:
        raise ReturnRefused(
            f"This return is {submission.get_status_display().lower()}: it cannot become "
            f"{Return.Status(status).label.lower()} now. Load the page again to see how it stands."
        )
    submission.status = status
    submission.version += 1


def save_first_draft(
    *,
    month: Month,
    care_group: CareGroup,
    entries: Iterable[CellEntry],
    by: User,
    access: Access,
    at: datetime,
    section: str = "",
) -> Saved:
    """Save cells of a return that may not exist yet. Saving nothing does not start it.

    Without a section the entries go into the sections of their rows.
    """
    access.require(Capability.ENTER_RETURNS, care_group=care_group.pk)
    with transaction.atomic():
        period = open_period(month, at=at)
        submission = open_return(period=period, care_group=care_group)
        saved = Saved(submission)
        for code, rows in _by_section(submission, entries, section):
            more = save_draft(
                submission_id=submission.pk, entries=rows, by=by, access=access, at=at, section=code
            )
            saved = more if code == section else _together(saved, more)
        # Without the rollback the month and the return would exist, started by nobody.
        if not saved.changed:
            transaction.set_rollback(True)
    if not saved.changed:
        period = find_period(month, at=at)
        as_it_was = find_return(period=period, care_group=care_group, section=section)
        return replace(saved, submission=as_it_was)
    return saved


def _by_section(
    submission: Return, entries: Iterable[CellEntry], section: str
) -> list[tuple[str, list[CellEntry]]]:
    """The entries by the sections that their rows are in; all of them in one where one is given."""
    rows = list(entries)
    if section or not sections_due(submission):
        return [(section, rows)]
    due = due_rows(submission)
    found: dict[str, list[CellEntry]] = {}
    for entry in rows:
        asked = due.get(entry.series_id)
        # What it does not ask for is refused, with words, wherever it is sent.
        code = section_of(asked.measure)[0] if asked else next(iter(sections_due(submission)))
        found.setdefault(code, []).append(entry)
    return sorted(found.items())


def _together(one: Saved, other: Saved) -> Saved:
    return Saved(
        one.submission,
        (*one.changed, *other.changed),
        (*one.conflicts, *other.conflicts),
        (*one.unkept, *other.unkept),
        (*one.newer, *other.newer),
        {**one.reads, **other.reads},
    )


@transaction.atomic
def save_draft(
    *,
    submission_id: int,
    entries: Iterable[CellEntry],
    by: User,
    access: Access,
    at: datetime,
    section: str = "",
) -> Saved:
    """Save cells as typed. Text that cannot be read is kept too, with a message about it.

    Raises ReturnRefused for a locked month or a figure outside the life of its measure, and
    NotAllowed for a person who may not enter figures for the care group. Conflicts are returned,
    not raised.
    """
    submission = locked_return(submission_id, at=at, section=section)
    access.require(Capability.ENTER_RETURNS, care_group=submission.care_group_id)
    entries = sorted(entries, key=lambda entry: entry.series_id)
    due = due_rows(submission)
    named = measures_named(submission, by, access, at)
    cells = by_row(
        submission,
        ReturnCell.objects.select_for_update(of=("self",), no_key=True)
        .filter(submission=submission)
        .select_related("saved_by")
        .order_by("series_id", "period_end"),
    )
    history = recent_values(due.values())
    changed, clashing, unkept, newer, reads, changes = [], [], [], [], {}, []
    written: list[ReturnCell] = []
    for entry in entries:
        asked = due.get(entry.series_id)
        if asked is None:
            _refuse_when_outside(submission, entry)
            continue
        cell = cells.get(entry.series_id)
        before = text_of(cell) if cell else CellText()
        merged = merged_with(entry, cell)
        if _newer_of_others(cell, merged, by):
            newer.append(asked.key)
        rules = cell_rules(asked.measure, asked.window)
        reads[asked.key] = read = read_cell(merged.text, rules, history.get(asked.key, ()))
        if merged.conflicts:
            clashing.append((asked.key, cell, merged))
        elif not merged.text.can_be_saved:
            version = cell.version if cell else 0
            unkept.append(CellEntry(asked.key, version, merged.text))
        elif (text := merged.text.after(before)) != before:
            if named is not None and asked.series.measure_id not in named:
                raise ReturnRefused(f"{asked.name} is entered by somebody else: it is not yours")
            written.append(_cell(submission, asked, cell, text, read, by=by, at=at))
            changed.append(asked.key)
            changes += _cell_changes(asked, before, text)
    if changed:
        _write(written)
        _after_save(submission, changes, by=by, at=at)
    return Saved(
        submission,
        tuple(changed),
        _conflicts(clashing, by),
        tuple(unkept),
        tuple(newer),
        reads,
    )


def measures_named(
    submission: Return, by: User, access: Access, at: datetime
) -> frozenset[int] | None:
    """The measures that this person may enter of the trust's return; None for all of them."""
    by_role = access.scope(Capability.ENTER_RETURNS) is Scope.ANY
    if by_role or not submission.care_group.is_trust:
        return None
    return named_measures(by, submission.care_group, on=london_date(at))


def merged_with(entry: CellEntry, cell: ReturnCell | None) -> Merged:
    """Merge what was typed with what is saved now, box by box."""
    saved = text_of(cell) if cell else CellText()
    newest = cell.version if cell else 0
    base = marks_at(entry.version, _changes_of(cell), saved, newest)
    return merge(entry.text, saved, base=base, shown=entry.shown)


def _changes_of(cell: ReturnCell | None) -> dict[str, list[BoxChange]]:
    stored = cell.box_changes if cell else {}
    return {box: [BoxChange.from_stored(row) for row in rows] for box, rows in stored.items()}


def _newer_of_others(cell: ReturnCell | None, merged: Merged, by: User) -> bool:
    """Whether an untouched box took what somebody else had saved since."""
    changes = _changes_of(cell)
    return any(changes.get(box) and changes[box][-1].by != by.pk for box in merged.newer)


def typed_anew(submission: Return, entries: Iterable[CellEntry]) -> dict[int, tuple[int, CellText]]:
    """What was typed, to fill its boxes when a page is drawn again: version and text by series.

    Untouched boxes hold what is saved now. A cell in conflict keeps the version it was based on.
    """
    cells = cells_of(submission)
    found = {}
    for entry in entries:
        cell = cells.get(entry.series_id)
        merged = merged_with(entry, cell)
        if merged.text != (text_of(cell) if cell else CellText()):
            newest = cell.version if cell else 0
            version = entry.version if merged.conflicts else newest
            found[entry.series_id] = (version, merged.text)
    return found


def _after_save(
    submission: Return, changes: Sequence[audit.FieldChange], *, by: User, at: datetime
) -> None:
    before = submission.status
    move(submission, before if before in KEPT_WHEN_SAVED else Status.DRAFT)
    submission.opened_at = submission.opened_at or at
    submission.save()
    audit.record(
        at=at,
        by=by,
        action="draft saved",
        obj=submission,
        changes=[
            *audit.differences({"status": before}, {"status": submission.status}),
            *changes,
        ],
    )


def due_rows(submission: Return, *, series: int | None = None) -> dict[int, FigureDue]:
    """What this return asks for, by row: the windows that fall due with its month. With `series`,
    of that one alone.

    Each has the wording of its measure in effect at the end of its window.
    """
    rows = (
        Series.objects.filter(care_group=submission.care_group, fed_by=Series.FedBy.RETURNS)
        .select_related("measure", "care_group")
        .order_by("measure__name")
    )
    if series is not None:
        rows = rows.filter(pk=series)
    found: dict[int, FigureDue] = {}
    own = (row for row in rows if is_in_section(submission, row.measure))
    asked = asked_by(own, submission.period.month, closing_times())
    for end in dict.fromkeys(row.window.end for row in asked):
        due = [row for row in asked if row.window.end == end]
        measures = Known().worded((row.measure for row in due), end)
        for row, measure in zip(due, measures, strict=True):
            found[row.key] = replace(row, series=with_parent(row.series, "measure", measure))
    return {row.key: found[row.key] for row in asked}


def _refuse_when_outside(submission: Return, entry: CellEntry) -> None:
    """Refuse, rather than drop, a figure for a month before the measure starts or after its end."""
    series = (
        Series.objects.filter(pk=series_of_row(entry.series_id), care_group=submission.care_group)
        .select_related("measure")
        .first()
    )
    if series is None or entry.text == CellText():
        return
    on = submission.period.month.end
    ranges = (series.measure, series)
    starts = [row.valid_from for row in ranges if row.valid_from and row.valid_from > on]
    ends = [row.valid_to for row in ranges if row.valid_to and row.valid_to <= on]
    if starts:
        first = Month.of(max(starts)).full_label
        raise ReturnRefused(f"{series.measure.name}: this KPI starts in {first}")
    if ends:
        last = Month.of(min(ends) - timedelta(days=1)).full_label
        raise ReturnRefused(f"{series.measure.name}: this KPI ended in {last}")


def text_of(cell: ReturnCell) -> CellText:
    return CellText(
        numerator=cell.numerator_text,
        denominator=cell.denominator_text,
        value=cell.value_text,
        milestone_status=cell.milestone_status,
        forecast=cell.forecast_text,
        completed=cell.completed_text,
        withdrawn=cell.withdrawn,
        no_data_reason=cell.no_data_reason,
        confirmed=cell.confirmed,
        confirm_reason=cell.confirm_reason,
        comment=cell.comment,
        change_reason=cell.change_reason,
    )


def _cell(
    submission: Return,
    asked: FigureDue,
    cell: ReturnCell | None,
    typed: CellText,
    read: CellRead,
    *,
    by: User,
    at: datetime,
) -> ReturnCell:
    """The cell as it is to be written: its next version, with a mark of each box that changed."""
    version = cell.version + 1 if cell else 1
    before = text_of(cell) if cell else CellText()
    change = BoxChange(version, "", by.pk, at)
    kept = with_change(_changes_of(cell), before, typed, change)
    return ReturnCell(
        submission=submission,
        series=asked.series,
        period_end=asked.window.end,
        numerator_text=typed.numerator,
        denominator_text=typed.denominator,
        value_text=typed.value,
        milestone_status=read.milestone_status or typed.milestone_status,
        forecast_text=typed.forecast,
        completed_text=typed.completed,
        withdrawn=typed.withdrawn,
        no_data_reason=typed.no_data_reason,
        confirmed=typed.confirmed,
        confirm_reason=typed.confirm_reason,
        comment=typed.comment,
        change_reason=typed.change_reason,
        numerator=read.numerator,
        denominator=read.denominator,
        value=read.value,
        forecast_on=read.forecast_on,
        completed_on=read.completed_on,
        error=read.error,
        version=version,
        box_changes={box: [row.as_stored() for row in rows] for box, rows in kept.items()},
        saved_at=at,
        saved_by=by,
    )


def _write(cells: Iterable[ReturnCell]) -> None:
    """Write cells, new and changed ones, in one statement. What a decision left at one stays."""
    kept = {"id", "submission", "series", "period_end", "returned_at", "returned_by"}
    kept |= {"returned_reason", "is_text_withdrawn"}
    ReturnCell.objects.bulk_create(
        cells,
        update_conflicts=True,
        unique_fields=["submission", "series", "period_end"],
        update_fields=[
            field.name for field in ReturnCell._meta.concrete_fields if field.name not in kept
        ],
    )


def _conflicts(
    clashing: Sequence[tuple[int, ReturnCell | None, Merged]], by: User
) -> tuple[Conflict, ...]:
    """Both versions of each cell, and who saved each box and when, as far as that was recorded."""
    last = {
        (key, box): changes[-1]
        for key, cell, _ in clashing
        if cell
        for box, changes in _changes_of(cell).items()
    }
    people = User.objects.in_bulk({change.by for change in last.values()} - {None})
    conflicts = []
    for key, cell, merged in clashing:
        if cell is None:
            raise ReturnRefused("This figure was cleared in the meantime. Load the page again.")
        boxes = []
        for box in merged.conflicts:
            change = last.get((key, box))
            person = people.get(change.by) if change else cell.saved_by
            saved_at = change.at if change else cell.saved_at
            is_own = person is not None and person.pk == by.pk
            boxes.append(BoxConflict(box, str(person or "the tracker"), saved_at, is_own))
        conflicts.append(Conflict(key, merged.text, text_of(cell), cell.version, tuple(boxes)))
    return tuple(conflicts)


def _cell_changes(asked: FigureDue, before: CellText, after: CellText) -> list[audit.FieldChange]:
    """What was typed where, for the audit record.

    Boxes accept any words. Words stay in the cell only, so that they can be withdrawn; figures are
    recorded.
    """
    changes = []
    for name in CellText.__dataclass_fields__:
        old, new = getattr(before, name), getattr(after, name)
        is_words = name in TEXT_LIMITS and (name not in SHORT or _has_letters(old + new))
        of = audit.FieldChange.of_text if is_words else audit.FieldChange.of
        change = of(f"{asked.code}.{name}", old, new)
        if change.old != change.new:
            changes.append(change)
    return changes


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
