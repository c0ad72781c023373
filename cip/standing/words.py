"""What the state of a scheme is called, on pages and in reports."""

from cip.gate import APPROVALS, Changed
from cip.standing.read import Standing
from cip.wording import QIA, STAGES


def stage_words(row: Standing) -> str:
    return f"{STAGES[row.stage]}, paused" if row.is_paused else STAGES[row.stage]


def qia_words(row: Standing) -> str:
    """The state of the assessment; if it is approved, what its signatures lack."""
    words = QIA[row.qia_status]
    if row.assessed is None or row.qia_status not in APPROVALS:
        return words
    if row.assessed.changed is Changed.MATERIALLY:
        return f"{words}, signatures void"
    missing = len(row.assessed.unsigned)
    if missing:
        return f"{words}, {2 - missing} of 2 signed"
    changed = row.assessed.changed is Changed.SLIGHTLY
    return f"{words}, changed since signature" if changed else f"{words}, signed"


def schemes_words(number: int) -> str:
    return f"{number} scheme" if number == 1 else f"{number} schemes"
