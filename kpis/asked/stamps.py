"""What was written last: what is drawn or worked out is kept until it changes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Count, Q, Subquery, Sum, Value
from django.http import HttpRequest, HttpResponse

from accounts.models import AuditEvent
from kmpt_tracker.answers import kept_under
from kpis.models import ImportBatch, Return, Series
from strategy.models import Plan

KEPT_SECONDS = 300
# What figures are, are judged by and are asked for does not rest on any of these.
ELSEWHERE = Q(object_type=ImportBatch._meta.label_lower) | reduce(
    or_, (Q(object_type__startswith=app) for app in ("accounts.", "cip.", "board."))
)
DRAFT_SAVED = Q(object_type=Return._meta.label_lower, action="draft saved")


@dataclass(frozen=True)
class Stamps:
    """Texts that change with every write; `facts` not with a draft that is saved.

    Nobody sees a draft outside its return, and while returns are open one is saved each second.
    `audited` changes with every audit row, and with nothing else; `settled` with every audit row
    but those of returns. `meanings` changes with what figures are, are judged by and are asked for:
    with every row of `settled` but those of savings, of the board's own things, of accounts and of
    imports; `approved` with them and with every change of a series' figures.
    """

    data: str
    facts: str
    audited: str
    settled: str
    meanings: str
    approved: str


def stamps() -> Stamps:
    """All of them from one query. Every write adds an audit row or raises a version, so what is
    kept under a stamp is valid while the stamp is the same.

    The key of the newest audit row alone would miss a transaction that began first and ended last:
    its number is given at the end.
    """
    sql, params = _query()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchone()
    texts = [str(value or 0) for value in found]
    meanings = "-".join([texts[0], texts[3], *texts[10:]])
    return Stamps(
        data="-".join(texts[:8]),
        facts="-".join(texts[:6]),
        audited="-".join(texts[6:8]),
        settled="-".join(texts[8:10]),
        meanings=meanings,
        approved=f"{texts[1]}-{meanings}",
    )


@cache
def _query() -> tuple[str, tuple]:
    """Written once: every page asks it first, and to write it took 7,000 calls, a third of all that
    a page needs that is kept.
    """
    series = Series.objects.order_by().values(every=Value(1))
    events = AuditEvent.objects.order_by("-pk").values("pk")
    numbered = AuditEvent.objects.filter(number__isnull=False).order_by("-number").values("number")
    of_returns = Q(object_type=Return._meta.label_lower)
    # Read with a row of a table that always has one: there may be no series and no plan yet.
    found = ContentType.objects.order_by("pk").values_list(
        Subquery(series.annotate(found=Count("pk")).values("found")),
        Subquery(series.annotate(found=Sum("data_version")).values("found")),
        Subquery(series.annotate(found=Sum("assessed_version")).values("found")),
        Subquery(Plan.objects.order_by("-pk").values("pk")[:1]),
        Subquery(events.exclude(DRAFT_SAVED)[:1]),
        Subquery(numbered.exclude(DRAFT_SAVED)[:1]),
        Subquery(events[:1]),
        Subquery(numbered[:1]),
        Subquery(events.exclude(of_returns)[:1]),
        Subquery(numbered.exclude(of_returns)[:1]),
        Subquery(events.exclude(of_returns | ELSEWHERE)[:1]),
        Subquery(numbered.exclude(of_returns | ELSEWHERE)[:1]),
    )[:1]
    sql, params = found.query.sql_with_params()
    return sql, tuple(params)


def stamps_of(request: HttpRequest) -> Stamps:
    """The stamps of one request, asked for once: its page and its menu are kept under the same.

    What is written while a page is drawn leaves it under an older stamp, so it is drawn again for
    the next reader. A form that is sent writes by itself: there they are asked for each time.
    """
    found: Stamps | None = getattr(request, "stamps", None)
    if found is None or request.method not in ("GET", "HEAD"):
        found = stamps()
        request.stamps = found  # type: ignore[attr-defined]
    return found


class SettledMiddleware:
    """While a page is read, answers about what seldom changes are kept (kmpt_tracker/answers.py).

    For five minutes at most, as pages are, in case somebody writes without a record.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        while_kept = int(time.time()) // KEPT_SECONDS
        with kept_under(lambda: f"{stamps_of(request).settled}-{while_kept}"):
            return self.get_response(request)
