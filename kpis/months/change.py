"""Change the clock of a month: when entry opens and closes, sign-off and freeze.

How late a return was stays on record, so a closing time is only ever moved to a moment to come, and
the first one that passed is kept (docs/returns.md, “The clock”).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_moment
from kpis.models import ReportingPeriod
from kpis.months.clock import PeriodRefused, data_clock, held_row, kept_period
from strategy.periods import Month

# The moments of a clock in their order, and their names on pages.
MOMENTS = {
    "opens_at": "Entry opens",
    "closes_at": "Entry closes",
    "sign_off_at": "Sign-off",
    "freezes_at": "Freeze",
}
# Later than this after the end of the month is a slip of the pen.
LONGEST = timedelta(days=366)
CHANGED = "clock changed"


@dataclass(frozen=True)
class ClockConflict:
    """A moment that two people changed: what each wants, and who was first."""

    field: str
    theirs: datetime
    yours: datetime
    changed_by: str
    changed_at: datetime | None
    is_own: bool

    @property
    def words(self) -> str:
        who = "You, in another tab," if self.is_own else self.changed_by
        when = f" on {format_moment(self.changed_at)}" if self.changed_at else ""
        return (
            f"{MOMENTS[self.field]}: {who} set it to {format_moment(self.theirs)}{when}. "
            f"You typed {format_moment(self.yours)}."
        )


class ClockChanged(PeriodRefused):
    """Somebody else has changed the same moments: both values are shown, and nothing is saved."""

    def __init__(self, conflicts: list[ClockConflict]):
        self.conflicts = conflicts
        super().__init__("Somebody else has changed this clock since you opened it")


@transaction.atomic
def change_clock(
    *,
    month: Month,
    version: int,
    wanted: Mapping[str, datetime],
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> ReportingPeriod | None:
    """Set the moments of a month's clock; None when nothing differs. The first change of a month
    makes its row.

    Raises PeriodRefused for a locked month, a moment that has passed or is out of order, and
    ClockChanged where somebody else has changed the same moment since `version`.
    """
    access.require(Capability.EDIT_MONTHS)
    if not reason.strip():
        raise PeriodRefused("Enter why the clock changes", "reason")
    with transaction.atomic():
        period = held_row(kept_period(month, at=at).pk)
        new = _merged(period, version, wanted, by)
        before = {name: getattr(period, name) for name in MOMENTS}
        # Without the rollback, a month in which nothing was changed would be stored.
        if new == before:
            transaction.set_rollback(True)
    if new == before:
        return None
    _refuse(period, before, new, at)
    if new["closes_at"] != before["closes_at"] and before["closes_at"] <= at:
        period.first_closed_at = period.first_closed_at or before["closes_at"]
    for name, moment in new.items():
        setattr(period, name, moment)
    period.version += 1
    period.save(update_fields=[*MOMENTS, "first_closed_at", "version"])
    audit.record(
        at=at,
        by=by,
        action=CHANGED,
        obj=period,
        changes=[
            *audit.differences(before, new),
            audit.FieldChange.of("version", period.version - 1, period.version),
        ],
        reason=reason,
    )
    return period


def _merged(
    period: ReportingPeriod, version: int, wanted: Mapping[str, datetime], by: User
) -> dict[str, datetime]:
    """What was typed, merged with what somebody else has changed since: only boxes that the person
    changed can conflict.
    """
    since = changes_since(period, version)
    new, conflicts = {}, []
    for name in MOMENTS:
        newest, yours = getattr(period, name), wanted[name]
        shown, event = since.get(name, (newest, None))
        if yours in (shown, newest):
            new[name] = newest
        elif event is None:
            new[name] = yours
        else:
            who = str(event.by or "the tracker")
            own = event.by_id == by.pk
            conflicts.append(ClockConflict(name, newest, yours, who, event.at, own))
    if conflicts:
        raise ClockChanged(conflicts)
    return new


def changes_since(period: ReportingPeriod, version: int) -> dict[str, tuple[datetime, AuditEvent]]:
    """Each moment changed since a version, with its value then and its last change.

    What a page showed is worked out from its version, so that a form cannot claim otherwise.
    """
    found: dict[str, tuple[datetime, AuditEvent]] = {}
    # The usual clock that is shown while nothing is stored is the first version of the row.
    later = max(period.version - max(version, 1), 0)
    events = AuditEvent.objects.filter(
        object_type=period._meta.label_lower, object_key=str(period), action=CHANGED
    ).select_related("by")
    # Latest first: the old value of the earliest change is the one that the page showed.
    for event in events.order_by("-at", "-pk")[:later]:
        for change in event.changes:
            if change["field"] in MOMENTS:
                _, last = found.get(change["field"], (None, event))
                found[change["field"]] = datetime.fromisoformat(change["old"]), last
    return found


def _refuse(
    period: ReportingPeriod,
    before: Mapping[str, datetime],
    new: Mapping[str, datetime],
    at: datetime,
) -> None:
    month = period.month
    if period.locked_at is not None:
        raise PeriodRefused(f"{month.full_label} is locked: open it again before its clock changes")
    opens, closes = new["opens_at"], new["closes_at"]
    if opens != before["opens_at"]:
        if before["opens_at"] <= at:
            raise PeriodRefused("Entry has opened: that moment stands", "opens_at")
        if opens < data_clock(month)["opens_at"]:
            raise PeriodRefused(
                f"Entry opens once {month.full_label} has ended, not before", "opens_at"
            )
    if closes != before["closes_at"] and closes <= at:
        raise PeriodRefused(
            "Entry closes must be a moment to come: nobody is made late afterwards", "closes_at"
        )
    for earlier, later in pairwise(MOMENTS):
        is_strict = earlier == "opens_at"
        if new[later] < new[earlier] or (is_strict and new[later] == new[earlier]):
            name = MOMENTS[earlier][0].lower() + MOMENTS[earlier][1:]
            limit = "after" if is_strict else "no earlier than"
            raise PeriodRefused(f"{MOMENTS[later]} must be {limit} {name}", later)
    if new["freezes_at"] > data_clock(month)["opens_at"] + LONGEST:
        raise PeriodRefused("Freeze must be within a year of the end of the month", "freezes_at")
