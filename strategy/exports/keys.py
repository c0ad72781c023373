"""Which of many rows, told to the database in one value."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, F, Func


class OneOf(Func):
    """That a key is one of some, like `series__in`: to a file of a large trust these are thousands,
    which Django writes one by one into each query, and of which SQLite takes 32,766 in all.
    """

    output_field = BooleanField()

    def __init__(self, path: str, keys: Iterable[int], **extra: Any):
        self.keys = tuple(keys)
        super().__init__(F(path), **extra)

    def _of(self, compiler: Any) -> tuple[str, list[Any]]:
        name, params = compiler.compile(self.get_source_expressions()[0])
        return name, [*params]

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        name, params = self._of(compiler)
        return f"{name} = ANY(%s)", [*params, list(self.keys)]

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        name, params = self._of(compiler)
        of_keys = "(SELECT value FROM json_each(%s))"
        return f"{name} IN {of_keys}", [*params, json.dumps(self.keys)]
