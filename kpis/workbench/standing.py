"""How each commitment of the plan before stands, beside the line of the draft that follows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import FilteredRelation, OuterRef, Q, Subquery

from kpis.assessments.as_known import Known
from kpis.assessments.awaited import of_own_rhythm
from kpis.assessments.clocks import clock_at
from kpis.assessments.columns import ASSESSED, JUDGED, standing_of, target_shown
from kpis.assessments.inputs import measure_terms
from kpis.assessments.outside import months_of
from kpis.assessments.series_history import Gaps, SeriesHistory, history_of
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import data_to_words, value_words
from kpis.models import Assessment, Series, Target
from kpis.plans.status import against
from strategy.moments import london_date
from strategy.periods import Frequency, Month

# A measure and a care group.
Place = tuple[int, int]


@dataclass(frozen=True)
class Stands:
    """A commitment with its last figure against it."""

    standing: Standing
    terms: MeasureTerms

    @property
    def is_old(self) -> bool:
        """Whether the next figure is overdue: the last one says nothing of now."""
        return self.standing.is_absent and not self.standing.is_awaited

    @property
    def rag(self) -> str:
        """The rating of the last figure; late, or no data, where the next one is overdue."""
        return self.standing.read.rag

    @property
    def kind(self) -> str:
        return "milestone" if self.terms.is_milestone else "measure"

    @property
    def words(self) -> str:
        """ "82.4%, Sep 2026"; "nothing since Mar 2025"; "no figure"."""
        shown = self.standing.shown
        if not shown.has_value:
            return "no figure"
        if self.is_old:
            return f"nothing since {data_to_words(self.standing)}"
        said = [] if self.terms.is_milestone else [value_words(shown, self.terms)]
        made_up = ["illustrative"] if shown.origin == "illustrative" else []
        return ", ".join([*said, data_to_words(self.standing), *made_up])


def series_of(measures: Collection[int], *, now: datetime) -> dict[Place, Series]:
    """The series of some measures by place, each with the keys of its last assessments: of the
    measure's own frequency (`latest`), and of another (`other`).

    Marked, so that series whose limits never changed need no further query.
    """
    own = of_own_rhythm("series__measure__frequency", "months")
    last = (
        Assessment.objects.filter(series=OuterRef("pk"), period_end__lte=last_ended_month(now).end)
        .annotate(months=months_of())
        .order_by("-period_end", "-period_start")
        .values("pk")
    )
    found = Known().with_changes_marked(Series.objects.filter(measure__in=measures))
    rows = found.annotate(
        latest=Subquery(last.filter(own)[:1]), other=Subquery(last.exclude(own)[:1])
    )
    return {
        (row.measure_id, row.care_group_id): row
        for row in rows.select_related("measure", "care_group")
    }


def last_ended_month(now: datetime) -> Month:
    return Month.of(london_date(now)).plus(-1)


def stand(
    commitments: Iterable[Target], series: Mapping[Place, Series], *, now: datetime
) -> dict[int, Stands]:
    """How commitments stand, by their key, in the last month that has ended (two queries): by the
    rule of every list, so that one that is late here is late on the page of its plan.

    Where a commitment has no measure, or nobody reports it, nothing is said.
    """
    asked: dict[int, tuple[Target, Series]] = {}
    for target in commitments:
        one = series.get((target.measure_id or 0, target.care_group_id))
        if one is not None:
            asked[target.pk] = (target, one)
    windows = _last_windows([one for _, one in asked.values()], asked.keys())
    month, clock = last_ended_month(now), clock_at(now)
    found = {}
    for key, (target, one) in asked.items():
        shown = [_shown(target, *windows[pk]) for pk in _kept(one) if pk in windows]
        latest = [row for row in shown if Frequency(one.measure.frequency).is_window(row.period)]
        other = next((row.period for row in shown if row not in latest), None)
        published = next((row.period.end for row in latest if row.origin == "published"), None)
        gaps = Gaps(days_awaited=one.days_awaited)
        history = history_of(one, latest, gaps, published, other)
        standing = SeriesHistory(one, history).state_at(month, clock)
        found[key] = Stands(against(standing, target), measure_terms(one.measure))
    return found


def _shown(
    target: Target, columns: Mapping[str, Any], judged: Mapping[int, Mapping[str, Any]]
) -> Standing:
    """A window with its judgement against the commitment, where it has one."""
    own = judged.get(target.pk)
    if own is None:
        return standing_of(columns, [])
    terms = target_shown(
        own,
        pk=target.pk,
        code=target.code,
        plan=target.plan.code if target.plan else "",
        role=target.role,
        operator=target.operator,
    )
    return standing_of(columns, [terms])


def _kept(one: Series) -> tuple[int | None, int | None]:
    return one.latest, one.other  # type: ignore[attr-defined]


def _last_windows(
    series: Iterable[Series], targets: Collection[int]
) -> dict[int, tuple[Mapping[str, Any], dict[int, Mapping[str, Any]]]]:
    """By key the columns of the last windows, and of their judgements against each target."""
    keys = {pk for one in series for pk in _kept(one) if pk is not None}
    rows = Assessment.objects.filter(pk__in=keys).annotate(
        own=FilteredRelation("judgements", condition=Q(judgements__target__in=list(targets)))
    )
    found: dict[int, tuple[Mapping[str, Any], dict[int, Mapping[str, Any]]]] = {}
    for row in rows.values("pk", *ASSESSED, *(f"own__{name}" for name in JUDGED)):
        _, judged = found.setdefault(row["pk"], (row, {}))
        if row["own__target_id"] is not None:
            judged[row["own__target_id"]] = {name: row[f"own__{name}"] for name in JUDGED}
    return found
