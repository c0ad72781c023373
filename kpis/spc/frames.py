"""`analyse_many`: a pandas frame of many series in, the same frame with its results out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.spc.inputs import Settings, number, written
from kpis.spc.sums import Booleans, Floats, Integers
from kpis.spc.vectorised import Columns
from kpis.spc.words import sign_of

REQUIRED = ("series", "date", "value")


class Frame:
    """A caller's frame, checked, as arrays sorted by series and date."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        missing = [name for name in REQUIRED if name not in frame.columns]
        if missing:
            raise ValueError(f"The frame has no column {', '.join(missing)}.")
        codes, self._names = pd.factorize(frame["series"])
        if (codes < 0).any():
            raise ValueError("The frame has rows without a series.")
        moments, values = self._moments(), self._values()
        self._firsts = np.zeros(len(self._names), dtype=np.int64)
        self._firsts[codes[::-1]] = np.arange(len(codes))[::-1]
        self._codes = codes
        self.order = _order(codes, moments)
        self._check_duplicates(codes[self.order], moments[self.order])
        self.columns = Columns(
            values=values[self.order],
            series=codes[self.order].astype(np.int64),
            is_rebase=self._rebases(moments)[self.order],
            sign=self._each("improvement_direction", 1, sign_of).astype(np.int8),
            target=self._each("target", np.nan, lambda found: number(found, "target")),
            fix_after_n_points=self._each("fix_after_n_points", np.nan, _baseline),
            screen_outliers=self._each("screen_outliers", True, _screening).astype(bool),
        )

    def _moments(self) -> Integers:
        """Microseconds, so that any two kinds of date compare."""
        found = self._frame["date"]
        if found.dtype.kind in "iufbc":
            raise ValueError("The column date holds numbers, not dates.")
        try:
            read = pd.DatetimeIndex(pd.to_datetime(found, format=_format(found)))
        except (ValueError, TypeError) as error:
            raise ValueError(f"The column date holds something that is no date: {error}") from None
        if read.hasnans:
            raise ValueError("The frame has rows without a date.")
        return np.asarray(read.as_unit("us").asi8)

    def _values(self) -> Floats:
        found = self._frame["value"]
        if found.dtype.kind in "iuf":
            values = found.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            present = found.astype(object).where(found.notna(), None)
            read = (number(value, "value") for value in present)
            values = np.array([np.nan if value is None else value for value in read], dtype=float)
        if np.isinf(values).any():
            row = int(np.flatnonzero(np.isinf(values))[0])
            raise ValueError(f"Series {self._frame['series'].iloc[row]} has an infinite value.")
        return np.asarray(values)

    def _each(self, name: str, default: Any, read: Callable[[Any], Any]) -> npt.NDArray[Any]:
        """What is constant within a series, one entry a series."""
        if name not in self._frame.columns:
            return np.full(len(self._names), default)
        kinds, distinct = pd.factorize(self._frame[name])
        chosen = kinds[self._firsts]
        self._check_constant(name, kinds != chosen[self._codes])
        found = [read(_plain(value)) for value in distinct]
        table = [default if value is None else value for value in [*found, default]]
        return np.asarray(np.array(table)[chosen])

    def _check_constant(self, name: str, differs: Booleans) -> None:
        if differs.any():
            series = self._names[self._codes[np.flatnonzero(differs)[0]]]
            raise ValueError(f"Series {series} has more than one {name}. It takes one a series.")

    def _check_duplicates(self, codes: Integers, moments: Integers) -> None:
        again = np.flatnonzero((codes[1:] == codes[:-1]) & (moments[1:] == moments[:-1]))
        if len(again):
            moment = pd.Timestamp(int(moments[again[0]]), unit="us").to_pydatetime()
            raise ValueError(
                f"Series {self._names[codes[again[0]]]} has {written(moment)} twice. "
                "A series has one value a date."
            )

    def _rebases(self, moments: Integers) -> Booleans:
        """True on the first row of a segment: a column of flags, or each series' rebase dates."""
        if "rebase" not in self._frame.columns:
            return np.zeros(len(moments), dtype=bool)
        found = self._frame["rebase"]
        if found.dtype.kind == "b":
            return np.asarray(found.to_numpy(dtype=bool, na_value=False))
        cells = [_cell(cell) for cell in found]
        if all(isinstance(cell, (bool, np.bool_)) or cell is None for cell in cells):
            return np.array([bool(cell) for cell in cells], dtype=bool)
        return self._on_rebase_dates(cells, moments)

    def _on_rebase_dates(self, cells: list[Any], moments: Integers) -> Booleans:
        dates = [() if cell is None else _as_many(cell) for cell in cells]
        kept = [dates[first] for first in self._firsts]
        wanted = [_rebase_dates(each) for each in kept]
        is_other = (each != kept[code] for each, code in zip(dates, self._codes, strict=True))
        differs = np.fromiter(is_other, dtype=bool, count=len(cells))
        for row in np.flatnonzero(differs):
            differs[row] = _rebase_dates(dates[row]) != wanted[self._codes[row]]
        self._check_constant("rebase", differs)
        pairs = zip(self._codes.tolist(), moments.tolist(), strict=True)
        is_cut = (moment in wanted[code] for code, moment in pairs)
        return np.fromiter(is_cut, dtype=bool, count=len(cells))

    def in_given_order(self, results: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if isinstance(self.order, slice):
            return results
        placed = np.empty_like(results)
        placed[self.order] = results
        return placed


def _order(codes: Integers, moments: Integers) -> Integers | slice:
    """Rows by series and date; nothing to move when they lie so already."""
    is_next = (codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & (moments[1:] > moments[:-1]))
    return slice(None) if is_next.all() else np.lexsort((moments, codes))


def _format(found: pd.Series[Any]) -> str | None:
    return "ISO8601" if isinstance(found.dtype, pd.StringDtype) else None


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _baseline(value: Any) -> int | None:
    return Settings.read(fix_after_n_points=value).fix_after_n_points


def _screening(value: Any) -> bool:
    return Settings.read(screen_outliers=value).screen_outliers


def _cell(cell: Any) -> Any:
    """A missing cell is None; a collection of dates is left as it is."""
    return None if _is_single(cell) and pd.isna(cell) else cell


def _is_single(cell: Any) -> bool:
    return isinstance(cell, (str, date)) or not hasattr(cell, "__iter__")


def _as_many(cell: Any) -> tuple[Any, ...]:
    return (cell,) if _is_single(cell) else tuple(cell)


def _rebase_dates(dates: tuple[Any, ...]) -> frozenset[int]:
    if any(isinstance(day, (bool, int, float, np.number)) for day in dates):
        raise ValueError("The column rebase takes true and false, or dates.")
    try:
        read = pd.DatetimeIndex([pd.Timestamp(day) for day in dates])
    except (ValueError, TypeError) as error:
        raise ValueError(f"The column rebase holds something that is no date: {error}") from None
    return frozenset(read.as_unit("us").asi8.tolist())
