"""The rules of judging a second time, slowly, from their text, with no code of the product.

Whole plans are judged from plain records, with fractions, to be compared with what the tracker
stores, shows and exports. Months are counted from year 0.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction


def number_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    start = first_day(month)
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def year_of(day: date) -> int:
    """The calendar year in which the day's financial year starts."""
    return day.year if day.month >= 4 else day.year - 1


@dataclass
class Seen:
    """One value in one window; `why` is the reason for having no colour."""

    first: int
    last: int
    value: Fraction | None = None
    top: Fraction | None = None
    bottom: Fraction | None = None
    why: str = ""
    origin: str = "entered"
    stands: str = ""
    forecast: date | None = None
    completed: date | None = None
    reported: int = 1
    expected: int = 1
    expecting: list[str] | None = None  # the groups, where it is added up

    @property
    def has_no_cases(self) -> bool:
        return self.why == "not_applicable" or (self.top == 0 and self.bottom == 0)

    def figure(self, scale: int) -> Fraction | None:
        return scale * self.top / self.bottom if self.bottom else self.value


@dataclass
class Promise:
    """A target's terms, and their changes in the order of decision: (from, fields)."""

    code: str
    role: str
    plan: str
    group: str
    operator: str
    value_is: str
    profile: str
    change: str = ""
    value: Fraction | None = None
    upper: Fraction | None = None
    floor: Fraction | None = None
    baseline: Fraction | None = None
    baseline_ends: date | None = None
    starts: date | None = None
    due: date | None = None
    retired: date | None = None
    points: dict[int, Fraction] = field(default_factory=dict)
    changes: list[tuple[date, dict]] = field(default_factory=list)
    plan_starts: date | None = None
    plan_ends: date | None = None
    tolerance: Fraction | None = None

    def on(self, day: date) -> Promise:
        decided = [fields for start, fields in self.changes if start <= day]
        if not decided:
            return self
        month = max(start for start, fields in self.changes if fields is decided[-1])
        points = dict(self.points)
        if points and decided[-1]["value"] not in (None, self.value):
            points = {m: v for m, v in points.items() if m < number_of(month)}
            points[number_of(month)] = decided[-1]["value"]
        return Promise(**{**self.__dict__, **decided[-1], "points": points, "changes": []})

    @property
    def begins(self) -> date:
        stated = self.starts or self.plan_starts or date.min
        if self.profile == "explicit_points" and self.points:
            return max(stated, first_day(min(self.points)))
        return stated

    @property
    def falls_due(self) -> date | None:
        return self.due or (None if self.role == "national_standard" else self.plan_ends)

    @property
    def has_number(self) -> bool:
        held = self.points if self.profile == "explicit_points" else self.value is not None
        return bool(self.operator and held)

    def is_standing(self, day: date) -> bool:
        return self.begins <= day and not (self.retired and self.retired <= day)

    def took_effect(self, day: date) -> bool:
        return self.begins <= day and not (self.retired and self.retired <= self.begins)


Asked = tuple[Fraction, Fraction | None] | str


def asked(promise: Promise, day: date) -> Asked:
    """The value and the upper value on a day, or why there is none."""
    if not promise.has_number:
        return "no_target"
    if promise.profile == "explicit_points":
        past = [month for month in promise.points if month <= number_of(day)]
        return (promise.points[max(past)], None) if past else "no_target"
    if promise.value_is != "absolute" and promise.baseline is None:
        return "needs_baseline"
    sizes = [promise.value, promise.upper] if promise.operator == "between" else [promise.value]
    due = promise.falls_due
    counts_from_baseline = promise.value_is != "absolute" or promise.profile == "straight_line"
    ends = promise.baseline_ends
    if counts_from_baseline and ends and due and number_of(ends) >= number_of(due):
        return "needs_baseline"
    if promise.profile != "straight_line":
        found = [_promised(promise, size, day) for size in sizes]
    elif promise.baseline is None or promise.baseline_ends is None:
        return "needs_baseline"
    elif due is None:
        return "no_target"
    else:
        start, end = number_of(promise.baseline_ends), number_of(due)
        gone = Fraction(min(max(number_of(day), start), end) - start, end - start)
        ends = [_promised(promise, size, last_day(end)) for size in sizes]
        found = [promise.baseline * (1 - gone) + last * gone for last in ends]
    return (min(found), max(found) if len(found) > 1 else None)


def _promised(promise: Promise, size: Fraction, day: date) -> Fraction:
    start = promise.baseline
    if promise.value_is == "absolute":
        return size
    sign = 1 if promise.change == "up" else -1
    if promise.value_is == "change_from_baseline":
        return start + sign * size
    factor = 1 + sign * size / 100 if start >= 0 else 1 - sign * size / 100
    if promise.value_is == "relative_to_baseline":
        return start * factor
    until = min(day, promise.falls_due or day)
    base = year_of(promise.baseline_ends) if promise.baseline_ends else year_of(promise.begins) - 1
    years = year_of(until + timedelta(days=1)) - 1 - base
    return start * factor ** max(years, 0)


def commitments(terms: list[Promise], day: date) -> list[Promise]:
    """Commitments of the plans that cover the day; else those that no later plan replaced."""
    made = [promise for promise in terms if promise.role == "commitment"]
    standing = [promise for promise in made if promise.is_standing(day)]
    return [p for p in standing if p.plan_starts <= day <= p.plan_ends] or [
        p
        for p in standing
        if not any(o.plan != p.plan and o.begins > p.begins and o.took_effect(day) for o in made)
    ]


def standards(terms: list[Promise], day: date) -> list[Promise]:
    """For each part of the trust, the standards that began last."""
    made = [p for p in terms if p.role == "national_standard" and p.took_effect(day)]
    last = {p.group: max(o.begins for o in made if o.group == p.group) for p in made}
    return [p for p in made if p.begins == last[p.group] and p.is_standing(day)]


