"""The page of a savings programme as published: its table, its rules and its meetings."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cip.models import Allocation, Programme
from kmpt_tracker.ui.formats import format_number
from kpis.plans.blocks import Section
from kpis.plans.statements import statement_section
from strategy.models import Note, PlanStatement
from strategy.notes import Notes, notes_on
from strategy.recorded import already_recorded, restored

Kind = PlanStatement.Kind
# The kinds of a plan's statements that are about its savings: the rules and the meeting calendar.
KINDS = (Kind.CIP_RULE, Kind.GOVERNANCE)


@dataclass(frozen=True)
class MoneyColumn:
    """A column of the published table: its heading, and how it is read from a row and the total."""

    heading: str
    of_row: Callable[[Allocation], Decimal | None]
    printed: Callable[[Programme], Decimal | None]


COLUMNS = (
    MoneyColumn("Target", lambda row: row.target_k, lambda total: total.printed_target_k),
    MoneyColumn(
        "Identified",
        lambda row: row.published_identified_k,
        lambda total: total.printed_identified_k,
    ),
    MoneyColumn(
        "Unidentified",
        lambda row: row.published_unidentified_k,
        lambda total: total.printed_unidentified_k,
    ),
)


@dataclass(frozen=True)
class AllocationLine:
    """A row of the published table, and the notes on it."""

    allocation: Allocation
    notes: tuple[Note, ...]

    @property
    def figures(self) -> tuple[Decimal | None, ...]:
        return tuple(column.of_row(self.allocation) for column in COLUMNS)


@dataclass(frozen=True)
class ProgrammePage:
    """Everything that the page of a programme shows."""

    programme: Programme
    lines: tuple[AllocationLine, ...]
    sections: tuple[Section, ...]
    notes: Notes

    columns = COLUMNS

    @property
    def printed(self) -> tuple[Decimal | None, ...]:
        return tuple(column.printed(self.programme) for column in COLUMNS)

    @property
    def sums(self) -> list[str]:
        """What the rows add up to, and how far the printed total is from it: "5,949 (1 less)"."""
        rows = [line.figures for line in self.lines]
        sums = [_sum(figures) for figures in zip(*rows, strict=True)] or [None] * len(COLUMNS)
        return [_sum_words(*pair) for pair in zip(sums, self.printed, strict=True)]

    @property
    def programme_notes(self) -> tuple[Note, ...]:
        return self.notes.at(self.programme)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """Summed in Python so that both databases agree; None where no row has a figure."""
    held = [value for value in values if value is not None]
    return sum(held, Decimal(0)) if held else None


def _sum_words(total: Decimal | None, printed: Decimal | None) -> str:
    shown = format_number(total)
    if total is None or printed is None or printed == total:
        return shown
    difference = abs(printed - total)
    return f"{shown} ({format_number(difference)} {'less' if total < printed else 'more'})"


def programmes_known(at: datetime | None) -> list[Programme]:
    """The savings programmes known at a moment, newest first; `None` is now."""
    rows = Programme.objects.select_related("plan", "source_document").order_by("-year")
    return [row for row in restored(already_recorded(rows, at), at) if _was_known(row, at)]


def _was_known(programme: Programme, at: datetime | None) -> bool:
    """A programme is known from the same moment as its plan."""
    return at is None or programme.plan is None or programme.plan.known_from <= at


def allocations_known(rows: Iterable[Allocation], at: datetime | None) -> list[Allocation]:
    """Allocations with their programme and its plan, as recorded at a moment."""
    known = restored(already_recorded(rows, at), at)
    return [row for row in known if _was_known(row.programme, at)]


def programme_page(year: str, known_at: datetime | None = None) -> ProgrammePage | None:
    """The programme of a financial year ("2019-20"), or None if there was none at `known_at`."""
    programme = next((row for row in programmes_known(known_at) if row.year == year), None)
    if programme is None:
        return None
    rows = allocations_known(
        programme.allocations.select_related("care_group", "programme__plan").order_by("position"),
        known_at,
    )
    statements = _statements(programme)
    notes = notes_on([programme, *rows, *statements], known_at)
    return ProgrammePage(
        programme=programme,
        lines=tuple(AllocationLine(row, notes.at(row)) for row in rows),
        sections=tuple(_sections(statements)),
        notes=notes,
    )


def _statements(programme: Programme) -> list[PlanStatement]:
    """The plan's rules and dates, without those that the programme's own rules repeat."""
    if programme.plan is None:
        return []
    rows = programme.plan.statements.filter(kind__in=KINDS)
    rows = rows.select_related("plan", "source_document").order_by("position")
    rules = [_words(rule["statement"]) for rule in programme.rules]
    return [
        row
        for row in rows
        if row.kind != Kind.CIP_RULE or not any(_words(row.text) in rule for rule in rules)
    ]


def _words(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _sections(statements: Sequence[PlanStatement]) -> Iterable[Section]:
    for kind in KINDS:
        found = [row for row in statements if row.kind == kind]
        if found:
            yield statement_section(kind, found)
