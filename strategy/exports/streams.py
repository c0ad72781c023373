"""Rows that stream from the database as the texts of a file's cells, worked out there.

A statement selects each cell's exact text: the text that the column's getter gives, from PostgreSQL
and from SQLite alike. PostgreSQL writes CSV itself (COPY). A dataset comes in parts, a few parents
at a time in the order of the file, so that its first rows leave at once and memory does not grow
with it; every part sees the database at one moment, whatever is written meanwhile.
"""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import F, Func, QuerySet

from kmpt_tracker.ui.formats import export_text
from kmpt_tracker.ui.tabular import Column, Texts, csv_lines, texts_of
from strategy.exports.ahead import read_ahead
from strategy.exports.cell_texts import exact_number, text_of
from strategy.exports.filters import PageAsked

ROWS_AT_ONCE = 500
# A part holds about so many rows: a few megabytes. Each costs the same work again, however few rows
# it has, and that of the first is waited for.
ROWS_OF_A_PART = 24_000
# SQLite takes 32,766 values in a query, and each parent may be ten of them.
FIRST_PARENTS, MOST_PARENTS, FASTER = 40, 2_000, 4
# Of a page, until the first part says: ten years by month are 120 and more.
ROWS_OF_A_PARENT = 100
Parent = TypeVar("Parent", bound=models.Model)
Found = TypeVar("Found")


class MonthOf(Func):
    """The first day of a day's month, to put rows in order by."""

    output_field = models.DateField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # As a moment without a zone: of one with a zone the server looks up the zone for each row.
        whole = "date_trunc('month', %(expressions)s::timestamp)::date"
        return self.as_sql(compiler, connection, "", whole)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, "", "(substr(%(expressions)s, 1, 7) || '-01')")


@dataclass(frozen=True)
class Part:
    """Some rows of a file.

    `parents`: the series, or the like, that the rows are of, by key and in the order of the file.
    A column that is not stored reads its cell from them, once for all their rows. `stored`: rows of
    the database (`with_cells`). `drawn`: rows that were worked out elsewhere, each with the key of
    its parent and its place in the order of the stored ones; every column reads its cell from them.
    """

    parents: Sequence[tuple[int, Any]]
    stored: Sequence[QuerySet[Any]]
    drawn: Sequence[tuple[int, tuple, Any]] = ()


