"""What a pasted text proposes as the outline of a plan, line by line. Pure.

Every word of a proposal is in the text, in its order; nothing is added, and a person confirms
each line. Lines that a PDF broke are joined, and bullets that it lost are found again by where
lines end: the last line of an item is shorter than the block is wide, or ends a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


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


_BULLET = re.compile(r"^\s*(?:[•●▪■◦‣·*\uf0b7➢➤✓]|[-–—](?=\s)|o(?=\s{2,}|\t)|\(?[a-z]\)(?=\s))\s*")
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,2})[.):]?\s+(?=[A-Z“\"'])")
_NAMED = re.compile(
    r"^(ambition|strategic priority|priority|theme|key area|enabler|goal|aim|pillar|objective)"
    r"(?:\s+(\d{1,2}(?:\.\d{1,2})*))?\s*[:–—-]\s*(?=\S)",
    re.IGNORECASE,
)
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
_ENDS = re.compile(r"[.;:!?…][”’\"')\]]*$")
_GOES_ON = re.compile(
    r"(?:,|[-–—/&(]|\b(?:and|or|of|the|a|an|to|for|in|with|by|from|at|on|our|their"
    r"|that|who|which|will|be|is|are|than))$",
    re.IGNORECASE,
)
LONGEST_CUE = 70
LONGEST_HEADING = 110
NEARLY_FULL = 0.72


@dataclass(slots=True)
class _Item:
    """Lines that belong together, while they are gathered."""

    words: str
    line: int
    width: int
    is_bullet: bool = False


def propose(text: str) -> tuple[Proposed, ...]:
    """The outline that a text proposes, in its own order."""
    found: list[Proposed] = []
    section: Part | None = None
    for item in _items(text):
        cue = _cue(item.words)
        if cue is not None:
            section = cue
            continue
        part, number, words = _read(item, section)
        if part in (Part.AMBITION, Part.OBJECTIVE):
            section = None
        found.append(Proposed(part, words, number, item.line))
    return tuple(found)


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


def _read(item: _Item, section: Part | None) -> tuple[Part, str, str]:
    """What an item is, the number before it, and its words without that number."""
    named = _NAMED.match(item.words)
    if named and not item.is_bullet:
        part = Part.OBJECTIVE if named[1].lower() == "objective" else Part.AMBITION
        return part, named[2] or "", item.words[named.end() :]
    numbered = _NUMBERED.match(item.words)
    if numbered and len(item.words) <= LONGEST_HEADING and not _ENDS.search(item.words):
        part = Part.OBJECTIVE if "." in numbered[1] else Part.AMBITION
        return part, numbered[1], item.words[numbered.end() :]
    if section is not None:
        return section, "", item.words
    if item.is_bullet or _ENDS.search(item.words) or len(item.words) > LONGEST_HEADING:
        return Part.LEFT_OUT, "", item.words
    return Part.OBJECTIVE, "", item.words


def _items(text: str) -> list[_Item]:
    """The lines of a text, with the lines of a broken item joined."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00ad", "").split("\n")
    # Headings are not wrapped as the text is.
    widths = [len(line.strip()) for line in lines if not _NUMBERED.match(line.strip())]
    full = max(widths, default=0) * NEARLY_FULL
    found: list[_Item] = []
    is_apart = True
    for number, line in enumerate(lines, 1):
        bullet = _BULLET.match(line)
        if bullet and found and not is_apart and _is_within(found[-1], line, bullet, full):
            bullet = None
        words = " ".join((line[bullet.end() :] if bullet else line).split())
        if not words:
            # A bullet on a line of its own belongs to the line below it.
            is_apart = True
            continue
        last = found[-1] if found else None
        if last is not None and not is_apart and not bullet and _goes_on(last, words, full):
            gap = "" if last.words.endswith("-") else " "
            last.words, last.width = f"{last.words}{gap}{words}", len(line.strip())
        else:
            found.append(_Item(words, number, len(line.strip()), bool(bullet)))
        is_apart = False
    return found


def _is_within(last: _Item, line: str, bullet: re.Match[str], full: float) -> bool:
    """Whether a dash at the start of a line is part of a sentence that was broken there."""
    is_dash = bullet[0].strip() in ("-", "–", "—")
    goes_on = line[bullet.end() :][:1].islower() and not _ENDS.search(last.words)
    return is_dash and goes_on and last.width >= full


def _goes_on(last: _Item, words: str, full: float) -> bool:
    """Whether a line belongs to the one above it."""
    if _cue(last.words) is not None or _cue(words) is not None or _NAMED.match(words):
        return False
    if _NUMBERED.match(words):
        return False
    if words[:1].islower() or _GOES_ON.search(last.words):
        return True
    if last.is_bullet:
        # Where bullets are kept, a line without one goes on with the line above.
        return not _ENDS.search(last.words)
    return last.width >= full and not _ENDS.search(last.words)
