"""What the clock says about a window without a value, by a simple second count."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.kpis.second.judging import LENGTH, Cell
from tests.kpis.second.rules import first_day, last_day, number_of
from tests.kpis.second.world import FIRST, Records

# England, May 2018 to May 2021: (month, days).
BANK_HOLIDAYS = {
    date(year, month, day)
    for year, months in {
        2018: {5: (7, 28), 8: (27,), 12: (25, 26)},
        2019: {1: (1,), 4: (19, 22), 5: (6, 27), 8: (26,), 12: (25, 26)},
        2020: {1: (1,), 4: (10, 13), 5: (8, 25), 8: (31,), 12: (25, 28)},
        2021: {1: (1,), 4: (2, 5), 5: (3, 31)},
    }.items()
    for month, days in months.items()
    for day in days
}


def working_day(month: int, number: int) -> datetime:
    """The nth working day of a month, at five in the afternoon in London."""
    days = [first_day(month) + timedelta(days=n) for n in range(31)]
    days = [day for day in days if day.weekday() < 5 and day not in BANK_HOLIDAYS]
    return datetime.combine(days[number - 1], time(17), ZoneInfo("Europe/London"))


def absent(first: int, lag: int | None, moment: datetime) -> str:
    """The state of a window that ends with a month, of which nothing is known."""
    ready, asked = last_day(first) + timedelta(days=lag or 0), first
    while working_day(asked + 1, 10).date() < ready:
        asked += 1
    if moment >= working_day(asked + 1, 15):
        return "no_data"
    return "late" if moment > working_day(asked + 1, 10) else "not_due"


def month_before(moment: datetime) -> int:
    """The last month that has ended in London."""
    return number_of(moment.astimezone(ZoneInfo("Europe/London")).date()) - 1


def with_gaps(
    known: Records, key: tuple[str, str], cells: dict, moment: datetime, until: int
) -> dict[tuple[date, date], str]:
    """Status by window as a page or a file lists it to a month: values, and the gaps between."""
    length = LENGTH[known.rows["measure"][key[0]]["frequency"]]
    found = {window: cell.rag for window, cell in cells.items() if number_of(window[1]) <= until}
    if not found:
        last = next(month for month in range(until, until - 3, -1) if _ends(month, length))
        return {_window(last, length): _state(known, key, None, last, moment)}
    for month in range(number_of(min(found)[1]), until + 1):
        window = _window(month, length)
        past = [held for held in cells if held[1] <= last_day(month)]
        is_reached = past and cells[max(past)].stands == "complete"
        if _ends(month, length) and window not in found and not is_reached:
            state = _state(known, key, max(past, default=None), month, moment)
            if state != "not_applicable":
                found[window] = state
    return dict(sorted(found.items()))


def latest(
    known: Records, key: tuple[str, str], cells: dict, moment: datetime, month: int
) -> tuple[str, Cell | None]:
    """The status of a series in a month: its latest window, with its cell where it has a value."""
    length = LENGTH[known.rows["measure"][key[0]]["frequency"]]
    past = {window: cell for window, cell in cells.items() if window[1] <= last_day(month)}
    last = next(one for one in range(month, month - length, -1) if _ends(one, length))
    if past and (max(past)[1] >= last_day(last) or past[max(past)].stands == "complete"):
        return past[max(past)].rag, past[max(past)]
    return _state(known, key, max(past, default=None), last, moment), None


def _ends(month: int, length: int) -> bool:
    return (month - FIRST + 1) % length == 0


def _window(last: int, length: int) -> tuple[date, date]:
    return first_day(last - length + 1), last_day(last)


def _state(
    known: Records,
    key: tuple[str, str],
    held: tuple[date, date] | None,
    month: int,
    moment: datetime,
) -> str:
    """Once a window after the last figure (or after the beginning) is overdue, the later ones are
    as it is; who is not there on the last day owes nothing."""
    measure = known.rows["measure"][key[0]]
    lives = [known.rows["series"]["/".join(key)]]
    if key[1] != "trust":
        lives.append(known.rows["group"][key[1]])

    def is_there(month: int) -> bool:
        day = last_day(month)
        return all(
            (life["valid_from"] or date.min) <= day < (life["valid_to"] or date.max)
            for life in lives
        )

    if not is_there(month):
        return "not_applicable"
    begun = [life["valid_from"] for life in lives if life["valid_from"]]
    first = number_of(held[1]) + 1 if held else month
    if held is None and begun:
        first = min(number_of(max(begun)), month)
    lag, length = measure.get("reporting_lag_days"), LENGTH[measure["frequency"]]
    owed = [one for one in range(first, month + 1) if _ends(one, length) and is_there(one)]
    states = [absent(one, lag, moment) for one in owed]
    return next((state for state in states if state != "not_due"), "not_due")
