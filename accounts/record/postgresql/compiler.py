"""What turns Django's queries into SQL: as Django's own, and each row written is copied."""

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import SQLAggregateCompiler, SQLCompiler

from accounts.record import writes

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLInsertCompiler(writes.CopiesInserted, compiler.SQLInsertCompiler):  # type: ignore[misc]
    pass


class SQLUpdateCompiler(writes.CopiesUpdated, compiler.SQLUpdateCompiler):  # type: ignore[misc]
    pass


class SQLDeleteCompiler(writes.ForgetsDeleted, compiler.SQLDeleteCompiler):  # type: ignore[misc]
    pass
