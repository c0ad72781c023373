"""What follows when the first or last day of a care group is corrected."""

from datetime import date

from django.db.models import Q

from kmpt_tracker.ui.formats import format_date, format_list
from kpis.models import Actual, Series
from kpis.organisation.reorganisation import Examined, Kind, Reorganisation
from kpis.organisation.returns_asked import locked_from, no_longer_asked
from strategy.models import CareGroup


def dates_preview(
    group: CareGroup, valid_from: date | None, valid_to: date | None
) -> tuple[str, ...]:
    """What follows when the dates of a care group are corrected, in sentences."""

    def outside(begins: date | None, ends: date | None) -> Q:
        return Q(period_end__lt=begins or date.min) | Q(period_end__gte=ends or date.max)

    was, now = outside(group.valid_from, group.valid_to), outside(valid_from, valid_to)
    own = Actual.objects.current().filter(series__care_group=group)
    own = own.exclude(value_status=Actual.ValueStatus.WITHDRAWN)
    fall, come = own.filter(now).exclude(was).count(), own.filter(was).exclude(now).count()
    said = []
    if fall:
        said.append(
            f"{fall:,} approved {'figure lies' if fall == 1 else 'figures lie'} outside the new "
            "days: on record, as known before, and no longer counted (made-up ones are deleted)."
        )
    if come:
        said.append(f"{come:,} approved {'figure counts' if come == 1 else 'figures count'} again.")
    pairs = (
        (group.valid_from or date.min, valid_from or date.min),
        (group.valid_to or date.max, valid_to or date.max),
    )
    # The days on which it exists before the correction or after it, but not both.
    spans = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    series = Series.objects.filter(care_group=group).count()
    if series and spans:
        days = format_list(format_date(day) for day in (valid_from, valid_to) if day)
        where = f"; their charts show the boundary on {days}" if days else ""
        said.append(
            f"The totals of {series} {'measure' if series == 1 else 'measures'} expect it in other "
            f"windows{where}, and limits start anew there."
        )
    if spans:
        first = min(begins for begins, _ in spans)
        locked = [
            month.label
            for month in locked_from(first)
            if any(begins <= month.end < ends for begins, ends in spans)
        ]
        if locked:
            said.append(f"Months that are locked are added up anew: {', '.join(locked)}.")
    if valid_to is not None and valid_to < (group.valid_to or date.max):
        asked = Reorganisation(kind=Kind.END, on=valid_to, sources=(group.pk,))
        said += no_longer_asked(Examined(asked, (group,), (group,), None))
    return tuple(said or ["No figure, total or return changes."])
