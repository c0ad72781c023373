"""What everyone may read of figures that count people, so that nobody can be found in them. Pure.

Counts from 1 to 7 are suppressed and others rounded to the nearest 5. Then whatever holds a
suppressed count is suppressed too: a longer window of the same care group, and the trust's own
figure of any window that overlaps it. What is left does not depend on a suppressed count at all, so
that no subtraction gives it away. Percentages, sums over months, totals of care groups, limits and
colours are worked out from what is left, never from the figures behind it.

The thresholds are those of NHS Digital's disclosure control for small counts (docs/public.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from kpis.judging.terms import PERCENT, SUPPRESSED, Observation
from kpis.rollup import Origin, ratio
from strategy.periods import Month, Period

# In these units a figure is itself a count. In any other it is of nobody knows how few, unless it
# comes with its parts.
COUNTS = ("count", "beds", "wte", "times", "")
# As exact as a stored value.
EXACT = Decimal("0.000001")
Cells = Mapping[str, Sequence[Observation]]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Counts above 0 and up to `suppress_up_to` are suppressed, others rounded to `round_to`."""

    suppress_up_to: int = 7
    round_to: int = 5

    def is_small(self, count: Decimal | None) -> bool:
        """Whether it may point at people. 0 does not; 7.5 is still fewer than 8."""
        return count is not None and 0 < abs(count) < self.suppress_up_to + 1

    def rounded(self, count: Decimal) -> Decimal:
        steps = (count / self.round_to).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return steps * self.round_to


def disclosed(
    cells: Cells, *, whole: str, unit: str, rule: Disclosure
) -> dict[str, tuple[Observation, ...]]:
    """The figures of a measure that counts people as everyone may read them, by care group.

    `cells` are all figures that may be published, by the code of who reported them; `whole` is the
    code of the trust, whose own figures hold those of the care groups.
    """
    small = {
        code: {seen.period for seen in found if _is_revealing(seen, unit, rule)}
        for code, found in cells.items()
    }
    hidden = {
        code: _with_what_holds(small[code], found) for code, found in cells.items() if code != whole
    }
    of_parts = {window for windows in hidden.values() for window in windows}
    if whole in cells:
        found = cells[whole]
        across = {
            seen.period for seen in found if any(_overlap(seen.period, part) for part in of_parts)
        }
        hidden[whole] = _with_what_holds(small[whole] | across, found)
    return {
        code: tuple(
            suppressed(seen) if seen.period in hidden[code] else _rounded(seen, unit, rule)
            for seen in found
        )
        for code, found in cells.items()
    }


def settled(
    cells: Cells,
    *,
    whole: str,
    is_final: Callable[[str, Observation], bool],
    reports: Callable[[str, Month], bool],
) -> dict[str, tuple[Observation, ...]]:
    """The figures that are final, and hold none that is not: else the others would give it away.

    A return that is opened again in a locked month leaves the trust's own figure, from which the
    other care groups can be subtracted; so does one that has not come in, or whose figure is
    withdrawn. So the trust's own figure waits for every care group that `reports` in its months,
    by figures of no longer windows.
    A longer window of anyone whose shorter ones are read waits for those of all its months. What a
    public document printed before any care group reported has been read by everyone already.
    """
    waiting = {
        code: {seen.period for seen in found if not is_final(code, seen)}
        for code, found in cells.items()
    }
    read = {code: _whole(found, waiting[code]) for code, found in cells.items()}
    if whole not in cells:
        return read
    parts = [code for code in cells if code != whole]
    begun = min((seen.period.start for code in parts for seen in cells[code]), default=date.max)
    open_windows = {window for code in parts for window in waiting[code]}
    covering = {code: _covering(read[code]) for code in parts}

    def is_awaited(seen: Observation) -> bool:
        window = seen.period
        if seen.origin is Origin.PUBLISHED and window.end < begun:
            return False
        return any(
            not any(_within(own, window) for own in covering[code].get(month, ()))
            for month in window.months
            for code in parts
            if reports(code, month)
        )

    own = tuple(
        seen
        for seen in read[whole]
        if not any(
            _within(other, seen.period) or _within(seen.period, other) for other in open_windows
        )
        and not is_awaited(seen)
    )
    return {**read, whole: own}


