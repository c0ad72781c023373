"""A pasted text as its page proposes it, and the lines that a person keeps of it. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kmpt_tracker.ui.formats import MONEY_SUFFIXES, format_value
from kmpt_tracker.ui.typed.numbers import lower_first
from kpis.judging.wording import OPERATOR_WORDS
from kpis.models import DraftLine
from kpis.promises.promise import Promise
from kpis.workbench.lines import NewLine
from kpis.workbench.locked import DraftRefused
from strategy.plan_text.headings import Part, owner_in
from strategy.plan_text.numbers import Recognised, recognise
from strategy.plan_text.outline import Proposed, parts_of, propose

MOST_LINES = 400
WIDE = 55
LONGEST_DUE = 160
CHOICES = (
    ("ambition", "An ambition"),
    ("objective", "An objective"),
    ("outcome", "What it will look like"),
    ("promise", "A promise"),
    ("vision", "The vision of the plan"),
    ("mission", "The mission of the plan"),
    ("left_out", "Left out"),
)
Kind = DraftLine.Kind


@dataclass(frozen=True)
class Reading:
    """One proposed line, with what was recognised in it."""

    place: int
    line: Proposed

    @property
    def found(self) -> str:
        """The numbers in its words: "value 95%, at least, due 31 March 2026"."""
        if self.line.part is not Part.PROMISE:
            return ""
        found = recognise(self.line.words)
        parts = []
        size = _size(found)
        if found.change:
            yearly = " each year" if found.value_is == "compound_each_year" else ""
            parts.append(f"{found.change} by {size}{yearly}")
        elif size:
            parts.append(f"value {size}")
        if found.path:
            amounts = ((year, _amount(value, found)) for year, value in found.path)
            said = ", ".join(f"{amount} by March {year}" for year, amount in amounts)
            parts.append(f"year by year: {said}")
        if found.upper is not None:
            parts.append(f"to {found.upper:f}")
        if found.operator and not found.change:
            parts.append(OPERATOR_WORDS[found.operator])
        if found.baseline is not None or found.baseline_period:
            held = "" if found.baseline is None else _amount(found.baseline, found)
            parts.append(" ".join(f"baseline {held} {found.baseline_period}".split()))
        if due := found.due_words or self.line.due:
            above = "" if found.due_words else " (said above the list)"
            parts.append(f"due {lower_first(due)}{above}")
        if owner := owner_in(self.line.words):
            parts.append(f"owner {owner}")
        return ", ".join(parts)

    @property
    def parts(self) -> list[str]:
        """The promises that it may hold, where it looks as if a PDF had joined several."""
        found = parts_of(self.line.words) if self.line.part is Part.PROMISE else []
        return found if len(found) > 1 else []

    @property
    def rows(self) -> int:
        """How high its box is, so that all of its words are seen."""
        return max(1, -(-len(self.line.words) // WIDE))

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(code, words, code == self.line.part.value) for code, words in CHOICES]


def _size(found: Recognised) -> str:
    """ "95%"; "£1.2m a year"; "2 working days"; the bare number of anything else."""
    if found.value is None:
        return ""
    if found.kind and found.unit not in MONEY_SUFFIXES:
        return f"{found.value:f} {found.kind}"
    share = "%" if found.is_share else ""
    return f"{_amount(found.value, found)}{share} {found.kind}".strip()


def _amount(value: Decimal, found: Recognised) -> str:
    return format_value(value, found.unit) if found.unit else f"{value:f}"


def readings(text: str) -> list[Reading]:
    """The lines that a text proposes. Raises DraftRefused for more than can be read on a page."""
    found = propose(text)
    if not found:
        raise DraftRefused("There are no words in this text", "text")
    if len(found) > MOST_LINES:
        raise DraftRefused(
            f"The text has {len(found)} lines: paste at most {MOST_LINES} at a time", "text"
        )
    return [Reading(place, line) for place, line in enumerate(found)]


@dataclass
class Kept:
    """The lines that a person kept of a text, and what they say of the plan itself."""

    lines: list[NewLine] = field(default_factory=list)
    mission: str = ""
    vision: str = ""
    _ambition: int | None = None
    _objective: int | None = None
    # Whether the ambition above only repeats the words of its one objective.
    _is_filled: bool = False

    def add(self, kind: str, promise: Promise, number: str = "") -> None:
        """Add a line under the one above that it belongs to. A level that the text does not have
        takes the words of the one that it has: an objective without an ambition, and a promise
        right under an ambition.
        """
        if kind == Kind.OBJECTIVE and (self._ambition is None or self._is_filled):
            self.add(Kind.AMBITION, promise, number)
            self._is_filled = True
        elif kind in (Kind.OUTCOME, Kind.PROMISE) and self._objective is None:
            if self._ambition is None:
                raise DraftRefused("has no objective above it: choose one, or leave the line out")
            self.add(Kind.OBJECTIVE, self.lines[self._ambition].promise)
        under = {Kind.AMBITION: None, Kind.OBJECTIVE: self._ambition}
        self.lines.append(
            NewLine(
                kind=kind,
                under=under.get(Kind(kind), self._objective),
                number=number,
                promise=promise,
                # The page shows it beside the words, and nothing else says it.
                owner=owner_in(promise.statement) if kind == Kind.PROMISE else "",
            )
        )
        if kind == Kind.AMBITION:
            self._ambition, self._objective = len(self.lines) - 1, None
            self._is_filled = False
        elif kind == Kind.OBJECTIVE:
            self._objective = len(self.lines) - 1


def kept(sent: Mapping[str, str]) -> Kept:
    """The lines that a person kept, each under the line above that it belongs to.

    Raises DraftRefused for a line that has nothing above it to belong to.
    """
    found = Kept()
    source = sent.get("place", "").strip()[:300]
    for place, (kind, words, number, due) in enumerate(_sent(sent), 1):
        if kind == Part.LEFT_OUT.value or not words:
            continue
        if kind in (Part.MISSION.value, Part.VISION.value):
            setattr(found, kind, f"{getattr(found, kind)} {words}".strip())
            continue
        if kind not in Kind.values:
            raise DraftRefused(f"Choose what line {place} is")
        promise = Promise(
            statement=words,
            source_section=source,
            # What the promise says itself is read from its words.
            due_as_published="" if kind != Kind.PROMISE or recognise(words).due_words else due,
        )
        try:
            found.add(kind, promise, number.strip()[:40])
        except DraftRefused as refused:
            raise DraftRefused(f"Line {place} {refused}") from None
    if not (found.lines or found.mission or found.vision):
        raise DraftRefused("Keep at least one line, or go back to the draft")
    return found


def sent_again(sent: Mapping[str, str], split: str = "") -> list[Reading]:
    """The lines of a form as they were sent, to be corrected. `split`: the place of a line that is
    divided where it seems to hold several promises.
    """
    found: list[Reading] = []
    for kind, words, number, due in _sent(sent, split):
        part = Part(kind) if kind in list(Part) else Part.LEFT_OUT
        found.append(Reading(len(found), Proposed(part, words, number, due=due)))
    return found


def _sent(sent: Mapping[str, str], split: str = "") -> Iterator[tuple[str, str, str, str]]:
    """What each line is, its words, its number and by when it is due. Where a person has put a
    break into the words, two lines begin; the number stays with the first.

    Raises DraftRefused for more lines than a page holds.
    """
    made = 0
    for place in range(MOST_LINES + 1):
        words = sent.get(f"words-{place}")
        if words is None:
            return
        parts = parts_of(words) if split == str(place) else words.splitlines()
        number = sent.get(f"number-{place}", "")
        for part in [part for part in parts if part.strip()] or [""]:
            made += 1
            if made > MOST_LINES:
                raise DraftRefused(f"A page holds {MOST_LINES} lines: keep these first")
            due = sent.get(f"due-{place}", "").strip()[:LONGEST_DUE]
            yield sent.get(f"kind-{place}", ""), part.strip(), number, due
            number = ""
