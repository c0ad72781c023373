"""How numbers, months and moments are written on pages and in files. Pure.

On a page: 4.4%, 5,214, 58 days, −£310k with a true minus sign, rounded half up. In a file: the
exact value with a decimal point, and ISO dates. Rounding must never change a colour, so the
caller, who knows when more digits are needed, passes the number of decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
MISSING = "\u2013"
MINUS = "\u2212"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

MONEY_SUFFIXES = {"pounds": "", "pounds_thousand": "k", "pounds_million": "m"}
MONEY_SCALES = {"pounds": "", "pounds_thousand": "£ thousands", "pounds_million": "£ millions"}
_NAMED = {
    "days": ("day", "days"),
    "hours": ("hour", "hours"),
    "minutes": ("minute", "minutes"),
    "weeks": ("week", "weeks"),
    "months": ("month", "months"),
    "beds": ("bed", "beds"),
    "times": ("time", "times"),
    "tonnes": ("tonne", "tonnes"),
    "wte": ("WTE", "WTE"),
    "square_metres": ("m²", "m²"),
    "cubic_metres": ("m³", "m³"),
    "per_100_000": ("per 100,000", "per 100,000"),
    "per_1_000_bed_days": ("per 1,000 bed days", "per 1,000 bed days"),
}
_AXES = {
    "percent": "Per cent",
    "count": "Number",
    "pounds": "Pounds",
    "pounds_thousand": "£ thousands",
    "pounds_million": "£ millions",
    "per_100_000": "Per 100,000",
    "per_1_000_bed_days": "Per 1,000 bed days",
}
_SIGNS = {"ge": "≥ ", "le": "≤ ", "gt": "> ", "lt": "< ", "eq": ""}
# More digits than any stored value needs.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)

# Characters that a spreadsheet may take for the start of a formula (full-width ones too), and what
# may come before them without preventing that: spaces, controls, invisible characters, quotes.
_FORMULA_START = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_SKIPPED = (
    "\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\"'"
)
FORMULA = f"'*[\t\r\n]|[{_SKIPPED}]*[{_FORMULA_START}]"
_GUARDED = re.compile(FORMULA)


class YearMonth(Protocol):
    """A date, a moment or a month."""

    @property
    def year(self) -> int: ...
    @property
    def month(self) -> int: ...


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Rounded for display, a half away from zero; never minus zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    return abs(rounded) if rounded == 0 else rounded


def format_number(value: Decimal | int | None, decimals: int | None = None) -> str:
    """5,214 or −1.2, without a unit. Without `decimals`, every digit the value has."""
    if value is None:
        return MISSING
    number = _shown(Decimal(value), decimals)
    return _signed(number, f"{abs(number):,f}")


def format_value(
    value: Decimal | int | None,
    unit: str,
    decimals: int | None = None,
    *,
    missing: str = MISSING,
) -> str:
    """A value with its unit: 4.4%, 5,214, 58 days, £4,001k, −£310k, 7.2."""
    if value is None:
        return missing
    return _with_unit(_shown(Decimal(value), decimals), unit)


def format_change(value: Decimal | int | None, unit: str, decimals: int | None = None) -> str:
    """A difference, signed: +1.2 percentage points, −3 days, +£310k; zero has no sign."""
    if value is None:
        return MISSING
    number = _shown(Decimal(value), decimals)
    plus = "+" if number > 0 else ""
    if unit == "percent":
        points = "percentage point" if str(abs(number)) == "1" else "percentage points"
        return f"{plus}{_signed(number, f'{abs(number):,f}')} {points}"
    return f"{plus}{_with_unit(number, unit)}"


def format_target(
    operator: str,
    value: Decimal | int | None,
    upper: Decimal | int | None,
    unit: str,
    decimals: int | None = None,
) -> str:
    """≥ 95%, ≤ 3.5%, < 3.9%, 85% to 90%; 100%, 0% and 0 have no sign where nothing lies beyond.

    Rounded half up to `decimals`, without trailing zeros: a promise of 95% is not 95.0%.
    """
    if value is None or (operator == "between" and upper is None):
        return MISSING
    number = _trimmed(_shown(Decimal(value), decimals), unit)
    if operator == "between":
        top = _trimmed(_shown(Decimal(upper or 0), decimals), unit)
        return f"{_with_unit(number, unit)} to {_with_unit(top, unit)}"
    sign = _SIGNS.get(operator)
    if sign is None:
        raise ValueError(f"“{operator}” is not an operator of a target.")
    if operator == "le" and number == 0 and unit in ("percent", "count"):
        return _with_unit(number, unit)
    if operator == "ge" and number == 100 and unit == "percent":
        return "100%"
    return f"{sign}{_with_unit(number, unit)}"


def axis_title(unit: str) -> str:
    """The label of an axis: "Per cent", "£ thousands", "Days"; "Number" without a unit."""
    if unit in _NAMED and unit not in _AXES:
        many = _NAMED[unit][1]
        return many if len(many) < 3 else f"{many[0].upper()}{many[1:]}"
    return _AXES.get(unit) or unit.replace("_", " ").capitalize() or "Number"


def _shown(value: Decimal, decimals: int | None) -> Decimal:
    if not value.is_finite():
        raise ValueError(f"{value} cannot be shown as a number.")
    return _plain(value) if decimals is None else round_half_up(value, decimals)


def _plain(value: Decimal) -> Decimal:
    """The same value without exponent, trailing zeros or minus zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    number = Decimal(text)
    return abs(number) if number == 0 else number


