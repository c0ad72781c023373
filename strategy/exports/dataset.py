"""What a dataset is, how its columns are written, and the columns that several datasets share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db.models import Choices

from accounts.models import User
from kmpt_tracker.ui.tabular import Cell, Column, Kind
from strategy.exports.filters import Codes, Filters
from strategy.models.provenance import Provenance

Row = TypeVar("Row")
Get = Callable[[Row], Cell]
# Rows that are read from the database at a time.
CHUNK = 2_000


@dataclass(frozen=True)
class Dataset(Generic[Row]):
    """A named table in long form: columns, the filters that apply, and a function that gives rows.

    A row is any object: each column reads its own cell from it.
    """

    name: str
    title: str
    columns: tuple[Column[Row], ...]
    filters: frozenset[str]
    rows: Callable[[Filters], Iterable[Row]]
    codes: Codes = field(default_factory=dict)


# A column without a getter reads the attribute of its own name.


def code(
    name: str, meaning: str, get: Get[Row] | None = None, *, allowed: tuple[str, ...] = ()
) -> Column[Row]:
    return Column(name, Kind.CODE, meaning, get or attrgetter(name), allowed=allowed)


def text(name: str, meaning: str, get: Get[Row] | None = None) -> Column[Row]:
    return Column(name, Kind.TEXT, meaning, get or attrgetter(name))


def number(name: str, meaning: str, get: Get[Row] | None = None, *, unit: str = "") -> Column[Row]:
    return Column(name, Kind.NUMBER, meaning, get or attrgetter(name), unit)


def day(name: str, meaning: str, get: Get[Row] | None = None) -> Column[Row]:
    return Column(name, Kind.DATE, meaning, get or attrgetter(name))


def moment(name: str, meaning: str, get: Get[Row] | None = None) -> Column[Row]:
    return Column(name, Kind.MOMENT, meaning, get or attrgetter(name))


def boolean(name: str, meaning: str, get: Get[Row] | None = None) -> Column[Row]:
    return Column(name, Kind.BOOLEAN, meaning, get or attrgetter(name))


def vocabulary(choices: type[Choices]) -> tuple[str, ...]:
    """The codes of a model's choices, for the dictionary."""
    return tuple(value for value in choices.values if value)


def code_of(row: Any) -> str:
    """The code of a plan, a measure or a document that may be absent."""
    return row.code if row is not None else ""


def username_of(user: User | None) -> str:
    return user.username if user is not None else ""


PLAN: Column[Any] = code("plan", "Code of the plan", lambda row: row.plan.code)
OBJECTIVE: Column[Any] = code(
    "objective",
    "Reference of the objective, as printed where it has one",
    lambda row: row.objective.reference,
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
