"""Each row of a file of assessments can be judged again from its own columns."""

import csv
import io
import json
import random
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from kmpt_tracker.ui.tabular import Format
from strategy.exports.filters import parse_filters
from tests.kpis.second.loading import load
from tests.kpis.second.rules import colour
from tests.kpis.second.world import random_world

NOW = datetime(2021, 1, 11, 9, tzinfo=UTC)
COLOURS = ("green", "amber", "red")


def rows(file_format: Format, **given: str) -> list[dict]:
    dataset = DATASETS["assessments"]
    filters = parse_filters(given, applies=dataset.filters, dataset=dataset.name, now=NOW)
    readable = filters.readable_by(Access(roles=frozenset({Role.ANALYST})))
    text = b"".join(export_bytes(dataset, readable, file_format)).decode()
    if file_format is Format.CSV:
        return list(csv.DictReader(io.StringIO(text, newline="")))
    return [json.loads(line, parse_float=str, parse_int=str) for line in text.splitlines()]


def number(row: dict, name: str) -> Fraction | None:
    return Fraction(row[name]) if row[name] else None


def gap(judged: Fraction, low: Fraction, high: Fraction | None) -> Fraction:
    """From the target; of a band from the nearer bound, 0 inside."""
    if high is None or judged < low:
        return judged - low
    return max(judged - high, Fraction(0))


def check(row: dict) -> None:
    judged, low, high = (number(row, name) for name in ("judged_value", "target", "upper_value"))
    if row["rag"] not in COLOURS or row["milestone_status"]:
        assert number(row, "variance") is None, row
        return
    assert number(row, "variance") == gap(judged, low, high), row
    floor = number(row, "floor")
    found = colour(judged, (low, high), floor, row["direction"], row["operator"])
    assert found == row["rag"], row


@pytest.mark.django_db
def test_each_row_gives_its_own_colour_and_variance():
    load(random_world(random.Random(11), measures=14), at=NOW)
    seen: Counter[tuple[str, str]] = Counter()
    for given in ({}, {"as_at": "2019-10-27T01:30"}):
        as_csv = rows(Format.CSV, **given)
        for row, same in zip(as_csv, rows(Format.JSONL, **given), strict=True):
            check(row)
            digits = [(row[name] or None, same[name]) for name in ("judged_value", "target")]
            assert all(one == two for one, two in digits)
            seen[row["judged_on"], row["rag"]] += 1
            if row["judged_on"] == "month" and row["value"] and row["judged_value"]:
                assert round(Fraction(row["judged_value"]), 6) == Fraction(row["value"])
    assert {rag for _, rag in seen} >= {*COLOURS, "incomplete", "no_target"}
    for judged_on in ("month", "year_to_date", "rolling_12"):
        assert sum(seen[judged_on, rag] for rag in COLOURS) > 4
