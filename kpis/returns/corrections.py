"""What is shown next to a figure of a return: why it was sent back, and a waiting correction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import own_value_words
from kpis.models import Actual, Commentary, Return, ReturnCell
from kpis.months.due import FigureDue
from kpis.returns.cells import CellRead, CellText
from kpis.returns.judge import Facts, judge_draft
from kpis.returns.waiting import WaitingRow
from strategy.periods import Period

Row = TypeVar("Row", Actual, Commentary)


@dataclass(frozen=True)
class SentBack:
    """A row that was sent back on its own, or whose correction was: by whom, when and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Correction:
    """A figure that waits for a decision, with the approved one, which is in force until then.

    `approved` is None where the window had no figure; `reason` is why it is corrected, empty for a
    first figure.
    """

    approved: Standing | None
    proposed: Standing
    terms: MeasureTerms
    is_withdrawal: bool
    reason: str
    by: str
    at: datetime

    @property
    def approved_words(self) -> str:
        return own_value_words(self.approved, self.terms) if self.approved else "no figure"

    @property
    def proposed_words(self) -> str:
        if self.is_withdrawal:
            return "to be withdrawn"
        return own_value_words(self.proposed, self.terms)


def sent_back_of(submission: Return, cell: ReturnCell | None) -> SentBack | None:
    """Why a row was sent back on its own since the last submission; None if it was not."""
    if cell is None or cell.returned_at is None:
        return None
    if submission.last_submitted_at and submission.last_submitted_at >= cell.returned_at:
        return None
    return SentBack(str(cell.returned_by or "the tracker"), cell.returned_at, cell.returned_reason)


def correction_in(waiting: WaitingRow | None, facts: Facts, window: Period) -> Correction | None:
    """The figure that waits in a row, with the approved one, both judged by the same rules."""
    if waiting is None or waiting.actual is None:
        return None
    actual = waiting.actual
    result = judge_draft(facts, read_of(actual), window)
    return Correction(
        approved=result.held,
        proposed=result.standing,
        terms=facts.terms,
        is_withdrawal=actual.is_withdrawn,
        reason=actual.change_reason,
        by=str(actual.recorded_by or "the tracker"),
        at=actual.recorded_at,
    )


def read_of(actual: Actual) -> CellRead:
    """A submitted version, read as its boxes were."""
    return CellRead(
        numerator=actual.numerator,
        denominator=actual.denominator,
        value=actual.value,
        is_no_cases=actual.value_status == Actual.ValueStatus.NOT_APPLICABLE,
        is_withdrawn=actual.is_withdrawn,
        milestone_status=actual.milestone_status,
        forecast_on=actual.forecast_on,
        completed_on=actual.completed_on,
    )


def waiting_text(waiting: WaitingRow) -> CellText:
    """The boxes of a row as it was submitted, whatever has been typed into it since."""
    cell, actual = waiting.cell, waiting.actual
    said = waiting.comment.what_happened if waiting.comment else cell.comment
    if actual is not None and actual.is_withdrawn:
        return CellText(withdrawn=True, change_reason=actual.change_reason, comment=said)
    return _text_of(actual, why=cell.no_data_reason, said=said)


def approved_texts(
    due: Mapping[int, FigureDue], cells: Mapping[int, ReturnCell]
) -> dict[int, CellText]:
    """The boxes of a locked month: approved figures and comments only (two queries).

    A draft, and what nobody has decided on, stays in its cell and is not shown.
    """
    rows = due.values()
    windows = {
        "series__in": {row.series.pk for row in rows},
        "period_end__in": {row.window.end for row in rows},
    }
    figures = _by_window(Actual.objects.current().filter(**windows))
    comments = _by_window(Commentary.objects.current().filter(**windows))
    found = {}
    for key, row in due.items():
        actual = figures.get((row.series.pk, row.window))
        comment = comments.get((row.series.pk, row.window))
        cell = cells.get(key)
        why = cell.no_data_reason if cell and actual is None else ""
        said = comment.what_happened if comment else ""
        found[key] = _text_of(actual, why=why, said=said)
    return found


def _by_window(rows: Iterable[Row]) -> dict[tuple[int, Period], Row]:
    return {(row.series_id, Period(row.period_start, row.period_end)): row for row in rows}


def _text_of(actual: Actual | None, *, why: str, said: str) -> CellText:
    """A version in the words that somebody would type for it."""
    if actual is None or actual.is_withdrawn:
        return CellText(no_data_reason=why, comment=said)
    if actual.value_status == Actual.ValueStatus.NOT_APPLICABLE:
        return CellText(numerator="0", denominator="0", comment=said)
    parts = actual.numerator, actual.denominator
    return CellText(
        numerator=_plain(parts[0]),
        denominator=_plain(parts[1]),
        value="" if parts[0] is not None else _plain(actual.value),
        milestone_status=actual.milestone_status,
        forecast=f"{actual.forecast_on:%d/%m/%Y}" if actual.forecast_on else "",
        completed=f"{actual.completed_on:%d/%m/%Y}" if actual.completed_on else "",
        # Somebody answered for it when it was approved: nothing is asked about it again.
        confirmed=True,
        confirm_reason=actual.note,
        comment=said,
    )


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
