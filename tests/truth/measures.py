"""A measure’s page against its own table and file: every sentence about its figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from tests.truth.accepted import hold_commentary, hold_levels
from tests.truth.ahead import hold_outlook
from tests.truth.judging import hold_said, judge_of
from tests.truth.milestones import hold_milestone
from tests.truth.paper import Node, Paper
from tests.truth.shown import (
    ASSURANCE,
    MILESTONE,
    NUMBER,
    VARIATION,
    WORDS,
    has_unit,
    is_rounded,
    judged,
    label,
    number,
    operator_sign,
    period,
)
from tests.truth.site import Report, Row, Site, asked
from tests.truth.threads import hold_thread_of

LENGTHS = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "annual": 12}
STEPS = {"monthly": "month", "quarterly": "quarter", "half-yearly": "half-year", "annual": "year"}


@dataclass
class Facts:
    """What the page says of itself: how often it reports, and which way is better."""

    frequency: str
    direction: str
    group: str

    @classmethod
    def of(cls, paper: Paper) -> Facts:
        head = paper.main.first("div", "kt-head")
        words = head.read().lower() if head else ""
        often = next((one for one in LENGTHS if f"· {one}" in words), "one off")
        return cls(often, words, asked(paper.address).get("care_group", "trust"))


def hold_measure(report: Report, site: Site, address: str) -> None:
    paper = site.page(address)
    rows = site.file_of(paper)
    facts = Facts.of(paper)
    hold_table(report, paper, rows)
    hold_tiles(report, paper, rows, facts)
    hold_title(report, paper, rows, facts)
    hold_sentences(report, site, paper, rows, facts)
    hold_trend_words(report, site, paper, rows, facts)
    hold_groups(report, paper, rows)
    hold_thread_of(report, site, address)
    hold_levels(report, paper, shown_row(paper, rows, facts))
    hold_commentary(report, site, paper)
    hold_milestone(report, paper, rows)
    if rows:
        hold_outlook(report, site, paper, rows[0]["measure"])


def own_windows(rows: list[Row], facts: Facts) -> list[Row]:
    """The windows of the measure's own frequency, oldest first."""
    length = LENGTHS.get(facts.frequency, 0)

    def months(row: Row) -> int:
        start, end = period(row)
        return (end.year - start.year) * 12 + end.month - start.month + 1

    held = [row for row in rows if not length or months(row) == length]
    return sorted(held, key=lambda row: row["period_end"])


def hold_table(report: Report, paper: Paper, rows: list[Row]) -> None:
    """The figures as a table are the figures in the file, cell by cell."""
    at = paper.address
    for table in paper.tables:
        if table.heads[:2] != ["Period", "Value"]:
            continue
        report.hold("lines of the table", len(table.lines) == len(rows), f"{len(rows)}", at)
        for line, row in zip(table.lines, rows, strict=False):
            cells = {head: node.read() for head, node in line.items()}
            named = label(*period(row))
            report.hold("period of a line", cells["Period"].startswith(named), cells["Period"], at)
            words = (MILESTONE if row["milestone_status"] else WORDS)[row["rag"]]
            is_same = cells.get("Status", words).startswith(words)
            report.hold("status of a line", is_same, f"{named} {cells.get('Status')} {words}", at)
            if row["value"]:
                _hold_numbers(report, cells, row, at)
            origin = cells.get("Origin", "")
            if row["value"] and "Origin" in cells:
                firm = ("provisional" in origin) == (row["value_status"] == "provisional")
                report.hold("provisional of a line", firm, f"{named} {origin}", at)


def _hold_numbers(report: Report, cells: dict[str, str], row: Row, at: str) -> None:
    named, unit = cells["Period"], row["unit"]
    shown = cells["Value"]
    is_same = is_rounded(shown, Decimal(row["value"])) and has_unit(shown, unit)
    report.hold("figure of a line", is_same, f"{named}: {shown}, {row['value']}", at)
    for head, name in (
        ("Lower limit", "spc_lower"),
        ("Average", "spc_mean"),
        ("Upper limit", "spc_upper"),
    ):
        text = cells.get(head, "")
        if text in ("", "–") or not row[name]:
            continue
        exact = Decimal(row[name])
        is_clipped = head != "Average" and abs(number(text)) in (0, 100)
        is_same = is_rounded(text, exact) or is_clipped
        report.hold("limit of a line", is_same and has_unit(text, unit), f"{text} {exact}", at)
    text = cells.get("Target", "")
    if text not in ("", "–") and row["target"]:
        value = Decimal(row["target"])
        sign = operator_sign(row["operator"], value, unit)
        is_same = text.startswith(sign) and is_rounded(text[len(sign) :], value)
        report.hold("target of a line", is_same, f"{named}: {text}, {value}", at)


