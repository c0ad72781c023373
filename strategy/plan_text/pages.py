"""What a copied text has around and between its lines: page numbers, running titles, broken words,
tables. Pure.

A table copied from a document has a tab between its cells. Each of its rows is one promise, with
the heading of each number before it: "Staff turnover: baseline 13.5%, target 11% or less".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
# How a text is marked in Markdown: headings, bold words, boxes to tick.
_MARKED_DOWN = re.compile(r"^\s{0,3}#{1,6}\s+|\*\*|(?<=^[-*] )\[[ xX]\]\s+")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d{1,3}\s*$")
_MARK = re.compile(r"(?:\W{1,3}|o|\(?\w{1,3}[.):]?|\d{1,2}(?:\.\d{1,2})+)")
# What a measure is printed with: "M3", "KPI 4.".
_CODE = re.compile(r"[A-Z]{1,4} ?\d{1,3}[.:)]?")
_SIZE = re.compile(r"[<>≤≥£]? ?\d")
_GROUP_HEADS = re.compile(
    r"(?:strategic )?(?:(?P<ambition>ambition|priority|theme|goal|aim|pillar)"
    r"|(?P<objective>objective|outcome|area))s?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"20\d\d(?:[/-]\d\d)?")
_PROMISE_HEADS = re.compile(
    r"measure|metric|indicator|kpi|target|baseline|how we will know|by when|due", re.IGNORECASE
)


LONGEST_TITLE = 200
LONGEST_WORD = 60


def readable(text: str) -> list[str]:
    """The lines of a text in plain letters."""
    for letter, plain in _LIGATURES.items():
        text = text.replace(letter, plain)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    return [_MARKED_DOWN.sub("", line) for line in lines]


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
    return numbers | titles


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


@dataclass(frozen=True)
class Row:
    """One row of a table: the ambition or objective it begins, and its promise."""

    line: int
    heads: tuple[tuple[str, str], ...]
    promise: str


def cells_of(line: str) -> list[str]:
    """The cells of a line of a table; none where a tab only follows a bullet or a number."""
    cells = [" ".join(cell.split()) for cell in line.split("\t")]
    filled = [cell for cell in cells if cell]
    if len(filled) < 2 or (len(filled) == 2 and _MARK.fullmatch(filled[0])):
        return []
    return cells


def has_numbers(cells: Sequence[str]) -> bool:
    """Whether a line of a table names something and gives it two numbers or more."""
    first, *rest = [cell for cell in cells if cell and not _CODE.fullmatch(cell)] or [""]
    return not first[:1].isdigit() and sum(bool(_SIZE.match(cell)) for cell in rest) > 1


def _is_head(cell: str) -> bool:
    """Whether a cell may stand at the top of a table: what is counted, or the year of a column."""
    found = (_PROMISE_HEADS.search(cell), _GROUP_HEADS.fullmatch(cell), _YEAR.fullmatch(cell))
    return any(found)


def table_rows(lines: Sequence[tuple[int, list[str]]]) -> Iterator[Row]:
    """The rows of a table; where its first line is a heading, that stands before each number."""
    (_, first), *rest = lines
    is_head = sum(_is_head(cell) for cell in first) >= 2
    heads = first if is_head else []
    for number, cells in rest if is_head else lines:
        groups: list[tuple[str, str]] = []
        said: list[str] = []
        for place, cell in enumerate(cells):
            head = heads[place] if place < len(heads) else ""
            kind = _GROUP_HEADS.search(head)
            if not cell:
                continue
            if kind and not _PROMISE_HEADS.search(head):
                groups.append(("ambition" if kind["ambition"] else "objective", cell))
            elif not said or not head:
                said.append(cell)
            else:
                said.append(f"{head[:1].lower()}{head[1:]} {cell}")
        if len(said) > 1 and _CODE.fullmatch(said[0]):
            said[:2] = [" ".join(said[:2])]
        promise = ": ".join((said[0], ", ".join(said[1:]))) if len(said) > 1 else "".join(said)
        yield Row(number, tuple(groups), promise)
