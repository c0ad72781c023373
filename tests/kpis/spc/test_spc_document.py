"""The tables of docs/spc.md say what the code does."""

import inspect
import json
import re
from pathlib import Path

import pytest

from kpis.spc import MDC_EXCEL, analyse, analyse_many
from kpis.spc.words import rule_labels
from tests.kpis.spc.series import frame_of, months

PAGE = (Path(__file__).parents[3] / "docs" / "spc.md").read_text()


def table(name):
    """The rows under a table's mark, without its heading."""
    lines = PAGE.split(f"<!-- table: {name} -->\n")[1].splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def analysed(cell):
    """The analysis of what a cell of the input table describes."""
    numbers = [5.0, 6.0]
    if cell == "5 and 6 on one date":
        return analyse(numbers, dates=["2020-01-01", "2020-01-01"])
    if cell == "5 and 6 on one of two dates missing":
        return analyse(numbers, dates=["2020-01-01"])
    return analyse([] if cell == "nothing" else json.loads(f"[{cell}]"))


def described(analysis):
    if not analysis.groups:
        assert analysis.as_dict()["values"] == []
        assert (analysis.variation_icon, analysis.assurance_icon) == ("none", "none")
        return "no rows, no segments, no icons"
    [segment] = analysis.groups
    mean = segment.limits.mean
    centre = "no mean" if mean is None else f"mean {mean:g}"
    return f"{centre}, limits {segment.limits_status}, {analysis.variation_icon}"


@pytest.mark.parametrize(("cell", "result"), table("input"), ids=lambda cell: cell)
def test_every_row_of_the_input_table_holds(cell, result):
    if result.startswith("error: "):
        with pytest.raises(ValueError, match=re.escape(result.removeprefix("error: "))):
            analysed(cell)
    else:
        assert described(analysed(cell)) == result


@pytest.mark.parametrize(("cell", "result"), table("odd settings"), ids=lambda cell: cell)
def test_every_row_of_the_table_of_settings_holds(cell, result):
    given = {"dates": ["2026-01-01", "2026-02-01", "2026-03-01"]} | json.loads(f"{{{cell}}}")
    if result.startswith("error: "):
        with pytest.raises(ValueError, match=re.escape(result.removeprefix("error: "))):
            analyse([5, 6, 7], **given)
        return
    found = analyse([5, 6, 7], **given)
    segments = " ".join(str(number) for number in found.rebase_group)
    assert f"segments {segments}, assurance {found.assurance_icon}" == result


def test_the_rules_are_listed_in_their_order_with_their_labels():
    assert [(row[2], row[3]) for row in table("rules")] == list(rule_labels())


def test_the_settings_and_the_excel_preset_are_those_of_the_code():
    parameters = inspect.signature(analyse).parameters
    for name, default, preset in table("settings"):
        assert str(parameters[name].default) == default
        assert str(MDC_EXCEL.get(name, parameters[name].default)) == preset


def test_every_result_column_is_listed():
    case = {"values": [1.0, 2.0], "dates": months(2), "improvement_direction": "increase"}
    case |= {"target": None, "rebase": [], "fix_after_n_points": None, "screen_outliers": True}
    frame = frame_of([case])
    added = set(analyse_many(frame).columns) - set(frame.columns)
    listed = PAGE.split("Added by point:")[1].split("Undefined is missing")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == added
