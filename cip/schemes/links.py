"""What a scheme is linked with: the objectives it serves and the measures it moves.

A list to choose from, and the links as they were recorded at a past moment.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from cip.models import Scheme
from kpis.asked.address import plans_to_open
from kpis.models import Measure
from strategy.models import Objective
from strategy.recorded import restored

Offered = dict[str, tuple[Any, str]]


def linkable_objectives(held: Iterable[Objective]) -> Offered:
    """The objectives of adopted plans, newest plan first, and those held, by key with words."""
    plans = sorted(plans_to_open(None), key=lambda plan: plan.starts_on, reverse=True)
    order = {plan.pk: place for place, plan in enumerate(plans)}
    rows = Objective.objects.filter(Q(plan__in=order) | Q(pk__in=[row.pk for row in held]))
    found = sorted(
        rows.select_related("plan"),
        key=lambda row: (order.get(row.plan_id, len(order)), row.position, row.pk),
    )
    return {str(row.pk): (row, f"{row.reference} {row.title} ({row.plan.title})") for row in found}


def linkable_measures(held: Iterable[Measure]) -> Offered:
    """The measures in use today, and those held, by key with words, in the order of their names."""
    rows = Measure.objects.in_force_on(timezone.localdate()) | Measure.objects.filter(
        pk__in=[row.pk for row in held]
    )
    found = sorted(rows, key=lambda row: row.name.casefold())
    return {str(row.pk): (row, f"{row.name} ({row.code})") for row in found}


def linked(scheme: Scheme, name: str, known_at: datetime | None) -> Sequence[Any]:
    """The objectives or measures of a scheme, now or as recorded at a moment.

    For a time before the first record of the scheme that record counts, as everywhere.
    """
    parents = {"objectives": ("plan",), "measures": ()}[name]
    present = getattr(scheme, name)
    rows = present.all()
    if known_at is not None:
        records = scheme.history.order_by("history_date", "history_id")  # type: ignore[attr-defined]
        record = records.filter(history_date__lte=known_at).last() or records.first()
        if record is not None:
            one = {"objectives": "objective", "measures": "measure"}[name]
            keys = getattr(record, name).values_list(f"{one}_id", flat=True)
            rows = present.model.objects.filter(pk__in=list(keys))
    order = "position" if name == "objectives" else "name"
    return restored(rows.select_related(*parents).order_by(order, "pk"), known_at)
