"""One row of a monthly return: a measure, its boxes, and the words about them."""

from dataclasses import dataclass
from functools import cached_property

from kmpt_tracker.ui.formats import format_month_short
from kpis.judging.comments_asked import NarrativeAsked
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    MILESTONE_WORDS,
    STEPS,
    own_value_words,
    rated_words,
    rule_words,
    share_words,
    target_words,
    within_sentence,
)
from kpis.models import Series
from kpis.months.due import FigureDue
from kpis.rag import Rag
from kpis.returns.cells import CellRead, CellText, Fault
from kpis.returns.conflicts import Conflict
from kpis.returns.corrections import Correction, SentBack
from kpis.returns.judge import Said
from kpis.returns.merging import FIGURE
from kpis.returns.two_versions import Clash, clashes, figure_words
from strategy.periods import Frequency, Period

# What may be left to do in a row → its name, of one and of many.
LEFT = {
    # By somebody else, or by the same person in another tab: the row says which.
    "conflict": ("figure changed elsewhere too", "figures changed elsewhere too"),
    "error": ("error", "errors"),
    "confirm": ("figure to confirm", "figures to confirm"),
    "missing": ("figure or reason missing", "figures or reasons missing"),
    "comment": ("comment to write", "comments to write"),
}


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
    group: tuple[int, str]
    absence: Rag  # a row without a figure: not due, late, no data; or complete, a milestone
    faults: tuple[Fault, ...] = ()  # everything that is wrong, or still missing, box by box
    conflict: Conflict | None = None
    held: Standing | None = None  # the figure that the tracker has for the window already
    unsaved: CellText | None = None  # typed, and refused, where no box can hold it any longer
    said: tuple[Said, ...] = ()  # the comments on earlier windows, the latest first
    sent_back: SentBack | None = None  # until the return is submitted again
    correction: Correction | None = None  # of an approved return, waiting for a decision

    @property
    def series(self) -> Series:
        return self.asked.series

    @cached_property
    def name(self) -> str:
        return self.asked.measure.name

    @property
    def window(self) -> Period:
        return self.asked.window

    @cached_property
    def prefix(self) -> str:
        return f"s{self.asked.key}"

    @property
    def sent_back_reason(self) -> str:
        """Why this row alone was sent back, as the approver wrote it; empty unless it was."""
        return self.sent_back.reason if self.sent_back else ""

    @property
    def shows_held(self) -> bool:
        """Nothing is typed, and the tracker has an earlier or illustrative figure already."""
        return self.held is not None and not self.text.has_figure and not self.faults

    @property
    def is_own_window(self) -> bool:
        """Whether its window is the month of the return, as in the column headings."""
        return self.window == self.asked.month.period

    # --- What is left to do -----------------------------------------------------------------

    @cached_property
    def left(self) -> tuple[str, ...]:
        """What is still to be done here, by the keys of `LEFT`."""
        found = ["conflict"] if self.conflict else []
        if self.read.faults:
            found.append("error")
        if self.read.is_withdrawn:
            found += [] if self.text.change_reason.strip() else ["missing"]
        elif not self.read.has_figure:
            is_unread = any(fault.field in FIGURE for fault in self.read.faults)
            says_why = self.text.no_data_reason.strip() or self.absence is Rag.BLUE
            found += [] if is_unread or says_why else ["missing"]
        elif self.read.warnings and not (self.text.confirmed and self.text.confirm_reason.strip()):
            found.append("confirm")
        if self.lacks_comment:
            found.append("comment")
        return tuple(found)

    @property
    def is_ready(self) -> bool:
        """A figure that can be read, confirmed and explained where asked; or a reason for none."""
        return not self.left

    @property
    def is_unfinished(self) -> bool:
        """Nothing is wrong but that a part is missing, which may be typed next."""
        return bool(self.faults) and all(fault.is_missing for fault in self.faults)

    @property
    def lacks_comment(self) -> bool:
        is_asked = self.narrative.is_asked and self.read.has_figure
        return is_asked and not self.text.comment.strip()

    @cached_property
    def wrong(self) -> dict[str, list[str]]:
        """What is wrong with each box, without the measure's name, which is shown next to it."""
        found: dict[str, list[str]] = {}
        for fault in self.faults:
            words = fault.message.removeprefix(f"{self.asked.name}: ")
            found.setdefault(self._box_of(fault), []).append(words)
        return found

    @cached_property
    def messages(self) -> list[tuple[str, str]]:
        """What is wrong with the figure: the id of each message, and its words."""
        return [
            (f"{self.prefix}-{box}-error", ". ".join(words))
            for box, words in self.wrong.items()
            if box in FIGURE
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
        return [
            (
                f"{self.prefix}-{self._box_of(fault)}",
                fault.message
                if fault.message.startswith(self.name)
                else f"{self.name}: {fault.message}",
            )
            for fault in self.faults
        ]

    @property
    def mark(self) -> str:
        """The class of the row that shows where something is wrong, or still to be done."""
        if self.faults or self.conflict:
            return " is-bad"
        return " is-todo" if self.text.has_figure and self.left else ""

    # --- Two people at one figure -----------------------------------------------------------

    @property
    def clashes(self) -> list[Clash]:
        return clashes(self.conflict) if self.conflict else []

    def clashes_in(self, *boxes: str) -> bool:
        """Whether one of these boxes was saved by someone else while it was typed in."""
        return self.conflict is not None and any(
            clash.box in boxes for clash in self.conflict.boxes
        )

    @property
    def conflicts_in_summary(self) -> list[tuple[str, str]]:
        """Each clash with its box, whether another person or another tab saved it."""
        if self.conflict is None:
            return []
        box = self.conflict.boxes[0].box
        return [
            (f"{self.prefix}-{box}", f"{self.name}: {clash.who} saved {clash.theirs} {clash.where}")
            for clash in self.clashes
        ]

    @property
    def unsaved_words(self) -> str:
        return figure_words(self.unsaved) if self.unsaved else ""

    # --- The row itself ---------------------------------------------------------------------

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
                own_value_words(shown, self.terms) if shown else "–",
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
        wrong = self.wrong
        return [
            NumberBox(f"{self.prefix}-{field}", words, getattr(self.text, field), field in wrong)
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
    def held_words(self) -> str:
        """Where a figure comes from that the tracker has and this return has not."""
        origin = self.held.origin if self.held else ""
        return f"already held, {origin}" if origin else "already held"

    @property
    def value(self) -> str:
        """The window's own figure, as it is typed, whatever longer span is rated."""
        return own_value_words(self.result, self.terms)

    @property
    def rated(self) -> str:
        """Beside it, the sum or the ratio of the longer span that is rated."""
        return rated_words(self.result, self.terms)

    @property
    def held_value(self) -> str:
        return own_value_words(self.held, self.terms) if self.held else "–"

    @property
    def held_rated(self) -> str:
        return rated_words(self.held, self.terms) if self.held else ""

    @property
    def consequence(self) -> str:
        """What the figure does to the control chart: nothing, or a signal in words."""
        if not self.read.has_figure:
            return ""
        if self.result.variation == "common_cause":
            return "Within its usual range"
        signal = rule_words(self.result, self.terms)
        if not signal or (self.held and self.held.value == self.result.value):
            return signal
        # "Two of the last three months are …" is a sentence of its own.
        would = "Then" if " are " in signal.split(",")[0] else "Would be"
        return f"{would} {signal[:1].lower()}{signal[1:]}"

    # --- What is asked for, and what may be said --------------------------------------------

    @property
    def asks_to_confirm(self) -> bool:
        return bool(self.read.warnings) or self.clashes_in("confirm_reason")

    @property
    def confirm_words(self) -> str:
        return f"{self.value} is right"

    @property
    def asks_comment(self) -> bool:
        """Whether the comment box is open: one is asked for and not written, or is wrong."""
        return self.lacks_comment or "comment" in self.wrong or self.clashes_in("comment")

    @property
    def keeps_comment(self) -> bool:
        """Whether a comment is written, and shown as such with a way to change it."""
        return bool(self.text.comment.strip()) and not self.asks_comment

    @property
    def comment_label(self) -> str:
        if self.narrative.is_asked and self.read.has_figure:
            return self.narrative.question
        if self.result.rag is Rag.RED:
            return "Off target: say why, and what you are doing about it"
        return "Comment"

    @property
    def said_last(self) -> Said | None:
        """What was said of the last window that anybody commented on."""
        return self.said[0] if self.said else None

    @property
    def says_why_none(self) -> bool:
        """Whether the box for the reason why there is no figure is open."""
        named = "no_data_reason" in self.wrong or self.clashes_in("no_data_reason")
        offered = any("No data" in fault.message for fault in self.read.faults)
        return bool(self.text.no_data_reason) or named or offered

    @property
    def none_words(self) -> str:
        """ "No figure this quarter": a monthly return also asks for longer windows."""
        if self.terms.frequency is Frequency.ONE_OFF:
            return "No figure"
        return f"No figure this {STEPS[self.terms.frequency]}"

    @property
    def corrects(self) -> bool:
        """Whether a figure other than the approved one would need a reason."""
        return self.held is not None or self.says_why_changed

    @property
    def says_why_changed(self) -> bool:
        """Whether the box for the reason of a correction is open: the figure is another one."""
        text, held = self.text, self.held
        named = "change_reason" in self.wrong or self.clashes_in("change_reason")
        is_other = (
            held is not None
            and self.read.has_figure
            and (
                held.value != self.result.value
                or held.milestone_status != self.result.milestone_status
            )
        )
        return bool(text.change_reason) or text.withdrawn or named or is_other

    @property
    def has_happened(self) -> bool:
        """Whether something has happened to it since it was typed."""
        return bool(self.sent_back or self.correction or self.unsaved)

    @property
    def is_told(self) -> bool:
        """Whether something has happened to it, or was said of it, that everybody may read."""
        return self.has_happened or bool(self.text.comment or self.text.no_data_reason)

    @property
    def is_quiet(self) -> bool:
        """Nothing is asked of this row, and nothing is said about it."""
        return not (
            self.asks_to_confirm
            or self.asks_comment
            or self.keeps_comment
            or self.says_why_none
            or self.says_why_changed
            or self.conflict
            or self.is_told
        )
