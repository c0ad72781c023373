"""Random small trusts as plain records: plans, measures, promises, values, and later edits.

`Records.at(moment)` replays the edits: the first recorded state counts for the time before it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.kpis.second.rules import first_day, last_day, number_of

FIRST, MONTHS = number_of(date(2018, 4, 1)), 27
RECORDED = datetime(2018, 1, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
GROUPS = ("acute", "older", "forensic")
# Moments that a clock or a calendar makes difficult: 1 April, and both changes of the clock.
EDGES = (
    datetime(2019, 3, 31, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(2019, 3, 31, 22, 59, 59, 999999, tzinfo=UTC),
    datetime(2019, 3, 31, 23, tzinfo=UTC),
    datetime(2019, 10, 27, 0, 30, tzinfo=UTC),
    datetime(2019, 10, 27, 1, 30, tzinfo=UTC),
    datetime(2020, 3, 31, 22, 59, 59, 999999, tzinfo=UTC),
    datetime(2020, 3, 31, 23, tzinfo=UTC),
)
PLANS = {
    "first": (date(2018, 4, 1), date(2019, 3, 31)),
    "second": (date(2019, 4, 1), date(2020, 3, 31)),
    "alongside": (date(2018, 10, 1), date(2019, 9, 30)),
}
OPERATORS = {
    "higher_is_better": ("ge", "ge", "gt", "eq"),
    "lower_is_better": ("le", "le", "lt", "eq"),
    "band": ("between",),
    "neutral": ("ge",),
}
DIRECTIONS = [name for name in OPERATORS for _ in range(1 if name == "neutral" else 3)]
RATIO = {
    "unit": "percent",
    "numerator": "seen",
    "denominator": "referred",
    "roll_up": "ratio_of_sums",
    "over_time": "ratio_of_sums",
}
KINDS = (
    {**RATIO, "collection_level": "care_group"},
    {**RATIO, "collection_level": "care_group", "frequency": "quarterly", "reporting_lag_days": 45},
    {"unit": "count", "roll_up": "sum", "over_time": "sum", "collection_level": "care_group"},
    {
        "unit": "days",
        "numerator": "days",
        "denominator": "stays",
        "roll_up": "weighted_mean",
        "over_time": "mean",
        "collection_level": "care_group",
    },
    {"unit": "score", "over_time": "mean", "frequency": "quarterly"},
    {"unit": "count", "over_time": "last", "reporting_lag_days": 60},
    {"kind": "milestone", "unit": "", "direction": "neutral"},
)
EMPTY = {
    "kind": "quantitative",
    "numerator": "",
    "denominator": "",
    "collection_level": "trust",
    "roll_up": "none",
    "over_time": "last",
    "frequency": "monthly",
    "judged_on": "month",
}


@dataclass
class Value:
    """One version of a value; `known` is None while nobody has approved it."""

    measure: str
    group: str
    first: int
    last: int
    version: int
    known: datetime | None
    fields: dict


@dataclass
class Change:
    target: str
    decided: datetime
    effective: date
    terms: dict


@dataclass
class Limits:
    """A decision about a chart's limits: recalculated from a day, or fixed on first points."""

    series: str
    made: datetime
    ended: datetime | None
    starts: date | None = None
    points: int | None = None


