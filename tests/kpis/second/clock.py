"""What the clock says about a window without a value, counted on the fingers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.kpis.second.judging import LENGTH, Cell
from tests.kpis.second.rules import first_day, last_day, number_of
from tests.kpis.second.world import FIRST, Records

# England, May 2018 to 2020: (month, days).
BANK_HOLIDAYS = {
    date(year, month, day)
    for year, months in {
        2018: {5: (7, 28), 8: (27,), 12: (25, 26)},
        2019: {1: (1,), 4: (19, 22), 5: (6, 27), 8: (26,), 12: (25, 26)},
        2020: {1: (1,), 4: (10, 13), 5: (8, 25), 8: (31,), 12: (25, 28)},
    }.items()
    for month, days in months.items()
    for day in days
}


def working_day(month: int, number: int) -> datetime:
    """The nth working day of a month, at five in the afternoon in London."""
    days = [first_day(month) + timedelta(days=n) for n in range(31)]
    days = [day for day in days if day.weekday() < 5 and day not in BANK_HOLIDAYS]
    return datetime.combine(days[number - 1], time(17), ZoneInfo("Europe/London"))


def absent(month: int, moment: datetime) -> str:
    """The state of a window that ends with a month, of which nothing is known."""
    if moment >= working_day(month + 1, 15):
        return "no_data"
    return "late" if moment > working_day(month + 1, 10) else "not_due"


def month_before(moment: datetime) -> int:
    """The last month that has ended in London."""
    return number_of(moment.astimezone(ZoneInfo("Europe/London")).date()) - 1


def with_gaps(
    known: Records, key: tuple[str, str], cells: dict, moment: datetime, until: int
) -> dict[tuple[date, date], str]:
    """Status by window as a page or a file lists it to a month: values, and the gaps between."""
    measure, group = key
    length = LENGTH[known.rows["measure"][measure]["frequency"]]
    lives = [known.rows["series"]["/".join(key)]]
    if group != "trust":
        lives.append(known.rows["group"][group])
    found = {window: cell.rag for window, cell in cells.items() if number_of(window[1]) <= until}
    if not found:
        last = next(month for month in range(until, until - 3, -1) if _ends(month, length))
        return {_window(last, length): _state(lives, last, moment)}
    for month in range(number_of(min(found)[1]), until + 1):
        window = _window(month, length)
        past = [held for held in cells if held[1] <= last_day(month)]
        is_reached = past and cells[max(past)].stands == "complete"
        if _ends(month, length) and window not in found and not is_reached:
            state = _state(lives, month, moment)
            if state != "not_applicable":
                found[window] = state
    return dict(sorted(found.items()))


def latest(
    known: Records, key: tuple[str, str], cells: dict, moment: datetime, month: int
) -> tuple[str, Cell | None]:
    """How a series stands in a month: its latest window, with its cell where it has a value."""
    length = LENGTH[known.rows["measure"][key[0]]["frequency"]]
    lives = [known.rows["series"]["/".join(key)]]
    if key[1] != "trust":
        lives.append(known.rows["group"][key[1]])
    past = {window: cell for window, cell in cells.items() if window[1] <= last_day(month)}
    last = next(one for one in range(month, month - length, -1) if _ends(one, length))
    if past and (max(past)[1] >= last_day(last) or past[max(past)].stands == "complete"):
        return past[max(past)].rag, past[max(past)]
    return _state(lives, last, moment), None


def _ends(month: int, length: int) -> bool:
    return (month - FIRST + 1) % length == 0


def _window(last: int, length: int) -> tuple[date, date]:
    return first_day(last - length + 1), last_day(last)


def _state(lives: list[dict], month: int, moment: datetime) -> str:
    day = last_day(month)
    is_there = all(
        (life["valid_from"] or date.min) <= day < (life["valid_to"] or date.max) for life in lives
    )
    return absent(month, moment) if is_there else "not_applicable"
