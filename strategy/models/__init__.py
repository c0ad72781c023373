"""The organisation and its plans, as published."""

from strategy.models.organisation import (
    CareGroup,
    Committee,
    Membership,
    PostHolding,
    TrustName,
)
from strategy.models.plans import Ambition, Objective, Outcome, Plan
from strategy.models.provenance import Note, NoteLink, SeededRow, SourceDocument
from strategy.models.statements import (
    Action,
    ActionStatus,
    ContextFigure,
    FinanceLine,
    PlanStatement,
    QualityPriority,
    Risk,
)

__all__ = [
    "Action",
    "ActionStatus",
    "Ambition",
    "CareGroup",
    "Committee",
    "ContextFigure",
    "FinanceLine",
    "Membership",
    "Note",
    "NoteLink",
    "Objective",
    "Outcome",
    "Plan",
    "PlanStatement",
    "PostHolding",
    "QualityPriority",
    "Risk",
    "SeededRow",
    "SourceDocument",
    "TrustName",
]
