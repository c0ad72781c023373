"""Which figure a line is about: its measure, its care group and its window."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kmpt_tracker.ui.typed import parse_date_text, parse_month_text
from kpis.imports.headings import CARE_GROUP, ENDS, MEASURE, PERIOD, STARTS, plain
from kpis.imports.layouts import Line
from kpis.imports.register import Register, Window
from kpis.imports.sheets import Problem
from kpis.judging.wording import STEPS
from kpis.models import Measure, Series
from kpis.months.due import due_window
from strategy.models import CareGroup
from strategy.periods import Frequency, Month, Period

MOST_QUOTED = 80
TOTALS = ("total", "totals", "grand total", "sub total", "subtotal", "sum")


@dataclass(frozen=True, slots=True)
class Placed:
    """A line with the series and window that it is about, as far as they were found."""

    line: Line
    series: Series | None = None
    window: Period | None = None
    # Whether the window is one of those that the measure is reported in.
    is_regular: bool = True
    problems: tuple[Problem, ...] = field(default=())

    @property
    def key(self) -> Window | None:
        if self.series is None or self.window is None:
            return None
        return self.series.pk, self.window.start, self.window.end


def place_line(line: Line, register: Register) -> Placed:
    """The figure that a line is about, or everything that keeps it from being found."""
    measures = register.measures.all(line.measure)
    group = register.groups.get(plain(line.care_group))
    has_place = line.care_group or line.period or line.ends
    if line.measure and not measures and (not has_place or _is_total(line)):
        # A row of totals, or a heading within the table: what else it lacks says nothing.
        return Placed(line, problems=(_no_kpi(line, register),))
    problems = list(_unknown(line, measures, group, register))
    series = None
    if group and measures and not problems:
        held = [register.series.get((measure.pk, group.pk)) for measure in measures]
        known = [row for row in held if row]
        if len(known) > 1:
            codes = ", ".join(row.measure.code for row in known)
            words = (
                f"{len(known)} KPIs are called “{_quoted(line.measure)}”. Write the code: {codes}"
            )
            problems.append(_problem(line, MEASURE, words))
        elif not known:
            problems.append(_no_kpi(line, register))
        else:
            (series,) = known
    measure = series.measure if series else measures[0] if len(measures) == 1 else None
    window, is_regular, wrong = _window(line, measure)
    return Placed(line, series, window, is_regular, (*problems, *wrong))


def _unknown(
    line: Line, measures: list[Measure], group: CareGroup | None, register: Register
) -> Iterator[Problem]:
    """The same words for an unknown name and for something that is not this person's."""
    if not line.measure:
        yield _problem(line, MEASURE, "Enter measure")
    elif not measures:
        yield _no_kpi(line, register)
    if not line.care_group:
        yield _problem(line, CARE_GROUP, "Enter care group")
    elif group is None:
        words = f"no care group called “{_quoted(line.care_group)}” that you enter figures for"
        kept = "no care group of that name that you enter figures for"
        yield _problem(line, CARE_GROUP, words, kept)


def _is_total(line: Line) -> bool:
    return plain(line.measure) in TOTALS


def _no_kpi(line: Line, register: Register) -> Problem:
    words = f"no KPI called “{_quoted(line.measure)}” in your care groups"
    if _is_total(line):
        words += ". Leave out the row of totals"
    else:
        words += register.own_measures.did_you_mean(line.measure)
    return _problem(line, MEASURE, words, "no KPI of that name in your care groups")


def _window(line: Line, measure: Measure | None) -> tuple[Period | None, bool, tuple[Problem, ...]]:
    """The window of a line, whether the measure is reported in it, and what is wrong with it."""
    if line.ends or line.starts:
        return _between(line, measure)
    month = parse_month_text(line.period)
    if month.value is not None:
        if measure is None:
            return None, True, ()
        window = due_window(measure, Month.of(month.value))
        if window is None:
            step = STEPS[Frequency(measure.frequency)]
            words = f"no {step} of this KPI ends in {Month.of(month.value).full_label}"
            return None, True, (_problem(line, PERIOD, words),)
        return window, True, ()
    # “2025/26” and “2025/26 Q3”, as the tracker writes longer windows.
    try:
        window = Period.parse(line.period) if line.period else None
    except ValueError:
        window = None
    if window and measure and window == due_window(measure, window.last_month):
        return window, True, ()
    return None, True, (_problem(line, PERIOD, month.error or "Enter month"),)


def _between(
    line: Line, measure: Measure | None
) -> tuple[Period | None, bool, tuple[Problem, ...]]:
    """The window between the two dates of a line, or the measure's own that ends on the second."""
    starts = parse_date_text(line.starts, name="Period start", allow_empty=True)
    ends = parse_date_text(line.ends, name="Period end")
    wrong = [
        _problem(line, column, found.error)
        for column, found in ((STARTS, starts), (ENDS, ends))
        if found.error
    ]
    if ends.value and starts.value and starts.value > ends.value:
        wrong.append(_problem(line, ENDS, "Period end must be the same as or after period start"))
    if wrong or ends.value is None or measure is None:
        return None, True, tuple(wrong)
    usual = due_window(measure, Month.of(ends.value))
    if starts.value is None:
        if usual is None or usual.end != ends.value:
            step = STEPS[Frequency(measure.frequency)]
            return None, True, (_problem(line, ENDS, f"no {step} of this KPI ends on that day"),)
        return usual, True, ()
    window = Period(starts.value, ends.value)
    return window, window == usual, ()


def _problem(line: Line, column: str, words: str, kept: str = "") -> Problem:
    return Problem(line.row, line.columns.get(column, ""), words, kept)


def _quoted(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…"
