"""The check of a target while it is set: can the process meet it, and how the last year would read.

Reads only: the same inputs and the same rules that will judge it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from kmpt_tracker.ui.components import STATUS, Column, Table
from kmpt_tracker.ui.formats import MISSING, format_value
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import load_inputs, measure_terms, terms_of
from kpis.assessments.read import histories
from kpis.dated_changes.target_changes import Terms
from kpis.judging.bounds import UNBOUNDED, Bounds, bounds_of
from kpis.judging.capability import Capability, capability
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms, SeriesInputs
from kpis.judging.wording import places
from kpis.measures.chart import trend_figure
from kpis.measures.chart_labels import ChartTerms
from kpis.measures.chart_targets import DARK_BLUE
from kpis.models import Measure, Series, Target
from kpis.promises.choices import counted_by
from kpis.promises.promise import Promise, remarks
from kpis.targets import TargetTerms, value_at
from strategy.models import Plan
from strategy.periods import Month

DRAWN = 36
NEW_LINE = "The new target"
ROOM = 0.08


@dataclass(frozen=True)
class Check:
    """What a target asks for at its first day and when it is due, compared with the figures."""

    measure: Measure | None
    terms: TargetTerms
    first: Capability | None
    due: Capability | None
    remarks: tuple[str, ...]
    windows: tuple[Standing, ...] = ()
    bounds: Bounds = UNBOUNDED

    @property
    def sentences(self) -> list[str]:
        """The check in words; where the first step and the last differ, each with its value."""
        if self.due is None:
            return list(self.remarks)
        said = [self.due.words]
        if self.first is not None and self.first.asked and self.first.asked != self.due.asked:
            words = self.first.words
            said.append(f"At first it asks for {self.first.asked}: {words[:1].lower()}{words[1:]}")
        return [*said, *self.remarks]

    @cached_property
    def shown(self) -> MeasureTerms | None:
        return measure_terms(self.measure) if self.measure else None

    @property
    def floor(self) -> str:
        """Where near target begins, and who set it."""
        found, terms = self.due, self.shown
        if found is None or terms is None or found.floor is None:
            return "No floor: what misses the target is off target."
        value = format_value(
            found.floor, terms.unit, max(terms.decimals, min(places(found.floor), 2))
        )
        whose = " (the plan's default tolerance)" if found.floor_is_default else ""
        if found.upper is not None:
            return f"Near target up to {value} outside the band{whose}."
        return f"Near target from {value}{whose}."

    @property
    def tally(self) -> str:
        """How the last windows would have read: "Of the last 12 …: 9 off target, 3 near target"."""
        found = self.due
        if found is None or not found.coloured:
            return ""
        parts = [f"{count} {STATUS[rag.value].word.lower()}" for rag, count in found.tally]
        return f"The last {len(found.coloured)} figures would have read: {', '.join(parts)}."

    @property
    def table(self) -> Table | None:
        found, terms = self.due, self.shown
        if found is None or terms is None or not found.coloured:
            return None
        rows = [
            (
                row.period.label,
                format_value(row.value, terms.unit, terms.decimals),
                STATUS[row.rag.value].word,
            )
            for row in reversed(found.coloured)
        ]
        columns: list[Column | str] = [
            "Period",
            Column("Value", numeric=True),
            "It would have read",
        ]
        return Table(f"The last figures held against {found.asked or MISSING}", columns, rows)

    @property
    def caption(self) -> str:
        return (
            "The dashed line is the new target. The figures, their limits and the targets in force "
            "are drawn as they are."
        )

    @property
    def figure(self) -> dict[str, Any] | None:
        """The chart of the measure with the line of the new target on it."""
        terms = self.shown
        if terms is None or terms.adds_up_a_span or all(w.value is None for w in self.windows):
            return None
        chart = ChartTerms(
            name=self.measure.name if self.measure else "",
            unit=terms.unit,
            decimals=terms.decimals,
            bounds=self.bounds,
            direction=terms.direction,
        )
        figure = trend_figure(chart, self.windows)
        lines = self._lines
        drawn = [value for line in lines for value in line["y"] if value is not None]
        axis = figure["layout"]["yaxis"]
        if drawn and "range" in axis:
            low, high = axis["range"]
            room = (high - low) * ROOM
            axis["range"] = [
                min(low, min(drawn) - room if min(drawn) < low else low),
                max(high, max(drawn) + room if max(drawn) > high else high),
            ]
        figure["data"] += lines
        return figure

    @property
    def _lines(self) -> list[dict[str, Any]]:
        """What it asks for, over the windows drawn and on to its due date.

        Before its first day the line is at what it will ask for first, to be compared with the
        figures; nothing is judged by it there.
        """
        begins = Month.of(self.terms.starts_on)
        months = [window.period.last_month for window in self.windows]
        last = max(months[-1], begins)
        if self.terms.due is not None:
            last = max(last, min(Month.of(self.terms.due), last.plus(DRAWN)))
        months += [months[-1].plus(step) for step in range(1, last.months_since(months[-1]) + 1)]
        asked = [value_at(self.terms, max(month, begins)) for month in months]
        lines = []
        for name, part in ((NEW_LINE, "value"), (f"{NEW_LINE}, upper end", "upper")):
            held = [getattr(row, part, None) for row in asked]
            if any(value is not None for value in held):
                lines.append(
                    {
                        "type": "scatter",
                        "mode": "lines",
                        "name": name,
                        "x": [month.start.isoformat() for month in months],
                        "y": [None if value is None else float(value) for value in held],
                        "line": {"color": DARK_BLUE, "width": 3, "dash": "dash", "shape": "hv"},
                    }
                )
        return lines


def check(
    promise: Promise, *, plan: Plan, measure: Measure | None, care_group: int, today: date
) -> Check:
    """Compare a promise with its series, in a fixed number of queries."""
    starts = promise.starts_on or max(plan.starts_on, today)
    terms = replace(promise, starts_on=starts).terms(
        code="proposed",
        plan=plan.code,
        starts=plan.starts_on,
        ends=plan.ends_on,
        tolerance=plan.default_tolerance_percent,
    )
    counted = counted_by(measure)
    said = remarks(promise, counted, plan_starts=plan.starts_on, plan_ends=plan.ends_on)
    return _compared(terms, measure=measure, care_group=care_group, said=said, today=today)


def check_change(target: Target, terms: Terms, *, today: date) -> Check | None:
    """Compare the new terms of a target with its series; None where it is retired."""
    if terms.retire:
        return None
    (held,) = Known().as_recorded(
        Target.objects.filter(pk=target.pk).select_related("plan", "care_group", "measure")
    )
    now = terms_of([held], Known())[held.pk]
    revised = replace(now, revisions=(*now.revisions, terms.revision))
    first = max(terms.effective_from, revised.on(terms.effective_from).starts_on)
    return _compared(
        replace(revised.on(first), effective_from=first),
        measure=held.measure,
        care_group=held.care_group_id,
        said=(),
        today=today,
    )


def _compared(
    terms: TargetTerms,
    *,
    measure: Measure | None,
    care_group: int,
    said: tuple[str, ...],
    today: date,
) -> Check:
    series = _series_of(measure, care_group)
    if measure is None or series is None:
        return Check(measure, terms, None, None, said)
    inputs = load_inputs([series])[series.pk]
    history = histories([series])[series.pk].history
    bounds = bounds_of(
        measure.unit, measure.minimum, measure.maximum, (w.value for w in history.windows)
    )
    return Check(
        measure,
        terms,
        first=_held(inputs, terms, Month.of(max(terms.starts_on, today)), bounds),
        due=_held(inputs, terms, Month.of(terms.due or terms.starts_on), bounds),
        remarks=said,
        windows=tuple(row for row in history.windows if history.frequency.is_window(row.period))[
            -DRAWN:
        ],
        bounds=bounds,
    )


def _held(inputs: SeriesInputs, terms: TargetTerms, on: Month, bounds: Bounds) -> Capability:
    return capability(inputs, terms, on, bounds=bounds)


def _series_of(measure: Measure | None, care_group: int) -> Series | None:
    if measure is None:
        return None
    rows = Series.objects.filter(measure=measure, care_group=care_group)
    return rows.select_related("measure", "care_group").first()
