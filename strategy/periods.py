"""Months, financial years and reporting windows. Pure: the clock is never read here.

A financial year runs from April to March and is written 2019/20. A period is a run of whole
days, both ends included. Days are London days: 00:30 on 1 April in London belongs to the new
year, although it is still 31 March in UTC. The rules are in the tables of docs/rules.md.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from strategy.moments import FIRST_DAY, brief, london_date

APRIL = 4

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_YEAR = re.compile(r"([0-9]{4})[/\-\u2013]([0-9]{2}|[0-9]{4})")
_PART_OF_YEAR = re.compile(r"(.+?)[ ]?(Q[1-4]|H[12])")


class Frequency(StrEnum):
    """How often a measure reports."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    ANNUAL = "annual"
    ONE_OFF = "one_off"

    @property
    def months(self) -> int | None:
        """Length of the window in months; a one-off value has none."""
        return _WINDOW_MONTHS.get(self)

    def is_window(self, period: Period) -> bool:
        """Whether a period is a regular window: a year's total among monthly figures is not.

        A one-off value may cover any period.
        """
        months = _WINDOW_MONTHS.get(self)
        return months is None or period.length == months


_WINDOW_MONTHS = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.ANNUAL: 12,
}


@lru_cache(maxsize=2048)
def _last_day(year: int, month: int) -> date:
    """Kept, as reading ten years of figures asks for it tens of thousands of times."""
    return date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month. Raises ValueError for a month or year outside the calendar."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"{self.month} is not a month. Months run from 1 to 12.")
        # The calendar ends in 9999, and the year after a month must have dates as well.
        if not 1 <= self.year <= 9998:
            raise ValueError(f"{self.year} is not a year the calendar holds.")

    def __hash__(self) -> int:
        """Half the time of the generated one, which makes a tuple: pages look months up in dicts a
        hundred thousand times."""
        return self.year * 12 + self.month

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read "2019-03". Raises ValueError, with a message for the reader, for anything else."""
        found = _MONTH.fullmatch(text.strip())
        if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) == 0:
            raise ValueError(
                f"“{brief(text)}” is not a month. Write year and month, such as 2019-03."
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, on: date) -> Month:
        """The month of a date; of a moment, the month it falls in on a London clock."""
        return _month_of(_day(on))

    @property
    def start(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        return _last_day(self.year, self.month)

    def plus(self, months: int) -> Month:
        year, month = divmod(self._number + months, 12)
        return Month(year, month + 1)

    def months_since(self, earlier: Month) -> int:
        return self._number - earlier._number

    @property
    def label(self) -> str:
        return f"{calendar.month_abbr[self.month]} {self.year}"

    @property
    def full_label(self) -> str:
        """October 2026: the month in a sentence."""
        return f"{calendar.month_name[self.month]} {self.year}"

    @property
    def financial_year(self) -> FinancialYear:
        return FinancialYear(self.year if self.month >= APRIL else self.year - 1)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def _number(self) -> int:
        return self.year * 12 + self.month - 1

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


# No figure can be older than the NHS.
FIRST_MONTH = Month(FIRST_DAY.year, FIRST_DAY.month)


@dataclass(frozen=True, order=True, slots=True)
class FinancialYear:
    """April to March, named by the year it starts in."""

    start_year: int

    def __post_init__(self) -> None:
        if not 1 <= self.start_year <= 9997:
            raise ValueError(f"{self.start_year} is not a year the calendar holds.")

    @classmethod
    def parse(cls, text: str) -> FinancialYear:
        """Read 2019/20, 2019-20 or 2019/2020. Raises ValueError for years that do not follow."""
        found = _YEAR.fullmatch(text.strip())
        start = int(found[1]) if found else 0
        following = f"{start + 1:04d}"
        if not found or start == 0 or found[2] not in (following, following[2:]):
            raise ValueError(f"“{text}” is not a financial year. Write it as 2019/20.")
        return cls(start)

    @classmethod
    def of(cls, on: date) -> FinancialYear:
        return Month.of(on).financial_year

    @property
    def label(self) -> str:
        return f"{self.start_year}/{(self.start_year + 1) % 100:02d}"

    @property
    def code(self) -> str:
        """2019-20, as in codes and URLs."""
        return self.label.replace("/", "-")

    @property
    def start(self) -> date:
        return date(self.start_year, APRIL, 1)

    @property
    def end(self) -> date:
        return date(self.start_year + 1, APRIL - 1, 31)

    def plus(self, years: int) -> FinancialYear:
        return FinancialYear(self.start_year + years)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def months(self) -> tuple[Month, ...]:
        return _months_of(self)

    def quarter(self, number: int) -> Period:
        """Quarter 1 is April to June, quarter 4 January to March."""
        return self._part(number, 3)

    def half(self, number: int) -> Period:
        return self._part(number, 6)

    def _part(self, number: int, length: int) -> Period:
        if not 1 <= number <= 12 // length:
            raise ValueError(f"A financial year has no part {number} of {length} months.")
        first = Month(self.start_year, APRIL).plus(length * (number - 1))
        return Period.spanning(first, first.plus(length - 1))

    def __str__(self) -> str:
        return self.code


@lru_cache(maxsize=64)
def _months_of(year: FinancialYear) -> tuple[Month, ...]:
    """Kept: a programme of savings asks for its year 7,000 times, at 14 µs, or 0.2 µs when kept."""
    return year.period.months


@lru_cache(maxsize=8192)
def _month_of(day: date) -> Month:
    """Kept: the charts of an ambition ask it 5,000 times, at 1.1 µs, or 0.3 µs when kept."""
    return Month(day.year, day.month)


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A run of whole days, both ends included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"A period cannot end ({self.end}) before it starts ({self.start}).")

    @classmethod
    def spanning(cls, first: Month, last: Month) -> Period:
        return cls(first.start, last.end)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read 2019-03, 2018/19, 2018-19, 2017/18 Q1, 2017/18 H2 or a calendar year, 2024.

        2011-12 could be a month or a year: it is read as the month, and the year must be written
        2011/12. Raises ValueError, with a message for the reader, for anything else.
        """
        text = text.strip()
        part = _PART_OF_YEAR.fullmatch(text)
        if part:
            year = FinancialYear.parse(part[1])
            number = int(part[2][1])
            return year.quarter(number) if part[2][0] == "Q" else year.half(number)
        if re.fullmatch(r"[0-9]{4}", text) and int(text):
            return cls.spanning(Month(int(text), 1), Month(int(text), 12))
        for kind in (Month, FinancialYear):
            try:
                return kind.parse(text).period
            except ValueError:
                continue
        raise ValueError(f"“{text}” is not a period. Write 2019-03, 2019/20 or 2019/20 Q1.")

    @property
    def months(self) -> tuple[Month, ...]:
        """Every month the period touches, in order."""
        return months_between(Month.of(self.start), self.last_month)

    @property
    def length(self) -> int:
        """How many months the period touches."""
        years = self.end.year - self.start.year
        return 12 * years + self.end.month - self.start.month + 1

    @property
    def last_month(self) -> Month:
        return _month_of(self.end)

    @property
    def is_whole_months(self) -> bool:
        return self.start.day == 1 and self.end == self.last_month.end

    @property
    def financial_year(self) -> FinancialYear:
        """The financial year in which the period ends."""
        return FinancialYear.of(self.end)

    def contains(self, on: date) -> bool:
        """Whether the period includes a day; a moment counts on its day in London."""
        return self.start <= _day(on) <= self.end

    @property
    def label(self) -> str:
        """What a figure of the period is called: "Mar 2017", "Oct to Dec 2019", "2016/17", "2024".

        A year that is neither the financial nor the calendar one is "12 months to Jun 2024".
        """
        return _label_of(self)


