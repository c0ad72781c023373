"""Django's PostgreSQL, which copies each row (writes.py) and numbers each write (written.py)."""

from django.db.backends.postgresql import base, operations

from accounts.record.written import NumbersWrites


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "accounts.record.postgresql.compiler"


class DatabaseWrapper(NumbersWrites, base.DatabaseWrapper):
    ops_class = DatabaseOperations
