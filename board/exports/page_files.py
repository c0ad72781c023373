"""The data file of a page: anyone who may read a page may download the figures on it.

The file has exactly the rows that the page shows, in the columns of their dataset. docs/access.md
lists which page has which.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import cast

from board.care_groups.page import CareGroupPage
from board.changes.page import ChangeRow
from board.exports.datasets import DATASETS
from board.heatmap.page import Cell
from board.summary.targets import SummaryRow
from cip.exports import Line, months_of
from cip.standing.read import Standing
from kpis.exports.threads import ThreadRow
from kpis.exports.windows import Shown, rows_of
from kpis.measures.page import MeasurePage
from kpis.measures.register import RegisterRow
from kpis.plans.status import PromiseRow
from kpis.returns.overview import GroupReturn
from strategy.exports.dataset import Dataset
from strategy.exports.filters import Filters


def promises_shown(rows: Iterable[PromiseRow]) -> Dataset:
    """The promises of a plan in a month, a line each, as on the board's page."""
    return _shown(Shown(row.series, row.standing, row.target) for row in rows)


def register_shown(rows: Iterable[RegisterRow]) -> Dataset:
    """The measures of the register that were asked for, with the trust's latest status."""
    return _shown(Shown(row.series, row.standing, measure=row.measure) for row in rows)


def summary_shown(rows: Iterable[SummaryRow]) -> Dataset:
    """The lines of the summary: a target's with the status of that target, a measure's with that
    of the target rated first."""
    return _shown(Shown(row.series, row.standing, row.target, row.measure) for row in rows)


def cells_shown(cells: Iterable[Cell]) -> Dataset:
    """The figures of the heat maps, each with the status that its cell shows."""
    return _shown(Shown(cell.series, cell.standing) for cell in cells if cell.standing)


def changes_shown(rows: Iterable[ChangeRow]) -> Dataset:
    """The promises that moved, each at both ends: as it was, then as it is."""
    return _shown(
        Shown(row.row.series, standing, row.row.target)
        for row in rows
        for standing in (row.was, row.now)
        if standing is not None
    )


def windows_shown(page: MeasurePage) -> Dataset:
    """Every window in the table of a measure's page, latest first as on the page."""
    return _shown(Shown(page.series, standing) for standing in page.table)


def group_shown(page: CareGroupPage) -> Dataset:
    """The measures that a care group reports, with their status."""
    return _shown(Shown(row.series, row.standing) for row in page.rows)


def _shown(page: Iterable[Shown]) -> Dataset:
    return replace(DATASETS["assessments"], rows=lambda filters: rows_of(page, as_at=filters.as_at))


def allocations_shown(found: Iterable[Line]) -> Dataset:
    """The allocations of the programme that a page shows."""
    return replace(DATASETS["cip_allocations"], rows=lambda _: found)


def schemes_shown(found: Iterable[Standing]) -> Dataset:
    """The schemes that a page shows, a line each."""
    return replace(DATASETS["cip_schemes"], rows=lambda _: found)


def months_shown(row: Standing) -> Dataset:
    """The months of one scheme."""
    return replace(DATASETS["cip_phasing"], rows=lambda filters: months_of(row, filters))


def threads_of(measures: Collection[str]) -> Dataset:
    """The promises on the threads of some measures."""
    dataset = DATASETS["threads"]

    def rows(filters: Filters) -> Iterator[ThreadRow]:
        found = cast(Iterable[ThreadRow], dataset.rows(filters))
        return (row for row in found if row.thread.measure.code in measures)

    return replace(dataset, rows=rows)


def returns_shown(found: Iterable[GroupReturn]) -> Dataset:
    """The returns that their page lists, started or not."""
    return replace(DATASETS["returns"], rows=lambda _: found)
