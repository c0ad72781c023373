"""The verb that saves the draft of a return: as typed, merged with what was saved since.

How a return is locked, and what may follow what, is in states.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability, Scope
from kpis.models import Return, ReturnCell, Series
from kpis.months.clock import find_period, open_period
from kpis.months.due import FigureDue, series_of_row
from kpis.returns.cells import SHORT, TEXT_LIMITS, CellRead, CellText, read_cell
from kpis.returns.conflicts import Conflict, changes_of, conflicts_of, merged_with, took_from_others
from kpis.returns.entering import named_measures
from kpis.returns.expected import cell_rules, recent_values
from kpis.returns.in_hand import by_row, due_rows, find_return, text_of
from kpis.returns.merging import BoxChange, CellEntry, with_change
from kpis.returns.sections import section_code, sections_due
from kpis.returns.states import (
    KEPT_WHEN_SAVED,
    ReturnRefused,
    Status,
    locked_return,
    move,
    open_return,
)
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month


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
        code = (
            section_code(submission, asked.series.measure_id)
            if asked
            else next(iter(sections_due(submission)))
        )
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
        if took_from_others(cell, merged, by):
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
        conflicts_of(clashing, by),
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
    kept = with_change(changes_of(cell), before, typed, change)
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


def _cell_changes(asked: FigureDue, before: CellText, after: CellText) -> list[audit.FieldChange]:
    """What was typed where, for the audit record.

    Boxes accept any words. Words stay in the cell only, so that they can be withdrawn; figures are
    recorded.
    """
    changes = []
    for name in CellText.__dataclass_fields__:
        old, new = getattr(before, name), getattr(after, name)
        is_words = name in TEXT_LIMITS and (name not in SHORT or any(map(str.isalpha, old + new)))
        of = audit.FieldChange.of_text if is_words else audit.FieldChange.of
        change = of(f"{asked.code}.{name}", old, new)
        if change.old != change.new:
            changes.append(change)
    return changes
