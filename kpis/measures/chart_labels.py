"""The words on a trend chart: the numbers on its axis, the ends of its lines, dated remarks. Pure.

Every number has its unit, as in the text of the page. What people typed stays within the chart,
however long it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from textwrap import wrap
from typing import Any

from kmpt_tracker.ui.formats import (
    MONEY_SUFFIXES,
    axis_title,
    format_number,
    format_value,
)
from kpis.judging.bounds import UNBOUNDED, Bounds
from kpis.judging.digits import decimals_beside
from kpis.judging.status import Standing
from kpis.judging.wording import MOST_PRINTED, places
from kpis.measures.chart_targets import DARK_BLUE, lines_at
from kpis.outlook import Expected
from kpis.rag import Direction
from strategy.periods import Period

INK, SECONDARY, CAPTION = "#212b32", "#425563", "#4c6272"
# The height between the axes, and of a line of labels, in pixels.
INNER_HEIGHT, LABEL_HEIGHT = 300, 18
# Remarks above the chart: characters a line, lines, and which part of the width is near an edge.
LONGEST_LINE, MOST_LINES, NEAR_AN_EDGE = 40, 2, 0.25
# The width between the axes of the narrowest drawing in which remarks are kept from overlapping,
# and the height of a line of a remark.
DRAWN_WIDTH, MARK_LINE = 560, 20
MOST_STEPS = 7
# The room above and below what is drawn, as a share of its spread.
MARGIN = 0.08
# About the width of a character of a label, in pixels.
CHARACTER = 7


@dataclass(frozen=True, slots=True)
class Other:
    """A figure of others over its period: drawn, never rated."""

    whose: str
    period: Period
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTerms:
    """What a chart needs to know about its measure."""

    name: str
    unit: str = ""
    decimals: int = 0
    bounds: Bounds = UNBOUNDED
    direction: Direction = Direction.NEUTRAL
    # A target that is an amount for the year is no line among the values of months.
    has_targets: bool = True
    others: tuple[Other, ...] = ()
    ahead: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """A dated remark: limits recalculated, a reorganisation, an annotation.

    `is_dated`: the text itself names its month, "Older People ended, Mar 2026".
    """

    on: date
    text: str
    is_dated: bool = False

    @property
    def label(self) -> str:
        words = " ".join(self.text.split())
        return words if self.is_dated else f"{self.on:%b %Y}: {words}"


def _lines_of(marker: Marker) -> list[str]:
    """The remark in lines that fit in the chart. The rest of a long one is in the list below it."""
    lines = wrap(
        marker.label, LONGEST_LINE, max_lines=MOST_LINES, placeholder=" …", break_long_words=True
    )
    # Plotly reads a few tags in text: show what people typed as they typed it.
    return [line.replace("&", "&amp;").replace("<", "&lt;") for line in lines]


def drawn_markers(markers: Iterable[Marker], standings: Sequence[Standing]) -> list[Marker]:
    """The remarks within the chart. Several on one day are joined into one."""
    days = _days(standings)
    found: dict[date, list[str]] = {}
    for marker in sorted(markers, key=lambda marker: marker.on):
        if days and min(days) <= marker.on <= max(days):
            found.setdefault(marker.on, []).append(marker.label)
    return [
        Marker(on, "; ".join(dict.fromkeys(texts)), is_dated=True) for on, texts in found.items()
    ]


def _days(standings: Sequence[Standing]) -> list[date]:
    """Where the windows are drawn, and the first day of the first."""
    days = [standing.period.last_month.start for standing in standings]
    return [*days, *(standing.period.start for standing in standings[:1])]


def marker_labels(
    markers: Sequence[Marker], standings: Sequence[Standing]
) -> tuple[list[dict[str, Any]], int]:
    """Labels for the remarks, above their lines and without overlap, and the height that they take.

    Near an edge of the chart a label is aligned inwards.
    """
    days = _days(standings)
    labels: list[dict[str, Any]] = []
    placed: list[tuple[float, int]] = []
    highest = 0
    for marker in markers:
        lines = _lines_of(marker)
        place = (marker.on - min(days)) / ((max(days) - min(days)) or timedelta(days=1))
        anchor = _anchor(place)
        width = CHARACTER * max(map(len, lines), default=0)
        left = place * DRAWN_WIDTH - {"left": 0.0, "center": width / 2, "right": width}[anchor]
        neighbours = [top for end, top in placed if end + CHARACTER > left]
        bottom = max(neighbours, default=0)
        placed.append((left + width, bottom + MARK_LINE * len(lines)))
        highest = max(highest, placed[-1][1])
        labels.append(
            {
                "xref": "x",
                "yref": "paper",
                "x": marker.on.isoformat(),
                "xanchor": anchor,
                "y": 1.02,
                "yanchor": "bottom",
                "yshift": bottom,
                "text": "<br>".join(lines),
                "showarrow": False,
                "font": {"size": 14, "color": INK},
            }
        )
    return labels, highest


def _anchor(place: float) -> str:
    if place < NEAR_AN_EDGE:
        return "left"
    return "right" if place > 1 - NEAR_AN_EDGE else "center"


def room_for(labels: Sequence[dict[str, Any]]) -> int:
    """The right margin: the width of the longest label at a line's end."""
    longest = max((len(label["text"]) for label in labels), default=0)
    return max(148, 8 + CHARACTER * longest) if longest else 24


