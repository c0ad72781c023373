"""The outlook of a measure’s page, worked out again from the windows in the files."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from tests.truth.paper import Paper
from tests.truth.shown import NUMBER, is_rounded, number
from tests.truth.site import Report, Row, Site, asked

LAST, FIRM, ONE_IN = 24, 13, 20
FLAT = Decimal("0.000001")


def hold_outlook(report: Report, site: Site, paper: Paper, measure: str) -> None:
    """What is said of figures to come, and that nothing is where nothing may be."""
    at = paper.address
    given = asked(at)
    group = given.get("care_group", "trust")
    rows = [
        row
        for row in site.own(measure, group, given.get("as_at", ""))
        if row["is_primary"] != "false" and row["spc_segment"]
    ]
    found = re.search(r"Outlook\. (.*?)\.(?= [A-Z0-9]|$)", paper.text)
    points = [
        row for row in rows if is_point(row) and row["spc_segment"] == rows[-1]["spc_segment"]
    ]
    if found is None:
        return
    said = found[1]
    is_latest = bool(points) and points[-1] is rows[-1]
    report.hold("outlook from the latest figure", is_latest and len(points) >= FIRM, said, at)
    if said.startswith("As the process stands") and points:
        _hold_stable(report, said, points, at)
    elif points:
        values = [Decimal(row["value"]) for row in points[-7:]]
        steps = [later - earlier for earlier, later in pairwise(values)]
        is_run = len(steps) == 6 and (min(steps) > 0 or max(steps) < 0)
        report.hold("outlook of a trend", is_run, f"{said} {values}", at)


def is_point(row: Row) -> bool:
    is_part = row["rag"] == "incomplete" and row["groups_reported"] != row["groups_expected"]
    return bool(row["value"]) and not is_part and row["rag"] not in ("suppressed", "not_applicable")


def _hold_stable(report: Report, said: str, points: list[Row], at: str) -> None:
    last = points[-1]
    lower, upper = (Decimal(last[name]) for name in ("spc_lower", "spc_upper"))
    beyond = [row for row in points if not lower - FLAT <= Decimal(row["value"]) <= upper + FLAT]
    report.hold("stable outlook", len(beyond) * ONE_IN <= len(points), f"{len(beyond)} {said}", at)
    report.hold("outlook without a signal", last["point_type"] == "common_cause", said, at)
    found = re.search(rf"between ({NUMBER}).*? and ({NUMBER})", said)
    if found:
        for text, exact in ((found[1], lower), (found[2], upper)):
            is_cut = number(text) in (0, 100) and (exact < 0 or exact > 100)
            report.hold(
                "range of an outlook", is_cut or is_rounded(text, exact), f"{said} {exact}", at
            )
    found = re.search(r"(\d+|all|none) of the last (?:(\d+) )?\w+ would have met", said)
    if not found or not last["target"]:
        return
    goal = Decimal(last["target"])
    held = [Decimal(row["value"]) for row in points[-LAST:]]
    met = sum(
        {"ge": value >= goal, "gt": value > goal, "le": value <= goal, "lt": value < goal}[
            last["operator"]
        ]
        for value in held
    )
    count = {"all": len(held), "none": 0}.get(found[1], -1)
    count = int(found[1]) if count < 0 else count
    is_same = count == met and int(found[2] or 0) == len(held)
    report.hold("how often it would have met", is_same, f"{said}: {met} of {len(held)}", at)
