"""The datasets of the monthly round: returns, and the comments on figures."""

from collections.abc import Iterable

from django.utils import timezone

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
from kpis.returns.overview import GroupReturn, every_return
from strategy.exports.filters import Filters
from strategy.exports.plans import (
    CHUNK,
    Dataset,
    boolean,
    code,
    day,
    moment,
    number,
    text,
    vocabulary,
)


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
    """Every return of the months that the tracker holds, whether anyone has started it or not."""
    found = every_return(filters.from_month, filters.to_month, now=timezone.now())
    return returns_rows(
        row
        for row in found
        if filters.care_group in ("", row.care_group.code) and filters.status in ("", row.status)
    )


def returns_rows(found: Iterable[GroupReturn]) -> Rows:
    """How returns stand, with as many figures due and entered as their page says."""
    for row in found:
        held = row.submission or Return()
        yield (
            str(row.period.month),
            row.care_group.code,
            row.status,
            held.opened_at,
            row.period.closes_at,
            held.submitted_at,
            held.submitted_by.username if held.submitted_by else "",
            held.approved_at,
            held.approved_by.username if held.approved_by else "",
            row.due,
            row.entered,
            row.on_time,
        )


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
        number("measures_due", "How many figures it asks for", "figures"),
        number("measures_entered", "How many of them are entered", "figures"),
        boolean("on_time", "Whether it was submitted by the deadline; empty until either"),
    ),
    MONTHS | {"care_group", "status"},
    _returns,
    {"status": lambda: vocabulary(Return.Status)},
)
