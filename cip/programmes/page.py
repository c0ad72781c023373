"""The page of a savings programme as published: its table, its rules and its meetings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cip.models import Allocation, Programme
from kpis.plans.blocks import Section
from kpis.plans.statements import statement_section
from strategy.models import PlanStatement
from strategy.notes import Notes, notes_on
from strategy.recorded import already_recorded, restored

Kind = PlanStatement.Kind
# The kinds of a plan's statements that are about its savings: the rules and the meeting calendar.
KINDS = (Kind.CIP_RULE, Kind.GOVERNANCE)


@dataclass(frozen=True)
class ProgrammePage:
    """Everything that the page of a programme shows."""

    programme: Programme
    allocations: tuple[Allocation, ...]
    sums: dict[str, Decimal | None]
    sections: tuple[Section, ...]
    notes: Notes


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
    return ProgrammePage(
        programme=programme,
        allocations=tuple(rows),
        sums={
            "target": _sum(row.target_k for row in rows),
            "identified": _sum(row.published_identified_k for row in rows),
            "unidentified": _sum(row.published_unidentified_k for row in rows),
        },
        sections=tuple(_sections(statements)),
        notes=notes_on([programme, *rows, *statements], known_at),
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """Summed in Python so that both databases agree; None where no row has a figure."""
    held = [value for value in values if value is not None]
    return sum(held, Decimal(0)) if held else None


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
