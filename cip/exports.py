"""Datasets of the savings programme."""

from collections.abc import Iterator

from cip.models import Allocation
from cip.programmes.page import allocations_known
from kmpt_tracker.ui.tabular import Cell
from strategy.exports.filters import Filters
from strategy.exports.plans import Dataset, code, number

Rows = Iterator[tuple[Cell, ...]]


def _allocations(filters: Filters) -> Rows:
    """The published table. Columns about schemes stay empty while no scheme is tracked."""
    rows = Allocation.objects.order_by("programme__year", "position").select_related(
        "programme__plan", "care_group"
    )
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    tracked, money = (None, None), (None, None, None)
    for row in allocations_known(rows, filters.as_at):
        published = (row.published_identified_k, row.published_unidentified_k)
        place = (row.programme.year, row.care_group.code)
        yield (*place, row.target_k, *tracked, row.target_k, *published, *money)


DATASETS = (
    Dataset(
        "cip_allocations",
        "Savings: allocations",
        (
            code("year", "Financial year, as 2019-20"),
            code("care_group", "Code of the care group or row of the table"),
            number("target_k", "Target", "£000"),
            number("identified_k", "In-year plan of the schemes tracked", "£000"),
            number("unidentified_k", "Target less identified", "£000"),
            number("published_target_k", "Target as published", "£000"),
            number("published_identified_k", "Identified as published", "£000"),
            number("published_unidentified_k", "Unidentified as published", "£000"),
            number("risk_weighted_k", "Actuals signed off and weighted forecast", "£000"),
            number("delivered_to_date_k", "Actuals signed off", "£000"),
            number("forecast_k", "Actuals signed off and forecast", "£000"),
        ),
        frozenset({"care_group", "as_at"}),
        _allocations,
    ),
)
