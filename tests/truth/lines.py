"""Lines of tables of measures against the rows of the page's file; counts against both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from tests.truth.paper import Node, Paper
from tests.truth.shown import (
    ASSURANCE,
    GROUPS,
    MILESTONE,
    PARTS,
    VARIATION,
    WORDS,
    has_unit,
    is_rounded,
    judged,
    label,
    months_between,
    operator_sign,
    period,
)
from tests.truth.site import Report, Row, Site

SMALL = ("kt-was", "kt-notemark")
TWO_ROWS = re.compile(r"(\d+) of (\d+) (measures?|groups|targets|rated|[a-z-]+s?)")


def measure_lines(paper: Paper) -> list[tuple[str, dict[str, Node]]]:
    """Each line of the page's tables of measures, with the measure that it links to."""
    found = []
    for table in paper.tables:
        if not {"Latest", "Status"} <= set(table.heads):
            continue
        for line in table.lines:
            links = [node.attrs.get("href", "") for cell in line.values() for node in cell.all("a")]
            codes = [code[1] for href in links if (code := re.match(r"/measures/([^/?]+)/", href))]
            found.append((codes[0] if codes else "", line))
    return found


def hold_line(report: Report, code: str, line: dict[str, Node], row: Row, at: str) -> None:
    """One line against its row: figure, target, status, icons."""
    milestone = line["Status"].read(SMALL) in ("On track", "At risk", "Off track", "Complete")
    words = (MILESTONE if row["milestone_status"] or milestone else WORDS)[row["rag"]]
    said = line["Status"].read(SMALL)
    report.hold("status of a line", said == words, f"{code}: {said}, {row['rag']}", at)
    latest = line["Latest"].read(SMALL)
    value = judged(row)
    if value is not None:
        is_same = is_rounded(latest, value) and has_unit(latest, row["unit"])
        report.hold("figure of a line", is_same, f"{code}: {latest}, {value}", at)
    if "SPC" in line:
        hold_icons(report, code, line["SPC"], row, at)
    if "Target" in line:
        hold_target(report, code, line["Target"].read(SMALL), row, at)
    if "Data to" in line:
        hold_data_to(report, code, line["Data to"].read(), row, at)


def hold_icons(report: Report, code: str, cell: Node, row: Row, at: str) -> None:
    if row["is_primary"] == "false":
        return  # the file has the assurance of the target that is rated first alone
    said = [node.attrs["aria-label"] for node in cell.all("svg") if "aria-label" in node.attrs]
    wanted = [VARIATION.get(row["variation"]), ASSURANCE.get(row["assurance"])]
    if judged(row) is None or row["milestone_status"] or row["variation"] in ("", "none"):
        wanted = []
    wanted = [word for word in wanted if word]
    report.hold("icons of a line", said == wanted, f"{code}: {said}, {wanted}", at)


def hold_target(report: Report, code: str, said: str, row: Row, at: str) -> None:
    if row["milestone_status"] or not row["target"]:
        return
    value, unit = Decimal(row["target"]), row["unit"]
    wanted = operator_sign(row["operator"], value, unit)
    said = re.sub(r" per 1[\d,]+( bed days)?", "", said) if unit.startswith("per_") else said
    unit = "" if unit.startswith("per_") else unit
    numbers = re.findall(r"[−£\d][\d,.]*(?:\.\d+)?", said)
    is_same = bool(numbers) and said.startswith(wanted) and is_rounded(said[len(wanted) :], value)
    if row["upper_value"]:
        is_same = is_same and is_rounded(said.partition(" to ")[2], Decimal(row["upper_value"]))
    is_same = is_same and has_unit(said, unit)
    report.hold("target of a line", is_same, f"{code}: {said}, {row['operator']} {value}", at)


def hold_data_to(report: Report, code: str, said: str, row: Row, at: str) -> None:
    """The window of a figure, how firm it is, and how long ago."""
    if judged(row) is None and not row["milestone_status"]:
        return
    if row["milestone_status"] == "complete":
        return
    named = label(*period(row))
    report.hold("window of a line", said.startswith(named), f"{code}: {said}, {named}", at)
    is_firm = ("provisional" in said) == (row["value_status"] == "provisional")
    if row["rag"] not in ("late", "no_data") and "no longer" not in said:
        report.hold("provisional of a line", is_firm, f"{code}: {said}, {row['value_status']}", at)


def hold_age(report: Report, site: Site, code: str, said: str, month_end: date, at: str) -> None:
    """“21 months old”, “nothing since Mar 2025 (20 months)”: from the last figure's month."""
    found = re.search(r"(\d+) (month|year)s? old|^(\d+) (month|year)s?$", said)
    if found is None:
        return
    count, unit = found[1] or found[3], found[2] or found[4]
    known = [
        row
        for row in site.own(code)
        if judged(row) is not None and row["period_end"] <= month_end.isoformat()
    ]
    if not known:
        report.hold("age of a figure", False, f"{code}: {said}, no figure", at)
        return
    months = months_between(period(known[-1])[1], month_end)
    wanted = months if unit == "month" else months // 12
    report.hold("age of a figure", int(count) == wanted, f"{code}: {said}, {months} months", at)


