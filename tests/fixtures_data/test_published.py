"""The figures in fixtures/actuals, compared with the published files and their page.

Where the published files are at hand every figure is compared with them and none may be
missing; elsewhere the checksum of the rows, kept when they were, takes their place.
"""

import calendar
import csv
import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from strategy.fixtures.quotes import documents_folder
from tests.fixtures_data.proof import read_fixture

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
PAGE = (ROOT / "docs" / "published-figures.md").read_text(encoding="utf-8")
ACTUALS = {path.stem: read_fixture(path) for path in sorted((FIXTURES / "actuals").glob("*.yaml"))}
SERIES = {series["measure"]: series for file in ACTUALS.values() for series in file["series"]}
MEASURES = {
    row["code"]: row
    for path in sorted((FIXTURES / "measures").glob("*.yaml"))
    for row in read_fixture(path).get("measures") or []
}
SOURCES = {
    row["code"]: row
    for path in sorted(FIXTURES.glob("sources*.yaml"))
    for row in read_fixture(path)["sources"]
}
# The first 16 digits of the SHA-256 of each file's series, kept when they were compared.
CHECKSUMS = {
    "bed-occupancy": "63a1bb0f24c02858",
    "dated-points": "a005f8de748fbf24",
    "early-intervention": "38f5ac4a2d34c2bf",
    "four-week-waits-2024": "dfcbb67935e8ca0e",
    "sickness-absence": "95cd1b33d3ecfdf7",
    "staff-survey-2024": "567aaa8a6f8e4088",
}
POINTS = "board_and_public_figures.csv"
# The quarter of bed occupancy that only a secondary page prints is among the dated points.
SECONDARY = {"bed-occupancy": POINTS}
RATINGS = {"Inadequate": "1", "Requires improvement": "2", "Good": "3", "Outstanding": "4"}
SMALL = Decimal("0.000001")

Window = tuple[date, date]


def table(name: str) -> list[list[str]]:
    lines = PAGE.split(f"<!-- table: {name} -->\n")[1].splitlines()[2:]
    end = next((place for place, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines[:end]]


MAPPED = {measure: rest for measure, *rest in table("published")}
LEFT_OUT = {(figure, period) for figure, period, _ in table("left out")}


def published(file: str) -> list[dict[str, str]]:
    """The figures in a published file; none where the file is not available."""
    documents = documents_folder(ROOT)
    path = documents.parent / "published" / file if documents else Path("nowhere")
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if "| Base" not in row["indicator"]]


def name_of(row: dict[str, str]) -> str:
    """The figure's name as the page writes it: the code alone where there is one."""
    name = row["indicator"].split(" | ")[0]
    return name.split()[0] if name.startswith("MRS") else name


def window_of(row: dict[str, str]) -> Window:
    """The days a published row covers; its note says so where its period does not."""
    covered = re.search(r"(\d\d)/(\d\d)/(\d{4})-(\d\d)/(\d\d)/(\d{4}) \(", row["note"])
    if covered:
        day, month, year, last_day, last_month, last_year = map(int, covered.groups())
        return date(year, month, day), date(last_year, last_month, last_day)
    year, month = (*map(int, re.findall(r"\d+", row["period"])), 0)[:2]
    if "/" in row["period"]:
        return date(year, 4, 1), date(year + 1, 3, 31)
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    start = date(year, month, 1)
    if row["note"].startswith("quarter"):
        start = date(year, month - 2, 1)
    elif row["note"].startswith("1 April"):
        start = date(year, 4, 1)
    elif "year to date" in row["indicator"]:
        start = date(year - 1, 4, 1)
    return start, date(year, month, calendar.monthrange(year, month)[1])


def figures(file: str, names: str) -> dict[Window, str]:
    """The printed figures by window; a figure that two sources print alike is listed once."""
    found: dict[Window, str] = {}
    for row in published(file):
        left_out = (row["indicator"], row["period"]) in LEFT_OUT
        if name_of(row) in names.split("; ") and not left_out:
            assert found.setdefault(window_of(row), row["value"]) == row["value"]
    return found