def hold_title(report: Report, paper: Paper, rows: list[Row], facts: Facts) -> None:
    """“36 figures, whole trust”, with as many figures of its own frequency."""
    titles = [re.match(r"(\d+) figures?, ", node.read()) for node in paper.main.all("h2")]
    found = next((title for title in titles if title), None)
    if found is None:
        return
    held = [row for row in own_windows(rows, facts) if row["value"] or row["milestone_status"]]
    is_same = int(found[1]) == len(held)
    report.hold("figures of the chart", is_same, f"{found[0]}: {len(held)}", paper.address)


def shown_row(paper: Paper, rows: list[Row], facts: Facts) -> Row | None:
    """The row of the figure in the first tile, by its window."""
    hero = paper.main.first("section", "kt-hero")
    first = hero.first("dt") if hero else None
    if first is None:
        return None
    named = first.read().partition(", ")[2]
    for row in reversed(own_windows(rows, facts)):
        start, end = period(row)
        if named in (label(start, end), "") or named.endswith(f" to {label(end, end)}"):
            return row
    return None


def hold_tiles(report: Report, paper: Paper, rows: list[Row], facts: Facts) -> None:
    """Latest, target, distance, floor, icons: of one row."""
    at, row = paper.address, shown_row(paper, rows, facts)
    hero = paper.main.first("section", "kt-hero")
    if row is None or hero is None:
        return
    for tile in hero.all("div"):
        head, body = tile.first("dt"), tile.first("dd")
        if head is None or body is None:
            continue
        big = body.first(name="kt-big")
        name, text = head.read(), body.read()
        if name.startswith(("Latest", "Last")) and big is not None and judged(row) is not None:
            value = judged(row) or Decimal(0)
            is_same = is_rounded(big.read(), value) and has_unit(big.read(), row["unit"])
            report.hold("latest figure", is_same, f"{big.read()} {value}", at)
            is_firm = ("Provisional" in text) == (row["value_status"] == "provisional")
            report.hold("latest provisional", is_firm, text[:80], at)
            _hold_parts(report, text, row, at)
        if name.startswith("Target"):
            _hold_target_tile(report, text, row, at)
        if name == "Variation":
            wanted = VARIATION.get(row["variation"], "")
            report.hold("variation", wanted in text, f"{text[:60]} {wanted}", at)
        if name == "Assurance":
            wanted = ASSURANCE.get(row["assurance"], "")
            report.hold("assurance", wanted in text, f"{text[:60]} {wanted}", at)


def _hold_parts(report: Report, text: str, row: Row, at: str) -> None:
    found = re.search(r"([\d,]+) of ([\d,]+)\.", text)
    if found and row["numerator"] and "reported" not in text[found.start() : found.end() + 10]:
        said = (number(found[1]), number(found[2]))
        wanted = (Decimal(row["numerator"]), Decimal(row["denominator"]))
        is_same = all(round(w) == s for s, w in zip(said, wanted, strict=True))
        report.hold("parts of a figure", is_same, f"{found[0]} {wanted}", at)
    found = re.search(r"(\d+) of (\d+) reported", text)
    if found:
        wanted = (row["groups_reported"], row["groups_expected"])
        report.hold("groups reported", (found[1], found[2]) == wanted, f"{found[0]} {wanted}", at)


