"""The number next to "To do" in the menu of every page.

It is counted again whenever anything is written, and once a minute because deadlines pass without
a write. In between a page takes one query for it.
"""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.permissions import Access, access_of_reader
from board.todo.asked import written
from board.todo.desk import Desk
from board.todo.kinds import items_of, may_have_work

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
    stamps = written()
    key, stamp = f"to-do-{person.pk}", f"{now:%Y%m%d%H%M}-{stamps.all}"
    kept = cache.get(key)
    if kept is None or kept[0] != stamp:
        kept = (stamp, len(items_of(Desk(person, access, now, stamps.asked))))
        cache.set(key, kept, KEPT_SECONDS)
    count: int = kept[1]
    return count
