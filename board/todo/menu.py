"""The number beside "To do" in the menu of every page.

It is counted again whenever anything is written, and once a minute because deadlines pass without
a write. In between a page takes one query for it.
"""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import AuditCounter, AuditEvent, User
from accounts.permissions import Access, access_of_reader
from board.todo.kinds import may_have_work, waiting

KEPT_SECONDS = 600


def to_do_count(request: HttpRequest) -> dict[str, Any]:
    """How many things wait for the reader; asked only by pages that show the menu."""
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return {}
    access = access_of_reader(request)
    return {"to_do": SimpleLazyObject(lambda: counted_for(person, access, timezone.now()))}


def counted_for(person: User, access: Access, now: datetime) -> int:
    if not may_have_work(access):
        return 0
    # One entry a person, so that many readers do not push the parts of pages out of the cache.
    key, stamp = f"to-do-{person.pk}", f"{now:%Y%m%d%H%M}-{_written()}"
    kept = cache.get(key)
    if kept is None or kept[0] != stamp:
        kept = (stamp, len(waiting(person, access, now)))
        cache.set(key, kept, KEPT_SECONDS)
    count: int = kept[1]
    return count


def _written() -> tuple[Any, ...] | None:
    """Changes with every audited write (one query).

    The key of the newest row alone would miss a transaction that began first and ended last; the
    counter rises in the order in which transactions end.
    """
    last = AuditCounter.objects.values("last")[:1]
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", Subquery(last))
    return newest.first()
