"""The targets that are proposed for a plan: what waits for a second person, what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import MISSING, format_date, format_moment
from kpis.assessments.inputs import measure_terms
from kpis.dated_changes.changes_page import decision_words
from kpis.judging.promised import path_words, promised_words
from kpis.models import TargetProposal
from kpis.promises.add import promise_of
from kpis.promises.check import Check, check
from strategy.models import Plan

PROPOSED = TargetProposal.Outcome.PROPOSED


@dataclass(frozen=True)
class ProposalRow:
    """A proposed target as the person who decides on it reads it."""

    proposal: TargetProposal
    check: Check | None = None

    @property
    def key(self) -> str:
        return str(self.proposal.pk)

    @property
    def title(self) -> str:
        return f"“{self.proposal.statement}”"

    @property
    def serves(self) -> str:
        objective = self.proposal.objective
        return objective.numbered_title if objective else "A national standard"

    @property
    def measure(self) -> str:
        return self.proposal.measure.name if self.proposal.measure else "No measure yet"

    @property
    def asks(self) -> str:
        """What it asks for: "≥ 95%"; a path by its first and last value."""
        proposal, measure = self.proposal, self.proposal.measure
        if measure is None:
            return MISSING
        if proposal.points:
            return path_words(proposal.points, proposal.operator, measure.unit)
        return promised_words(proposal, measure_terms(measure))

    @property
    def facts(self) -> list[tuple[str, str]]:
        proposal = self.proposal
        return [
            ("Objective", self.serves),
            ("Measure", self.measure),
            ("Asked of", proposal.care_group.name),
            ("Asks for", self.asks),
            ("In force from", format_date(proposal.effective_from)),
            ("Due", format_date(proposal.due)),
            ("Kind", proposal.get_role_display()),
            ("Where the plan says it", proposal.source_section or "Not recorded"),
        ]


@dataclass(frozen=True)
class ProposalsPage:
    """What is proposed for a plan: waiting and decided."""

    plan: Plan
    waiting: tuple[ProposalRow, ...]
    decided: tuple[ProposalRow, ...]

    @property
    def history(self) -> Table:
        rows = [
            (
                row.title,
                row.asks,
                format_date(row.proposal.effective_from),
                f"{row.proposal.proposed_by}, {format_moment(row.proposal.proposed_at)}: "
                f"{row.proposal.reason}",
                decision_words(row.proposal),
            )
            for row in self.decided
        ]
        columns = ["What", "Asks for", "From", "Proposed by", "Decision"]
        return Table("Targets that were proposed, latest first", columns, rows)


def proposals_page(plan: Plan, *, today: date) -> ProposalsPage:
    rows = [
        ProposalRow(
            row,
            check(
                promise_of(row),
                plan=plan,
                measure=row.measure,
                care_group=row.care_group_id,
                today=today,
            )
            if row.outcome == PROPOSED
            else None,
        )
        for row in TargetProposal.objects.filter(plan=plan)
        .select_related("plan", "objective__plan", "measure", "care_group")
        .select_related("proposed_by", "decided_by")
        .order_by("-proposed_at", "-pk")
    ]
    return ProposalsPage(
        plan,
        waiting=tuple(row for row in rows if row.proposal.outcome == PROPOSED),
        decided=tuple(row for row in rows if row.proposal.outcome != PROPOSED),
    )
