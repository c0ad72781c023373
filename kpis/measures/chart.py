"""The trend chart of a measure as a plain dict in Plotly's schema. Pure: no queries, no Plotly.

House style: white paper, no legend (lines are labelled at their end), no mode bar. Points differ in
shape as well as colour. A missing window is a grey band with words, never a line drawn across it.
Targets are drawn as steps. Limits are clipped at the measure's natural bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kmpt_tracker.ui.formats import format_value
from kpis.judging.status import Standing
from kpis.judging.wording import decimals_of, places
from kpis.measures.chart_labels import (
    INK,
    SECONDARY,
    ChartTerms,
    Marker,
    Other,
    drawn_markers,
    end_labels,
    gap_labels,
    marker_labels,
    room_for,
    room_for_ticks,
    value_axis,
)
from kpis.measures.chart_targets import target_traces
from kpis.rag import Rag

BLUE, CONCERN, COMMON, NEUTRAL = "#005eb8", "#c25400", "#5b7080", "#490092"
MARK, LINE, HAIR, PAGE = "#768692", "#d8dde0", "#e8edee", "#f0f4f5"
FONT = "Arial, Helvetica, sans-serif"
# A band narrower than this cannot be seen behind a single month.
HALF_BAND = timedelta(days=12)
MOST_GAP_LABELS = 2
OTHERS = "#7c2855"
RANGE = (("Outlook, lower end", "lower"), ("Outlook, upper end", "upper"))
MOST_TICKS = 12
MOST_NAMED = 6
HEIGHT = 380


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of point is drawn. Its words are in the key above the chart."""

    symbol: str
    colour: str
    size: int
    word: str


COMMON_CAUSE = Look("circle", COMMON, 7, "Common cause")
IMPROVING = Look("square", BLUE, 10, "Improvement")
CONCERNING = Look("diamond", CONCERN, 12, "Concerning")
CHANGED = Look("triangle-up", NEUTRAL, 11, "Unusual")
INCOMPLETE = Look("x-thin-open", COMMON, 9, "Incomplete")
# With more points than this, marks at full size would hide each other.
MANY_POINTS, SMALLER = 60, 0.7


def look_of(standing: Standing) -> Look:
    """Colour and shape of a point, by its kind of variation."""
    if standing.is_part_sum:
        return INCOMPLETE
    kind = standing.variation
    if kind.startswith("improvement"):
        return IMPROVING
    if kind.startswith("concern"):
        return CONCERNING
    return CHANGED if kind.startswith("neutral") else COMMON_CAUSE


def trend_figure(
    terms: ChartTerms,
    standings: Sequence[Standing],
    markers: Sequence[Marker] = (),
) -> dict[str, Any]:
    """The figure of a series, oldest window first. Windows without a value leave a gap."""
    markers = drawn_markers(markers, standings)
    held = [standing for standing in standings if standing.value is not None]
    return {
        "data": traces_of(terms, standings),
        "layout": _layout(terms, standings, held, markers),
    }


def traces_of(terms: ChartTerms, standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """What is drawn of a series, without axes, labels and markers."""
    xs = [_x(standing) for standing in standings]
    return [
        *_limits(terms, standings, xs),
        *(target_traces(standings, xs) if terms.has_targets else ()),
        *_others(terms),
        *_outlook(terms, standings),
        _joined(standings, xs),
        _values(terms, standings, xs),
    ]


def _x(standing: Standing) -> str:
    return standing.period.last_month.start.isoformat()


def _number(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)


def _joined(standings: Sequence[Standing], xs: list[str]) -> dict[str, Any]:
    """The line through the points.

    An incomplete sum is left out: it would draw a fall that never happened.
    """
    values = [None if standing.is_part_sum else _number(standing.value) for standing in standings]
    line = _line("From point to point", xs, values, {"color": MARK, "width": 1.5})
    return {**line, "connectgaps": False}


def _values(terms: ChartTerms, standings: Sequence[Standing], xs: list[str]) -> dict[str, Any]:
    """A mark for every value, by its kind of variation; a cross where not everyone has reported."""
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
        "x": xs,
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
        "text": [f"{standing.period.label}: {_said(terms, standing)}" for standing in standings],
        "customdata": [
            _remark(standing, look) for standing, look in zip(standings, looks, strict=True)
        ],
        "hovertemplate": "%{text}<br>%{customdata}<extra></extra>",
    }


def _said(terms: ChartTerms, standing: Standing) -> str:
    """A value with its unit, and as many decimals as its colour needs."""
    is_rated_itself = standing.judged_value in (None, standing.value)
    decimals = decimals_of(standing, terms) if is_rated_itself else terms.decimals
    return format_value(standing.value, terms.unit, decimals)


def _remark(standing: Standing, look: Look) -> str:
    words = [look.word] if standing.limits_status == "ok" else []
    if standing.value_status == "provisional":
        words.append("provisional")
    if standing.is_part_sum:
        words.append(f"{standing.groups_reported} of {standing.groups_expected} reported")
    if standing.origin == "illustrative":
        words.append("illustrative")
    return ", ".join(words)


def _limits(
    terms: ChartTerms, standings: Sequence[Standing], all_xs: Sequence[str]
) -> list[dict[str, Any]]:
    segments: dict[int, tuple[list[str], list[Standing]]] = {}
    for x, standing in zip(all_xs, standings, strict=True):
        if standing.spc_segment is not None:
            xs, segment = segments.setdefault(standing.spc_segment, ([], []))
            xs.append(x)
            segment.append(standing)
    traces = []
    # Lines break where the limits are recalculated.
    for xs, segment in segments.values():
        first = segment[0]
        if first.limits_status in ("none", "collapsed") or first.spc_lower is None:
            continue
        dash = "4px,4px" if first.limits_status == "ok" else "1px,5px"
        lower = [terms.bounds.clip(standing.spc_lower) for standing in segment]
        upper = [terms.bounds.clip(standing.spc_upper) for standing in segment]
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


