"""Write a remark on the chart of a series: what happened on a day, such as a new ward.

Remarks are written once. Words that should not stay are withdrawn with every other place that has
them (kpis/withdrawals); a remark without words is on no chart and in no list.
"""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kpis.models import Annotation, Series
from strategy.moments import london_date


@transaction.atomic
def annotate(
    *, series_id: int, on: date, text: str, by: User, access: Access, at: datetime
) -> Annotation:
    """Record a remark. Raises Refused without words, for a day to come, or for the same again."""
    access.require(Capability.EDIT_PLANS)
    words = " ".join(text.split())
    if not words:
        raise Refused("Enter what happened", "text")
    if on > london_date(at):
        raise Refused("The day must be today or earlier", "on")
    # Of two people who write the same, one waits here and is refused.
    rows = Series.objects.select_for_update(of=("self",))
    series = rows.select_related("measure", "care_group").get(pk=series_id)
    if Annotation.objects.filter(series=series, on=on, text=words).exists():
        raise Refused("The chart has this remark on that day already", "text")
    remark = Annotation.objects.create(
        series=series, on=on, text=words, recorded_at=at, recorded_by=by
    )
    audit.record(
        at=at,
        by=by,
        action="annotated",
        obj=series,
        changes=[
            audit.FieldChange.of("on", None, on),
            audit.FieldChange.of_text("text", "", words),
        ],
    )
    return remark
