"""One row of a monthly return: a measure, its boxes, and the words about them."""

from dataclasses import dataclass

from kmpt_tracker.ui.formats import format_month_short
from kpis.judging.assess import MeasureTerms
from kpis.judging.comments_asked import NarrativeAsked
from kpis.judging.status import Standing
from kpis.judging.wording import (
    MILESTONE_WORDS,
    STEPS,
    share_words,
    target_words,
    value_words,
    within_sentence,
)
from kpis.models import Series
from kpis.months.due import FigureDue
from kpis.rag import Rag
from kpis.returns.cells import CellRead, CellText, Fault
from kpis.returns.save import BoxConflict, Conflict
from strategy.periods import Frequency, Period

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


@dataclass(frozen=True)
class NumberBox:
    """A box for a number, with its label and what was typed into it."""

    name: str
    words: str
    text: str
    is_bad: bool


@dataclass(frozen=True)
class ReturnRow:
    """One measure of a return: what was reported before, what is typed, and how it reads."""

    asked: FigureDue
    terms: MeasureTerms
    version: int
    text: CellText
    read: CellRead
    result: Standing
    before: tuple[Standing | None, ...]
    narrative: NarrativeAsked
    group: str
    absence: Rag  # the state of a row without a figure: not due, late, or no data
    faults: tuple[Fault, ...] = ()  # everything that is wrong, or still missing, box by box
    conflict: Conflict | None = None
    held: Standing | None = None  # the figure that the tracker has for the window already
    unsaved: CellText | None = None  # typed, and refused, where no box can hold it any longer

    @property
    def series(self) -> Series:
        return self.asked.series

    @property
    def window(self) -> Period:
        return self.asked.window

    @property
    def prefix(self) -> str:
        return f"s{self.asked.key}"

    @property
    def shows_held(self) -> bool:
        """Nothing is typed, and the tracker has an earlier or illustrative figure already."""
        return self.held is not None and not self.text.has_figure and not self.faults

    @property
    def corrects(self) -> bool:
        """Whether a figure other than the approved one would need a reason."""
        corrected = bool(self.text.change_reason) or self.clashes_in("change_reason")
        return self.held is not None or corrected

    @property
    def asks_to_confirm(self) -> bool:
        return bool(self.read.warnings) or self.clashes_in("confirm_reason")

    def clashes_in(self, *boxes: str) -> bool:
        """Whether one of these boxes was saved by someone else while it was typed in."""
        return self.conflict is not None and any(
            clash.box in boxes for clash in self.conflict.boxes
        )

    @property
    def is_ready(self) -> bool:
        """A figure that can be read, confirmed where asked; or a reason why there is none."""
        if self.read.faults or self.conflict:
            return False
        if self.read.is_withdrawn:
            return bool(self.text.change_reason.strip())
        if not self.read.has_figure:
            return bool(self.text.no_data_reason.strip())
        confirmed = self.text.confirmed and self.text.confirm_reason.strip()
        return not self.read.warnings or bool(confirmed)

    @property
    def is_own_window(self) -> bool:
        """Whether its window is the month of the return, as in the column headings."""
        return self.window == self.asked.month.period

    @property
    def wrong(self) -> dict[str, list[str]]:
        """What is wrong with each box, without the measure's name, which stands beside it."""
        found: dict[str, list[str]] = {}
        for fault in self.faults:
            words = fault.message.removeprefix(f"{self.asked.name}: ")
            found.setdefault(self._box_of(fault), []).append(words)
        return found

    @property
    def messages(self) -> list[tuple[str, str]]:
        """What is wrong, box by box: the id of each message, and its words."""
        return [
            (f"{self.prefix}-{box}-error", ". ".join(words)) for box, words in self.wrong.items()
        ]

    def _box_of(self, fault: Fault) -> str:
        """The box that a message is about: a missing figure is missed in the first one."""
        if fault.field == "value" and self.terms.is_milestone:
            return "milestone_status"
        if fault.field == "value" and self.terms.is_ratio:
            return "numerator"
        return fault.field

    @property
    def errors_in_summary(self) -> list[tuple[str, str]]:
        """The id of each box in error, and its message starting with the measure's name."""
        name = self.series.measure.name
        return [
            (
                f"{self.prefix}-{self._box_of(fault)}",
                fault.message if fault.message.startswith(name) else f"{name}: {fault.message}",
            )
            for fault in self.faults
        ]

    @property
    def clashes(self) -> list[Clash]:
        return clashes(self.conflict) if self.conflict else []

    @property
    def conflicts_in_summary(self) -> list[tuple[str, str]]:
        """Each clash with its box, whether another person or another tab saved it."""
        if self.conflict is None:
            return []
        box, name = self.conflict.boxes[0].box, self.series.measure.name
        return [
            (f"{self.prefix}-{box}", f"{name}: {clash.who} saved {clash.theirs} {clash.where}")
            for clash in self.clashes
        ]

    @property
    def mark(self) -> str:
        """The class of the row that shows where something is wrong, or still to be done."""
        if self.faults or self.conflict:
            return " is-bad"
        return " is-todo" if self.text.has_figure and not self.is_ready else ""

    @property
    def hint(self) -> str:
        """What to enter in the boxes, in the measure's own words."""
        measure = self.series.measure
        said = measure.definition
        if self.terms.is_ratio:
            said = f"{measure.numerator}, out of {within_sentence(measure.denominator)}"
        return said if self.is_own_window else f"{said} ({self.window.label})"

    @property
    def before_cells(self) -> list[tuple[str, str, str]]:
        """For each of the three windows before: the column heading, the value, and its own name.

        The name is given only where the window is not the month in the column heading.
        """
        months = (format_month_short(self.asked.month.plus(-step)) for step in (3, 2, 1))
        return [
            (
                label,
                value_words(shown, self.terms) if shown else "–",
                shown.period.label if shown and not self.is_own_window else "",
            )
            for label, shown in zip(months, self.before, strict=True)
        ]

    @property
    def target(self) -> str:
        """The target for the row's own window."""
        return target_words(self.result.target, self.terms)

    @property
    def share(self) -> str:
        """Under a target that is a share of the year's: the year's amount and how much of it has
        passed.
        """
        return share_words(self.result, self.terms)

    @property
    def number_boxes(self) -> list[NumberBox]:
        """The boxes for the figure: two for a ratio, the number and what it is out of."""
        named = {"value": "figure"}
        if self.terms.is_ratio:
            named = {"numerator": "number", "denominator": "out of"}
        return [
            NumberBox(
                name=f"{self.prefix}-{field}",
                words=words,
                text=getattr(self.text, field),
                is_bad=field in self.wrong,
            )
            for field, words in named.items()
        ]

    @property
    def milestone_choices(self) -> list[tuple[str, str]]:
        return list(MILESTONE_WORDS.items())

    @property
    def typed(self) -> str:
        """What was typed, for readers who may not enter figures."""
        if self.text.withdrawn:
            return f"withdrawn: {self.text.change_reason or 'no reason yet'}"
        return figure_words(self.text) if self.text.has_figure else "–"

    @property
    def unsaved_words(self) -> str:
        return figure_words(self.unsaved) if self.unsaved else ""

    @property
    def held_words(self) -> str:
        """Where a figure comes from that the tracker has and this return has not."""
        origin = self.held.origin if self.held else ""
        return f"already held, {origin}" if origin else "already held"

    @property
    def confirm_words(self) -> str:
        return f"{value_words(self.result, self.terms)} is right"

    @property
    def asks_comment(self) -> bool:
        """Whether the comment box is open below the row: a comment is asked for, or filled in."""
        asked = self.narrative.is_asked and self.read.has_figure
        named = "comment" in self.wrong or self.clashes_in("comment")
        return bool(asked or self.text.comment or named)

    @property
    def comment_label(self) -> str:
        if self.narrative.is_asked and self.read.has_figure:
            return self.narrative.question
        if self.result.rag is Rag.RED:
            return "Off target: say why, and what you are doing about it"
        return "Comment"

    @property
    def opens(self) -> bool:
        """Whether the boxes for rare answers are open: one is filled in or asked for."""
        rare = ("no_data_reason", "change_reason")
        named = any(box in self.wrong for box in rare) or self.clashes_in(*rare)
        return bool(self.text.no_data_reason or self.text.change_reason or named)

    @property
    def no_data_words(self) -> str:
        """ "No data this quarter", for example: a monthly return also asks for longer windows."""
        if self.terms.frequency is Frequency.ONE_OFF:
            return "No data"
        return f"No data this {STEPS[self.terms.frequency]}"

    @property
    def more_words(self) -> str:
        """The heading of the closed boxes: the rare answers, and the comment where none is asked
        for.
        """
        rare = self.no_data_words.lower()
        rare = f"{rare}, or a correction" if self.corrects else rare
        if self.asks_comment:
            return rare.capitalize()
        return f"Comment, {'' if self.corrects else 'or '}{rare}"


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