def hold_counts(report: Report, paper: Paper, rags: Sequence[str], at: str) -> None:
    """The tiles at the head of a page: they add up to the rows, and so do their parts."""
    held = Counter(rags)
    tiles = paper.main.first("ul", "kt-counts")
    if tiles is None:
        return
    total = 0
    for tile in (part for part in tiles.parts if isinstance(part, Node) and part.tag == "li"):
        count, words = tile.first(name="kt-count__n"), tile.first(name="kt-count__w")
        if count is None or words is None or "changed" in words.read():
            continue
        number = int(count.read())
        total += number
        name = words.read() if words.read() in GROUPS else "No data or late"
        wanted = sum(held[rag] for rag in GROUPS[name])
        report.hold("count of a tile", number == wanted, f"{words.read()} {number}, {wanted}", at)
        hold_parts(report, [part.read() for part in tile.all("li")], held, at)
    report.hold("counts add up", total == len(rags), f"{total} of {len(rags)}", at)


def hold_parts(report: Report, parts: Iterable[str], held: Counter[str], at: str) -> None:
    for part in parts:
        found = re.match(r"(\d+) (.+)", part.strip(" ."))
        if found is None:
            continue
        for rag, words in PARTS.items():
            if re.fullmatch(words, found[2]):
                is_same = held[rag] == int(found[1])
                report.hold("part of a count", is_same, f"{part}, {held[rag]}", at)


def hold_tally(report: Report, node: Node, rows: Sequence[Row], at: str) -> None:
    """A heading's tally: its bar, who reported, why some have no colour."""
    held = Counter(row["rag"] for row in rows)
    text = node.read()
    for words, rags in (
        ("on target", GROUPS["On target"]),
        ("near target", GROUPS["Near target"]),
        ("off target", GROUPS["Off target"]),
        ("no data or late", GROUPS["No data or late"]),
        ("not rated", GROUPS["Not rated"]),
    ):
        found = re.search(rf"(\d+) {words}", text)
        wanted = sum(held[rag] for rag in rags)
        said = int(found[1]) if found else 0
        report.hold("share of a bar", said == wanted, f"{words}: {said}, {wanted}", at)
    found = re.search(r"Without a colour: ([^.]*)\.", text)
    if found:
        parts = found[1].split(", ")
        hold_parts(report, parts, held, at)
        said = sum(int(part.split()[0]) for part in parts)
        wanted = sum(held[rag] for rag in (*GROUPS["No data or late"], *GROUPS["Not rated"]))
        report.hold("without a colour", said == wanted, f"{found[0]} {wanted}", at)
    hold_reported(report, text, rows, at)
    hold_signals(report, text, rows, at)


def hold_reported(report: Report, text: str, rows: Sequence[Row], at: str) -> None:
    """“10 of 18 measures reported”: of those with a figure due, the ones with a complete one."""
    found = re.search(r"(\d+) of (\d+) measures? reported", text)
    if found is None:
        return
    due: dict[str, bool] = {}
    for row in rows:
        if row["measure"] and row["rag"] not in ("no_measure", "not_due"):
            if row["rag"] == "not_applicable" and not row["value_status"]:
                continue
            is_whole = row["rag"] not in ("late", "no_data", "incomplete")
            due[row["measure"]] = due.get(row["measure"], True) and is_whole
    said = (int(found[1]), int(found[2]))
    wanted = (sum(due.values()), len(due))
    report.hold("measures reported", said == wanted, f"{found[0]}: {wanted}", at)


def hold_signals(report: Report, text: str, rows: Sequence[Row], at: str) -> None:
    """“Worst of 3 signals: …”: how many measures have one."""
    found = re.search(r"(Worst of|One of) (\d+) signals|(The only signal)|(No signal\.)", text)
    if found is None:
        return
    signals = {
        row["measure"]: row["variation"]
        for row in rows
        if row["variation"] not in ("", "none", "common_cause")
        and judged(row) is not None
        and row["rag"] not in ("late", "no_data")
    }
    if found[4]:
        is_seen = any(
            row["variation"] not in ("", "none") and judged(row) is not None for row in rows
        )
        report.hold("no signal where some can be read", is_seen, text[-90:], at)
    said = int(found[2]) if found[2] else 1 if found[3] else 0
    report.hold("signals", said == len(signals), f"{found[0]}: {len(signals)}", at)
    grave = [word for word in signals.values() if word.startswith("concern")]
    if "Worst of" in found[0]:
        report.hold("worst signal", bool(grave), f"{found[0]}: {signals}", at)
    if "for the better" in text:
        report.hold("better signals", not grave, f"{found[0]}: {signals}", at)
