"""The bytes of a file in any of the formats, whoever wrote the rows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kmpt_tracker.ui.tabular import (
    Column,
    Format,
    Row,
    Texts,
    csv_heading,
    csv_lines,
    jsonl_lines,
    texts_of,
)
from kmpt_tracker.ui.workbook import Cover, xlsx_chunks


def chunks(
    columns: Sequence[Column[Row]],
    rows: Iterable[Row],
    file_format: Format,
    *,
    title: str,
    bom: bool = False,
) -> Iterator[bytes]:
    """The bytes of a file in any of the formats."""
    texts = texts_of(columns, rows, guarded=file_format.is_spreadsheet)
    return file_of(columns, texts, file_format, title=title, bom=bom)


def file_of(
    columns: Sequence[Column[Any]],
    texts: Iterable[Texts],
    file_format: Format,
    *,
    title: str,
    bom: bool = False,
    cover: Cover = (),
) -> Iterator[bytes]:
    """The bytes of a file of cells whose texts are known, guarded only for a spreadsheet.

    `cover`: what a workbook says of itself, by name.
    """
    if file_format is Format.XLSX:
        yield from xlsx_chunks(columns, texts, title=title, cover=cover)
    elif file_format is Format.JSONL:
        for lines in jsonl_lines(columns, texts):
            yield lines.encode()
    elif file_format is Format.PARQUET:
        # The library is optional, and its format is not offered without it.
        from kmpt_tracker.ui.parquet import parquet_chunks

        yield from parquet_chunks(columns, texts, title=title)
    else:
        yield csv_heading(columns, bom=bom).encode()
        for lines in csv_lines(texts):
            yield lines.encode()