def end_labels(
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
            (word, terms.bounds.clip(last.spc_upper), CAPTION),
            ("Average", last.spc_mean, CAPTION),
            (lower, terms.bounds.clip(last.spc_lower), CAPTION),
        ]
    # Targets go on over windows without a figure: label them where their line ends.
    asked = next((row for row in reversed(standings) if lines_at(row)), last)
    if terms.has_targets:
        lines += [(word, value, DARK_BLUE) for word, value in lines_at(asked)]
    drawn = [(word, value, colour) for word, value, colour in lines if value is not None]
    low, high = axis_range(terms, standings)
    shifts = _apart([value for _, value, _ in drawn], high - low)
    targets = [value for _, value, colour in drawn if colour == DARK_BLUE]
    return [
        {
            "xref": "paper",
            "yref": "y",
            "x": 1.01,
            "xanchor": "left",
            "y": value,
            "yshift": shift,
            "text": f"{word} {_labelled(terms, value, targets)}",
            "showarrow": False,
            "font": {"size": 14, "color": colour},
        }
        for (word, value, colour), shift in zip(drawn, shifts, strict=True)
    ]


def _labelled(terms: ChartTerms, value: float, targets: Sequence[float]) -> str:
    """A line's value with its unit.

    A target keeps all its decimals, as printed or as shown with the figure; 95% gets no trailing
    nought. Another line's value is never rounded to a target, or past it.
    """
    exact, decimals = Decimal(str(value)), terms.decimals
    if value in targets:
        decimals = places(exact) if places(exact) <= MOST_PRINTED else terms.decimals + 1
    else:
        asked = [Decimal(str(target)) for target in targets]
        decimals = decimals_beside(exact, decimals, asked=asked)
    return format_value(exact, terms.unit, decimals)


def _ends(terms: ChartTerms, standings: Sequence[Standing]) -> tuple[float, float]:
    """The lowest and the highest value drawn."""
    drawn = [
        float(number)
        for standing in standings
        for number in (
            standing.value,
            terms.bounds.clip(standing.spc_lower),
            terms.bounds.clip(standing.spc_upper),
            *(value for _, value in lines_at(standing) if terms.has_targets),
        )
        if number is not None
    ]
    drawn += [float(other.value) for other in terms.others]
    clipped = (terms.bounds.clip(end) for row in terms.ahead for end in (row.lower, row.upper))
    drawn += [end for end in clipped if end is not None]
    return min(drawn, default=0.0), max(drawn, default=0.0)


