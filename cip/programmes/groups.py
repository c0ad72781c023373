"""A programme by care group: what was printed, what the schemes add up to, where they differ."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cip.models import Allocation, Programme
from cip.money import PrintedTotal
from cip.programmes.printed import COLUMNS, AllocationLine, sum_of, sum_words
from cip.programmes.targets import TargetMove, moved
from cip.programmes.totals import ZERO, Totals
from cip.standing.read import Standing
from cip.wording import thousands
from strategy.models import CareGroup
from strategy.notes import Notes, Remark


@dataclass(frozen=True)
class GroupLine:
    """A care group: its printed figures, and the tracked ones."""

    printed: AllocationLine
    totals: Totals
    moved: Decimal = ZERO

    @property
    def care_group(self) -> CareGroup:
        return self.printed.allocation.care_group

    @property
    def anchor(self) -> str:
        return f"group-{self.care_group.code}"

    @property
    def label(self) -> str:
        return self.printed.allocation.label_as_published or self.care_group.name

    @property
    def share(self) -> Decimal | None:
        """The identified part of the target in per cent, as printed, else as tracked."""
        allocation = self.printed.allocation
        return share_of(allocation.published_identified_k, allocation.target_k, self.totals)

    @property
    def moved_words(self) -> str:
        """ "£20k moved in since": the target now is the printed one and what changed."""
        if not self.moved:
            return ""
        way = "in" if self.moved > 0 else "out"
        now, shift = thousands(self.totals.target), thousands(abs(self.moved))
        return f"target now {now}: £{shift}k moved {way}"


@dataclass(frozen=True)
class ByGroup:
    """The table by care group, with the totals of the programme, and what it says below."""

    programme: Programme
    lines: tuple[GroupLine, ...]
    totals: Totals
    moves: Sequence[TargetMove] = ()
    notes: Sequence[Remark] = ()  # on the programme

    columns = COLUMNS

    @property
    def has_schemes(self) -> bool:
        return bool(self.totals.rows)

    @property
    def printed(self) -> tuple[Decimal | None, ...]:
        return tuple(column.printed(self.programme) for column in COLUMNS)

    @property
    def share(self) -> Decimal | None:
        held, target = self.programme.printed_identified_k, self.programme.printed_target_k
        return share_of(held, target, self.totals)

    @property
    def sums(self) -> list[str]:
        """What the rows add up to, and how far the printed total is from it: "5,949 (1 less)"."""
        rows = [line.printed.figures for line in self.lines]
        sums = [sum_of(figures) for figures in zip(*rows, strict=True)] or [None] * len(COLUMNS)
        return [sum_words(*pair) for pair in zip(sums, self.printed, strict=True)]

    @property
    def rounding(self) -> list[str]:
        """Where the printed rows and totals differ, in words."""
        found = []
        rows = [line.printed.figures for line in self.lines]
        for column, *figures in zip(COLUMNS, *rows, strict=True):
            total, printed = sum_of(figures), column.printed(self.programme)
            if total is not None and printed is not None and total != printed:
                said = PrintedTotal(printed, total).sentence
                found.append(f"{column.heading}: {said[:1].lower()}{said[1:]}")
        return found

    @property
    def differs(self) -> list[str]:
        """Care groups whose schemes do not add up to what the plan printed."""
        found = []
        for line in self.lines:
            printed = line.printed.allocation.published_identified_k
            if self.has_schemes and printed is not None and printed != line.totals.identified:
                found.append(
                    f"{line.label}: {thousands(line.totals.identified)} identified by schemes, "
                    f"{thousands(printed)} printed"
                )
        return found

    @property
    def moved_words(self) -> list[str]:
        """Every transfer and change of a target, oldest first."""
        names = {line.care_group.pk: line.care_group.name for line in self.lines}
        return [move.words(names) for move in self.moves]


def share_of(printed: Decimal | None, target: Decimal | None, tracked: Totals) -> Decimal | None:
    """Which part of a target is identified, in per cent: both as printed, or both as they add up
    where the plan prints no identified value. None of no target.
    """
    if printed is None or target is None:
        printed, target = tracked.identified, tracked.target
    return 100 * printed / target if target else None


def group_lines(
    programme: Programme,
    allocations: Iterable[Allocation],
    moves: Sequence[TargetMove],
    rows: Iterable[Standing],
    notes: Notes,
) -> tuple[GroupLine, ...]:
    """A line for each row of the printed table, with the schemes of its care group."""
    by_group: dict[int, list[Standing]] = defaultdict(list)
    for row in rows:
        by_group[row.scheme.care_group_id].append(row)
    found = []
    for allocation in allocations:
        group = allocation.care_group_id
        shift = moved(moves, group)
        totals = Totals(
            allocation.target_k + shift, tuple(by_group[group]), programme.financial_year
        )
        found.append(GroupLine(AllocationLine(allocation, notes.at(allocation)), totals, shift))
    return tuple(found)
