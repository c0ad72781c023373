"""Datasets of the savings programme."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cip.gate import QiaStatus
from cip.models import Allocation, Scheme
from cip.money import Rating, Stage
from cip.programmes.page import ProgrammePage, programme_page
from cip.programmes.printed import programmes_known
from cip.programmes.totals import Totals
from cip.standing.read import Standing, schemes_with_parents, standings
from kmpt_tracker.ui.tabular import Column
from strategy.exports.dataset import Dataset, boolean, code, number, text
from strategy.exports.filters import Filters
from strategy.periods import Month

K = "£000"


@dataclass(frozen=True)
class Line:
    """A row of the table of a programme."""

    page: ProgrammePage
    allocation: Allocation
    totals: Totals

    def tracked(self, name: str) -> Decimal | None:
        """A sum of its schemes; absent while no scheme of the programme is tracked."""
        return getattr(self.totals, name) if self.page.has_schemes else None


def _allocations(filters: Filters) -> Iterable[Line]:
    """Every programme's table, as published and as tracked."""
    for programme in sorted(programmes_known(filters.as_at), key=lambda row: row.year):
        yield from lines_of(programme_page(programme, filters.as_at), filters)


def lines_of(page: ProgrammePage, filters: Filters) -> Iterable[Line]:
    for line in page.lines:
        if not filters.care_group or line.care_group.code == filters.care_group:
            yield Line(page, line.printed.allocation, line.totals)


def known_schemes(filters: Filters) -> list[Standing]:
    """The schemes known at the moment, by year, care group and reference."""
    rows = schemes_with_parents()
    if filters.origin:
        rows = rows.filter(origin=filters.origin)
    found = standings(rows, known_at=filters.as_at)
    if filters.care_group:
        found = [row for row in found if row.scheme.care_group.code == filters.care_group]
    if filters.status:
        found = [row for row in found if row.stage.value == filters.status]
    return sorted(found, key=_order)


def _order(row: Standing) -> tuple[str, int, str]:
    scheme = row.scheme
    return (scheme.programme.year, scheme.care_group.position, scheme.reference)


@dataclass(frozen=True)
class MonthRow:
    """A scheme's month."""

    row: Standing
    month: Month

    def of(self, kind: str) -> Decimal | None:
        return self.row.months(kind).get(self.month)


def _phasing(filters: Filters) -> Iterable[MonthRow]:
    for row in known_schemes(filters):
        yield from months_of(row, filters)


def months_of(row: Standing, filters: Filters) -> Iterable[MonthRow]:
    """The months of a scheme for which something is recorded."""
    for month in row.year.months:
        if filters.from_month and month < filters.from_month:
            continue
        if filters.to_month and month > filters.to_month:
            continue
        if any(month in held for held in row.phasing.values()):
            yield MonthRow(row, month)


YEAR: Column[Standing] = code(
    "year", "Financial year, as 2019-20", lambda row: row.scheme.programme.year
)
OF_SCHEMES = {
    "origin": lambda: Scheme.Origin.values,
    "status": lambda: [stage.value for stage in Stage],
}

ALLOCATIONS = Dataset[Line](
    "cip_allocations",
    "Savings: allocations",
    (
        code(
            "year",
            "Financial year, as 2019-20",
            lambda row: row.page.programme.year,
            is_required=True,
        ),
        code(
            "care_group",
            "Code of the care group or row of the table",
            lambda row: row.allocation.care_group.code,
            is_required=True,
        ),
        number(
            "target_k",
            "Target now: as published, and what was moved since",
            lambda row: row.totals.target,
            unit=K,
        ),
        number(
            "identified_k",
            "In-year plan of the schemes tracked",
            lambda row: row.tracked("identified"),
            unit=K,
        ),
        number(
            "unidentified_k",
            "Target less identified",
            lambda row: row.tracked("unidentified"),
            unit=K,
        ),
        number(
            "published_target_k",
            "Target as published",
            lambda row: row.allocation.target_k,
            unit=K,
        ),
        number(
            "published_identified_k",
            "Identified as published",
            lambda row: row.allocation.published_identified_k,
            unit=K,
        ),
        number(
            "published_unidentified_k",
            "Unidentified as published",
            lambda row: row.allocation.published_unidentified_k,
            unit=K,
        ),
        number(
            "risk_weighted_k",
            "Actuals signed off and weighted forecast",
            lambda row: row.tracked("risk_weighted"),
            unit=K,
        ),
        number(
            "delivered_to_date_k",
            "Actuals signed off",
            lambda row: row.tracked("delivered"),
            unit=K,
        ),
        number(
            "forecast_k",
            "Actuals signed off and forecast",
            lambda row: row.tracked("forecast"),
            unit=K,
        ),
    ),
    frozenset({"care_group", "as_at"}),
    _allocations,
    key=("year", "care_group"),
)

