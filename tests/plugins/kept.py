"""Rows that many tests begin with are made once; each test rolls back only its own changes.

    @kept
    def world() -> World:
        return small_trust()

defines a fixture. What it makes stays in the database while tests that use it follow one another,
and is rolled back before a test that does not. Each test gets a copy of the objects. The 151 tests
of the exports take 6 s of processor time in this way, and 29 s with a world made for each.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from django.db import connection, transaction


def kept(make: Callable[[], Any]):
    """A fixture that gives a copy of what `make` has made."""

    def fixture(db):
        return copy.deepcopy(_in_database.objects)

    fixture.__doc__ = make.__doc__
    fixture.makes = make
    return pytest.fixture(fixture, name=make.__name__)


class _InDatabase:
    """The rows in the database before a test begins, in a transaction around the test's own."""

    def __init__(self) -> None:
        self.blocker: Any = None  # none while there is no test database
        self.wanted: Callable[[], Any] | None = None
        self.made: Callable[[], Any] | None = None
        self.objects: Any = None
        self.ends = ExitStack()

    def change(self) -> None:
        if self.blocker is None or self.made is self.wanted:
            return
        with self.blocker.unblock():
            self.ends.close()
            self.made = self.objects = None
            if self.wanted is not None:
                self.ends.enter_context(_taken_back())
                self.objects = self.wanted()
                # References wait for the end of their transaction. Django has those of a test
                # checked at its end, and rolling the test back would make these wait again: on
                # the seeded tracker each test checked them anew, in 0.6 s.
                connection.check_constraints()
                self.made = self.wanted


_in_database = _InDatabase()


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def database_is_there(blocker) -> Iterator[None]:
    """Rows are kept while the test database of the session exists."""
    _in_database.blocker = blocker
    _in_database.change()
    yield
    _in_database.wanted = None
    # While a browser is driven from this thread, Django gives the thread another connection. If the
    # last test kept rows then, their transaction is out of reach: it goes with the database.
    with suppress(transaction.TransactionManagementError):
        _in_database.change()
    _in_database.blocker = None


def _maker_of(item) -> Callable[[], Any] | None:
    """What makes the rows that a test begins with; None where it begins with none."""
    definitions = getattr(item, "_fixtureinfo", None)
    found = definitions.name2fixturedefs.values() if definitions else ()
    made = [getattr(one[-1].func, "makes", None) for one in found]
    wanted = {make for make in made if make}
    assert len(wanted) <= 1, f"{item.nodeid} begins with two sets of rows"
    return next(iter(wanted), None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items) -> None:
    """Tests that begin with the same rows follow one another, whatever their file: the seeded
    tracker is made once, which takes 5 s, and not for each of a dozen files. They come first, as
    tests that empty the database come last.
    """
    by_maker: dict[Callable[[], Any] | None, list] = {}
    for item in items:
        by_maker.setdefault(_maker_of(item), []).append(item)
    others = by_maker.pop(None, [])
    items[:] = [item for alike in by_maker.values() for item in alike] + others


def pytest_runtest_setup(item) -> None:
    _in_database.wanted = _maker_of(item)
    _in_database.change()
