"""A whole trust judged by the second rules: every window of every series, as known at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction

from tests.kpis.second import rules
from tests.kpis.second.rules import Promise, Seen, first_day, last_day, number_of
from tests.kpis.second.world import GROUPS, Records
from tests.kpis.spc.slow import slow_segment

Window = tuple[date, date]
LENGTH = {"monthly": 1, "quarterly": 3}


@dataclass
class Cell:
    """One measure of one care group in one window."""

    rag: str
    value: Fraction | None
    judged: Fraction | None
    reported: int
    expected: int
    stands: str
    is_point: bool = False
    target: str = ""
    asked: Fraction | None = None
    upper: Fraction | None = None
    floor: Fraction | None = None
    variance: Fraction | None = None
    carried_forward: bool = False
    due_date_passed: bool = False
    further: dict[str, str] = field(default_factory=dict)
    average: Fraction | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    limits: str = "none"


def judged(world: Records, moment: datetime | None) -> dict[tuple[str, str], dict[Window, Cell]]:
    known = world.at(moment)
    return {tuple(key.split("/")): _series(known, *key.split("/")) for key in known.rows["series"]}


def blank(known: Records, key: tuple[str, str], window: Window, rag: str) -> Cell:
    """A window without a figure: its state, and what was asked for in it."""
    measure, day = known.rows["measure"][key[0]], window[1]
    promises = _promises(known, key[0], measure, key[1])
    held = rules.primary(promises, day)
    cell = Cell(rag=rag, value=None, judged=None, reported=0, expected=0, stands="")
    if held is not None:
        seen = Seen(number_of(window[0]), number_of(day))
        scale = 100 if measure["unit"] == "percent" else 1
        _, _, share = _judged_value(measure, scale, [seen], seen, _begins(known, *key))
        cell = _against(measure, cell, seen, rag, held, share)
        cell.rag = rag
    cell.further = {other.code: rag for other in rules.further(promises, held, day)}
    return cell


def _fraction(number) -> Fraction | None:
    return None if number is None else Fraction(number)


def _begins(known: Records, code: str, group: str) -> date | None:
    """The first day from which somebody had to report it."""
    lives = (known.rows["series"][f"{code}/{group}"], known.rows["group"].get(group, {}))
    return max((life["valid_from"] for life in lives if life.get("valid_from")), default=None)


def _series(known: Records, code: str, group: str) -> dict[Window, Cell]:
    measure = known.rows["measure"][code]
    scale = 100 if measure["unit"] == "percent" else 1
    seen = _own(known, code, group)
    if group == "trust" and measure["collection_level"] == "care_group":
        seen = _with_roll_up(known, code, measure, scale, seen)
    promises = _promises(known, code, measure, group)
    begins = _begins(known, code, group)
    cells = {
        (first_day(one.first), last_day(one.last)): _cell(
            measure, scale, seen, one, promises, begins
        )
        for one in seen
    }
    if measure["kind"] != "milestone":
        made_of = {first_day(one.first): one.expecting for one in seen if one.expecting is not None}
        anew = {day for day, was in _before(made_of).items() if was not in (None, made_of[day])}
        _draw_limits(known, f"{code}/{group}", LENGTH[measure["frequency"]], cells, anew)
    return cells


def _before(made_of: dict[date, list[str]]) -> dict[date, list[str] | None]:
    """The parts of the window before each rolled-up window."""
    days = sorted(made_of)
    return {day: made_of[days[place - 1]] if place else None for place, day in enumerate(days)}


def _draw_limits(
    known: Records, key: str, length: int, cells: dict[Window, Cell], anew: set[date]
) -> None:
    """Average and limits of every window, part by part; gaps, and what is no point, are rows."""
    if not cells:
        return
    held = {number_of(first): cell for (first, _), cell in cells.items()}
    decided = [row for row in known.limits if row.series == key]
    cuts = {row.starts for row in decided if row.starts} | anew
    fixed = next((row.points for row in decided if row.points), None)
    parts: dict[int, list[Cell | None]] = {}
    for month in range(min(held), max(held) + 1, length):
        parts.setdefault(sum(cut <= first_day(month) for cut in cuts), []).append(held.get(month))
    for part in parts.values():
        values = [_charted(cell) for cell in part]
        settings = {"improvement_direction": "neutral", "fix_after_n_points": fixed}
        lines = slow_segment(values, settings)
        status = lines["limits_status"][0]
        if status in ("ok", "trial") and lines["lpl"][0] == lines["upl"][0]:
            status = "collapsed"
        elif status == "ok" and sum(value is not None for value in values) < 13:
            status = "trial"
        for cell in filter(None, part):
            cell.average, cell.limits = _fraction(lines["mean"][0]), status
            if status in ("ok", "trial"):
                cell.lowest, cell.highest = _fraction(lines["lpl"][0]), _fraction(lines["upl"][0])


def _charted(cell: Cell | None) -> float | None:
    if cell is None or not cell.is_point:
        return None
    return float(cell.value)


def _own(known: Records, code: str, group: str) -> list[Seen]:
    """The latest approved version of each window in which the group was there to report it."""
    latest = {}
    for value in sorted(known.values, key=lambda value: value.version):
        if (value.measure, value.group) != (code, group):
            continue
        lives = (known.rows["series"][f"{code}/{group}"], known.rows["group"].get(group))
        if group == "trust" or all(_lives(life, last_day(value.last)) for life in lives):
            latest[value.last] = value
    return [_seen(value) for _, value in sorted(latest.items())]


def _seen(value) -> Seen:
    fields = value.fields
    status = fields.get("value_status", "")
    return Seen(
        value.first,
        value.last,
        value=_fraction(fields.get("value")),
        top=_fraction(fields.get("numerator")),
        bottom=_fraction(fields.get("denominator")),
        why=status if status in ("suppressed", "not_applicable") else "",
        origin=fields["origin"],
        stands=fields.get("milestone_status", ""),
        forecast=fields.get("forecast_on"),
        completed=fields.get("completed_on"),
    )


def _lives(life: dict, day: date) -> bool:
    return (life["valid_from"] or date.min) <= day < (life["valid_to"] or date.max)


def _with_roll_up(
    known: Records, code: str, measure: dict, scale: int, own: list[Seen]
) -> list[Seen]:
    by_group = {group: {seen.last: seen for seen in _own(known, code, group)} for group in GROUPS}
    found = {seen.last: seen for seen in own}
    is_published = any(seen.origin == "published" for seen in own)
    for last in {last for held in by_group.values() for last in held} - set(found):
        expected = [
            group
            for group in GROUPS
            if _lives(known.rows["group"][group], last_day(last))
            and _lives(known.rows["series"][f"{code}/{group}"], last_day(last))
        ]
        parts = [by_group[group][last] for group in expected if last in by_group[group]]
        if is_published:
            parts = [part for part in parts if part.origin != "illustrative"]
        if parts:
            total = rules.added(parts, measure["roll_up"], len(expected), scale)
            total.first, total.last, total.expecting = parts[0].first, last, expected
            if all(part.origin == "illustrative" for part in parts):
                total.origin = "illustrative"
            found[last] = total
    return [found[last] for last in sorted(found)]


def _promises(known: Records, code: str, measure: dict, group: str) -> list[Promise]:
    is_ratio = bool(measure["numerator"] and measure["denominator"])
    return [
        _promise(known, key, target)
        for key, target in known.rows["target"].items()
        if target["measure"] == code
        and (target["care_group"] == group or (target["care_group"] == "trust" and is_ratio))
    ]


def _promise(known: Records, code: str, target: dict) -> Promise:
    plan = known.rows["plan"][target["plan"]]
    changes = [
        (
            change.effective,
            {
                "value": _fraction(change.terms["value"]),
                "upper": _fraction(change.terms["upper_value"]),
                "floor": _fraction(change.terms["floor"]),
                "starts": change.terms["starts_on"],
                "due": change.terms["due_on"],
                "retired": change.terms["retired_on"],
            },
        )
        for change in known.changes
        if change.target == code
    ]
    return Promise(
        code=code,
        role=target["role"],
        plan=target["plan"],
        group=target["care_group"],
        operator=target["operator"],
        value_is=target["value_is"] or "absolute",
        profile=target["profile"] or "step",
        change=target["change"],
        value=_fraction(target["value"]),
        upper=_fraction(target["upper_value"]),
        floor=_fraction(target["floor"]),
        baseline=_fraction(target["baseline"]),
        baseline_ends=_ends(target["baseline_period"]),
        starts=target["effective_from"],
        due=target["due_on"],
        retired=target["retired_on"],
        points={month: Fraction(value) for month, value in target["points"].items()},
        changes=changes,
        plan_starts=plan["starts_on"],
        plan_ends=plan["ends_on"],
        tolerance=Fraction(plan["default_tolerance_percent"]),
    )


def _ends(period: str) -> date | None:
    """The last day of "2017-12", "2017/18" or "2017/18 Q2"."""
    if not period:
        return None
    year = int(period[:4])
    if period[4] == "-":
        return last_day(year * 12 + int(period[5:]) - 1)
    quarter = int(period[-1]) if "Q" in period else 4
    return last_day(year * 12 + 2 + 3 * quarter)


def _judged_value(
    measure: dict, scale: int, windows: list[Seen], seen: Seen, begins: date | None
) -> tuple[Fraction | None, str, Fraction | None]:
    """The value that is rated, why it is not, and the share of the year it is held against."""
    own = seen.figure(scale)
    if measure["judged_on"] == "month" or measure["kind"] == "milestone":
        return own, seen.why, None
    length = LENGTH[measure["frequency"]]
    opens = number_of(date(rules.year_of(last_day(seen.last)), 4, 1))
    first = opens if measure["judged_on"] == "year_to_date" else seen.last - 11
    inside = [one for one in windows if one.first >= first and one.last <= seen.last]
    rule, expected = measure["over_time"], (seen.last - first + 1) // length
    if measure["judged_on"] == "year_to_date" and begins is not None:
        held = {one.last for one in inside}
        ends = range(first + length - 1, seen.last + 1, length)
        expected -= sum(last_day(end) < begins and end not in held for end in ends)
    share = None
    if rule == "sum" and measure["judged_on"] == "year_to_date":
        share = Fraction(expected * length, 12)
    if rule == "last":
        inside, expected = inside[-1:], 1
    if seen.why in ("not_applicable", "suppressed"):
        return own, seen.why, share
    total = rules.added(inside, rule, expected, scale)
    return total.value, seen.why or total.why, share


def _cell(
    measure: dict,
    scale: int,
    windows: list[Seen],
    seen: Seen,
    promises: list[Promise],
    begins: date | None,
) -> Cell:
    day = last_day(seen.last)
    value, why, share = _judged_value(measure, scale, windows, seen, begins)
    plain = Cell(
        rag=why or "no_target",
        value=seen.figure(scale),
        judged=value,
        reported=seen.reported,
        expected=seen.expected,
        stands=seen.stands,
        is_point=seen.figure(scale) is not None and not seen.why,
    )
    held = rules.primary(promises, day)
    cell = replace(plain, further={})
    if held is not None:
        cell = _against(measure, plain, seen, why, held, share)
        cell.carried_forward = held.role == "commitment" and held.plan_ends < day
        cell.due_date_passed = held.falls_due is not None and held.falls_due < day
    for other in rules.further(promises, held, day):
        cell.further[other.code] = _against(measure, plain, seen, why, other, share).rag
    return cell


def _against(
    measure: dict, plain: Cell, seen: Seen, why: str, held: Promise, share: Fraction | None
) -> Cell:
    day = last_day(seen.last)
    cell = replace(plain, target=held.code, further={})
    if measure["kind"] == "milestone":
        if not seen.stands:
            return cell
        cell.rag = rules.milestone(seen, held.falls_due)
        return cell
    wanted = rules.asked(held, day)
    if share is not None:
        wanted, held = rules.shared_out(held, wanted, share, day)
    if isinstance(wanted, str):
        cell.rag = why or wanted
        return cell
    cell.asked, cell.upper = wanted
    if measure["direction"] == "neutral":
        return cell
    cell.floor = rules.amber_limit(held, *wanted, measure["direction"])
    if cell.judged is None:
        return cell
    cell.rag = why or rules.colour(
        cell.judged, wanted, cell.floor, measure["direction"], held.operator
    )
    if not why:
        cell.variance = cell.judged - cell.asked
        if cell.upper is not None:
            cell.variance = min(cell.variance, 0) or max(cell.judged - cell.upper, 0)
    return cell
