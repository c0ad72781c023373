"""Pages of many measures: each against its own file, against the month before, and each other."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from tests.truth.accepted import hold_accepted, hold_comments
from tests.truth.judging import hold_said, judge_of
from tests.truth.lines import (
    hold_age,
    hold_counts,
    hold_line,
    hold_tally,
    measure_lines,
)
from tests.truth.paper import Node, Paper
from tests.truth.shown import GROUP_OF, GROUPS, LONG, MONTHS, RATED, judged, period
from tests.truth.site import Report, Row, Site, asked, with_query


def month_of(paper: Paper) -> date:
    """The last day of the month that a page is about, by its heading or its file."""
    title = paper.root.first("h1")
    found = re.search(rf"({'|'.join(LONG)}) (\d{{4}})", title.read() if title else "")
    if found is None:
        found = re.search(rf"\b({'|'.join(MONTHS)}) (\d{{4}})", paper.text)
        if found is None:
            raise LookupError(f"No month: {paper.address}")
        return last_day(int(found[2]), MONTHS.index(found[1]) + 1)
    return last_day(int(found[2]), LONG.index(found[1]) + 1)


def last_day(year: int, month: int) -> date:
    after = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


def month_before(day: date) -> str:
    first = date.fromordinal(day.replace(day=1).toordinal() - 1)
    return f"{first.year}-{first.month:02d}"


def hold_board(report: Report, site: Site, address: str) -> None:
    paper = site.page(address)
    rows = site.file_of(paper)
    at = address
    if not measure_lines(paper):
        report.hold("empty board", "No figures" in paper.text or not rows, paper.text[:80], at)
        return
    end = month_of(paper)
    plan = next(row["plan"] for row in rows if row["plan"]) if rows else ""
    before_at = with_query(address, plan=asked(address).get("plan", plan), period=month_before(end))
    before = site.file_of(site.page(before_at))
    hold_lines(report, site, paper, rows, end)
    hold_counts(report, paper, [row["rag"] for row in rows], at)
    hold_made_of(report, paper, rows)
    hold_changes(report, paper, rows, before)
    hold_links(report, site, paper)
    hold_attention(report, site, paper, rows, end)
    hold_accepted(report, site, paper, rows)
    hold_comments(report, site, paper, end)
    left = list(rows)
    for card in paper.main.all("section", "kt-pillar"):
        tally = card.first(name="kt-pillar__tally")
        own, left = _first_of(card, left)
        if tally is not None and own:
            hold_tally(report, tally, own, at)
    report.hold("rows under a heading", not left, f"{len(left)} left", at)


def _first_of(card: Node, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of the file that stand under a heading, and the others: both are in one order."""
    lines = [row for row in card.all("tr") if row.first("td", "kt-val") is not None]
    unmeasured = 0
    for cell in card.all("td", "kt-small"):
        unmeasured += len(cell.all("a")) if "No measure" in cell.read() else 0
    count = len(lines) + unmeasured
    return rows[:count], rows[count:]


def hold_lines(report: Report, site: Site, paper: Paper, rows: list[Row], end: date) -> None:
    """Every line has its row in the file, in order."""
    lines = measure_lines(paper)
    of_file = [row for row in rows if row["measure"]]
    lines = [(code, line) for code, line in lines if code]
    is_same = [code for code, _ in lines] == [row["measure"] for row in of_file]
    report.hold(
        "lines are the file’s rows", is_same, f"{len(lines)}, {len(of_file)}", paper.address
    )
    if not is_same:
        return
    as_at = asked(paper.address).get("as_at", "")
    for (code, line), row in zip(lines, of_file, strict=True):
        hold_line(report, code, line, row, paper.address)
        said = " ".join(node.read() for node in line["Status"].all(name="kt-was"))
        if " old" in said and row["care_group"] == "trust" and not as_at:
            hold_age(report, site, code, said, end, paper.address)
        if "late" in said and row["due_on"]:
            _hold_late(report, code, said, row, end, paper.address)
        if "groups" in said:
            found = re.search(r"(\d+) of (\d+) groups", said)
            wanted = (row["groups_reported"], row["groups_expected"])
            is_said = found is not None and (found[1], found[2]) == wanted
            report.hold("groups reported", is_said, f"{code}: {said}, {wanted}", paper.address)


