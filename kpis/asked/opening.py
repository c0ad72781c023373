"""Which plan and which month a reader is shown who asks for none. Pure.

A page opens at the plan's last complete month: every return due is approved, or the month is
locked. A later month that is still open is offered beside it, with who has not reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from strategy.periods import Month

APPROVED = "approved"
# Statuses in which the next step is the care group's.
TO_SEND = ("not_started", "draft", "returned")


@dataclass(frozen=True, slots=True)
class ReturnDue:
    """A care group that owes a return for a month, and how that stands."""

    care_group: str
    status: str = "not_started"


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What is known of a month for a plan.

    `returns` are those due in it, from any care group with a window due; of a locked month nobody
    needs them. `unrated`: measures of the plan of which a due figure is not approved.
    """

    month: Month
    has_figure: bool = False
    is_locked: bool = True
    returns: tuple[ReturnDue, ...] = ()
    unrated: int = 0

    @property
    def is_closed(self) -> bool:
        return self.is_locked or all(row.status == APPROVED for row in self.returns)

    @property
    def is_complete(self) -> bool:
        """At least one figure of the plan's measures, and nothing more is expected."""
        return self.has_figure and self.is_closed

    @property
    def not_reported(self) -> tuple[str, ...]:
        return tuple(row.care_group for row in self.returns if row.status in TO_SEND)

    @property
    def not_approved(self) -> tuple[str, ...]:
        """Who has reported, but waits for approval."""
        return tuple(
            row.care_group
            for row in self.returns
            if row.status != APPROVED and row.status not in TO_SEND
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a plan opens, why there, and the later months that are still open, latest first."""

    month: Month
    is_complete: bool = True
    has_figures: bool = True
    still_open: tuple[MonthFacts, ...] = ()


def opens_at(months: Iterable[MonthFacts], *, first: Month) -> Opening:
    """The last complete month; without one the latest with a figure, else the plan's `first`."""
    rows = sorted(months, key=lambda facts: facts.month, reverse=True)
    chosen = next((facts for facts in rows if facts.is_complete), None) or next(
        (facts for facts in rows if facts.has_figure), None
    )
    month = chosen.month if chosen else first
    return Opening(
        month=month,
        is_complete=chosen is not None and chosen.is_complete,
        has_figures=chosen is not None,
        still_open=tuple(facts for facts in rows if facts.month > month and not facts.is_closed),
    )


class Dated(Protocol):
    """A plan, as far as it is chosen by its days."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def known_on(self) -> date: ...
    @property
    def cited(self) -> bool: ...


Row = TypeVar("Row", bound=Dated)


def opening_plan(plans: Sequence[Row], on: date) -> Row | None:
    """Of the plans known on a day the longest in force; else the one that ended last; else the
    next to start. One known only by citation never.

    A plan is known from the day of its publication, else from its start.
    """
    rows = sorted((plan for plan in plans if not plan.cited), key=lambda plan: plan.starts_on)
    known = [plan for plan in rows if plan.known_on <= on]
    in_force = [plan for plan in known if plan.starts_on <= on <= plan.ends_on]
    if in_force:
        return max(in_force, key=lambda plan: (plan.ends_on - plan.starts_on, plan.starts_on))
    ended = [plan for plan in known if plan.ends_on < on]
    if ended:
        return max(ended, key=lambda plan: (plan.ends_on, plan.starts_on))
    return next(iter(known or rows), None)