def primary(promises: Iterable[Promise], day: date) -> Promise | None:
    """The one promise that is judged on a day."""
    terms = [promise.on(day) for promise in promises]

    def rank(promise: Promise) -> tuple:
        due = promise.falls_due or date.max
        near = (1, -due.toordinal()) if due >= day else (0, due.toordinal())
        own = promise.group != "trust"
        return (own, promise.has_number, promise.begins, near, promise.code)

    return max(commitments(terms, day) or standards(terms, day), key=rank, default=None)


def further(promises: Iterable[Promise], held: Promise | None, day: date) -> list[Promise]:
    """The promises that are judged too, and drawn with the one that counts."""
    terms = [promise.on(day) for promise in promises]
    for_a_while = [
        promise
        for promise in terms
        if promise.role in ("interim", "local")
        and promise.is_standing(day)
        and day <= (promise.falls_due or date.max)
    ]
    found = commitments(terms, day) + standards(terms, day) + for_a_while
    return [promise for promise in found if held is None or promise.code != held.code]


def shared_out(
    promise: Promise, wanted: Asked, share: Fraction, day: date
) -> tuple[Asked, Promise]:
    """A share of the year's amounts; points are printed as they add up, each year's for itself."""
    terms = promise.on(day)
    scaled = {
        name: None if getattr(terms, name) is None else getattr(terms, name) * share
        for name in ("floor", "baseline")
    }
    terms = Promise(**{**terms.__dict__, **scaled, "changes": []})
    if isinstance(wanted, str):
        return wanted, terms
    if promise.profile != "explicit_points":
        low, high = wanted
        return (low * share, None if high is None else high * share), terms
    april = number_of(date(year_of(day), 4, 1))
    is_of_the_year = any(april <= month <= number_of(day) for month in terms.points)
    return (wanted if is_of_the_year else "no_target"), terms


def amber_limit(
    promise: Promise, value: Fraction, upper: Fraction | None, direction: str
) -> Fraction | None:
    """The floor; for a band the distance outside it. Who fell behind the start is not near."""
    operator = promise.operator
    is_band = direction == "band" or operator == "between"
    higher = direction == "higher_is_better"
    if promise.floor is not None:
        on_the_met_side = promise.floor > value if higher else promise.floor < value
        return None if on_the_met_side and not is_band else promise.floor
    if promise.tolerance is None or value == 0:
        return None
    distance = abs(value) * promise.tolerance / 100
    start, missed_by = promise.baseline, None
    if start is not None and colour(start, (value, upper), None, direction, operator) != "green":
        missed_by = value - start if higher and not is_band else start - value
    if is_band and missed_by is not None:
        gaps = {
            "between": [value - start, start - (upper or 0)],
            "eq": [abs(start - value)],
            "ge": [value - start],
            "gt": [value - start],
        }
        missed_by = max(gaps.get(operator, [start - value]))
    if missed_by is not None and missed_by >= 0:
        distance = min(distance, missed_by)
    return distance if is_band else value - distance if higher else value + distance


def colour(
    value: Fraction,
    target: tuple[Fraction, Fraction | None],
    limit: Fraction | None,
    direction: str,
    operator: str,
) -> str:
    low, high = target
    if operator == "between":
        if low <= value <= high:
            return "green"
        distance = low - value if value < low else value - high
        return "amber" if limit is not None and distance <= limit else "red"
    met = {
        "ge": value >= low,
        "gt": value > low,
        "le": value <= low,
        "lt": value < low,
        "eq": value == low,
    }
    if met[operator]:
        return "green"
    if limit is None:
        return "red"
    near = value >= limit if direction == "higher_is_better" else value <= limit
    return "amber" if near else "red"


def milestone(seen: Seen, due: date | None) -> str:
    day = last_day(seen.last)
    stands, forecast = seen.stands, seen.forecast
    if stands == "complete":
        if seen.completed is None or seen.completed <= day:
            return "blue"
        stands, forecast = "on_track", seen.completed
    if stands == "off_track" or (due and day > due):
        return "red"
    if stands == "at_risk" or (due and forecast and forecast > due):
        return "amber"
    return "not_due" if stands == "not_started" else "green"


def added(parts: list[Seen], rule: str, expected: int, scale: int) -> Seen:
    """Parts of one window, or windows of a longer one, made one value."""
    if any(part.origin == "published" for part in parts):
        parts = [part for part in parts if part.origin != "illustrative"]
    usable = [part for part in parts if part.why != "suppressed"]
    empty = [part for part in usable if part.has_no_cases]
    held = [p for p in usable if not p.has_no_cases and p.figure(scale) is not None]
    by_parts = [part for part in held if part.bottom is not None]
    if rule in ("ratio_of_sums", "weighted_mean"):
        if expected == 1 and not by_parts:
            rule = "last"
        else:
            held = by_parts
    found = Seen(0, 0, expected=expected)
    if held and rule in ("ratio_of_sums", "weighted_mean"):
        found.top, found.bottom = sum(p.top for p in held), sum(p.bottom for p in held)
        found.value = scale * found.top / found.bottom
        if rule == "weighted_mean":
            found.top = found.bottom = None
    elif held:
        values = [part.figure(scale) for part in held]
        total = {"sum": sum(values), "mean": sum(values) / len(values), "last": values[-1]}
        found.value = total[rule]
    found.reported = len(empty) + sum(part.why != "incomplete" for part in held)
    if found.reported < expected:
        found.why = "incomplete" if parts else "no_data"
        if not held and any(part.why == "suppressed" for part in parts):
            found.why = "suppressed"
    elif not held:
        found.why = "not_applicable"
    return found
