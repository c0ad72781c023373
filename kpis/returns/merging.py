"""Merge two people's entries in one cell: box by box, an untouched box takes what was saved since.
Pure.

Only boxes that a person changed can conflict. The parts of one figure count as one box: one
person's numerator with another's denominator would be a pair that nobody typed. What the page
showed is worked out from the version it was based on and the marks kept of each change, never from
what the form says it showed: a form that lies about it changes nothing. A mark is a digest, so that
a text which is withdrawn leaves no copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from kpis.returns.cells import SHORT, CellText

BOXES = tuple(field.name for field in fields(CellText))
FIGURE = (*SHORT, "milestone_status")
# The figure as one person means it, or that it should be withdrawn.
ONE_BOX = (*FIGURE, "withdrawn")
# Older changes are dropped: a page based on an older version is asked about, not guessed at.
KEPT_CHANGES = 40


@dataclass(frozen=True, slots=True)
class BoxChange:
    """A box as a version of its cell left it: a mark of its text, by whom and when."""

    version: int
    mark: str
    by: int | None
    at: datetime

    def as_stored(self) -> list[Any]:
        return [self.version, self.mark, self.by, self.at.isoformat()]

    @classmethod
    def from_stored(cls, stored: Sequence[Any]) -> BoxChange:
        version, mark, by, at = stored
        return cls(version, mark, by, datetime.fromisoformat(at))


@dataclass(frozen=True)
class CellEntry:
    """A cell as a form sends it: which series, the version it was based on, what was typed.

    `shown` are the boxes that the form had; the form cannot change others.
    """

    series_id: int
    version: int
    text: CellText
    shown: Collection[str] = BOXES


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell after merging: touched boxes as typed, the others as saved last.

    `conflicts` are the boxes that both people changed, to different text; `newer` are those that
    this person left alone and somebody else saved since.
    """

    text: CellText
    conflicts: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()


def mark_of(text: str | bool) -> str:
    """A mark of a box's text. Line endings are normalised, because browsers change them."""
    if not text:
        return ""
    plain = "on" if text is True else text.replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def marks_at(
    version: int, changes: Mapping[str, Sequence[BoxChange]], saved: CellText, newest: int
) -> dict[str, str | None]:
    """The marks of what a page of that version showed; None for a version that does not exist yet.

    A box without a change by then was empty.
    """
    if version == newest:
        return {box: mark_of(getattr(saved, box)) for box in BOXES}
    if version > newest:
        return dict.fromkeys(BOXES)
    found: dict[str, str | None] = {}
    for box in BOXES:
        until = [change.mark for change in changes.get(box, ()) if change.version <= version]
        found[box] = until[-1] if until else ""
    return found


def merge(
    typed: CellText,
    saved: CellText,
    *,
    base: Mapping[str, str | None],
    shown: Collection[str] = BOXES,
) -> Merged:
    """Merge what was typed on a page that showed `base` with what is saved now.

    A tick confirms the figure that its page showed, so it is dropped when that figure has changed.
    """
    mine = {box: mark_of(getattr(typed, box)) for box in BOXES}
    theirs = {box: mark_of(getattr(saved, box)) for box in BOXES}
    moved = {box for box in BOXES if theirs[box] != base[box]}
    touched = {box for box in shown if mine[box] not in (theirs[box], base[box])}
    if touched.intersection(ONE_BOX) and moved.intersection(ONE_BOX):
        own = {box for box in ONE_BOX if box in shown and mine[box] != theirs[box]}
        touched, moved = touched | own, moved | own
    boxes: dict[str, Any] = {box: getattr(typed, box) for box in BOXES if box in touched}
    conflicts = [box for box in BOXES if box in touched & moved]
    newer = [box for box in BOXES if box in moved - touched and mine[box] != theirs[box]]
    if moved.intersection(FIGURE):
        boxes.pop("confirmed", None)
    return Merged(replace(saved, **boxes), tuple(conflicts), tuple(newer))


def with_change(
    changes: Mapping[str, Sequence[BoxChange]],
    before: CellText,
    after: CellText,
    change: BoxChange,
) -> dict[str, list[BoxChange]]:
    """The changes kept of a cell after one more version of it."""
    kept = {box: list(rows) for box, rows in changes.items()}
    for box in BOXES:
        mark = mark_of(getattr(after, box))
        if mark != mark_of(getattr(before, box)):
            rows = [*kept.get(box, ()), replace(change, mark=mark)]
            kept[box] = rows[-KEPT_CHANGES:]
    return kept
