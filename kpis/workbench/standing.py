"""How each commitment of the plan before stands, beside the line of the draft that follows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import FilteredRelation, OuterRef, Q, Subquery

from kpis.assessments.as_known import Known
from kpis.assessments.columns import ASSESSED, JUDGED, standing_of, target_shown
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import Gaps, SeriesHistory, history_of
from kpis.judging.history import Clock
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import data_to_words, value_words
from kpis.models import Assessment, Series, Target
from kpis.plans.status import against
from strategy.moments import london_date
from strategy.periods import Month

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
        """The rating of the last figure."""
        return self.standing.shown.rag

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


def series_of(measures: Collection[int]) -> dict[Place, Series]:
    """The series of some measures by place, each with the key of its last assessment (`latest`).

    Marked, so that series whose limits never changed need no further query.
    """
    last = Assessment.objects.filter(series=OuterRef("pk")).order_by("-period_end", "-period_start")
    found = Known().with_changes_marked(Series.objects.filter(measure__in=measures))
    rows = found.annotate(latest=Subquery(last.values("pk")[:1]))
    return {
        (row.measure_id, row.care_group_id): row
        for row in rows.select_related("measure", "care_group")
    }


def stand(
    commitments: Iterable[Target], series: Mapping[Place, Series], *, now: datetime
) -> dict[int, Stands]:
    """How commitments stand, by their key, in the last month that has ended (one query).

    Where a commitment has no measure, or nobody reports it, nothing is said. A figure is taken as
    overdue by the usual clock of the months: whether a month was opened longer makes no difference
    to how a plan ended.
    """
    asked: dict[int, tuple[Target, Series]] = {}
    for target in commitments:
        one = series.get((target.measure_id or 0, target.care_group_id))
        if one is not None:
            asked[target.pk] = (target, one)
    windows = _last_windows([one for _, one in asked.values()], asked.keys())
    month, clock = Month.of(london_date(now)).plus(-1), Clock(now=now)
    found = {}
    for key, (target, one) in asked.items():
        columns, judged = windows.get(one.pk, ({}, {}))
        own = judged.get(key)
        shown = [
            standing_of(
                columns,
                []
                if own is None
                else [
                    target_shown(
                        own,
                        pk=key,
                        code=target.code,
                        plan=target.plan.code if target.plan else "",
                        role=target.role,
                        operator=target.operator,
                    )
                ],
            )
            for columns in ([columns] if columns else [])
        ]
        published = next((row.period.end for row in shown if row.origin == "published"), None)
        history = history_of(one, shown, Gaps(days_awaited=one.days_awaited), published)
        standing = SeriesHistory(one, history).state_at(month, clock)
        found[key] = Stands(against(standing, target), measure_terms(one.measure))
    return found


def _last_windows(
    series: Iterable[Series], targets: Collection[int]
) -> dict[int, tuple[Mapping[str, Any], dict[int, Mapping[str, Any]]]]:
    """By series the columns of its last window, and of its judgement against each target."""
    latest = {one.latest for one in series}  # type: ignore[attr-defined]
    rows = Assessment.objects.filter(pk__in=latest - {None}).annotate(
        own=FilteredRelation("judgements", condition=Q(judgements__target__in=list(targets)))
    )
    found: dict[int, tuple[Mapping[str, Any], dict[int, Mapping[str, Any]]]] = {}
    for row in rows.values(*ASSESSED, *(f"own__{name}" for name in JUDGED)):
        _, judged = found.setdefault(row["series_id"], (row, {}))
        if row["own__target_id"] is not None:
            judged[row["own__target_id"]] = {name: row[f"own__{name}"] for name in JUDGED}
    return found
