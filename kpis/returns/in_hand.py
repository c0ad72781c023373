"""A return, its cells and its rows as they are: reading them writes nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from kpis.assessments.as_known import Known
from kpis.models import ReportingPeriod, Return, ReturnCell, Series
from kpis.months.clock import closing_times, find_period
from kpis.months.due import FigureDue, asked_by, row_key
from kpis.returns.cells import CellText
from kpis.returns.sections import is_in_section
from kpis.returns.states import in_section_or_refuse
from strategy.models import CareGroup
from strategy.periods import Month
from strategy.recorded import with_parent


def find_return(*, period: ReportingPeriod, care_group: CareGroup, section: str = "") -> Return:
    """The return, unsaved when nobody has started it: reading writes nothing.

    With a section it has that section's state; without, it is the whole return.
    """
    found = _returns(care_group).filter(period=period).first() if period.pk is not None else None
    found = found or Return(period=period, care_group=care_group)
    return in_section_or_refuse(found, section) if section else found


def return_of(month: Month, care_group: CareGroup, *, at: datetime, section: str = "") -> Return:
    """The same by its month, in one query where it has been started. Raises PeriodRefused for a
    month that has not ended.
    """
    found = _returns(care_group).filter(period__starts_on=month.start).first()
    found = found or Return(period=find_period(month, at=at), care_group=care_group)
    return in_section_or_refuse(found, section) if section else found


def _returns(care_group: CareGroup) -> QuerySet[Return]:
    people = ("submitted_by", "last_submitted_by", "approved_by", "returned_by")
    found = Return.objects.filter(care_group=care_group)
    return found.select_related("period", "care_group", *people)


def cells_of(submission: Return) -> dict[int, ReturnCell]:
    """The saved cells of a return by series; none when nobody has started it."""
    if submission.pk is None:
        return {}
    cells = submission.cells.select_related("saved_by", "returned_by")
    return by_row(submission, cells)


def by_row(submission: Return, cells: Iterable[ReturnCell]) -> dict[int, ReturnCell]:
    """Cells of a return by the rows they are in."""
    month = submission.period.month
    return {row_key(cell.series_id, Month.of(cell.period_end), month): cell for cell in cells}


def text_of(cell: ReturnCell) -> CellText:
    return CellText(
        numerator=cell.numerator_text,
        denominator=cell.denominator_text,
        value=cell.value_text,
        milestone_status=cell.milestone_status,
        forecast=cell.forecast_text,
        completed=cell.completed_text,
        withdrawn=cell.withdrawn,
        no_data_reason=cell.no_data_reason,
        confirmed=cell.confirmed,
        confirm_reason=cell.confirm_reason,
        comment=cell.comment,
        change_reason=cell.change_reason,
    )


def due_rows(submission: Return, *, series: int | None = None) -> dict[int, FigureDue]:
    """What this return asks for, by row: the windows that fall due with its month. With `series`,
    only that one.

    Each has the wording of its measure in effect at the end of its window.
    """
    known = Known()
    fed = Series.objects.filter(care_group=submission.care_group, fed_by=Series.FedBy.RETURNS)
    rows = (
        known.with_changes_marked(fed)
        .select_related("measure", "care_group")
        .order_by("measure__name")
    )
    if series is not None:
        rows = rows.filter(pk=series)
    own = (row for row in rows if is_in_section(submission, row.measure))
    asked = asked_by(own, submission.period.month, closing_times())
    found = {row.key: row for row in asked}
    reworded = [row for row in asked if getattr(row.series, "was_reworded", True)]
    for end in dict.fromkeys(row.window.end for row in reworded):
        due = [row for row in reworded if row.window.end == end]
        measures = known.worded((row.measure for row in due), end)
        for row, measure in zip(due, measures, strict=True):
            found[row.key] = replace(row, series=with_parent(row.series, "measure", measure))
    return found
