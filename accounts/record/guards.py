"""Which guards of the database are gone: triggers that refuse what the tracker would not do."""

import re
from collections.abc import Callable, Iterable, Iterator

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.record.append_only import guard_names
from accounts.record.fixed import fixed_statements
from accounts.record.numbers import EVENTS, NAME

CREATED = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\S+)\s.*?\sON (\S+)", re.DOTALL)
LONGEST_NAME = 63
Statements = Callable[[BaseDatabaseWrapper], Iterable[str]]
SOURCES: list[Statements] = [fixed_statements]


def guarded_by(statements: Statements) -> None:
    """Called by an app above, when it is ready: the statements that put its own guards up."""
    SOURCES.append(statements)


def missing_guards() -> Iterator[str]:
    """Each guard that is not there, or is turned off. One that was rewritten is not noticed."""
    wanted = {NAME: EVENTS, **guard_names(connection.vendor)}
    for source in SOURCES:
        for statement in source(connection):
            if found := CREATED.search(statement):
                wanted[found[1]] = found[2]
    there = _there()
    for name, table in sorted((name[:LONGEST_NAME], table) for name, table in wanted.items()):
        if name not in there:
            yield f"{table}: {name} is gone"
        elif not there[name]:
            yield f"{table}: {name} is turned off"


def _there() -> dict[str, bool]:
    """The triggers of the database, and whether each is on."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, 1 FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname, tgenabled IN ('O', 'A') FROM pg_trigger WHERE NOT tgisinternal"
            )
        return {name: bool(is_on) for name, is_on in cursor.fetchall()}
