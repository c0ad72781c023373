"""What a pasted text proposes as the outline of a plan, line by line. Pure.

Every word of a proposal is in the text, in its order; nothing is added, and a person confirms
each line. Lines that a PDF broke are joined, and bullets that it lost are found again by where
lines end: the last line of an item is shorter than the block is wide, or ends a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from strategy.plan_text.pages import (
    around_the_page,
    cells_of,
    joined,
    readable,
    table_rows,
    vocabulary,
)


class Part(StrEnum):
    """What a line is proposed as. `left_out`: nothing that a plan keeps."""

    AMBITION = "ambition"
    OBJECTIVE = "objective"
    OUTCOME = "outcome"
    PROMISE = "promise"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Proposed:
    """One line as it is proposed: its words, the number printed before it, and where it began."""

    part: Part
    words: str
    number: str = ""
    line: int = 0


_BULLET = re.compile(
    r"^\s*(?:[•●▪■◦‣·*\uf0b7➢➤✓]|[-–—](?=\s)|o(?=\s{2,}|\t)|\(?[a-z][.)](?=\s)"
    r"|\(?(?:i{1,3}|iv|vi{0,3})[.)](?=\s))\s*"
)
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,2})[.):]?\s+(?=[A-Z“\"'])")
_IN_A_LIST = re.compile(r"^(\d{1,2})[.)]\s+(?=\S)")
_COUNTED = "one|two|three|four|five|six|seven|eight|nine|ten"
_KIND = (
    r"(?:strategic\s+)?"
    r"(?:ambition|priority|theme|key area|enabler|goal|aim|pillar|objective|domain)"
)
_NAMED = re.compile(
    rf"^({_KIND})(?:\s+(\d{{1,2}}(?:\.\d{{1,2}})*|[a-h]|{_COUNTED}))?\s*[:–—-]\s*(?=\S)",
    re.IGNORECASE,
)
# A kind and its number on a line of their own: the title is the line below.
_NAMED_ALONE = re.compile(rf"^({_KIND})\s+(\d{{1,2}}|[a-h]|{_COUNTED})$", re.IGNORECASE)
_CUES = (
    (
        re.compile(
            r"how (?:will )?we(?:’|'| wi)?(?:ll)? (?:will )?(?:know|measure)|measures? of success"
            r"|success measures?|what we will measure|key performance indicators",
            re.IGNORECASE,
        ),
        Part.PROMISE,
    ),
    (
        re.compile(
            r"what (?:this|it|success|good) (?:will )?looks? like|what will (?:this|it) look like"
            r"|to achieve|outcomes?$|what people will (?:see|notice)",
            re.IGNORECASE,
        ),
        Part.OUTCOME,
    ),
    (
        re.compile(
            r"what we(?:’|'| wi)?(?:ll)? do|our actions|how we will do (?:it|this)|we will:?$",
            re.IGNORECASE,
        ),
        Part.LEFT_OUT,
    ),
)
_STEM = re.compile(
    r"(?:by|before)\s+(?:the end of\s+)?(?:\w+\s+)?20\d\d(?:/\d\d)?,?\s+(?:we|our|the trust)\b.*:$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.;:!?…][”’\"')\]]*$")
# How a promise begins: such a line is one of its own, however full the line above it is.
_OPENS = re.compile(
    r"(?:At least|At most|No (?:more|fewer|less) than|By (?:the end of )?[A-Z\d]|An? \d|Reduc"
    r"|Increas|Improv|Maintain|Halv|Doubl|Achiev|Deliver|Eliminat|Zero|Fewer than|More than|Every"
    r"|\d+(?:\.\d+)?%)"
)
# Where a line may hold another promise: at a bullet within it, at a sentence that begins with a
# figure or another promise, or where a word that begins a promise stands in the middle.
_ANOTHER = re.compile(
    r"\s+[•●▪■◦‣·\uf0b7➢➤✓]\s*|(?<=[.;])\s+(?=[A-Z\d])"
    r"|(?<=[\w%)])\s+(?=(?:At least|At most|No (?:more|fewer|less) than|Reduce|Increase|Improve"
    r"|Maintain|Halve|Double|Achieve|Deliver|Eliminate|Zero|Fewer than|More than|Every)\b)"
)
_DIGIT = re.compile(r"\d")
_GOES_ON = re.compile(
    r"(?:,|[-–—/&(]|\b(?:least|most|up|and|or|of|the|a|an|to|for|in|with|by|from|at|on|our|their"
    r"|that|who|which|will|be|is|are|than))$",
    re.IGNORECASE,
)
LONGEST_CUE = 70
LONGEST_HEADING = 110
NEARLY_FULL = 0.72
HAS_ROOM = 0.9


@dataclass(slots=True)
class _Item:
    """Lines that belong together, while they are gathered. `part`: what it is, where that is
    known before it is read. `mark`: the bullet before it.
    """

    words: str
    line: int
    width: int
    is_bullet: bool = False
    part: Part | None = None
    mark: str = ""


def propose(text: str) -> tuple[Proposed, ...]:
    """The outline that a text proposes, in its own order."""
    found: list[Proposed] = []
    section: Part | None = None
    place = _Place()
    items = _items(text)
    for at, item in enumerate(items):
        if item.part is not None:
            found.append(Proposed(item.part, item.words, "", item.line))
            continue
        cue = _cue(item.words)
        if cue is not None:
            section, place.listed = cue, 0
            continue
        if _STEM.match(item.words):
            # It is shown, because it may say by when; what is listed under it is promised.
            section, place.listed = Part.PROMISE, 0
            found.append(Proposed(Part.LEFT_OUT, item.words, "", item.line))
            continue
        is_before_cue = at + 1 < len(items) and _cue(items[at + 1].words) is not None
        part, number, words = _read(item, section, place, is_before_cue=is_before_cue)
        if part in (Part.AMBITION, Part.OBJECTIVE):
            section, place.listed = None, 0
        if part is Part.AMBITION:
            place.has_ambition = True
            place.ambition = int(number) if number.isdigit() else None
        found.append(Proposed(part, words, number, item.line))
    return tuple(found)


def parts_of(words: str) -> list[str]:
    """The promises that one line may hold, where a PDF lost what stood between them; only the line,
    where nothing says so. A person decides.

    A sentence is a promise of its own where both it and what stands before it name a number.
    """
    found = []
    at = 0
    for gap in _ANOTHER.finditer(words):
        before, after = words[at : gap.start()], words[gap.end() :]
        if before.endswith((".", ";")):
            is_another = bool(_DIGIT.search(before) and _DIGIT.search(after))
        else:
            is_another = not _GOES_ON.search(before[-LONGEST_CUE:])
        if is_another:
            found.append(before.strip(" ;"))
            at = gap.end()
    found.append(words[at:].strip())
    return [part for part in found if part] or [words]


@dataclass(slots=True)
class _Place:
    """How far a text has been read: its last ambition, and the last number of a list."""

    has_ambition: bool = False
    ambition: int | None = None
    listed: int = 0


def _cue(words: str) -> Part | None:
    """What follows a heading such as “How we will know”; None for any other line."""
    if len(words) > LONGEST_CUE or not words[:1].isupper():
        return None
    bare = words.strip().rstrip(":?… .")
    for pattern, part in _CUES:
        found = pattern.match(bare)
        if found and len(bare) - found.end() < 25:
            return part
    return None


def _read(
    item: _Item, section: Part | None, place: _Place, *, is_before_cue: bool
) -> tuple[Part, str, str]:
    """What an item is, the number before it, and its words without that number."""
    named = _NAMED.match(item.words)
    if named and not item.is_bullet:
        part = Part.OBJECTIVE if named[1].lower().endswith("objective") else Part.AMBITION
        return part, named[2] or "", item.words[named.end() :]
    listed = _IN_A_LIST.match(item.words)
    # A list of promises numbered 1, 2, 3, and not the ambition that comes next.
    goes_on = place.listed or place.ambition is None or place.ambition != place.listed
    if listed and section is not None and goes_on and int(listed[1]) == place.listed + 1:
        place.listed += 1
        return section, "", item.words[listed.end() :]
    numbered = _NUMBERED.match(item.words)
    if numbered and len(item.words) <= LONGEST_HEADING and not _ENDS.search(item.words):
        part = Part.OBJECTIVE if "." in numbered[1] else Part.AMBITION
        return part, numbered[1], item.words[numbered.end() :]
    if section is not None:
        return section, "", item.words
    if item.is_bullet or _ENDS.search(item.words) or len(item.words) > LONGEST_HEADING:
        return Part.LEFT_OUT, "", item.words
    # Before the first ambition stand the title and the names of chapters.
    is_heading = place.has_ambition or is_before_cue
    return (Part.OBJECTIVE if is_heading else Part.LEFT_OUT), "", item.words


def _items(text: str) -> list[_Item]:
    """The lines of a text, with the lines of a broken item joined."""
    lines = readable(text)
    known = vocabulary(lines)
    apart = {place for place in around_the_page(lines) if _cue(lines[place].strip()) is None}
    # Headings are not wrapped as the text is.
    widths = [
        len(line.strip())
        for place, line in enumerate(lines)
        if place not in apart and not _NUMBERED.match(line.strip()) and not cells_of(line)
    ]
    widest = max(widths, default=0)
    found: list[_Item] = []
    last: _Item | None = None
    is_apart = True
    shown: set[str] = set()
    table: list[tuple[int, list[str]]] = []
    for number, line in enumerate([*lines, ""], 1):
        cells = cells_of(line)
        if cells:
            table.append((number, cells))
            continue
        if table:
            found += _table(table)
            table, last = [], None
        if number - 1 in apart:
            # Of a title that stands on every page, one is shown.
            if (words := " ".join(line.split())) not in shown:
                shown.add(words)
                found.append(_Item(words, number, 0, part=Part.LEFT_OUT))
            continue
        bullet = _BULLET.match(line)
        if bullet and last and not is_apart and _is_within(last, line, bullet, widest):
            bullet = None
        words = " ".join((line[bullet.end() :] if bullet else line).split())
        if not words:
            # A bullet on a line of its own belongs to the line below it.
            is_apart = True
            continue
        if last is not None and not is_apart and not bullet and _goes_on(last, words, widest):
            last.words, last.width = joined(last.words, words, known), len(line.strip())
        elif last is not None and (named := _NAMED_ALONE.match(last.words)) and not bullet:
            last.words = f"{named[0]}: {words}"
        else:
            mark = bullet[0].strip() if bullet else ""
            last = _Item(words, number, len(line.strip()), bool(bullet), mark=mark)
            found.append(last)
        is_apart = False
    return found


def _table(lines: list[tuple[int, list[str]]]) -> Iterator[_Item]:
    """The rows of a table; a single line with a tab is a line."""
    if len(lines) == 1:
        number, cells = lines[0]
        words = " ".join(cell for cell in cells if cell)
        yield _Item(words, number, len(words))
        return
    for row in table_rows(lines):
        for kind, words in row.heads:
            yield _Item(words, row.line, 0, part=Part(kind))
        if row.promise:
            yield _Item(row.promise, row.line, 0, part=Part.PROMISE)


def _is_within(last: _Item, line: str, bullet: re.Match[str], widest: int) -> bool:
    """Whether a dash at the start of a line is part of a sentence that was broken there; in a list
    whose items begin with it, it begins another.
    """
    is_dash = bullet[0].strip() in ("-", "–", "—") and bullet[0].strip() != last.mark
    goes_on = line[bullet.end() :][:1].islower() and not _ENDS.search(last.words)
    return is_dash and goes_on and last.width >= widest * NEARLY_FULL


def _goes_on(last: _Item, words: str, widest: int) -> bool:
    """Whether a line belongs to the one above it."""
    # A sentence may be as long as the text: only its end says whether it goes on.
    end = last.words[-LONGEST_CUE:]
    if _cue(last.words) is not None or _cue(words) is not None or _NAMED.match(words):
        return False
    if _NUMBERED.match(words) or _NAMED_ALONE.match(words) or _NAMED_ALONE.match(last.words):
        return False
    if words[:1].islower() or _GOES_ON.search(end):
        return True
    if last.is_bullet:
        # Where bullets are kept, a line without one goes on with the line above.
        return not _ENDS.search(end)
    if _OPENS.match(words):
        return False
    # A line that had room for the next word was ended there by whoever wrote it.
    had_room = last.width + 1 + len(words.split()[0]) <= widest * HAS_ROOM
    return not had_room and last.width >= widest * NEARLY_FULL and not _ENDS.search(end)
