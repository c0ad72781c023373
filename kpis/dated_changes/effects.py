"""What a change of targets, floors or tolerances does to months that have their colour. Pure.

The same calculation gives the colours before and after; a change that holds from earlier than
today undoes what was shown, and whoever approves it is told what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpis.judging.assess import SeriesInputs, judged_windows
from kpis.rag import Rag
from kpis.revisions import Revision, Tolerance
from strategy.periods import Period


@dataclass(frozen=True, slots=True)
class Recoloured:
    """Windows of one series whose status moves from one to another."""

    was: Rag
    now: Rag
    windows: tuple[Period, ...]


def with_revision(inputs: SeriesInputs, code: str, revision: Revision) -> SeriesInputs:
    """As if new terms of a target had been decided on."""
    targets = tuple(
        replace(target, revisions=(*target.revisions, revision)) if target.code == code else target
        for target in inputs.targets
    )
    return replace(inputs, targets=targets)


def with_tolerance(inputs: SeriesInputs, plan: str, tolerance: Tolerance) -> SeriesInputs:
    """As if another default tolerance of a plan had been decided on."""
    targets = tuple(
        replace(target, tolerances=(*target.tolerances, tolerance))
        if target.plan == plan
        else target
        for target in inputs.targets
    )
    return replace(inputs, targets=targets)


def recoloured(before: SeriesInputs, after: SeriesInputs) -> tuple[Recoloured, ...]:
    """Which reported windows would have another status, oldest first, by what it was and becomes.

    Told is the status of the window; where that stays, the one of a target that stands beside.
    """
    found: dict[tuple[Rag, Rag], list[Period]] = {}
    was, now = _colours(before), _colours(after)
    for window, colours in was.items():
        moved = [
            (colour, now[window][code])
            for code, colour in colours.items()
            if code in now[window] and now[window][code] is not colour
        ]
        if moved:
            found.setdefault(moved[0], []).append(window)
    return tuple(Recoloured(*pair, tuple(windows)) for pair, windows in found.items())


def _colours(inputs: SeriesInputs) -> Mapping[Period, Mapping[str, Rag]]:
    """Of each window its own status under "", then that of each target judged in it."""
    return {
        item.observation.period: {
            "": item.rag,
            **{judged.target.code: judged.rag for judged in item.judgements},
        }
        for item in judged_windows(inputs)
    }


def counted(changes: Sequence[Recoloured]) -> int:
    return sum(len(change.windows) for change in changes)
