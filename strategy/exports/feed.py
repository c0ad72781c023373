"""What is new since a moment: the rows that a warehouse needs which holds those of that moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, QuerySet

from accounts.audit import WORDS_WITHDRAWN, ended_after
from accounts.models import AuditEvent
from strategy.exports.filters import Filters


@dataclass(frozen=True)
class Since:
    """A moment, and those up to it at which changes began that could be read only after it."""

    moment: datetime
    late: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, filters: Filters) -> "Since | None":
        """None: everything is asked for."""
        if filters.since is None:
            return None
        return cls(filters.since, tuple(ended_after(filters.since)))

    @property
    def earliest(self) -> datetime:
        """Every change that could be read only after the moment was begun after this one."""
        return min([self.moment, *(at - timedelta(microseconds=1) for at in self.late)])

    def written(self, *fields: str) -> Q:
        """Rows of which one of these moments came after."""
        after = (
            Q(**{f"{field}__gt": self.moment}) | Q(**{f"{field}__in": self.late})
            for field in fields
        )
        return reduce(or_, after)

    def edited(self, model: type[Model], **filters: Any) -> QuerySet[Any]:
        """The keys of rows that were added or edited since, by the library's history."""
        history = model.history.filter(history_date__gt=self.earliest, **filters)  # type: ignore[attr-defined]
        return history.order_by().values("id")

    def emptied(self, model: type[Model]) -> list[int]:
        """The keys of rows of which words were withdrawn since."""
        events = AuditEvent.objects.filter(
            self.written("at"), action=WORDS_WITHDRAWN, object_type=model._meta.label_lower
        )
        keys = events.order_by().values_list("object_key", flat=True)
        return sorted({int(key.rpartition(" ")[2]) for key in keys})
