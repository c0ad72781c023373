"""How a series is in one window: what every page, file and chart shows of it.

Built from a stored assessment, or from one calculated for a past moment by the same rules. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from kpis.judging.freshness import Freshness
from kpis.judging.process import UNKNOWN, Process
from kpis.judging.verdict import Verdict
from kpis.rag import Rag
from kpis.spc.words import ASSURANCE_ICONS, NONE, assurance_type_of
from strategy.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetShown(Verdict):
    """A target in force in a window: its value, how the window's value met it, and whose it is."""

    pk: int
    code: str
    plan: str
    role: str
    operator: str
    due_on: date | None = None

    @property
    def is_path(self) -> bool:
        """Whether it is a planned path, not a promise: a window is only on plan or behind it."""
        return self.role in ("interim", "local")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One window of one series. `latest` is the last known one when this has no value.

    `is_old`: the next figure was overdue, so this one is described in the past and has no icons.
    `other`: for a series without any figure of the measure's own frequency, the last window of
    another length that has one, such as a year's total of a monthly measure. Where more than the
    window is rated, `windows_held` of the `windows_expected` so far are in the rated value, out of
    all `windows_in_year`.
    """

    period: Period
    rag: Rag
    value: Decimal | None = None
    judged_value: Decimal | None = None
    windows_held: int = 0
    windows_expected: int = 0
    windows_in_year: int = 0
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    groups_reported: int = 0
    groups_expected: int = 0
    value_status: str = ""
    origin: str = ""
    milestone_status: str = ""
    forecast_on: date | None = None
    completed_on: date | None = None
    target: TargetShown | None = None
    further: tuple[TargetShown, ...] = ()
    spc_mean: float | None = None
    spc_lower: float | None = None
    spc_upper: float | None = None
    spc_segment: int | None = None
    point_type: str = ""
    special_cause: str = ""
    opposing_cause: str = ""
    variation: str = "none"
    assurance: str = "none"
    limits_status: str = "none"
    points_in_segment: int = 0
    freshness: Freshness = Freshness.CURRENT
    actual_id: int | None = None
    known_from: datetime | None = None
    process: Process = UNKNOWN
    latest: Standing | None = None
    lateness: str = ""
    is_old: bool = False
    other: Period | None = None

    @property
    def has_value(self) -> bool:
        return self.value is not None or bool(self.milestone_status)

    @property
    def is_part_sum(self) -> bool:
        """Not every care group has reported the window: it is shown, but is no point of a chart."""
        return self.rag is Rag.INCOMPLETE and self.groups_reported < self.groups_expected

    @property
    def point(self) -> Decimal | None:
        """The value as a point of the chart; None where it is a gap, shown or not."""
        is_gap = self.is_part_sum or self.rag in (Rag.SUPPRESSED, Rag.NOT_APPLICABLE)
        return None if is_gap else self.value

    @property
    def lacks_windows(self) -> bool:
        """The window is complete, but the longer span that it is rated on is not."""
        return self.rag is Rag.INCOMPLETE and not self.is_part_sum

    @property
    def is_absent(self) -> bool:
        """Nothing was recorded for the window: not due, late, or missing."""
        return self.rag.is_absent

    @property
    def is_late(self) -> bool:
        """Overdue, and it is known since when."""
        return self.rag.is_overdue and bool(self.lateness)

    @property
    def is_ended(self) -> bool:
        """The series is no longer reported; its last figure stays on show."""
        return self.rag is Rag.NOT_APPLICABLE and self.latest is not None

    @property
    def is_unreported(self) -> bool:
        """No care group reports the series, or none did then. No figure says that there were no
        cases.
        """
        return self.rag is Rag.NOT_APPLICABLE and not self.value_status

    @property
    def stands_in(self) -> bool:
        """Whether an older figure is shown, in grey, because this window has none."""
        return self.latest is not None and (self.is_absent or self.is_ended)

    @property
    def shown(self) -> Standing:
        """The window whose value is shown: this one, or the last known one in grey."""
        return self.latest if self.stands_in and self.latest is not None else self

    @property
    def read(self) -> Standing:
        """The window a sentence is about: the last figure while the next is not due yet.

        Where a window is late or missing, the sentence is about that window.
        """
        return self.shown if self.rag is Rag.NOT_DUE else self

    @property
    def is_awaited(self) -> bool:
        """The next figure is not due; the last one still shows how the series is."""
        return self.rag is Rag.NOT_DUE and self.latest is not None

    def against_target(self, own: TargetShown, *, sign: int) -> Standing:
        """The same window against another target in force: its colour, and what the limits say of
        it.

        How often that target was met is not known. `sign` is +1 where a rise is better, −1 where a
        fall is.
        """
        assurance = NONE
        if self.assurance != NONE and own.value is not None and own.upper is None:
            kind = assurance_type_of(float(own.value), self.spc_lower, self.spc_upper, sign)
            assurance = ASSURANCE_ICONS[kind]
        process = replace(self.process, tested=0, met=0, tested_from=None, one_target=False)
        return replace(self, target=own, rag=own.rag, assurance=assurance, process=process)

    def without_target(self) -> Standing:
        """The same window with nothing to rate it against: a figure stays as it is, uncoloured."""
        process = replace(self.process, tested=0, met=0, tested_from=None, one_target=False)
        is_rated = self.rag in (Rag.GREEN, Rag.AMBER, Rag.RED)
        rag = Rag.NO_TARGET if is_rated else self.rag
        return replace(self, target=None, further=(), rag=rag, assurance=NONE, process=process)

    @property
    def is_complete_milestone(self) -> bool:
        return self.milestone_status == "complete"