def axis_range(terms: ChartTerms, standings: Sequence[Standing]) -> tuple[float, float]:
    """The ends of the value axis: a little further than what is drawn."""
    low, high = _ends(terms, standings)
    room = MARGIN * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def value_axis(terms: ChartTerms, standings: Sequence[Standing]) -> dict[str, Any]:
    """Round numbers with their unit, and the unit by name: −£300k, not £-300k."""
    low, high = _ends(terms, standings)
    # One level throughout: round numbers within the room above and below it.
    spread = high - low or 2 * MARGIN * abs(high) or 1.0
    power = Decimal(10) ** (Decimal(str(spread / MOST_STEPS)).adjusted())
    step = next(
        power * size for size in (1, 2, 5, 10) if spread / float(power * size) <= MOST_STEPS
    )
    first = int(low // float(step)) - 1
    ticks = [step * number for number in range(first, first + MOST_STEPS + 4)]
    ticks = [tick for tick in ticks if not terms.bounds.cuts(float(tick))]
    decimals = max(0, -int(step.normalize().as_tuple().exponent))
    unit = terms.unit if terms.unit == "percent" or terms.unit in MONEY_SUFFIXES else ""
    return {
        "range": list(axis_range(terms, standings)),
        "title": {
            "text": axis_title(terms.unit),
            "standoff": 8,
            "font": {"size": 14, "color": SECONDARY},
        },
        "tickvals": [float(tick) for tick in ticks],
        "ticktext": [
            format_value(tick, unit, decimals) if unit else format_number(tick, decimals)
            for tick in ticks
        ],
    }


def gap_labels(
    terms: ChartTerms, standings: Sequence[Standing], gaps: Sequence[tuple[str, Sequence[Standing]]]
) -> list[dict[str, Any]]:
    """The words in the gaps, each at a height at which it covers nothing that is drawn.

    A label that fits nowhere is left out: the caption counts the gaps, the table names them.
    """
    if not gaps:
        return []
    low, high = axis_range(terms, standings)
    days = _days(standings)
    first, width = min(days), (max(days) - min(days)) or timedelta(days=1)
    tall = 2 * LABEL_HEIGHT / INNER_HEIGHT
    boxes: list[tuple[float, float, float]] = []
    labels = []
    for words, gap in gaps:
        on = gap[len(gap) // 2].period.last_month.start
        wide = CHARACTER * max(map(len, words.split("<br>"))) / DRAWN_WIDTH
        place = (on - first) / width
        left = place - {"left": 0.0, "center": wide / 2, "right": wide}[_anchor(place)]
        heights = [
            (height - low) / (high - low)
            for height in _drawn_near(terms, standings, gap, (left, left + wide), first, width)
        ]
        heights += [
            end
            for start, stop, base in boxes
            if start < left + wide and left < stop
            for end in (base, base + tall)
        ]
        free = (
            step * tall / 4
            for step in range(int(4 * (1 - tall) / tall) + 1)
            if not any(step * tall / 4 - 0.02 <= one <= step * tall / 4 + tall for one in heights)
        )
        base = next(free, None)
        if base is None:
            continue
        boxes.append((left, left + wide, base))
        labels.append(
            {
                "xref": "x",
                "yref": "paper",
                "x": on.isoformat(),
                "xanchor": _anchor(place),
                "y": round(base, 3),
                "yanchor": "bottom",
                "text": words,
                "bgcolor": "rgba(255, 255, 255, 0.85)",
                "showarrow": False,
                "font": {"size": 14, "color": SECONDARY},
            }
        )
    return labels


def _drawn_near(
    terms: ChartTerms,
    standings: Sequence[Standing],
    gap: Sequence[Standing],
    reach: tuple[float, float],
    first: date,
    width: timedelta,
) -> Iterable[float]:
    """What is drawn where a label of a gap would be: points and lines, those that cross the gap
    too.
    """
    start, stop = gap[0].period.start, gap[-1].period.end
    before = [row for row in standings if row.period.end < start and row.value is not None][-1:]
    after = [row for row in standings if row.period.start > stop and row.value is not None][:1]
    for row in standings:
        place = (row.period.last_month.start - first) / width
        is_within = reach[0] - 0.02 <= place <= reach[1] + 0.02
        if is_within and row.value is not None:
            yield float(row.value)
        if is_within or row in before or row in after:
            limits = (terms.bounds.clip(row.spc_lower), terms.bounds.clip(row.spc_upper))
            lines = [value for _, value in lines_at(row)] if terms.has_targets else []
            yield from (float(one) for one in (*limits, row.spc_mean, *lines) if one is not None)


def room_for_ticks(texts: Sequence[str]) -> int:
    """The left margin: the numbers, and the name of the unit written upwards."""
    return 40 + (CHARACTER + 1) * max((len(text) for text in texts), default=2)


def _apart(values: Sequence[float], spread: float) -> list[float]:
    """How many pixels to move each label up, so that none overlaps the one below it."""
    scale = INNER_HEIGHT / spread if spread else 1.0
    shifts = [0.0] * len(values)
    floor = float("-inf")
    for place in sorted(range(len(values)), key=lambda place: values[place]):
        at = values[place] * scale
        shifts[place] = round(max(0.0, floor - at), 1)
        floor = at + shifts[place] + LABEL_HEIGHT
    return shifts
