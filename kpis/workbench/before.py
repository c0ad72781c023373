"""The commitments of the plan before a draft, and what each becomes in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import FilteredRelation, Q

from kpis.assessments.as_known import not_retired
from kpis.models import DraftLine, PlanDraft, Succession, Target
from kpis.models.targets import BY_OBJECTIVE
from kpis.plans.movement import Movement, movement
from kpis.plans.threads import compared, main_target
from kpis.rag import Direction
from kpis.workbench.standing import Stands


@dataclass(frozen=True)
class Undecided:
    """A commitment of the plan before that the draft leaves open, or drops with a reason."""

    target: Target
    dropped: Succession | None = None
    stands: Stands | None = None

    @property
    def words(self) -> str:
        return f"“{self.target.statement}”"


def says(target: Target, row: DraftLine) -> bool:
    """Whether a line takes up a commitment that nobody counts: by the same words."""
    return target.measure_id is None and same_words(row.statement, target.statement)


def same_words(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def commitments_before(draft: PlanDraft) -> list[Target]:
    """The commitments of the plan before that were not retired, read with what the draft drops
    (`dropped_here`).
    """
    if draft.follows_id is None:
        return []
    rows = not_retired(Target.objects.filter(plan=draft.follows_id, role="commitment"))
    decided = FilteredRelation(
        "successions",
        condition=Q(successions__draft=draft.pk, successions__decision=Succession.Decision.DROPPED),
    )
    return list(
        rows.annotate(dropped_here=decided)
        .select_related("measure", "plan", "care_group", "dropped_here__decided_by")  # type: ignore[misc]
        .order_by(*BY_OBJECTIVE, "position", "part", "pk")
    )


def dropped_here(target: Target) -> Succession | None:
    """The decision to drop it, of a row that `commitments_before` read."""
    return getattr(target, "dropped_here", None)


def compared_by_measure(ended: Sequence[Target]) -> Mapping[int, Target]:
    """By measure, the promise of the plan before that a new one is compared with."""
    found: dict[int, list[Target]] = defaultdict(list)
    for target in ended:
        if target.measure_id is not None:
            found[target.measure_id].append(target)
    return {key: main_target(targets) for key, targets in found.items()}


def became(ended: Target | None, row: DraftLine) -> Movement:
    """What became of the promise, by the rule of the golden threads."""
    if ended is None:
        return Movement.NEW
    if row.measure is None:
        return Movement.SAME if ended.measure_id is None else Movement.NEW
    return movement(compared(ended), compared(row), Direction(row.measure.direction))
