"""The cells of a dataset's rows, as its columns read them."""

from kmpt_tracker.ui.tabular import Cell
from strategy.exports.dataset import Dataset
from strategy.exports.filters import Filters


def cells(dataset: Dataset, filters: Filters) -> list[dict[str, Cell]]:
    return [
        {column.name: column.get(row) for column in dataset.columns}
        for row in dataset.rows(filters)
    ]
