"""What the trend chart draws, as readers see it: lines, marks and gaps."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from kpis.charts import ChartTerms, trend_figure
from kpis.rag import Rag
from kpis.standing import Standing, TargetShown
from strategy.periods import Month

FIRST = Month(2020, 1)
TERMS = ChartTerms(name="Incidents")


def windows(count: int) -> list[Standing]:
    return [
        Standing(
            period=FIRST.plus(place).period,
            rag=Rag.GREEN,
            value=Decimal(100 + place),
            groups_reported=4,
            groups_expected=4,
        )
        for place in range(count)
    ]


def traces(standings: list[Standing]) -> tuple[dict, dict]:
    """The line through the points, and their marks."""
    line, marks = trend_figure(TERMS, standings)["data"]
    return line, marks


def test_an_incomplete_sum_is_a_cross_beside_the_line_and_no_fall_of_it():
    standings = windows(5)
    standings[2] = replace(
        standings[2], rag=Rag.INCOMPLETE, value=Decimal(60), groups_reported=3,
        value_status="provisional",
    )  # fmt: skip
    line, marks = traces(standings)
    assert line["y"] == [100, 101, None, 103, 104]
    assert line["connectgaps"] is False
    assert marks["y"] == [100, 101, 60, 103, 104]
    assert marks["mode"] == "markers"
    assert marks["marker"]["symbol"] == ["circle", "circle", "x-thin-open", "circle", "circle"]
    assert "3 of 4 reported" in marks["customdata"][2]


def test_a_missing_window_breaks_the_line_and_has_no_mark():
    standings = windows(3)
    standings[1] = replace(standings[1], rag=Rag.NO_DATA, value=None)
    line, marks = traces(standings)
    assert line["y"] == marks["y"] == [100, None, 102]
    assert line["x"][1] == date(2020, 2, 1).isoformat()


def test_the_marks_of_a_long_series_are_smaller_so_that_none_hides_another():
    def largest(count):
        concerning = [replace(row, variation="concern_high") for row in windows(count)]
        return max(traces(concerning)[1]["marker"]["size"])

    assert largest(60) == 12
    assert largest(61) < 10


def test_two_gaps_are_named_one_above_the_other():
    standings = windows(9)
    for place in (1, 6):
        standings[place] = replace(standings[place], rag=Rag.NO_DATA, value=None)
    notes = trend_figure(TERMS, standings)["layout"]["annotations"]
    names = {note["text"]: note["yshift"] for note in notes if "no data" in note["text"]}
    assert list(names) == ["Feb 2020:<br>no data", "Jul 2020:<br>no data"]
    assert len(set(names.values())) == 2


def asked(code: str, role: str, value: int) -> TargetShown:
    return TargetShown(
        pk=0, code=code, plan="", role=role, operator="ge", is_primary=role == "commitment",
        rag=Rag.GREEN, value=Decimal(value),
    )  # fmt: skip


def test_what_is_in_force_beside_the_target_is_drawn_beside_it_and_a_planned_path_dashed():
    standings = [
        replace(
            row,
            target=asked("a", "commitment", 110),
            beside=(asked("b", "interim", 100 + place), asked("c", "national_standard", 95_000)),
        )
        for place, row in enumerate(windows(4))
    ]
    standings[1] = replace(standings[1], rag=Rag.NO_DATA, value=None, beside=())
    figure = trend_figure(TERMS, standings)
    lines = {trace["name"]: trace for trace in figure["data"]}
    assert lines["Target"]["y"] == [110] * 4
    assert lines["Interim target"]["y"] == [100, None, 102, 103]
    assert lines["Interim target"]["connectgaps"] is True
    assert lines["National standard"]["y"] == [95_000, None, 95_000, 95_000]
    dashes = {lines[name]["line"]["dash"] for name in ("Target", "Interim target")}
    assert dashes == {"2px,4px", "8px,4px"}
    ends = [note["text"] for note in figure["layout"]["annotations"]]
    assert {"Target 110", "Interim target 103", "National standard 95,000"} <= set(ends)
    assert figure["layout"]["margin"]["r"] > 148


def test_a_target_without_a_number_is_no_line():
    (row,) = windows(1)
    row = replace(row, beside=(replace(asked("b", "interim", 1), value=None),))
    assert [trace["name"] for trace in trend_figure(TERMS, [row])["data"]] == [
        "From point to point",
        "Incidents",
    ]


def test_a_short_series_names_each_month_once_and_a_long_one_a_dozen():
    def ticks(count):
        axis = trend_figure(TERMS, windows(count))["layout"]["xaxis"]
        return {name: axis[name] for name in ("dtick", "nticks") if name in axis}

    assert ticks(1) == ticks(12) == {"dtick": "M1"}
    assert ticks(13) == ticks(60) == {"nticks": 12}
    assert ticks(0) == {"nticks": 12}
