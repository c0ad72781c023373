"""The file of an import's rows: what each would do, or why it is refused."""

from collections.abc import Iterator
from dataclasses import dataclass

from kmpt_tracker.ui.tabular import Column, Kind, csv_chunks
from kpis.imports.history import figures_of
from kpis.imports.plan import Plan
from kpis.imports.register import figure_of
from kpis.models import ImportBatch


@dataclass(frozen=True)
class RowSaid:
    """One line of the file: a row, or one of its problems."""

    row: int
    column: str
    result: str
    measure: str = ""
    care_group: str = ""
    period: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""


def _column(name: str, meaning: str, kind: Kind = Kind.TEXT) -> Column[RowSaid]:
    return Column(name, kind, meaning, lambda row: getattr(row, name) or None)


COLUMNS = (
    _column("row", "Row of the file that was imported", Kind.NUMBER),
    _column("column", "Its column"),
    _column("result", "added, changed, unchanged or refused"),
    _column("measure", "The measure"),
    _column("care_group", "The care group"),
    _column("period", "The period"),
    _column("before", "What is stored"),
    _column("after", "What would be stored"),
    _column("reason", "Why it is refused, or what the return will ask"),
)


def rows_of(plan: Plan, *, refused_only: bool = False) -> Iterator[RowSaid]:
    """Problems of the file first, then its rows in their order."""
    of_rows = {problem for row in plan.rows for problem in row.problems}
    for problem in plan.problems:
        if problem not in of_rows:
            yield RowSaid(problem.row, problem.column, "refused", reason=problem.message)
    for row in plan.rows:
        about = (row.measure, row.care_group, row.window, row.before, row.after)
        for problem in row.problems:
            yield RowSaid(row.line.row, problem.column, "refused", *about, problem.message)
        if not row.problems and not refused_only:
            asked = "; ".join(row.questions)
            yield RowSaid(row.line.row, "", row.verdict.value, *about, asked)


def rows_on_record(batch: ImportBatch) -> Iterator[RowSaid]:
    """What is kept of an import whose rows were emptied: the refused rows and why."""
    for row, column, reason in batch.problems:
        yield RowSaid(row, column, "refused", reason=reason)


def rows_of_history(batch: ImportBatch) -> Iterator[RowSaid]:
    """The figures of months before the tracker that an import brought in."""
    found = figures_of(batch).select_related("series__measure", "series__care_group")
    for number, row in enumerate(found, 1):
        yield RowSaid(
            row=number,
            column="",
            result=batch.status,
            measure=row.series.measure.code,
            care_group=row.series.care_group.code,
            period=row.window_words,
            after=figure_of(row).words,
            reason=row.change_reason,
        )


def rows_csv(rows: Iterator[RowSaid]) -> Iterator[bytes]:
    """The bytes of the file, for Excel."""
    for text in csv_chunks(COLUMNS, rows, bom=True):
        yield text.encode("utf-8")
