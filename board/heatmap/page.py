"""Heat maps of a plan's measures: by care group in one month, and by month of one care group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from kmpt_tracker.questions import answered_once, written_once
from kmpt_tracker.ui.components import STATUS
from kmpt_tracker.ui.formats import MISSING
from kpis.asked.address import Asked, care_group_or_404
from kpis.asked.opening import month_options
from kpis.assessments.as_known import Known
from kpis.assessments.columns import STATUS as STATUS_COLUMNS
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import histories
from kpis.assessments.series_history import SeriesHistory
from kpis.judging.history import Clock
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import FREQUENCY_WORDS, span_words, target_words, value_words
from kpis.models import Measure, Series, Target
from kpis.models.targets import BY_OBJECTIVE
from kpis.rag import Rag
from kpis.spc.words import sign_of
from strategy.models import CareGroup, Plan
from strategy.periods import Frequency, Month, is_in_force, months_between
from strategy.recorded import already_recorded, restored
from strategy.selectors import care_groups_in_order

FILTERS = ("plan", "care_group", "period", "status", "q")
MONTHS_SHOWN = 12
# The tint of a cell by its mark; every other status has the tint of what is not rated.
TINTS = {"green": "g", "amber": "a", "red": "r", "blue": "g", "late": "x", "no_data": "x"}
OTHER = "The plan as a whole"


@dataclass(frozen=True)
class Cell:
    """One figure of the map, which leads to its month. Without a standing nobody reports it there,
    or nothing was due.
    """

    terms: MeasureTerms
    url: str = ""
    series: Series | None = None
    standing: Standing | None = None
    has_border: bool = False
    asked: str = ""  # its target, where that is not the one of its row

    @property
    def rag(self) -> Rag:
        return self.standing.rag if self.standing else Rag.NOT_APPLICABLE

    @property
    def kind(self) -> str:
        return "milestone" if self.terms.is_milestone else "measure"

    @property
    def value(self) -> str:
        if self.standing is None:
            return MISSING
        return value_words(self.standing, self.terms) if self.standing.has_value else MISSING

    @property
    def css(self) -> str:
        tint = "z" if self.standing is None else TINTS.get(STATUS[self.rag].mark, "t")
        return f"h-{tint} kt-trust" if self.has_border else f"h-{tint}"


@dataclass(frozen=True)
class HeatRow:
    """A measure with its cells, in the order of the columns."""

    measure: Measure
    target: str
    cells: tuple[Cell, ...]

    @property
    def url(self) -> str:
        return self.measure.get_absolute_url()

    @property
    def note(self) -> str:
        """How much a cell covers, where that is more than its month: "quarterly", "12 months"."""
        terms = self.cells[0].terms if self.cells else None
        words = [FREQUENCY_WORDS.get(terms.frequency, ""), span_words(terms)] if terms else []
        return ", ".join(filter(None, words))

    def holds(self, status: str) -> bool:
        return not status or any(cell.standing and cell.rag == status for cell in self.cells)


@dataclass(frozen=True)
class HeatMap:
    """A table of cells under the headings of the plan's ambitions."""

    key: str
    title: str
    caption: str
    columns: tuple[tuple[str, str], ...]  # words, and where the heading leads; empty for nowhere
    groups: Mapping[str, Sequence[HeatRow]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(map(len, self.groups.values()))

    @property
    def width(self) -> int:
        """How many columns the heading of a group spans."""
        return len(self.columns) + 2


@dataclass(frozen=True)
class HeatPage:
    """Both maps of a plan."""

    asked: Asked
    plan: Plan
    care_group: CareGroup
    care_groups: Sequence[CareGroup]
    month: Month
    opens: Month
    status: str
    words: str
    promised: Mapping[Measure, Target]
    held: Mapping[tuple[int, int], SeriesHistory]
    clock: Clock

    @cached_property
    def by_group(self) -> HeatMap:
        """The measures that care groups report, each in every care group, in the month."""
        measured = {group for measure, group in self.held if measure in self._measures}
        shown = [
            group
            for group in self.care_groups
            if group.is_trust
            or (
                group.pk in measured
                and is_in_force(self.month.end, group.valid_from, group.valid_to)
            )
        ]
        rows = {
            measure: HeatRow(
                measure,
                self._target(measure),
                tuple(self._cell_of_group(measure, group) for group in shown),
            )
            for measure in self.promised
            if any((measure.pk, group.pk) in self.held for group in shown if not group.is_trust)
        }
        return HeatMap(
            "by-group",
            f"Measures by care group, {self.month.label}",
            f"Status and value of each measure in each care group, {self.month.label}",
            tuple((group.name, group.get_absolute_url()) for group in shown),
            self._grouped(rows),
        )

    @cached_property
    def by_month(self) -> HeatMap:
        """The monthly measures of one care group over a year; each month by its own target."""
        months = list(months_between(self.month.plus(1 - MONTHS_SHOWN), self.month))
        rows = {
            measure: HeatRow(
                measure,
                self._target(measure, self.care_group),
                tuple(self._cell(measure, self.care_group, month) for month in months),
            )
            for measure in self.promised
            if (measure.pk, self.care_group.pk) in self.held
            and measure.frequency == Frequency.MONTHLY
            and not measure.is_milestone
        }
        until = self.month.label
        return HeatMap(
            "by-month",
            f"Measures by month, {self.care_group.name}",
            f"Status and value of each monthly measure in the {MONTHS_SHOWN} months to {until}",
            tuple((month.label, f"?period={month}") for month in months),
            self._grouped(rows),
        )

    @cached_property
    def maps(self) -> tuple[HeatMap, HeatMap]:
        return self.by_group, self.by_month

    @cached_property
    def cells(self) -> list[Cell]:
        """Every figure shown on the page, once."""
        found: dict[tuple[int, object], Cell] = {}
        for shown in self.maps:
            for rows in shown.groups.values():
                for cell in (cell for row in rows for cell in row.cells):
                    if cell.series is not None and cell.standing is not None:
                        found.setdefault((cell.series.pk, cell.standing.period), cell)
        return list(found.values())

    @cached_property
    def is_illustrative(self) -> bool:
        return any(cell.standing and cell.standing.origin == "illustrative" for cell in self.cells)

    @property
    def heading(self) -> str:
        return f"{self.plan.label}, {self.month.label}"

    @property
    def plan_options(self) -> list[tuple[str, str]]:
        return [(plan.code, plan.label) for plan in self.asked.plans]

    @property
    def care_group_options(self) -> list[tuple[str, str]]:
        return [(group.code, group.name) for group in self.care_groups]

    @property
    def month_options(self) -> list[tuple[str, str]]:
        return month_options(self.opens, self.month)

    @property
    def status_options(self) -> list[tuple[str, str]]:
        return [("", "Any"), *((code, look.word) for code, look in STATUS.items())]

    def _cell(self, measure: Measure, group: CareGroup, month: Month) -> Cell:
        """A figure is in the month in which its window ends; in the others nothing was due."""
        held, terms = self.held.get((measure.pk, group.pk)), self._terms[measure]
        if held is None:
            return Cell(terms)
        standing = self._of_plan(held.at(month, self.clock), measure)
        is_of_month = month == self.month or standing.period.last_month == month
        is_reported = not (standing.is_unreported or standing.is_ended)
        if not (is_of_month and is_reported):
            return Cell(terms, series=held.series)
        return Cell(terms, self._month_url(measure, group, month), held.series, standing)

    def _cell_of_group(self, measure: Measure, group: CareGroup) -> Cell:
        """A care group's figure, with its own target where the trust's stands in the row."""
        cell, asked = self._cell(measure, group, self.month), ""
        if cell.standing is not None and cell.standing.target is not None:
            own = target_words(cell.standing.target, cell.terms)
            asked = own if own != self._target(measure) else ""
        return replace(cell, has_border=group.is_trust, asked=asked)

    def _month_url(self, measure: Measure, group: CareGroup, month: Month) -> str:
        """The measure in that month: its chart among those of its ambition; else its line in the
        summary, of a care group too."""
        target = self.promised[measure]
        if group.pk == target.care_group_id and target.objective:
            address = self._addresses[target.objective.ambition.position]
            return f"{address}?period={month}#m-{target.pk}"
        asked = {"care_group": group.code, "period": str(month), "q": measure.code}
        return f"{reverse('board:summary')}?{urlencode(asked)}"

    @cached_property
    def _addresses(self) -> dict[int, str]:
        """The dashboards of the plan's ambitions, by position."""
        positions = {
            target.objective.ambition.position
            for target in self.promised.values()
            if target.objective
        }
        return {
            position: reverse("board:ambition-detail", args=[self.plan.code, position])
            for position in positions
        }

    @cached_property
    def _terms(self) -> dict[Measure, MeasureTerms]:
        return {measure: measure_terms(measure) for measure in self.promised}

    @cached_property
    def _measures(self) -> frozenset[int]:
        return frozenset(measure.pk for measure in self.promised)

    def _target(self, measure: Measure, group: CareGroup | None = None) -> str:
        """The trust's target in the month, or a care group's own."""
        wanted = group or next((row for row in self.care_groups if row.is_trust), None)
        held = self.held.get((measure.pk, wanted.pk)) if wanted else None
        if held is None:
            return MISSING
        standing = self._of_plan(held.at(self.month, self.clock), measure)
        return target_words(standing.target, self._terms[measure])

    def _of_plan(self, standing: Standing, measure: Measure) -> Standing:
        """The window against what this plan asks for, where another's is rated first; as it is
        while this plan asks for nothing.
        """
        if standing.target is None or standing.target.plan == self.plan.code:
            return standing
        own = (one for one in standing.further if one.plan == self.plan.code and not one.is_path)
        found = next(own, None)
        if found is None:
            return standing
        return standing.against_target(found, sign=sign_of(measure.direction))

    def _grouped(self, rows: Mapping[Measure, HeatRow]) -> dict[str, list[HeatRow]]:
        found: dict[str, list[HeatRow]] = {}
        for measure, row in rows.items():
            if row.holds(self.status):
                found.setdefault(_heading(self.promised[measure]), []).append(row)
        return found


def heat_page(asked: Asked) -> HeatPage:
    """Both maps of the plan that an address asks for, in a fixed number of queries."""
    if not asked.plans:
        raise Http404("There are no plans yet, or none that was known then.")
    plan, known = asked.plan(), Known(asked.known_at)
    groups = restored(already_recorded(care_groups_in_order(), asked.known_at), asked.known_at)
    care_group = asked.row("care_group", groups) or care_group_or_404("trust")
    opens = asked.opens(plan).month
    month, words = asked.month(default=opens), asked.words("q")
    status = asked.choice("status", STATUS)
    promised = _promised(plan, words)
    series = known.without_newcomers(_series_of([measure.pk for measure in promised]))
    since = month.plus(1 - MONTHS_SHOWN).start
    found = histories(
        series, known_at=asked.known_at, since=since, until=month.end, columns=STATUS_COLUMNS
    )
    held = {(row.series.measure_id, row.series.care_group_id): row for row in found.values()}
    worded = known.worded(known.restored(promised), month.end)
    return HeatPage(
        asked=asked,
        plan=plan,
        care_group=care_group,
        care_groups=groups,
        month=month,
        opens=opens,
        status=status,
        words=words,
        promised=dict(zip(worded, promised.values(), strict=True)),
        held=held,
        clock=asked.clock,
    )


def _promised(plan: Plan, words: str) -> dict[Measure, Target]:
    """The measures that a plan promises something on, in its order, each with its first promise."""
    found: dict[Measure, Target] = {}
    for target in _targets(plan.pk):
        if target.measure and words.casefold() in target.measure.name.casefold():
            found.setdefault(target.measure, target)
    return found


@answered_once
def _targets(plan: int) -> QuerySet[Target]:
    return (
        Target.objects.filter(plan=plan, measure__isnull=False)
        .select_related("measure", "objective__ambition")
        .order_by(*BY_OBJECTIVE, "position", "part", "pk")
    )


@written_once
def _series_of(measures: Collection[int]) -> QuerySet[Series]:
    return Series.objects.filter(measure__in=measures).select_related("measure", "care_group")


def _heading(target: Target) -> str:
    """The ambition that a measure is listed under."""
    if target.objective is None:
        return OTHER
    ambition = target.objective.ambition
    name = ambition.theme or ambition.title
    return f"{ambition.number}. {name}" if ambition.number else name
