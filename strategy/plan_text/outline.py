"""What a pasted text proposes as the outline of a plan, line by line. Pure.

Every word of a proposal is in the text, in its order; nothing is added, and a person confirms
each line. Lines that a PDF broke are joined, and bullets that it lost are found again by where
lines end: the last line of an item is shorter than the block is wide, or ends a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from strategy.plan_text.headings import (
    DOTS,
    GOES_ON,
    LONGEST_CUE,
    LONGEST_HEADING,
    NAMED,
    NAMED_PROMISE,
    NUMBERED,
    Part,
    cue,
    is_table_head,
    says_of_itself,
    stem,
)
from strategy.plan_text.items import ENDS, Item, items_of

__all__ = ["Part", "Proposed", "parts_of", "propose"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """One line as it is proposed: its words, the number printed before it, and where it began.

    `due`: by when it is promised, where only the line above its list says so.
    """

    part: Part
    words: str
    number: str = ""
    line: int = 0
    due: str = ""


_IN_A_LIST = re.compile(r"^(\d{1,2})[.)]\s+(?=\S)")
_IN_A_TABLE = re.compile(r"^(\d{1,2})\s+(?=[A-Z])")
# Where a line may hold another promise: at a bullet within it, at a sentence that begins with a
# figure or another promise, or where a word that begins a promise stands in the middle.
_ANOTHER = re.compile(
    rf"\s+[{DOTS}]\s*|(?<=[.;])\s+(?=[A-Z\d])"
    r"|(?<=[\w%)])\s+(?=(?:At least|At most|No (?:more|fewer|less) than|Reduce|Increase|Improve"
    r"|Maintain|Halve|Double|Achieve|Deliver|Eliminate|Zero|Fewer than|More than|Every)\b)"
)
_DIGIT = re.compile(r"\d")


def propose(text: str) -> tuple[Proposed, ...]:
    """The outline that a text proposes, in its own order."""
    found: list[Proposed] = []
    place = _Place()
    items = items_of(text)
    for at, item in enumerate(items):
        if item.part is not None:
            number, words = "", item.words
            if item.part is Part.OBJECTIVE and (numbered := NUMBERED.match(words)):
                number, words = numbered[1], words[numbered.end() :]
            found.append(Proposed(item.part, words, number, item.line))
            continue
        due = stem(item.words)
        if due is not None:
            # It is shown, because it says by when; what is listed under it is promised.
            place.enter(Part.PROMISE, due=due)
            found.append(Proposed(Part.LEFT_OUT, item.words, "", item.line))
            continue
        asked = cue(item.words)
        if asked is not None:
            place.enter(asked, is_table=is_table_head(item.words))
            continue
        below = items[at + 1] if at + 1 < len(items) else None
        part, number, words = _read(item, place, below)
        due = place.due if part is Part.PROMISE else ""
        place.go_on(item, part, number, below)
        found.append(Proposed(part, words, number, item.line, due))
    return tuple(_said_once(found))


def parts_of(words: str) -> list[str]:
    """The promises that one line may hold, where a PDF lost what stood between them; only the line,
    where nothing says so. A person decides.

    A sentence is a promise of its own where both it and what stands before it name a number. What
    stands in brackets is no promise.
    """
    found = []
    at = 0
    for gap in _ANOTHER.finditer(words):
        if words.count("(", at, gap.start()) > words.count(")", at, gap.start()):
            continue
        before, after = words[at : gap.start()], words[gap.end() :]
        if before.endswith((".", ";")):
            is_another = bool(_DIGIT.search(before) and _DIGIT.search(after))
        else:
            is_another = not GOES_ON.search(before[-LONGEST_CUE:])
        if is_another:
            found.append(before.strip(" ;"))
            at = gap.end()
    found.append(words[at:].strip())
    return [part for part in found if part] or [words]


@dataclass(slots=True)
class _Place:
    """How far a text has been read: its last ambition, what the last heading says of the lines
    below it, and the last number of a list.
    """

    section: Part | None = None
    due: str = ""
    is_table: bool = False
    is_bulleted: bool = False
    listed: int = 0
    has_ambition: bool = False
    ambition: int | None = None

    def enter(self, section: Part | None, *, due: str = "", is_table: bool = False) -> None:
        self.section, self.due, self.is_table = section, due, is_table
        self.is_bulleted, self.listed = False, 0

    def go_on(self, item: Item, part: Part, number: str, below: Item | None) -> None:
        """What is read after an item. A heading ends the list above it, but for a list of headings,
        and for one that parts a list of promises.
        """
        self.is_bulleted = item.is_bullet
        if part in (Part.AMBITION, Part.OBJECTIVE) and not self._lists(item, part):
            is_parted = self.section is Part.PROMISE and not number and _begins_list(below)
            self.enter(self.section if is_parted else None, due=self.due if is_parted else "")
        if part is Part.AMBITION:
            self.has_ambition = True
            self.ambition = int(number) if number.isdigit() else None
        if part in (Part.VISION, Part.MISSION):
            self.enter(None)

    def _lists(self, item: Item, part: Part) -> bool:
        return self.section is part and (item.is_bullet or self.listed > 0)

    def takes(self, item: Item) -> re.Match[str] | None:
        """The number of an item in the list of this section, which counts 1, 2, 3; not the number
        of the ambition that comes next. Of a table, only some rows may be copied.
        """
        if self.is_table and (found := _IN_A_TABLE.match(item.words)):
            return found if int(found[1]) > self.listed else None
        found = _IN_A_LIST.match(item.words)
        goes_on = self.listed or self.ambition is None or self.ambition != self.listed
        return found if found and goes_on and int(found[1]) == self.listed + 1 else None


def _read(item: Item, place: _Place, below: Item | None) -> tuple[Part, str, str]:
    """What an item is, the number before it, and its words without that number."""
    section = place.section
    if section in (Part.VISION, Part.MISSION) and item.words[:1].islower():
        # "Our vision", and below it "is where we want to be".
        return Part.LEFT_OUT, "", item.words
    if named := _named(item):
        return named
    if section is not None and (listed := place.takes(item)):
        place.listed = int(listed[1])
        number = listed[1] if section in (Part.AMBITION, Part.OBJECTIVE) else ""
        return section, number, item.words[listed.end() :]
    is_sentence = bool(ENDS.search(item.words))
    is_short = len(item.words) <= LONGEST_HEADING
    numbered = NUMBERED.match(item.words)
    if numbered and is_short:
        # A sentence is a heading where its number says so: 2.1 under ambition 2.
        is_under = numbered[1].startswith(f"{place.ambition}.")
        if is_under or not is_sentence:
            part = Part.OBJECTIVE if "." in numbered[1] else Part.AMBITION
            return part, numbered[1], item.words[numbered.end() :]
    if _is_heading(item, place, below):
        return Part.OBJECTIVE, "", item.words
    is_list = section in (Part.AMBITION, Part.OBJECTIVE)
    if section is not None and (not is_list or item.is_bullet):
        return section, "", item.words
    if item.is_bullet or is_sentence or not is_short or not item.words[:1].isupper():
        return Part.LEFT_OUT, "", item.words
    # Before the first ambition stand the title and the names of chapters.
    is_first = below is not None and cue(below.words) is not None
    return (Part.OBJECTIVE if place.has_ambition or is_first else Part.LEFT_OUT), "", item.words


def _named(item: Item) -> tuple[Part, str, str] | None:
    """What an item is where it says so itself: “Our vision: …”, “Objective 2: …”."""
    if promised := NAMED_PROMISE.match(item.words):
        return Part.PROMISE, promised[1], item.words[promised.end() :]
    if item.is_bullet:
        return None
    if itself := says_of_itself(item.words):
        return itself[0], "", itself[1]
    if named := NAMED.match(item.words):
        part = Part.OBJECTIVE if named[1].lower().endswith("objective") else Part.AMBITION
        return part, named[2] or "", item.words[named.end() :]
    return None


def _is_heading(item: Item, place: _Place, below: Item | None) -> bool:
    """Whether a line in a list is the heading of the next: above its cue, or above its first
    number.
    """
    is_short = len(item.words) <= LONGEST_HEADING and not item.words.endswith(":")
    if item.is_bullet or below is None or place.section is None or not is_short:
        return False
    if place.section is Part.PROMISE and _begins_list(below):
        return True
    is_open = not ENDS.search(item.words)
    return (place.is_bulleted or place.listed > 0) and is_open and cue(below.words) is not None


def _begins_list(item: Item | None) -> bool:
    listed = _IN_A_LIST.match(item.words) if item is not None else None
    return listed is not None and listed[1] == "1"


def _said_once(found: list[Proposed]) -> list[Proposed]:
    """A heading that stands in a summary and again above its own part is taken there alone, and is
    the same thing in both; of several lines that may be the vision, the first.
    """
    ambitions = {_bare(row.words) for row in found if row.part is Part.AMBITION}
    for place, row in enumerate(found):
        if row.part is Part.OBJECTIVE and not row.number and _bare(row.words) in ambitions:
            found[place] = replace(row, part=Part.AMBITION)
    last = {(row.part, _bare(row.words)): place for place, row in enumerate(found)}
    seen: set[Part] = set()
    for place, row in enumerate(found):
        if row.part in (Part.AMBITION, Part.OBJECTIVE):
            is_again = last[row.part, _bare(row.words)] > place
            is_left = is_again and not _holds_lines(found, place)
        else:
            is_left = row.part in (Part.VISION, Part.MISSION) and row.part in seen
        seen.add(row.part)
        if is_left:
            found[place] = replace(row, part=Part.LEFT_OUT)
    return found


def _bare(words: str) -> str:
    return words.casefold().strip(" .:")


def _holds_lines(found: list[Proposed], place: int) -> bool:
    """Whether a heading has lines of its own before the next heading of its kind."""
    for row in found[place + 1 :]:
        if row.part in (found[place].part, Part.AMBITION):
            return False
        if row.part in (Part.OBJECTIVE, Part.OUTCOME, Part.PROMISE):
            return True
    return False
