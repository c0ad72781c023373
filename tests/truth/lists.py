"""Pages that list measures or targets: each line, panel and heading against the page's own file."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from tests.truth.judging import hold_said, judge_of
from tests.truth.lines import SMALL, hold_line, hold_tally, measure_lines
from tests.truth.paper import Node, Paper
from tests.truth.shown import (
    GROUP_OF,
    MILESTONE,
    MONTHS,
    RATED,
    WORDS,
    is_rounded,
    judged,
    label,
    period,
)
from tests.truth.site import Report, Row, Site, asked


def hold_list(report: Report, site: Site, address: str) -> None:
    """The register, the summary, an objective, an ambition, a care group: lines and file."""
    paper = site.page(address)
    rows = site.file_of(paper)
    lines = measure_lines(paper)
    by_code: dict[str, list[Row]] = {}
    for row in rows:
        by_code.setdefault(row["measure"], []).append(row)
    of_lines = sorted(code for code, _ in lines if code)
    of_rows = sorted(row["measure"] for row in rows if row["measure"])
    at = address
    report.hold(
        "lines are the file’s rows",
        of_lines == of_rows,
        f"{sorted(set(of_lines) ^ set(of_rows))[:5]} {len(of_lines)} {len(of_rows)}",
        at,
    )
    for code, line in lines:
        own = by_code.get(code, [])
        if code and own:
            hold_line(report, code, line, own.pop(0), at)
    for tally in paper.main.all(name="kt-tally__say"):
        wrap = Node("div", {}, [tally])
        if len(paper.main.all(name="kt-tally__say")) == 1:
            bar = paper.main.first(name="kt-tally__bar")
            wrap.parts = [part for part in (bar, tally) if part is not None]
            hold_tally(report, wrap, rows, at)
    hold_heads(report, paper)


def hold_ambition(report: Report, site: Site, address: str) -> None:
    """A dashboard: each panel against the file, its sentence, the sentences of its objectives."""
    paper = site.page(address)
    rows = site.file_of(paper)
    at, as_at = address, asked(address).get("as_at", "")
    by_code: dict[str, list[Row]] = {}
    for row in rows:
        by_code.setdefault(row["measure"], []).append(row)
    seen = set()
    for panel in paper.main.all("li", "kt-tile"):
        link, value, say = panel.first("a"), panel.first("b"), panel.first("p", "kt-tile__say")
        code = re.match(r"/measures/([^/?]+)/", link.attrs["href"]) if link else None
        if code is None or value is None or say is None:
            continue
        seen.add(code[1])
        own = by_code.get(code[1], [])
        shown = [row for row in own if (judged(row) is not None) and not row["milestone_status"]]
        report.hold("panel has its row", bool(own), code[1], at)
        if len(own) == 1 and shown:
            (row,) = shown
            is_same = is_rounded(value.read(), judged(row) or Decimal(0))
            report.hold("figure of a panel", is_same, f"{code[1]} {value.read()} {judged(row)}", at)
            words = WORDS[row["rag"]]
            report.hold("status of a panel", words in panel.read(), f"{code[1]} {words}", at)
            _hold_drawn(report, paper, row, at)
            text = re.sub(r"^(Awaiting|The next figure).*?: this is about [^.]*\. ", "", say.read())
            hold_said(report, judge_of(site, row, as_at), text, row["measure_name"], at)
        remark = panel.first("p", "kt-tile__c")
        if own and value.read() not in ("", "–") and not own[0]["milestone_status"]:
            named = bool(re.search(r"\d{4}", remark.read() if remark else ""))
            report.hold("panel names its window", named, f"{code[1]} {value.read()}", at)
    wanted = {row["measure"] for row in rows if row["measure"]}
    report.hold("panels are the file’s measures", seen == wanted, f"{seen ^ wanted}", at)
    tally = paper.main.first("div", "kt-card__body")
    if tally is not None and rows:
        hold_tally(report, tally, rows, at)
    found = re.search(r"(\d+) of (\d+) rated targets (?:is|are) off target, (\d+) on", paper.text)
    if found:
        groups = [GROUP_OF[row["rag"]] for row in rows]
        wanted_counts = (
            groups.count("Off target"),
            sum(name in RATED for name in groups),
            groups.count("On target"),
        )
        said = tuple(map(int, found.groups()))
        report.hold("sentence of an ambition", said == wanted_counts, f"{said} {wanted_counts}", at)


def _hold_drawn(report: Report, paper: Paper, row: Row, at: str) -> None:
    """The window of a panel has the same target and status in the table of its chart."""
    caption = f"{row['measure_name']}: the figures drawn"
    named = label(*period(row))
    for table in paper.tables:
        lines = [line for line in table.lines if line.get("Period", Node("td")).read() == named]
        if table.caption != caption or not lines:
            continue
        shown = {head: lines[0][head].read() for head in ("Target", "Status")}
        is_same = (shown["Target"] in ("", "–")) is not bool(row["target"])
        if row["target"] and row["operator"] != "between":
            is_same = is_same and is_rounded(shown["Target"], Decimal(row["target"]))
        is_same = is_same and shown["Status"] == WORDS[row["rag"]]
        report.hold("figures drawn", is_same, f"{named} {shown} {row['target']} {row['rag']}", at)


def hold_plan(report: Report, site: Site, address: str) -> None:
    """The page of a plan: the status of its promises, objective by objective."""
    paper = site.page(address)
    rows = site.file_of(paper)
    total = 0
    for table in paper.tables:
        if "Targets" not in table.heads:
            continue
        for line in table.lines:
            number = re.match(r"\d+", line["Targets"].read())
            if number is None:
                continue
            own = rows[total : total + int(number[0])]
            total += int(number[0])
            cells = Node("div", {}, list(line.values()))
            if own:
                hold_tally(report, cells, own, address)
    if total:
        report.hold("promises of a plan", total == len(rows), f"{total} {len(rows)}", address)


def hold_heads(report: Report, paper: Paper) -> None:
    """A card that names a number has as many lines; one that names an age has none older."""
    for card in paper.main.all("section", "kt-card"):
        title, head = card.first("h2"), card.first(name="kt-card__head")
        note = head.first("p") if head else None
        lines = [row for row in card.all("tr") if row.first("td") is not None]
        if note is not None and re.fullmatch(r"\d+", note.read()) and lines:
            is_same = int(note.read()) == len(lines)
            words = f"{title.read() if title else ''}: {note.read()}, {len(lines)}"
            report.hold("number of a card", is_same, words, paper.address)
        if title is not None and title.read() == "With a figure in the last two years":
            for row in lines:
                _hold_young(report, row, paper.address)
        for head in card.all("h3"):
            found = re.search(r"\((\d+)\)$", head.read())
            if found:
                _hold_listed(report, card, head, int(found[1]), paper.address)


def _hold_young(report: Report, line: Node, at: str) -> None:
    """A line under “the last two years” has a figure of no earlier than that."""
    years = [int(year) for year in re.findall(r"20\d\d", line.all("td")[4].read())]
    this_year = int(asked(at).get("as_at", "")[:4] or date.today().year)
    is_young = bool(years) and max(years) >= this_year - 3
    report.hold("figure of the last two years", is_young, line.read()[:90], at)


def _hold_listed(report: Report, card: Node, head: Node, number: int, at: str) -> None:
    nodes = list(card.walk())
    after = nodes[nodes.index(head) :]
    listed = next((node for node in after if node.tag == "ul"), None)
    if listed is None:
        return
    count = len([part for part in listed.parts if isinstance(part, Node) and part.tag == "li"])
    links = len(listed.all("a"))
    report.hold("number of a list", number in (count, links), f"{head.read()}: {count} {links}", at)


def hold_heatmap(report: Report, site: Site, address: str) -> None:
    """Each cell of the heat map against the file: status word and figure."""
    paper = site.page(address)
    rows = site.file_of(paper)
    known: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        known.setdefault((row["measure"], row["care_group"]), []).append(row)
    words = "|".join(sorted({*WORDS.values(), *MILESTONE.values()}, key=len, reverse=True))
    for table in paper.tables:
        for line in table.lines:
            link = line[table.heads[0]].first("a")
            code = re.match(r"/measures/([^/?]+)/", link.attrs.get("href", "")) if link else None
            if code is None:
                continue
            for head in table.heads[1:]:
                _hold_cell(report, code[1], head, line[head].read(SMALL), rows, words, address)


def _hold_cell(
    report: Report, code: str, head: str, said: str, rows: list[Row], words: str, at: str
) -> None:
    found = re.match(rf"({words})\b ?(.*)", said)
    if found is None:
        return
    month = re.fullmatch(rf"({'|'.join(MONTHS)}) ?(\d{{2,4}})", head)
    own = [row for row in rows if row["measure"] == code]
    if month:
        year = int(month[2]) % 100
        own = [
            row
            for row in own
            if period(row)[1].year % 100 == year and MONTHS[period(row)[1].month - 1] == month[1]
        ]
    statuses = {(MILESTONE if row["milestone_status"] else WORDS)[row["rag"]] for row in own}
    report.hold(
        "status of a cell", found[1] in statuses, f"{code} {head}: {said} {sorted(statuses)}", at
    )