def _trimmed(value: Decimal, unit: str) -> Decimal:
    """Without trailing zeros, except that pence keep both digits."""
    plain = _plain(value)
    if unit == "pounds" and plain != plain.to_integral_value():
        return value
    return plain


def _signed(number: Decimal, text: str) -> str:
    return f"{MINUS}{text}" if number < 0 else text


def _with_unit(number: Decimal, unit: str) -> str:
    digits = f"{abs(number):,f}"
    if unit in MONEY_SUFFIXES:
        return _signed(number, f"£{digits}{MONEY_SUFFIXES[unit]}")
    if unit == "percent":
        return _signed(number, f"{digits}%")
    if unit in _NAMED:
        one, many = _NAMED[unit]
        return _signed(number, f"{digits} {one if digits == '1' else many}")
    return _signed(number, digits)


def format_count(number: int, one: str, many: str = "") -> str:
    """1 row, 3 rows, 2 priorities; `many` where the plural is another."""
    if not many:
        many = f"{one[:-1]}ies" if one.endswith("y") and one[-2:-1] not in "aeiou" else f"{one}s"
    return f"{number:,} {one if number == 1 else many}"


def format_list(names: Iterable[str]) -> str:
    """Acute, Older People and Community; with a comma before the last where a name has an “and”
    or a comma of its own: Acute, and Forensic and Specialist.
    """
    *others, last = list(names) or [""]
    if not others:
        return last
    comma = "," if any(" and " in name or "," in name for name in (*others, last)) else ""
    return f"{', '.join(others)}{comma} and {last}"


def format_month(month: YearMonth | None) -> str:
    """Mar 2026."""
    if month is None:
        return MISSING
    return f"{MONTHS[month.month - 1]} {month.year:04d}"


def format_month_short(month: YearMonth | None) -> str:
    """Mar 26, for the heading of a row or column."""
    if month is None:
        return MISSING
    return f"{MONTHS[month.month - 1]} {month.year % 100:02d}"


def format_date(day: date | None) -> str:
    """12 Mar 2026; of a moment, the date on a London calendar."""
    if day is None:
        return MISSING
    if isinstance(day, datetime):
        day = in_london(day)
    return f"{day.day} {format_month(day)}"


def format_deadline(moment: datetime | None) -> str:
    """Thu 12 Mar 2026, 5pm, on a London clock."""
    if moment is None:
        return MISSING
    return f"{WEEKDAYS[in_london(moment).weekday()]} {format_moment(moment)}"


def format_moment(moment: datetime | None) -> str:
    """22 Jan 2026, 10:42am, on a London clock."""
    if moment is None:
        return MISSING
    local = in_london(moment)
    return f"{format_date(local)}, {_clock(local)}"


def format_time(moment: datetime) -> str:
    """10:42am, on a London clock."""
    return _clock(in_london(moment))


def in_london(moment: datetime) -> datetime:
    """The moment in the trust’s time zone."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone before it can be shown.")
    return moment.astimezone(LONDON)


def _clock(local: datetime) -> str:
    if (local.hour, local.minute) in ((0, 0), (12, 0)):
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def export_number(value: Decimal | int) -> str:
    """The exact value: 1250.5, -0.4; no exponent, separators or trailing zeros."""
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not a number that can be exported.")
    return f"{_plain(number):f}"


def export_bool(value: bool) -> str:
    return "true" if value else "false"


def export_datetime(moment: datetime) -> str:
    """UTC, ISO 8601, ending in Z; microseconds only where there are any."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone before it can be exported.")
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def export_text(text: str) -> str:
    """Text that no spreadsheet runs: an apostrophe is put before anything like a formula.

    `import_text` restores exactly what was exported.
    """
    return f"'{text}" if _GUARDED.match(text) else text


def import_text(text: str) -> str:
    """A text cell as it was before `export_text`: without the apostrophe added there."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text[1:]) else text
