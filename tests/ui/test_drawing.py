"""The server's drawing of a figure shows what Plotly would show, at the right place."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui.drawing import drawing

SVG = "{http://www.w3.org/2000/svg}"
LEFT, RIGHT, TOP, BOTTOM = 64, 700, 20, 336
VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=40)


def months(count: int) -> list[str]:
    return [date(2023 + n // 12, n % 12 + 1, 1).isoformat() for n in range(count)]


def line(ys, **more):
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months(len(ys)),
        "y": ys,
        "line": {"color": "#005eb8", "width": 2},
        **more,
    }


def over_months(*traces, low=0.0, high=100.0, **layout):
    margin = {"l": LEFT, "r": 880 - RIGHT, "t": TOP, "b": 380 - BOTTOM}
    axes = {"xaxis": {"type": "date"}, "yaxis": {"range": [low, high], "tickvals": [low, high]}}
    axes["yaxis"]["ticktext"] = ["low", "high"]
    return {"data": list(traces), "layout": {"margin": margin, **axes, **layout}}


def parts(figure, name, **having):
    tree = ElementTree.fromstring(
        drawing(figure).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    )
    found = tree.iter(f"{SVG}{name}")
    return [row for row in found if all(row.get(key) == value for key, value in having.items())]


def words(figure) -> list[str]:
    return [" ".join(row.itertext()) for row in parts(figure, "text")]


@given(values=VALUES)
def test_each_value_has_one_mark_at_its_height_and_none_where_there_is_none(values):
    known = [value for value in values if value is not None]
    low, high = min(known, default=0) - 1, max(known, default=0) + 1
    figure = over_months(line(values), low=low, high=high)
    marks = [re.match(r"M([\d.]+) ([\d.]+)", row.get("d")) for row in parts(figure, "path")]
    assert len(marks) == len(known)
    for mark, value in zip(marks, known, strict=True):
        assert LEFT <= float(mark[1]) <= RIGHT
        height = BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)
        assert float(mark[2]) == pytest.approx(height, abs=0.06)


@given(values=VALUES)
def test_no_line_crosses_a_missing_month(values):
    low, high = -1e6 - 1, 1e6 + 1
    lines = parts(over_months(line(values), low=low, high=high), "polyline")
    runs = re.findall("x+", "".join("-" if value is None else "x" for value in values))
    drawn = [len(row.get("points").split()) for row in lines]
    assert drawn == [len(run) for run in runs if len(run) > 1]


def test_a_target_goes_on_over_a_gap_and_changes_in_steps():
    steps = {"color": "#003087", "width": 2, "dash": "2px,4px", "shape": "hv"}
    target = line([80.0, None, 90.0], mode="lines", line=steps, connectgaps=True)
    (row,) = parts(over_months(target), "polyline")
    points = [tuple(map(float, point.split(","))) for point in row.get("points").split()]
    assert [y for _, y in points] == [points[0][1], points[0][1], points[2][1]]
    assert points[1][0] == points[2][0], "straight up where it changes"
    assert row.get("stroke-dasharray") == "2,4"


def test_limits_are_an_area_between_two_lines():
    lower = line([10.0, 10.0], mode="lines")
    upper = line([30.0, 30.0], mode="lines", fill="tonexty", fillcolor="#f0f4f5")
    (area,) = parts(over_months(lower, upper), "polygon")
    heights = {point.split(",")[1] for point in area.get("points").split()}
    assert len(heights) == 2
    assert area.get("fill") == "#f0f4f5"


def test_months_are_named_evenly_with_their_year_once():
    figure = over_months(line([50.0] * 30))
    figure["layout"]["xaxis"]["nticks"] = 12
    named = [text for text in words(figure) if text not in ("low", "high")]
    assert named == [
        "Jan 2023",
        *("Apr", "Jul", "Oct"),
        "Jan 2024",
        *("Apr", "Jul", "Oct"),
        "Jan 2025",
        "Apr",
    ]


def test_bars_start_at_their_base_and_say_their_numbers():
    bars = {
        "type": "bar",
        "x": ["Target", "Gap"],
        "y": [100.0, 40.0],
        "base": [0.0, 60.0],
        "text": ["100", "−40"],
        "textposition": "outside",
        "marker": {"color": ["#003087", "#425563"]},
    }
    figure = {"data": [bars], "layout": {"yaxis": {"title": {"text": "£ thousands"}}}}
    target, gap = parts(figure, "rect")
    assert float(target.get("height")) == pytest.approx(2.5 * float(gap.get("height")), abs=0.3)
    assert target.get("y") == gap.get("y"), "both end at a hundred"
    assert {"Target", "Gap", "100", "−40", "£ thousands"} <= set(words(figure))


def test_bars_of_a_group_are_side_by_side_and_named():
    bars = [
        {"type": "bar", "name": name, "x": ["Apr"], "y": [1.0], "marker": {"color": colour}}
        for name, colour in (("Plan", "#aeb7bd"), ("Delivered", "#005eb8"))
    ]
    figure = {"data": bars, "layout": {"barmode": "group", "showlegend": True}}
    plan, _ = parts(figure, "rect", fill="#aeb7bd")
    delivered, _ = parts(figure, "rect", fill="#005eb8")
    right = float(plan.get("x")) + float(plan.get("width"))
    assert right == pytest.approx(float(delivered.get("x")), abs=0.2)
    assert {"Plan", "Delivered"} <= set(words(figure))


def test_labels_keep_what_people_typed_and_bands_stay_within_the_axes():
    far = (date(2022, 1, 1) + timedelta(days=1)).isoformat()
    band = {"type": "rect", "x0": far, "x1": "2023-02-01", "y0": 0, "y1": 1, "fillcolor": "#e8edee"}
    label = {
        "xref": "paper",
        "yref": "y",
        "x": 1.01,
        "y": 50,
        "xanchor": "left",
        "text": "a &lt;b&gt; &amp; c<br>second line",
    }
    figure = over_months(line([1.0, 2.0, 3.0]), shapes=[band], annotations=[label])
    assert "a <b> & c second line" in words(figure)
    (row,) = parts(figure, "rect", fill="#e8edee")
    assert (float(row.get("x")), float(row.get("y"))) == (LEFT, TOP)


def test_a_mark_it_does_not_know_is_an_error_and_never_left_out():
    with pytest.raises(KeyError):
        drawing(over_months(line([1.0], marker={"symbol": "hexagram"})))


def test_a_figure_without_data_has_axes_and_nothing_else():
    figure = {"data": [], "layout": {}}
    assert parts(figure, "polyline") == parts(figure, "path") == []
