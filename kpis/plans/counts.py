"""How many targets have which status: the counts on every page, whose parts add up. Pure.

A status is counted in the group that `Rag.group` gives. Rows without a colour are always split by
reason. A good rating that is being recalculated never counts as on target, because its figures may
have changed; a bad rating stays until it is cleared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from kpis.judging.claims import Movement, movement_of
from kpis.judging.status import Standing
from kpis.rag import Group, Rag


class Unsure(StrEnum):
    """A reason for not being rated that is not a status, as it lasts for seconds."""

    RECALCULATING = "recalculating"


Reason = Rag | Unsure

# Reasons are listed in this order: those that may pass before those that will not.
_SPLIT: dict[Reason, tuple[str, str]] = {
    Rag.LATE: ("is late", "are late"),
    Rag.NO_DATA: ("has no data", "have no data"),
    Unsure.RECALCULATING: ("is being recalculated", "are being recalculated"),
    Rag.INCOMPLETE: ("is incomplete", "are incomplete"),
    Rag.NOT_DUE: ("is not due", "are not due"),
    Rag.NEEDS_BASELINE: ("needs a baseline", "need a baseline"),
    Rag.NO_TARGET: ("has no target", "have no target"),
    Rag.NO_MEASURE: ("has no measure", "have no measure"),
    Rag.NOT_APPLICABLE: ("does not apply", "do not apply"),
    Rag.SUPPRESSED: ("is suppressed", "are suppressed"),
}


def counted_as(rag: Rag, *, is_recalculating: bool = False) -> Reason:
    """What a row is counted as: its status, or that a good status is being recalculated."""
    return Unsure.RECALCULATING if is_recalculating and rag.group is Group.ON_TARGET else rag


def group_of(counted: Reason) -> Group:
    return Group.NOT_RATED if isinstance(counted, Unsure) else counted.group


@dataclass(frozen=True, slots=True)
class Part:
    """A reason for having no colour, and how many have it: "13 need a baseline"."""

    reason: Reason
    count: int

    @property
    def words(self) -> str:
        return _SPLIT[self.reason][self.count != 1]

    def __str__(self) -> str:
        return f"{self.count} {self.words}"


@dataclass(frozen=True)
class Counts:
    """How many rows are in each group; the groups without a colour by reason too."""

    by_reason: Mapping[Reason, int] = field(default_factory=dict)

    @classmethod
    def of(cls, counted: Iterable[Reason]) -> Counts:
        return cls(Counter(counted))

    def in_group(self, group: Group) -> int:
        return sum(count for reason, count in self.by_reason.items() if group_of(reason) is group)

    @property
    def by_group(self) -> dict[Group, int]:
        return {group: self.in_group(group) for group in Group}

    @property
    def on_target(self) -> int:
        return self.in_group(Group.ON_TARGET)

    @property
    def near_target(self) -> int:
        return self.in_group(Group.NEAR_TARGET)

    @property
    def off_target(self) -> int:
        return self.in_group(Group.OFF_TARGET)

    @property
    def no_data(self) -> int:
        return self.in_group(Group.NO_DATA)

    @property
    def not_rated(self) -> int:
        return self.in_group(Group.NOT_RATED)

    @property
    def total(self) -> int:
        return sum(self.by_reason.values())

    @property
    def rated(self) -> int:
        return self.on_target + self.near_target + self.off_target

    def split(self, group: Group) -> tuple[Part, ...]:
        """A group without a colour, by reason. The parts add up to it."""
        return tuple(
            Part(reason, self.by_reason[reason])
            for reason in _SPLIT
            if group_of(reason) is group and self.by_reason.get(reason)
        )

    @property
    def unrated_words(self) -> str:
        """Why some have no colour: "12 have no data, 20 have no measure"; else empty."""
        return ", ".join(
            str(part) for group in (Group.NO_DATA, Group.NOT_RATED) for part in self.split(group)
        )


class Counted(Protocol):
    """What is needed to count a row of a page; the key is empty where there is no measure."""

    @property
    def standing(self) -> Standing: ...
    @property
    def counted(self) -> Reason: ...
    @property
    def measure_key(self) -> str: ...


Row = TypeVar("Row", bound=Counted)
# The gravest signal first; other kinds of variation are no signal.
# Of some signals the gravest is named: the words say how the others are.
_SIGNALS = {
    Movement.CONCERNING: ("The only signal", "Worst of {} signals"),
    Movement.NEUTRAL: ("The only signal", "One of {} signals, none for the worse"),
    Movement.IMPROVING: (
        "The only signal, for the better",
        "One of {} signals, all for the better",
    ),
}
_WORST_FIRST = (
    Group.OFF_TARGET,
    Group.NEAR_TARGET,
    Group.NO_DATA,
    Group.NOT_RATED,
    Group.ON_TARGET,
)


@dataclass(frozen=True)
class Tally(Generic[Row]):
    """What a heading says of the rows under it: the counts, who reported, the worst signal."""

    rows: tuple[Row, ...]

    @cached_property
    def counts(self) -> Counts:
        return Counts.of(row.counted for row in self.rows)

    @cached_property
    def _came(self) -> dict[str, bool]:
        """Measures whose figure was due by now, and whether it is complete."""
        came: dict[str, bool] = {}
        for row in self.rows:
            rag, key = row.standing.rag, row.measure_key
            # No figure is due for a target that nobody counts, or from a closed care group.
            nothing_due = row.standing.is_unreported or rag in (Rag.NO_MEASURE, Rag.NOT_DUE)
            if key and not nothing_due:
                whole = not rag.is_overdue and rag is not Rag.INCOMPLETE
                came[key] = came.get(key, True) and whole
        return came

    @property
    def to_report(self) -> int:
        """How many measures had a figure due by now, each counted once."""
        return len(self._came)

    @property
    def reported(self) -> int:
        """How many of those have a complete figure. An incomplete one does not count."""
        return sum(self._came.values())

    @property
    def reported_words(self) -> str:
        """ "11 of 13 measures reported"; empty where no figure was due."""
        if not self.to_report:
            return ""
        noun = "measure" if self.to_report == 1 else "measures"
        return f"{self.reported} of {self.to_report} {noun} reported"

    @property
    def worst(self) -> Row | None:
        """The row with the gravest current signal; None without a signal.

        Concerning comes before merely changed, and that before improving; then off target comes
        first, then what is expected to miss its target.
        """
        found = [
            (rank, place, row)
            for place, row in enumerate(self.rows)
            if (rank := _gravity(row.standing)) is not None
        ]
        return min(found, key=lambda item: item[:2])[2] if found else None

    @property
    def worst_words(self) -> str:
        """The words before that signal; an improvement is not called bad, if none is worse. Without
        figures to look at, quiet is not claimed.
        """
        if self.worst is None:
            seen = {movement_of(row.standing.variation) for row in self.rows}
            return "No signal" if seen - {Movement.NOT_ASSESSED} else "Nothing to read signals from"
        # A measure with several targets gives one signal.
        found = {row.measure_key for row in self.rows if _gravity(row.standing) is not None}
        single, several = _SIGNALS[movement_of(self.worst.standing.variation)]
        return single if len(found) == 1 else several.format(len(found))


def _gravity(standing: Standing) -> tuple[int, int, bool] | None:
    movement = movement_of(standing.variation)
    if movement not in _SIGNALS:
        return None
    return (
        list(_SIGNALS).index(movement),
        _WORST_FIRST.index(standing.rag.group),
        standing.assurance != "fail",
    )
