"""Small trend lines as shapes: numbers in, coordinates out. Pure: the templates draw them.

A missing month is shown as a gap; no line is drawn across it. Where the limits restart, the line
is cut and the place marked, because a reorganisation is not a rise or a fall. The target is drawn
only when it is near the values, so that a distant one does not flatten the line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

Number = int | float | Decimal
POINTS = 24
# Up to this many points, each is drawn as a dot.
SINGLY = 12
# A target further from the values than this many times their spread is not drawn.
REACH = 4
PAD = 4


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    kind: str = "plain"

    @property
    def mark(self) -> str:
        """A square for an improving point and a diamond for a concerning one, so that neither
        depends on colour; a dot for any other.
        """
        if self.kind == "better":
            x, y = _round(self.x - 3), _round(self.y - 3)
            return f'<rect class="b" x="{x}" y="{y}" width="6" height="6"/>'
        if self.kind == "worse":
            top = _round(self.y - 4.4)
            return f'<path class="w" d="M{self.x} {top}l4.4 4.4-4.4 4.4-4.4-4.4Z"/>'
        return f'<circle class="c" cx="{self.x}" cy="{self.y}" r="1.75"/>'


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
    def limits(self) -> str:
        """The area between two limits, with the line of the average."""
        x, y, right = self.x, self.middle, _round(self.x + self.width)
        return (
            f'<rect class="lim" x="{x}" y="{self.y}" width="{self.width}" height="{self.height}"/>'
            f'<line class="mean" x1="{x}" x2="{right}" y1="{y}" y2="{y}"/>'
        )


@dataclass(frozen=True)
class Trend:
    """The parts of a trend line."""

    width: float
    height: float
    gaps: tuple[Area, ...] = ()
    lines: tuple[str, ...] = ()
    dots: tuple[Dot, ...] = ()
    last: Dot | None = None
    target_y: float | None = None
    bands: tuple[Area, ...] = ()
    cuts: tuple[float, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.last is None

    @property
    def shapes(self) -> str:
        """The SVG content of a spark line: numbers only, so nothing in it needs escaping.

        Built here because a board page has a hundred of them and a template loop is slow.
        """
        parts = self._lines
        parts += [f'<circle class="d" cx="{dot.x}" cy="{dot.y}" r="1.75"/>' for dot in self.dots]
        if self.last is not None:
            parts.append(f'<circle class="e" cx="{self.last.x}" cy="{self.last.y}" r="3.25"/>')
        return "".join(parts)

    @property
    def marks(self) -> str:
        """The SVG content of a small chart: limits and lines, and signals as marks.

        Numbers only, as in `shapes`.
        """
        parts = [*(band.limits for band in self.bands), *self._lines]
        parts += [dot.mark for dot in self.dots]
        if self.last is not None and self.last.kind in ("common", "plain"):
            parts.append(f'<circle class="c" cx="{self.last.x}" cy="{self.last.y}" r="3.4"/>')
        return "".join(parts)

    @property
    def _lines(self) -> list[str]:
        """What both kinds of drawing have: gaps, target, cuts, and the lines through the values."""
        parts = [
            f'<rect class="gap" x="{gap.x}" y="0" width="{gap.width}" height="{gap.height}"/>'
            for gap in self.gaps
        ]
        if self.target_y is not None:
            y = self.target_y
            parts.append(f'<line class="t" x1="0" x2="{self.width}" y1="{y}" y2="{y}"/>')
        parts += [
            f'<line class="cut" x1="{x}" x2="{x}" y1="0" y2="{self.height}"/>' for x in self.cuts
        ]
        parts += [f'<polyline class="l" points="{line}"/>' for line in self.lines]
        return parts


def sparkline(
    values: Sequence[Number | None],
    *,
    target: Number | None = None,
    cuts: Sequence[int] = (),
    width: int = 120,
    height: int = 34,
) -> Trend:
    """The last 24 values as a line on its own scale; None is a missing month.

    `cuts`: indices of the values at which the limits restart.
    """
    skipped = max(0, len(values) - POINTS)
    recent = _floats(values)[-POINTS:]
    known = [value for value in recent if value is not None]
    if not known:
        return Trend(width, height)
    goal = None if target is None else float(target)
    if goal is not None and not _in_reach(goal, known):
        goal = None
    low, high = scale_of(known if goal is None else [*known, goal])
    return _drawn(recent, low, high, goal, width, height, PAD, (), (), _shifted(cuts, skipped))


def small_multiple(
    values: Sequence[Number | None],
    *,
    low: Number,
    high: Number,
    target: Number | None = None,
    bands: Sequence[Band] = (),
    kinds: Sequence[str | None] = (),
    cuts: Sequence[int] = (),
    points: int = POINTS,
    width: int = 236,
    height: int = 84,
) -> Trend:
    """One of several charts on the shared scale `low` to `high`, with limits and signals.

    `kinds` names each point: common_cause, improvement or concern; the last `points` are drawn.
    """
    if kinds and len(kinds) != len(values):
        raise ValueError("as many kinds as values")
    skipped = max(0, len(values) - points)
    shown = [
        Band(max(0, band.first - skipped), band.last - skipped, band.lower, band.mean, band.upper)
        for band in bands
        if band.last >= skipped
    ]
    bottom, top = scale_of([float(low), float(high)])
    goal = None if target is None else float(target)
    if goal is not None and not bottom <= goal <= top:
        goal = None
    recent = _floats(values)[skipped:]
    return _drawn(
        recent,
        bottom,
        top,
        goal,
        width,
        height,
        5,
        shown,
        kinds[skipped:],
        _shifted(cuts, skipped),
    )


def _shifted(cuts: Iterable[int], skipped: int) -> list[int]:
    """The cuts among the values that are drawn; the first value needs none."""
    return [cut - skipped for cut in cuts if cut > skipped]


def shared_scale(
    series: Iterable[Sequence[Number | None]], *also: Number | None
) -> tuple[float, float]:
    """Lowest and highest of several series and of the targets given with them."""
    known = [float(value) for values in series for value in values if value is not None]
    known += [float(value) for value in also if value is not None]
    return scale_of(known) if known else (0.0, 1.0)


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
    cuts: Sequence[int],
) -> Trend:
    known = [index for index, value in enumerate(values) if value is not None]
    if not known:
        return Trend(width, height)
    step = (width - 2 * margin) / (len(values) - 1) if len(values) > 1 else width / 2
    start = margin if len(values) > 1 else width / 2
    rise = (height - 2 * PAD) / (high - low)

    def x(index: int) -> float:
        return round(start + index * step, 1)

    def y(value: float) -> float:
        return round(height - PAD - (min(max(value, low), high) - low) * rise, 1)

    at = {index: (x(index), y(value)) for index, value in enumerate(values) if value is not None}
    runs = _runs(known, cuts)
    if kinds:
        marks = [(index, _kind(kinds[index])) for index in known]
        dots = [Dot(*at[index], kind) for index, kind in marks if kind != "common"]
    elif len(known) <= SINGLY:
        dots = [Dot(*at[index]) for index in known]
    else:
        dots = []
    if not dots:
        dots = [Dot(*at[run[0]]) for run in runs if len(run) == 1]
    gap = min(step, width / 2)
    return Trend(
        width,
        height,
        gaps=tuple(
            Area(round(max(0, x(index) - gap / 2), 1), 0, round(gap, 1), height)
            for index, value in enumerate(values)
            if value is None
        ),
        lines=tuple(
            " ".join([f"{at[index][0]},{at[index][1]}" for index in run])
            for run in runs
            if len(run) > 1
        ),
        dots=tuple(dots),
        last=Dot(*at[known[-1]], _kind(kinds[known[-1]]) if kinds else "plain"),
        target_y=None if goal is None else y(goal),
        bands=tuple(_limits(band, x, y) for band in bands),
        cuts=tuple(round(x(cut) - step / 2, 1) for cut in cuts),
    )


def _limits(band: Band, x: Callable[[int], float], y: Callable[[float], float]) -> Area:
    left, top = x(band.first), y(band.upper)
    return Area(left, top, _round(x(band.last) - left), _round(y(band.lower) - top), y(band.mean))


def _floats(values: Sequence[Number | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _in_reach(goal: float, known: Sequence[float]) -> bool:
    low, high = min(known), max(known)
    spread = (high - low) or abs(high) / 20 or 1.0
    return low - REACH * spread <= goal <= high + REACH * spread


def scale_of(known: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest value, with some room around a flat line (values have six decimals)."""
    low, high = min(known), max(known)
    if high - low < 1e-9:
        room = max(abs(low) / 10, 1e-6)
        return low - room, high + room
    return low, high


def _runs(known: Sequence[int], cuts: Sequence[int]) -> list[list[int]]:
    """Group neighbouring indices: each group is one unbroken line, and none crosses a cut."""
    runs: list[list[int]] = []
    for index in known:
        if runs and runs[-1][-1] == index - 1 and index not in cuts:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _kind(name: str | None) -> str:
    if name and name.startswith("improvement"):
        return "better"
    if name and name.startswith("concern"):
        return "worse"
    return "common"


def _round(number: float) -> float:
    return round(number, 1)
