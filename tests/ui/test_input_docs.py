"""The tables of docs/input.md say what the code does, row by row."""

import ast
import re
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from kmpt_tracker.ui.typed import (
    NumberRules,
    PartsRules,
    judge_parts,
    parse_cell,
    parse_date_cell,
    parse_date_text,
    parse_month_cell,
    parse_month_text,
    parse_number,
    parse_time_text,
    warnings,
)

PAGE = Path(__file__).parents[2] / "docs" / "input.md"
BANNED = re.compile("invalid|please|sorry|forbidden|oops", re.IGNORECASE)
PERIOD = "October 2026"


def table(name: str) -> list[list[str]]:
    """The rows under a table's mark, without its heading."""
    lines = PAGE.read_text(encoding="utf-8").split(f"<!-- table: {name} -->\n")[1].splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip(" ") for cell in line.strip("|").split("|")])
    return rows[2:]


def typed(cell: str) -> str:
    """The text between code marks, with numbered characters replaced."""
    if cell == "(empty)":
        return ""
    assert cell.startswith("`")
    assert cell.endswith("`")
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), cell[1:-1])


def number(cell: str) -> Decimal | None:
    return None if cell == "–" else Decimal(cell)


def boxes() -> dict[str, NumberRules]:
    found = {}
    for box, name, unit, decimals, least, most in table("boxes"):
        found[box] = NumberRules(
            name=name,
            unit=unit,
            decimals=int(decimals),
            minimum=number(least),
            maximum=number(most),
            period=PERIOD,
        )
    return found | {"repeats": replace(found["count"], repeat_check=True)}


def held(parsed) -> tuple:
    return parsed.value, parsed.error or ""


@pytest.mark.parametrize("row", table("numbers"), ids=" ".join)
def test_every_row_of_numbers_holds(row):
    box, text, stored, message = row
    assert held(parse_number(typed(text), boxes()[box])) == (number(stored), message)


@pytest.mark.parametrize("row", table("numbers"), ids=" ".join)
def test_a_number_stored_as_text_in_a_worksheet_gets_the_same_verdict(row):
    box, text, stored, message = row
    assert held(parse_cell(typed(text), "@", boxes()[box])) == (number(stored), message)


@pytest.mark.parametrize("row", table("parts"), ids=" ".join)
def test_every_row_of_parts_holds(row):
    rules = PartsRules(
        name="Seen on time",
        numerator_name="Patients seen",
        denominator_name="Patients referred",
        period=PERIOD,
    )
    *parts, stored, message = row
    judged = judge_parts(*map(number, parts), rules)
    assert judged.is_no_activity == (stored == "no activity")
    expected = None if judged.is_no_activity else number(stored)
    assert (judged.value, judged.error or "") == (expected, message)
    assert bool(judged.error_field) == bool(message)


@pytest.mark.parametrize("row", table("questions"), ids=" ".join)
def test_every_row_of_questions_holds(row):
    box, earlier, value, question = row
    history = [Decimal(one) for one in earlier.split()]
    asked = [one.message for one in warnings(Decimal(value), history, boxes()[box])]
    assert asked == ([question] if question else [])


@pytest.mark.parametrize("row", table("months"), ids=" ".join)
@pytest.mark.parametrize("parse", [parse_month_text, parse_month_cell])
def test_every_row_of_months_holds(row, parse):
    text, stored, message = row
    month = None if stored == "–" else date.fromisoformat(f"{stored}-01")
    assert held(parse(typed(text))) == (month, message)


@pytest.mark.parametrize("row", table("dates"), ids=" ".join)
@pytest.mark.parametrize("parse", [parse_date_text, parse_date_cell])
def test_every_row_of_dates_holds(row, parse):
    text, stored, message = row
    day = None if stored == "–" else date.fromisoformat(stored)
    assert held(parse(typed(text))) == (day, message)


@pytest.mark.parametrize("row", table("times"), ids=" ".join)
def test_every_row_of_times_holds(row):
    text, stored, message = row
    at = None if stored == "–" else time.fromisoformat(stored)
    assert held(parse_time_text(typed(text))) == (at, message)


def cell_value(cell: str):
    if cell.startswith("'"):
        return cell[1:]
    if cell == "true":
        return True
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        return date.fromisoformat(cell)
    return ast.literal_eval(cell)


@pytest.mark.parametrize("row", table("cells"), ids=" ".join)
def test_every_row_of_cells_holds(row):
    box, cell, number_format, stored, message = row
    parsed = parse_cell(cell_value(cell), typed(number_format), boxes()[box])
    assert held(parsed) == (number(stored), message)


def test_no_message_scolds_or_pleads():
    tables = ("numbers", "parts", "questions", "months", "dates", "times", "cells")
    messages = [row[-1] for name in tables for row in table(name)]
    assert not [message for message in messages if BANNED.search(message)]
