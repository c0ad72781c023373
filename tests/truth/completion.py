"""Who has reported: each line of a month against its row of the file, and the rates of a year."""

from __future__ import annotations

import re
from decimal import Decimal

from tests.truth.paper import Node, Paper
from tests.truth.shown import is_rounded
from tests.truth.site import Report, Row, Site

STATUS = {
    "not_started": "Not started",
    "draft": "Draft",
    "submitted": "Submitted",
    "returned": "Returned",
    "approved": "Approved",
}
RATES = {
    "Returns on time": "returns-on-time",
    "Figures reported": "returns-complete",
    "Figures corrected": "figures-restated",
}


SUMMARY = re.compile(
    r"(?P<approved>\d+) of (?P<of>\d+) approved, (?P<submitted>\d+) submitted, "
    r"(?:(?P<to_come>\d+) to come(?:: (?P<late>\d+) late)?"
    r"|(?:(?P<closed>\d+) not in when it was locked)?(?:, )?(?:(?P<again>\d+) open again)?)"
)


def hold_returns(report: Report, site: Site, address: str) -> None:
    paper = site.page(address)
    names = {row["care_group"]: row["name"] for row in site.rows("/exports/care_groups.csv")}
    rows = site.file_of(paper)
    for table in paper.tables:
        if "Figures entered" in table.heads:
            _hold_lines(report, table.lines, rows, names, address)
    found = re.search(SUMMARY, paper.text)
    if found:
        whole = found.groupdict(default="0")
        is_locked = "Locked " in paper.text
        left, late = int(whole["closed"]) + int(whole["again"]), int(whole["late"])
        said = [int(whole[name]) for name in ("approved", "of", "submitted")]
        said += [int(whole["to_come"]) + left, late]
        is_same = not (late if is_locked else left)
        report.hold("nothing comes after the lock", is_same, found[0], address)
        states = [row["status"] for row in rows]
        sent = states.count("submitted") + states.count("approved")
        late = sum(
            row["on_time"] == "false" and row["status"] not in ("submitted", "approved")
            for row in rows
        )
        late = 0 if is_locked else late
        wanted = [
            states.count("approved"), len(rows), states.count("submitted"), len(rows) - sent, late,
        ]  # fmt: skip
        report.hold("summary of a month", said == wanted, f"{found[0]}: {wanted}", address)
    hold_rates(report, site, paper, names)


def _hold_lines(
    report: Report, lines: list[dict[str, Node]], rows: list[Row], names: dict[str, str], at: str
) -> None:
    known = {(names[row["care_group"]]): row for row in rows} if len(lines) == len(rows) else {}
    for line in lines:
        cells = {head: node.read() for head, node in line.items()}
        name = cells["Care group"].partition(", ")[0]
        row = known.get(name)
        if row is None:
            continue
        state = cells["Return"]
        is_same = state.startswith(STATUS[row["status"]])
        report.hold("state of a return", is_same, f"{name}: {state} {row['status']}", at)
        found = re.match(r"(\d+) of (\d+)", cells["Figures entered"])
        wanted = (row["measures_entered"], row["measures_due"])
        is_same = found is not None and found.groups() == wanted
        report.hold("figures entered", is_same, f"{name}: {cells['Figures entered']} {wanted}", at)
        time = cells["On time"]
        is_same = {"true": time == "On time", "false": "late" in time.lower()}.get(
            row["on_time"], "On time" not in time and "late" not in time.lower()
        )
        report.hold("on time", is_same, f"{name}: {time} {row['on_time']}", at)
        _hold_missing(report, cells, row, name, at)


def _hold_missing(report: Report, cells: dict[str, str], row: Row, name: str, at: str) -> None:
    """“A, B, C and 4 more”: never more than the figures that are due and not entered."""
    text = cells.get("Missing", "")
    found = re.search(r" and (\d+) more", text)
    gone = int(row["measures_due"]) - int(row["measures_entered"])
    if found:
        said = len(text[: found.start()].split(", ")) + int(found[1])
        report.hold("figures missing", said <= gone, f"{name}: {text} {gone}", at)
    if row["status"] in ("submitted", "approved"):
        found = re.search(r"(\d+) not there, with a reason", text)
        said = int(found[1]) if found else 0
        report.hold("figures explained", said <= gone, f"{name}: {text} {gone}", at)


def hold_rates(report: Report, site: Site, paper: Paper, names: dict[str, str]) -> None:
    """Each rate: its parts are those of its months, and only the whole is 100%."""
    at = paper.address
    card = paper.card("How far the figures can be relied on")
    if card is None:
        return
    span = re.search(r"([A-Z][a-z]{2}) (\d{4}) to ([A-Z][a-z]{2}) (\d{4})", card.read())
    table = next((one for one in paper.tables if "Returns on time" in one.heads), None)
    if table is None or span is None:
        return
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
    first, last = (f"{span[at + 1]}-{months.index(span[at]) + 1:02d}" for at in (1, 3))
    codes = {name: code for code, name in names.items()}
    for line in table.lines:
        code = codes[line["Care group"].read()]
        for head, measure in RATES.items():
            text = line[head].read()
            own = [
                row
                for row in site.history(measure, code)
                if first <= row["period_end"][:7] <= last and row["denominator"]
            ]
            part = sum((Decimal(row["numerator"]) for row in own), Decimal(0))
            whole = sum((Decimal(row["denominator"]) for row in own), Decimal(0))
            _hold_rate(report, text, part, whole, f"{code} {head}", at)
            if head == "Returns on time" and code != "trust":
                _hold_on_time(report, site, own, code, at)


def _hold_rate(
    report: Report, text: str, part: Decimal, whole: Decimal, name: str, at: str
) -> None:
    if not whole:
        report.hold("rate of nothing", text.startswith("–"), f"{name}: {text}", at)
        return
    found = re.search(r"(\d+\.\d)%.*?([\d,]+) of ([\d,]+)", text)
    if not report.hold("rate with its parts", found is not None, f"{name}: {text}", at):
        return
    assert found is not None
    said = tuple(int(number.replace(",", "")) for number in (found[2], found[3]))
    exact = 100 * part / whole
    is_near = is_rounded(found[1], exact) or (found[1] == "99.9" and 99 < exact < 100)
    is_same = said == (part, whole) and is_near and (found[1] == "100.0") == (part == whole)
    report.hold("rate of a year", is_same, f"{name}: {text[:60]} {part}/{whole}", at)


def _hold_on_time(report: Report, site: Site, own: list[Row], code: str, at: str) -> None:
    """The rate of a month is what the file of returns says of it."""
    returns = {
        row["period"]: row
        for row in site.rows("/exports/returns.csv")
        if row["care_group"] == code and row["measures_due"] != "0"
    }
    for row in own:
        sent = returns.get(row["period_end"][:7])
        if sent is not None:
            is_same = (Decimal(row["numerator"]) == 1) == (sent["on_time"] == "true")
            report.hold("month of a rate", is_same, f"{code} {row['period_end']}", at)
