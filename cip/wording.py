"""The words for stages, assessments and kinds of saving. Pure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from cip.gate import QiaStatus
from cip.money import Rating, Stage
from kmpt_tracker.ui.formats import format_number, format_value


def thousands(value: Decimal) -> str:
    """£000 to one decimal at most: sums stay exact, the page rounds."""
    return format_number(value, 0 if value == value.to_integral_value() else 1)


def pounds(value: Decimal | None, decimals: int = 0) -> str:
    """£2,822k; the exact amount is in the tables and files. Only nothing reads as 0."""
    if value:
        enough = (places for places in (1, 3, 6) if round(value, places))
        decimals = decimals if round(value, decimals) else next(enough, decimals)
    return format_value(value, "pounds_thousand", decimals)


def whole_percent(share: Decimal) -> int:
    """A share in whole per cent. 100 is the whole, and 0 is nothing."""
    rounded = int(share.to_integral_value(ROUND_HALF_UP))
    if share < 100 <= rounded:
        return 99
    return 1 if share > 0 >= rounded else rounded


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
