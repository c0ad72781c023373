"""How a change of targets, floors or tolerances recolours months already judged. Pure.

The same calculation gives the colours before and after. A change dated before today undoes what was
shown, and the approver sees what it undoes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpis.judging.assess import judged_windows
from kpis.judging.terms import SeriesInputs
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
    """The inputs as if new terms of a target had been approved."""
    targets = tuple(
        replace(target, revisions=(*target.revisions, revision)) if target.code == code else target
        for target in inputs.targets
    )
    return replace(inputs, targets=targets)


def with_tolerance(inputs: SeriesInputs, plan: str, tolerance: Tolerance) -> SeriesInputs:
    """The inputs as if another default tolerance of a plan had been approved."""
    targets = tuple(
        replace(target, tolerances=(*target.tolerances, tolerance))
        if target.plan == plan
        else target
        for target in inputs.targets
    )
    return replace(inputs, targets=targets)


def recoloured(before: SeriesInputs, after: SeriesInputs) -> tuple[Recoloured, ...]:
    """The reported windows whose status would change, grouped by old and new status.

    Windows are oldest first. The window's own status is given; where that stays the same, the
    status of another target in force that changes.
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
    """The statuses of each window: its own under "", then one for each target judged in it."""
    return {
        item.observation.period: {
            "": item.rag,
            **{judged.target.code: judged.rag for judged in item.judgements},
        }
        for item in judged_windows(inputs)
    }


def counted(changes: Sequence[Recoloured]) -> int:
    return sum(len(change.windows) for change in changes)
