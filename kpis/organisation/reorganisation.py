"""A change of the structure from some day on, and whether it can be made.

Care groups begin, end, are divided, joined, or become another. Groups that
end keep their figures, and new ones record which groups they came from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from django.utils.text import slugify

from accounts.administration.conflicts import last_change
from accounts.refusals import Refused
from kmpt_tracker.ui.formats import format_date, format_moment
from strategy.models import CareGroup
from strategy.models.organisation import RESERVED_CODES

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_CODE, MOST_PARTS = 40, 6


class Kind(StrEnum):
    """What happens to the structure."""

    BEGIN = "begin"
    END = "end"
    SPLIT = "split"
    MERGE = "merge"
    REPLACE = "replace"


TITLES = {
    Kind.BEGIN: "A care group begins",
    Kind.END: "A care group ends",
    Kind.SPLIT: "A care group is divided",
    Kind.MERGE: "Care groups are joined",
    Kind.REPLACE: "A care group becomes another",
}


class StructureRefused(Refused):
    """The structure cannot change like this."""


@dataclass(frozen=True)
class NewGroup:
    """A care group to be made; without a code, one is made from its name."""

    name: str
    typed_code: str = ""
    level: str = CareGroup.Level.CARE_GROUP

    @property
    def code(self) -> str:
        return self.typed_code or slugify(self.name)[:LONGEST_CODE].strip("-")


@dataclass(frozen=True)
class Reorganisation:
    """One change of the structure. `on` is the first day of the new one.

    `sources`: the care groups that it happens to, by key. `goes_on`: the new groups are split off
    from a source that stays. `into`: an existing group that takes over, instead of a new one.
    """

    kind: Kind
    on: date
    sources: tuple[int, ...] = ()
    new: tuple[NewGroup, ...] = ()
    into: int | None = None
    goes_on: bool = False


@dataclass(frozen=True)
class Examined:
    """A reorganisation that can be made, with the care groups as they are stored."""

    asked: Reorganisation
    groups: tuple[CareGroup, ...]
    sources: tuple[CareGroup, ...]
    into: CareGroup | None
    came_from: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def ending(self) -> tuple[CareGroup, ...]:
        if self.asked.goes_on or self.asked.kind is Kind.BEGIN:
            return ()
        return self.sources

    @property
    def taking_over(self) -> tuple[tuple[str, str], ...]:
        """Code and name of each group that reports from the day on: the new ones, or the one that
        others join.
        """
        if self.into is not None:
            return ((self.into.code, self.into.name),)
        return tuple((new.code, new.name) for new in self.asked.new)


def examined(asked: Reorganisation, groups: Sequence[CareGroup]) -> Examined:
    """Check that the structure can change; raises StructureRefused with the field that is wrong."""
    by_key = {row.pk: row for row in groups if not row.is_trust}
    if any(key not in by_key for key in (*asked.sources, *filter(None, [asked.into]))):
        raise StructureRefused("The trust as a whole neither begins nor ends", "sources")
    sources = tuple(by_key[key] for key in dict.fromkeys(asked.sources))
    into = by_key[asked.into] if asked.into else None
    _refuse_numbers(asked, sources, into)
    for row in (*sources, *filter(None, [into])):
        _refuse_dates(row, asked.on, "into" if row is into else "sources")
    _refuse_names(asked, groups)
    return Examined(asked, tuple(groups), sources, into)


def _refuse_numbers(
    asked: Reorganisation, sources: Sequence[CareGroup], into: CareGroup | None
) -> None:
    kind, parts = asked.kind, len(asked.new)
    if kind is not Kind.BEGIN and not sources:
        raise StructureRefused("Choose the care group", "sources")
    if kind is Kind.SPLIT:
        if parts < (1 if asked.goes_on else 2):
            raise StructureRefused(
                "Name both parts. If one care group takes the place of another, choose “A care "
                "group becomes another”; if it goes on beside the new one, say so",
                "name_1" if not parts else "name_2",
            )
    elif kind is Kind.MERGE:
        if into is not None and into in sources:
            raise StructureRefused(
                f"{into.name} goes on: do not choose it as one that ends", "into"
            )
        if into is None and len(sources) < 2:
            raise StructureRefused("Choose at least two care groups that are joined", "sources")
        if into is not None and parts:
            raise StructureRefused(
                f"Either {into.name} takes over, or a new care group: leave one empty", "name_1"
            )
        if into is None and not parts:
            raise StructureRefused("Enter the name of the care group they become", "name_1")
    elif kind is not Kind.END and not parts:
        raise StructureRefused("Enter the name of the new care group", "name_1")


def _refuse_dates(row: CareGroup, on: date, field_name: str) -> None:
    if row.valid_to is not None:
        last = format_date(row.valid_to - timedelta(days=1))
        by, at = last_change(row, "valid_to")
        said = f" ({by}, {format_moment(at)})" if by and at else ""
        raise StructureRefused(
            f"{row.name} already ends on {last}{said}; you typed a new structure from "
            f"{format_date(on)}. Change the dates of {row.name} first if that is wrong",
            field_name,
        )
    if row.valid_from is not None and row.valid_from >= on:
        raise StructureRefused(
            f"{row.name} begins on {format_date(row.valid_from)}: choose a day after that", "on"
        )


def _refuse_names(asked: Reorganisation, groups: Sequence[CareGroup]) -> None:
    held = {row.code: row for row in groups}
    names = {
        row.name.casefold() for row in groups if row.valid_to is None or row.valid_to > asked.on
    }
    typed = Counter(new.code for new in asked.new)
    same = Counter(new.name.casefold() for new in asked.new)
    for place, new in enumerate(asked.new, start=1):
        code = f"code_{place}"
        if len(new.code) > LONGEST_CODE or not CODE.fullmatch(new.code):
            raise StructureRefused(
                f"The code “{new.code}” must be small letters and digits with single hyphens "
                f"between, at most {LONGEST_CODE}: it stands in addresses and files",
                code,
            )
        if new.code in RESERVED_CODES:
            raise StructureRefused(f"“{new.code}” stands in addresses: choose another code", code)
        if new.code in held:
            raise StructureRefused(
                f"The code “{new.code}” is that of {held[new.code].name}: choose another", code
            )
        if typed[new.code] > 1:
            raise StructureRefused(f"Two parts have the code “{new.code}”: change one", code)
        if new.name.casefold() in names or same[new.name.casefold()] > 1:
            raise StructureRefused(
                f"There is a care group called {new.name} at that time: choose another name",
                f"name_{place}",
            )
