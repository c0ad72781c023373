"""Datasets as Parquet, for notebooks: each column has its type, so nothing has to be guessed.

Days are days, moments carry UTC, counts are whole, values are decimals. The library is optional
(requirements/parquet.in); where it is absent the format is not offered (`tabular.OFFERED`).
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal
from itertools import islice
from typing import Any

import pyarrow
import pyarrow.parquet

from kmpt_tracker.ui.tabular import Column, Digits, Kind, Texts

# A group of rows is in memory while it is written: some 20 MB of the widest dataset.
ROWS_A_GROUP = 10_000
# The widest decimals that every reader takes have 38 digits. 25 places leave 13 digits before the
# point; the largest value that is kept has 12.
PLACES = 25
WIDE = Context(prec=38)
TYPES: dict[Kind, pyarrow.DataType] = {
    Kind.TEXT: pyarrow.string(),
    Kind.CODE: pyarrow.string(),
    Kind.DATE: pyarrow.date32(),
    Kind.MOMENT: pyarrow.timestamp("us", tz="UTC"),
    Kind.BOOLEAN: pyarrow.bool_(),
}
NUMBERS: dict[Digits, pyarrow.DataType] = {
    Digits.WHOLE: pyarrow.int64(),
    Digits.SIX: pyarrow.decimal128(38, 6),
    Digits.EVERY: pyarrow.decimal128(38, PLACES),
    Digits.FLOAT: pyarrow.float64(),
}


class _Sent:
    """A file to write into, from which what was written is taken away to be sent."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.closed = False

    def write(self, some: bytes) -> int:
        self.parts.append(bytes(some))
        return len(some)

    def flush(self) -> None:
        """What was written is taken away by `taken`."""

    def taken(self) -> bytes:
        found, self.parts = b"".join(self.parts), []
        return found


def parquet_chunks(
    columns: Sequence[Column[Any]], rows: Iterable[Texts], *, title: str
) -> Iterator[bytes]:
    """The file, a group of rows at a time. `rows` hold texts without the guard.

    A file ends with the list of its groups, without which no program opens it: a stream that broke
    off is never read as a whole.
    """
    fields = [
        pyarrow.field(
            column.name,
            type_of(column),
            nullable=not column.is_required,
            metadata={
                "description": column.meaning,
                **({"unit": column.unit} if column.unit else {}),
            },
        )
        for column in columns
    ]
    schema = pyarrow.schema(fields, metadata={"title": title})
    sent, stream = _Sent(), iter(rows)
    with pyarrow.parquet.ParquetWriter(
        pyarrow.PythonFile(sent, mode="w"), schema, compression="zstd"
    ) as writer:
        while some := list(islice(stream, ROWS_A_GROUP)):
            by_column = zip(*some, strict=True)
            cells = [
                _typed(texts, field.type) for texts, field in zip(by_column, schema, strict=True)
            ]
            writer.write_table(pyarrow.table(cells, schema=schema), row_group_size=ROWS_A_GROUP)
            yield sent.taken()
    yield sent.taken()


def type_of(column: Column[Any]) -> pyarrow.DataType:
    return NUMBERS[column.digits] if column.kind is Kind.NUMBER else TYPES[column.kind]


def _typed(texts: Sequence[str | int | float | None], wanted: pyarrow.DataType) -> pyarrow.Array:
    words = [None if text is None else str(text) for text in texts]
    if not pyarrow.types.is_decimal(wanted):
        return pyarrow.array(words, pyarrow.string()).cast(wanted)
    places, last = wanted.scale, Decimal(1).scaleb(-wanted.scale)
    return pyarrow.array(
        [
            word
            if word is None
            else Decimal(word)
            if len(word.partition(".")[2]) <= places
            else Decimal(word).quantize(last, context=WIDE)
            for word in words
        ],
        wanted,
    )
