"""Both ends of what changed, and the cause of each change worked out again from their files."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.truth.boards import month_of
from tests.truth.paper import Paper
from tests.truth.rated import milestone_rag, rag_of
from tests.truth.shown import (
    GROUP_OF,
    MONTHS,
    RATED,
    judged,
    period,
)
from tests.truth.site import Row, Site, asked, with_query

Key = tuple[str, int]


MISSING = frozenset({"late", "no_data", "incomplete", "not_due", "not_applicable", "suppressed"})


STILL = frozenset({"late", "no_data", "incomplete", "not_due"})


SEEN = re.compile(
    r"([A-Z][a-z]{2} \d{4})(?:, as known on (\d{1,2} [A-Z][a-z]{2} \d{4}), (\d+:\d\d[ap]m))?"
)


@dataclass
class End:
    """A month of a plan, as known at a moment; an empty moment is now."""

    month: str
    as_at: str

    @property
    def last_day(self) -> date:
        year, month = map(int, self.month.split("-"))
        return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


@dataclass
class Promise:
    """A promise at both ends, and the first window as known at the last."""

    code: str
    then: Row | None
    again: Row | None
    now: Row | None
    is_milestone: bool = False
    cause: str = ""

    @property
    def row(self) -> Row:
        found = self.now or self.then
        assert found is not None
        return found


def ends_of(site: Site, paper: Paper) -> tuple[End, End]:
    """Both ends, as the heading names them, held against what the address asks for."""
    given = asked(paper.address)
    head = paper.main.first("div", "kt-head")
    found = SEEN.findall(head.read() if head else "")
    if len(found) != 2:
        raise LookupError(f"No ends: {paper.address}")
    ends = []
    for name, (month, day, clock) in zip(("from", "to"), found, strict=True):
        said = f"{month[4:]}-{MONTHS.index(month[:3]) + 1:02d}"
        as_at = _moment(day, clock)
        text = given[name]
        if re.fullmatch(r"\d{4}-\d\d", text):
            is_asked = text == said
        else:
            is_asked = not as_at or as_at.startswith(text)
            board = site.page(with_query("/", plan=given["plan"], as_at=text))
            is_asked = is_asked and f"{month_of(board):%Y-%m}" == said
        if not is_asked:
            raise LookupError(f"Another end: {name}={text}, {month} {day} {clock}")
        ends.append(End(said, as_at))
    return ends[0], ends[1]


def _moment(day: str, clock: str) -> str:
    if not day:
        return ""
    at = datetime.strptime(f"{day} {clock.upper()}", "%d %b %Y %I:%M%p")
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (23, 59) else f"{at:%Y-%m-%dT%H:%M}"


def seen_at(site: Site, plan: str, first: End, last: End) -> list[Promise]:
    def look(month: str, as_at: str) -> dict[Key, Row]:
        board = site.page(with_query("/", plan=plan, period=month, as_at=as_at))
        count: Counter[str] = Counter()
        found = {}
        for row in site.file_of(board):
            count[row["measure"]] += 1
            found[row["measure"], count[row["measure"]]] = row
        return found

    then = look(first.month, first.as_at)
    again = look(first.month, last.as_at)
    now = look(last.month, last.as_at)
    milestones = {
        row["measure"] for row in site.rows("/exports/measures.csv") if row["kind"] == "milestone"
    }
    return [
        Promise(key[0], then.get(key), again.get(key), now.get(key), key[0] in milestones)
        for key in dict.fromkeys((*now, *then))
    ]


def cause_of(one: Promise, *, is_redefined: bool) -> str:
    """docs/rules.md, “What changed”: the first that holds."""

    def group(row: Row | None) -> str:
        return GROUP_OF[row["rag"]] if row else ""

    if group(one.then) == group(one.now):
        return ""
    if one.then is None or one.now is None or is_redefined:
        return "measures"
    if _is_counted(one.then) != _is_counted(one.now):
        return "measures"
    if group(one.again) != group(one.then):
        return "restated"
    if one.again is None or {one.again["rag"], one.now["rag"]} & MISSING:
        return "reporting"
    if "Not rated" in (group(one.then), group(one.now)):
        return "target"
    was, now = RATED.index(group(one.then)), RATED.index(group(one.now))
    under_old_target = RATED.index(_rated_by(one.now, one.again))
    # Performance alone would have left it where it was, or moved it the other way.
    return "performance" if (under_old_target - was) * (now - was) > 0 else "target"


def _is_counted(row: Row) -> bool:
    """Whether anybody counts it: it has a measure, and a series that is reported."""
    is_unreported = row["rag"] == "not_applicable" and not row["value_status"]
    return row["rag"] != "no_measure" and not is_unreported


def _rated_by(row: Row, terms: Row) -> str:
    """The group of a figure under the target of another window."""
    if row["milestone_status"]:
        return GROUP_OF[milestone_rag(row, terms["due_on"], period(row)[1])]
    value = judged(row)
    if value is None or not terms["target"] or terms["direction"] == "neutral":
        return "Not rated"
    return GROUP_OF[rag_of(value, row if _is_one_years_amount(row, terms) else terms)]


def _is_one_years_amount(row: Row, terms: Row) -> bool:
    """Whether two targets are the shares of one amount that have passed since April."""
    if row["judged_on"] != "year_to_date" or not row["target"] or row["target"] == terms["target"]:
        return False
    passed = [(period(one)[1].month - 4) % 12 + 1 for one in (row, terms)]
    share = Decimal(row["target"]) * passed[1] / passed[0]
    return abs(share - Decimal(terms["target"])) < Decimal("0.000001")
