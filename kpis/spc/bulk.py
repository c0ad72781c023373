"""`present` for many series at once: the same readings, calculated by the vectorised engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpis.spc.inputs import Settings, number
from kpis.spc.policy import Charted, Reading, read
from kpis.spc.timeline import fill_months, snap
from kpis.spc.vectorised import Columns, limits_of, points_of, segments_of
from kpis.spc.words import (
    LIMITS_STATUSES,
    NO_SIGNAL,
    improvement_direction_of,
    point_type_of,
    rule_labels,
)


@dataclass(frozen=True, slots=True)
class _Group:
    first_row: int
    n: int
    limits_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Analysed:
    """What a reading needs of an analysis, cut out of the arrays of all series."""

    settings: Settings
    values: Sequence[float | None]
    mean: Sequence[float | None]
    lpl: Sequence[float | None]
    upl: Sequence[float | None]
    rebase_group: Sequence[int]
    point_type: Sequence[str]
    special_cause_type: Sequence[str]
    rules: Sequence[tuple[str, ...]]
    groups: Sequence[_Group]


def present_many(wanted: Sequence[Charted]) -> list[Reading]:
    """A reading for each, in the order given. Raises the ValueError that `present` raises."""
    rows = [fill_months(each.points, frequency=each.frequency) for each in wanted]
    applied = [
        snap([day for day, _ in filled], each.rebases)
        for each, filled in zip(wanted, rows, strict=True)
    ]
    settings = [
        Settings.read(
            improvement_direction=improvement_direction_of(each.direction),
            fix_after_n_points=each.fix_after_n_points,
        )
        for each in wanted
    ]
    cuts = [{rebase.applied_on for rebase in each} for each in applied]
    values = [number(value, "value") for filled in rows for _, value in filled]
    lengths = np.array([len(filled) for filled in rows], dtype=np.int64)
    columns = Columns(
        values=np.array([np.nan if value is None else value for value in values], dtype=float),
        series=np.repeat(np.arange(len(rows)), lengths),
        is_rebase=np.array(
            [day in cut for filled, cut in zip(rows, cuts, strict=True) for day, _ in filled],
            dtype=bool,
        ),
        sign=np.array([each.sign for each in settings], dtype=np.int8),
        target=np.full(len(rows), np.nan),
        fix_after_n_points=np.array([each.fix_after_n_points for each in settings], dtype=float),
        screen_outliers=np.ones(len(rows), dtype=bool),
    )
    found = _analysed(columns, values, settings, lengths)
    return [
        read(analysis, [day for day, _ in filled], each, cut)
        for analysis, filled, each, cut in zip(found, rows, wanted, applied, strict=True)
    ]


def _analysed(
    columns: Columns,
    values: list[float | None],
    settings: list[Settings],
    lengths: npt.NDArray[np.int64],
) -> list[_Analysed]:
    if not len(columns.values):
        return [_empty(each) for each in settings]
    with np.errstate(over="ignore", invalid="ignore"):
        segments = segments_of(columns)
        limits = limits_of(columns, segments)
        points = points_of(
            columns,
            segments,
            limits,
            trend_length=7,
            shift_length=7,
            two_sigma_counts_outside=False,
        )
    owner = segments.owner
    mean, lpl, upl = (_optional(of[owner]) for of in (limits.mean, limits.lpl, limits.upl))
    numbers = segments.number[owner].tolist()
    causes, rules = _rules(points.signals)
    signs = columns.sign[columns.series].tolist()
    kinds = [
        point_type_of(signal, sign)
        for signal, sign in zip(points.signal.tolist(), signs, strict=True)
    ]
    groups = _groups(segments.starts, segments.lengths, segments.series, limits.status, lengths)
    found = []
    first = 0
    for place, (each, length) in enumerate(zip(settings, lengths.tolist(), strict=True)):
        rows = slice(first, first + length)
        found.append(
            _Analysed(
                settings=each,
                values=values[rows],
                mean=mean[rows],
                lpl=lpl[rows],
                upl=upl[rows],
                rebase_group=numbers[rows],
                point_type=kinds[rows],
                special_cause_type=causes[rows],
                rules=rules[rows],
                groups=groups[place],
            )
        )
        first += length
    return found


def _empty(settings: Settings) -> _Analysed:
    return _Analysed(
        settings=settings,
        values=(),
        mean=(),
        lpl=(),
        upl=(),
        rebase_group=(),
        point_type=(),
        special_cause_type=(),
        rules=(),
        groups=(),
    )


def _optional(column: npt.NDArray[np.float64]) -> list[float | None]:
    """NaN is undefined."""
    found: list[float | None] = column.tolist()
    for place in np.flatnonzero(np.isnan(column)).tolist():
        found[place] = None
    return found


def _rules(signals: npt.NDArray[np.int8]) -> tuple[list[str], list[tuple[str, ...]]]:
    """For each row the rule that names it, and all that apply in their order of precedence."""
    labels = rule_labels()
    causes = [NO_SIGNAL] * signals.shape[1]
    rules: list[tuple[str, ...]] = [()] * signals.shape[1]
    for row in np.flatnonzero(signals.any(axis=0)).tolist():
        held = zip(signals[:, row].tolist(), labels, strict=True)
        rules[row] = tuple(high if signal > 0 else low for signal, (high, low) in held if signal)
        causes[row] = rules[row][0]
    return causes, rules


def _groups(
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    series: npt.NDArray[np.int64],
    status: npt.NDArray[np.int8],
    of_series: npt.NDArray[np.int64],
) -> list[list[_Group]]:
    """The segments of each series, with rows counted from the first row of the series."""
    firsts = np.cumsum(of_series) - of_series
    found: list[list[_Group]] = [[] for _ in of_series]
    own = starts - firsts[series]
    for place, row, length, code in zip(
        series.tolist(), own.tolist(), lengths.tolist(), status.tolist(), strict=True
    ):
        found[place].append(_Group(row, length, LIMITS_STATUSES[code]))
    return found