class Pace:
    """How many parents the next part has: as many as give the rows wanted of it, by what the part
    before gave. Ten years of a hundred series and a month of a thousand take one query each.
    """

    def __init__(self, page: PageAsked | None = None):
        self.wanted = page.size if page else ROWS_OF_A_PART
        self.parents = max(page.size // ROWS_OF_A_PARENT, 2) if page else FIRST_PARENTS

    def gave(self, rows: int) -> None:
        """The part that was taken last had so many."""
        fitting = self.parents * self.wanted // max(rows, 1)
        self.parents = min(max(fitting, 1), FASTER * self.parents, MOST_PARENTS)


@dataclass(frozen=True)
class Parts:
    """All rows of a file, a part at a time. `after`: rows that the columns read, at the end.

    `pace`: that by which the parts are made (`in_turn`).
    """

    parts: Iterable[Part]
    pace: Pace
    after: Iterable[Any] = ()

    def csv(self, columns: Sequence[Column[Any]]) -> Iterator[bytes]:
        """The lines of the file, without its heading."""
        for part in self.parts:
            self.pace.gave((yield from statement(part, columns, guarded=True).csv()))
        for more in csv_lines(texts_of(columns, self.after)):
            yield more.encode()

    def texts(self, columns: Sequence[Column[Any]], *, guarded: bool) -> Iterator[Texts]:
        for part in self.parts:
            count = 0
            for some in statement(part, columns, guarded=guarded).texts:
                count += len(some)
                yield from some
            self.pace.gave(count)
        yield from texts_of(columns, self.after, guarded=guarded)

    @property
    def count(self) -> int:
        found = sum(
            sum(rows.count() for rows in part.stored) + len(part.drawn) for part in self.parts
        )
        return found + sum(1 for _ in self.after)


@contextmanager
def left_in_order(rows: Found) -> Iterator[Found]:
    """Rows of which only the first may be taken: what reads them from the database ends with this,
    not whenever they are thrown away, when the moment that they were read at may be over.
    """
    try:
        yield rows
    finally:
        if isinstance(rows, Generator):
            rows.close()


def cell(place: int) -> str:
    return f"cell_{place}"


def with_cells(
    rows: QuerySet[Any], columns: Sequence[Column[Any]], order: Sequence[Any]
) -> QuerySet[Any]:
    """Rows that have `parent`, with the cells that are stored and what puts them in order."""
    wanted = {cell(place): column.stored for place, column in enumerate(columns) if column.stored}
    wanted |= {f"order_{place}": key for place, key in enumerate(order)}
    found = {name: F(path) if isinstance(path, str) else path for name, path in wanted.items()}
    return rows.order_by().annotate(**found).values("parent", *found)


def in_turn(
    parents: QuerySet[Parent],
    pace: Pace,
    page: PageAsked | None = None,
    *,
    called: Sequence[str] = (),
) -> Iterator[list[Parent]]:
    """Parents, some at a time, as the pace says when each part is asked for.

    `page`: begin with the parent of the row before it, found by the fields that it is `called` by.
    None where that row is of no parent.
    """
    turn = (
        iter(list(parents.values_list("pk", *called)))
        if page is None
        else _from(parents, page, called)
    )
    while some := [key for key, *_ in islice(turn, pace.parents)]:
        found = parents.order_by().in_bulk(some)
        yield [found[key] for key in some]


def _from(parents: QuerySet[Parent], page: PageAsked, called: Sequence[str]) -> Iterator[tuple]:
    """The keys of the parents from that of the row before on, some at a time."""
    if page.after and page.after[0] is None:
        return
    if page.after:
        parents = parents.filter(**{f"{called[0]}__gte": page.after[0]})
    is_before, begin, count = bool(page.after), 0, ROWS_OF_A_PARENT
    while some := list(parents.values_list("pk", *called)[begin : begin + count]):
        for key in some:
            is_before = is_before and key[1:] != page.after[: len(called)]
            if not is_before:
                yield key
        begin, count = begin + count, 2 * count


@dataclass(frozen=True)
class Statement:
    """One query, ready for the database; its result has a column for each of the file."""

    sql: str
    params: tuple

    def csv(self) -> Generator[bytes, None, int]:
        """The lines of the file, some bytes at a time; returns how many rows they are."""
        if connection.vendor != "postgresql":
            count = 0
            for some in self.texts:
                count += len(some)
                yield "".join(csv_lines(some)).encode()
            return count
        with connection.cursor() as cursor:
            query = cursor.mogrify(self.sql, self.params).decode()
            copy = f"COPY ({query}) TO STDOUT WITH (FORMAT csv)"
            yield from read_ahead(lambda file: cursor.copy_expert(copy, file))
            return cursor.rowcount

    @property
    def texts(self) -> Iterator[Sequence[Texts]]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.params)
            while some := cursor.fetchmany(ROWS_AT_ONCE):
                yield some


def statement(part: Part, columns: Sequence[Column[Any]], *, guarded: bool) -> Statement:
    """The rows of a part in the order of the file. `guarded`: text is no formula anywhere."""
    own = [place for place, column in enumerate(columns) if not column.stored]
    places = {key: place for place, (key, _) in enumerate(part.parents)}
    of_parents = texts_of(
        [columns[place] for place in own], [row for _, row in part.parents], guarded=guarded
    )
    given, params = _given(
        [
            (key, place, *cells)
            for (key, place), cells in zip(places.items(), of_parents, strict=True)
        ]
    )
    is_simple = len(part.stored) == 1 and not part.drawn
    if connection.vendor == "postgresql" and is_simple:
        sql, values = _texts_of_sorted(part.stored[0], columns, own, guarded)
    else:
        sql, values = _sorted_texts(part, columns, places, guarded)
    return Statement(
        f"WITH parents (id, place, {', '.join(map(cell, own))}) AS MATERIALIZED ({given}){sql}",
        (*params, *values),
    )


