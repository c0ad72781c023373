"""What the page shows where published and imported figures of a measure are withdrawn."""

from dataclasses import dataclass

from django.db.models import QuerySet

from kpis.models import Actual, Measure
from kpis.withdrawals.figures import waiting_withdrawals, withdrawable


@dataclass(frozen=True)
class FiguresPage:
    """The figures that may be withdrawn, and the withdrawals that wait for a decision."""

    measure: Measure
    rows: tuple[Actual, ...]
    waiting: tuple[Actual, ...]


def figures_page(measure: Measure) -> FiguresPage:
    return FiguresPage(
        measure=measure,
        rows=_of(measure, withdrawable()),
        waiting=_of(measure, waiting_withdrawals()),
    )


def _of(measure: Measure, figures: QuerySet[Actual]) -> tuple[Actual, ...]:
    """The figures of one measure, latest first, with what their rows show."""
    found = figures.filter(series__measure=measure).select_related(
        "series__care_group", "source_document", "recorded_by"
    )
    return tuple(found.order_by("-period_end", "series__care_group__position", "pk"))
