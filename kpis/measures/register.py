"""The register of measures, each with the status of the trust or of a care group."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Q, QuerySet

from kmpt_tracker.questions import answered_once, written_once
from kpis.asked.address import Asked
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.assessments.owners import owners_ahead
from kpis.assessments.recent import recent_histories
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.models import Measure, Series, Target
from kpis.plans.counts import Reason, counted_as
from kpis.rag import Rag
from strategy.models import CareGroup
from strategy.notes import Remark, notes_on_kinds
from strategy.periods import Month

# A measure is live as long as its last figure is no older than a trend is long.
LIVE_MONTHS = 24


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register of measures in a month; `series` is None where the trust has none.

    `ambitions`: the numbers of those under which a plan promises something on it.
    """

    measure: Measure
    month: Month
    series: Series | None
    terms: MeasureTerms
    standing: Standing
    plans: tuple[str, ...]  # short names of the plans, oldest first
    ambitions: frozenset[str] = frozenset()
    trend: tuple[float | None, ...] = ()
    cuts: tuple[int, ...] = ()
    notes: tuple[Remark, ...] = ()
    is_recalculating: bool = False
    target: Target | None = None  # none: the measure is listed, not a promise
    owner_ahead: str = ""

    @property
    def measure_key(self) -> str:
        return self.measure.code

    @property
    def counted(self) -> Reason:
        return counted_as(self.standing.rag, is_recalculating=self.is_recalculating)

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def url(self) -> str:
        """The measure's page, as the care group of the row reports it."""
        url = self.measure.get_absolute_url()
        if self.series is None or self.series.care_group.is_trust:
            return url
        return f"{url}?care_group={self.series.care_group.code}"

    @cached_property
    def is_live(self) -> bool:
        """Whether it has had a figure of late; what only earlier plans followed has none.

        Its age is counted to the month shown: a single figure of 2016 is the latest one due, and
        ten years old.
        """
        shown = self.standing.shown
        age = self.month.months_since(shown.period.last_month)
        return shown.has_value and not self.standing.is_ended and age <= LIVE_MONTHS

    @property
    def owner(self) -> str:
        return self.measure.owner

    @property
    def tags(self) -> list[str]:
        return self.measure.tags

    @property
    def is_illustrative(self) -> bool:
        return self.standing.shown.origin == "illustrative"


def register(
    asked: Asked,
    *,
    plan: str = "",
    words: str = "",
    care_group: CareGroup | None = None,
    month: Month | None = None,
) -> list[RegisterRow]:
    """Every measure with the trust's status in a month, filtered by plan and by words.

    Without a month, in the last one that has ended. Words are looked for in what a measure was
    called and said to be then. With a care group: the measures that it reports, and its status.
    """
    month, known_at = month or asked.last_month, asked.known_at
    known = Known(known_at)
    restored = known.restored(_measures(plan or None))
    recorded = {measure.pk: measure for measure in restored}
    rows = known.worded(restored, month.end)
    if known_at is not None:
        rows.sort(key=lambda measure: measure.name)  # by the names they had
    if words:
        sought = words.casefold()
        rows = [
            row
            for row in rows
            if any(sought in text.casefold() for text in (row.name, row.code, row.definition))
        ]
    of_trust = care_group is None or care_group.is_trust
    reporting = _reporting(
        [measure.pk for measure in rows],
        None if care_group is None or of_trust else care_group.pk,
    )
    held = reporting if of_trust else known.without_newcomers(reporting)
    for row in held:
        row.measure = recorded[row.measure_id]
    series = {row.measure_id: row for row in held}
    if not of_trust:
        rows = [row for row in rows if row.pk in series]
    found = recent_histories(series.values(), month, known_at=known_at)
    titles = {row.pk: (row.starts_on, row.label) for row in asked.every_plan}
    plans, ambitions = defaultdict(set), defaultdict(set)
    for pk, plan_id, of_plan, number in _promises([row.pk for row in rows], list(titles)):
        plans[pk].add(titles[plan_id])
        if plan in ("", of_plan):
            ambitions[pk].add(number or "")
    notes = notes_of(rows, known_at)
    ahead = owners_ahead(recorded, known_at)
    return [
        RegisterRow(
            measure=measure,
            month=month,
            series=found[series[measure.pk].pk].found.series if measure.pk in series else None,
            terms=measure_terms(measure),
            standing=(
                found[series[measure.pk].pk].at(month, asked.clock)
                if measure.pk in series
                else Standing(period=month.period, rag=Rag.NO_DATA)
            ),
            plans=tuple(title for _, title in sorted(plans[measure.pk])),
            ambitions=frozenset(ambitions[measure.pk] - {""}),
            trend=found[series[measure.pk].pk].trend if measure.pk in series else (),
            cuts=found[series[measure.pk].pk].cuts if measure.pk in series else (),
            notes=notes[measure.pk],
            owner_ahead=ahead.get(measure.pk, ""),
            is_recalculating=(
                known_at is None and measure.pk in series and series[measure.pk].is_stale
            ),
        )
        for measure in rows
    ]


@answered_once
def _measures(plan: str | None) -> QuerySet[Measure]:
    """Every measure by name, or those that a plan promises something on."""
    rows = Measure.objects.order_by("name")
    return rows if plan is None else rows.filter(targets__plan__code=plan).distinct()


@written_once
def _reporting(measures: Collection[int], care_group: int | None) -> QuerySet[Series]:
    """The series of measures as a care group reports them; without one, the trust."""
    whose = Q(care_group__level=CareGroup.Level.TRUST)
    if care_group is not None:
        whose = Q(care_group=care_group)
    return Series.objects.filter(whose, measure__in=measures).select_related("care_group")


@answered_once
def _promises(
    measures: Collection[int], plans: Collection[int]
) -> QuerySet[Target, tuple[int, int, str, str | None]]:
    """On which measure, in which plan by key and code, and under which ambition."""
    rows = Target.objects.filter(measure__in=measures, plan__in=plans)
    return rows.values_list("measure", "plan", "plan__code", "objective__ambition__number")


def live_first(rows: Iterable[RegisterRow]) -> list[RegisterRow]:
    """What has had a figure of late, then the others, each by name."""
    return sorted(rows, key=lambda row: not row.is_live)


def notes_of(
    measures: Iterable[Measure], known_at: datetime | None = None
) -> dict[int, tuple[Remark, ...]]:
    """The notes on measures and on what plans promise on them; now in two queries."""
    rows = {row.pk: row for row in measures}
    # Of hundreds of measures and targets a few dozen have a note: the notes say which.
    notes = notes_on_kinds(Measure.noted_as, Target.noted_as, known_at=known_at)
    codes = [code for kind, code in notes.by_row if kind == Target.noted_as]
    found = {pk: list(notes.at(row)) for pk, row in rows.items()} if notes.by_row else {}
    for code, pk in _with_code(list(rows), codes):
        touched = notes.by_row[Target.noted_as, code]
        found[pk] += [note for note in touched if note not in found[pk]]
    return {pk: tuple(found.get(pk, ())) for pk in rows}


@answered_once
def _with_code(
    measures: Collection[int], codes: Collection[str]
) -> QuerySet[Target, tuple[str, int]]:
    """The targets of measures that have one of some codes, each with its measure."""
    rows = Target.objects.filter(measure__in=measures, code__in=codes)
    return rows.order_by("pk").values_list("code", "measure")
