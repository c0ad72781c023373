"""How the figures of a return would be judged, by the same rules as approved ones. Nothing is
stored.

A page and the live result of one row read the same facts by the same functions, for many rows or
for one, in a fixed number of queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, partial

from django.db.models import Q

from kpis.assessments.as_known import Known
from kpis.assessments.inputs import load_inputs, measure_terms
from kpis.assessments.read import calculated_standing
from kpis.assessments.series_history import asked_of
from kpis.judging.assess import assess, judged_windows
from kpis.judging.comments_asked import (
    Earlier,
    NarrativeAsked,
    explained_already,
    narrative_asked,
)
from kpis.judging.status import Standing
from kpis.judging.terms import Assessed, MeasureTerms, Observation, SeriesInputs
from kpis.models import Commentary, Target
from kpis.months.due import FigureDue
from kpis.rag import Rag
from kpis.returns.cells import CellRead, CellRules
from kpis.returns.expected import cell_rules, recent_values
from kpis.rollup import Origin
from kpis.spc.words import NONE
from strategy.periods import Period

NO_GROUP = (99, "Other measures")
MONTHS_EXPLAINED = 6  # how long an explanation lasts
WINDOWS_SHOWN = 3  # before the window itself


@dataclass(frozen=True)
class Said:
    """The comment on an earlier window."""

    window: Period
    words: str


@dataclass(frozen=True)
class Facts:
    """What a row's boxes are read and judged by; nothing of it is typed into the return."""

    terms: MeasureTerms
    rules: CellRules
    recent: Sequence[Decimal]
    inputs: SeriesInputs
    targets: Mapping[str, Target]
    said: tuple[Said, ...]  # the latest first
    last_said: int | None  # the newest comment that was read of its series
    group: tuple[int, str]  # the heading that the row is under, and its place

    @cached_property
    def judged(self) -> list[Assessed]:
        """The windows that have a figure already, judged once for whatever is typed."""
        return judged_windows(self.inputs)


@dataclass(frozen=True)
class Result:
    """A row judged with its draft: the window itself, those before it, and whether a comment is
    asked for. `held` is the window with the figure that the tracker has already.
    """

    standing: Standing
    past: tuple[Standing, ...]
    narrative: NarrativeAsked
    held: Standing | None


def facts_of(asked: Iterable[FigureDue]) -> dict[int, Facts]:
    """The facts for some rows of a return, by row."""
    rows = list(asked)
    series = list({row.series.pk: row.series for row in rows}.values())
    recent = recent_values(rows)
    # The headings of the form come with the targets.
    targets = Known().targets({row.measure_id for row in series}, "objective__ambition")
    targets.sort(key=lambda row: row.plan.starts_on if row.plan else date.min)
    inputs = load_inputs(series, promised=targets)
    said, newest = _said(rows)
    of_measure: dict[int | None, dict[str, Target]] = defaultdict(dict)
    groups: dict[int | None, tuple[int, str]] = {}
    for target in targets:
        of_measure[target.measure_id][target.code] = target
        # The headings of the form: the grouping of the latest plan with a target on the measure.
        if target.objective is not None:
            ambition = target.objective.ambition
            title = ambition.theme or ambition.title
            heading = f"{ambition.number}. {title}" if ambition.number else title
            groups[target.measure_id] = (ambition.position, heading)
    return {
        row.key: Facts(
            terms=measure_terms(row.measure),
            rules=cell_rules(row.measure, row.window),
            recent=recent.get(row.key, ()),
            inputs=inputs[row.series.pk],
            targets=of_measure[row.series.measure_id],
            said=tuple(found for found in said[row.series.pk] if found.window.end < row.window.end),
            last_said=newest.get(row.series.pk),
            group=groups.get(row.series.measure_id, NO_GROUP),
        )
        for row in rows
    }


def said_before(rows: Collection[FigureDue], path: str = "") -> Q:
    """The comments on windows of the year before some rows of a return; there is one row at least.

    `path` leads to them.
    """
    ends = [row.window.last_month for row in rows]
    since, until = min(ends).plus(-12).start, max(ends).end
    return Q(**{f"{path}period_end__gte": since, f"{path}period_end__lt": until})


