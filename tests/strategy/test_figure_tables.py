"""Stated figures as tables: a period a column, totals as printed, sums where they differ."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from strategy.figure_tables import figure_tables, is_total


@dataclass(frozen=True)
class Stated:
    line: str
    value: Decimal | None
    period: str = ""
    group: str = "Income"
    unit: str = "pounds_thousand"


def stated(*rows: tuple, **fields) -> list[Stated]:
    return [Stated(line, None if v is None else Decimal(v), **fields) for line, v in rows]


def sums(figures: list[Stated]) -> list[tuple[str, Decimal]]:
    return [
        (row.line, total.difference)
        for table in figure_tables(figures)
        for row in table.rows
        for total in row.sums
        if total
    ]


def test_a_line_has_one_row_and_each_period_its_column():
    figures = [
        *stated(("Ashford", "10"), ("Medway", "20"), period="2018/19"),
        *stated(("Ashford", "11"), ("Medway", "21"), period="2019/20"),
    ]
    (table,) = figure_tables(figures)
    assert table.periods == ("2018/19", "2019/20")
    assert table.is_grid
    assert [row.line for row in table.rows] == ["Ashford", "Medway"]
    assert [figure.value for figure in table.rows[1].figures] == [20, 21]


def test_the_same_line_twice_in_a_period_keeps_both_figures():
    (table,) = figure_tables(stated(("Control Total", "1"), ("Control Total", "2")))
    assert [row.first.value for row in table.rows] == [1, 2]
    assert not table.is_grid


def test_periods_that_leave_most_cells_empty_are_no_grid():
    figures = [stated((f"Line {n}", "1"), period=f"2018-0{n}")[0] for n in range(1, 5)]
    assert not figure_tables(figures)[0].is_grid


def test_tables_keep_the_order_in_which_the_plan_first_names_them():
    figures = [
        *stated(("a", "1"), group="Cash"),
        *stated(("b", "1"), group="Capital"),
        *stated(("c", "1"), group="Cash"),
    ]
    found = figure_tables(figures)
    assert [(table.group, [row.line for row in table.rows]) for table in found] == [
        ("Cash", ["a", "c"]),
        ("Capital", ["b"]),
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", "2"), ("b", "3"), ("Total", "5")], []),
        ([("a", "2"), ("b", "3"), ("Total", "6")], [("Total", Decimal(-1))]),
        ([("a", "2"), ("b", "3"), ("TOTAL income", "4")], [("TOTAL income", Decimal(1))]),
        ([("a", "2"), ("Total", "9")], []),
        ([("a", "2"), ("b", None), ("Total", "9")], []),
        ([("a", "2"), ("b", "3"), ("Total", None)], []),
        ([("Total", "9"), ("a", "2"), ("b", "3")], []),
        (
            [("a", "1"), ("b", "1"), ("Total x", "2"), ("c", "2"), ("d", "2"), ("Total y", "4")],
            [],
        ),
        (
            [("a", "1"), ("b", "1"), ("Total x", "2"), ("c", "2"), ("d", "2"), ("Total", "6")],
            [],
        ),
        (
            [("a", "1"), ("b", "1"), ("Total x", "2"), ("c", "2"), ("d", "2"), ("Total", "7")],
            [("Total", Decimal(-3))],
        ),
    ],
)
def test_a_total_is_held_against_the_rows_before_it(rows, expected):
    assert sums(stated(*rows)) == expected


def test_each_period_is_added_up_by_itself_and_other_units_are_left_out():
    figures = [
        *stated(("a", "2"), ("b", "3"), ("Total", "5"), period="2018/19"),
        *stated(("Staff", "100"), period="2018/19", unit="wte"),
        *stated(("a", "2"), ("b", "3"), ("Total", "4"), period="2019/20"),
    ]
    (table,) = figure_tables(figures)
    total = next(row for row in table.rows if row.is_total)
    assert total.disagrees
    assert total.sums[0] is None
    assert total.sums[1].of_rows == 5


@pytest.mark.parametrize(
    ("line", "expected"),
    [("Total", True), ("TOTAL income", True), ("*Total", True), ("In total", False), ("", False)],
)
def test_a_total_is_known_by_its_first_word(line, expected):
    assert is_total(line) is expected
