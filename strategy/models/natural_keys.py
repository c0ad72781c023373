"""Rows that fixtures, and Django's own dumps, identify by words instead of numbers."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

from django.db import models


class NaturalKeyQuerySet(models.QuerySet):
    """Finds a row by its natural key, as `loaddata` needs."""

    def get_by_natural_key(self, *key: Any) -> Any:
        fields: Sequence[str] = getattr(self.model, "NATURAL_KEY")  # noqa: B009
        return self.get(**dict(zip(fields, key, strict=True)))


class NaturalKey(models.Model):
    """Abstract: `NATURAL_KEY` lists the fields, also through relations, that identify a row."""

    NATURAL_KEY: ClassVar[Sequence[str]] = ()

    objects = NaturalKeyQuerySet.as_manager()

    class Meta:
        abstract = True

    def natural_key(self) -> tuple:
        """The values of the key: text and numbers, dates as text."""
        return tuple(
            [
                str(value) if isinstance(value, date) else value
                for value in [read(self) for read in _readers(tuple(self.NATURAL_KEY))]
            ]
        )


@cache
def _readers(paths: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    """How to read the fields of a key; kept, as a plan asks a thousand times for its keys."""
    return [attrgetter(path.replace("__", ".")) for path in paths]