@lru_cache(maxsize=2048)
def _label_of(period: Period) -> str:
    """Kept: the charts of an ambition name 500 windows twice, at 6 µs, or 0.2 µs when kept."""
    first, last = Month.of(period.start), period.last_month
    if not period.is_whole_months:
        return f"{_day_label(period.start)} to {_day_label(period.end)}"
    if first == last:
        return first.label
    if period == period.financial_year.period:
        return period.financial_year.label
    if period.length == 12:
        return f"{first.year}" if first.year == last.year else f"12 months to {last.label}"
    opening = first.label.split()[0] if first.year == last.year else first.label
    return f"{opening} to {last.label}"


Window = Period | Month | FinancialYear | date | str


def is_in_force(on: date, starts: date | None, ends: date | None) -> bool:
    """Whether a half-open range of days holds a day; an empty end is open.

    In the database the same is `in_force_on` (strategy/models/organisation.py).
    """
    return (starts or date.min) <= on < (ends or date.max)


def as_period(given: Window) -> Period:
    """A period from a month, a year, a text such as 2019-03 or a single day, else ValueError."""
    if isinstance(given, Period):
        return given
    if isinstance(given, Month | FinancialYear):
        return given.period
    if isinstance(given, str):
        return Period.parse(given)
    if isinstance(given, date):
        return Period(_day(given), _day(given))
    raise ValueError(f"{given!r} is not a period. Write 2019-03, 2019/20 or 2019/20 Q1.")


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Every month from first to last, both included; none when last is earlier."""
    return tuple(first.plus(n) for n in range(last.months_since(first) + 1))


def window_ending(
    month: Month, frequency: Frequency, *, year_end_month: int = APRIL - 1
) -> Period | None:
    """The reporting window that ends with this month, or None when none does.

    Quarters and halves are those of the financial year; a survey of the calendar year has
    year_end_month 12. A one-off value has no regular window.
    """
    length = frequency.months
    if length is None or (month.month - year_end_month) % length:
        return None
    return Period.spanning(month.plus(1 - length), month)


@lru_cache(maxsize=2048)
def latest_window(
    month: Month, frequency: Frequency, *, year_end_month: int = APRIL - 1
) -> Period | None:
    """The latest window that ends in this month or before it.

    Kept: the strategy on a page asks 300 times for a dozen windows, at 25 calls each.
    """
    for back in range(frequency.months or 0):
        window = window_ending(month.plus(-back), frequency, year_end_month=year_end_month)
        if window:
            return window
    return None


def next_window(
    month: Month, frequency: Frequency, *, year_end_month: int = APRIL - 1
) -> Period | None:
    """The first window that ends after this month."""
    for ahead in range(1, (frequency.months or 0) + 1):
        window = window_ending(month.plus(ahead), frequency, year_end_month=year_end_month)
        if window:
            return window
    return None


def year_to_date(month: Month) -> Period:
    """From April of the financial year to the end of this month."""
    return Period(month.financial_year.start, month.end)


def rolling_12(month: Month) -> Period:
    """The twelve months that end with this one."""
    return Period.spanning(month.plus(-11), month)


def parse_asked_month(text: str) -> Month:
    """A month in a request. ValueError before the NHS began, as there can be no figures."""
    month = Month.parse(text)
    if month < FIRST_MONTH:
        raise ValueError(f"“{text}” is before {FIRST_MONTH.full_label}, when the NHS began.")
    return month


def _day(on: date) -> date:
    return london_date(on) if isinstance(on, datetime) else on


def _day_label(on: date) -> str:
    return f"{on.day} {Month.of(on).label}"
