"""The tables of a copied text, which has a tab between the cells of a row. Pure.

Under the headings of a strategy, each cell is what its heading says: an objective, what it will
look like, how we will know. Otherwise a row is one promise, with the heading of each number before
it: "Staff turnover: baseline 13.5%, target 11% or less".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strategy.plan_text.headings import DOTS, GOES_ON, LONGEST_CUE, OPENERS, Part, cue
from strategy.plan_text.pages import BREAK

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
_RULE = re.compile(r"[-–—:=]{2,}")
_PIECES = re.compile(rf"\s*[{DOTS}]\s*")
# How an item of a list begins, where its cell has lost the bullet before it.
_OPENS = re.compile(rf"(?<=[\w)%])\s+(?=(?:{OPENERS}|(?<=[\d%)] )\d+(?:\.\d+)?% of)\s)")
LONGEST_HEAD = 100
Lines = Sequence[tuple[int, list[str]]]


@dataclass(frozen=True)
class Row:
    """One row of a table: what it proposes, in the order of its cells."""

    line: int
    parts: tuple[tuple[Part, str], ...]


def cells_of(line: str) -> list[str]:
    """The cells of a line of a table; none where a tab only follows a bullet or a number."""
    cells = [" ".join(cell.split()).strip(f"{BREAK} ") for cell in line.split("\t")]
    filled = [cell for cell in cells if cell]
    if len(filled) < 2 or (len(filled) == 2 and _MARK.fullmatch(filled[0])):
        return []
    return cells


def has_numbers(cells: Sequence[str]) -> bool:
    """Whether a line of a table names something and gives it two numbers or more."""
    first, *rest = [cell for cell in cells if cell and not _CODE.fullmatch(cell)] or [""]
    return not first[:1].isdigit() and sum(bool(_SIZE.match(cell)) for cell in rest) > 1


def heads_of(cells: Sequence[str]) -> list[str]:
    """The cells of a line, where it is the first of a table and names its columns."""
    return list(cells) if sum(_is_head(cell) for cell in cells) >= 2 else []


def table_rows(lines: Lines, heads: Sequence[str]) -> Iterator[Row]:
    """The rows of a table. `heads`: the headings of the table above, which go on where this one has
    as many columns and none of its own.
    """
    own = heads_of(lines[0][1]) or (heads if len(heads) == len(lines[0][1]) else [])
    own = [on_one_line(head) for head in own]
    for number, cells in lines:
        if heads_of(cells) or all(_RULE.fullmatch(cell) for cell in cells if cell):
            continue
        yield Row(number, tuple(_parts(cells, own)))


def _is_head(cell: str) -> bool:
    """Whether a cell may stand at the top of a table: what is counted, or the year of a column."""
    found = (_PROMISE_HEADS.search(cell), _GROUP_HEADS.fullmatch(cell), _YEAR.fullmatch(cell))
    return len(cell) <= LONGEST_HEAD and (any(found) or _cue(cell) is not None)


def _cue(head: str) -> Part | None:
    return cue(head, longest=LONGEST_HEAD, more=LONGEST_HEAD)


def _pieces(cell: str) -> list[str]:
    """The items of a cell: by its bullets, else by its lines, else by where one begins after a word
    that can end.
    """
    found = [on_one_line(piece) for piece in _PIECES.split(cell) if piece.strip(BREAK)]
    if len(found) > 1:
        return found
    lines: list[str] = []
    for line in cell.split(BREAK):
        if lines and (line[:1].islower() or GOES_ON.search(lines[-1][-LONGEST_CUE:])):
            lines[-1] = f"{lines[-1]} {line}"
        elif line:
            lines.append(line)
    if len(lines) > 1:
        return lines
    cell = on_one_line(cell)
    items, at = [], 0
    for gap in _OPENS.finditer(cell):
        before = cell[at : gap.start()]
        is_open = GOES_ON.search(before[-LONGEST_CUE:]) or before.count("(") > before.count(")")
        if not is_open and before.count(" ") > 1:
            items.append(before)
            at = gap.end()
    return [*items, cell[at:]] if items else found


def on_one_line(cell: str) -> str:
    return " ".join(cell.replace(BREAK, " ").split())


def _parts(cells: Sequence[str], heads: Sequence[str]) -> Iterator[tuple[Part, str]]:
    said: list[str] = []
    for place, cell in enumerate(cells):
        head = heads[place] if place < len(heads) else ""
        if not cell:
            continue
        group, kind = _GROUP_HEADS.fullmatch(head), _cue(head)
        pieces, cell = _pieces(cell), on_one_line(cell)
        if group:
            yield (Part.AMBITION if group["ambition"] else Part.OBJECTIVE), cell
        elif kind in (Part.OUTCOME, Part.LEFT_OUT) or (kind is Part.PROMISE and len(pieces) > 1):
            yield from ((kind, piece) for piece in pieces)
        elif not said or not head:
            said.append(cell)
        else:
            said.append(f"{head[:1].lower()}{head[1:]} {cell}")
    if len(said) > 1 and _CODE.fullmatch(said[0]):
        said[:2] = [" ".join(said[:2])]
    if said:
        yield Part.PROMISE, ": ".join((said[0], ", ".join(said[1:]))) if said[1:] else said[0]
