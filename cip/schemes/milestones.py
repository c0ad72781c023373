"""Milestones and risks of a scheme, as its page shows them."""

from dataclasses import dataclass
from datetime import date

from cip.gate import Score
from cip.models import SchemeMilestone, SchemeRisk
from kmpt_tracker.ui.formats import format_count


@dataclass(frozen=True)
class MilestoneLine:
    """A milestone, and how far it is from the day it was due."""

    milestone: SchemeMilestone
    today: date

    @property
    def expected(self) -> date:
        held = self.milestone
        return held.completed_on or held.forecast_on or held.due_on

    @property
    def days(self) -> int:
        return (self.expected - self.milestone.due_on).days

    @property
    def status(self) -> str:
        """blue done, red overdue, amber expected late, green on track."""
        if self.milestone.completed_on is not None:
            return "blue"
        if self.milestone.due_on < self.today:
            return "red"
        return "amber" if self.days > 0 else "green"

    @property
    def deviation(self) -> str:
        over = (self.today - self.milestone.due_on).days
        if self.milestone.completed_on is None and self.expected < self.today:
            late = "more than a year" if over > 365 else format_count(over, "day")
            return f"{late} over, not done"
        if self.days == 0:
            return "on the day"
        noun = "day" if abs(self.days) == 1 else "days"
        return f"{abs(self.days)} {noun} {'late' if self.days > 0 else 'early'}"


@dataclass(frozen=True)
class RiskLine:
    risk: SchemeRisk

    @property
    def score(self) -> Score:
        return Score(self.risk.likelihood, self.risk.consequence)
