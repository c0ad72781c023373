"""What the component tags show: the words, icons and shapes for each code.

Pure: no Django. The codes are those of the datasets. Each has a shape of its own, so that a
status can be read in greyscale, by colour-blind people and with a screen reader.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kmpt_tracker.ui.formats import format_count

R = TypeVar("R")


@dataclass(frozen=True)
class Look:
    """How one code is shown: its icon's name, its word, and a sentence on what it means."""

    mark: str
    word: str
    meaning: str


STATUS: dict[str, Look] = {
    "green": Look("green", "On target", "Meets the target in force in the period."),
    "amber": Look("amber", "Near target", "Misses by no more than the agreed tolerance."),
    "red": Look("red", "Off target", "Misses by more than the tolerance."),
    "blue": Look("blue", "Complete", "A milestone that is done. Counts as on target."),
    "late": Look("late", "Late", "The deadline has passed and the month is still open."),
    "no_data": Look("no_data", "No data", "Due, and the month closed without a value."),
    "incomplete": Look("incomplete", "Incomplete", "Not every care group has reported yet."),
    "not_due": Look("not_due", "Not due", "The next value is not due yet."),
    "no_target": Look("no_target", "No target", "No promised number to judge a figure by."),
    "needs_baseline": Look(
        "needs_baseline", "Needs a baseline", "The target counts from a baseline nobody has set."
    ),
    "no_measure": Look("no_measure", "No measure", "The plan gives no way to measure this yet."),
    "not_applicable": Look("not_applicable", "Not applicable", "There were no cases to count."),
    "suppressed": Look(
        "suppressed", "Suppressed", "Withheld: so few people that they could be known."
    ),
}

# A milestone has the same icons with other words.
MILESTONE: dict[str, Look] = {
    "blue": Look("blue", "Complete", "Done."),
    "green": Look("green", "On track", "Expected by its date."),
    "amber": Look("amber", "At risk", "May miss its date."),
    "red": Look("red", "Off track", "Will miss its date, or has missed it."),
}
ACTION: dict[str, Look] = {
    "complete": MILESTONE["blue"],
    "on_track": MILESTONE["green"],
    "at_risk": MILESTONE["amber"],
    "off_track": MILESTONE["red"],
    "overdue": Look("red", "Overdue", "Its date has passed and it is not complete."),
    "not_started": Look("not_due", "Not started", "Nothing has begun yet."),
}
# How likely a scheme's savings are.
SAVINGS: dict[str, Look] = {
    "green": Look("green", "Green", "Expected in full."),
    "amber": Look("amber", "Amber", "Expected in part."),
    "red": Look("red", "Red", "Not counted on."),
}
KINDS: dict[str, dict[str, Look]] = {
    "measure": STATUS,
    "milestone": {**STATUS, **MILESTONE, **ACTION},
    "savings": {**STATUS, **SAVINGS},
}

# Special causes, by side: a point beyond a limit, a run on one side of the average, a trend. The
# words next to the icon say which, because the icon is the same for a rise and a high figure.
VARIATION: dict[str, Look] = {
    "common_cause": Look(
        "common_cause",
        "No significant change",
        "Within the usual range. One figure by itself says little.",
    ),
    "improvement_high": Look(
        "improvement_high", "Improvement, high", "High or rising beyond chance; higher is better."
    ),
    "improvement_low": Look(
        "improvement_low", "Improvement, low", "Low or falling beyond chance; lower is better."
    ),
    "concern_high": Look(
        "concern_high", "Concerning, high", "High or rising beyond chance; lower is better."
    ),
    "concern_low": Look(
        "concern_low", "Concerning, low", "Low or falling beyond chance; higher is better."
    ),
    "neutral_high": Look(
        "neutral_high", "Unusual, high", "High or rising beyond chance; no direction is better."
    ),
    "neutral_low": Look(
        "neutral_low", "Unusual, low", "Low or falling beyond chance; no direction is better."
    ),
    "none": Look("none", "Not assessed", "No firm limits: too few points, or too alike."),
}
ASSURANCE: dict[str, Look] = {
    "pass": Look("pass", "Usual range meets target", "The whole usual range meets the target."),
    "inconsistent": Look(
        "inconsistent", "Target in usual range", "Whether one figure meets the target is chance."
    ),
    "fail": Look("fail", "Usual range misses target", "The whole usual range misses the target."),
    "none": Look("none", "Not tested", "No target is in force, or the limits cannot test it."),
}

# The icon and words for each group in a small bar or a row of tiles. Counts come by group: which
# status counts in which group is not decided here.
GROUPS: dict[str, tuple[str, str]] = {
    "on_target": ("green", "on target"),
    "near_target": ("amber", "near target"),
    "off_target": ("red", "off target"),
    "no_data": ("no_data", "no data or late"),
    "not_rated": ("no_target", "not rated"),
}


