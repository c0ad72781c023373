"""The texts of a plan as their page lists them, and the changes that wait or were decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from kmpt_tracker.ui.formats import MISSING
from kpis.dated_changes.changes_page import PROPOSED, ChangeRow, DatedPage
from kpis.models import TextChange
from kpis.plan_texts.change import changes_of
from kpis.plans.texts import KINDS, NAMES, called, takes_two, texts_of
from strategy.models import Plan
from strategy.notes import key_text

SHOWN = 160
HEADINGS = {
    "plan": "What the plan says of itself",
    "ambition": "Ambitions",
    "objective": "Objectives",
    "target": "Promises",
    "outcome": "What it will look like",
    "action": "What will be done",
    "statement": "Sections",
    "quality_priority": "Quality priorities",
    "risk": "Risks",
}


@dataclass(frozen=True)
class TextRow:
    """One row of a plan with its texts."""

    kind: str
    row: Any
    plan: Plan

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Each text that says something, with its name."""
        return [
            (NAMES[name].partition(",")[0], text)
            for name, text in texts_of(self.row).items()
            if text
        ]

    @property
    def words(self) -> str:
        """Its first text, shortened: what the row is called in the list."""
        text = " ".join(self.texts[0][1].split()) if self.texts else MISSING
        return text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()}…"

    @property
    def number(self) -> str:
        reference = getattr(self.row, "reference", "") or getattr(self.row, "number", "")
        return reference if reference[:1].isdigit() else ""

    @property
    def takes_two(self) -> bool:
        return takes_two(self.row)

    @property
    def word(self) -> str:
        return KINDS[self.kind].word

    @property
    def url(self) -> str:
        return reverse("kpis:plan-text", args=[self.plan.code, self.kind, self.row.pk])


@dataclass(frozen=True)
class TextsPage(DatedPage):
    """Every text of a plan that may be changed."""

    plan: Plan
    groups: tuple[tuple[str, tuple[TextRow, ...]], ...]


@dataclass(frozen=True)
class TextPage(DatedPage):
    """The texts of one row, and their changes."""

    plan: Plan
    row: TextRow


def texts_page(plan: Plan) -> TextsPage:
    """The texts of a plan by kind, in a fixed number of queries."""
    waiting, decided = _changes(changes_of(plan))
    groups = []
    for kind, found in KINDS.items():
        rows = tuple(TextRow(kind, row, plan) for row in found.of(plan))
        if rows:
            groups.append((HEADINGS[kind], rows))
    return TextsPage(
        waiting=waiting,
        decided=decided,
        caption="Changes of the texts, latest first",
        plan=plan,
        groups=tuple(groups),
    )


def text_page(plan: Plan, kind: str, row_id: int) -> TextPage | None:
    """One row of a plan with its texts; None where the plan has none of that number."""
    if kind not in KINDS or row_id >= 2**63:
        return None
    row = KINDS[kind].of(plan).filter(pk=row_id).first()
    if row is None:
        return None
    own = changes_of(plan).filter(object_type=kind, object_key=key_text(row.natural_key()))
    waiting, decided = _changes(own)
    return TextPage(
        waiting=waiting,
        decided=decided,
        caption="Changes of these texts, latest first",
        plan=plan,
        row=TextRow(kind, row, plan),
    )


def _changes(
    changes: Iterable[TextChange],
) -> tuple[tuple[ChangeRow, ...], tuple[ChangeRow, ...]]:
    """What waits, targets that share their words once; and what was decided, latest first."""
    rows = changes.select_related("proposed_by", "decided_by", "plan").order_by("decided_at", "pk")  # type: ignore[attr-defined]
    waiting: dict[tuple, ChangeRow] = {}
    decided: list[ChangeRow] = []
    for change in rows:
        words = f"“{change.old or MISSING}” → “{change.new or MISSING}”"
        shown = ChangeRow(change, called(change.object_type, change.field), words)
        if change.outcome == PROPOSED:
            waiting.setdefault((change.object_type, change.old, change.new), shown)
        else:
            decided.append(shown)
    return tuple(waiting.values()), tuple(reversed(decided))
