"""A plan in words: drawn on the pages of an import and a pasted block, kept for a long file."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from kmpt_tracker.ui.formats import format_count
from kpis.imports.plan import Plan, Planned, Verdict
from kpis.imports.sheets import named

# Rows that are drawn; the file to download has them all.
MOST_DRAWN = 200
_FIRST = {Verdict.REFUSED: 0, Verdict.CHANGED: 2, Verdict.ADDED: 2, Verdict.UNCHANGED: 3}


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """A row of the preview; `why` are the reasons of a refusal, or what the return will ask."""

    number: int
    what: str
    verdict: str
    before: str
    after: str
    why: list[str]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an import would do, as its person reads it; `signature` is of its plan."""

    title: str
    changes: int
    is_refused: bool
    is_history: bool
    signature: str
    notices: list[str]
    counts: list[tuple[str, int]]
    other_problems: list[str]
    hint: str
    swap_words: str
    rows: list[PreviewRow]
    left_out: str
    leave_words: str = ""

    def as_kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> "Preview":
        rows = [PreviewRow(**row) for row in kept["rows"]]
        return cls(**(kept | {"rows": rows}))


def preview_of(plan: Plan, name: str) -> Preview:
    """The plan of a file, or a block, with this name."""
    of_rows = {problem for row in plan.rows for problem in row.problems}
    # Refused rows first, then those asked about, changed and added.
    ordered = sorted(plan.rows, key=lambda row: 1 if row.questions else _FIRST[row.verdict])
    left = len(plan.rows) - MOST_DRAWN
    counts = plan.counts
    return Preview(
        title=_title(plan, name),
        changes=len(plan.changing),
        is_refused=plan.is_refused,
        is_history=bool(plan.history),
        signature=plan.signature,
        notices=list(plan.notices),
        counts=[
            ("Added", counts[Verdict.ADDED]),
            ("Changed", counts[Verdict.CHANGED]),
            ("Unchanged", counts[Verdict.UNCHANGED]),
            ("Refused", counts[Verdict.REFUSED]),
            ("To confirm on the return", plan.asked),
        ],
        other_problems=[p.words for p in plan.problems if p not in of_rows][:MOST_DRAWN],
        hint=_hint(plan.rows),
        swap_words=_swap_words(plan.may_swap),
        leave_words=_leave_words(plan.may_leave),
        rows=[_row(row) for row in ordered[:MOST_DRAWN]],
        left_out=f"{format_count(left, 'more row')} in the file to download." if left > 0 else "",
    )


def _title(plan: Plan, name: str) -> str:
    """ "There are 3 problems in october.csv", "No changes: 120 rows already match"."""
    problems, same = len(plan.problems), plan.counts[Verdict.UNCHANGED]
    if problems:
        verb = "is" if problems == 1 else "are"
        return f"There {verb} {format_count(problems, 'problem')} in {name}"
    if not plan.changing:
        verb = "matches" if same == 1 else "match"
        return f"No changes: {format_count(same, 'row')} already {verb}"
    return f"{format_count(len(plan.changing), 'figure')} to save, nothing refused"


def _row(row: Planned) -> PreviewRow:
    why = [
        f"Column {problem.column}: {problem.message}" if problem.column else problem.message
        for problem in row.problems
    ]
    if row.is_swapped:
        why.append("the number and what it is out of were taken the other way round")
    return PreviewRow(
        number=row.line.row,
        what=", ".join(filter(None, (row.measure, row.care_group, row.window))),
        verdict="asked" if row.questions else row.verdict.value,
        before=row.before,
        after=row.after,
        why=[*why, *row.questions],
    )


def _hint(planned: Iterable[Planned]) -> str:
    """What to look at first, when most rows are refused for the same column."""
    every = list(planned)
    rows = [row for row in every if row.problems]
    columns = {problem.column for row in rows for problem in row.problems[:1]}
    if len(rows) < 3 or len(rows) * 2 < len(every) or len(columns) != 1:
        return ""
    (column,) = columns
    return f"All of them are in column {column}: is it under the right heading?" if column else ""


def _leave_words(columns: list[str]) -> str:
    """The question about columns that are not known."""
    if not columns:
        return ""
    one = len(columns) == 1
    return (
        f"{'Column' if one else 'Columns'} {named(columns)} {'has' if one else 'have'} no heading "
        f"that is known. If {'it holds' if one else 'they hold'} no figure or comment of the "
        "return, the rest can be read without."
    )


def _swap_words(count: int) -> str:
    """The question about parts that are the wrong way round."""
    if not count:
        return ""
    have = "row has" if count == 1 else "rows have"
    return (
        f"{count:,} {have} a number larger than what it is out of, and would be sound with the "
        "two the other way round. Are the columns the wrong way round?"
    )