@dataclass(frozen=True)
class Share:
    """One part of a whole, in the order of the bar; `start` and `width` are per cent of it."""

    group: str
    mark: str
    words: str
    count: int
    start: float
    width: float


def shares(counts: Mapping[str, int]) -> tuple[Share, ...]:
    """Counts by group in the order of the bar; groups without any are left out."""
    unknown = set(counts) - set(GROUPS)
    if unknown:
        raise ValueError(f"no such group: {', '.join(sorted(unknown))}")
    whole = sum(counts.values())
    parts: list[Share] = []
    passed = 0
    for group, (mark, words) in GROUPS.items():
        count = counts.get(group, 0)
        if count:
            start, width = 100 * passed / whole, 100 * count / whole
            parts.append(Share(group, mark, words, count, round(start, 2), round(width, 2)))
            passed += count
    return tuple(parts)


@dataclass(frozen=True)
class Badge:
    """A short word next to a figure; `tone` is plain, note, blue or late."""

    word: str
    tone: str = "plain"
    hint: str = ""


BADGES: dict[str, Badge] = {
    "provisional": Badge("Provisional", "note", "May still change."),
    "illustrative": Badge("Illustrative", "note", "Invented to show how the tracker works."),
    "published": Badge("Published", "plain", "A figure the trust has published."),
    "revised": Badge("Revised", "plain", "Changed since it was first reported."),
    "new": Badge("New", "blue"),
    "carried_forward": Badge(
        "Carried forward",
        "plain",
        "The plan has ended; its commitment stays until another is made.",
    ),
    "due_passed": Badge("Due date passed", "late", "The date the plan set for this has passed."),
    "default_tolerance": Badge(
        "Default tolerance", "plain", "Default tolerance, not set by the plan."
    ),
    "national_standard": Badge("National standard", "blue"),
    "interim": Badge("Interim target", "plain"),
    "local": Badge("Local target", "plain"),
    "stale": Badge("Being recalculated", "note", "A figure changed a moment ago."),
    "trial_limits": Badge("Trial limits", "plain", "Fewer than 13 points: the limits may move."),
    "draft": Badge("Draft", "note", "Not submitted: only those who enter and check it see it."),
    "submitted": Badge("Submitted", "blue"),
    "approved": Badge("Approved", "plain"),
    "returned": Badge("Returned", "late"),
    "locked": Badge("Locked", "plain", "The month is closed; a correction is a new version."),
}


# The first words of a note, by its kind; a remark has none.
NOTES: dict[str, str] = {
    "contradiction": "The documents disagree",
    "ambiguity": "Can be read in two ways",
    "layout": "Layout lost in the document",
    "arithmetic": "The figures do not add up",
    "changed": "Changed since it was published",
}


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers align right. `sort` is "", none, ascending or descending."""

    heading: str
    numeric: bool = False
    sort: str = ""
    url: str = ""


@dataclass(frozen=True)
class Table:
    """A plain table: the first cell of each row is its heading."""

    caption: str
    columns: Sequence[Column | str]
    rows: Iterable[Sequence[object]] = ()
    total: Sequence[object] = ()
    note: str = ""

    @property
    def heads(self) -> list[Column]:
        return [column if isinstance(column, Column) else Column(column) for column in self.columns]

    @property
    def body(self) -> list[list[tuple[Column, object]]]:
        heads = self.heads
        return [list(zip(heads, row, strict=True)) for row in self.rows]

    @property
    def foot(self) -> list[tuple[Column, object]]:
        return list(zip(self.heads, self.total, strict=True)) if self.total else []


def table_of(
    caption: str,
    columns: Sequence[tuple[Column | str, Callable[[R], object]]],
    rows: Iterable[R],
) -> Table:
    """A table whose columns are each given once, with how a row fills them."""
    return Table(
        caption,
        [heading for heading, _ in columns],
        [tuple(words(row) for _, words in columns) for row in rows],
    )


@dataclass(frozen=True)
class Tile:
    """One tile of a row of counts: the icon of a status (or none), the count, and the words.

    `parts` splits the count by reason: icon, number and words of each, and where they lead.
    """

    count: int | str
    words: str
    mark: str = ""
    url: str = ""
    change: str = ""
    parts: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Step:
    """One stage of a golden thread: a plan, its sentence as printed, and that promise's status."""

    title: str
    quote: str = ""
    source: str = ""
    badge: str = ""
    url: str = ""
    is_now: bool = False
    notes: Sequence[str] = field(default=())


def months_late(months: int) -> str:
    """How late a value is: "1 month late", "4 months late"."""
    return f"{format_count(months, 'month')} late"
