"""A chart's figure as a drawing in SVG: for the first sight of a page, for paper and for readers
without scripts. Pure: a figure in Plotly's schema in, markup out.

It draws what our charts use of that schema: lines, areas between two lines, marks, bars, bands,
rules and labels, over months, dates or names. Plotly draws the same figure where scripts run. The
drawing itself is silent: the page says beside it what it shows, and has its numbers as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape, unescape
from itertools import pairwise
from typing import Any

from kmpt_tracker.ui.formats import format_number

Figure = Mapping[str, Any]
Point = tuple[float, float]

INK, GREY, HAIR = "#212b32", "#768692", "#e8edee"
WIDTH, HEIGHT = 880, 380
MARGIN = {"l": 56, "r": 24, "t": 24, "b": 44}
# Pixels: from the ends of a date axis to its first and last mark, a character, a line of text.
END, CHARACTER, LINE = 12, 7.2, 1.3
DASHES = {"dot": "3,3", "dash": "9,5"}
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
MOST_TICKS = 7


@dataclass(frozen=True)
class Across:
    """The horizontal axis: days, or names one after the other, each in the middle of its share."""

    left: float
    right: float
    names: tuple[str, ...] = ()
    first: float = 0
    last: float = 0

    def at(self, place: Any) -> float:
        """The pixel of a day ("2026-03-01") or a name."""
        if self.names:
            return self.left + self.share * (self.names.index(place) + 0.5)
        along = (_day(place) - self.first) / ((self.last - self.first) or 1)
        return self.left + along * (self.right - self.left)

    @property
    def share(self) -> float:
        """The width of a name's share."""
        return (self.right - self.left) / len(self.names)


@dataclass(frozen=True)
class Upwards:
    """The vertical axis: numbers."""

    top: float
    bottom: float
    low: float
    high: float

    def at(self, value: float) -> float:
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def share(self, part: float) -> float:
        """The pixel of a part of the height: 0 is the lower end of the axis, 1 the upper."""
        return self.bottom - part * (self.bottom - self.top)


