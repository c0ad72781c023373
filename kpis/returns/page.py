"""What the page of a monthly return shows: one row a measure, judged as it is typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kpis.assessments.inputs import load_inputs, measure_terms
from kpis.assessments.read import asked_of, histories, standing_anew
from kpis.judging.assess import MeasureTerms, Observation, SeriesInputs, assess
from kpis.judging.comments_asked import NarrativeAsked, narrative_asked
from kpis.judging.freshness import DataClock
from kpis.judging.status import Standing
from kpis.models import Return, Series, Target
from kpis.months.due import Asked
from kpis.rag import Rag
from kpis.returns.cells import CellRead, CellText, read_cell
from kpis.returns.expected import cell_rules, recent_values
from kpis.returns.save import Conflict, cells_of, due_rows, text_of
from kpis.returns.submit import ToFinish
from kpis.rollup import Origin
from strategy.periods import Month, Period

NO_GROUP = (99, "Other measures")


@dataclass(frozen=True)
class ReturnRow:
    """One measure of a return: what was reported before, what is typed, and how it reads."""

    asked: Asked
    terms: MeasureTerms
    version: int
    text: CellText
    read: CellRead
    result: Standing
    before: tuple[Standing | None, ...]
    narrative: NarrativeAsked
    group: str
    clock: DataClock  # the month's, which says whether a blank is late
    error: str = ""
    error_field: str = ""
    conflict: Conflict | None = None
    held: Standing | None = None  # what the tracker shows of the window already
    unsaved: CellText | None = None  # typed, and refused, where no box can hold it any longer

    @property
    def series(self) -> Series:
        return self.asked.series

    @property
    def window(self) -> Period:
        return self.asked.window

    @property
    def prefix(self) -> str:
        return f"s{self.asked.key}"

    @property
    def shows_held(self) -> bool:
        """Nothing is typed, and the tracker has a figure already: an earlier or invented one."""
        return self.held is not None and not self.text.has_figure and not self.error

    @property
    def corrects(self) -> bool:
        """Whether another figure than the one approved would need a reason."""
        corrected = bool(self.text.change_reason) or self.clashes_in("change_reason")
        return self.held is not None or corrected

    @property
    def asks_to_confirm(self) -> bool:
        return bool(self.read.warnings) or self.clashes_in("confirm_reason")

    def clashes_in(self, *boxes: str) -> bool:
        """Whether one of these boxes was saved by someone else while it was typed in."""
        return self.conflict is not None and any(
            clash.box in boxes for clash in self.conflict.boxes
        )

    @property
    def is_ready(self) -> bool:
        """A figure that reads and is confirmed where asked, or a reason why there is none."""
        if self.read.error or self.conflict:
            return False
        if self.read.is_withdrawn:
            return bool(self.text.change_reason.strip())
        if not self.read.has_figure:
            return bool(self.text.no_data_reason.strip())
        confirmed = self.text.confirmed and self.text.confirm_reason.strip()
        return not self.read.warnings or bool(confirmed)


@dataclass(frozen=True)
class ReturnPage:
    """A return as its lead, and the performance team, see it."""

    submission: Return
    rows: tuple[ReturnRow, ...]
    before_months: tuple[Month, ...]
    is_locked: bool

    @property
    def ready(self) -> int:
        return sum(row.is_ready for row in self.rows)

    @property
    def is_illustrative(self) -> bool:
        """Whether one of the figures shown beside the boxes is made up."""
        return any(
            shown is not None and shown.origin == Origin.ILLUSTRATIVE
            for row in self.rows
            for shown in (*row.before, row.held)
        )

    @property
    def groups(self) -> list[tuple[str, list[ReturnRow]]]:
        found: dict[str, list[ReturnRow]] = {}
        for row in self.rows:
            found.setdefault(row.group, []).append(row)
        return list(found.items())


def return_page(
    submission: Return,
    *,
    typed: Mapping[int, tuple[int, CellText]] | None = None,
    conflicts: Iterable[Conflict] = (),
    unfinished: Iterable[ToFinish] = (),
) -> ReturnPage:
    """The rows of a return: saved cells, or what was typed just now where given.

    A locked month shows what is saved, and says of each figure typed that it is not.
    """
    month = submission.period.month
    is_locked = submission.period.locked_at is not None
    unsaved = (typed or {}) if is_locked else {}
    typed = {} if is_locked else typed
    due = due_rows(submission)
    cells = cells_of(submission)
    series_due = list({asked.series.pk: asked.series for asked in due.values()}.values())
    found = histories(series_due, until=month.end, since=month.plus(-36).start)
    recent = recent_values(due.values())
    inputs = load_inputs(series_due)
    groups = _groups(series_due)
    targets = _targets(series_due)
    clock = DataClock(closes_at=submission.period.closes_at, locked_at=submission.period.locked_at)
    by_conflict = {conflict.series_id: conflict for conflict in conflicts}
    by_problem = {problem.series_id: problem for problem in unfinished}
    rows = []
    for pk, asked in due.items():
        cell, series, window = cells.get(pk), asked.series, asked.window
        version, text = (typed or {}).get(
            pk, (cell.version if cell else 0, text_of(cell) if cell else CellText())
        )
        read = read_cell(text, cell_rules(series.measure, window), recent.get(pk, ()))
        result = judge_draft(series, inputs[series.pk], read, window, targets)
        windows = found[series.pk].history.windows
        terms = measure_terms(series.measure)
        own = (seen for seen in windows if terms.frequency.is_window(seen.period))
        past = tuple(seen for seen in own if seen.period.end < window.start)
        problem = by_problem.get(pk)
        rows.append(
            ReturnRow(
                asked=asked,
                terms=terms,
                version=version,
                text=text,
                read=read,
                result=result,
                before=_before(past, asked),
                narrative=narrative_asked(
                    result.rag,
                    previous_rag=past[-1].rag if past else None,
                    variation=result.variation,
                    assurance=result.assurance,
                    has_met=result.process.met > 0,
                ),
                group=groups.get(series.measure_id, NO_GROUP)[1],
                clock=clock,
                error=read.error or (problem.message if problem else ""),
                error_field=read.error_field or (problem.field if problem else ""),
                conflict=by_conflict.get(pk),
                held=next((seen for seen in windows if seen.period == window), None),
                unsaved=unsaved[pk][1] if pk in unsaved else None,
            )
        )
    rows.sort(
        key=lambda row: (groups.get(row.series.measure_id, NO_GROUP), row.series.measure.name)
    )
    return ReturnPage(
        submission=submission,
        rows=tuple(rows),
        before_months=tuple(month.plus(-step) for step in (3, 2, 1)),
        is_locked=is_locked,
    )


def _before(past: tuple[Standing, ...], asked: Asked) -> tuple[Standing | None, ...]:
    """The three windows before: of a month those of the columns, else the last three, named."""
    month = asked.month
    if asked.window != month.period:
        return (*[None] * 3, *past)[-3:]
    held = {standing.period.last_month: standing for standing in past}
    return tuple(held.get(month.plus(-step)) for step in (3, 2, 1))


def _groups(series: Iterable[Series]) -> dict[int, tuple[int, str]]:
    """The grouping of the latest plan that promises a measure: headings of the form."""
    rows = (
        Target.objects.filter(
            measure__in={row.measure_id for row in series}, objective__isnull=False
        )
        .order_by("plan__starts_on")
        .values_list(
            "measure_id",
            "objective__ambition__position",
            "objective__ambition__number",
            "objective__ambition__theme",
            "objective__ambition__title",
        )
    )
    return {
        pk: (position, f"{number}. {theme or title}" if number else theme or title)
        for pk, position, number, theme, title in rows
    }


def _targets(series: Iterable[Series]) -> dict[str, Target]:
    rows = Target.objects.filter(measure__in={row.measure_id for row in series})
    return {target.code: target for target in rows.select_related("plan")}


def judge_draft(
    series: Series, inputs: SeriesInputs, read: CellRead, window: Period, targets: dict[str, Target]
) -> Standing:
    """How a draft would stand, by the same rules as an approved value; nothing is stored.

    Without a figure it has the target that a figure would be judged by.
    """
    if not read.has_figure:
        asked = asked_of(inputs, {target.code: target.pk for target in targets.values()})
        shown = asked(window, Rag.NO_DATA)
        target = next((row for row in shown if row.is_primary), None)
        return Standing(period=window, rag=Rag.NO_DATA, target=target)
    others = tuple(seen for seen in inputs.observations if seen.period != window)
    draft = Observation(
        period=window,
        value=read.value,
        numerator=read.numerator,
        denominator=read.denominator,
        status="not_applicable" if read.is_no_cases else "final",
        origin=Origin.ENTERED,
        milestone_status=read.milestone_status,
        forecast_on=read.forecast_on,
        completed_on=read.completed_on,
    )
    assessed = assess(replace(inputs, observations=(*others, draft)))
    item = next(item for item in assessed if item.observation.period == window)
    return standing_anew(series, item, targets)
