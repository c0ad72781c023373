"""Two versions of a figure, or of its words, shown to the person who has to choose."""

from dataclasses import dataclass

from kpis.judging.wording import MILESTONE_WORDS
from kpis.returns.cells import CellText
from kpis.returns.conflicts import BoxConflict, Conflict

# A box of words → its name where two versions of it are shown.
REMARKS = {
    "comment": "the comment",
    "no_data_reason": "the reason for no data",
    "confirm_reason": "the reason for the figure",
    "change_reason": "the reason for the correction",
}


@dataclass(frozen=True)
class Clash:
    """Two versions of a figure, or of one of its remarks, in words."""

    last: BoxConflict
    theirs: str
    yours: str

    @property
    def who(self) -> str:
        return "You" if self.last.is_own else self.last.saved_by

    @property
    def where(self) -> str:
        return "in another tab" if self.last.is_own else "while you were typing"


def clashes(conflict: Conflict) -> list[Clash]:
    """The figure as one clash, and each remark that both people wrote."""
    found = []
    figure = [box for box in conflict.boxes if box.box not in REMARKS]
    if figure:
        last = max(figure, key=lambda box: box.saved_at)
        found.append(Clash(last, figure_words(conflict.theirs), figure_words(conflict.yours)))
    for box in conflict.boxes:
        if box.box in REMARKS:
            theirs, yours = (
                _remark(box.box, getattr(text, box.box))
                for text in (conflict.theirs, conflict.yours)
            )
            found.append(Clash(box, theirs, yours))
    return found


def _remark(box: str, text: str) -> str:
    return f"{REMARKS[box]} “{text}”" if text.strip() else f"{REMARKS[box]} as empty"


def figure_words(text: CellText) -> str:
    if text.withdrawn:
        return "that it should never have been"
    if text.milestone_status or text.forecast or text.completed:
        status = MILESTONE_WORDS.get(text.milestone_status, text.milestone_status)
        dates = ((", expected ", text.forecast), (", done ", text.completed))
        return f"“{status or 'no status'}”" + "".join(f"{word}{day}" for word, day in dates if day)
    if text.numerator or text.denominator:
        return f"{text.numerator or 'nothing'} of {text.denominator or 'nothing'}"
    if text.value:
        return text.value
    return (
        f"“{text.comment or text.no_data_reason}”"
        if text.comment or text.no_data_reason
        else "nothing"
    )
