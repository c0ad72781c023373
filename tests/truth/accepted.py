"""Levels that the board accepts, and what was said about figures: each claim against its table."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from tests.truth.paper import Paper
from tests.truth.shown import MONTHS, has_unit, judged, long_day, number, period
from tests.truth.site import Report, Row, Site, asked

SIDE = {"at least": 1, "at most": -1}
NOTE = re.compile(
    r"Accepted by the board to (\d+ \w+ \d{4}): (.+?)(; this figure is worse)?\.(?= |$)"
)


def day_of(text: str) -> date:
    """12 Mar 2026."""
    day, month, year = text.split()
    return date(int(year), MONTHS.index(month) + 1, int(day))


def hold_levels(report: Report, paper: Paper, row: Row | None) -> None:
    """The page of a measure: what its tile says of an accepted level is in its table of them."""
    at = paper.address
    table = next((one for one in paper.tables if one.heads[:3] == ["Level", "From", "To"]), None)
    tile = paper.main.first("section", "kt-hero")
    if table is None or tile is None or row is None:
        return
    levels = [
        (cells["Level"].read(), day_of(cells["From"].read()), day_of(cells["To"].read()))
        for cells in table.lines
    ]
    for level, since, until in levels:
        report.hold("unit of a level", has_unit(level, row["unit"]), level, at)
        report.hold("days of a level", since <= until, f"{since} {until}", at)
    shown = period(row)[1]
    begun = [one for one in levels if one[1] <= shown]
    held = begun[0] if begun and shown <= begun[0][2] else None
    found = NOTE.search(tile.read())
    is_due = held is not None and row["rag"] in ("red", "amber") and row["care_group"] == "trust"
    report.hold(
        "level beside the colour", bool(found) == is_due, f"{found and found[0]} {held}", at
    )
    if found is None or held is None:
        return
    is_same = (found[2], day_of(found[1])) == (held[0], held[2])
    report.hold("level that is said", is_same, f"{found[0]} {held}", at)
    is_worse = not is_within(row, held[0])
    report.hold("worse than accepted", bool(found[3]) == is_worse, f"{found[0]} {judged(row)}", at)


def is_within(row: Row, level: str) -> bool:
    """Whether the figure of a row is no worse than a level in words."""
    value, worst = judged(row), number(level)
    if value is None:
        return False
    for words, way in SIDE.items():
        if level.startswith(words):
            return (value - worst) * way >= 0
    return bool(row["variance"]) and abs(Decimal(row["variance"])) <= worst


def hold_accepted(report: Report, site: Site, paper: Paper, rows: list[Row]) -> None:
    """A board: whatever it lists as accepted is off target, and no worse than what is accepted."""
    by_code: dict[str, list[Row]] = {}
    for row in rows:
        by_code.setdefault(row["measure"], []).append(row)
    ranked = paper.main.first("ol", "kt-attn")
    listed = {
        code
        for node in (ranked.all("a") if ranked else [])
        for code in re.findall(r"/measures/([^/?]+)/", node.attrs.get("href", ""))
    }
    for block in paper.main.all("p", "kt-attn__none"):
        if "accepted by the board" not in block.read():
            continue
        for link in block.all("a"):
            code = re.findall(r"/measures/([^/?]+)/", link.attrs.get("href", ""))[0]
            own = by_code.get(code, [])
            said = block.read().partition(f"{link.read()} (")[2].partition(")")[0]
            level = said.partition(": ")[2]
            is_borne = any(row["rag"] == "red" and is_within(row, level) for row in own)
            report.hold("accepted on the board", is_borne, f"{code}: {said}", paper.address)
            report.hold("accepted, not ranked", code not in listed, code, paper.address)


def hold_comments(report: Report, site: Site, paper: Paper, until: date) -> None:
    """A list of attention: the latest comment of each measure, or that there is none."""
    as_at = asked(paper.address).get("as_at", "")
    written = site.rows("/exports/commentary.csv" + (f"?as_at={as_at}" if as_at else ""))
    for item in paper.main.all("ol", "kt-attn"):
        for line in item.all("li"):
            link, meta = line.first("a"), line.first("p", "kt-attn__meta")
            code = re.match(r"/measures/([^/?]+)/", link.attrs.get("href", "")) if link else None
            if code is None or meta is None:
                continue
            own = [row for row in written if row["measure"] == code[1] and _until(row, until)]
            text = meta.read()
            if "No comment yet" in text:
                report.hold("no comment yet", not own, f"{code[1]}: {len(own)}", paper.address)
                continue
            quoted = re.search(r"omment.*?, (\d+ \w+ \d{4}): “(.*)”", text)
            is_borne = quoted is not None and any(
                quoted[2].rstrip(".") in _first(row) and quoted[1] == _day(row) for row in own
            )
            report.hold("comment of a line", is_borne, f"{code[1]}: {text}", paper.address)


def _until(row: Row, until: date) -> bool:
    return row["period_start"] <= until.isoformat()


def _first(row: Row) -> str:
    return next((row[name] for name in ("what_happened", "why", "action") if row[name]), "")


def _day(row: Row) -> str:
    return long_day(date.fromisoformat(row["written_at"][:10]))


def hold_commentary(report: Report, site: Site, paper: Paper) -> None:
    """The page of a measure: as many comments as are known of it, each about its own window."""
    card = paper.card("Commentary")
    code = re.match(r"/measures/([^/?]+)/", paper.address)
    if card is None or code is None:
        return
    given = asked(paper.address)
    query = {name: given[name] for name in ("as_at",) if name in given}
    more = "".join(f"&{name}={text}" for name, text in query.items())
    rows = site.rows(f"/exports/commentary.csv?measure={code[1]}{more}")
    group = given.get("care_group", "trust")
    names = {row["care_group"]: row["name"] for row in site.rows("/exports/care_groups.csv")}
    own = [row for row in rows if group in ("trust", row["care_group"])]
    shown = card.all("section", "kt-comment")
    report.hold("comments of a measure", len(own) == len(shown), f"{len(own)}", paper.address)
    report.hold("no comment", ("No comment yet" in card.read()) == (not own), "", paper.address)
    earlier = re.search(r"(\d+) earlier comments?", card.read())
    wanted = max(0, len(own) - 1)
    said = int(earlier[1]) if earlier else 0
    report.hold("earlier comments", said == wanted, f"{said} {wanted}", paper.address)
    heads = sorted(head.read() for node in shown for head in node.all("h3"))
    about = []
    for row in own:
        of_group = "" if row["care_group"] == group else f", {names[row['care_group']]}"
        start = date.fromisoformat(row["period_start"])
        about.append((start, of_group))
    is_same = all(
        any(head.endswith(of_group) and str(start.year)[-2:] in head for start, of_group in about)
        for head in heads
    )
    report.hold("what a comment is about", is_same, f"{heads} {about}", paper.address)
