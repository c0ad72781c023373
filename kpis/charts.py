"""The trend chart of a measure as a plain dict in Plotly's schema. Pure: no queries, no Plotly.

House style: white paper, no legend (lines are labelled at their end), no mode bar; points told
apart by shape as well as colour; a missing window is a grey band with words, never a bridged
line; the target is stepped; limits are drawn clipped at the measure's natural bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kpis.chart_targets import DARK_BLUE, lines_at, target_traces
from kpis.rag import Rag
from kpis.standing import Standing

INK, SECONDARY, CAPTION = "#212b32", "#425563", "#4c6272"
BLUE, CONCERN, COMMON, NEUTRAL = "#005eb8", "#c25400", "#5b7080", "#490092"
MARK, LINE, HAIR, PAGE = "#768692", "#d8dde0", "#e8edee", "#f0f4f5"
FONT = "Arial, Helvetica, sans-serif"
# Nothing narrower than this shows as a band behind one month.
HALF_BAND = timedelta(days=12)
MOST_GAP_LABELS = 2
# The height between the axes, and of a line of labels, in pixels.
MOST_TICKS = 12
HEIGHT = 380
INNER_HEIGHT, LABEL_HEIGHT = 300, 18
# About the width of a character of a label, in pixels.
CHARACTER = 7


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of point is drawn: its words stand in the key above the chart."""

    symbol: str
    colour: str
    size: int
    word: str


COMMON_CAUSE = Look("circle", COMMON, 7, "Common cause")
IMPROVING = Look("square", BLUE, 10, "Improvement")
CONCERNING = Look("diamond", CONCERN, 12, "Concerning")
CHANGED = Look("triangle-up", NEUTRAL, 11, "Unusual")
INCOMPLETE = Look("x-thin-open", COMMON, 9, "Incomplete")
# Beyond so many points the marks would hide each other at full size.
MANY_POINTS, SMALLER = 60, 0.7


def look_of(standing: Standing) -> Look:
    """Colour and shape of a point, by the kind of variation at it."""
    if standing.rag is Rag.INCOMPLETE:
        return INCOMPLETE
    kind = standing.variation
    if kind.startswith("improvement"):
        return IMPROVING
    if kind.startswith("concern"):
        return CONCERNING
    return CHANGED if kind.startswith("neutral") else COMMON_CAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTerms:
    """What a chart needs to know of its measure."""

    name: str
    suffix: str = ""
    prefix: str = ""
    decimals: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    direction: str = "neutral"


@dataclass(frozen=True, slots=True)
class Marker:
    """A dated remark: limits recalculated, a reorganisation, an annotation."""

    on: date
    text: str


def trend_figure(
    terms: ChartTerms,
    standings: Sequence[Standing],
    markers: Sequence[Marker] = (),
) -> dict[str, Any]:
    """The figure of a series, oldest window first. Windows without a value leave a gap."""
    held = [standing for standing in standings if standing.value is not None]
    traces = [
        *_limits(terms, standings),
        *target_traces(standings, [_x(standing) for standing in standings]),
        _joined(standings),
        _values(terms, standings),
    ]
    return {
        "data": traces,
        "layout": _layout(terms, standings, held, markers),
    }


def _x(standing: Standing) -> str:
    return standing.period.last_month.start.isoformat()


def _number(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)


def _joined(standings: Sequence[Standing]) -> dict[str, Any]:
    """The line through the points. An incomplete sum is none: it would draw a fall that never
    was."""
    values = [
        None if standing.rag is Rag.INCOMPLETE else _number(standing.value)
        for standing in standings
    ]
    xs = [_x(standing) for standing in standings]
    line = _line("From point to point", xs, values, {"color": MARK, "width": 1.5})
    return {**line, "connectgaps": False}


