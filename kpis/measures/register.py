"""The register of measures: every one, and how the trust stands."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import clock_at
from kpis.assessments.recent import recent_histories
from kpis.judging.assess import MeasureTerms
from kpis.judging.status import Standing
from kpis.models import Measure, Series, Target
from kpis.rag import Rag
from strategy.models import CareGroup, Note
from strategy.notes import notes_on
from strategy.periods import Month, london_date
from strategy.selectors import plans_known


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register of measures; `series` is the trust's, None where it has none."""

    measure: Measure
    series: Series | None
    terms: MeasureTerms
    standing: Standing
    plans: tuple[str, ...]  # short names of the plans, oldest first
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def url(self) -> str:
        return self.measure.get_absolute_url()

    @property
    def is_illustrative(self) -> bool:
        return self.standing.shown.origin == "illustrative"


def register(
    *, now: datetime, known_at: datetime | None = None, plan: str = "", words: str = ""
) -> list[RegisterRow]:
    """Every measure with how the trust stands today, filtered by plan and by words.

    Words are looked for in what a measure was called and said to be then.
    """
    moment = known_at or now
    month = Month.of(london_date(moment)).plus(-1)
    measures = Measure.objects.order_by("name")
    if plan:
        measures = measures.filter(targets__plan__code=plan).distinct()
    known = Known(known_at)
    rows = known.worded(known.restored(measures), month.end)
    if known_at is not None:
        rows.sort(key=lambda measure: measure.name)  # by the names they had
    if words:
        sought = words.casefold()
        rows = [
            row
            for row in rows
            if any(sought in text.casefold() for text in (row.name, row.code, row.definition))
        ]
    series = {
        row.measure_id: row
        for row in Series.objects.filter(
            measure__in=[measure.pk for measure in rows], care_group__level=CareGroup.Level.TRUST
        ).select_related("measure", "care_group")
    }
    found = recent_histories(series.values(), month, known_at=known_at)
    clock = clock_at(now, known_at=known_at)
    titles = {plan.pk: (plan.starts_on, plan.label) for plan in plans_known(known_at)}
    plans = defaultdict(set)
    for pk, plan_id in Target.objects.filter(
        measure__in=[measure.pk for measure in rows], plan__in=titles
    ).values_list("measure", "plan"):
        plans[pk].add(titles[plan_id])
    notes = notes_of(rows, known_at)
    return [
        RegisterRow(
            measure=measure,
            series=found[series[measure.pk].pk].found.series if measure.pk in series else None,
            terms=measure_terms(measure),
            standing=(
                found[series[measure.pk].pk].at(month, clock)
                if measure.pk in series
                else Standing(period=month.period, rag=Rag.NO_DATA)
            ),
            plans=tuple(title for _, title in sorted(plans[measure.pk])),
            notes=notes[measure.pk],
        )
        for measure in rows
    ]


def notes_of(
    measures: Iterable[Measure], known_at: datetime | None = None
) -> dict[int, tuple[Note, ...]]:
    """The notes on measures and on what plans promise on them; now in two queries."""
    rows = {row.pk: row for row in measures}
    targets: dict[int, list[Target]] = defaultdict(list)
    for target in Target.objects.filter(measure__in=rows).only("code", "measure").order_by("pk"):
        if target.measure_id is not None:
            target.measure = rows[target.measure_id]
            targets[target.measure_id].append(target)
    promised = (target for found in targets.values() for target in found)
    notes = notes_on([*rows.values(), *promised], known_at)
    return {pk: notes.at(row, *targets[pk]) for pk, row in rows.items()}
