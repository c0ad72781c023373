"""Whether each promise of a draft can be met as things stand.

A check reads every figure of its series, so it is kept until a figure, the measure or the promise
is another: who edits one line waits for one check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.cache import cache

from kpis.assessments.inputs import load_inputs
from kpis.judging.bounds import bounds_of
from kpis.judging.capability import Capability, Chance, capability
from kpis.models import DraftLine, PlanDraft, Series
from kpis.promises.choices import counted_by
from kpis.promises.promise import problems
from kpis.targets import TargetTerms
from kpis.workbench.lines import promise_of
from strategy.periods import Month

KEPT_SECONDS = 24 * 60 * 60


# What the icon of a process says of a target; none where the check says neither.
ICONS = {Chance.MISS: "fail", Chance.MEET: "pass", Chance.BY_CHANCE: "inconsistent"}
WIDE = 240


@dataclass(frozen=True)
class Reach:
    """Where the process runs and where the target lies, drawn on a line that is `WIDE` long."""

    low: float
    high: float
    target: float

    @classmethod
    def of(cls, check: Capability) -> Reach | None:
        if check.lowest is None or check.highest is None or check.value is None:
            return None
        at = float(check.value)
        first, last = min(check.lowest, at), max(check.highest, at)
        room = (last - first) * 0.1 or 1.0

        def place(value: float) -> float:
            return round(WIDE * (value - first + room) / (last - first + 2 * room), 1)

        return cls(place(check.lowest), place(check.highest), place(at))

    @property
    def width(self) -> float:
        return round(self.high - self.low, 1)


def checks_of(
    draft: PlanDraft, rows: Sequence[DraftLine], series: Mapping[tuple[int, int], Series]
) -> tuple[dict[int, Capability], frozenset[int]]:
    """The check of every promise with a number, by its line; the figures of all are read at once.
    And the lines whose measure is reported by nobody of whom they ask it.

    `rows` come with their measure and care group; `series` are those of their measures.
    """
    counted = [row for row in rows if row.measure_id]
    wanted = [row for row in counted if row.value is not None or row.points]
    dates = {"plan_starts": draft.starts_on, "plan_ends": draft.ends_on}
    asked: dict[int, tuple[str, Series, TargetTerms]] = {}
    for row in wanted:
        one = series.get((row.measure_id or 0, row.care_group_id))
        if one is None or any(
            True for _ in problems(promise_of(row), counted_by(one.measure), **dates)
        ):
            continue
        terms = promise_of(row).terms(
            code="draft",
            plan=draft.code,
            starts=draft.starts_on,
            ends=draft.ends_on,
            tolerance=draft.default_tolerance_percent,
        )
        asked[row.pk] = (_key(one, terms), one, terms)
    name = f"draft-checks-{draft.pk}"
    kept: dict[str, Capability] = cache.get(name) or {}
    new = {key: (one, terms) for key, one, terms in asked.values() if key not in kept}
    if new:
        # A check is made against its own promise alone, so the targets in force are not read.
        inputs = load_inputs({one.pk: one for one, _ in new.values()}.values(), promised=())
        for key, (one, terms) in new.items():
            own, measure = inputs[one.pk], one.measure
            values = (seen.value for seen in own.observations)
            bounds = bounds_of(measure.unit, measure.minimum, measure.maximum, values)
            due = Month.of(terms.due or draft.ends_on)
            kept[key] = capability(own, terms, due, bounds=bounds)
        in_use = {key for key, _, _ in asked.values()}
        cache.set(name, {key: kept[key] for key in in_use}, KEPT_SECONDS)
    nobody = {row.pk for row in counted if (row.measure_id, row.care_group_id) not in series}
    return {pk: kept[key] for pk, (key, _, _) in asked.items()}, frozenset(nobody)


def _key(series: Series, terms: TargetTerms) -> str:
    """What a check depends on: its series' figures, how they are counted, and what is promised."""
    measure = series.measure
    parts = (series.pk, series.data_version, measure.version, measure.unit, measure.decimals, terms)
    return hashlib.sha256(repr(parts).encode()).hexdigest()
