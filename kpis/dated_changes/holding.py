"""Which terms of a target hold between which days: the published ones, then approved changes. Pure.

A day is judged by the last decision that has taken effect by then. A later decision that takes
effect earlier therefore leaves the decision before it no days at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from kpis.targets import Role, TargetTerms


@dataclass(frozen=True, slots=True)
class Held:
    """One set of value, upper value and floor, and how long it held.

    `since`: the first day; `date.min` when it has always held. `until`: the first day after it;
    None when none is known.
    """

    terms: TargetTerms
    since: date
    until: date | None = None

    def on(self, day: date) -> TargetTerms:
        """The terms on a day, or on the nearest day on which this set held."""
        last = self.until - timedelta(days=1) if self.until else date.max
        return self.terms.on(max(self.since, min(day, last)))

    @property
    def asked(self) -> tuple:
        terms = self.terms.on(self.since)
        return terms.value, terms.upper_value, terms.floor


def held(terms: TargetTerms, *, ends_on: date | None = None) -> tuple[Held, ...]:
    """Each set of terms that a target has or will have, oldest first.

    `ends_on` is the day on which the target is replaced. A target that was retired before it took
    effect has one row that begins and ends on the same day.
    """
    found: list[Held] = []
    was_held = False
    # The days on which the terms may begin, change or end.
    days = {terms.starts_on, terms.retired_on, ends_on}
    for revision in terms.revisions:
        revised = terms.on(revision.effective_from)
        days |= {revision.effective_from, revised.starts_on, revised.retired_on}
    for day in sorted(day for day in days if day is not None):
        now = Held(terms, day)
        then = terms.on(day)
        is_held = then.has_started(day) and not then.is_retired(day)
        is_held = is_held and (ends_on is None or day < ends_on)
        if was_held and is_held and now.asked == found[-1].asked:
            continue
        if was_held:
            found[-1] = Held(terms, found[-1].since, day)
        if is_held:
            found.append(now)
        was_held = is_held
    return tuple(found) or (Held(terms, terms.starts_on, terms.starts_on),)


def replaced_on(standard: TargetTerms, standards: Iterable[TargetTerms]) -> date | None:
    """The day on which a later national standard for the same part of the trust begins.

    A standard that was retired before it took effect replaces nothing.
    """
    if standard.role is not Role.NATIONAL_STANDARD:
        return None
    own = held(standard)[0].since
    begins = [
        first.since
        for other in standards
        if other.care_group == standard.care_group and other.code != standard.code
        for first in held(other)[:1]
        if first.since != first.until and first.since > own
    ]
    return min(begins, default=None)