def otherwise(measure: str) -> list[str]:
    """Where a series differs from the published files, if they are available."""
    file, formula, parts, _ = MAPPED[measure]
    if not published(file):
        return []
    names, _, factor = formula.partition(" × ")
    printed = figures(file, names)
    if measure in SECONDARY:
        printed |= figures(SECONDARY[measure], names)
    counts = [figures(file, part) for part in parts.split(" ÷ ")] if "÷" in parts else []
    rows = {(row["start"], row["end"]): row for row in SERIES[measure]["rows"]}
    if rows.keys() != printed.keys():
        return [f"{measure} has windows {rows.keys() ^ printed.keys()} missing or too many"]
    wrong = []
    for window, row in rows.items():
        figure = printed[window]
        if figure == "*":
            is_right = row["status"] == "suppressed" and not {"value", "numerator"} & row.keys()
        elif "numerator" in row:
            is_right = parts_agree(measure, row, [part[window] for part in counts], figure, factor)
        else:
            scale = Decimal(SERIES[measure].get("unit_factor", "1"))
            wanted = Decimal(RATINGS.get(figure, figure))
            if measure not in SECONDARY:
                wanted *= Decimal(factor or 1)
            is_right = abs(Decimal(row["value"]) * scale - wanted) < SMALL
        if not is_right or row.get("printed", figure) != figure:
            wrong.append(f"{measure} {window}: {figure} is {row}")
    return wrong


def parts_agree(measure: str, row: dict, counts: list[str], figure: str, factor: str) -> bool:
    """The parts are the printed counts, and their share the printed one as far as it is exact."""
    days = (row["end"] - row["start"]).days + 1 if measure == "bed-occupancy" else 1
    own = [Decimal(row["numerator"]), Decimal(row["denominator"])]
    if any(abs(Decimal(n) * days - m) > SMALL for n, m in zip(counts, own, strict=True)):
        return False
    share = 100 * own[0] / own[1]
    allowed = {0: Decimal("0.7"), 1: Decimal("0.05")}.get(decimals(figure), SMALL)
    return abs(share - Decimal(figure) * Decimal(factor or 1)) <= allowed


def decimals(figure: str) -> int:
    """Whole percentages come from counts rounded to 5: their share is off by up to 0.7."""
    return len(figure.partition(".")[2])


