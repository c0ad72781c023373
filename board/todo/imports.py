"""Imports that wait: your own preview to confirm, and figures that a second person approves."""

from accounts.roles import Capability
from board.todo.desk import Desk
from board.todo.items import Item, Line, day_words
from kmpt_tracker.ui.formats import format_count
from kpis.models import ImportBatch
from kpis.models.imports import WAITS

Status = ImportBatch.Status


def to_confirm(desk: Desk) -> list[Item]:
    """Previews of a person's own imports, whose rows are kept for a day."""
    return [
        Item(
            title=f"An import to confirm: {format_count(batch.rows, 'row')}",
            what="the import that you began",
            url=batch.get_absolute_url(),
            button="Look",
            due_at=batch.read_at + WAITS,
            words="Nothing is saved yet. Its rows are kept until then.",
        )
        for batch in desk.imports
        if batch.status == Status.WAITING
    ]


def to_approve(desk: Desk) -> list[Item]:
    """Figures of months before the tracker, which somebody else brought in."""
    return [
        Item(
            title=f"An import to approve: {format_count(batch.added + batch.changed, 'figure')}",
            what="the import of earlier months",
            url=batch.get_absolute_url(),
            button="Review",
            no_date=f"since {day_words(batch.read_at, desk.now)}",
            words=f"{batch.read_by} brought in figures of months before the tracker. They count "
            "once a second person has approved them as a whole.",
        )
        for batch in desk.imports
        if batch.status == Status.PROPOSED
        and batch.read_by_id != desk.person.pk
        and desk.access.may(Capability.APPROVE_RETURNS)
    ]


def with_others(desk: Desk) -> list[Line]:
    return [
        Line(
            words=f"Import of {format_count(batch.added + batch.changed, 'figure')}",
            note="you brought it in, a colleague must approve it",
            url=batch.get_absolute_url(),
        )
        for batch in desk.imports
        if batch.status == Status.PROPOSED and batch.read_by_id == desk.person.pk
    ]