def _texts_of_sorted(
    rows: QuerySet[Any], columns: Sequence[Column[Any]], own: Sequence[int], guarded: bool
) -> tuple[str, Sequence[Any]]:
    """Put in order first: what the database stores takes less room than the texts of it."""
    inner, values = rows.query.sql_with_params()
    by = ", ".join(["place", *_order(rows)])
    of_parents = "".join(f", parents.{cell(place)}" for place in own)
    return (
        f" SELECT {', '.join(_texts(rows, columns, 'every', 'every', guarded))}"
        f" FROM (SELECT parents.place{of_parents}, found.* FROM ({inner}) AS found"
        f" JOIN parents ON parents.id = found.parent ORDER BY {by} OFFSET 0) AS every"
        f" ORDER BY {by}",
        values,
    )


def _sorted_texts(
    part: Part, columns: Sequence[Column[Any]], places: Mapping[int, int], guarded: bool
) -> tuple[str, Sequence[Any]]:
    """Rows of several queries, and drawn ones, are alike only as texts."""
    params: list[Any] = []
    selects, order = [], [""]
    for rows in part.stored:
        inner, values = rows.query.sql_with_params()
        params += values
        order = _order(rows)
        cells = ", ".join(_texts(rows, columns, "found", "parents", guarded))
        selects.append(
            f"SELECT parents.place, {', '.join(f'found.{name}' for name in order)}, {cells}"
            f" FROM ({inner}) AS found JOIN parents ON parents.id = found.parent"
        )
    if part.drawn:
        drawn = texts_of(columns, [row for _, _, row in part.drawn], guarded=guarded)
        rows_given, drawn_values = _given(
            [
                (places[key], *turn, *cells)
                for (key, turn, _), cells in zip(part.drawn, drawn, strict=True)
            ]
        )
        selects.append(f"SELECT * FROM ({rows_given}) AS drawn")
        params += drawn_values
    texts, by = ", ".join(map(cell, range(len(columns)))), ", ".join(["place", *order])
    every = "every"
    if connection.vendor == "postgresql":
        # Put in order while the keys are the first columns: from behind forty texts each comparison
        # would have to find them. The order outside is the same, and costs nothing.
        every = f"(SELECT * FROM every ORDER BY {by} OFFSET 0) AS every"
    return (
        f", every ({by}, {texts}) AS ({' UNION ALL '.join(selects)})"
        f" SELECT {texts} FROM {every} ORDER BY {by}",
        params,
    )


def _order(rows: QuerySet[Any]) -> list[str]:
    """The names of what puts rows in order."""
    return [name for name in rows.query.annotations if name.startswith("order_")]


def _texts(
    rows: QuerySet[Any], columns: Sequence[Column[Any]], stored: str, own: str, guarded: bool
) -> list[str]:
    """The text of each cell, from the table that has those that are stored, or their parent's."""
    fields = rows.query.annotations
    return [
        text_of(f"{stored}.{cell(place)}", column.kind, fields[cell(place)].output_field, guarded)
        if column.stored
        else f"{own}.{cell(place)}"
        for place, column in enumerate(columns)
    ]


def _given(rows: Sequence[tuple]) -> tuple[str, list[Any]]:
    """A table of values, for a query. Most cells of rows without a figure are absent in all."""
    wide = len(rows[0])
    held = [place for place in range(wide) if any(row[place] is not None for row in rows)]
    if connection.vendor == "postgresql":
        cells = ["%s" if place in held else "NULL" for place in range(wide)]
        marks = ", ".join([f"({', '.join(cells)})"] * len(rows))
        return f"VALUES {marks}", [row[place] for row in rows for place in held]
    # SQLite takes 32,766 values one by one, but any number of them as one text.
    turn = {place: number for number, place in enumerate(held)}
    cells = [
        f"json_extract(value, '$[{turn[place]}]')" if place in turn else "NULL"
        for place in range(wide)
    ]
    given = json.dumps([[row[place] for place in held] for row in rows], default=str)
    return f"SELECT {', '.join(cells)} FROM json_each(%s)", [given]


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read within sees the database at one moment, and nobody is locked out."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        if connection.in_atomic_block:
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # A part is sorted in memory, not in a file on the server's disk.
            cursor.execute("SET LOCAL work_mem = '32MB'")
            yield
        return
    database: Any = connection.connection
    for name, exact in (("exact_words", export_text), ("exact_number", exact_number)):
        database.create_function(name, 1, exact, deterministic=True)
    if connection.in_atomic_block or database.in_transaction:
        yield
        return
    # Django's own transactions on SQLite are writers from their beginning: this one only reads.
    database.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