def checksum(series: list[dict]) -> str:
    text = json.dumps(series, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", ACTUALS)
def test_the_rows_are_the_published_ones_and_none_is_missing(name):
    series = ACTUALS[name]["series"]
    assert [line for row in series for line in otherwise(row["measure"])] == []
    assert checksum(series) == CHECKSUMS[name]


def test_every_series_stands_once_and_is_explained_on_the_page():
    listed = [series["measure"] for file in ACTUALS.values() for series in file["series"]]
    assert sorted(listed) == sorted(row[0] for row in table("published"))
    assert len(SERIES) == len(listed)


def test_every_dated_point_is_carried_or_left_out_for_a_reason():
    carried = {
        name
        for file, formula, *_ in MAPPED.values()
        for name in formula.partition(" × ")[0].split("; ")
        if file == POINTS or name.startswith("Overnight beds %")
    }
    at_hand = {(row["indicator"], row["period"]) for row in published(POINTS)} or LEFT_OUT
    assert at_hand >= LEFT_OUT
    assert {figure for figure, _ in at_hand - LEFT_OUT} <= carried


def test_every_measure_and_source_named_exists():
    for file in ACTUALS.values():
        assert {series["measure"] for series in file["series"]} <= MEASURES.keys()
        rows = [row for series in file["series"] for row in series["rows"]]
        assert {file["source"], *(row["source"] for row in rows if "source" in row)} <= (
            SOURCES.keys()
        )


def test_every_measure_of_published_figures_has_one():
    own = read_fixture(FIXTURES / "measures" / "published.yaml")["measures"]
    assert {row["code"] for row in own} <= SERIES.keys()


def test_windows_are_whole_months_in_order_without_repeats():
    for measure, series in SERIES.items():
        windows = [(row["end"], row["start"]) for row in series["rows"]]
        assert windows == sorted(set(windows)), measure
        for end, start in windows:
            assert start.day == 1, measure
            assert end.day == calendar.monthrange(end.year, end.month)[1], measure
            assert start < end, measure


def test_scores_of_the_staff_survey_are_of_the_calendar_year():
    for series in ACTUALS["staff-survey-2024"]["series"]:
        assert MEASURES[series["measure"]]["year_end_month"] == 12
        assert [(row["start"], row["end"]) for row in series["rows"]] == [
            (date(2024, 1, 1), date(2024, 12, 31))
        ]


def test_a_rolling_figure_covers_three_months_and_is_joined_to_no_promise():
    rolling = {
        series["measure"]: series["rows"]
        for series in ACTUALS["four-week-waits-2024"]["series"]
        if any(row["start"].month != row["end"].month for row in series["rows"])
    }
    assert len(rolling) == 7
    own = read_fixture(FIXTURES / "measures" / "published.yaml")["measures"]
    assert rolling.keys() <= {row["code"] for row in own}
    for rows in rolling.values():
        assert [row["end"].month for row in rows] == [4, 5, 6, 7, 8, 9]
        assert all(row["end"].month - row["start"].month == 2 for row in rows)


def printed_days() -> dict[str, set[str]]:
    """The days of publication as printed, by address; for a revised file, that of the revision."""
    months = {name: f"{number:02d}" for number, name in enumerate(calendar.month_name)}
    found: dict[str, set[str]] = {}
    for file in sorted({file for file, *_ in MAPPED.values()}):
        for row in published(file):
            text = row["published"].rpartition("revised ")[2].rstrip(")")
            words = re.fullmatch(r"(\d+)(?:st|nd|rd|th) (\w+) (\d{4})", text)
            day = f"{words[3]}-{months[words[2]]}-{words[1]:0>2}" if words else text
            found.setdefault(row["source_address"], set()).add(day)
    return found


def read_codes(name: str) -> set[str]:
    return {row["code"] for row in read_fixture(FIXTURES / name)["sources"]}


def test_sources_carry_the_published_day_as_exactly_as_it_is_printed():
    named = {actuals["source"] for actuals in ACTUALS.values()} | {
        row["source"] for series in SERIES.values() for row in series["rows"] if "source" in row
    }
    length = {None: 0, "year": 4, "month": 7, "day": 10}
    days = {
        code: str(SOURCES[code]["published_on"])[: length[SOURCES[code]["published_precision"]]]
        for code in named
    }
    assert named == read_codes("sources-published.yaml")
    printed = printed_days() or {SOURCES[code]["address"]: {day} for code, day in days.items()}
    assert [
        code for code, day in days.items() if day not in printed[SOURCES[code]["address"]]
    ] == []


def test_a_source_with_a_date_says_how_exact_it_is():
    for code, source in SOURCES.items():
        assert bool(source["published_on"]) == bool(source["published_precision"]), code
        assert source["title"]


def test_a_level_is_in_its_own_window_not_in_a_year():
    """Beds in use and ratings describe a day, so they have no figure for a year."""
    plans = [read_fixture(path) for path in sorted((FIXTURES / "plans").glob("*.yaml"))]
    rows = [
        (row["measure"], row["period_start"], row["period_end"])
        for plan in plans
        for row in plan.get("observed") or []
    ]
    rows += [
        (code, row["start"], row["end"])
        for code, series in SERIES.items()
        for row in series["rows"]
    ]
    longest = {"monthly": 31, "quarterly": 92, "one_off": 31}
    levels = [row for row in rows if MEASURES[row[0]]["unit"] in ("beds", "rating")]
    assert ("private-bed-use", date(2017, 3, 1), date(2017, 3, 31)) in levels
    for code, start, end in levels:
        assert (end - start).days < longest[MEASURES[code]["frequency"]], (code, start, end)
