"""The number next to "To do" in the menu of every page.

It is counted again whenever anything is written, and once a minute because deadlines pass without
a write; what waits in the savings programme, which takes six queries or more, only when something
that it rests on was written, and each day. In between a page takes no query for it but that of its
own stamps.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
class OfSavings:
    """How much waits in the savings programme, and under what: the day with the person's access,
    the stamp of all that seldom changes, and what was written last of what it rests on.
    """

    day: str
    settled: str
    written: str
    number: int


@dataclass(frozen=True)
class Counted:
    """What waits for a person, and the stamp under which it holds."""

    stamp: str
    figures: int
    savings: OfSavings


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
    kept: Counted | None = cache.get(key)
    if kept is None or kept.stamp != stamp:
        desk = Desk(person, access, now, written)
        savings = _of_savings(desk, written.settled, kept.savings if kept else None)
        kept = Counted(stamp, len(items_of(desk, OF_FIGURES)), savings)
        cache.set(key, kept, KEPT_SECONDS)
    return kept.figures + kept.savings.number


def _of_savings(desk: Desk, settled: str, kept: OfSavings | None) -> OfSavings:
    """What waits for a person in the savings programme; counted again where it may be another."""
    day = f"{london_date(desk.now)}-{sorted(desk.access.roles)}-{sorted(desk.access.care_groups)}"
    if kept is not None and (kept.day, kept.settled) == (day, settled):
        return kept
    written = desk.written_of_savings
    if kept is not None and (kept.day, kept.written) == (day, written):
        return replace(kept, settled=settled)
    return OfSavings(day, settled, written, len(items_of(desk, OF_SAVINGS)))