def _values(terms: ChartTerms, standings: Sequence[Standing]) -> dict[str, Any]:
    """A mark for every value, by what it says; a cross where not everyone has reported."""
    looks = [look_of(standing) for standing in standings]
    scale = SMALLER if len(standings) > MANY_POINTS else 1
    hollow = [
        standing.value_status == "provisional" and look is not INCOMPLETE
        for standing, look in zip(standings, looks, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": terms.name,
        "x": [_x(standing) for standing in standings],
        "y": [_number(standing.value) for standing in standings],
        "marker": {
            "symbol": [
                f"{look.symbol}-open" if open_ else look.symbol
                for look, open_ in zip(looks, hollow, strict=True)
            ],
            "color": [look.colour for look in looks],
            "size": [round(look.size * scale) for look in looks],
            "line": {"width": 2, "color": [look.colour for look in looks]},
        },
        "customdata": [
            _remark(standing, look) for standing, look in zip(standings, looks, strict=True)
        ],
        "hovertemplate": _hover(terms),
    }  # fmt: skip


def _hover(terms: ChartTerms) -> str:
    return (
        f"%{{x|%b %Y}}: {terms.prefix}%{{y:,.{terms.decimals}f}}{terms.suffix}"
        "<br>%{customdata}<extra></extra>"
    )


def _remark(standing: Standing, look: Look) -> str:
    words = [look.word] if standing.limits_status == "ok" else []
    if standing.value_status == "provisional":
        words.append("provisional")
    if standing.rag is Rag.INCOMPLETE:
        words.append(f"{standing.groups_reported} of {standing.groups_expected} reported")
    if standing.origin == "illustrative":
        words.append("illustrative")
    return ", ".join(words)


def _segments(standings: Sequence[Standing]) -> list[list[Standing]]:
    """Stretches between recalculations of the limits: lines break there."""
    found: dict[int, list[Standing]] = {}
    for standing in standings:
        if standing.spc_segment is not None:
            found.setdefault(standing.spc_segment, []).append(standing)
    return list(found.values())


def _limits(terms: ChartTerms, standings: Sequence[Standing]) -> list[dict[str, Any]]:
    traces = []
    for segment in _segments(standings):
        first = segment[0]
        if first.limits_status in ("none", "collapsed") or first.spc_lower is None:
            continue
        dash = "4px,4px" if first.limits_status == "ok" else "1px,5px"
        xs = [_x(standing) for standing in segment]
        lower = [_clip(terms, standing.spc_lower) for standing in segment]
        upper = [_clip(terms, standing.spc_upper) for standing in segment]
        limit = {"color": MARK, "width": 1, "dash": dash}
        traces += [
            _line("Lower limit", xs, lower, limit),
            {**_line("Upper limit", xs, upper, limit), "fill": "tonexty", "fillcolor": PAGE},
            _line(
                "Average",
                xs,
                [standing.spc_mean for standing in segment],
                {"color": SECONDARY, "width": 1.5},
            ),
        ]
    return traces


def _line(name: str, xs: list[str], ys: list[float | None], line: dict) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": xs,
        "y": ys,
        "line": line,
        "hoverinfo": "skip",
    }


def _clip(terms: ChartTerms, value: float | None) -> float | None:
    """For drawing only: rules and icons use the limits as they are."""
    if value is None:
        return None
    if terms.minimum is not None:
        value = max(value, float(terms.minimum))
    if terms.maximum is not None:
        value = min(value, float(terms.maximum))
    return value


def _layout(
    terms: ChartTerms,
    standings: Sequence[Standing],
    held: Sequence[Standing],
    markers: Sequence[Marker],
) -> dict[str, Any]:
    labels = _end_labels(terms, standings, held)
    return {
        "font": {"family": FONT, "size": 14, "color": INK},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "showlegend": False,
        "hovermode": "x",
        "hoverlabel": {"bgcolor": INK, "font": {"color": "#ffffff", "family": FONT}},
        "margin": {"l": 56, "r": _room_for(labels), "t": 24 + 20 * bool(markers), "b": 44},
        "height": HEIGHT,
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "linecolor": MARK,
            "ticks": "outside",
            "tickformat": "%b\n%Y",
            "tickfont": {"size": 14, "color": SECONDARY},
            "fixedrange": True,
            **_ticks(standings),
        },
        "yaxis": {
            "gridcolor": HAIR,
            "zeroline": False,
            "tickprefix": terms.prefix,
            "ticksuffix": terms.suffix,
            "tickfont": {"size": 14, "color": SECONDARY},
            "fixedrange": True,
            "nticks": 8,
        },
        "shapes": [*_gap_bands(standings), *[_rule(marker) for marker in markers]],
        "annotations": [
            *labels,
            *[_marker_label(marker) for marker in markers],
            *_gap_labels(standings),
        ],
    }


def _room_for(labels: Sequence[dict[str, Any]]) -> int:
    """The right margin: as wide as the longest label of a line's end."""
    longest = max((len(label["text"]) for label in labels), default=0)
    return max(148, 8 + CHARACTER * longest) if longest else 24


def _ticks(standings: Sequence[Standing]) -> dict[str, Any]:
    """A dozen at most; within a year one a month, so that none is named twice."""
    months = [standing.period.last_month for standing in standings]
    is_short = bool(months) and max(months).months_since(min(months)) < MOST_TICKS
    return {"dtick": "M1"} if is_short else {"nticks": MOST_TICKS}


