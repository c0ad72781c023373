"""Illustrative figures: plausible, the same at every run, and never taken for real ones. Pure.

A trust that tries the tracker sees every state of it: noise, a step change, a drift, missing
months and late ones. Which series gets which follows from its code alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from kpis.assessing import MeasureTerms
from kpis.rag import Direction
from kpis.spans import MONTHS_OF_A_YEAR
from strategy.periods import Month, Period

MISSING_SHARE = 0.02
SHAPES = ("steady", "better", "worse", "step_better", "step_worse", "at_target", "far")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a measure's made-up figures are, where its targets do not tell.

    `level`, or `levels` by care group; `of`: what a ratio is out of, by care group; `most`: what
    cannot be exceeded. See `fixtures/illustrative.yaml`.
    """

    level: Decimal | None = None
    levels: Mapping[str, Decimal] = field(default_factory=dict)
    of: Mapping[str, Decimal] = field(default_factory=dict)
    spread: Decimal | None = None
    most: Decimal | None = None


UNKNOWN = Scale()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What a made-up series looks like. Sizes are in the measure's own unit."""

    level: Decimal
    spread: Decimal
    drift_a_month: Decimal = Decimal(0)
    step_at: Month | None = None
    step_by: Decimal = Decimal(0)
    denominator: int = 200
    stops_before: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One made-up value."""

    period: Period
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    milestone_status: str = ""


def rng(*words: object) -> Random:
    """A generator that depends on the words alone, on any machine and in any year."""
    return Random(hashlib.sha256("/".join(map(str, words)).encode()).digest())  # noqa: S311 (no secret)


DEFAULT_LEVEL = {
    "percent": Decimal(72),
    "score": Decimal("6.8"),
    "days": Decimal(48),
    "count": Decimal(60),
    "wte": Decimal(45),
    "pounds_thousand": Decimal(900),
    "pounds": Decimal(900_000),
    "tonnes": Decimal(220),
}


def sketch(
    measure: MeasureTerms,
    care_group: str,
    *,
    target: Decimal | None,
    first: Month,
    minimum: Decimal | None,
    maximum: Decimal | None,
    scale: Scale = UNKNOWN,
) -> Sketch:
    """A shape for a series: near its level or target, with a drift or a step by its code."""
    chance = rng("shape", measure.code)
    shape = SHAPES[chance.randrange(len(SHAPES))]
    known = scale.levels.get(care_group, scale.level)
    size = known if known is not None else _size(measure, target)
    better = -1 if measure.direction is Direction.LOWER_IS_BETTER else 1
    offset = {"far": -14, "at_target": 1, "steady": -3, "better": -9, "worse": 5}.get(shape, -5)
    own = rng("group", measure.code, care_group)
    level = (
        size * (1 + Decimal(better * offset) / 100) + size * Decimal(own.randint(-30, 30)) / 1000
    )
    if target == 0 and known is None:
        level = size * Decimal(own.randint(1, 9)) / 10
    drift = {"better": 1, "worse": -1}.get(shape, 0)
    step = {"step_better": 6, "step_worse": -6}.get(shape, 0)
    denominator = int(scale.of.get(care_group, own.randint(60, 640)))
    spread = size * Decimal(own.randint(8, 22)) / 1000
    if scale.spread is not None:
        spread = scale.spread
    elif known is not None or scale.of:
        spread = max(spread, _by_chance(measure, size, denominator))
    return Sketch(
        level=level,
        spread=spread,
        drift_a_month=size * Decimal(better * drift * own.randint(1, 3)) / 1000,
        step_at=first.plus(own.randint(14, 26)) if step else None,
        step_by=size * Decimal(better * step) / 100,
        denominator=denominator,
        stops_before=4 if own.random() < 0.04 else 0,
        minimum=minimum,
        maximum=min((most for most in (maximum, scale.most) if most is not None), default=None),
    )


def _by_chance(measure: MeasureTerms, size: Decimal, denominator: int) -> Decimal:
    """How far cases move by chance alone: counts by their root, shares by how many they are of."""
    if measure.unit == "percent" and measure.is_ratio:
        return (max(size * (100 - size), Decimal(0)) / denominator).sqrt()
    return size.sqrt() if measure.unit == "count" and size > 0 else Decimal(0)


def _size(measure: MeasureTerms, target: Decimal | None) -> Decimal:
    if target is not None and target != 0:
        # A target for the year is made of its windows.
        months = measure.frequency.months or MONTHS_OF_A_YEAR
        return target * months / MONTHS_OF_A_YEAR if measure.adds_up_a_span else target
    return DEFAULT_LEVEL.get(measure.unit, Decimal(50))


def made_values(
    measure: MeasureTerms, care_group: str, plan: Sketch, windows: list[Period]
) -> Iterator[Made]:
    """The values of a series' windows; some are missing, as they are in life."""
    kept = windows[: len(windows) - plan.stops_before] if plan.stops_before else windows
    for window in kept:
        chance = rng("value", measure.code, care_group, window)
        if chance.random() < MISSING_SHARE:
            continue
        if measure.is_milestone:
            continue
        yield _made(measure, plan, window, windows[0], chance)


def _made(
    measure: MeasureTerms, plan: Sketch, window: Period, first: Period, chance: Random
) -> Made:
    gone = window.last_month.months_since(first.last_month)
    value = plan.level + plan.drift_a_month * gone
    if plan.step_at is not None and window.last_month >= plan.step_at:
        value += plan.step_by
    value += plan.spread * Decimal(str(round(chance.gauss(0, 1), 4)))
    if plan.minimum is not None:
        value = max(value, plan.minimum)
    if plan.maximum is not None:
        value = min(value, plan.maximum)
    if measure.is_ratio:
        return _parts(measure, plan, window, value, chance)
    places = Decimal(1).scaleb(-measure.decimals)
    return Made(period=window, value=value.quantize(places))


def _parts(
    measure: MeasureTerms, plan: Sketch, window: Period, value: Decimal, chance: Random
) -> Made:
    denominator = max(int(plan.denominator * (1 + chance.uniform(-0.04, 0.04))), 1)
    numerator = (value * denominator / measure.scale).quantize(Decimal(1))
    if measure.unit == "percent" and plan.maximum is not None:
        numerator = min(numerator, Decimal(denominator))
    return Made(
        period=window,
        numerator=max(numerator, Decimal(0)),
        denominator=Decimal(denominator),
        value=measure.scale * numerator / denominator,
    )


def made_milestones(measure: MeasureTerms, windows: list[Period]) -> Iterator[Made]:
    """A milestone's way: some are completed, some slip, some were never started."""
    chance = rng("milestone", measure.code)
    done_at = chance.choice([18, 26, 33, None, None])
    slips_at = chance.choice([12, 22, None])
    starts_at = chance.randint(0, 4)
    for place, window in enumerate(windows):
        if place < starts_at:
            status = "not_started"
        elif done_at is not None and place >= done_at:
            status = "complete"
        elif slips_at is not None and place >= slips_at:
            status = "at_risk" if place < slips_at + 9 else "off_track"
        else:
            status = "on_track"
        yield Made(period=window, milestone_status=status)
        if status == "complete":
            return
