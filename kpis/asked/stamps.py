"""What was written last: what is drawn or worked out is kept until it changes."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, Subquery, Sum

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
    """
    events = AuditEvent.objects.order_by("-pk").values("pk")
    found = Series.objects.annotate(
        last_event=Subquery(events[:1]),
        last_fact=Subquery(events.exclude(DRAFT_SAVED)[:1]),
        last_plan=Subquery(Plan.objects.order_by("-pk").values("pk")[:1]),
    ).aggregate(
        count=Count("pk"),
        data=Sum("data_version"),
        assessed=Sum("assessed_version"),
        plan=Max("last_plan"),
        fact=Max("last_fact"),
        event=Max("last_event"),
    )
    *facts, event = (str(value or 0) for value in found.values())
    return Stamps(data="-".join([*facts, event]), facts="-".join(facts))


def facts_stamp() -> str:
    """The stamp of everything that a page other than a return can show (one query)."""
    return stamps().facts
