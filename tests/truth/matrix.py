"""The matrix of variation and assurance."""

from __future__ import annotations

import re

from tests.truth.paper import Node
from tests.truth.site import Report, Site

COLUMNS = (
    ("Usual range meets target", "pass"),
    ("Target in usual range", "inconsistent"),
    ("Usual range misses target", "fail"),
    ("Not tested", "none"),
)
LINES = {"Concerning": "concern", "No significant change": "common", "Improv": "improvement"}


def hold_matrix(report: Report, site: Site, address: str) -> None:
    """Each measure stands in the cell of its icons; those with a place are counted."""
    paper = site.page(address)
    rows = {row["measure"]: row for row in site.file_of(paper)}
    table = paper.main.first("table")
    if table is None:
        return
    placed: set[str] = set()
    for line in table.all("tr"):
        cells = [part for part in line.parts if isinstance(part, Node)]
        head = cells[0].read() if cells else ""
        kind = next((code for word, code in LINES.items() if word in head), "")
        for (_, assurance), cell in zip(COLUMNS, cells[1:], strict=False):
            for link in cell.all("a"):
                code = re.match(r"/measures/([^/?]+)/", link.attrs.get("href", ""))
                if code is None or code[1] not in rows:
                    continue
                placed.add(code[1])
                row = rows[code[1]]
                is_there = row["assurance"] == assurance and row["variation"].startswith(kind)
                words = f"{code[1]}: {head[:30]} {assurance}, {row['variation']} {row['assurance']}"
                report.hold("cell of the matrix", is_there, words, address)
    found = re.search(r"(\d+) of (\d+) measures can be placed", paper.text)
    if found:
        said, wanted = (int(found[1]), int(found[2])), (len(placed), len(rows))
        report.hold("measures placed", said == wanted, f"{said} {wanted}", address)
