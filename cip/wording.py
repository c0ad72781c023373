"""The words for stages, assessments and kinds of saving. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from cip.gate import QiaStatus
from cip.money import Rating, Stage
from kmpt_tracker.ui.formats import format_number


def thousands(value: Decimal) -> str:
    """£000 to one decimal at most: sums stay exact, the page rounds."""
    return format_number(value, 0 if value == value.to_integral_value() else 1)


STAGES: Mapping[Stage, str] = {
    Stage.IDEA: "Idea",
    Stage.OUTLINED: "Outlined",
    Stage.QIA: "Quality impact assessment",
    Stage.APPROVED: "Approved",
    Stage.IN_DELIVERY: "In delivery",
    Stage.CLOSED: "Closed",
    Stage.REJECTED: "Rejected",
    Stage.SUBSTITUTED: "Substituted",
}
QIA: Mapping[QiaStatus, str] = {
    QiaStatus.NOT_STARTED: "Not started",
    QiaStatus.DRAFT: "Draft",
    QiaStatus.SUBMITTED: "With the panel",
    QiaStatus.MORE_DETAIL_ASKED: "More detail asked",
    QiaStatus.APPROVED: "Approved",
    QiaStatus.APPROVED_WITH_CONDITIONS: "Approved with conditions",
    QiaStatus.REJECTED: "Rejected",
    QiaStatus.REOPENED: "Reopened",
}
# The steps from the target to the gap and what it is made of, as `cip.money.gap_steps` names them.
STEPS: Mapping[str, str] = {
    "target": "Target",
    "delivered": "Delivered, months signed off",
    Rating.GREEN: "Green schemes to come",
    Rating.AMBER: "Amber schemes to come",
    Rating.RED: "Red schemes to come",
    "gap": "Gap after risk",
    "behind": "Behind plan so far",
    "below_plan": "Forecast below plan",
    "green_held": "Held back of green",
    "amber_held": "Held back of amber",
    "red_held": "Held back of red",
    "unrated": "Schemes without a rating",
    "gate": "No open quality gate",
    "unidentified": "Not identified",
}
