"""The file of an import's rows: what each would do, or why it is refused.

It has the headings of an import, with each row's figures as they were typed, so that the refused
rows can be mended in it and imported again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kmpt_tracker.ui.tabular import Column, Kind, csv_chunks
from kmpt_tracker.ui.typed import tidy
from kpis.imports.history import figures_of
from kpis.imports.plan import Plan, Planned
from kpis.imports.register import figure_of
from kpis.models import ImportBatch

TYPED = ("numerator", "denominator", "value", "milestone_status", "comment")


@dataclass(frozen=True)
class RowSaid:
    """One line of the file: a row, or a problem of the imported file itself."""

    row: int
    column: str
    outcome: str
    measure: str = ""
    care_group: str = ""
    period: str = ""
    numerator: str = ""
    denominator: str = ""
    value: str = ""
    milestone_status: str = ""
    comment: str = ""
    before: str = ""
    after: str = ""
    why: str = ""


def _column(name: str, meaning: str, kind: Kind = Kind.TEXT) -> Column[RowSaid]:
    return Column(name, kind, meaning, lambda row: getattr(row, name) or None)


COLUMNS = (
    _column("row", "Row of the file that was imported", Kind.NUMBER),
    _column("column", "Its column, or columns"),
    _column("outcome", "added, changed, unchanged or refused"),
    _column("measure", "The measure"),
    _column("care_group", "The care group"),
    _column("period", "The period"),
    *(_column(box, "As it was typed") for box in TYPED),
    _column("before", "What is stored"),
    _column("after", "What would be stored"),
    _column("why", "Why it is refused, or what the return will ask"),
)


def rows_of(plan: Plan, *, refused_only: bool = False) -> Iterator[RowSaid]:
    """Problems of the file first, then its rows in their order."""
    of_rows = {problem for row in plan.rows for problem in row.problems}
    for problem in plan.problems:
        if problem not in of_rows:
            yield RowSaid(problem.row, problem.column, "refused", why=problem.message)
    for row in plan.rows:
        if row.problems or not refused_only:
            yield _row_said(row)


def _row_said(row: Planned) -> RowSaid:
    columns = dict.fromkeys(problem.column for problem in row.problems if problem.column)
    reasons = [problem.message for problem in row.problems] or row.questions
    return RowSaid(
        row=row.line.row,
        column=" and ".join(columns),
        outcome=row.verdict.value,
        measure=row.measure,
        care_group=row.care_group,
        period=row.window,
        **{box: tidy(row.line.boxes.get(box, "")) for box in TYPED},
        before=row.before,
        after=row.after,
        why="; ".join(dict.fromkeys(reasons)),
    )


def rows_on_record(batch: ImportBatch) -> Iterator[RowSaid]:
    """What is kept of an import whose rows were emptied: the refused rows and why."""
    for row, column, reason in batch.problems:
        yield RowSaid(row, column, "refused", why=reason)


def rows_of_history(batch: ImportBatch) -> Iterator[RowSaid]:
    """The figures of months before the tracker that an import brought in."""
    found = figures_of(batch).select_related("series__measure", "series__care_group")
    for number, row in enumerate(found, 1):
        yield RowSaid(
            row=number,
            column="",
            outcome=batch.status,
            measure=row.series.measure.code,
            care_group=row.series.care_group.code,
            period=row.window_words,
            after=figure_of(row).words,
            why=row.change_reason,
        )


def rows_csv(rows: Iterator[RowSaid]) -> Iterator[bytes]:
    """The bytes of the file, for Excel."""
    for text in csv_chunks(COLUMNS, rows, bom=True):
        yield text.encode("utf-8")
