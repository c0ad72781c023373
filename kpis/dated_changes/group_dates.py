"""When a care group begins and ends, which decides who is expected to report.

A window counts the groups that exist on its last day. Moving a date changes the windows between the
old day and the new one, and the longer windows that hold them.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.administration.conflicts import last_change
from accounts.models import User
from accounts.permissions import Access
from accounts.record.fixed import fixed_problems
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.assessments.store import touch, touch_measures
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.fixtures.illustrative_returns import clear_outside
from kpis.models import Measure, Series, Target
from strategy.models import CareGroup, Plan


class DatesMoved(ChangeRefused):
    """Somebody else has changed the same day: both values are shown, nothing is saved."""


@transaction.atomic
def change_care_group_dates(
    *,
    care_group_id: int,
    valid_from: date | None,
    valid_to: date | None,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
    seen: tuple[date | None, date | None] | None = None,
) -> CareGroup:
    """Change the first day of a care group, or the first day after its end.

    Needs the permission to edit plans and a reason. `seen`: both days as the page showed them; a
    day that was left alone takes what somebody has saved since. Raises ChangeRefused with the
    field that is wrong, and DatesMoved where two people changed the same day.
    """
    access.require(Capability.EDIT_PLANS)
    group = CareGroup.objects.select_for_update(no_key=True).get(pk=care_group_id)
    if group.is_trust:
        raise ChangeRefused("The trust as a whole neither begins nor ends")
    if not reason.strip():
        raise ChangeRefused("Enter why the dates change", "reason")
    if seen is not None:
        valid_from, valid_to = _merged(group, (valid_from, valid_to), seen, by)
    if valid_from and valid_to and valid_to <= valid_from:
        raise ChangeRefused("The last day must be after the first", "valid_to")
    changes = audit.differences(
        {"valid_from": group.valid_from, "valid_to": group.valid_to},
        {"valid_from": valid_from, "valid_to": valid_to},
    )
    if not changes:
        raise ChangeRefused("Change a date", "valid_from")
    group.valid_from, group.valid_to = valid_from, valid_to
    for name, words in fixed_problems(group).items():
        raise ChangeRefused(words.removesuffix("."), name)
    audit.give_reason(group, reason)
    group.save()  # a signal receiver marks its series as out of date: mark_edited
    audit.record(
        at=at,
        by=by,
        action="care group dates changed",
        obj=group,
        changes=changes,
        reason=reason.strip(),
    )
    return group


def _merged(
    group: CareGroup,
    wanted: tuple[date | None, date | None],
    seen: tuple[date | None, date | None],
    by: User,
) -> tuple[date | None, date | None]:
    """What was typed, on top of what somebody else has saved: only a day that was changed by both
    can conflict.
    """
    new = []
    for name, typed, shown in zip(("valid_from", "valid_to"), wanted, seen, strict=True):
        newest = getattr(group, name)
        if newest in (shown, typed) or typed == shown:
            new.append(newest if typed == shown else typed)
            continue
        who, when = last_change(group, name)
        saved = "You, in another tab, saved" if who == by else f"{who or 'Someone else'} saved"
        moment = f" on {format_moment(when)}" if when else ""
        raise DatesMoved(
            f"{saved} {_day_words(name, newest)}{moment}. You typed {_day_words(name, typed)}. "
            "Nothing is saved: save again to keep yours, or load the page again",
        )
    return new[0], new[1]


def _day_words(name: str, day: date | None) -> str:
    """A first day, or the last day that a first day after it means."""
    if day is None:
        return "no end" if name == "valid_to" else "no first day"
    if name == "valid_to":
        return f"the last day {format_date(day - timedelta(days=1))}"
    return f"the first day {format_date(day)}"


def mark_reporters(series: Series, *, created: bool) -> None:
    """Mark what changes when a series is added or edited: itself, or the trust's series that adds
    it up.
    """
    if not created:
        touch([series.pk])
        return
    trust = Series.objects.filter(
        measure=series.measure_id, care_group__level=CareGroup.Level.TRUST, assessed_version__gt=0
    )
    touch(trust.exclude(pk=series.pk).values_list("pk", flat=True))


def mark_relatives(care_groups: Iterable[int]) -> None:
    """Mark the series of care groups, their predecessors and their successors as out of date.

    The dates of one group are boundaries in the charts of the others.
    """
    keys = list(care_groups)
    related = Q(pk__in=keys) | Q(predecessors__in=keys) | Q(successors__in=keys)
    groups = CareGroup.objects.filter(related).values("pk")
    touch(Series.objects.filter(care_group__in=groups).values_list("pk", flat=True))


def mark_descent(*, instance: CareGroup, action: str, pk_set: set[int] | None, **_: Any) -> None:
    """Signal receiver: the predecessors of a care group were entered or removed."""
    # `pre_clear`, because after clearing nothing shows which groups were linked.
    if action in ("post_add", "post_remove", "pre_clear"):
        with transaction.atomic():
            mark_relatives([instance.pk, *(pk_set or ())])


def mark_edited(*, sender: type, instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    """Signal receiver: what is judged by an edited row is out of date, wherever it was edited."""
    # New targets come from fixtures, which mark their measures themselves (`mark_changed`); a new
    # series changes the total of its trust.
    if raw or (created and sender is not Series):
        return
    with transaction.atomic():
        if sender is CareGroup:
            clear_outside(instance, at=timezone.now())
            mark_relatives([instance.pk])
        elif sender is Series:
            mark_reporters(instance, created=created)
        elif sender is Plan:
            touch_measures(
                Target.objects.filter(plan=instance, measure__isnull=False)
                .values_list("measure", flat=True)
                .distinct()
            )
        elif sender is Measure:
            touch_measures([instance.pk])
        elif sender is Target and instance.measure_id:
            touch_measures([instance.measure_id])
