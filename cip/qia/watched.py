"""Guard measures on the page of an assessment: which, as known then, and their figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from cip.models import GuardMeasure
from cip.qia.guards import Window, signal_began
from kmpt_tracker.ui.components import VARIATION, Column, Table
from kmpt_tracker.ui.formats import format_date, format_value

WINDOWS_SHOWN = 24


@dataclass(frozen=True)
class GuardLine:
    """A guard measure with its baseline."""

    guard: GuardMeasure
    windows: Sequence[Window] = ()

    @property
    def name(self) -> str:
        return self.guard.measure.name

    @property
    def latest(self) -> str:
        """The latest figure and its window; empty where there is none."""
        if not self.windows:
            return ""
        return f"{self._value(self.windows[0])}, {self.windows[0].period.label}"

    @property
    def signal(self) -> str:
        """What the control chart says of the latest figure."""
        if not self.windows:
            return "no figure is approved yet"
        began = signal_began(self.windows)
        if began is None:
            return "no special-cause concern"
        return f"special-cause concern since {format_date(began)}"

    @property
    def is_concern(self) -> bool:
        return bool(self.windows) and self.windows[0].is_concern

    @property
    def table(self) -> Table:
        """Its last figures, latest first."""
        return Table(
            f"{self.name}: the last {len(self.windows[:WINDOWS_SHOWN])} figures",
            ["Period", Column("Value", numeric=True), "Control chart"],
            [
                (row.period.label, self._value(row), VARIATION[row.variation].word)
                for row in self.windows[:WINDOWS_SHOWN]
            ],
        )

    def _value(self, window: Window) -> str:
        measure = self.guard.measure
        return format_value(window.value, measure.unit, measure.decimals)

    @property
    def baseline(self) -> str:
        held = self.guard
        if held.baseline is None:
            return "no baseline"
        words = format_value(held.baseline, held.measure.unit)
        return f"{words}, {held.baseline_period}" if held.baseline_period else words
