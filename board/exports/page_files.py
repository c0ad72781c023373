"""The data file of a page: anyone who may read a page may download the figures on it.

The file has exactly the rows that the page shows, in the columns of their dataset. docs/access.md
lists which page has which.
"""

from collections.abc import Iterable
from dataclasses import replace

from board.care_groups.page import CareGroupPage
from board.exports.datasets import DATASETS, Rows
from kpis.exports.assessments import Shown, rows_of
from kpis.exports.returns import returns_rows
from kpis.measures.page import MeasurePage
from kpis.measures.register import RegisterRow
from kpis.plans.status import PromiseRow
from kpis.returns.overview import GroupReturn
from strategy.exports.filters import Filters
from strategy.exports.plans import Dataset


def promises_shown(rows: Iterable[PromiseRow]) -> Dataset:
    """The promises of a plan in a month, a line each, as on the board's page."""
    return _shown(Shown(row.series, row.standing, row.target) for row in rows)


def register_shown(rows: Iterable[RegisterRow]) -> Dataset:
    """The measures of the register that were asked for, with the trust's latest status."""
    return _shown(Shown(row.series, row.standing) for row in rows)


def windows_shown(page: MeasurePage) -> Dataset:
    """Every window in the table of a measure's page, latest first as on the page."""
    return _shown(Shown(page.series, standing) for standing in page.table)


def group_shown(page: CareGroupPage) -> Dataset:
    """The measures that a care group reports, with their status."""
    return _shown(Shown(row.series, row.standing) for row in page.rows)


def _shown(page: Iterable[Shown]) -> Dataset:
    return replace(DATASETS["assessments"], rows=lambda filters: rows_of(page, as_at=filters.as_at))


def allocations_of(year: str) -> Dataset:
    """The allocations of one programme."""
    return _narrowed(DATASETS["cip_allocations"], "year", {year})


def returns_for(access: Access) -> Dataset:
    """The status of returns, for the care groups whose returns the reader may see."""
    dataset = DATASETS["returns"]
    if access.scope(Capability.READ_DRAFTS) is not Scope.OWN:
        return dataset
    own = CareGroup.objects.filter(pk__in=access.care_groups).values_list("code", flat=True)
    return _narrowed(dataset, "care_group", set(own))


def _narrowed(dataset: Dataset, column: str, codes: set[str]) -> Dataset:
    """Only the rows with one of the codes in a column."""
    place = [one.name for one in dataset.columns].index(column)

    def rows(filters: Filters) -> Rows:
        return (row for row in dataset.rows(filters) if row[place] in codes)

    return replace(dataset, rows=rows)