def _gaps(standings: Sequence[Standing]) -> list[list[Standing]]:
    """Runs of neighbouring windows without a value that are late or missing."""
    found: list[list[Standing]] = []
    is_gap_before = False
    for standing in standings:
        is_gap = standing.value is None and standing.rag in (Rag.NO_DATA, Rag.LATE)
        if is_gap and is_gap_before:
            found[-1].append(standing)
        elif is_gap:
            found.append([standing])
        is_gap_before = is_gap
    return found


def _gap_bands(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": (gap[0].period.last_month.start - HALF_BAND).isoformat(),
            "x1": (gap[-1].period.last_month.start + HALF_BAND).isoformat(),
            "y0": 0,
            "y1": 1,
            "fillcolor": HAIR,
            "line": {"width": 0},
            "layer": "below",
        }
        for gap in _gaps(standings)
    ]


def _gap_labels(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """ "Aug 2024: no data" in the band, a second above the first; more would hide the points."""
    gaps = _gaps(standings)
    if len(gaps) > MOST_GAP_LABELS:
        return []
    labels = []
    for place, gap in enumerate(gaps):
        first, last = gap[0].period.last_month, gap[-1].period.last_month
        words = first.label if first == last else f"{first.label} to {last.label}"
        labels.append(
            {
                "xref": "x",
                "yref": "paper",
                "x": first.plus(len(gap) // 2).start.isoformat() if len(gap) > 1 else _x(gap[0]),
                "y": 0,
                "yanchor": "bottom",
                "yshift": 2 * LABEL_HEIGHT * place,
                "text": f"{words}:<br>no data",
                "bgcolor": "rgba(255, 255, 255, 0.85)",
                "showarrow": False,
                "font": {"size": 14, "color": SECONDARY},
            }
        )
    return labels


def _rule(marker: Marker) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": marker.on.isoformat(),
        "x1": marker.on.isoformat(),
        "y0": 0,
        "y1": 1,
        "line": {"color": SECONDARY, "width": 1, "dash": "2px,3px"},
    }


def _marker_label(marker: Marker) -> dict[str, Any]:
    return {
        "xref": "x",
        "yref": "paper",
        "x": marker.on.isoformat(),
        "y": 1.02,
        "yanchor": "bottom",
        "text": f"{marker.on:%b %Y}: {marker.text}",
        "showarrow": False,
        "font": {"size": 14, "color": INK},
    }


def _end_labels(
    terms: ChartTerms, standings: Sequence[Standing], held: Sequence[Standing]
) -> list[dict[str, Any]]:
    """The last values of the lines, named at the right edge instead of a legend."""
    if not held:
        return []
    last = held[-1]
    lines: list[tuple[str, float | None, str]] = []
    if last.limits_status in ("ok", "trial"):
        word = "Trial upper limit" if last.limits_status == "trial" else "Upper limit"
        lower = "Trial lower limit" if last.limits_status == "trial" else "Lower limit"
        lines += [
            (word, _clip(terms, last.spc_upper), CAPTION),
            ("Average", last.spc_mean, CAPTION),
            (lower, _clip(terms, last.spc_lower), CAPTION),
        ]
    lines += [(word, value, DARK_BLUE) for word, value in lines_at(last)]
    drawn = [(word, value, colour) for word, value, colour in lines if value is not None]
    shifts = _apart([value for _, value, _ in drawn], _range(standings))
    return [
        {
            "xref": "paper",
            "yref": "y",
            "x": 1.01,
            "xanchor": "left",
            "y": value,
            "yshift": shift,
            "text": f"{word} {terms.prefix}{value:,.{terms.decimals}f}{terms.suffix}",
            "showarrow": False,
            "font": {"size": 14, "color": colour},
        }
        for (word, value, colour), shift in zip(drawn, shifts, strict=True)
    ]


def _range(standings: Sequence[Standing]) -> float:
    """How far the drawn values lie apart: a label's height in them can be told from it."""
    drawn = [
        float(number)
        for standing in standings
        for number in (
            standing.value,
            standing.spc_lower,
            standing.spc_upper,
            *(value for _, value in lines_at(standing)),
        )
        if number is not None
    ]
    return max(drawn) - min(drawn) if drawn else 0.0


def _apart(values: Sequence[float], spread: float) -> list[float]:
    """Pixels to move each label up, so that none is written over the one below it."""
    scale = INNER_HEIGHT / spread if spread else 1.0
    shifts = [0.0] * len(values)
    floor = float("-inf")
    for place in sorted(range(len(values)), key=lambda place: values[place]):
        at = values[place] * scale
        shifts[place] = round(max(0.0, floor - at), 1)
        floor = at + shifts[place] + LABEL_HEIGHT
    return shifts