def _hold_late(report: Report, code: str, said: str, row: Row, end: date, at: str) -> None:
    found = re.search(r"(\d+) months? late", said)
    due = date.fromisoformat(row["due_on"])
    months = (end.year - due.year) * 12 + end.month - due.month
    if found:
        report.hold("months late", int(found[1]) == months, f"{code}: {said}, {months}", at)


def hold_made_of(report: Report, paper: Paper, rows: list[Row]) -> None:
    found = re.search(r"followed by (\d+) targets?", paper.text)
    if found:
        is_same = int(found[1]) == len(rows)
        report.hold("targets followed", is_same, f"{found[0]}: {len(rows)}", paper.address)
    for word in ("objective",):
        found = re.search(rf"(\d+) {word}s?,", paper.text)
        heads = {row["objective"] for row in rows if row["objective"]}
        if found:
            report.hold(
                f"{word}s of a plan",
                int(found[1]) >= len(heads),
                f"{found[0]} {len(heads)}",
                paper.address,
            )


def hold_changes(report: Report, paper: Paper, rows: list[Row], before: list[Row]) -> None:
    """What has changed since the month before: tiles, list, and the words in the rows."""
    at = paper.address
    if [row["measure"] for row in before] != [row["measure"] for row in rows]:
        return
    moved = {
        str(place): (was["rag"], row["rag"])
        for place, (was, row) in enumerate(zip(before, rows, strict=True))
        if GROUP_OF[was["rag"]] != GROUP_OF[row["rag"]]
    }
    counts = {
        name: sum(GROUP_OF[row["rag"]] == name for row in rows)
        - sum(GROUP_OF[row["rag"]] == name for row in before)
        for name in GROUPS
    }
    tiles = paper.main.first("ul", "kt-counts")
    for tile in tiles.all("li") if tiles else ():
        words, change = tile.first(name="kt-count__w"), tile.first(name="kt-count__d")
        if words is None or change is None:
            continue
        if "changed" in words.read():
            number = tile.first(name="kt-count__n")
            said = int(number.read()) if number else -1
            is_same = said == len(moved)
            report.hold("statuses changed", is_same, f"{said}, {len(moved)} {change.read()}", at)
            continue
        name = words.read() if words.read() in GROUPS else "No data or late"
        found = re.match(r"(\d+) (more|fewer)", change.read())
        said = (int(found[1]) * (1 if found[2] == "more" else -1)) if found else 0
        report.hold("change of a count", said == counts[name], f"{name} {said}, {counts[name]}", at)
    card = paper.card("Since last month")
    if card is None:
        return
    listed = sum(len(node.all("li")) for node in card.all("ul", "kt-moved"))
    report.hold("changes listed", listed == len(moved), f"{listed}, {len(moved)}", at)
    for head in card.all("h3"):
        _hold_movement(report, head.read(), card, moved, at)


def _hold_movement(
    report: Report, head: str, card: Node, moved: dict[str, tuple[str, str]], at: str
) -> None:
    found = re.match(r"(Worse|Better|No longer rated|Now rated|Lost its data) \((\d+)\)", head)
    if found is None:
        return

    def kind(was: str, now: str) -> str:
        one, other = GROUP_OF[was], GROUP_OF[now]
        if one in RATED and other in RATED:
            return "Worse" if RATED.index(other) > RATED.index(one) else "Better"
        if other == "No data or late":
            return "Lost its data"
        if other in RATED:
            return "Now rated"
        return "No longer rated" if one in RATED else "Otherwise"

    wanted = sum(kind(*pair) == found[1] for pair in moved.values())
    report.hold(f"movement: {found[1]}", int(found[2]) == wanted, f"{head}: {wanted}", at)


def hold_links(report: Report, site: Site, paper: Paper) -> None:
    """A link that names a number leads to a page with as many lines."""
    for node in paper.main.all("a"):
        href = node.attrs.get("href", "")
        text = node.read()
        found = re.search(r"(\d+)", text)
        if not href.startswith("/summary/") or "rows=targets" not in href:
            continue
        if found is None:  # a tile: its number is before the link
            continue
        count = len(measure_lines_of_any(site.page(href)))
        report.hold("count of a link", int(found[1]) == count, f"{text}: {count}", paper.address)
    tiles = paper.main.first("ul", "kt-counts")
    for tile in tiles.all("li") if tiles else ():
        link, number = tile.first("a", "kt-count__w"), tile.first(name="kt-count__n")
        if link is None or number is None or not link.attrs["href"].startswith("/summary/"):
            continue
        count = len(measure_lines_of_any(site.page(link.attrs["href"])))
        said = int(number.read())
        report.hold("count of a tile’s link", said == count, f"{said}: {count}", paper.address)


