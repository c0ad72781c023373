"""The Table Schema of a dataset (datapackage.org): what each column of its CSV may hold.

It is made from the columns that the dictionary describes.
"""

from typing import Any

from kmpt_tracker.ui.tabular import Column, Digits, Kind
from strategy.exports.dataset import Dataset

TYPES = {
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.NUMBER: "number",
    Kind.DATE: "date",
    Kind.MOMENT: "datetime",
    Kind.BOOLEAN: "boolean",
}


def table_schema(dataset: Dataset) -> dict[str, Any]:
    """Fields with type, codes and whether one may be empty, and what tells two rows apart.

    A primary key has no empty cell. Where a column of the key may be empty (a target that has
    always held, a promise without a measure) it is a unique key instead.
    """
    required = {column.name for column in dataset.columns if column.is_required}
    found: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "title": dataset.title,
        "fields": [_field(column) for column in dataset.columns],
        "missingValues": [""],
    }
    if dataset.key:
        is_primary = required.issuperset(dataset.key)
        found |= (
            {"primaryKey": list(dataset.key)} if is_primary else {"uniqueKeys": [list(dataset.key)]}
        )
    return found


def _field(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "type": "integer" if column.digits is Digits.WHOLE else TYPES[column.kind],
        "description": column.meaning,
    }
    if column.unit:
        described["unit"] = column.unit
    constraints: dict[str, Any] = {"required": True} if column.is_required else {}
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    return {**described, "constraints": constraints} if constraints else described
