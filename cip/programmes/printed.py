"""What the plan prints of a savings programme: its table, its rules, its money, its meetings."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cip.models import Allocation, Programme
from kmpt_tracker.ui.formats import format_number
from kpis.plans.blocks import Section
from kpis.plans.stated import stated_tables
from kpis.plans.statements import statement_section
from strategy.models import FinanceLine, PlanStatement
from strategy.notes import Notes, Remark
from strategy.recorded import already_recorded, restored, restored_parents

Kind = PlanStatement.Kind
# The kinds of a plan's statements that are about its savings: the rules and the meeting calendar.
KINDS = (Kind.CIP_RULE, Kind.GOVERNANCE)
# Groups of the plan's money that the savings are part of.
MONEY = (
    "CIP",
    "CIP table",
    "Financial forecast",
    "Bridge",
    "Surplus or deficit",
    "Income",
    "Assumptions: income",
    "Assumptions: pay",
    "Assumptions: non pay",
    "Agency spend",
    "Capital programme",
    "Capital funding",
    "Cash",
)


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
    notes: tuple[Remark, ...]

    @property
    def figures(self) -> tuple[Decimal | None, ...]:
        return tuple(column.of_row(self.allocation) for column in COLUMNS)


def sum_of(values: Iterable[Decimal | None]) -> Decimal | None:
    """Summed in Python so that both databases agree; None where no row has a figure."""
    held = [value for value in values if value is not None]
    return sum(held, Decimal(0)) if held else None


def sum_words(total: Decimal | None, printed: Decimal | None) -> str:
    shown = format_number(total)
    if total is None or printed is None or printed == total:
        return shown
    difference = abs(printed - total)
    return f"{shown} ({format_number(difference)} {'less' if total < printed else 'more'})"


def programmes_known(at: datetime | None) -> list[Programme]:
    """The savings programmes known at a moment, newest first; `None` is now."""
    rows = Programme.objects.select_related("plan", "source_document").order_by("-year")
    then = restored_parents(restored(already_recorded(rows, at), at), "plan", at)
    return [row for row in then if _was_known(row, at)]


def _was_known(programme: Programme, at: datetime | None) -> bool:
    """A programme is known from the same moment as its plan."""
    return at is None or programme.plan is None or programme.plan.known_from <= at


def allocations_known(rows: Iterable[Allocation], at: datetime | None) -> list[Allocation]:
    """Allocations with their programme and its plan, as recorded at a moment."""
    known = restored(already_recorded(rows, at), at)
    return [row for row in known if _was_known(row.programme, at)]


def said_of(programme: Programme) -> list[PlanStatement]:
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


def money_of(programme: Programme) -> list[FinanceLine]:
    """The money that the plan states around its savings."""
    if programme.plan is None:
        return []
    rows = programme.plan.finance_lines.filter(group__in=MONEY)
    return list(rows.select_related("plan", "source_document").order_by("position"))


def _words(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def printed_sections(
    statements: Sequence[PlanStatement], lines: Sequence[FinanceLine], notes: Notes
) -> Iterable[Section]:
    """What the plan says of its savings and of the money around them, under headings."""
    if lines:
        tables = stated_tables(lines, notes)
        title = "Money that the plan states: other years, the bridge, income, capital, cash"
        yield Section("money", title, "kpis/plan/_money.html", tables, len(lines))
    for kind in KINDS:
        found = [row for row in statements if row.kind == kind]
        if found:
            yield statement_section(kind, found)
