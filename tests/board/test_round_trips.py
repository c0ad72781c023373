"""Every dataset reads back from every format, cell by cell, and its Table Schema holds."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Context, Decimal

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from board.exports.table_schema import table_schema
from kmpt_tracker.ui.files import chunks
from kmpt_tracker.ui.formats import import_text
from kmpt_tracker.ui.tabular import OFFERED, WORDS, Column, Digits, Format, Kind
from strategy.exports.dataset import number, text, whole
from strategy.exports.filters import Filters
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, approved
from tests.ui.test_formats_export import PAYLOADS

READER = Filters(access=Access(roles=frozenset({Role.ADMINISTRATOR})))
Cells = list[list[object]]
TYPED: dict[Kind, Callable[[str], object]] = {
    Kind.TEXT: import_text,
    Kind.CODE: import_text,
    Kind.NUMBER: Decimal,
    Kind.DATE: date.fromisoformat,
    Kind.MOMENT: datetime.fromisoformat,
    Kind.BOOLEAN: {"true": True, "false": False}.__getitem__,
}
needs_parquet = pytest.mark.skipif(
    Format.PARQUET not in OFFERED, reason="Parquet needs requirements/parquet.txt"
)


def from_csv(columns: Sequence[Column], body: bytes) -> Cells:
    heading, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
    assert heading == [column.name for column in columns]
    return [
        [TYPED[one.kind](cell) if cell else None for one, cell in zip(columns, row, strict=True)]
        for row in rows
    ]


def from_jsonl(columns: Sequence[Column], body: bytes) -> Cells:
    rows = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in body.splitlines()]
    assert all(list(row) == [column.name for column in columns] for row in rows)
    read = {Kind.DATE: date.fromisoformat, Kind.MOMENT: datetime.fromisoformat}
    return [
        [
            read[one.kind](row[one.name]) if one.kind in read and row[one.name] else row[one.name]
            for one in columns
        ]
        for row in rows
    ]


def from_xlsx(columns: Sequence[Column], body: bytes) -> Cells:
    sheet = openpyxl.load_workbook(io.BytesIO(body), read_only=True).worksheets[0]
    heading, *rows = sheet.iter_rows()
    assert [cell.value for cell in heading] == [column.name for column in columns]
    assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    return [
        [_of_sheet(one, cell.value) for one, cell in zip(columns, row, strict=True)] for row in rows
    ]


def _of_sheet(column: Column, value: object) -> object:
    if value is None or column.kind is Kind.BOOLEAN:
        return value
    if column.kind is Kind.NUMBER:
        assert isinstance(value, int | float)
        return Decimal(repr(value))
    if isinstance(value, datetime):
        return value.date()
    return TYPED[column.kind](unescape(str(value)))


def from_parquet(columns: Sequence[Column], body: bytes) -> Cells:
    import pyarrow.parquet

    found = pyarrow.parquet.read_table(io.BytesIO(body))
    assert found.column_names == [column.name for column in columns]
    return [
        [_exact(column, value) for column, value in zip(columns, row, strict=True)]
        for row in zip(*(found[column.name].to_pylist() for column in columns), strict=True)
    ]


def _exact(column: Column, value: object) -> object:
    if value is None or column.kind is not Kind.NUMBER:
        return value
    wanted = {Digits.WHOLE: int, Digits.FLOAT: float}.get(column.digits, Decimal)
    assert isinstance(value, wanted)
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def exported(name: str, file_format: Format) -> bytes:
    return b"".join(export_bytes(DATASETS[name], READER, file_format))


def compare(name: str) -> int:
    columns = DATASETS[name].columns
    exact = from_csv(columns, exported(name, Format.CSV))
    assert from_jsonl(columns, exported(name, Format.JSONL)) == exact
    # A worksheet's numbers hold 15 digits, Parquet's 25 decimals.
    sheet = from_xlsx(columns, exported(name, Format.XLSX))
    assert [[float(one) if isinstance(one, Decimal) else one for one in row] for row in sheet] == [
        [pytest.approx(float(one), rel=1e-15) if isinstance(one, Decimal) else one for one in row]
        for row in exact
    ]
    if Format.PARQUET in OFFERED:
        last, wide = Decimal(1).scaleb(-25), Context(prec=60)
        assert from_parquet(columns, exported(name, Format.PARQUET)) == [
            [one.quantize(last, context=wide) if isinstance(one, Decimal) else one for one in row]
            for row in exact
        ]
    return len(exact)


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_format_holds_the_same_cells(world, name):
    compare(name)


@pytest.mark.any_database
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_format_holds_the_same_cells_of_the_published_plans(seeded, name):
    assert compare(name) > 0


@pytest.mark.any_database
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_the_rows_keep_what_their_table_schema_says(seeded, name):
    dataset = DATASETS[name]
    described = table_schema(dataset)
    rows = [
        dict(zip((column.name for column in dataset.columns), row, strict=True))
        for row in from_csv(dataset.columns, exported(name, Format.CSV))
    ]
    assert [field["name"] for field in described["fields"]] == list(rows[0])
    for field in described["fields"]:
        cells = [row[field["name"]] for row in rows]
        held = {cell for cell in cells if cell is not None}
        limits = field.get("constraints", {})
        if limits.get("required"):
            assert None not in cells, field["name"]
        if "enum" in limits:
            assert held <= set(limits["enum"]), field["name"]
        if field["type"] == "integer":
            assert all(cell == cell.to_integral_value() for cell in held), field["name"]
    keys = [described["primaryKey"]] if "primaryKey" in described else described.get("uniqueKeys")
    for key in keys or ():
        assert len({tuple(row[part] for part in key) for row in rows}) == len(rows)
        required = [field["name"] for field in described["fields"] if _is_required(field)]
        assert ("primaryKey" in described) == (set(key) <= set(required))


def _is_required(field: dict) -> bool:
    return field.get("constraints", {}).get("required", False)


WRITTEN = [one for one in PAYLOADS if "\x00" not in one]  # no database keeps a zero character


@pytest.mark.any_database
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_formula_is_text_in_every_text_field(name):
    columns = tuple(
        one.read_by(
            (lambda row: row) if one.kind in WORDS else (lambda row: None), is_required=False
        )
        for one in DATASETS[name].columns
    )
    for file_format in OFFERED:
        body = b"".join(chunks(columns, WRITTEN, file_format, title=name))
        read = {
            Format.CSV: from_csv,
            Format.JSONL: from_jsonl,
            Format.XLSX: from_xlsx,
            Format.PARQUET: from_parquet,
        }[file_format](columns, body)
        found = [{cell for cell in row if cell is not None} for row in read]
        assert found == [{payload} for payload in WRITTEN], file_format
        if file_format is Format.CSV:
            lines = csv.reader(io.StringIO(body.decode(), newline=""))
            cells = {cell for row in list(lines)[1:] for cell in row}
            assert all(not cell or cell.startswith("'") for cell in cells)


@pytest.mark.django_db
@pytest.mark.parametrize("payload", WRITTEN[:12])
def test_a_formula_that_the_database_streams_is_text_too(payload):
    words = {"printed_as": payload, "status_reason": payload}
    measure = MeasureFactory(name=payload)
    approved(SeriesFactory(measure=measure), Month(2025, 4), value=Decimal(-3), **words)
    columns = DATASETS["actuals"].columns
    (plain,) = csv.DictReader(io.StringIO(exported("actuals", Format.CSV).decode(), newline=""))
    assert {plain[name] for name in words} == {f"'{payload}"}
    assert plain["value"] == "-3"
    (row,) = from_jsonl(columns, exported("actuals", Format.JSONL))
    assert row.count(payload) == len(words)
    assert from_xlsx(columns, exported("actuals", Format.XLSX)) == [row]
    if Format.PARQUET in OFFERED:
        assert from_parquet(columns, exported("actuals", Format.PARQUET)) == [row]


@needs_parquet
@pytest.mark.any_database
def test_parquet_gives_each_column_its_type(world):
    import pyarrow.parquet

    found = pyarrow.parquet.read_table(io.BytesIO(exported("assessments", Format.PARQUET)))
    types = {field.name: str(field.type) for field in found.schema}
    assert types["period_end"] == "date32[day]"
    assert types["recorded_at"] == "timestamp[us, tz=UTC]"
    assert types["is_primary"] == "bool"
    assert types["groups_expected"] == "int64"
    assert types["value"] == "decimal128(38, 6)"
    assert types["judged_value"] == "decimal128(38, 25)"
    assert types["spc_mean"] == "double"
    rag = found.schema.field("rag")
    assert not rag.nullable
    assert rag.metadata[b"description"].decode() == "Colour, or the reason for having none"


@needs_parquet
@pytest.mark.any_database
def test_parquet_rounds_what_has_more_digits_than_it_holds():
    columns = (number("n", "A number", lambda row: row),)
    body = b"".join(chunks(columns, [Decimal(1) / 3], Format.PARQUET, title="n"))
    assert from_parquet(columns, body) == [[Decimal("0." + "3" * 25)]]


@needs_parquet
@pytest.mark.any_database
def test_parquet_streams_and_one_that_broke_off_does_not_open():
    import pyarrow.parquet

    columns = (whole("n", "A number", lambda row: row), text("t", "A text", lambda row: "x" * 9))
    pieces = list(chunks(columns, range(35_000), Format.PARQUET, title="n"))
    assert len(pieces) > 3
    assert pyarrow.parquet.read_table(io.BytesIO(b"".join(pieces))).num_rows == 35_000
    with pytest.raises(pyarrow.ArrowInvalid):
        pyarrow.parquet.read_table(io.BytesIO(b"".join(pieces[:-1])))


@pytest.mark.any_database
def test_a_format_that_is_not_installed_is_refused_and_not_offered(world, client, monkeypatch):
    client.force_login(world.analyst)
    monkeypatch.setattr("board.exports.views.OFFERED", (Format.CSV, Format.XLSX, Format.JSONL))
    monkeypatch.setattr("board.exports.page.OFFERED", (Format.CSV, Format.XLSX, Format.JSONL))
    response = client.get("/exports/actuals.parquet")
    assert response.status_code == 400
    assert "take csv, xlsx, jsonl" in response.text
    assert "parquet" not in client.get("/exports/").text
