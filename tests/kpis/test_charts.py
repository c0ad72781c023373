"""What the trend chart draws, as readers see it: lines, marks and gaps."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui.formats import axis_title, format_value
from kpis.judging.bounds import bounds_of
from kpis.judging.status import Standing, TargetShown
from kpis.measures.chart import trend_figure
from kpis.measures.chart_labels import CHARACTER, DRAWN_WIDTH, MARK_LINE, ChartTerms, Marker
from kpis.models.measures import UNITS
from kpis.rag import Direction, Rag
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
        standings[2],
        rag=Rag.INCOMPLETE,
        value=Decimal(60),
        groups_reported=3,
        value_status="provisional",
    )
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


def test_two_gaps_are_named_where_the_names_cover_nothing():
    standings = windows(21)
    for place in (5, 14):
        standings[place] = replace(standings[place], rag=Rag.NO_DATA, value=None)
    layout = trend_figure(TERMS, standings)["layout"]
    names = [note for note in layout["annotations"] if "no data" in note["text"]]
    assert [note["text"] for note in names] == ["Jun 2020:<br>no data", "Mar 2021:<br>no data"]
    low, high = layout["yaxis"]["range"]
    tall = 36 / 300
    for note, further in zip(names, ((4, 6), (13, 15)), strict=True):
        at = [(float(standings[place].value) - low) / (high - low) for place in further]
        assert all(not note["y"] <= height <= note["y"] + tall for height in at)


def test_a_gap_whose_name_fits_nowhere_is_not_named():
    rows = [replace(row, value=Decimal(7 * place % 40)) for place, row in enumerate(windows(120))]
    rows[60] = replace(rows[60], rag=Rag.NO_DATA, value=None)
    notes = trend_figure(TERMS, rows)["layout"]["annotations"]
    assert [note["text"] for note in notes if "no data" in note["text"]] == []


def asked(code: str, role: str, value: int) -> TargetShown:
    return TargetShown(
        pk=0,
        code=code,
        plan="",
        role=role,
        operator="ge",
        is_primary=role == "commitment",
        rag=Rag.GREEN,
        value=Decimal(value),
    )


def test_what_is_in_force_beside_the_target_is_drawn_beside_it_and_a_planned_path_dashed():
    standings = [
        replace(
            row,
            target=asked("a", "commitment", 110),
            further=(asked("b", "interim", 100 + place), asked("c", "national_standard", 95_000)),
        )
        for place, row in enumerate(windows(4))
    ]
    standings[1] = replace(standings[1], rag=Rag.NO_DATA, value=None, further=())
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
    row = replace(row, further=(replace(asked("b", "interim", 1), value=None),))
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


def test_negative_money_has_a_true_minus_before_the_pound_on_the_axis_and_in_labels():
    terms = ChartTerms(name="Surplus", unit="pounds_thousand")
    rows = [replace(row, value=Decimal(-300 + 50 * place)) for place, row in enumerate(windows(9))]
    rows = [replace(row, target=asked("a", "commitment", -300)) for row in rows]
    figure = trend_figure(terms, rows)
    axis = figure["layout"]["yaxis"]
    ticks = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
    assert (ticks[-300], ticks[100]) == ("−£300k", "£100k")
    assert axis["title"]["text"] == "£ thousands"
    assert "Target −£300k" in [note["text"] for note in figure["layout"]["annotations"]]
    assert "£-" not in str(figure)


@pytest.mark.parametrize("unit", UNITS)
def test_every_axis_names_its_unit_and_every_label_carries_it(unit):
    rows = [replace(row, target=asked("a", "commitment", 110)) for row in windows(3)]
    figure = trend_figure(ChartTerms(name="A", unit=unit, decimals=1), rows)
    assert figure["layout"]["yaxis"]["title"]["text"] == axis_title(unit) != ""
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert f"Target {format_value(Decimal(110), unit, 0)}" in labels
    marks = figure["data"][-1]
    assert marks["text"][0] == f"Jan 2020: {format_value(Decimal(100), unit, 1)}"


@pytest.mark.parametrize("level", ["90", "61", "0.9", "-300", "15500", "0"])
@pytest.mark.parametrize("unit", ["percent", "count", "pounds_thousand"])
def test_figures_that_never_change_have_numbers_on_their_axis(level, unit):
    rows = [replace(row, value=Decimal(level)) for row in windows(20)]
    axis = trend_figure(ChartTerms(name="A", unit=unit, decimals=1), rows)["layout"]["yaxis"]
    low, high = axis["range"]
    seen = [
        words
        for at, words in zip(axis["tickvals"], axis["ticktext"], strict=True)
        if low <= at <= high
    ]
    assert seen
    assert len(set(seen)) == len(seen)


def test_limits_end_where_the_measure_does_in_line_label_and_axis():
    limits = {"spc_lower": -3.4, "spc_mean": 4.0, "spc_upper": 11.4, "spc_segment": 0}
    rows = [replace(row, value=Decimal(4), limits_status="ok", **limits) for row in windows(13)]
    terms = ChartTerms(name="A", unit="count", bounds=bounds_of("count", None, None))
    figure = trend_figure(terms, rows)
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert labels == ["Upper limit 11", "Average 4", "Lower limit 0"]
    assert figure["data"][0]["y"] == [0.0] * 13
    assert min(figure["layout"]["yaxis"]["tickvals"]) == 0


@pytest.mark.parametrize(
    ("unit", "values", "minimum", "ends"),
    [
        ("count", (3, 4), None, (0, None)),
        ("percent", (3, 4), None, (0, 100)),
        ("percent", (-3, 104), None, (None, None)),
        ("pounds_thousand", (3, 4), None, (None, None)),
        ("pounds_thousand", (3, 4), 0, (0, None)),
        ("days", (3, 4), 1, (1, None)),
    ],
)
def test_a_measure_goes_no_further_than_it_can_unless_it_has(unit, values, minimum, ends):
    minimum = None if minimum is None else Decimal(minimum)
    bounds = bounds_of(unit, minimum, None, [Decimal(value) for value in values])
    assert (bounds.low, bounds.high) == ends


def test_the_tooltip_shows_as_many_digits_as_the_colour_takes():
    (row,) = windows(1)
    near = replace(asked("a", "commitment", 95), rag=Rag.AMBER, floor=Decimal(90))
    row = replace(row, value=Decimal("94.96"), rag=Rag.AMBER, target=near)
    terms = ChartTerms(name="A", unit="percent", decimals=1, direction=Direction.HIGHER_IS_BETTER)
    assert trend_figure(terms, [row])["data"][-1]["text"] == ["Jan 2020: 94.96%"]


@given(st.text(min_size=1, max_size=300))
def test_a_remark_of_any_length_stays_on_the_chart_and_is_shown_as_typed(words):
    rows = windows(24)
    for on in (rows[0].period.start, rows[12].period.start, rows[-1].period.start):
        layout = trend_figure(TERMS, rows, [Marker(on, words)])["layout"]
        label = next(note for note in layout["annotations"] if note["text"].startswith(f"{on:%b}"))
        lines = label["text"].split("<br>")
        assert len(lines) <= 2
        assert all(len(unescape(line)) <= 40 for line in lines)
        assert "<" not in "".join(lines)
        assert layout["margin"]["t"] >= 24 + 20 * len(lines)
    assert label["xanchor"] == "right"


def test_a_name_of_200_letters_takes_no_room_on_the_chart():
    long, short = (
        trend_figure(ChartTerms(name=name, unit="days"), windows(24))["layout"]
        for name in ("Length " * 30, "Stay")
    )
    assert long == short


# --- Marks of what happened -----------------------------------------------------------------------


def marks(*markers: Marker) -> list[dict]:
    layout = trend_figure(TERMS, windows(24), markers)["layout"]
    return [note for note in layout["annotations"] if note["y"] == 1.02]


def test_a_mark_names_its_month_once():
    day = date(2020, 6, 1)
    assert [note["text"] for note in marks(Marker(day, "A team moved"))] == [
        "Jun 2020: A team moved"
    ]
    ended = Marker(day, "Older People ended, May 2020", is_dated=True)
    assert [note["text"] for note in marks(ended)] == ["Older People ended, May 2020"]


def test_what_happened_on_one_day_is_told_at_one_mark():
    day = date(2020, 6, 1)
    markers = [Marker(day, f"{name} ended, May 2020", is_dated=True) for name in ("Acute", "Older")]
    layout = trend_figure(TERMS, windows(24), markers)["layout"]
    assert [shape["x0"] for shape in layout["shapes"]] == ["2020-06-01"]
    assert [note["text"] for note in layout["annotations"]] == [
        "Acute ended, May 2020; Older ended, May<br>2020"
    ]


def test_marks_outside_the_chart_are_not_drawn():
    assert marks(Marker(date(2019, 12, 1), "Before"), Marker(date(2022, 1, 1), "After")) == []


@given(
    places=st.lists(st.integers(0, 23), min_size=1, max_size=8, unique=True),
    lengths=st.lists(st.integers(1, 90), min_size=8, max_size=8),
)
def test_no_mark_is_written_over_another_or_above_the_paper(places, lengths):
    markers = [
        Marker(FIRST.plus(place).start, "x" * length)
        for place, length in zip(places, lengths, strict=False)
    ]
    layout = trend_figure(TERMS, windows(24), markers)["layout"]
    span = (FIRST.plus(23).start - FIRST.start).days
    boxes = []
    for note in layout["annotations"]:
        lines = note["text"].split("<br>")
        at = (date.fromisoformat(note["x"]) - FIRST.start).days * DRAWN_WIDTH / span
        width = CHARACTER * max(map(len, lines))
        left = at - {"left": 0, "center": width / 2, "right": width}[note["xanchor"]]
        top = note["yshift"] + MARK_LINE * len(lines)
        assert layout["margin"]["t"] >= top
        boxes.append((left, left + width, note["yshift"], top))
    assert len(boxes) == len(markers)
    for one, other in combinations(boxes, 2):
        is_beside = one[1] <= other[0] or other[1] <= one[0]
        assert is_beside or one[3] <= other[2] or other[3] <= one[2]


def test_a_range_is_drawn_and_named_by_both_its_ends():
    wanted = replace(asked("a", "commitment", 85), operator="between", upper=Decimal(90))
    further = replace(wanted, code="b", role="interim", value=Decimal(80), is_primary=False)
    standings = [replace(row, target=wanted, further=(further,)) for row in windows(3)]
    figure = trend_figure(TERMS, standings)
    lines = {trace["name"]: trace["y"] for trace in figure["data"]}
    assert (lines["Target"], lines["Target, upper end"]) == ([85] * 3, [90] * 3)
    assert lines["Interim target, upper end"] == [90] * 3
    ends = {note["text"] for note in figure["layout"]["annotations"]}
    assert {
        "Target from 85",
        "Target to 90",
        "Interim target from 80",
        "Interim target to 90",
    } <= ends


@pytest.mark.parametrize(
    ("value", "label"), [("31.875", "Target 31.875%"), ("95", "Target 95%"), ("0", "Target 0%")]
)
def test_the_end_of_the_target_is_named_by_all_its_digits(value, label):
    terms = ChartTerms(name="Seen", unit="percent", decimals=1)
    standings = [
        replace(row, target=replace(asked("a", "commitment", 0), value=Decimal(value)))
        for row in windows(3)
    ]
    ends = {note["text"] for note in trend_figure(terms, standings)["layout"]["annotations"]}
    assert label in ends


def test_a_gap_that_is_late_is_not_called_without_data():
    standings = windows(5)
    standings[4] = replace(standings[4], rag=Rag.LATE, value=None)
    notes = trend_figure(TERMS, standings)["layout"]["annotations"]
    assert [note["text"] for note in notes] == ["May 2020:<br>late"]
