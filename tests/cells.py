"""The cells of a dataset, as its columns read them or as the database works them out."""

from datetime import date, datetime
from decimal import Decimal

from kmpt_tracker.ui.tabular import Cell, Kind
from strategy.exports.dataset import Dataset
from strategy.exports.filters import Filters
from strategy.exports.streams import Parts, one_moment

READ = {
    Kind.NUMBER: lambda text: Decimal(str(text)),
    Kind.BOOLEAN: lambda text: text == "true",
    Kind.DATE: date.fromisoformat,
    Kind.MOMENT: datetime.fromisoformat,
}


def cells(dataset: Dataset, filters: Filters) -> list[dict[str, Cell]]:
    rows = dataset.rows(filters)
    if not isinstance(rows, Parts):
        return [{column.name: column.get(row) for column in dataset.columns} for row in rows]
    with one_moment():
        return [
            {
                column.name: None if text is None else READ.get(column.kind, str)(text)
                for column, text in zip(dataset.columns, texts, strict=True)
            }
            for texts in rows.texts(dataset.columns, guarded=False)
        ]
