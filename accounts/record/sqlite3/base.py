"""Django's SQLite, which copies each row (writes.py) and numbers each write (written.py)."""

from django.db.backends.sqlite3 import base, operations

from accounts.record.written import NumbersWrites


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "accounts.record.sqlite3.compiler"


class DatabaseWrapper(NumbersWrites, base.DatabaseWrapper):
    ops_class = DatabaseOperations
