"""The matrix of variation and assurance, and what changed between two months."""

from __future__ import annotations

import re

from tests.truth.paper import Node
from tests.truth.shown import GROUP_OF, GROUPS
from tests.truth.site import Report, Site, asked, with_query

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


def hold_what_changed(report: Report, site: Site, address: str) -> None:
    """The counts of both ends, and that the steps between them add up."""
    paper = site.page(address)
    ends = asked(address)
    table = next((one for one in paper.tables if one.caption.startswith("Counts then")), None)
    if table is None:
        return
    lines = [[cell.read() for cell in line.values()] for line in table.lines]
    numbers = [[int(cell.replace("−", "-").replace("+", "")) for cell in one[1:]] for one in lines]
    for place, name in enumerate(GROUPS):
        first, *steps, last = [line[place] for line in numbers]
        report.hold(
            "steps add up", first + sum(steps) == last, f"{name}: {first} {steps} {last}", address
        )
    for place, end in ((0, "from"), (-1, "to")):
        board = with_query("/", plan=ends["plan"], period=ends[end], as_at=ends.get("as_at", ""))
        rows = site.file_of(site.page(board))
        counts = [sum(GROUP_OF[row["rag"]] == name for row in rows) for name in GROUPS]
        report.hold(
            "counts of an end", numbers[place] == counts, f"{lines[place]} {counts}", address
        )
    _hold_sentence(report, paper.text, lines, address)
    for head in paper.main.all("h3"):
        found = re.search(r"\((\d+)\)$", head.read())
        if found is not None:
            _hold_listed(report, paper.main, head, int(found[1]), address)


def _hold_sentence(report: Report, text: str, lines: list[list[str]], at: str) -> None:
    moved = sum(
        int(found[1]) for line in lines if (found := re.search(r": (\d+)$", line[0])) is not None
    )
    found = re.search(r"(\d+) status(?:es)? moved", text)
    if found:
        report.hold("statuses moved", int(found[1]) == moved, f"{found[0]} {moved}", at)


def _hold_listed(report: Report, main: Node, head: Node, number: int, at: str) -> None:
    nodes = list(main.walk())
    after = nodes[nodes.index(head) :]
    listed = next((node for node in after if node.tag == "ul"), None)
    links = len(listed.all("a")) if listed is not None else 0
    report.hold("number of a list", number == links, f"{head.read()}: {links}", at)
