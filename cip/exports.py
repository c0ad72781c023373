"""Datasets of the savings programme."""

from collections.abc import Iterable

from cip.models import Allocation
from cip.programmes.page import allocations_known
from strategy.exports.dataset import Dataset, code, number
from strategy.exports.filters import Filters


def _allocations(filters: Filters) -> Iterable[Allocation]:
    """The published table."""
    rows = Allocation.objects.order_by("programme__year", "position").select_related(
        "programme__plan", "care_group"
    )
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    return allocations_known(rows, filters.as_at)


def _untracked(row: Allocation) -> None:
    """Columns about schemes stay empty while no scheme is tracked."""
    return None


DATASETS = (
    Dataset[Allocation](
        "cip_allocations",
        "Savings: allocations",
        (
            code("year", "Financial year, as 2019-20", lambda row: row.programme.year),
            code(
                "care_group",
                "Code of the care group or row of the table",
                lambda row: row.care_group.code,
            ),
            number("target_k", "Target", unit="£000"),
            number("identified_k", "In-year plan of the schemes tracked", _untracked, unit="£000"),
            number("unidentified_k", "Target less identified", _untracked, unit="£000"),
            number(
                "published_target_k", "Target as published", lambda row: row.target_k, unit="£000"
            ),
            number("published_identified_k", "Identified as published", unit="£000"),
            number("published_unidentified_k", "Unidentified as published", unit="£000"),
            number(
                "risk_weighted_k",
                "Actuals signed off and weighted forecast",
                _untracked,
                unit="£000",
            ),
            number("delivered_to_date_k", "Actuals signed off", _untracked, unit="£000"),
            number("forecast_k", "Actuals signed off and forecast", _untracked, unit="£000"),
        ),
        frozenset({"care_group", "as_at"}),
        _allocations,
    ),
)
