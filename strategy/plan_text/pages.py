"""What a copied text has around and between its lines: page numbers, running titles, broken words,
marks of the web. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
    "\u00ad": "",  # a soft hyphen is only where a word may be broken
    "\u200b": "",
    "\u00a0": " ",
}
_PAGE_NUMBER = re.compile(r"(?:page\s*)?(\d{1,3})(?:\s*(?:of|/)\s*\d{1,3})?", re.IGNORECASE)
# A number that a title is printed with: "Our strategy | 14", "Page 14  Our strategy".
_AT_THE_END = re.compile(r"(?:\||\bpage\b|\s{2,}|\t)\s*\d{1,3}$", re.IGNORECASE)
_AT_THE_START = re.compile(r"^(?:page\s*)?\d{1,3}(?:\s*\||\s{2,}|\t)\s*", re.IGNORECASE)
# How a text is marked on the web: an item of a list is a bullet, any other tag nothing.
_LISTED = re.compile(r"<li(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:ul|ol|li|p|br|b|i|strong|em|span|div|td|tr|th|h[1-6])(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
# How a text is marked in Markdown: headings, bold words, boxes to tick.
_MARKED_DOWN = re.compile(r"^\s{0,3}#{1,6}\s+|\*\*|(?<=^[-*] )\[[ xX]\]\s+")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d{1,3}\s*$")

# A cell with several lines, as a spreadsheet copies it: in quotes, between tabs.
_QUOTED = re.compile(
    r'(?:(?<=\t)"((?:[^"]|"")*+)"(?=\t|\r?\n|$)|(?:^|(?<=\n))"((?:[^"]|"")*+)"(?=\t))'
)
# Where a line ended within a cell.
BREAK = "\ue000"
LONGEST_TITLE = 200
LONGEST_WORD = 60


def readable(text: str) -> list[str]:
    """The lines of a text in plain letters."""
    for letter, plain in _LIGATURES.items():
        text = text.replace(letter, plain)
    text = _TAG.sub("", _LISTED.sub(" • ", text))
    text = _QUOTED.sub(_cell, text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    return [_MARKED_DOWN.sub("", line) for line in lines]


def _cell(found: re.Match[str]) -> str:
    """A quoted cell on one line, its breaks marked; the words themselves where it has no break."""
    words = found[1] if found[1] is not None else found[2]
    if "\n" not in words:
        return found[0]
    return BREAK.join(words.replace('""', '"').replace("\r", "").split("\n"))


def is_contents(line: str) -> bool:
    """Whether a line is one of a table of contents: dots lead to the number of a page."""
    return bool(_LEADERS.search(line))


def around_the_page(lines: Sequence[str]) -> set[int]:
    """The places of lines that belong to pages, not to the text: their numbers, and titles that
    are printed twice with a number, or beside one.
    """
    stripped = [line.strip() for line in lines]
    bare = [
        _AT_THE_START.sub("", _AT_THE_END.sub("", line)).strip()
        if len(line) <= LONGEST_TITLE
        else line
        for line in stripped
    ]
    alone = [
        (place, found)
        for place, line in enumerate(stripped)
        if (found := _PAGE_NUMBER.fullmatch(line))
    ]
    # The pages of a text follow one another; any other number on a line of its own was broken off.
    numbers = {
        place
        for (one, first), (other, second) in pairwise(alone)
        if int(second[1]) == int(first[1]) + 1
        for place in (one, other)
    }
    numbered: Counter[str] = Counter()
    filled = [place for place, line in enumerate(stripped) if line]
    for one, other in pairwise(filled):
        for place, near in ((one, other), (other, one)):
            if near in numbers and place not in numbers:
                numbered[bare[place]] += 1
    for place in filled:
        if bare[place] != stripped[place]:
            numbered[bare[place]] += 1
    held = Counter(bare)
    titles = {
        place
        for place in filled
        if bare[place] and min(numbered[bare[place]], held[bare[place]]) > 1
    }
    # A number on a line of its own is that of the page where its neighbour is such a title.
    beside = {
        place
        for one, other in pairwise(filled)
        for place, near in ((one, other), (other, one))
        if near in titles and _PAGE_NUMBER.fullmatch(stripped[place])
    }
    return numbers | titles | beside


def joined(first: str, second: str, words: frozenset[str]) -> str:
    """Two parts of a broken line. A hyphen at the break is dropped where only the break put it
    there: where the text does not write the word with it, nor both of its parts alone.
    """
    if not first.endswith("-") or first.endswith(" -"):
        return f"{first} {second}"
    before = first[-LONGEST_WORD:].rsplit(maxsplit=1)[-1].casefold()
    after = second.split(maxsplit=1)[0].casefold().rstrip(".,;:)")
    part = before.rstrip("-").rpartition("-")[2]
    keeps = "-" in before[:-1] or f"{before}{after}" in words or {part, after} <= words
    whole = not keeps and second[:1].islower() and part.isalpha()
    return f"{first[:-1]}{second}" if whole else f"{first}{second}"


def vocabulary(lines: Sequence[str]) -> frozenset[str]:
    """Every word of a text that stands within a line, and not at a hyphen where a line breaks."""
    found: set[str] = set()
    is_broken = False
    for line in lines:
        words = re.findall(r"[^\W\d_]+(?:[-’\'][^\W\d_]+)*", line.casefold())
        if is_broken:
            words = words[1:]
        is_broken = line.rstrip().endswith("-")
        found.update(words[:-1] if is_broken else words)
    return frozenset(found)
