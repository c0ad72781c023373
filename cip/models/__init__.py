"""Cost improvement: programmes, schemes, their money, and their quality impact."""

from cip.models.programmes import (
    Allocation,
    AllocationTransfer,
    Programme,
    TargetChange,
    WeightChange,
)
from cip.models.quality import (
    GuardMeasure,
    QIAAuthor,
    QIADecision,
    QIADomain,
    QIAReopening,
    QIAReview,
    QIASignature,
    QualityImpactAssessment,
)
from cip.models.schemes import (
    Deliverability,
    LedgerImport,
    MonthSignOff,
    Phasing,
    Scheme,
    SchemeMilestone,
    SchemeRisk,
    SchemeStage,
)

__all__ = [
    "Allocation",
    "AllocationTransfer",
    "Deliverability",
    "GuardMeasure",
    "LedgerImport",
    "MonthSignOff",
    "Phasing",
    "Programme",
    "QIAAuthor",
    "QIADecision",
    "QIADomain",
    "QIAReopening",
    "QIAReview",
    "QIASignature",
    "QualityImpactAssessment",
    "Scheme",
    "SchemeMilestone",
    "SchemeRisk",
    "SchemeStage",
    "TargetChange",
    "WeightChange",
]
