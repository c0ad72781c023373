"""Cost improvement: programmes, schemes, their money, and their quality impact."""

from cip.models.programmes import Allocation, AllocationTransfer, Programme
from cip.models.quality import (
    GuardMeasure,
    QIADecision,
    QIADomain,
    QIAReview,
    QIASignature,
    QualityImpactAssessment,
)
from cip.models.schemes import (
    Deliverability,
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
    "MonthSignOff",
    "Phasing",
    "Programme",
    "QIADecision",
    "QIADomain",
    "QIAReview",
    "QIASignature",
    "QualityImpactAssessment",
    "Scheme",
    "SchemeMilestone",
    "SchemeRisk",
    "SchemeStage",
]
