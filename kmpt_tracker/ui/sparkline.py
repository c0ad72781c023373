"""Small trend lines as shapes: numbers in, coordinates out. Pure: the templates draw them.

A gap stays a gap: a missing month is a band, never a bridge. The target is drawn when it is
within reach of the values, so that a far one does not flatten the line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

Number = int | float | Decimal
POINTS = 24
# Every point is drawn when there are this many or fewer.
SINGLY = 12
# A target further off than this many times the spread of the values is out of reach.
REACH = 4
PAD = 4


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    kind: str = "plain"

    @property
    def diamond(self) -> str:
        """The outline of a concerning point: a diamond, for those who do not see orange."""
        return f"M{self.x} {_round(self.y - 4.4)}l4.4 4.4-4.4 4.4-4.4-4.4Z"

    @property
    def square(self) -> tuple[float, float]:
        """The corner of an improving point's square of six."""
        return _round(self.x - 3), _round(self.y - 3)


@dataclass(frozen=True)
class Band:
    """Limits and mean over some of the points: first and last index, both included."""

    first: int
    last: int
    lower: float
    mean: float
    upper: float


@dataclass(frozen=True)
class Area:
    x: float
    y: float
    width: float
    height: float
    middle: float = 0

    @property
    def right(self) -> float:
        return _round(self.x + self.width)


@dataclass(frozen=True)
class Trend:
    """What a trend line is drawn from."""

    width: float
    height: float
    gaps: tuple[Area, ...] = ()
    lines: tuple[str, ...] = ()
    dots: tuple[Dot, ...] = ()
    last: Dot | None = None
    target_y: float | None = None
    bands: tuple[Area, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.last is None


def sparkline(
    values: Sequence[Number | None],
    *,
    target: Number | None = None,
    width: int = 120,
    height: int = 34,
) -> Trend:
    """The last 24 values as a line on its own scale; None is a missing month."""
    recent = _floats(values)[-POINTS:]
    known = [value for value in recent if value is not None]
    if not known:
        return Trend(width, height)
    goal = None if target is None else float(target)
    if goal is not None and not _in_reach(goal, known):
        goal = None
    low, high = _scale(known if goal is None else [*known, goal])
    return _drawn(recent, low, high, goal, width, height, margin=PAD, bands=(), kinds=())


def small_multiple(
    values: Sequence[Number | None],
    *,
    low: Number,
    high: Number,
    target: Number | None = None,
    bands: Sequence[Band] = (),
    kinds: Sequence[str | None] = (),
    width: int = 236,
    height: int = 84,
) -> Trend:
    """One of several charts on the shared scale `low` to `high`, with limits and signals.

    `kinds` names each point: common_cause, improvement or concern; the last 24 are drawn.
    """
    if kinds and len(kinds) != len(values):
        raise ValueError("as many kinds as values")
    skipped = max(0, len(values) - POINTS)
    shown = [
        Band(max(0, band.first - skipped), band.last - skipped, band.lower, band.mean, band.upper)
        for band in bands
        if band.last >= skipped
    ]
    goal = None if target is None else float(target)
    if goal is not None and not float(low) <= goal <= float(high):
        goal = None
    recent = _floats(values)[skipped:]
    return _drawn(recent, float(low), float(high), goal, width, height, 5, shown, kinds[skipped:])


def shared_scale(
    series: Iterable[Sequence[Number | None]], *also: Number | None
) -> tuple[float, float]:
    """Lowest and highest of several series and of the targets given with them."""
    known = [float(value) for values in series for value in values if value is not None]
    known += [float(value) for value in also if value is not None]
    return _scale(known) if known else (0.0, 1.0)


def _drawn(
    values: Sequence[float | None],
    low: float,
    high: float,
    goal: float | None,
    width: float,
    height: float,
    margin: float,
    bands: Sequence[Band],
    kinds: Sequence[str | None],
) -> Trend:
    step = (width - 2 * margin) / max(1, len(values) - 1)

    def x(index: int) -> float:
        return _round(margin + index * step) if len(values) > 1 else _round(width / 2)

    def y(value: float) -> float:
        kept = min(max(value, low), high)
        return _round(height - PAD - (kept - low) / (high - low) * (height - 2 * PAD))

    known = [index for index, value in enumerate(values) if value is not None]
    if not known:
        return Trend(width, height)
    points = {index: Dot(x(index), y(values[index])) for index in known}  # type: ignore[arg-type]
    gap = min(step, width / 2)
    marked = [
        Dot(points[index].x, points[index].y, _kind(kinds[index]))
        for index in known
        if kinds and _kind(kinds[index]) != "common"
    ]
    singles = [points[index] for index in known] if len(known) <= SINGLY and not kinds else []
    alone = [points[run[0]] for run in _runs(known) if len(run) == 1]
    final = points[known[-1]]
    return Trend(
        width,
        height,
        gaps=tuple(
            Area(_round(max(0, x(index) - gap / 2)), 0, _round(gap), height)
            for index, value in enumerate(values)
            if value is None
        ),
        lines=tuple(
            " ".join(f"{points[index].x:g},{points[index].y:g}" for index in run)
            for run in _runs(known)
            if len(run) > 1
        ),
        dots=tuple(marked or singles or alone),
        last=Dot(final.x, final.y, _kind(kinds[known[-1]]) if kinds else "plain"),
        target_y=None if goal is None else y(goal),
        bands=tuple(
            Area(
                x(band.first),
                y(band.upper),
                _round(x(band.last) - x(band.first)),
                _round(y(band.lower) - y(band.upper)),
                y(band.mean),
            )
            for band in bands
        ),
    )


def _floats(values: Sequence[Number | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _in_reach(goal: float, known: Sequence[float]) -> bool:
    low, high = min(known), max(known)
    spread = (high - low) or abs(high) / 20 or 1.0
    return low - REACH * spread <= goal <= high + REACH * spread


def _scale(known: Sequence[float]) -> tuple[float, float]:
    low, high = min(known), max(known)
    if low == high:
        room = abs(low) / 10 or 1.0
        return low - room, high + room
    return low, high


def _runs(known: Sequence[int]) -> list[list[int]]:
    """Neighbouring indices together: each run is one unbroken line."""
    keyed = groupby(enumerate(known), key=lambda pair: pair[1] - pair[0])
    return [[index for _, index in run] for _, run in keyed]


def _kind(name: str | None) -> str:
    if name and name.startswith("improvement"):
        return "better"
    if name and name.startswith("concern"):
        return "worse"
    return "common"


def _round(number: float) -> float:
    return round(number, 1)
