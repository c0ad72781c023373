"""Tables of the project's documents, with which tests compare the code."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def table(document: str, name: str) -> list[list[str]]:
    """The cells of the table marked `<!-- table: name -->`, without its heading."""
    text = (DOCS / document).read_text(encoding="utf-8")
    after = text.split(f"<!-- table: {name} -->\n", 1)[1]
    lines = re.match(r"(?:\|.*\n?)+", after)[0].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(cell: str) -> str:
    """The text inside code marks."""
    return cell.strip("`")
