"""What the page of a monthly return shows: one row a measure, judged as it is typed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kmpt_tracker.ui.formats import format_deadline, format_moment
from kpis.assessments.inputs import load_inputs, measure_terms
from kpis.assessments.read import asked_of, calculated_standing, histories
from kpis.judging.assess import Observation, SeriesInputs, assess
from kpis.judging.comments_asked import narrative_asked
from kpis.judging.freshness import DataClock, absence_state
from kpis.judging.status import Standing
from kpis.models import Return, Series, Target
from kpis.months.due import FigureDue
from kpis.rag import Rag
from kpis.returns.cells import CellRead, CellText, Fault, read_cell
from kpis.returns.expected import cell_rules, recent_values
from kpis.returns.row import ReturnRow
from kpis.returns.save import Conflict, cells_of, due_rows, text_of
from kpis.returns.submit import ToFinish
from kpis.rollup import Origin
from strategy.periods import Month, Period, london_date

NO_GROUP = (99, "Other measures")
TO_DO: dict[str, str] = {
    Return.Status.DRAFT: (
        "Enter each figure, or say why there is none. Nothing is sent until you choose Submit "
        "return; the board sees figures once the performance team has approved them."
    ),
    Return.Status.SUBMITTED: (
        "Sent to the performance team. There is nothing more to do, unless a figure is wrong: "
        "change it and choose Submit return again."
    ),
    Return.Status.RETURNED: (
        "Put right what the performance team asks about, then choose Submit return again."
    ),
    Return.Status.APPROVED: (
        "Approved, and shown to the board. To correct a figure, change it, say why, and choose "
        "Submit return; the approved one stands until the correction is approved."
    ),
}


@dataclass(frozen=True)
class ReturnPage:
    """A return as its lead, and the performance team, see it."""

    submission: Return
    rows: tuple[ReturnRow, ...]
    before_months: tuple[Month, ...]
    is_locked: bool

    now: datetime
    illustrative_words = "Figures of earlier months may be invented; what you enter is not."

    @property
    def ready(self) -> int:
        return sum(row.is_ready for row in self.rows)

    @property
    def is_complete(self) -> bool:
        return self.ready == len(self.rows)

    @property
    def is_illustrative(self) -> bool:
        """Whether one of the figures shown next to the boxes is illustrative."""
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

    @property
    def has_conflicts(self) -> bool:
        return any(row.conflict for row in self.rows)

    @property
    def conflict_title(self) -> str:
        if all(clash.last.is_own for row in self.rows for clash in row.clashes):
            return "You have changed a figure in another tab"
        return "Someone else has changed a figure"

    @property
    def conflict_errors(self) -> list[tuple[str, str]]:
        return [error for row in self.rows for error in row.conflicts_in_summary]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, each with the id of the box it concerns."""
        return [error for row in self.rows for error in row.errors_in_summary]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """When the return is due, and when and by whom it was submitted and approved."""
        submission, period = self.submission, self.submission.period
        days = abs((london_date(period.closes_at) - london_date(self.now)).days)
        if period.locked_at:
            due = "the month is locked"
        elif not days:
            due = "today" if self.now <= period.closes_at else "closed today"
        else:
            left = "left" if self.now < period.closes_at else "late"
            due = f"{days} day{'' if days == 1 else 's'} {left}"
        submitted = approved = ""
        if submission.submitted_at:
            submitted = f"{format_moment(submission.submitted_at)}, {submission.submitted_words}"
        if submission.approved_at:
            approved = f"{format_moment(submission.approved_at)}, {submission.approved_words}"
        return [
            ("Due", f"{format_deadline(period.closes_at)}, {due}"),
            ("Submitted", submitted),
            ("Approved", approved),
            ("After you submit", self.still_open),
        ]

    @property
    def still_open(self) -> str:
        """How long a figure can be changed; empty once the month is locked."""
        period = self.submission.period
        if period.locked_at:
            return ""
        if self.now < period.freezes_at:
            until = f"locked, {format_moment(period.freezes_at)}"
        else:
            until = "locked; that may be any day now"
        return f"You can still change figures until the month is {until}"

    @property
    def what_to_do(self) -> str:
        """What the lead does with the return in its present status."""
        return TO_DO.get(self.submission.status, TO_DO[Return.Status.DRAFT])

    @property
    def left_to_do(self) -> str:
        """What is still to be done, counted by kind; or that nothing is."""
        if self.is_complete:
            if self.submission.status in (Return.Status.SUBMITTED, Return.Status.APPROVED):
                status = self.submission.get_status_display()
                return f"{status}. Submit again only after a change."
            return "Everything is ready to submit."
        errors = sum(bool(row.read.faults) for row in self.rows)
        unconfirmed = sum(
            bool(row.read.warnings) and not row.is_ready and not row.read.faults
            for row in self.rows
        )
        missing = len(self.rows) - self.ready - errors - unconfirmed
        parts = [
            f"{count} {one if count == 1 else many}"
            for count, one, many in (
                (errors, "error", "errors"),
                (unconfirmed, "figure to confirm", "figures to confirm"),
                (missing, "figure or reason missing", "figures or reasons missing"),
            )
            if count
        ]
        return f"{len(self.rows) - self.ready} to finish: {', '.join(parts)}"


def return_page(
    submission: Return,
    *,
    now: datetime,
    typed: Mapping[int, tuple[int, CellText]] | None = None,
    conflicts: Iterable[Conflict] = (),
    unfinished: Iterable[ToFinish] = (),
) -> ReturnPage:
    """The rows of a return: saved cells, or what was typed just now where given.

    A locked month shows what is saved, and says of each figure typed that it is not saved.
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
    problems: dict[int, list[Fault]] = defaultdict(list)
    for problem in unfinished:
        problems[problem.series_id].append(Fault(problem.field, problem.message))
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
                absence=_absence(text, clock, now),
                faults=tuple(problems[pk] or read.faults),
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
        now=now,
    )


def _absence(text: CellText, clock: DataClock, now: datetime) -> Rag:
    """The state of an empty cell: not due before entry closes, late after it.

    No data where the lead says so, or once the month is locked.
    """
    return Rag.NO_DATA if text.no_data_reason.strip() else absence_state(clock, now)


def _before(past: tuple[Standing, ...], asked: FigureDue) -> tuple[Standing | None, ...]:
    """The three windows before: the three months in the columns, or for other windows the last
    three.
    """
    month = asked.month
    if asked.window != month.period:
        return (*[None] * 3, *past)[-3:]
    held = {standing.period.last_month: standing for standing in past}
    return tuple(held.get(month.plus(-step)) for step in (3, 2, 1))


def _groups(series: Iterable[Series]) -> dict[int, tuple[int, str]]:
    """The headings of the form: the grouping of the latest plan that has a target on a measure."""
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
    """How a draft would be judged, by the same rules as an approved value. Nothing is stored.

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
    return calculated_standing(item, targets)
