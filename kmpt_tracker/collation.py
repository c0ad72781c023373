"""Whether the database puts text in the order of its characters, as files and pages expect.

SQLite does; PostgreSQL by the locale it was created with. That of a language passes over hyphens or
the case of letters, so the same rows would stand in another order there.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

AS_WRITTEN = "'a-c'{0} < 'ab'{0} AND 'Z'{0} < 'a'{0} AND 'z'{0} < 'é'{0}"
OTHER_ORDER = Warning(
    "The database puts text in the order of a language, so files and pages list their rows in "
    "another order than documented.",
    hint="Create it with the locale C.UTF-8 (docs/running.md), then restore a backup into it.",
    id="tracker.W001",
)


def keeps_order(connection: BaseDatabaseWrapper, collation: str = "") -> bool:
    """`collation`: to ask for another than that of the database."""
    asked = AS_WRITTEN.format(f' COLLATE "{collation}"' if collation else "")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CASE WHEN {asked} THEN 1 ELSE 0 END")
        return bool(cursor.fetchone()[0])


@register(Tags.database)
def text_is_in_order(*, databases: Sequence[str] | None, **_: Any) -> list[CheckMessage]:
    """Asked by `migrate` and `check --database default`."""
    asked = [connections[name] for name in databases or ()]
    return [] if all(keeps_order(connection) for connection in asked) else [OTHER_ORDER]
