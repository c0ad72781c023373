"""The calendar that the plan describes: the fortnightly CIP meeting, and the monthly reports.

Pure: dates from a programme's own settings. The plan prints the rhythm and no days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from strategy.periods import FinancialYear, Month

FORTNIGHT = timedelta(days=14)
REPORT_ON, QUALITY_REPORT_ON = 20, 25


@dataclass(frozen=True, order=True)
class Occasion:
    """A day on which the programme meets or reports."""

    on: date
    kind: str  # meeting, programme or quality
    about: Month | None = None

    @property
    def words(self) -> str:
        if self.about is None:
            return "CIP meeting"
        to = "Quality Committee" if self.kind == "quality" else "executive team"
        name = "QIA report" if self.kind == "quality" else "Programme report"
        return f"{name} to the {to}, {self.about.label}"


def occasions(
    year: FinancialYear,
    *,
    first_meeting_on: date | None,
    report_on_day: int | None,
    quality_report_on_day: int | None,
) -> list[Occasion]:
    """Every meeting and report of a year, in order. A report on a month is due in the next one."""
    found = [
        *_meetings(year, first_meeting_on),
        *_reports(year, "programme", report_on_day or REPORT_ON),
        *_reports(year, "quality", quality_report_on_day or QUALITY_REPORT_ON),
    ]
    return sorted(found, key=lambda row: (row.on, row.kind))


def _meetings(year: FinancialYear, first: date | None) -> Iterator[Occasion]:
    day = first
    while day is not None and day <= year.end:
        yield Occasion(day, "meeting")
        day += FORTNIGHT


def _reports(year: FinancialYear, kind: str, day: int) -> Iterator[Occasion]:
    for month in year.months:
        yield Occasion(month.plus(1).start.replace(day=day), kind, month)