def _said(rows: Sequence[FigureDue]) -> tuple[dict[int, list[Said]], dict[int, int]]:
    """Comments on earlier windows, by series, the latest first; emptied ones are left out. And the
    newest of each series, emptied or not.
    """
    found: dict[int, dict[Period, str]] = defaultdict(dict)
    newest: dict[int, int] = {}
    if rows:
        series = {row.series.pk for row in rows}
        written = Commentary.objects.filter(said_before(rows), series__in=series)
        # In the order of versions, so that the last one read for a window is its latest.
        columns = ("series_id", "pk", "period_start", "period_end", "what_happened")
        for key, pk, start, end, words in written.order_by("period_end", "pk").values_list(
            *columns
        ):
            found[key][Period(start, end)] = words.strip()
            newest[key] = max(pk, newest.get(key, 0))
    said = {
        key: [Said(window, words) for window, words in reversed(windows.items()) if words]
        for key, windows in found.items()
    }
    return defaultdict(list, said), newest


def judge_draft(facts: Facts, read: CellRead, window: Period) -> Result:
    """How a draft would be judged in its window, and what it is compared with. Without a figure it
    has the target that a figure would be judged by.
    """
    inputs, targets, terms = facts.inputs, facts.targets, facts.terms
    since = window.last_month.plus(-MONTHS_EXPLAINED)
    # The first window that ended since then began by its own length before.
    first = since.plus(1 - (terms.frequency.months or 1)).start
    held = next((seen for seen in inputs.observations if seen.period == window), None)
    assess_from_first = partial(assess, charted_from=first, judged=facts.judged)
    approved = assess_from_first(inputs) if held or not read.has_figure else []
    assessed = approved
    if read.has_figure:
        assessed = assess_from_first(with_draft(inputs, read, window))
    before = [
        item
        for item in assessed
        if terms.frequency.is_window(item.observation.period)
        and item.observation.period.end < window.start
    ]
    past = tuple(calculated_standing(item, targets) for item in before[-WINDOWS_SHOWN:])
    standing = _in(assessed, window, targets) if read.has_figure else None
    standing = standing or _without_figure(inputs, targets, window)
    said_of = {said.window for said in facts.said}
    explained = explained_already(
        standing.variation,
        standing.assurance,
        [
            Earlier(*_icons(item), item.observation.period in said_of)
            for item in reversed(before)
            if item.observation.period.last_month >= since
        ],
    )
    return Result(
        standing=standing,
        past=past,
        narrative=narrative_asked(
            standing.rag,
            previous_rag=past[-1].rag if past else None,
            variation=standing.variation,
            assurance=standing.assurance,
            already_explained=explained,
            has_met=standing.process.met > 0,
        ),
        held=_in(approved, window, targets) if held else None,
    )


def with_draft(inputs: SeriesInputs, read: CellRead, window: Period) -> SeriesInputs:
    """The inputs of a series as if what is typed were approved."""
    others = tuple(seen for seen in inputs.observations if seen.period != window)
    return replace(inputs, observations=(*others, draft_of(read, window)))


def draft_of(read: CellRead, window: Period) -> Observation:
    """What is typed, as an observation of its window."""
    return Observation(
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


def _icons(item: Assessed) -> tuple[str, str]:
    """The variation and the assurance of a window in its chart."""
    if item.reading is None or item.point is None:
        return NONE, NONE
    point = item.reading.points[item.point]
    return point.variation, point.assurance


def _in(
    assessed: Iterable[Assessed], window: Period, targets: Mapping[str, Target]
) -> Standing | None:
    item = next((item for item in assessed if item.observation.period == window), None)
    return calculated_standing(item, targets) if item else None


def _without_figure(
    inputs: SeriesInputs, targets: Mapping[str, Target], window: Period
) -> Standing:
    asked = asked_of(inputs, {target.code: target.pk for target in targets.values()})
    shown = asked(window, Rag.NO_DATA)
    target = next((row for row in shown if row.is_primary), None)
    return Standing(period=window, rag=Rag.NO_DATA, target=target)
