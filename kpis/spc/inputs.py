"""The input of an analysis, read and checked. Bad input raises a ValueError that says what to do.

The answers to empty, constant, missing, duplicated and infinite input are tabled in docs/spc.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from kpis.spc.words import SHORTEST_BASELINE, sign_of

Moment = date | datetime
Value = float | int | Decimal | None

# NHS England's Making Data Count workbook: no screening of moving ranges, and a point beyond a
# limit counts towards two of three. `analyse(values, **MDC_EXCEL)`.
MDC_EXCEL: Mapping[str, bool] = MappingProxyType(
    {"screen_outliers": False, "two_sigma_counts_outside": True}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a series is analysed. The chart's footer shows these settings."""

    sign: int = 1
    target: float | None = None
    fix_after_n_points: int | None = None
    screen_outliers: bool = True
    trend_length: int = 7
    shift_length: int = 7
    two_sigma_counts_outside: bool = False

    @classmethod
    def read(
        cls,
        *,
        improvement_direction: str = "increase",
        target: Value = None,
        fix_after_n_points: int | None = None,
        screen_outliers: bool = True,
        trend_length: int = 7,
        shift_length: int = 7,
        two_sigma_counts_outside: bool = False,
    ) -> Settings:
        return cls(
            sign=sign_of(improvement_direction),
            target=number(target, "target"),
            fix_after_n_points=_whole(
                fix_after_n_points, "fix_after_n_points", at_least=SHORTEST_BASELINE
            ),
            screen_outliers=_flag(screen_outliers, "screen_outliers"),
            trend_length=_length(trend_length, "trend_length"),
            shift_length=_length(shift_length, "shift_length"),
            two_sigma_counts_outside=_flag(two_sigma_counts_outside, "two_sigma_counts_outside"),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """The points in date order; a missing value is None. `starts` are first rows of segments."""

    values: tuple[float | None, ...]
    dates: tuple[Moment, ...] | None
    starts: frozenset[int]


def read_rows(
    values: Iterable[Value],
    dates: Iterable[Moment | str] | None,
    rebase: Iterable[Moment | str] | Moment | str | None,
) -> Rows:
    """Sort the points by date. A row whose date equals a rebase date starts a segment.

    A rebase date between two dates of the series starts nothing, as in the reference.
    """
    _check_order(values, "values")
    numbers = [number(value, f"value {place}") for place, value in enumerate(values, start=1)]
    cuts = [_moment(day, "rebase") for day in _as_many(rebase)]
    if dates is None:
        if cuts:
            raise ValueError("rebase needs dates: give one date for each value.")
        return Rows(tuple(numbers), None, frozenset())
    _check_order(dates, "dates")
    moments = [_moment(day, f"date {place}") for place, day in enumerate(dates, start=1)]
    if len(moments) != len(numbers):
        raise ValueError(
            f"There are {len(numbers)} values but {len(moments)} dates. Give one date a value."
        )
    if len({moment.tzinfo is None for moment in [*moments, *cuts]}) > 1:
        raise ValueError("Some dates have a time zone and some have none.")
    instants, cut_at = [_instant(moment) for moment in moments], {_instant(cut) for cut in cuts}
    order = sorted(range(len(instants)), key=instants.__getitem__)
    for earlier, later in pairwise(order):
        if instants[earlier] == instants[later]:
            raise ValueError(
                f"{written(moments[earlier])} occurs twice. A series has one value a date."
            )
    return Rows(
        values=tuple(numbers[place] for place in order),
        dates=tuple(_day_or_moment(moments[place]) for place in order),
        starts=frozenset(row for row, place in enumerate(order) if instants[place] in cut_at),
    )


def number(value: Value, name: str) -> float | None:
    """A number as a float. None and NaN are missing; infinity and other types are errors.

    Missing and boolean values of numpy and pandas are recognised by their type's name, so that
    neither library needs to be installed.
    """
    kind = type(value).__name__
    if value is None or kind in ("NAType", "NaTType"):
        return None
    if isinstance(value, (str, bytes)) or kind in ("bool", "bool_"):
        raise ValueError(f"{name} is {value!r}, which is not a number.")
    try:
        found = float(value)
    except OverflowError:
        raise ValueError(f"{name} is too large.") from None
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}, which is not a number.") from None
    if math.isinf(found):
        raise ValueError(f"{name} is infinite. Leave it empty when there is no value.")
    return None if math.isnan(found) else found


def written(moment: Moment) -> str:
    """ISO, without the time when it is midnight."""
    return _day_or_moment(moment).isoformat()


def _day_or_moment(moment: Moment) -> Moment:
    if isinstance(moment, datetime) and moment.time() == time() and moment.tzinfo is None:
        return moment.date()
    return moment


def _moment(day: Moment | str, name: str) -> datetime:
    """A date is read as its midnight, so that dates, moments and ISO text can be compared."""
    if isinstance(day, datetime) and day == day:
        return day
    if isinstance(day, date) and not isinstance(day, datetime):
        return datetime.combine(day, time())
    if isinstance(day, str) or type(day).__name__ == "datetime64":
        try:
            return datetime.fromisoformat(str(day))
        except ValueError:
            pass
    raise ValueError(f"{name} is {day!r}, which is not a date. Write it as 2026-03-01.")


def _instant(moment: datetime) -> datetime:
    """In UTC: within one zone Python compares wall clocks, which show an hour in October twice."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _check_order(given: object, name: str) -> None:
    if isinstance(given, (str, bytes, Mapping, Set)) or not isinstance(given, Iterable):
        raise ValueError(f"{name} must be a list: one entry a point, in their order.")


def _as_many(
    rebase: Iterable[Moment | str] | Moment | str | None,
) -> Iterable[Moment | str]:
    if rebase is None:
        return ()
    if isinstance(rebase, (str, date)):
        return (rebase,)
    if type(rebase).__name__ == "datetime64":
        return (str(rebase),)
    if not hasattr(rebase, "__iter__"):
        raise ValueError(f"rebase is {rebase!r}. Give the dates on which a segment starts.")
    return rebase


def _whole(value: int | None, name: str, *, at_least: int) -> int | None:
    found = number(value, name)
    if found is None:
        return None
    if found != int(found) or found < at_least:
        raise ValueError(f"{name} is {value}. It must be a whole number of {at_least} or more.")
    return int(found)


def _length(value: int, name: str) -> int:
    found = _whole(value, name, at_least=3)
    if found is None:
        raise ValueError(f"{name} is missing. It must be a whole number of 3 or more.")
    return found


def _flag(value: bool, name: str) -> bool:
    if value is not True and value is not False and type(value).__name__ not in ("bool", "bool_"):
        raise ValueError(f"{name} is {value!r}. Use true or false.")
    return bool(value)
