"""The number next to "To do" in the menu of every page.

It is counted again whenever anything is written, and once a minute because deadlines pass without
a write; what waits in the savings programme, which takes eleven queries, only when something other
than a return was written, and each day. In between a page takes no query for it but that of its
own stamps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.permissions import Access, access_of_reader
from board.todo.desk import Desk
from board.todo.kinds import OF_FIGURES, OF_SAVINGS, items_of, may_have_work
from kpis.asked.stamps import Stamps, stamps, stamps_of
from strategy.moments import london_date

KEPT_SECONDS = 600


@dataclass(frozen=True)
class Counted:
    """What waits for a person, and the stamps under which each number holds."""

    stamp: str
    of_savings: str
    figures: int
    savings: int


def to_do_count(request: HttpRequest) -> dict[str, Any]:
    """How many things wait for the reader; asked only by pages that show the menu."""
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return {}
    access = access_of_reader(request)
    return {
        "to_do": SimpleLazyObject(
            lambda: counted_for(person, access, timezone.now(), lambda: stamps_of(request))
        )
    }


def counted_for(
    person: User, access: Access, now: datetime, stamps_now: Callable[[], Stamps] = stamps
) -> int:
    """How many things wait for a person. Nothing is asked for somebody who cannot have any work."""
    if not may_have_work(access):
        return 0
    # One entry a person, so that many readers do not push the parts of pages out of the cache.
    written, key = stamps_now(), f"to-do-{person.pk}"
    stamp = f"{now:%Y%m%d%H%M}-{written.audited}"
    of_savings = f"{london_date(now)}-{written.but_returns}"
    kept: Counted | None = cache.get(key)
    if kept is None or kept.stamp != stamp:
        desk = Desk(person, access, now, written.but_returns)
        savings = (
            kept.savings
            if kept is not None and kept.of_savings == of_savings
            else len(items_of(desk, OF_SAVINGS))
        )
        figures = len(items_of(desk, OF_FIGURES))
        kept = Counted(stamp, of_savings, figures, savings)
        cache.set(key, kept, KEPT_SECONDS)
    return kept.figures + kept.savings
