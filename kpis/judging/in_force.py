"""Handover: which of a measure's targets is judged in a period, and which others are drawn.

All questions are settled at the last day of the period, in London. Edge cases are tabled in
docs/rules.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kpis.targets import TRUST, Role, TargetTerms
from strategy.periods import Month, Window, as_period


@dataclass(frozen=True, slots=True)
class InForce:
    """The target that is judged in a period, and the others drawn with it."""

    primary: TargetTerms | None
    further: tuple[TargetTerms, ...] = ()
    is_carried_forward: bool = False
    is_due_date_passed: bool = False


def in_force(targets: Iterable[TargetTerms], period: Window) -> InForce:
    """The target judged in a period: the commitment of the plan whose dates cover it.

    After a plan ends, its commitments are carried forward until another commitment takes effect or
    they are retired. Where there is no commitment, the national standard is judged.
    """
    on = as_period(period).end
    revised = [target.on(on) for target in targets]
    started = [target for target in revised if target.ever_took_effect(on)]
    remaining = [target for target in started if not target.is_retired(on)]
    commitments = _commitments(started, on)
    standards = _standards(started, on)
    candidates = commitments or standards
    primary = max(candidates, key=lambda target: _rank(target, on)) if candidates else None
    # Interim and local targets are drawn until they are due.
    also_drawn = [
        target
        for target in remaining
        if target.role in (Role.INTERIM, Role.LOCAL) and (target.due is None or on <= target.due)
    ]
    further = [*commitments, *standards, *also_drawn]
    return InForce(
        primary=primary,
        further=tuple(
            sorted((target for target in further if target is not primary), key=lambda t: t.code)
        ),
        is_carried_forward=bool(
            primary and primary.role is Role.COMMITMENT and primary.plan_has_ended(on)
        ),
        is_due_date_passed=bool(primary and primary.due is not None and primary.due < on),
    )


def in_force_in_each(targets: Sequence[TargetTerms], periods: Sequence[Window]) -> list[InForce]:
    """As `in_force`, for many periods: worked out once for all that lie between the same dates."""
    edges = sorted({edge for target in targets for edge in _edges(target)})
    found: dict[int, InForce] = {}
    held = []
    for period in periods:
        place = bisect_right(edges, as_period(period).end)
        if place not in found:
            found[place] = in_force(targets, period)
        held.append(found[place])
    return held


def _edges(target: TargetTerms) -> set[date]:
    """The days from which what is in force may be another: any date of a target, and the day after
    it, for some hold up to their date and others before it.
    """
    dates = {target.effective_from, target.due_on, target.retired_on}
    dates |= {target.plan_starts, target.plan_ends}
    dates |= {point.month.start for point in target.points}
    dates |= {change.effective_from for change in target.tolerances}
    for change in target.revisions:
        dates |= {change.effective_from, Month.of(change.effective_from).start}
        dates |= {change.starts_on, change.due_on, change.retired_on}
    return {
        edge
        for day in dates
        if day is not None
        for edge in (day, day if day == date.max else day + timedelta(1))
    }


def _commitments(started: list[TargetTerms], on: date) -> list[TargetTerms]:
    """Commitments of the plans that cover the day, else those carried forward from the last plan.

    A commitment that took effect before its plan's first day also fills a gap between two plans.
    """
    all_commitments = [target for target in started if target.role is Role.COMMITMENT]
    remaining = [target for target in all_commitments if not target.is_retired(on)]
    covering = [target for target in remaining if target.plan_covers(on)]
    if covering:
        return covering
    # Once another plan's commitment has taken effect, the older one does not come back.
    return [
        target
        for target in remaining
        if not any(
            other.plan != target.plan and other.starts_on > target.starts_on
            for other in all_commitments
        )
    ]


def _standards(started: list[TargetTerms], on: date) -> list[TargetTerms]:
    """National standards in force. Each ends when its successor for the same part of the trust
    begins.

    It does not come back when the successor is retired. Standards that begin on one day are all in
    force.
    """
    standards = [target for target in started if target.role is Role.NATIONAL_STANDARD]
    return [
        target
        for target in standards
        if not target.is_retired(on)
        and not any(
            other.care_group == target.care_group and other.starts_on > target.starts_on
            for other in standards
        )
    ]


def _rank(target: TargetTerms, on: date) -> tuple[bool, bool, date, bool, int, str]:
    """The order of preference: a care group's own target before an inherited one, a number before
    none, the latest effective.

    Among targets that took effect together: the next to fall due, then the one that fell due last.
    """
    due = target.due or date.max
    still_due = due >= on
    nearness = -due.toordinal() if still_due else due.toordinal()
    return (
        target.care_group != TRUST,
        target.has_number,
        target.starts_on,
        still_due,
        nearness,
        target.code,
    )


def applies_to(target: TargetTerms, care_group: str, *, unit_is_ratio: bool) -> bool:
    """Whether a target applies to a care group. Groups inherit trust-wide targets for ratios only.

    A trust-wide count or sum of money is for the trust as a whole, not for each group.
    """
    return target.care_group == care_group or (target.care_group == TRUST and unit_is_ratio)
