"""Why a figure cannot be brought in: in the words of the return."""

from datetime import date, timedelta

from kmpt_tracker.ui.typed.numbers import lower_first
from kpis.imports.headings import FIGURES, MILESTONE
from kpis.imports.register import Register
from kpis.imports.sheets import Problem
from kpis.models import Series
from kpis.returns.cells import CellRules
from kpis.rollup import reports_for
from strategy.models import CareGroup
from strategy.periods import Month, Period

LOCKED = "{month} is locked. The performance team can open it again, with a reason"
BEFORE_TRACKER = (
    "{month} is before the first month of the tracker: its figures are brought in by the "
    "performance team"
)
APART = (
    "The file has figures of months before the first month of the tracker, which a second person "
    "approves as a whole, and figures for drafts. Import the two apart"
)


def template_refused(group: CareGroup | None, month: Month, register: Register) -> Problem | None:
    """Why a template cannot be read back: its return is not open."""
    if group is None:
        return Problem(0, "", "This template is for a care group that you enter no figures for")
    period = register.period(month)
    if period is None or not register.is_open(period, group):
        words = f"This template is for {month.full_label}, which is locked"
        return Problem(0, "", f"{words}. Download the template of the month that you report")
    return None


def boxes_it_lacks(rules: CellRules) -> tuple[str, ...]:
    """The boxes that a measure does not have."""
    if rules.terms.is_milestone:
        return FIGURES
    return MILESTONE if rules.terms.is_ratio else (*MILESTONE, "numerator", "denominator")


def what_it_takes(rules: CellRules) -> str:
    if rules.terms.is_milestone:
        return "takes a status, under “milestone_status”, and no number"
    if rules.terms.is_ratio:
        return "takes a number and what it is out of, and no status or date"
    return "takes one figure, under “value”"


def takes_two(rules: CellRules, *, is_wide: bool) -> str:
    """Of a percentage that is given alone: the two numbers that are entered, and where."""
    both = f"{lower_first(rules.numerator_name)} and {lower_first(rules.denominator_name)}"
    where = "one row for each, under “part”" if is_wide else "“numerator” and “denominator”"
    return f"{rules.name} is worked out from {both}: give both ({where}), not the result alone"


def not_entered(series: Series) -> str:
    name = series.measure.name
    if series.fed_by == Series.FedBy.PUBLISHED:
        return f"the figures of {name} are published, and not entered by return"
    if series.fed_by == Series.FedBy.TRACKER:
        return f"{name} is counted by the tracker itself when a month is locked"
    if series.fed_by == Series.FedBy.ROLL_UP:
        return f"{name} is added up from the care groups' returns, and not entered for the trust"
    return ""


def not_alive(series: Series, window: Period) -> str:
    held = (series, series.measure)
    if all(reports_for(row.valid_from, row.valid_to, window) for row in held):
        return ""
    starts = [row.valid_from for row in held if (row.valid_from or date.min) > window.end]
    if starts:
        return f"This KPI starts in {Month.of(max(on for on in starts if on)).full_label}"
    ends = [row.valid_to for row in held if row.valid_to and row.valid_to <= window.end]
    return f"This KPI ended in {Month.of(min(ends) - timedelta(days=1)).full_label}"
