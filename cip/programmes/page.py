"""The page of a programme: from target to delivered pound, by care group and by scheme.

Each part of it has a module of its own: `headline`, `progress`, `groups`, `table`, `ratings`, and
`printed` for what the plan says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from cip.models import Programme
from cip.money import Weights
from cip.programmes.chosen import (
    CATEGORY_OPTIONS,
    QIA_OPTIONS,
    RATING_OPTIONS,
    STAGE_OPTIONS,
    Chosen,
    options,
)
from cip.programmes.groups import ByGroup, GroupLine, group_lines
from cip.programmes.headline import Headline
from cip.programmes.printed import (
    allocations_known,
    money_of,
    printed_sections,
    programmes_known,
    said_of,
)
from cip.programmes.progress import Progress
from cip.programmes.ratings import (
    rating_changes,
    rating_table,
    weighting_changes,
    weightings_known,
    weights_table,
)
from cip.programmes.table import SchemesShown
from cip.programmes.targets import TargetMove, changed, moves_known
from cip.programmes.totals import ZERO, Totals
from cip.standing.kept import standings_now
from cip.standing.read import Standing, Weighted, schemes_of, standings
from kmpt_tracker.ui.components import Table
from kpis.plans.blocks import Section
from strategy.notes import Notes, notes_on
from strategy.periods import Month

TABS = (("", "Programme"), ("plan", "What the plan says"))


@dataclass(frozen=True)
class ProgrammePage:
    """Everything that the page of a programme shows."""

    programme: Programme
    lines: tuple[GroupLine, ...]
    rows: tuple[Standing, ...]
    moves: tuple[TargetMove, ...]
    notes: Notes
    choice: Chosen = field(default_factory=Chosen)
    sections: tuple[Section, ...] = ()
    tab: str = ""
    most: int | None = None  # schemes in the table; None: all
    weighted: tuple[Weighted, ...] = ()  # the changes of the weights, oldest first
    signed: tuple[Month, ...] = ()  # by any care group, whichever month is asked for

    stage_options = STAGE_OPTIONS
    qia_options = QIA_OPTIONS
    rating_options = RATING_OPTIONS
    category_options = CATEGORY_OPTIONS

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        url = self.programme.get_absolute_url()
        return [(f"{url}?show={code}" if code else url, words, code == self.tab)
                for code, words in TABS]  # fmt: skip

    @property
    def has_schemes(self) -> bool:
        return bool(self.rows)

    @property
    def has_illustrative(self) -> bool:
        return any(row.scheme.is_illustrative for row in self.rows)

    @property
    def month_options(self) -> list[tuple[str, str]]:
        """The months at whose end the page can be read."""
        return [("", "Latest"), *((str(month), month.label) for month in self.signed)]

    @property
    def group_options(self) -> list[tuple[str, str]]:
        return options(((line.care_group.code, line.label) for line in self.lines), "All")

    @property
    def other_choices(self) -> list[tuple[str, str]]:
        """What the form of the month keeps: filters and order of the schemes."""
        return [pair for pair in self.choice.query.items() if pair[0] != "until"]

    @cached_property
    def totals(self) -> Totals:
        printed = self.programme.printed_target_k
        target = sum((line.totals.target for line in self.lines), ZERO)
        whole: Decimal = target if printed is None else printed + changed(self.moves)
        return Totals(whole, self.rows, self.programme.financial_year)

    @property
    def weights(self) -> Weights:
        """What a rating counts, at the moment of the page."""
        return self.weighted[-1].weights if self.weighted else self.programme.weights

    # Its parts, from the top of the page to its end.

    @cached_property
    def headline(self) -> Headline:
        until = Month.parse(self.choice.until) if self.choice.until else None
        return Headline(self.programme, self.totals, self.weights, bool(changed(self.moves)), until)

    @cached_property
    def progress(self) -> Progress:
        return Progress(self.totals, self.weights)

    @cached_property
    def groups(self) -> ByGroup:
        notes = self.notes.at(self.programme)
        return ByGroup(self.programme, self.lines, self.totals, self.moves, notes)

    @cached_property
    def schemes(self) -> SchemesShown:
        return SchemesShown(self.programme, self.rows, self.choice, self.most)

    @cached_property
    def ratings(self) -> Table | None:
        """The history of the ratings; None where none has changed."""
        changes = rating_changes(self.rows)
        return rating_table(changes) if changes else None

    @cached_property
    def weightings(self) -> Table | None:
        """The history of the weights; None where none has changed."""
        changes = weighting_changes(self.rows, self.programme.weights, self.weighted)
        return weights_table(changes) if changes else None


def find_programme(year: str, known_at: datetime | None = None) -> Programme | None:
    """The programme of a financial year ("2019-20"), or None if there was none at `known_at`."""
    return next((row for row in programmes_known(known_at) if row.year == year), None)


def programme_page(
    programme: Programme,
    known_at: datetime | None = None,
    *,
    choose: Any = None,
    tab: str = "",
    most: int | None = None,
) -> ProgrammePage:
    """`choose` reads the filters, once the care groups are known."""
    allocations = allocations_known(
        programme.allocations.select_related("care_group", "programme__plan").order_by("position"),  # type: ignore[attr-defined]
        known_at,
    )
    moves = moves_known(programme, known_at)
    choice = choose([row.care_group for row in allocations]) if choose else Chosen()
    rows: Sequence[Standing] = ()
    if tab == "":
        groups = [row.care_group for row in allocations]
        rows = (
            standings(schemes_of(programme), known_at=known_at, groups=groups)
            if known_at
            else standings_now(programme, groups)
        )
    signed = tuple(sorted({month for row in rows for month in row.signed_off}))
    if choice.until:
        rows = [row.until(Month.parse(choice.until)) for row in rows]
    statements = said_of(programme) if tab == "plan" else []
    stated = money_of(programme) if tab == "plan" else []
    notes = notes_on([programme, *allocations, *statements, *stated], known_at)
    return ProgrammePage(
        programme=programme,
        lines=group_lines(programme, allocations, moves, rows, notes),
        rows=tuple(rows),
        moves=tuple(moves),
        weighted=weightings_known(programme, rows, known_at) if tab == "" else (),
        signed=signed,
        notes=notes,
        choice=choice,
        sections=tuple(printed_sections(statements, stated, notes)),
        tab=tab,
        most=most,
    )