SCHEMES = Dataset[Standing](
    "cip_schemes",
    "Savings: schemes",
    (
        YEAR,
        code(
            "scheme", "Reference of the scheme", lambda row: row.scheme.reference, is_required=True
        ),
        text("title", "Its title", lambda row: row.scheme.title, is_required=True),
        code(
            "care_group",
            "Code of its care group",
            lambda row: row.scheme.care_group.code,
            is_required=True,
        ),
        text("lead", "Who leads it", lambda row: row.scheme.lead),
        code(
            "category",
            "Kind of saving",
            lambda row: row.scheme.category,
            allowed=tuple(Scheme.Category.values),
        ),
        boolean(
            "recurrent",
            "Whether it saves again next year",
            lambda row: row.scheme.is_recurrent,
            is_required=True,
        ),
        boolean(
            "cash_releasing",
            "Whether it releases cash; else it avoids cost",
            lambda row: row.scheme.is_cash_releasing,
            is_required=True,
        ),
        code(
            "stage",
            "How far it is",
            lambda row: row.stage.value,
            allowed=tuple(stage.value for stage in Stage),
            is_required=True,
        ),
        code(
            "deliverability",
            "How likely it is to deliver; empty: not rated",
            lambda row: row.rating.value if row.rating else "",
            allowed=tuple(rating.value for rating in Rating),
        ),
        code(
            "start_month",
            "First month of its savings, as 2019-09",
            lambda row: str(Month.of(row.scheme.starts_on)) if row.scheme.starts_on else "",
        ),
        number("in_year_plan_k", "Plan of the year", lambda row: row.in_year_plan, unit=K),
        number(
            "full_year_effect_k",
            "As stated, else 12 × the last month planned if recurrent, else 0",
            lambda row: row.full_year_effect,
            unit=K,
        ),
        number("carry_over_k", "Full-year effect less in-year", lambda row: row.carry_over, unit=K),
        number("forecast_k", "Actuals signed off and forecast", lambda row: row.forecast, unit=K),
        number("delivered_to_date_k", "Actuals signed off", lambda row: row.delivered, unit=K),
        number(
            "risk_weighted_k",
            "Actuals signed off and weighted forecast",
            lambda row: row.risk_weighted,
            unit=K,
        ),
        code(
            "qia_status",
            "State of its quality impact assessment",
            lambda row: row.qia_status.value,
            allowed=tuple(status.value for status in QiaStatus),
            is_required=True,
        ),
        code(
            "origin",
            "Whether it was entered or made up",
            lambda row: row.scheme.origin,
            allowed=tuple(Scheme.Origin.values),
            is_required=True,
        ),
    ),
    frozenset({"care_group", "status", "origin", "as_at"}),
    known_schemes,
    OF_SCHEMES,
    key=("year", "scheme"),
)

PHASING = Dataset[MonthRow](
    "cip_phasing",
    "Savings: schemes by month",
    (
        code(
            "year",
            "Financial year, as 2019-20",
            lambda row: row.row.scheme.programme.year,
            is_required=True,
        ),
        code(
            "scheme",
            "Reference of the scheme",
            lambda row: row.row.scheme.reference,
            is_required=True,
        ),
        code("month", "Month, as 2019-09", lambda row: str(row.month), is_required=True),
        number("plan_k", "Plan of the month", lambda row: row.of("plan"), unit=K),
        number("forecast_k", "Forecast of the month", lambda row: row.of("forecast"), unit=K),
        number("actual_k", "Actual of the month", lambda row: row.of("actual"), unit=K),
    ),
    frozenset({"care_group", "from", "to", "origin", "as_at"}),
    _phasing,
    {"origin": OF_SCHEMES["origin"]},
    key=("year", "scheme", "month"),
)
DATASETS = (ALLOCATIONS, SCHEMES, PHASING)
