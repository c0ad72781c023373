"""What a dataset is, how its columns are written, and the columns that several datasets share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db.models import Choices
from django.utils import timezone

from accounts.audit import let_writes_end
from accounts.models import User
from kmpt_tracker.ui.files import file_of
from kmpt_tracker.ui.formats import format_date, format_moment
from kmpt_tracker.ui.tabular import (
    Cell,
    Column,
    Digits,
    Format,
    Kind,
    Texts,
    csv_heading,
    texts_of,
)
from strategy.exports.filters import Codes, Filters
from strategy.exports.streams import Parts, left_in_order, one_moment
from strategy.models.provenance import Provenance
from strategy.selectors import trust_name_on

Row = TypeVar("Row")
Get = Callable[[Row], Cell]
# Rows that are read from the database at a time.
CHUNK = 2_000
GLANCED = 10


@dataclass(frozen=True)
class Glance:
    """The first rows of a file, and how many it has; None where nobody counted."""

    first: Sequence[Texts]
    count: int | None


@dataclass(frozen=True)
class Dataset(Generic[Row]):
    """A named table in long form: columns, the filters that apply, and a function that gives rows.

    A row is any object: each column reads its own cell from it. Where rows come as parts
    of queries, the database works out the cells. `key`: the columns that together tell any two rows
    apart; none where two may be alike, as in the record of changes.
    """

    name: str
    title: str
    columns: tuple[Column[Row], ...]
    filters: frozenset[str]
    rows: Callable[[Filters], Iterable[Row] | Parts]
    codes: Codes = field(default_factory=dict)
    key: tuple[str, ...] = ()

    def file(self, filters: Filters, file_format: Format, *, bom: bool = False) -> Iterator[bytes]:
        """The bytes of a file of the rows, streamed, as they all were at one moment.

        What was numbered before the file was asked for is in it: `since` gives the rest.
        """
        let_writes_end()
        with one_moment():
            rows = self.rows(filters)
            if isinstance(rows, Parts) and file_format is Format.CSV:
                yield csv_heading(self.columns, bom=bom).encode()
                yield from rows.csv(self.columns)
                return
            guarded = file_format.is_spreadsheet
            texts = (
                rows.texts(self.columns, guarded=guarded)
                if isinstance(rows, Parts)
                else texts_of(self.columns, rows, guarded=guarded)
            )
            yield from file_of(
                self.columns,
                texts,
                file_format,
                title=self.name,
                bom=bom,
                cover=self._cover(filters) if file_format is Format.XLSX else (),
            )

    def glance(self, filters: Filters, *, is_counted: bool) -> "Glance":
        """The first rows as they would be in a file, and how many there are.

        Rows that stream are counted by the database, a part at a time; others one by one.
        """
        with one_moment(), left_in_order(self.rows(filters)) as rows:
            if isinstance(rows, Parts):
                first = list(islice(rows.texts(self.columns, guarded=False), GLANCED))
                again = self.rows(filters) if is_counted else None
                return Glance(first, again.count if isinstance(again, Parts) else None)
            stream = iter(rows)
            first = list(texts_of(self.columns, islice(stream, GLANCED), guarded=False))
            return Glance(first, len(first) + sum(1 for _ in stream) if is_counted else None)

    def _cover(self, filters: Filters) -> list[tuple[str, str]]:
        today = timezone.localdate()
        as_known = format_moment(filters.as_at) if filters.as_at else "when it was made"
        return [
            ("Title", self.title),
            ("Organisation", str(trust_name_on(today) or "")),
            ("Dataset", f"{self.name}: one header row, then a line for each row"),
            ("Made on", format_date(today)),
            ("Rows as known", as_known),
            ("Rows chosen", ", ".join(filters.chosen) or "all"),
            ("Absent cells", "are empty; a column of codes, such as value_status or rag, says why"),
            ("Moments", "are in UTC and end in Z; days are days in London"),
            ("Numbers", "hold 15 digits here; the CSV and the JSON lines hold every digit"),
            ("Columns", "The last sheet says what each means and which codes it may hold"),
            (
                "Licence",
                "The plans and published figures are public sector information under the Open"
                " Government Licence v3.0",
            ),
        ]


# A column without a getter reads the attribute of its own name. `stored`: where the database keeps
# the cell, for datasets that stream from there. `is_required`: no row leaves it empty.


def code(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    allowed: tuple[str, ...] = (),
    stored: Any = None,
    is_required: bool = False,
) -> Column[Row]:
    read = get or attrgetter(name)
    return Column(name, Kind.CODE, meaning, read, "", allowed, stored, is_required=is_required)


def text(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    stored: Any = None,
    is_required: bool = False,
) -> Column[Row]:
    read = get or attrgetter(name)
    return Column(name, Kind.TEXT, meaning, read, stored=stored, is_required=is_required)


def number(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    unit: str = "",
    stored: Any = None,
    digits: Digits = Digits.EVERY,
    is_required: bool = False,
) -> Column[Row]:
    read = get or attrgetter(name)
    return Column(name, Kind.NUMBER, meaning, read, unit, (), stored, digits, is_required)


def whole(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    unit: str = "",
    stored: Any = None,
    is_required: bool = False,
) -> Column[Row]:
    """A number that counts."""
    read = get or attrgetter(name)
    return Column(name, Kind.NUMBER, meaning, read, unit, (), stored, Digits.WHOLE, is_required)


def day(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    stored: Any = None,
    is_required: bool = False,
) -> Column[Row]:
    read = get or attrgetter(name)
    return Column(name, Kind.DATE, meaning, read, stored=stored, is_required=is_required)


def moment(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    stored: Any = None,
    is_required: bool = False,
) -> Column[Row]:
    read = get or attrgetter(name)
    return Column(name, Kind.MOMENT, meaning, read, stored=stored, is_required=is_required)


def boolean(
    name: str,
    meaning: str,
    get: Get[Row] | None = None,
    *,
    stored: Any = None,
    is_required: bool = False,
) -> Column[Row]:
    read = get or attrgetter(name)
    return Column(name, Kind.BOOLEAN, meaning, read, stored=stored, is_required=is_required)


def vocabulary(choices: type[Choices]) -> tuple[str, ...]:
    """The codes of a model's choices, for the dictionary."""
    return tuple(value for value in choices.values if value)


def code_of(row: Any) -> str:
    """The code of a plan, a measure or a document that may be absent."""
    return row.code if row is not None else ""


def username_of(user: User | None) -> str:
    return user.username if user is not None else ""


PLAN: Column[Any] = code("plan", "Code of the plan", lambda row: row.plan.code, is_required=True)
OBJECTIVE: Column[Any] = code(
    "objective",
    "Reference of the objective, as printed where it has one",
    lambda row: row.objective.reference,
    is_required=True,
)


def source_columns(of: Callable[[Row], Provenance]) -> tuple[Column[Row], ...]:
    """Document and section of the part of a row that was published."""
    return (
        code(
            "source_document",
            "Code of the published document the row comes from",
            lambda row: code_of(of(row).source_document),
        ),
        text(
            "source_section",
            "Where in the document the words stand",
            lambda row: of(row).source_section,
        ),
    )


SOURCE: tuple[Column[Any], ...] = source_columns(lambda row: row)