def _others(terms: ChartTerms) -> list[dict[str, Any]]:
    """Each figure of others, from the first day of its period to the last."""
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": other.whose,
            "x": [other.period.start.isoformat(), other.period.last_month.start.isoformat()],
            "y": [float(other.value)] * 2,
            "line": {"color": OTHERS, "width": 2, "dash": "6px,3px"},
            "marker": {"symbol": "star-diamond-open", "size": 9, "color": OTHERS},
            "text": [f"{other.whose}, {other.period.label}: {_figure(terms, other)}"] * 2,
            "hovertemplate": "%{text}<extra></extra>",
        }
        for other in terms.others
    ]


def _figure(terms: ChartTerms, other: Other) -> str:
    return format_value(other.value, terms.unit, max(terms.decimals, places(other.value)))


def _other_labels(terms: ChartTerms) -> list[dict[str, Any]]:
    """Whose figure it is, above its line."""
    return [
        {
            "xref": "x",
            "yref": "y",
            "x": other.period.last_month.start.isoformat(),
            "xanchor": "right",
            "y": float(other.value),
            "yanchor": "bottom",
            "text": f"{other.whose} {_figure(terms, other)}".replace("<", "&lt;"),
            "bgcolor": "rgba(255, 255, 255, 0.85)",
            "showarrow": False,
            "font": {"size": 14, "color": OTHERS},
        }
        for other in terms.others
    ]


def _outlook(terms: ChartTerms, standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """The range that the next figures are expected in, dashed, from the last figure on."""
    held = [row for row in standings if row.value is not None and not row.is_part_sum]
    if not terms.ahead or not held:
        return []
    xs = [_x(held[-1]), *(row.on.replace(day=1).isoformat() for row in terms.ahead)]
    ends = {"Outlook, likely": [_number(held[-1].value)]}
    ends["Outlook, likely"] += [terms.bounds.clip(row.likely) for row in terms.ahead]
    for name, end in RANGE:
        ends[name] = [None, *(terms.bounds.clip(getattr(row, end)) for row in terms.ahead)]
    return [
        _line(name, xs, ys, {"color": BLUE, "width": 1 if ys[0] is None else 2, "dash": "8px,6px"})
        for name, ys in ends.items()
    ]


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


def _layout(
    terms: ChartTerms,
    standings: Sequence[Standing],
    held: Sequence[Standing],
    markers: Sequence[Marker],
) -> dict[str, Any]:
    labels = end_labels(terms, standings, held)
    axis = value_axis(terms, standings)
    named, above = marker_labels(markers, standings)
    return {
        "font": {"family": FONT, "size": 14, "color": INK},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "showlegend": False,
        "hovermode": "x",
        "hoverlabel": {"bgcolor": INK, "font": {"color": "#ffffff", "family": FONT}},
        "margin": {
            "l": room_for_ticks(axis["ticktext"]),
            "r": room_for(labels),
            "t": 24 + above,
            "b": 44,
        },
        "height": HEIGHT + above,
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
            "tickfont": {"size": 14, "color": SECONDARY},
            "fixedrange": True,
            **axis,
        },
        "shapes": [*gap_bands(standings), *[_rule(marker) for marker in markers]],
        "annotations": [
            *labels,
            *named,
            *_other_labels(terms),
            *gap_labels(terms, standings, _gap_words(standings)),
        ],
    }


def _ticks(standings: Sequence[Standing]) -> dict[str, Any]:
    """The ticks of the month axis: a dozen at most; within a year one a month, so that no month is
    named twice.

    Windows longer than a month are at their last month, under the name of the window.
    """
    if any(standing.period.length > 1 for standing in standings):
        return _named_ticks(standings)
    months = [standing.period.last_month for standing in standings]
    is_short = bool(months) and max(months).months_since(min(months)) < MOST_TICKS
    return {"dtick": "M1"} if is_short else {"nticks": MOST_TICKS}


def _named_ticks(standings: Sequence[Standing]) -> dict[str, Any]:
    """Ticks for some windows by name: evenly spread, the last one included, long names on two
    lines.
    """
    step = -(-len(standings) // MOST_NAMED)
    named = list(reversed(list(reversed(standings))[::step]))
    return {
        "tickmode": "array",
        "tickvals": [_x(standing) for standing in named],
        "ticktext": [_in_lines(standing.period.label) for standing in named],
    }


def _in_lines(label: str) -> str:
    """A window's name with the year on a second line: "Oct to Dec 2019"."""
    words, _, year = label.rpartition(" ")
    return f"{words}<br>{year}" if words else label


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


def gap_bands(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """A grey band for each run of windows that are late or missing."""
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


def _gap_words(standings: Sequence[Standing]) -> list[tuple[str, list[Standing]]]:
    """The words for each gap: "Aug 2024: no data", or late. With more gaps than two there are none:
    they would hide points.
    """
    gaps = _gaps(standings)
    found = []
    for gap in gaps if len(gaps) <= MOST_GAP_LABELS else ():
        first, last = gap[0].period, gap[-1].period
        words = first.label if first == last else f"{first.label} to {last.label}"
        if first.length > 1 and first != last:
            words = f"{len(gap)} windows to {last.label}"
        found.append((f"{words}:<br>{'late' if gap[0].rag is Rag.LATE else 'no data'}", gap))
    return found


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
