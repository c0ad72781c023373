"""Plan an import: compare each line of a file with what is stored and what may be entered.

It reads the database and writes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.permissions import Access
from kmpt_tracker.ui.formats import format_count, format_moment
from kmpt_tracker.ui.typed import enter, parse_month_text, tidy
from kpis.imports.figures import Figure, read_as, says_the_same, text_boxes
from kpis.imports.headings import FIGURES, MILESTONE, plain
from kpis.imports.layouts import Laid, Line
from kpis.imports.place import Placed, place_line
from kpis.imports.plan import Brought, Plan, Planned, Verdict
from kpis.imports.register import OpenReturn, Register, Window, key_in, waiting_of
from kpis.imports.sheets import Problem, named
from kpis.imports.why_not import (
    APART,
    BEFORE_TRACKER,
    LOCKED,
    boxes_it_lacks,
    not_alive,
    not_entered,
    takes_two,
    template_refused,
    what_it_takes,
)
from kpis.judging.claims import window_name
from kpis.judging.wording import STEPS
from kpis.models import ReturnCell, Series
from kpis.months.due import why_no_return
from kpis.returns.cells import CellRead, CellRules, CellText, read_cell
from kpis.returns.expected import cell_rules
from kpis.returns.in_hand import text_of
from kpis.returns.merging import CellEntry
from kpis.returns.row import figure_words
from strategy.periods import Frequency, Month, Period


def plan_import(
    laid: Laid,
    *,
    access: Access,
    at: datetime,
    by: User | None = None,
    swap: bool = False,
    leaves_out: bool = False,
    month: Month | None = None,
    progress: Callable[[], object] | None = None,
) -> Plan:
    """What the lines of a file would do.

    `swap`: the person has said that where the number exceeds what it is out of, the two are the
    wrong way round. `leaves_out`: and that columns without a known heading are not read. `month`:
    only this month's return may be touched. `by`: whose measures of the trust's return are asked
    for.
    """
    register = Register(access=access, at=at, by=by)
    notices = laid.notices
    if laid.template is not None:
        whose = register.groups.get(plain(laid.template.care_group))
        of = Month.parse(laid.template.period)
        if problem := template_refused(whose, of, register):
            return Plan((), (problem,), notices)
        notices = (f"The template of {whose}, {of.full_label}.", *notices)
    placed = [place_line(line, register) for line in laid.lines]
    notices = (*notices, *_marked(laid, register))
    twice = _twice(placed)
    stored = register.stored(line.key for line in placed if line.key)
    commented = (line.key for line in placed if line.key and line.line.boxes.get("comment"))
    comments = register.comments(commented)
    waiting = waiting_of(line.key for line in placed if line.key)
    rows = []
    for line in placed:
        before = stored.get(line.key, Figure()) if line.key else Figure()
        comment = comments.get(line.key, "") if line.key else ""
        row = _Row(line, register, before, comment, swap).planned()
        if row.brought and line.key in waiting:
            words = "a figure for it waits for a second person already"
            row = _refused(row, Problem(line.line.row, "", words))
        if month is not None and row.month is not None and month != row.month:
            column = row.line.columns.get("period", "")
            words = f"{row.window} is not of the return of {month.full_label}"
            row = _refused(row, Problem(row.line.row, column, words))
        if line.key in twice:
            problem = Problem(line.line.row, "", twice[line.key])
            row = _refused(row, problem)
        rows.append(row)
        if progress:
            progress()
    left = [problem for problem in laid.problems if leaves_out and problem.may_leave]
    if left:
        columns = named(problem.column for problem in left)
        notices = (*notices, f"{format_count(len(left), 'column')} left out: {columns}")
    of_file = (problem for problem in laid.problems if problem not in left)
    problems = [*of_file, *(problem for row in rows for problem in row.problems)]
    if any(row.brought for row in rows) and any(row.entry for row in rows):
        problems.append(Problem(0, "", APART))
    return Plan(tuple(rows), tuple(problems), notices)


def _marked(laid: Laid, register: Register) -> Iterator[str]:
    """The names of measures that were read without the marks of notes at their ends."""
    names = dict.fromkeys(tidy(line.measure) for line in laid.lines)
    if marked := [f"“{name}”" for name in names if register.measures.is_marked(name)]:
        count = format_count(len(marked), "name was", "names were")
        yield f"{count} read without the mark of a note: {named(marked)}"


def _twice(placed: Sequence[Placed]) -> dict[Window | None, str]:
    """The figures that more than one row is about, with the words for each of these rows."""
    found: dict[Window | None, list[int]] = defaultdict(list)
    for line in placed:
        if line.key is not None:
            found[line.key].append(line.line.row)
    return {
        key: f"Rows {named(map(str, rows))} are for the same KPI, care group and month"
        for key, rows in found.items()
        if len(rows) > 1
    }


def _refused(row: Planned, *problems: Problem) -> Planned:
    return replace(
        row,
        verdict=Verdict.REFUSED,
        problems=(*row.problems, *problems),
        questions=(),
        entry=None,
        brought=None,
    )


@dataclass(frozen=True)
class _Row:
    """One line, and what is needed for its verdict."""

    placed: Placed
    register: Register
    approved: Figure
    comment: str
    swap: bool

    @property
    def line(self) -> Line:
        return self.placed.line

    def planned(self) -> Planned:
        series, window = self.placed.series, self.placed.window
        start = Planned(
            line=self.line,
            verdict=Verdict.REFUSED,
            measure=series.measure.name if series else self.line.measure,
            care_group=series.care_group.name if series else self.line.care_group,
            window=window.label if window else _as_written(self.line),
            problems=self.placed.problems,
        )
        if series is None or window is None or self.placed.problems:
            return start
        return self._against_stored(start, series, window)

    def _against_stored(self, start: Planned, series: Series, window: Period) -> Planned:
        month = self.register.month_of(series.measure, window)
        opened = self.register.open_return(month, series.care_group)
        key = key_in(window, series, month)
        cell = opened.cells.get(key) if opened else None
        asked = opened.due.get(key) if opened else None
        rules = cell_rules(asked.measure if asked else series.measure, window)
        before = self.approved
        if cell is not None and not _is_blank(cell):
            before = _figure_in(cell, rules)
        start = replace(start, before=_words_before(cell, before), month=month)
        if self._is_unchanged(cell, before, rules):
            return replace(start, verdict=Verdict.UNCHANGED)
        recent = opened.recent.get(key, ()) if opened and asked else ()
        text, is_swapped, may_swap = self._text(cell), False, False
        read = read_cell(text, rules, recent)
        turned = _turned(text, read, rules)
        if turned is not None and self.swap:
            text, is_swapped, read = turned, True, read_cell(turned, rules, recent)
        elif turned is not None:
            may_swap = True
        after = read_as(read)
        if not read.error and after == before and not after.is_none and self._same_words(cell):
            return replace(start, verdict=Verdict.UNCHANGED)
        problems = [*self._may_not(series, window, month, opened, key), *self._wrong(read, rules)]
        is_history = self._is_history(month)
        if is_history:
            problems += self._not_in_history(before, read)
        start = replace(start, may_swap=may_swap, is_swapped=is_swapped)
        if problems:
            return _refused(start, *problems)
        if is_history:
            reason = self.line.boxes.get("change_reason", "").strip()
            brought = Brought(
                series_id=series.pk, window=window, figure=after, change_reason=reason
            )
            verdict = Verdict.ADDED if before.is_none else Verdict.CHANGED
            return replace(start, verdict=verdict, after=after.words, brought=brought)
        return replace(
            start,
            verdict=Verdict.ADDED if before.is_none and _is_blank(cell) else Verdict.CHANGED,
            after=after.words or self._words_after(text),
            questions=(*_missing(self.line, read), *(() if text.confirmed else read.warnings)),
            group=series.care_group,
            entry=CellEntry(key, cell.version if cell else 0, text, self._shown(rules)),
        )

    def _is_unchanged(self, cell: ReturnCell | None, before: Figure, rules: CellRules) -> bool:
        """Whether the line says what is stored, or is empty where it may be."""
        line = self.line
        if line.is_empty and line.may_be_empty:
            return True
        reason = line.boxes.get("no_data_reason", "").strip()
        if reason and not line.has_figure and _is_blank(cell):
            return cell is not None and reason == cell.no_data_reason.strip()
        return says_the_same(self.line, before, rules) and self._same_words(cell)

    def _same_words(self, cell: ReturnCell | None) -> bool:
        """Whether a comment that the line has is the one that is there; an empty one asks for
        nothing."""
        comment = self.line.boxes.get("comment", "").strip()
        return not comment or comment == (cell.comment if cell else self.comment).strip()

    def _wrong(self, read: CellRead, rules: CellRules) -> Iterator[Problem]:
        """What is wrong with the boxes of the line, each at its column."""
        line = self.line
        for box in boxes_it_lacks(rules):
            if tidy(line.boxes.get(box, "")):
                yield self._problem(box, f"{rules.name} {what_it_takes(rules)}")
        if rules.terms.is_ratio and _is_result_alone(line):
            yield self._problem("value", takes_two(rules, is_wide=line.may_be_empty))
            return
        for fault in read.faults:
            if fault.message in _missing(line, read):
                continue
            yield self._problem(fault.field, fault.message)
        if not line.has_figure and not read.faults:
            yield from self._nothing(rules)

    def _nothing(self, rules: CellRules) -> Iterator[Problem]:
        line = self.line
        if line.value_status:
            words = "A row without a figure says why there is none on the return, not in a file"
            yield self._problem("value_status", words)
        elif not tidy(line.boxes.get("no_data_reason", "")) and not line.may_be_empty:
            box = "milestone_status" if rules.terms.is_milestone else "value"
            yield self._problem(box, enter(rules.name, rules.period_label))

    def _may_not(
        self, series: Series, window: Period, month: Month, opened: OpenReturn | None, key: int
    ) -> Iterator[Problem]:
        """Why a figure cannot be entered for this window now, in the words of the return."""
        words = not_entered(series) or not_alive(series, window)
        if not words and not self.placed.is_regular:
            step = STEPS[Frequency(series.measure.frequency)]
            words = f"{series.measure.name} takes a figure for each {step}, not for {window.label}"
        if not words:
            words = self._closed(series, window, month, opened, key)
        if words:
            yield self._problem("period" if "period" in self.line.columns else "period_end", words)

    def _closed(
        self, series: Series, window: Period, month: Month, opened: OpenReturn | None, key: int
    ) -> str:
        period = self.register.period(month)
        if period is None:
            if self.register.period(window.last_month) is None:
                return f"{window.last_month.full_label} has not ended"
            return (
                f"{window_name(window)} is asked for in the return of {month.full_label}, which "
                "has not ended"
            )
        if why := why_no_return(series.care_group, month):
            return why
        if opened is None:
            if self._is_history(month):
                return ""
            if self.register.is_before_tracker(month):
                return BEFORE_TRACKER.format(month=month.full_label)
            if period.locked_at is None:
                return f"Entry for {month.full_label} opens {format_moment(period.opens_at)}"
            return LOCKED.format(month=month.full_label)
        if key not in opened.due:
            return f"the return of {month.full_label} does not ask for {window_name(window)}"
        return ""

    def _is_history(self, month: Month) -> bool:
        """Whether the figure is of a month that only the performance team may bring in."""
        return self.register.is_before_tracker(month) and self.register.brings_history

    def _not_in_history(self, before: Figure, read: CellRead) -> Iterator[Problem]:
        """The problems of a row in a batch that a second person approves as a whole."""
        boxes = self.line.boxes
        if not read.has_figure and not read.faults:
            yield self._problem("value", "a month before the tracker takes figures only")
        if tidy(boxes.get("comment", "")):
            yield self._problem("comment", "a month before the tracker takes no comment")
        if not before.is_none and not tidy(boxes.get("change_reason", "")):
            words = "say why the approved figure is corrected, in a column change_reason"
            yield self._problem("change_reason", words)

    def _shown(self, rules: CellRules) -> frozenset[str]:
        """The boxes that the line fills: the whole figure, so that no part of an old one stays."""
        own: tuple[str, ...] = MILESTONE if rules.terms.is_milestone else FIGURES
        if _is_part(self.line):
            own = tuple(self.line.boxes)
        words = {
            box
            for box, text in self.line.boxes.items()
            if box not in (*FIGURES, *MILESTONE) and tidy(text)
        }
        if "confirm_reason" in words:
            words.add("confirmed")
        if self.line.has_figure:
            # A figure ends that an earlier one should never have been reported.
            words.add("withdrawn")
        return frozenset(words | set(own))

    def _text(self, cell: ReturnCell | None) -> CellText:
        """The line as the boxes of the return. A reason why a figure is right confirms it.

        A column pasted on its own is added to the other part in the draft.
        """
        boxes: dict[str, Any] = text_boxes(self.line.boxes)
        if _is_part(self.line) and cell is not None:
            boxes = {"numerator": cell.numerator_text, "denominator": cell.denominator_text} | boxes
        return CellText(**boxes, confirmed=bool(tidy(boxes.get("confirm_reason", ""))))

    def _words_after(self, text: CellText) -> str:
        return "no figure, with a reason" if text.no_data_reason.strip() else figure_words(text)

    def _problem(self, box: str, words: str) -> Problem:
        columns = self.line.columns
        fallback = columns.get("value", "") if box in FIGURES else ""
        return Problem(self.line.row, columns.get(box, fallback), words)


def _as_written(line: Line) -> str:
    """The window of a line that could not be placed: a month by its name, else as it stands."""
    month = parse_month_text(line.period).value
    return Month.of(month).label if month else line.period or line.ends


def _turned(text: CellText, read: CellRead, rules: CellRules) -> CellText | None:
    """The cell with its parts swapped, where it can be read only that way."""
    if not rules.terms.is_ratio or read.error_field != "numerator" or read.numerator is not None:
        return None
    turned = replace(text, numerator=text.denominator, denominator=text.numerator)
    if turned.numerator == text.numerator or read_cell(turned, rules).error:
        return None
    return turned


def _is_part(line: Line) -> bool:
    """Whether a block has only one part of a figure: the other is typed or pasted separately."""
    return line.may_be_empty and len({"numerator", "denominator"} & set(line.boxes)) == 1


def _is_result_alone(line: Line) -> bool:
    """Whether a line gives the value of a figure, and neither of the numbers behind it."""
    return bool(tidy(line.boxes.get("value", ""))) and not any(
        tidy(line.boxes.get(part, "")) for part in ("numerator", "denominator")
    )


def _missing(line: Line, read: CellRead) -> tuple[str, ...]:
    """The part that is still missing, where a block has only the other; a draft may lack it."""
    if not _is_part(line):
        return ()
    return tuple(
        fault.message for fault in read.faults if fault.is_missing and fault.field not in line.boxes
    )


def _figure_in(cell: ReturnCell, rules: CellRules) -> Figure:
    """The figure of a draft; a draft that cannot be read equals nothing."""
    read = read_cell(text_of(cell), rules)
    return Figure() if read.error else read_as(read)


def _words_before(cell: ReturnCell | None, before: Figure) -> str:
    if cell is None or not before.is_none:
        return before.words
    text = text_of(cell)
    return figure_words(text) if text.has_figure else ""


def _is_blank(cell: ReturnCell | None) -> bool:
    return cell is None or not text_of(cell).has_figure