def _hold_target_tile(report: Report, text: str, row: Row, at: str) -> None:
    if any(word in text for word in ("No data", "Late", "Not applicable")):
        return  # the target is that of the window asked for, of which there is no figure
    found = re.search(
        rf"({NUMBER}(?:[km%]|(?: (?:WTE|per 1,000|[a-z²³]+))+)?) (above|below) the (target|range)",
        text,
    )
    if found and row["variance"]:
        variance = Decimal(row["variance"])
        is_side = (variance > 0) == (found[2] == "above")
        # Half-way between two digits it follows the value, which is shown next to it.
        is_same = is_side and any(
            is_rounded(found[1], abs(variance), halves)
            for halves in (ROUND_HALF_UP, ROUND_HALF_DOWN)
        )
        report.hold("distance from the target", is_same, f"{found[0]} {variance}", at)
    elif row["variance"] and Decimal(row["variance"]) != 0 and row["rag"] in ("green", "red"):
        report.hold("distance from the target", "Last" in text or not text, text[:90], at)
    if "Exactly on the target" in text or "Within the range" in text:
        is_same = bool(row["variance"]) and Decimal(row["variance"]) == 0
        report.hold("exactly on the target", is_same, f"{text[:60]} {row['variance']}", at)
    found = re.search(r"Near target reaches to (\S+)", text)
    if found and row["floor"]:
        is_same = is_rounded(found[1], Decimal(row["floor"]))
        report.hold("floor", is_same, f"{found[0]} {row['floor']}", at)
    for rag, words in (MILESTONE if row["milestone_status"] else WORDS).items():
        if rag == row["rag"] and row["rag"] in ("green", "amber", "red", "blue"):
            report.hold("status of the tile", words in text, f"{text[:60]} {words}", at)


def hold_sentences(report: Report, site: Site, paper: Paper, rows: list[Row], facts: Facts) -> None:
    """Claims about movement, averages, limits, and how often the target was met."""
    shown = shown_row(paper, rows, facts)
    hero = paper.main.first("section", "kt-hero")
    if shown is None or hero is None or shown["milestone_status"]:
        return
    judge = judge_of(site, shown, asked(paper.address).get("as_at", ""))
    for text in _said(hero):
        hold_said(report, judge, text, shown["measure_name"], paper.address)


def _said(hero: Node) -> list[str]:
    """The headline, the words under the icons, and the reading below."""
    found = [node.read() for node in hero.all("h2")]
    for tile in hero.all("div"):
        head = tile.first("dt")
        if head is not None and head.read() in ("Variation", "Assurance"):
            found += [node.read() for node in tile.all("p")]
    for foot in hero.all("p", "kt-card__foot"):
        text = foot.read().partition("Outlook.")[0].strip()
        if text and "small counts" not in text:
            found.append(re.sub(r"Limits recalculated from .*?\.", "", text).strip())
    return [text for text in found if text]


def hold_trend_words(
    report: Report, site: Site, paper: Paper, rows: list[Row], facts: Facts
) -> None:
    """The caption of the chart: its windows, what its limits rest on, gaps and crosses."""
    at = paper.address
    caption = paper.main.first("figcaption")
    own = own_windows(rows, facts)
    held = [row for row in own if row["value"]]
    if caption is None or not held:
        return
    text = caption.read()
    first, last = period(held[0]), period(held[-1])
    named = [label(*first), label(*last)]
    is_same = all(name in text for name in named)
    report.hold("windows of the caption", is_same, f"{text[:80]} {named}", at)
    found = re.search(r"all (\d+) \w+ with a figure since ([^.]+)\.", text)
    if found:
        as_at = asked(at).get("as_at", "")
        every = own_windows(site.history(held[0]["measure"], facts.group, as_at), facts)
        whole = [
            row
            for row in every
            if row["value"]
            and row["is_primary"] != "false"
            and not (
                row["rag"] == "incomplete" and row["groups_reported"] != row["groups_expected"]
            )
        ]
        wanted = (len(whole), label(*period(whole[0])))
        said = (int(found[1]), found[2])
        report.hold("what limits rest on", said == wanted, f"{found[0]} {wanted}", at)
    gaps = sum(row["rag"] in ("late", "no_data") for row in own)
    found = re.search(r"(\d+) missing windows?", text)
    said = int(found[1]) if found else 0
    report.hold("gaps of the chart", said == gaps, f"{text[-120:]} {gaps}", at)


def hold_groups(report: Report, paper: Paper, rows: list[Row]) -> None:
    """A number of care groups, sources or comments in a heading is the number listed."""
    for card in paper.main.all("section", "kt-card"):
        head = card.first(name="kt-card__head")
        note = head.first("p") if head else None
        found = re.fullmatch(r"(\d+) publications?", note.read()) if note else None
        if found:
            listed = len(card.all("li"))
            report.hold(
                "publications", int(found[1]) == listed, f"{found[0]} {listed}", paper.address
            )
