"""A savings programme as published: its table, its rules, and who meets when about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from cip.models import Allocation, Programme
from kpis.pages.blocks import Section
from kpis.pages.plan_says import statement_section
from strategy.models import PlanStatement
from strategy.notes import Notes, notes_on

Kind = PlanStatement.Kind
# What of a plan's words bears on its savings: the rules, and the calendar of governance.
KINDS = (Kind.CIP_RULE, Kind.GOVERNANCE)


@dataclass(frozen=True)
class ProgrammePage:
    """Everything the page of a programme shows."""

    programme: Programme
    allocations: tuple[Allocation, ...]
    sums: dict[str, Decimal | None]
    sections: tuple[Section, ...]
    notes: Notes


def programmes_newest_first() -> QuerySet[Programme]:
    """Every savings programme with its plan."""
    return Programme.objects.select_related("plan").order_by("-year")


def find_programme(year: str) -> Programme | None:
    return Programme.objects.filter(year=year).select_related("plan", "source_document").first()


def programme_page(year: str) -> ProgrammePage | None:
    """The programme of a financial year ("2019-20"), or None where there is none."""
    programme = find_programme(year)
    if programme is None:
        return None
    rows = programme.allocations.select_related("care_group", "programme").order_by("position")
    statements = _statements(programme)
    return ProgrammePage(
        programme=programme,
        allocations=tuple(rows),
        sums=rows.aggregate(
            target=Sum("target_k"),
            identified=Sum("published_identified_k"),
            unidentified=Sum("published_unidentified_k"),
        ),
        sections=tuple(_sections(statements)),
        notes=notes_on([programme, *rows, *statements]),
    )


def _statements(programme: Programme) -> list[PlanStatement]:
    """The plan's rules and dates, without what stands among the programme's own rules."""
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