def together(parts: Cells) -> dict[str, tuple[Observation, ...]]:
    """The parts of a total: in a window in which one is suppressed all are, and so is the total.

    Else it would read as if somebody had not reported.
    """
    hidden = {
        seen.period for found in parts.values() for seen in found if seen.status == SUPPRESSED
    }
    return {
        code: tuple(suppressed(seen) if seen.period in hidden else seen for seen in found)
        for code, found in parts.items()
    }


def suppressed(seen: Observation) -> Observation:
    """A window of which is said only that its figure is suppressed."""
    return Observation(
        period=seen.period,
        status=SUPPRESSED,
        origin=seen.origin,
        known_from=seen.known_from,
    )


def _is_revealing(seen: Observation, unit: str, rule: Disclosure) -> bool:
    if seen.numerator is not None or seen.denominator is not None:
        return rule.is_small(seen.numerator) or rule.is_small(seen.denominator)
    if unit in COUNTS:
        return rule.is_small(seen.value)
    # As printed in a public document, it has been read by everyone already.
    return seen.value is not None and seen.origin is not Origin.PUBLISHED


def _with_what_holds(hidden: set[Period], found: Sequence[Observation]) -> set[Period]:
    holding = {
        seen.period for seen in found if any(_within(window, seen.period) for window in hidden)
    }
    return hidden | holding


def _whole(found: Sequence[Observation], waiting: Set[Period]) -> tuple[Observation, ...]:
    """The figures of a reporter that hold nothing that waits, and of whose months every shorter
    window is there, if any is: a month that is missing is what a quarter has more than two others.
    """
    kept: list[Observation] = []
    months: dict[int, list[Period]] = {}  # the windows kept, by their length
    for seen in sorted(found, key=lambda seen: len(seen.period.months)):
        window = seen.period
        if any(_within(other, window) for other in waiting):
            continue
        length = len(window.months)
        inner = {
            month
            for shorter, windows in months.items()
            if shorter < length
            for other in windows
            if _within(other, window)
            for month in other.months
        }
        if seen.origin is Origin.PUBLISHED or not inner or inner >= {*window.months}:
            kept.append(seen)
            months.setdefault(length, []).append(window)
    held = {id(seen) for seen in kept}
    return tuple(seen for seen in found if id(seen) in held)


def _covering(found: Sequence[Observation]) -> dict[Month, list[Period]]:
    """The windows that each month is in."""
    windows: dict[Month, list[Period]] = defaultdict(list)
    for seen in found:
        for month in seen.period.months:
            windows[month].append(seen.period)
    return windows


def _within(inner: Period, outer: Period) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _overlap(one: Period, other: Period) -> bool:
    return one.start <= other.end and other.start <= one.end


def _rounded(seen: Observation, unit: str, rule: Disclosure) -> Observation:
    """The same window with rounded counts; a share is that of its rounded parts."""
    value, top, bottom = seen.value, seen.numerator, seen.denominator
    if top is not None and bottom is not None:
        top, bottom = rule.rounded(top), rule.rounded(bottom)
        share = (
            ratio(top, bottom, scale=Decimal(100) if unit == PERCENT else Decimal(1))
            if bottom or not top
            else None
        )
        value = None if share is None else share.quantize(EXACT, rounding=ROUND_HALF_UP)
    elif value is not None and unit in COUNTS:
        value = rule.rounded(value)
    return Observation(
        period=seen.period,
        value=value,
        numerator=top,
        denominator=bottom,
        status=seen.status,
        origin=seen.origin,
        known_from=seen.known_from,
    )
