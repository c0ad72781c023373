"""The datasets of the monthly round: returns, and what was said of the figures."""

from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    Rows,
    by_month,
    measures_of,
)
from kpis.models import Commentary, Return
from strategy.exports import CHUNK, Dataset, boolean, code, day, moment, number, text, vocabulary
from strategy.filters import Filters


def _commentary(filters: Filters) -> Rows:
    rows = Commentary.objects.current(filters.as_at).filter(
        series__measure__in=measures_of(filters).values("pk")
    )
    if filters.care_group:
        rows = rows.filter(series__care_group__code=filters.care_group)
    rows = by_month(rows, filters).order_by("series__measure__code", "period_end", "pk")
    yield from rows.values_list(
        "series__measure__code", "series__care_group__code", "period_start", "written_at",
        "written_by__username", "what_happened", "why", "action", "owner", "recovery_expected",
    ).iterator(CHUNK)  # fmt: skip


def _returns(filters: Filters) -> Rows:
    rows = Return.objects.select_related(
        "period", "care_group", "submitted_by", "approved_by"
    ).prefetch_related("cells")
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    if filters.status:
        rows = rows.filter(status=filters.status)
    rows = by_month(rows, filters, "period__starts_on")
    for row in rows.order_by("period__starts_on", "care_group__position"):
        cells = list(row.cells.all())
        entered = sum(1 for cell in cells if cell.value is not None or cell.milestone_status)
        yield (
            str(row.period.month), row.care_group.code, row.status, row.opened_at,
            row.period.closes_at, row.submitted_at,
            row.submitted_by.username if row.submitted_by else "", row.approved_at,
            row.approved_by.username if row.approved_by else "", len(cells), entered,
            row.submitted_at <= row.period.closes_at if row.submitted_at else None,
        )  # fmt: skip


COMMENTARY = Dataset(
    "commentary",
    "Commentary",
    (
        MEASURE,
        CARE_GROUP,
        day("period_start", "First day of the window"),
        moment("written_at", "When it was written"),
        code("written_by", "Who wrote it"),
        text("what_happened", "What happened"),
        text("why", "Why"),
        text("action", "What is being done"),
        text("owner", "By whom"),
        day("recovery_expected", "When recovery is expected"),
    ),
    OF_MEASURES | MONTHS | {"care_group", "as_at"},
    _commentary,
    KNOWN_MEASURES,
)

RETURNS = Dataset(
    "returns",
    "Monthly returns",
    (
        code("period", "The month, as 2026-03"),
        CARE_GROUP,
        code("status", "Where the return stands", vocabulary(Return.Status)),
        moment("opened_at", "When it was first opened"),
        moment("deadline", "When entry closes"),
        moment("submitted_at", "When it was submitted"),
        code("submitted_by", "Who submitted it"),
        moment("approved_at", "When it was approved"),
        code("approved_by", "Who approved it"),
        number("measures_due", "How many measures are due", "measures"),
        number("measures_entered", "How many have a figure", "measures"),
        boolean("on_time", "Whether it was submitted by the deadline"),
    ),
    MONTHS | {"care_group", "status"},
    _returns,
    {"status": lambda: vocabulary(Return.Status)},
)