def measure_lines_of_any(paper: Paper) -> list[object]:
    """The lines of a summary, those without a measure too."""
    return [
        line
        for table in paper.tables
        if {"Latest", "Status"} <= set(table.heads)
        for line in table.lines
    ]


def hold_attention(report: Report, site: Site, paper: Paper, rows: list[Row], end: date) -> None:
    card = paper.card("Needs")
    if card is None:
        return
    at, text = paper.address, card.read()
    red = {row["measure"] for row in rows if row["rag"] == "red"}
    accepted = len(card.all("p", "kt-attn__none")) and "accepted by the board" in text
    found = re.search(r"(\d+) of (\d+) measures? off target", text)
    if found and not accepted:
        report.hold("measures off target", int(found[2]) == len(red), f"{found[0]}: {len(red)}", at)
    for item in card.all("ol", "kt-attn")[0].parts if card.all("ol", "kt-attn") else ():
        if isinstance(item, Node) and item.tag == "li":
            _hold_attention_line(report, site, item, rows, at)
    found = re.search(r"(\d+) measures? (?:is|are) due and ha(?:s|ve) no figure", text)
    if found:
        never = {
            row["measure"]
            for row in rows
            if row["rag"] in ("late", "no_data")
            and not any(
                judged(one) is not None and one["period_end"] <= end.isoformat()
                for one in site.history(row["measure"], row["care_group"] or "trust")
                if one["variation"] or one["spc_mean"] or True
            )
        }
        report.hold(
            "never reported", int(found[1]) >= len(never), f"{found[0]}: {sorted(never)}", at
        )
    found = re.search(r"The usual range misses (\d+) targets?", text)
    if found:
        beyond = [
            row
            for row in rows
            if row["assurance"] == "fail"
            and row["variation"] not in ("", "none")
            and judged(row) is not None
        ]
        is_same = int(found[1]) == len(beyond)
        report.hold("targets beyond the range", is_same, f"{found[0]}: {len(beyond)}", at)
    if not asked(at).get("as_at"):
        for link, age in re.findall(
            r"/measures/([^/]+)/[^>]*>[^<]*</a>\s*\((\d+ \w+)\)", paper.html
        ):
            hold_age(report, site, link, age, end, at)


def _hold_attention_line(report: Report, site: Site, item: Node, rows: list[Row], at: str) -> None:
    link, figure = item.first("a"), item.first("strong")
    code = re.match(r"/measures/([^/?]+)/", link.attrs["href"]) if link else None
    if code is None or figure is None:
        return
    own = [row for row in rows if row["measure"] == code[1] and row["rag"] == "red"]
    is_there = bool(own)
    report.hold("attention is for what is off", is_there, f"{code[1]}", at)
    text = item.read()
    found = re.search(r"misses (\d+) targets", text)
    if found:
        report.hold("targets missed", int(found[1]) == len(own), f"{text[:80]} {len(own)}", at)
    elif own:
        report.hold("targets missed", len(own) == 1, f"{text[:80]} {len(own)}", at)
    if len(own) == 1 and not own[0]["milestone_status"]:
        say = item.first("p", "kt-attn__say")
        judge = judge_of(site, own[0], asked(at).get("as_at", ""))
        hold_said(report, judge, say.read() if say else "", own[0]["measure_name"], at)
    if own and own[0]["milestone_status"]:
        found = re.search(r"(\d+) (month|year)s? late", text)
        if found and own[0]["due_on"]:
            due, end = date.fromisoformat(own[0]["due_on"]), period(own[0])[1]
            months = (end.year - due.year) * 12 + end.month - due.month
            is_same = int(found[1]) == (months if found[2] == "month" else months // 12)
            report.hold("months late", is_same, f"{text[:60]} {months}", at)
    if "at none" in text:
        report.hold("none is 0", any(judged(row) == Decimal(0) for row in own), text[:80], at)
