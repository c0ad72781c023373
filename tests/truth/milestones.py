"""Milestones held against their rows: the colour, and the sentence that says how one stands."""

from __future__ import annotations

from datetime import date

from tests.truth.paper import Paper
from tests.truth.rated import milestone_rag
from tests.truth.shown import MONTHS, label, long_day, period
from tests.truth.site import Report, Row

SAID = {
    "complete": "Complete",
    "on_track": "On track",
    "at_risk": "At risk",
    "off_track": "Off track",
    "not_started": "Not started",
}


def hold_milestone(report: Report, paper: Paper, rows: list[Row]) -> None:
    """The page of a milestone: each window in its table, and the headline about the last."""
    at = paper.address
    held = [row for row in rows if row["milestone_status"]]
    for row in held:
        if row["rag"] in ("green", "amber", "red", "blue", "not_due"):
            wanted = milestone_rag(row, row["due_on"], period(row)[1])
            is_same = row["rag"] == wanted
            report.hold("colour of a milestone", is_same, f"{label(*period(row))} {wanted}", at)
    for table in paper.tables:
        if table.heads[:3] != ["Period", "Status", "Due"]:
            continue
        known = {label(*period(row)): row for row in rows}
        for line in table.lines:
            row = known.get(line["Period"].read())
            if row is None or not row["milestone_status"]:
                continue
            said = line["Status"].read()
            wanted = SAID[row["milestone_status"]]
            report.hold("status of a window", said == wanted, f"{said} {wanted}", at)
    headline = paper.main.first("h2", "kt-hero__say")
    if headline is not None and held:
        last = max(held, key=lambda row: row["period_end"])
        _hold_headline(report, headline.read(), last, rows, at)


def _hold_headline(report: Report, said: str, row: Row, rows: list[Row], at: str) -> None:
    latest = max(rows, key=lambda one: one["period_end"])
    if latest["rag"] in ("late", "no_data"):
        is_past = "nothing since" in said or "late" in said or "no longer" in said
        report.hold("old milestone", is_past, said, at)
        return
    words = standing_words(row)
    name = row["measure_name"]
    report.hold("headline of a milestone", said == f"{name}: {words}.", f"{said} / {words}", at)


def standing_words(row: Row) -> str:
    """“on track, due by 31 Mar 2027”, “overdue since …, and off track in Oct 2026; …”."""
    status = SAID[row["milestone_status"]].lower()
    end = period(row)[1]
    due, ahead, done = (
        date.fromisoformat(row[name]) if row[name] else None
        for name in ("due_on", "forecast_on", "completed_on")
    )
    if row["milestone_status"] == "complete" and (done is None or done <= end):
        return f"complete since {long_day(done)}" if done else "complete"
    later = f"expected in {MONTHS[ahead.month - 1]} {ahead.year}" if ahead else ""
    if due is None:
        return f"{status}, {later}" if later else status
    if due < end:
        tail = f"now {later}" if later else "no new date has been agreed"
        return f"overdue since {long_day(due)}, and {status} in {label(*period(row))}; {tail}"
    if ahead and ahead > due:
        return f"{status}, due by {long_day(due)} but {later}"
    return f"{status}, due by {long_day(due)}"
