"""`analyse_many`: a pandas frame of many series in, the same frame with its results out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.spc.inputs import Settings, number, written
from kpis.spc.sums import Booleans, Floats, Integers
from kpis.spc.vectorised import Columns
from kpis.spc.words import sign_of

REQUIRED = ("series", "date", "value")
OPTIONAL = (
    "improvement_direction",
    "target",
    "rebase",
    "fix_after_n_points",
    "screen_outliers",
)

# Types for which numpy makes the same doubles as `number` does; None is missing.
PLAIN_NUMBERS = {float, int, Decimal, type(None)}


class Frame:
    """A caller's frame, checked, as arrays sorted by series and date."""

    def __init__(self, frame: pd.DataFrame) -> None:
        _check_columns(frame)
        self._frame = frame
        codes, self._names = _kinds(frame, "series")
        if (codes < 0).any():
            raise ValueError("The frame has rows without a series.")
        self._codes = codes
        moments, values = self._moments(), self._values()
        self._firsts = np.zeros(len(self._names), dtype=np.int64)
        self._firsts[codes[::-1]] = np.arange(len(codes))[::-1]
        self.order = _order(codes, moments)
        self._check_duplicates(codes[self.order], moments[self.order])
        self.columns = Columns(
            values=values[self.order],
            series=codes[self.order].astype(np.int64),
            is_rebase=self._rebases(moments)[self.order],
            sign=self._each("improvement_direction", 1, sign_of).astype(np.int8),
            target=self._each("target", np.nan, lambda found: number(found, "target")),
            fix_after_n_points=self._each("fix_after_n_points", np.nan, _baseline),
            screen_outliers=self._each(
                "screen_outliers",
                True,
                lambda found: Settings.read(screen_outliers=found).screen_outliers,
            ).astype(bool),
        )

    def _moments(self) -> Integers:
        """Dates in microseconds, so that any two kinds of date can be compared."""
        found = self._frame["date"]
        if found.dtype.kind in "iufbc":
            raise ValueError("The column date holds numbers, not dates.")
        try:
            is_text = isinstance(found.dtype, pd.StringDtype)
            read = pd.DatetimeIndex(pd.to_datetime(found, format="ISO8601" if is_text else None))
        except (ValueError, TypeError) as error:
            raise ValueError(f"The column date holds something that is no date: {error}") from None
        if read.hasnans:
            raise ValueError("The frame has rows without a date.")
        self._has_zone = read.tz is not None
        return np.asarray(read.as_unit("us").asi8)

    def _values(self) -> Floats:
        found = self._frame["value"]
        if found.dtype.kind in "iuf":
            values = found.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            values = self._read_values(found.astype(object))
        for row in np.flatnonzero(np.isinf(values))[:1]:
            self._read(self._codes[row], values[row], lambda found: number(found, "value"))
        return np.asarray(values)

    def _read_values(self, found: pd.Series[Any]) -> Floats:
        cells = list(found)
        if set(map(type, cells)) <= PLAIN_NUMBERS:
            try:
                return np.array(cells, dtype=np.float64)
            except (OverflowError, ValueError):
                pass  # Too large, or no number: the loop below finds which series it is in.
        read = (
            self._read(code, cell, lambda given: number(given, "value"))
            for code, cell in zip(self._codes, cells, strict=True)
        )
        return np.array([np.nan if value is None else value for value in read], dtype=float)

    def _read(self, code: int | np.int64, value: Any, read: Callable[[Any], Any]) -> Any:
        """A cell as `analyse` reads it; an error names its series."""
        try:
            return read(value)
        except ValueError as problem:
            raise ValueError(f"Series {self._names[code]}: {problem}") from None

    def _each(self, name: str, default: Any, read: Callable[[Any], Any]) -> npt.NDArray[Any]:
        """A column that is constant within a series, with one entry a series."""
        if name not in self._frame.columns:
            return np.full(len(self._names), default)
        kinds, distinct = _kinds(self._frame, name)
        chosen = kinds[self._firsts]
        self._check_constant(name, kinds != chosen[self._codes])
        owners = np.zeros(len(distinct) + 1, dtype=np.int64)
        owners[chosen] = np.arange(len(chosen))
        found = [
            self._read(owner, value.item() if isinstance(value, np.generic) else value, read)
            for owner, value in zip(owners, distinct, strict=False)
        ]
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
        """True on the first row of a segment: from a column of flags, or the rebase dates."""
        if "rebase" not in self._frame.columns:
            return np.zeros(len(moments), dtype=bool)
        found = self._frame["rebase"]
        if found.dtype.kind == "b":
            return np.asarray(found.to_numpy(dtype=bool, na_value=False))
        kinds, distinct = _distinct(found)
        if all(isinstance(cell, (bool, np.bool_)) or cell is None for cell in distinct):
            return np.array([bool(cell) for cell in distinct], dtype=bool)[kinds]
        return self._on_rebase_dates(kinds, distinct, moments)

    def _on_rebase_dates(self, kinds: Integers, distinct: list[Any], moments: Integers) -> Booleans:
        read = [self._rebase_dates(() if cell is None else _as_many(cell)) for cell in distinct]
        numbers = {dates: number for number, dates in enumerate(dict.fromkeys(read))}
        chosen = np.array([numbers[dates] for dates in read], dtype=np.int64)[kinds]
        self._check_constant("rebase", chosen != chosen[self._firsts][self._codes])
        is_cut = np.isin(moments, np.array(sorted(frozenset().union(*numbers)), dtype=np.int64))
        wanted = list(numbers)
        for row in np.flatnonzero(is_cut):
            is_cut[row] = int(moments[row]) in wanted[chosen[row]]
        return is_cut

    def _rebase_dates(self, dates: tuple[Any, ...]) -> frozenset[int]:
        if any(isinstance(day, (bool, int, float, np.number)) for day in dates):
            raise ValueError("The column rebase takes true and false, or dates.")
        try:
            read = pd.DatetimeIndex([pd.Timestamp(day) for day in dates])
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"The column rebase holds something that is no date: {error}"
            ) from None
        if read.hasnans:
            raise ValueError("The column rebase holds something that is no date.")
        if len(read) and (read.tz is not None) != self._has_zone:
            raise ValueError("Some dates have a time zone and some have none.")
        return frozenset(read.as_unit("us").asi8.tolist())

    def in_given_order(self, results: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if isinstance(self.order, slice):
            return results
        placed = np.empty_like(results)
        placed[self.order] = results
        return placed


def _check_columns(frame: pd.DataFrame) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise ValueError("analyse_many takes a pandas frame, one row a point.")
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise ValueError(f"The frame has no column {', '.join(missing)}.")
    twice = [name for name in (*REQUIRED, *OPTIONAL) if list(frame.columns).count(name) > 1]
    if twice:
        raise ValueError(f"The frame has the column {', '.join(twice)} more than once.")


def _kinds(frame: pd.DataFrame, name: str) -> tuple[Integers, Any]:
    """The distinct cells of a column, and which of them each row has; −1 is missing."""
    try:
        return pd.factorize(frame[name])
    except TypeError:
        raise ValueError(f"The column {name} holds lists. It takes one thing a row.") from None


def _order(codes: Integers, moments: Integers) -> Integers | slice:
    """Rows by series and date; a slice of all rows when they are in that order already."""
    is_next = (codes[1:] > codes[:-1]) | ((codes[1:] == codes[:-1]) & (moments[1:] > moments[:-1]))
    return slice(None) if is_next.all() else np.lexsort((moments, codes))


def _baseline(value: Any) -> float | None:
    """As a float, since a column also holds missing values."""
    rows = Settings.read(fix_after_n_points=value).fix_after_n_points
    return None if rows is None else float(rows)


def _distinct(column: pd.Series[Any]) -> tuple[Integers, list[Any]]:
    """The distinct cells, and which each row has. Cells may be lists; equal ones count as one."""
    by_identity: dict[int, int] = {}
    by_value: dict[Any, int] = {}
    distinct: list[Any] = []
    cells, kinds = list(column), np.empty(len(column), dtype=np.int64)
    for row, given in enumerate(cells):
        kind = by_identity.get(id(given))
        if kind is None:
            cell = _cell(given)
            key = type(cell), tuple(cell) if isinstance(cell, (list, tuple)) else cell
            kind = by_value.setdefault(_hashable(key, given), len(distinct))
            if kind == len(distinct):
                distinct.append(cell)
            by_identity[id(given)] = kind
        kinds[row] = kind
    return kinds, distinct


def _hashable(key: tuple[Any, ...], cell: Any) -> Any:
    """The key; for a cell that cannot be hashed, its identity."""
    try:
        hash(key)
    except TypeError:
        return id(cell)
    return key


def _cell(cell: Any) -> Any:
    """A missing cell is None; a collection of dates is left as it is."""
    return None if _is_single(cell) and pd.isna(cell) else cell


def _is_single(cell: Any) -> bool:
    return isinstance(cell, (str, date)) or not hasattr(cell, "__iter__")


def _as_many(cell: Any) -> tuple[Any, ...]:
    return (cell,) if _is_single(cell) else tuple(cell)
