"""The contents of a plan's paper: its sections in order, and how many rows each has.

Only counts are read, because every page of the paper lists its contents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once
from kpis.models import Actual, Target
from kpis.plans.blocks import Section
from kpis.plans.statements import Kind, said_around, said_id, statement_section
from strategy.models import (
    Action,
    Ambition,
    ContextFigure,
    FinanceLine,
    Outcome,
    Plan,
    PlanStatement,
    QualityPriority,
    Risk,
)
from strategy.places import headings
from strategy.recorded import restored

# A section that is a table of one kind of row: its title.
TABLES = {
    "quarters": "Delivery by quarter",
    "standards": "Standards, and promises of the plan as a whole",
    "quality": "Quality priorities",
    "risks": "Risks",
    "money": "Figures the plan states",
    "observed": "Figures the plan reports",
    "context-figures": "Figures that set the scene",
}
GROUPING = "grouping-"
# The section in which a row that the search finds is read.
SECTION_OF = {
    "quality_priority": "quality",
    "risk": "risks",
    "finance": "money",
    "context_figure": "context-figures",
}


@dataclass(frozen=True)
class Chapter:
    """A section of the paper as the contents name it."""

    id: str
    title: str
    count: int

    @property
    def url(self) -> str:
        return f"?section={self.id}"

    @property
    def has_status(self) -> bool:
        """Whether it shows the status of something in a month."""
        return self.id.startswith(GROUPING) or self.id in ("standards", "quality", "risks")


def contents(plan: Plan, known_at: datetime | None) -> tuple[Chapter, ...]:
    """The sections of the paper that have content, in order, with the titles of that moment.

    Four queries for the present.
    """
    statements = _statements(plan.pk)
    groupings = restored(_groupings(plan.pk), known_at)
    counts = _counts(plan)
    found = [
        Chapter(f"{GROUPING}{row.position}", _called(row), row.under)  # type: ignore[attr-defined]
        for row in groupings
    ]
    found += _tables(counts, ("quarters", "standards", "quality", "risks"))
    before, after = said_around(statements, groupings[0].source_section if groupings else "")
    meets = [row for row in statements if row.kind == Kind.GOVERNANCE]
    calendar = [statement_section(Kind.GOVERNANCE, meets)] if any(r.when for r in meets) else []
    return (
        *map(_chapter, before),
        *found,
        *map(_chapter, after),
        *_tables(counts, ("money", "observed", "context-figures")),
        *map(_chapter, calendar),
    )


@answered_once
def _statements(plan: int) -> QuerySet[PlanStatement]:
    rows = PlanStatement.objects.filter(plan=plan).order_by("position")
    return rows.only("plan", "kind", "source_section", "when")


@answered_once
def _groupings(plan: int) -> QuerySet[Ambition]:
    rows = Ambition.objects.filter(plan=plan).annotate(under=Count("objectives"))
    return rows.order_by("position")


def _called(row: Ambition) -> str:
    return f"{row.get_kind_display()} {row.number}".strip() + f": {row.title}"


def _chapter(section: Section) -> Chapter:
    return Chapter(section.id, section.title, section.count)


def _tables(counts: Mapping[str, int], names: Iterable[str]) -> Iterator[Chapter]:
    for name in names:
        if counts[name]:
            yield Chapter(name, TABLES[name], counts[name])


def _counts(plan: Plan) -> dict[str, int]:
    """How many rows each table has; two queries."""
    (found,) = _counted(plan.pk)
    return {
        **{name.removeprefix("of_"): int(count) for name, count in found.items()},
        "context-figures": int(found["of_figures"]),
        "observed": observed(plan).count(),
    }


@answered_once
def _counted(plan: int) -> QuerySet[Plan, dict[str, int]]:
    def of(rows: QuerySet, plan: str = "plan") -> Coalesce:
        counted = rows.order_by().values(plan).annotate(rows=Count("pk")).values("rows")
        return Coalesce(Subquery(counted), 0)

    own = {"plan": OuterRef("pk")}
    asked = {
        "of_quarters": of(
            Action.objects.filter(objective__plan=OuterRef("pk")).exclude(quarter=""),
            "objective__plan",
        ),
        "of_standards": of(Target.objects.filter(objective__isnull=True, **own)),
        "of_quality": of(QualityPriority.objects.filter(**own)),
        "of_risks": of(Risk.objects.filter(**own)),
        "of_money": of(FinanceLine.objects.filter(**own)),
        "of_figures": of(ContextFigure.objects.filter(**own)),
    }
    return Plan.objects.filter(pk=plan).annotate(**asked).values(*asked)


def observed(plan: Plan) -> QuerySet[Actual]:
    """The figures with a period that the plan's documents report; a cited plan has none."""
    rows = Actual.objects.filter(origin=Actual.Origin.PUBLISHED)
    # Everyone reads figures with small counts suppressed, on the pages of their measures.
    if plan.cited or reads_publicly():
        return rows.none()
    of_objectives: Sequence[Any] = (Outcome, Action)
    of_plan: Sequence[Any] = (QualityPriority, Risk, FinanceLine, ContextFigure, PlanStatement)
    documents = [
        model.objects.filter(**{path: plan}, source_document__isnull=False).values(
            "source_document"
        )
        for models, path in ((of_objectives, "objective__plan"), (of_plan, "plan"))
        for model in models
    ]
    first = Plan.objects.filter(pk=plan.pk).values("source_document")
    rows = rows.filter(source_document__in=first.union(*documents))
    return rows.exclude(value_status=Actual.ValueStatus.WITHDRAWN)


def sections_of_places(plans: Iterable[int]) -> dict[tuple[int, str], str]:
    """The id of the section in which each place of some plans is read; one query."""
    places: dict[int, list[str]] = defaultdict(list)
    rows = PlanStatement.objects.filter(plan__in=list(plans)).order_by("plan", "position")
    for plan, place in rows.values_list("plan", "source_section"):
        places[plan].append(place)
    return {
        (plan, place): said_id(heading)
        for plan, of_plan in places.items()
        for place, heading in headings(of_plan).items()
    }
