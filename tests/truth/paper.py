"""A page as a reader sees it: its text, its tables, its lists, its links; nothing of the code.

Marks that are pictures are read by their names, as a screen reader does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
SILENT = frozenset({"script", "style", "template", "head"})
BLOCKS = frozenset(
    "p li h1 h2 h3 h4 dt dd td th caption figcaption summary legend label".split()  # noqa: SIM905
)
# An element that these begin within ends where the next of its kind begins.
APART = frozenset({"br", "div", "ul", "ol", "table", "tr", "section", "details", "svg", "option"})


@dataclass
class Node:
    """An element, its attributes, and what is within it."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parts: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        for part in self.parts:
            if isinstance(part, Node):
                yield part
                yield from part.walk()

    def all(self, tag: str = "", name: str = "") -> list[Node]:
        """Elements within, by their tag and one of their classes."""
        return [
            node
            for node in self.walk()
            if tag in ("", node.tag) and (not name or name in node.classes)
        ]

    def first(self, tag: str = "", name: str = "") -> Node | None:
        return next(iter(self.all(tag, name)), None)

    @property
    def classes(self) -> list[str]:
        return self.attrs.get("class", "").split()

    def read(self, without: tuple[str, ...] = ()) -> str:
        """The text, in one line; without elements of some classes."""
        return " ".join("".join(self._said(without)).split())

    def _said(self, without: tuple[str, ...]) -> Iterator[str]:
        if self.tag in SILENT or any(name in self.classes for name in without):
            return
        gap = " " if self.tag in APART or self.tag in BLOCKS else ""
        yield gap
        if self.attrs.get("aria-label") and self.tag == "svg":
            yield f" {self.attrs['aria-label']} "
        for part in self.parts:
            if isinstance(part, str):
                yield part
            else:
                yield from part._said(without)
        yield gap

    def blocks(self, without: tuple[str, ...] = ()) -> Iterator[str]:
        """The text of each innermost block: one paragraph, cell, or line of a list."""
        if self.tag in SILENT or any(name in self.classes for name in without):
            return
        inner = [node for node in self.walk() if node.tag in BLOCKS]
        if self.tag in BLOCKS and not inner:
            yield self.read(without)
            return
        if self.tag in BLOCKS:
            own = Node("span", {}, [part for part in self.parts if not _holds_block(part)])
            if text := own.read(without):
                yield text
        for part in self.parts:
            if isinstance(part, Node) and (self.tag not in BLOCKS or _holds_block(part)):
                yield from part.blocks(without)


def _holds_block(part: Node | str) -> bool:
    return isinstance(part, Node) and (
        part.tag in BLOCKS or any(node.tag in BLOCKS for node in part.walk())
    )


@dataclass
class Table:
    """A table: its caption, its headings, and its lines with the heading above each cell."""

    caption: str
    heads: list[str]
    lines: list[dict[str, Node]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("page")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].parts.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].parts.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


@dataclass
class Paper:
    """A page of the tracker, at its address."""

    address: str
    html: str

    @cached_property
    def root(self) -> Node:
        reader = _Reader()
        reader.feed(self.html)
        return reader.root

    @cached_property
    def main(self) -> Node:
        return self.root.first("main") or self.root

    @cached_property
    def tables(self) -> list[Table]:
        return [_table(node) for node in self.main.all("table")]

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        return [
            (node.attrs["href"], node.read()) for node in self.root.all("a") if "href" in node.attrs
        ]

    def card(self, heading: str) -> Node | None:
        """The section under a heading."""
        for node in self.main.all("section"):
            title = node.first("h2")
            if title is not None and title.read().startswith(heading):
                return node
        return None

    @cached_property
    def text(self) -> str:
        return self.main.read()


def _table(node: Node) -> Table:
    caption = node.first("caption")
    head = node.first("thead")
    heads = [cell.read() for cell in head.all("th")] if head else []
    lines = []
    for row in node.all("tr"):
        cells = [part for part in row.parts if isinstance(part, Node) and part.tag in ("th", "td")]
        if head is not None and row in head.all("tr"):
            continue
        if len(cells) == len(heads):
            lines.append(dict(zip(heads, cells, strict=True)))
    return Table(caption.read() if caption else "", heads, lines)


def number_in(text: str) -> float | None:
    """The first number of a text as it is shown: −£1,204k is −1204."""
    found = re.search(r"(−)?£?(\d[\d,]*(?:\.\d+)?)", text)
    if found is None:
        return None
    return float(found[2].replace(",", "")) * (-1 if found[1] else 1)