@dataclass
class Records:
    """Fields by kind and key, edits of them in order of time, values and changes of targets."""

    rows: dict[str, dict[str, dict]]
    edits: list[tuple[datetime, str, str, dict]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    limits: list[Limits] = field(default_factory=list)

    def at(self, moment: datetime | None) -> Records:
        """What had been recorded and decided by a moment; None is now."""

        def was(when: datetime | None) -> bool:
            return when is not None and (moment is None or when <= moment)

        rows = {
            kind: {key: dict(fields) for key, fields in held.items()}
            for kind, held in self.rows.items()
        }
        for when, kind, key, fields in self.edits:
            if was(when):
                rows[kind][key].update(fields)
        if moment is not None:
            # Its own promises are known with a plan, and a plan from the first minute of its start.
            begun = {
                code
                for code, plan in rows["plan"].items()
                if datetime.combine(plan["starts_on"], time(), LONDON) <= moment
            }
            rows["target"] = {
                key: target for key, target in rows["target"].items() if target["plan"] in begun
            }
        return Records(
            rows,
            values=[value for value in self.values if was(value.known)],
            changes=[change for change in self.changes if was(change.decided)],
            limits=[row for row in self.limits if was(row.made) and not was(row.ended)],
        )


def random_world(chance: random.Random, measures: int = 7) -> Records:
    world = Records({"group": {}, "plan": {}, "measure": {}, "series": {}, "target": {}})
    for code in GROUPS:
        world.rows["group"][code] = dict(
            zip(("valid_from", "valid_to"), _life(chance, 0.4), strict=True)
        )
    for code, (starts, ends) in PLANS.items():
        world.rows["plan"][code] = {
            "starts_on": starts,
            "ends_on": ends,
            "default_tolerance_percent": Decimal(chance.choice([5, 5, 0, 10])),
        }
    for number in range(measures):
        _add_measure(chance, world, f"m{number}", KINDS[number % len(KINDS)])
    _add_edits(chance, world)
    for key in world.rows["series"]:
        _add_limits(chance, world, key)
    return world


def _life(chance: random.Random, likely: float) -> tuple[date | None, date | None]:
    starts = ends = None
    if chance.random() < likely / 2:
        starts = _day(chance, 0, MONTHS // 2)
    if chance.random() < likely:
        ends = _day(chance, MONTHS // 2 + 1, MONTHS + 3)
    return starts, ends


def _day(chance: random.Random, least: int, most: int) -> date:
    """A day, often the first or last of a month, where rules about dates go wrong."""
    month = FIRST + chance.randrange(least, most)
    inside = first_day(month) + timedelta(days=chance.randrange(28))
    return chance.choice([first_day(month), last_day(month), inside])


def _moment(chance: random.Random) -> datetime:
    if chance.random() < 0.4:
        return chance.choice(EDGES) + timedelta(microseconds=chance.choice([-1, 0, 1]))
    return datetime(2018, 5, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(60 * 24 * 900))


def moments(chance: random.Random, count: int) -> list[datetime]:
    return [_moment(chance) for _ in range(count)]


def event_moments(chance: random.Random, world: Records, count: int) -> list[datetime]:
    """The very moments of edits and decisions: what happens at a moment is known at it."""
    edits = [when for when, _, _, _ in world.edits]
    decisions = [change.decided for change in world.changes]
    decisions += [when for row in world.limits for when in (row.made, row.ended) if when]
    return [chance.choice(edits), *chance.choices(edits + decisions, k=count - 1)]


def _number(chance: random.Random, places: int = 1) -> Decimal:
    """A number, mostly near 50, where values and targets meet."""
    least, most = (44, 57) if chance.random() < 0.85 else (0, 100)
    return Decimal(chance.randrange(least * 10**places, most * 10**places)).scaleb(-places)


def _add_measure(chance: random.Random, world: Records, code: str, kind: dict) -> None:
    measure = {**EMPTY, "direction": chance.choice(DIRECTIONS), **kind}
    measure["decimals"] = chance.choice([0, 1])
    if measure["kind"] == "quantitative":
        measure["judged_on"] = chance.choice(["month", "month", "year_to_date", "rolling_12"])
    world.rows["measure"][code] = measure
    reporters = GROUPS if measure["collection_level"] == "care_group" else ()
    for group in ("trust", *reporters):
        world.rows["series"][f"{code}/{group}"] = dict(
            zip(
                ("valid_from", "valid_to"),
                _life(chance, 0.2 if group != "trust" else 0),
                strict=True,
            )
        )
        if group != "trust" or not reporters or chance.random() < 0.15:
            _add_values(chance, world, code, group)
    for number in range(chance.choice([0, 2, 3, 4, 5])):
        _add_target(chance, world, code, f"{code}-t{number}")


def _add_values(chance: random.Random, world: Records, code: str, group: str) -> None:
    measure = world.rows["measure"][code]
    length = {"monthly": 1, "quarterly": 3}[measure["frequency"]]
    is_override = group == "trust" and measure["collection_level"] == "care_group"
    for last in range(FIRST + length - 1, FIRST + MONTHS, length):
        if chance.random() < (0.8 if is_override else 0.03):
            continue
        origin = "published" if is_override else "entered"
        if group != "trust" and chance.random() < 0.02:
            origin = "illustrative"
        for version in range(1, chance.choice([2, 2, 2, 3, 4])):
            known = datetime(2018, 1, 1, tzinfo=UTC) + (last_day(last) - date(2018, 1, 1))
            known += timedelta(minutes=chance.randrange(60 * 24 * 70 * version))
            if chance.random() < 0.2:
                known = max(known, _moment(chance))
            waits = chance.random() < 0.04
            fields = {**_value(chance, measure), "origin": origin}
            world.values.append(
                Value(
                    code, group, last - length + 1, last, version, None if waits else known, fields
                )
            )


def _value(chance: random.Random, measure: dict) -> dict:
    if measure["kind"] == "milestone":
        stands = chance.choice(["not_started", "on_track", "at_risk", "off_track", "complete"])
        return {
            "milestone_status": stands,
            "forecast_on": chance.choice([None, _day(chance, 0, MONTHS)]),
            "completed_on": _day(chance, 0, MONTHS) if stands == "complete" else None,
        }
    luck = chance.random()
    if luck < 0.01:
        return {"value_status": "suppressed", "status_reason": "Fewer than five"}
    if luck < 0.03:
        parts = {"numerator": Decimal(0), "denominator": Decimal(0)} if measure["numerator"] else {}
        return {"value_status": "not_applicable", "status_reason": "No cases", **parts}
    status = {"value_status": "provisional"} if luck > 0.95 else {}
    if not measure["numerator"]:
        return {"value": _number(chance, chance.choice([0, 1])), **status}
    bottom = chance.choice([1, 3, 7, 20, chance.randrange(1, 400)])
    top = min(bottom, round(bottom * _number(chance) / 100))
    scale = 100 if measure["unit"] == "percent" else 1
    return {
        "numerator": Decimal(top),
        "denominator": Decimal(bottom),
        "value": round(Decimal(scale) * top / bottom, 6),
        **status,
    }


def _add_target(chance: random.Random, world: Records, measure_code: str, code: str) -> None:
    measure = world.rows["measure"][measure_code]
    role = chance.choice(["commitment"] * 4 + ["national_standard", "interim", "local"])
    target = dict.fromkeys(
        ("value", "upper_value", "floor", "baseline", "effective_from", "due_on", "retired_on")
    ) | dict.fromkeys(("operator", "value_is", "change", "profile", "baseline_period"), "")
    target |= {
        "measure": measure_code,
        "role": role,
        "plan": chance.choice(list(PLANS)),
        "care_group": chance.choice(["trust"] * 4 + list(GROUPS[:1])),
        "points": {},
    }
    if chance.random() < 0.3:
        target["effective_from"] = _day(chance, -3, MONTHS)
    if chance.random() < 0.3:
        target["due_on"] = _day(chance, 3, MONTHS + 6)
    if measure["kind"] == "quantitative" and chance.random() < 0.92:
        target |= _number_asked(chance, measure)
    world.rows["target"][code] = target


def _number_asked(chance: random.Random, measure: dict) -> dict:
    operator = chance.choice(OPERATORS[measure["direction"]])
    profile = chance.choice(["step", "step", "straight_line", "explicit_points"])
    if operator == "between" and profile == "explicit_points":
        profile = "step"
    kinds = ["absolute"] * 2
    if operator != "between":
        kinds += ["relative_to_baseline", "change_from_baseline", "compound_each_year"]
    asked = {"operator": operator, "profile": profile, "value_is": chance.choice(kinds)}
    asked["value"] = _number(chance, chance.choice([0, 1]))
    if asked["value_is"] != "absolute":
        asked["change"] = chance.choice(["up", "down"])
        asked["value"] = Decimal(chance.randrange(40)) / 2
    if operator == "between":
        asked["upper_value"] = asked["value"] + 1 + _number(chance) / 4
    if chance.random() < 0.8:
        asked["baseline"] = _number(chance)
    if chance.random() < 0.8:
        asked["baseline_period"] = chance.choice(["2016/17", "2017-12", "2017/18 Q2", "2018/19"])
    if chance.random() < 0.5:
        near = abs(asked["value"] + chance.randrange(-4, 5))
        asked["floor"] = _number(chance) / 10 if operator == "between" else near
    if profile == "explicit_points":
        months = chance.sample(range(FIRST - 2, FIRST + MONTHS), chance.randrange(0, 4))
        asked["points"] = {month: _number(chance) for month in sorted(months)}
    return asked


def _add_edits(chance: random.Random, world: Records) -> None:
    """Later edits, each at a moment of its own, and approved changes of targets.

    What gives figures their meaning, a plan's dates among it, is not edited.
    """
    edits = {}
    for code in GROUPS:
        edits["group", code] = {"valid_to": chance.choice([None, _day(chance, 14, MONTHS)])}
    for code, measure in world.rows["measure"].items():
        if measure["kind"] == "quantitative":
            edits["measure", code] = {"decimals": chance.choice([0, 1, 2])}
    for code, target in world.rows["target"].items():
        edits["target", code] = {"baseline": chance.choice([None, _number(chance)])}
        if target["value"] is not None and chance.random() < 0.5:
            _add_changes(chance, world, code, target)
    for key in [key for key in world.rows["series"] if not key.endswith("trust")]:
        edits["series", key] = {"valid_to": chance.choice([None, _day(chance, 14, MONTHS)])}
    for (kind, key), fields in edits.items():
        for _ in range(chance.choice([0, 0, 1, 2])):
            world.edits.append((_moment(chance), kind, key, fields))
    world.edits.sort(key=lambda edit: edit[0])


def _add_changes(chance: random.Random, world: Records, code: str, target: dict) -> None:
    for decided in sorted(moments(chance, chance.choice([1, 2, 2]))):
        value = _number(chance, 0) / (1 if target["value_is"] == "absolute" else 4)
        effective = _day(chance, 0, MONTHS)
        terms = {
            "value": value,
            "upper_value": value + 3 if target["operator"] == "between" else None,
            "floor": chance.choice([None, _number(chance) / 10]),
            "starts_on": target["effective_from"],
            "due_on": chance.choice([target["due_on"], _day(chance, 12, MONTHS + 12)]),
            "retired_on": effective if chance.random() < 0.15 else None,
        }
        world.changes.append(Change(code, decided, effective, terms))


def _add_limits(chance: random.Random, world: Records, key: str) -> None:
    """One baseline is in force at a time; there may be several recalculations."""
    if world.rows["measure"][key.split("/")[0]]["kind"] == "milestone":
        return
    bounds: list[datetime | None] = [*sorted(moments(chance, chance.choice([0, 1, 2, 3]))), None]
    for made, ended in pairwise(bounds):
        world.limits.append(Limits(key, made, ended, points=chance.randrange(12, 16)))
    for made in moments(chance, chance.choice([0, 0, 1])):
        ended = chance.choice([None, made + timedelta(days=chance.randrange(200))])
        world.limits.append(Limits(key, made, ended, starts=_day(chance, 3, MONTHS)))
