"""Questions to the database that many pages ask: Django writes their SQL once.

To write it, from the first `filter` to its text, was 30% of the work of the board and 40% of that
of a measure's page (docs/adr/0022-what-every-page-asks-is-written-once.md).
"""

import re
from collections.abc import Callable
from copy import copy
from datetime import date, datetime
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Expression,
    Field,
    IntegerField,
    QuerySet,
    TextField,
)
from django.db.models.expressions import Col

from accounts.permissions import reads_publicly
from accounts.record.written import numbers_of
from kmpt_tracker import answers

Asked = ParamSpec("Asked")
Row = TypeVar("Row")
FIELDS: dict[type, type[Field]] = {
    int: IntegerField,
    str: TextField,
    bool: BooleanField,
    date: DateField,
    datetime: DateTimeField,
}
SEVERAL = (list, tuple, set, frozenset)
PLACE = re.compile(r"(?<!%)%s")
TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')


class Gap(Expression):
    """The place of a value, or of several in brackets, in a question that is written once."""

    def __init__(self, number: int, kind: type, *, is_several: bool = False) -> None:
        super().__init__(output_field=FIELDS[kind]())
        self.number, self.is_several = number, is_several

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return ("(%s)" if self.is_several else "%s"), (self,)

    def filled(self, values: tuple[Any, ...], connection: Any) -> list[Any]:
        """What stands in the gap, as this kind of database takes it."""
        value = values[self.number]
        several = value if self.is_several else (value,)
        if isinstance(self.output_field, DateTimeField):
            return [connection.ops.adapt_datetimefield_value(moment) for moment in several]
        if isinstance(self.output_field, DateField):
            return [connection.ops.adapt_datefield_value(day) for day in several]
        return list(several)


class Written:
    """The SQL of a question with its gaps, and how its rows are made."""

    def __init__(self, rows: Any) -> None:
        if rows._prefetch_related_lookups:
            raise TypeError("What is read ahead is a second question.")
        self.rows = rows
        self.compiler = rows.query.get_compiler(rows.db)
        try:
            sql, self.params = self.compiler.as_sql()
        except EmptyResultSet:
            # Django knows that nothing answers it, and asks no database.
            sql, self.params = "", ()
        self.tables = sorted(set(TABLE.findall(sql)))
        self.pieces = PLACE.split(sql)
        if len(self.pieces) != len(self.params) + 1:
            raise ValueError(f"A percent sign stands in this question: {sql}")
        self.counted = sorted(
            f"{column.target.model.__name__}.{column.target.name}"
            for column, *_ in self.compiler.select
            if isinstance(column, Col)
            and column.target.name in getattr(column.target.model, "COUNTED", ())
        )
        # What its columns are turned into is the same each time, too.
        converters = self.compiler.get_converters([column for column, *_ in self.compiler.select])
        self.compiler.get_converters = lambda _: converters
        self.compiler.has_composite_fields = lambda _: False

    def ask(self, values: tuple[Any, ...]) -> list[Any]:
        """The rows that the query set itself would give."""
        compiler = copy(self.compiler)
        compiler.connection = connections[self.rows.db]
        sql, params = self.pieces[0], []
        for piece, param in zip(self.pieces[1:], self.params, strict=True):
            filled = [param]
            if isinstance(param, Gap):
                filled = param.filled(values, compiler.connection)
            sql += ", ".join(["%s"] * len(filled)) + piece
            params += filled
        # Here Django would write it. To run it and to make the rows is left to Django.
        compiler.as_sql = lambda *_, **__: (sql, tuple(params))
        rows = self.rows.all()
        rows.query.get_compiler = lambda *_, **__: compiler
        return list(rows._iterable_class(rows))


class Question(Generic[Asked, Row]):
    """A function that writes a query set, which answers with its rows instead."""

    def __init__(
        self, write: Callable[Asked, QuerySet[Any, Row]], *, is_kept: bool = False
    ) -> None:
        self.write, self.is_kept = write, is_kept
        self.written: dict[tuple, Written] = {}
        update_wrapper(self, write)

    def __call__(self, *values: Asked.args, **words: Asked.kwargs) -> list[Row]:
        if any(isinstance(value, SEVERAL) and not value for value in values):
            # Django knows without a query what is not among none.
            return list(self.write(*values, **words))
        kinds = tuple(kind_of(value) for value in values)
        key = (connection.vendor, reads_publicly(), kinds, *sorted(words.items()))
        if key not in self.written:
            gaps = (
                None if kind is None else Gap(number, kind[0], is_several=kind[1])
                for number, kind in enumerate(kinds)
            )
            self.written[key] = Written(self.write(*gaps, **words))  # type: ignore[arg-type]
        written = self.written[key]
        if not self.is_kept or answers.reading() is None:
            return written.ask(values)
        if written.counted:
            raise TypeError(f"What is counted as figures come is not kept: {written.counted}")
        asked = tuple(frozenset(each) if isinstance(each, SEVERAL) else each for each in values)
        return answers.ANSWERS.rows(
            (id(self), key, asked), numbers_of(written.tables), lambda: written.ask(values)
        )


def kind_of(value: Any) -> tuple[type, bool] | None:
    """The kind of a value, and whether it is several of that kind; `None` of `None`.

    Raises KeyError for a kind that no question takes.
    """
    if value is None:
        return None
    is_several = isinstance(value, SEVERAL)
    kind = type(next(iter(value)) if is_several else value)
    FIELDS[kind]
    return kind, is_several


def written_once(write: Callable[Asked, QuerySet[Any, Row]]) -> Question[Asked, Row]:
    """Turn a function that writes a query set into a question, answered with a list of its rows.

    Positional arguments are values: whole numbers, texts, truths, days and moments, or a collection
    of one kind for `__in`. The function passes them to the query set as they are, may only ask
    whether one is `None`, and asks neither the clock nor the settings. Keyword arguments belong to
    the words of the question, and so does whether everyone reads the answer.
    """
    return Question(write)


def answered_once(write: Callable[Asked, QuerySet[Any, Row]]) -> Question[Asked, Row]:
    """As `written_once`, of rows that change only with an audit row that is not of a return.

    While a page is read, its answer is kept by this process until something like that is written:
    for plans, measures, targets and the organisation, not for figures or returns. Of series it may
    read all but what is counted as figures come (`Series.COUNTED`).
    """
    return Question(write, is_kept=True)
