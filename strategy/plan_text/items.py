"""A pasted text as items: lines that were broken are joined, tables read row by row. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strategy.plan_text.headings import (
    DOTS,
    GOES_ON,
    LONGEST_CUE,
    NAMED_ALONE,
    NAMED_MEASURE,
    NUMBERED,
    OPENERS,
    Part,
    begins,
    cue,
    says_more,
)
from strategy.plan_text.pages import (
    BREAK,
    around_the_page,
    is_contents,
    joined,
    readable,
    vocabulary,
)
from strategy.plan_text.tables import cells_of, has_numbers, heads_of, on_one_line, table_rows

_BULLET = re.compile(
    rf"^\s*(?:(?:[{DOTS}*]|[-–—](?=\s)|o(?=\s{{2,}}|\t)|\(?[a-z][.)](?=\s)"
    r"|\(?(?:i{1,3}|iv|vi{0,3})[.)](?=\s))\s*)+"
)
ENDS = re.compile(r"[.;:!?…][”’\"')\]]*$")
# How a promise begins: such a line is one of its own, however full the line above it is.
_OPENS = re.compile(
    r"(?:At least|At most|No (?:more|fewer|less) than|By (?:the end of )?[A-Z\d]|An? \d|Reduc"
    r"|Increas|Improv|Maintain|Halv|Doubl|Achiev|Deliver|Eliminat|Zero|Fewer than|More than|Every"
    rf"|\d+(?:\.\d+)?%|(?:{OPENERS})\s)"
)
NEARLY_FULL = 0.72
HAS_ROOM = 0.9


@dataclass(slots=True)
class Item:
    """Lines that belong together, while they are gathered. `part`: what it is, where that is
    known before it is read. `mark`: the bullet before it.
    """

    words: str
    line: int
    width: int
    is_bullet: bool = False
    part: Part | None = None
    mark: str = ""


def items_of(text: str) -> list[Item]:
    """The items of a text, in its own order."""
    lines = readable(text)
    gathering = _Gathering(lines)
    for number, line in enumerate([*lines, ""], 1):
        gathering.take(number, line)
    return gathering.found


class _Gathering:
    """Items while they are gathered, line by line."""

    def __init__(self, lines: list[str]) -> None:
        self.found: list[Item] = []
        self._known = vocabulary(lines)
        self._apart = {at for at in around_the_page(lines) if cue(lines[at].strip()) is None}
        # Headings are not wrapped as the text is.
        widths = [
            len(line.strip())
            for at, line in enumerate(lines)
            if at not in self._apart and not NUMBERED.match(line.strip()) and not cells_of(line)
        ]
        self._widest = max(widths, default=0)
        self._last: Item | None = None
        self._is_apart = True
        self._shown: set[str] = set()
        self._table: list[tuple[int, list[str]]] = []
        self._heads: list[str] = []

    def take(self, number: int, line: str) -> None:
        if cells := cells_of(line):
            self._table.append((number, cells))
            return
        line = line.replace(BREAK, " ")
        if self._table:
            self.found += _rows(self._table, self._heads)
            self._heads = heads_of(self._table[0][1]) or self._heads
            self._table, self._last = [], None
        if number - 1 in self._apart or is_contents(line):
            self._leave_out(number, " ".join(line.split()))
        elif self._last is not None and self._last.part and (said := says_more(line)):
            self._last.words += said
        else:
            self._read(number, line)

    def _leave_out(self, number: int, words: str) -> None:
        """Keep what belongs to a page in sight; of a title that stands on every page, one."""
        if words not in self._shown:
            self._shown.add(words)
            self.found.append(Item(words, number, 0, part=Part.LEFT_OUT))

    def _read(self, number: int, line: str) -> None:
        last = self._last
        bullet = _BULLET.match(line)
        if bullet and last and not self._is_apart and _is_within(last, line, bullet, self._widest):
            bullet = None
        words = " ".join((line[bullet.end() :] if bullet else line).split())
        # A bullet on a line of its own belongs to the line below it.
        was_apart, self._is_apart = self._is_apart, not words
        if not words:
            return
        if last is not None and not bullet:
            is_near = not was_apart or _is_broken_off(last, words)
            if is_near and _goes_on(last, words, self._widest):
                last.words, last.width = joined(last.words, words, self._known), len(line.strip())
                return
            if named := NAMED_ALONE.match(last.words):
                last.words = f"{named[0]}: {words}"
                return
        mark = bullet[0].strip() if bullet else ""
        self._last = Item(words, number, len(line.strip()), bool(bullet), mark=mark)
        if measured := NAMED_MEASURE.match(words):
            self._last.words, self._last.part = words[measured.end() :], Part.PROMISE
        self.found.append(self._last)


def _rows(lines: list[tuple[int, list[str]]], heads: list[str]) -> Iterator[Item]:
    """The rows of a table; a single line with a tab is a line, but for a row of the table above and
    one of several numbers.
    """
    (number, cells), *more = lines
    is_row = has_numbers(cells) or len(cells) == len(heads) or heads_of(cells)
    if not more and not is_row:
        words = " ".join(on_one_line(cell) for cell in cells if cell)
        yield Item(words, number, len(words))
        return
    for row in table_rows(lines, heads):
        for part, words in row.parts:
            yield Item(words, row.line, 0, part=part)


def _is_within(last: Item, line: str, bullet: re.Match[str], widest: int) -> bool:
    """Whether a dash at the start of a line is part of a sentence that was broken there; in a list
    whose items begin with it, it begins another.
    """
    is_dash = bullet[0].strip() in ("-", "–", "—") and bullet[0].strip() != last.mark
    goes_on = line[bullet.end() :][:1].islower() and not ENDS.search(last.words)
    return is_dash and goes_on and last.width >= widest * NEARLY_FULL


def _is_broken_off(last: Item, words: str) -> bool:
    """Whether a bullet cannot end where a text has an empty line."""
    end = last.words[-LONGEST_CUE:]
    is_open = words[:1].islower() or GOES_ON.search(end) is not None
    return last.is_bullet and is_open and not ENDS.search(end)


def _goes_on(last: Item, words: str, widest: int) -> bool:
    """Whether a line belongs to the one above it."""
    # A sentence may be as long as the text: only its end says whether it goes on.
    end = last.words[-LONGEST_CUE:]
    if cue(last.words) is not None or begins(words) or NAMED_ALONE.match(last.words):
        return False
    if words[:1].islower() or GOES_ON.search(end):
        return True
    # A line that had room for the next word was ended there by whoever wrote it.
    had_room = last.width + 1 + len(words.split()[0]) <= widest * HAS_ROOM
    if had_room or ENDS.search(end):
        return False
    # Where bullets are kept, a line without one goes on with the line above.
    if last.is_bullet:
        return True
    return not _OPENS.match(words) and last.width >= widest * NEARLY_FULL
