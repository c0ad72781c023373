"""Rows a page at a time: no row twice and none left out, whatever is written meanwhile.

A cursor names the row that the page before ended with, by the columns that are the key of its
dataset (but for the version of a figure, so that one corrected meanwhile is not given twice), and
how many rows of that key were given. The next page begins after it. Only the tracker makes cursors:
they are signed, and go with the filters that they were made for.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from django.core import signing

from kmpt_tracker.ui.tabular import Texts, texts_of
from kpis.asked.address import BadParameter
from strategy.exports.dataset import Dataset
from strategy.exports.filters import Filters, PageAsked
from strategy.exports.streams import Parts, left_in_order, one_moment

SIGNER = signing.Signer(salt="board.api.paging", sep=".")
NOT_OF_THE_KEY = "version"
# By so many first cells of the key a dataset may begin near a row.
NEAR = 2


class RowGone(Exception):
    """The row that a cursor names is no longer there."""

    def __init__(self) -> None:
        super().__init__(
            "“cursor”: the row that the last page ended with is no longer among the rows. Begin "
            "again without it."
        )


@dataclass(frozen=True)
class Cursor:
    """`asked`: the filters; `near`: the first cells; `row`: the key as a hash; `given`: how many
    rows with that key were given.
    """

    asked: str
    near: tuple[str | None, ...]
    row: str
    given: int

    @property
    def text(self) -> str:
        return SIGNER.sign_object([self.asked, self.near, self.row, self.given])

    @classmethod
    def read(cls, text: str, asked: str) -> "Cursor":
        """Raises BadParameter for one that the tracker did not make, or made for other filters."""
        try:
            of, near, row, given = SIGNER.unsign_object(text)
        except (signing.BadSignature, ValueError):
            raise BadParameter(
                "cursor", "“cursor” is none that this API gave. Begin again without it."
            ) from None
        if of != asked:
            raise BadParameter(
                "cursor",
                "“cursor” goes with the dataset and the filters of the page that gave it. Keep "
                "those, or begin again without it.",
            )
        return cls(of, tuple(near), row, given)


def filters_asked(dataset: Dataset, given: dict[str, str]) -> str:
    """A short text that is another for another dataset or other filters."""
    return _hash([dataset.name, sorted(item for item in given.items() if item[1])])


@dataclass(frozen=True)
class RowsPage:
    """The texts of the cells of some rows, and the cursor of the page after; None at the end."""

    rows: Sequence[Texts]
    next: Cursor | None


def page_of(
    dataset: Dataset, filters: Filters, *, size: int, asked: str, cursor: Cursor | None = None
) -> RowsPage:
    """The rows after the cursor, `size` at most, as they all were at one moment.

    Raises RowGone where the row that the cursor names is not there.
    """
    names = [column.name for column in dataset.columns]
    key = [names.index(name) for name in dataset.key if name != NOT_OF_THE_KEY]
    key = key or list(range(len(names)))
    filters = replace(filters, page=PageAsked(cursor.near if cursor else (), size))
    with one_moment(), left_in_order(dataset.rows(filters)) as rows:
        texts: Iterator[Texts] = iter(
            rows.texts(dataset.columns, guarded=False)
            if isinstance(rows, Parts)
            else texts_of(dataset.columns, rows, guarded=False)
        )
        if cursor:
            texts = _after(cursor, texts, key)
        found = list(islice(texts, size + 1))
    if len(found) <= size:
        return RowsPage(found, None)
    del found[size:]
    last = _key(found[-1], key)
    given = 0
    for row in reversed(found):
        if _key(row, key) != last:
            break
        given += 1
    if cursor and cursor.row == last and given == len(found):
        given += cursor.given
    near = tuple(_text(found[-1][place]) for place in key[:NEAR])
    return RowsPage(found, Cursor(asked, near, last, given))


def _after(cursor: Cursor, rows: Iterator[Texts], key: Sequence[int]) -> Iterator[Texts]:
    seen = 0
    for row in rows:
        if _key(row, key) == cursor.row:
            seen += 1
            if seen <= cursor.given:
                continue
        if seen:
            return chain([row], rows)
    if not seen:
        raise RowGone
    return iter(())


def _key(row: Texts, key: Sequence[int]) -> str:
    return _hash([_text(row[place]) for place in key])


def _text(cell: Any) -> str | None:
    return None if cell is None else str(cell)


def _hash(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
