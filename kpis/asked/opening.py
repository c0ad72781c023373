"""Which plan and month to show a reader who did not ask for any. Pure.

A page opens at the plan's last complete month: every return due is approved, or the month is
locked. Later months that are still open are offered as well, with who has not reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from strategy.periods import Month

APPROVED = "approved"
MONTHS_OFFERED = 36
# Statuses in which the care group has to act next.
TO_SEND = ("not_started", "draft", "returned")


@dataclass(frozen=True, slots=True)
class ReturnDue:
    """A care group that owes a return for a month, and the status of that return."""

    care_group: str
    status: str = "not_started"


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What is known of a month for a plan.

    `returns` are the returns due in it, from any care group with a window due; they are not read
    for a locked month. `unrated` is the number of measures that the plan's targets would rate, and
    whose due figure is not approved.
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
        """The month has at least one figure of the plan's measures, and expects no others."""
        return self.has_figure and self.is_closed

    @property
    def not_reported(self) -> tuple[str, ...]:
        return tuple(row.care_group for row in self.returns if row.status in TO_SEND)

    @property
    def not_approved(self) -> tuple[str, ...]:
        """The care groups that have submitted and are waiting for approval."""
        return tuple(
            row.care_group
            for row in self.returns
            if row.status != APPROVED and row.status not in TO_SEND
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """The month a plan opens at, why, and the later months that are still open, latest first."""

    month: Month
    is_complete: bool = True
    has_figures: bool = True
    still_open: tuple[MonthFacts, ...] = ()


def opens_at(months: Iterable[MonthFacts], *, first: Month) -> Opening:
    """The last complete month; else the latest month with a figure; else the plan's `first`."""
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


def month_options(opens: Month, shown: Month) -> list[tuple[str, str]]:
    """The months to choose from: three years up to the latest of the two, and the one shown."""
    last = max(opens, shown)
    months = [last.plus(-back) for back in range(MONTHS_OFFERED)]
    offered = months if shown in months else [*months, shown]
    return [(str(month), month.label) for month in offered]


class Dated(Protocol):
    """The dates of a plan that decide whether it is chosen."""

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
    """The plan to open on a day, out of the plans known by then.

    The longest plan in force; else the one that ended last; else the next to start. A
    plan known only by citation is never chosen. A plan is known from its publication, else from its
    start.
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