def drawing(figure: Figure, width: int = WIDTH) -> str:
    """The `<svg>` of a figure, `width` pixels wide and as high as its layout says.

    Raises KeyError for a mark that none of our charts uses, rather than leaving it out.
    """
    traces, layout = figure["data"], figure.get("layout", {})
    height = layout.get("height", HEIGHT)
    margin = {**MARGIN, **layout.get("margin", {})}
    upwards = _upwards(traces, layout, margin["t"], height - margin["b"])
    ticks = _ticks(layout.get("yaxis", {}), upwards)
    # The name of the unit is written upwards, left of the longest number.
    left = max(margin["l"], 32 + CHARACTER * max((len(words) for _, words in ticks), default=0))
    across = _across(traces, layout, left, width - margin["r"])
    shapes = layout.get("shapes", ())
    parts = [
        *(_shape(row, across, upwards) for row in shapes if row.get("layer") == "below"),
        *_value_axis(layout.get("yaxis", {}), ticks, across, upwards),
        *_traces(traces, layout, across, upwards),
        *(_shape(row, across, upwards) for row in shapes if row.get("layer") != "below"),
        *_named_axis(traces, layout.get("xaxis", {}), across, upwards),
        *(_label(row, across, upwards) for row in layout.get("annotations", ())),
        *(_legend(traces, across, upwards) if layout.get("showlegend") else ()),
    ]
    return (
        f'<svg class="kt-drawing" width="100%" height="{height}" viewBox="0 0 {width} {height}"'
        f' preserveAspectRatio="xMinYMid meet" focusable="false" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _day(place: str) -> float:
    """The number of a day; a month ("2026-03") is its first day."""
    return date.fromisoformat(f"{place}-01"[:10]).toordinal()


def _across(traces: Sequence[Figure], layout: Figure, left: float, right: float) -> Across:
    places = [place for trace in traces for place in trace["x"]]
    axis = layout.get("xaxis", {})
    if axis.get("type") != "date":
        return Across(left, right, names=tuple(dict.fromkeys(places)))
    first, last = map(_day, axis.get("range") or (min(places), max(places)))
    room = ((last - first) or 60) * END / (right - left - 2 * END)
    return Across(left, right, first=first - room, last=last + room)


def _upwards(traces: Sequence[Figure], layout: Figure, top: float, bottom: float) -> Upwards:
    found = layout.get("yaxis", {}).get("range")
    if not found:
        ends = [0.0]
        for trace in traces:
            known = [value for value in trace["y"] if value is not None]
            bases = trace.get("base", [0.0] * len(known))
            ends += [*known, *bases, *(a + b for a, b in zip(known, bases, strict=False))]
        room = 0.08 * ((max(ends) - min(ends)) or 1)
        found = (min(ends) - room if min(ends) < 0 else 0, max(ends) + room)
    return Upwards(top, bottom, *found)


def _ticks(axis: Figure, upwards: Upwards) -> list[tuple[float, str]]:
    """The numbers on the vertical axis and their words: the figure's own, or round ones."""
    ticks = axis.get("tickvals") or _round_numbers(upwards.low, upwards.high)
    decimals = 0 if all(float(tick).is_integer() for tick in ticks) else 2
    words = axis.get("ticktext") or [format_number(Decimal(str(t)), decimals) for t in ticks]
    return [
        (tick, word)
        for tick, word in zip(ticks, words, strict=True)
        if upwards.low <= tick <= upwards.high
    ]


def _value_axis(
    axis: Figure, ticks: Sequence[tuple[float, str]], across: Across, upwards: Upwards
) -> Iterator[str]:
    colour = axis.get("gridcolor", HAIR)
    for tick, words in ticks:
        y = upwards.at(tick)
        yield _rule((across.left, y), (across.right, y), colour)
        yield _text(words, across.left - 8, y, axis.get("tickfont", {}), "end", "middle")
    title = axis.get("title", {})
    if title.get("text"):
        middle = (upwards.top + upwards.bottom) / 2
        yield (
            f'<text x="14" y="{_px(middle)}" transform="rotate(-90 14 {_px(middle)})"'
            f' text-anchor="middle" {_font(title.get("font", {}))}>{_plain(title["text"])}</text>'
        )


def _round_numbers(low: float, high: float) -> list[float]:
    """At most seven round numbers from `low` to `high`."""
    power = 10.0 ** len(str(int(high - low)))
    sizes = [power * part for part in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)]
    step = next(size for size in sizes if (high - low) / size <= MOST_TICKS)
    return [step * number for number in range(int(low // step), int(high // step) + 1)]


def _named_axis(
    traces: Sequence[Figure], axis: Figure, across: Across, upwards: Upwards
) -> Iterator[str]:
    yield _rule((across.left, upwards.bottom), (across.right, upwards.bottom), GREY)
    if axis.get("tickvals") is not None:
        ticks = list(zip(axis["tickvals"], axis["ticktext"], strict=True))
    elif axis.get("type") != "date":
        ticks = [(name, name) for name in across.names]
    else:
        ticks = _months({place for trace in traces for place in trace["x"]}, axis)
    for place, words in ticks:
        x = across.at(place)
        yield _rule((x, upwards.bottom), (x, upwards.bottom + 5), GREY)
        yield _text(words, x, upwards.bottom + 7, axis.get("tickfont", {}), "middle", "top")


def _months(places: Iterable[str], axis: Figure) -> list[tuple[str, str]]:
    """Evenly spread months, the year under the first one of each."""
    numbers = [12 * int(place[:4]) + int(place[5:7]) - 1 for place in places]
    first, last = min(numbers), max(numbers)
    most = axis.get("nticks", last - first + 1)
    step = next(step for step in MONTH_STEPS if (last - first) / step < most)
    found, year = [], None
    for number in range(first + -first % step, last + 1, step):
        day = date(number // 12, number % 12 + 1, 1)
        found.append((day.isoformat(), f"{day:%b}" + (f"<br>{day.year}" * (day.year != year))))
        year = day.year
    return found


def _traces(
    traces: Sequence[Figure], layout: Figure, across: Across, upwards: Upwards
) -> Iterator[str]:
    bars = [trace for trace in traces if trace["type"] == "bar"]
    before: list[Point] = []
    for trace in traces:
        if trace["type"] == "bar":
            together = len(bars) if layout.get("barmode") == "group" else 1
            yield from _bars(trace, bars.index(trace) % together, together, across, upwards)
            continue
        points = [
            None if value is None else (across.at(place), upwards.at(value))
            for place, value in zip(trace["x"], trace["y"], strict=True)
        ]
        drawn = [point for point in points if point]
        if trace.get("fill") == "tonexty" and drawn and before:
            corners = " ".join(map(_pair, [*drawn, *reversed(before)]))
            yield f'<polygon points="{corners}" fill="{trace["fillcolor"]}"/>'
        before = drawn
        if "lines" in trace["mode"]:
            runs = [drawn] if trace.get("connectgaps") else _runs(points)
            yield from (_polyline(run, trace["line"]) for run in runs if len(run) > 1)
        if "markers" in trace["mode"]:
            yield from _marks(points, trace)


def _runs(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    """The stretches of points without a gap between them."""
    run: list[Point] = []
    for point in [*points, None]:
        if point:
            run.append(point)
        elif run:
            yield run
            run = []


def _polyline(run: Sequence[Point], look: Figure) -> str:
    if look.get("shape") == "hv":
        run = [run[0], *(corner for a, b in pairwise(run) for corner in ((b[0], a[1]), b))]
    points = " ".join(map(_pair, run))
    return f'<polyline points="{points}" fill="none"{_stroke(look)}/>'


def _marks(points: Sequence[Point | None], trace: Figure) -> Iterator[str]:
    look = trace.get("marker", {})
    colour = look.get("color", trace.get("line", {}).get("color", INK))

    def of(value: Any, number: int) -> Any:
        return value if isinstance(value, str | int | float) else value[number]

    for number, point in enumerate(points):
        if point:
            symbol = of(look.get("symbol", "circle"), number)
            yield _mark(symbol, point, of(look.get("size", 6), number) / 2, of(colour, number))


def _mark(symbol: str, point: Point, reach: float, colour: str) -> str:
    """A mark by its name in Plotly's schema; "-open" is its outline."""
    name, x, y, r = symbol.removesuffix("-open"), _px(point[0]), _px(point[1]), _px(reach)
    d = _px(1.3 * reach)
    inside = "none" if name != symbol else colour
    path = {
        "circle": f"m-{r} 0a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0-{2 * r} 0z",
        "square": f"m-{r}-{r}h{2 * r}v{2 * r}h-{2 * r}z",
        "diamond": f"m0-{d}l{d} {d}-{d} {d}-{d}-{d}z",
        "star-diamond": f"m0-{d}l{d} {d}-{d} {d}-{d}-{d}z",
        "triangle-up": f"m0-{r}l{r} {2 * r}h-{2 * r}z",
        "x-thin": f"m-{r}-{r}l{2 * r} {2 * r}m0-{2 * r}l-{2 * r} {2 * r}",
    }[name]
    return f'<path d="M{x} {y}{path}" fill="{inside}" stroke="{colour}" stroke-width="1.5"/>'


def _bars(
    trace: Figure, number: int, together: int, across: Across, upwards: Upwards
) -> Iterator[str]:
    wide = across.share * trace.get("width", 0.65) / together
    look = trace["marker"]
    for place, (name, value) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        if value is None:
            continue
        base = trace["base"][place] if "base" in trace else 0
        colour = look["color"] if isinstance(look["color"], str) else look["color"][place]
        ends = sorted((upwards.at(base), upwards.at(base + value)))
        left = across.at(name) + wide * (number - together / 2)
        yield (
            f'<rect x="{_px(left)}" y="{_px(ends[0])}" width="{_px(wide)}"'
            f' height="{_px(ends[1] - ends[0])}" fill="{colour}"{_stroke(look.get("line", {}))}/>'
        )
        if trace.get("textposition") == "outside":
            middle = left + wide / 2
            yield _text(trace["text"][place], middle, ends[0] - 2, {}, "middle", "bottom")


def _shape(shape: Figure, across: Across, upwards: Upwards) -> str:
    """A band or a rule over a part of the height, kept within the axes."""
    left, right = (
        min(max(across.at(shape[end]), across.left), across.right) for end in ("x0", "x1")
    )
    bottom, top = upwards.share(shape["y0"]), upwards.share(shape["y1"])
    if shape["type"] == "line":
        return _rule((left, bottom), (right, top), **_looks(shape["line"]))
    return (
        f'<rect x="{_px(left)}" y="{_px(top)}" width="{_px(right - left)}"'
        f' height="{_px(bottom - top)}" fill="{shape["fillcolor"]}"/>'
    )


def _label(label: Figure, across: Across, upwards: Upwards) -> str:
    is_part = {axis: label[f"{axis}ref"] == "paper" for axis in "xy"}
    wide = across.right - across.left
    x = across.left + label["x"] * wide if is_part["x"] else across.at(label["x"])
    y = upwards.share(label["y"]) if is_part["y"] else upwards.at(label["y"])
    anchor = {"left": "start", "center": "middle", "right": "end"}[label.get("xanchor", "center")]
    return _text(
        label["text"],
        x + label.get("xshift", 0),
        y - label.get("yshift", 0),
        label.get("font", {}),
        anchor,
        label.get("yanchor", "middle"),
        label.get("bgcolor", ""),
    )


def _legend(traces: Sequence[Figure], across: Across, upwards: Upwards) -> Iterator[str]:
    """The names of the lines or bars in one row above the axes."""
    x, y = across.left, upwards.top - 14
    for trace in traces:
        if trace["type"] == "bar":
            colour = trace["marker"]["color"]
            yield f'<rect x="{_px(x)}" y="{_px(y - 6)}" width="24" height="12" fill="{colour}"/>'
        else:
            yield _polyline([(x, y), (x + 24, y)], trace["line"])
        yield _text(trace["name"], x + 30, y, {"size": 14}, "start", "middle")
        x += 54 + CHARACTER * len(trace["name"])


def _text(
    words: str,
    x: float,
    y: float,
    font: Figure,
    anchor: str,
    upright: str,
    behind: str = "",
) -> str:
    """Words in lines divided by `<br>`, whose bottom, middle or top is at `y`."""
    lines = [_plain(line) for line in words.split("<br>")]
    size = font.get("size", 14)
    tall = LINE * size
    rise = {"bottom": 1.0, "middle": 0.5, "top": 0.0}[upright] * tall * len(lines)
    top = y - rise
    box = ""
    if behind:
        wide = CHARACTER * size / 14 * max(map(len, lines))
        left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        box = (
            f'<rect x="{_px(left)}" y="{_px(top)}" width="{_px(wide)}"'
            f' height="{_px(tall * len(lines))}" fill="{behind}"/>'
        )
    spans = "".join(
        f'<tspan x="{_px(x)}" y="{_px(top + tall * (number + 0.77))}">{line}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'{box}<text text-anchor="{anchor}" {_font(font)}>{spans}</text>'


def _plain(words: str) -> str:
    """Text for markup. Labels come with `<` and `&` already written as entities."""
    return escape(unescape(words), quote=False)


def _font(font: Figure) -> str:
    return f'font-size="{font.get("size", 14)}" fill="{font.get("color", INK)}"'


def _looks(line: Figure) -> dict[str, Any]:
    return {key: line[key] for key in ("color", "width", "dash") if key in line}


def _rule(start: Point, end: Point, color: str, width: float = 1, dash: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    look = _stroke({"color": color, "width": width, "dash": dash})
    return f'<line x1="{_px(x1)}" y1="{_px(y1)}" x2="{_px(x2)}" y2="{_px(y2)}"{look}/>'


def _stroke(line: Figure) -> str:
    """The look of a line as attributes; dashes as "4px,4px", or by their name."""
    if not line.get("width"):
        return ""
    dash = line.get("dash", "")
    dashes = DASHES.get(dash, dash.replace("px", ""))
    said = f' stroke="{line["color"]}" stroke-width="{line["width"]}"'
    return said + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _pair(point: Point) -> str:
    return f"{_px(point[0])},{_px(point[1])}"


def _px(number: float) -> float | int:
    """A tenth of a pixel is fine enough."""
    short = round(number, 1)
    return int(short) if short == int(short) else short
