"""Measures, their targets, what was observed, and how it is judged."""

from kpis.models.accepted import AcceptedLevel
from kpis.models.actuals import Actual, Decision
from kpis.models.assessments import (
    Annotation,
    Assessment,
    Commentary,
    FixedBaseline,
    Judgement,
    Rebase,
)
from kpis.models.benchmarks import Benchmark
from kpis.models.dated import DatedChange, MeasureChange, TextChange, ToleranceChange
from kpis.models.drafts import DraftLine, PlanDraft, Succession
from kpis.models.entering import NamedMeasure
from kpis.models.imports import ImportBatch
from kpis.models.measures import Measure, MeasureLink, Series
from kpis.models.owners import IllustrativeOwner, PlannedOwner
from kpis.models.promises import TargetProposal
from kpis.models.returns import ReportingPeriod, Return, ReturnCell, ReturnSection
from kpis.models.targets import Target, TargetChange, TargetPoint

__all__ = [
    "AcceptedLevel",
    "Actual",
    "Annotation",
    "Assessment",
    "Benchmark",
    "Commentary",
    "DatedChange",
    "Decision",
    "DraftLine",
    "FixedBaseline",
    "IllustrativeOwner",
    "ImportBatch",
    "Judgement",
    "Measure",
    "MeasureChange",
    "MeasureLink",
    "NamedMeasure",
    "PlanDraft",
    "PlannedOwner",
    "Rebase",
    "ReportingPeriod",
    "Return",
    "ReturnCell",
    "ReturnSection",
    "Series",
    "Succession",
    "Target",
    "TargetChange",
    "TargetPoint",
    "TargetProposal",
    "TextChange",
    "ToleranceChange",
]
