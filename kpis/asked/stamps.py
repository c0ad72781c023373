"""What was written last: what is drawn or worked out is kept until it changes."""

from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q, Subquery, Sum, Value

from accounts.models import AuditEvent
from kpis.models import Return, Series
from strategy.models import Plan

DRAFT_SAVED = Q(object_type=Return._meta.label_lower, action="draft saved")


@dataclass(frozen=True)
class Stamps:
    """Texts that change with every write; `facts` not with a draft that is saved.

    Nobody sees a draft outside its return, and while returns are open one is saved each second.
    """

    data: str
    facts: str


def stamps() -> Stamps:
    """Both from one query. Every write adds an audit row or raises a version, so what is kept under
    a stamp is valid while the stamp is the same.

    The key of the newest audit row alone would miss a transaction that began first and ended last:
    its number is given at the end.
    """
    series = Series.objects.order_by().values(every=Value(1))
    events = AuditEvent.objects.order_by("-pk").values("pk")
    numbered = AuditEvent.objects.filter(number__isnull=False).order_by("-number").values("number")
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
    )[0]
    texts = [str(value or 0) for value in found]
    return Stamps(data="-".join(texts), facts="-".join(texts[:-2]))


def facts_stamp() -> str:
    """The stamp of everything that a page other than a return can show (one query)."""
    return stamps().facts
