"""The datasets of the monthly round: returns, and the comments on figures."""

from collections.abc import Callable, Iterable, Iterator

from django.utils import timezone

from kmpt_tracker.ui.tabular import Cell
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    by_month,
    measures_of,
)
from kpis.models import Commentary, Return
from kpis.returns.overview import GroupReturn, every_return
from strategy.exports.dataset import (
    CHUNK,
    Dataset,
    boolean,
    code,
    day,
    moment,
    text,
    username_of,
    vocabulary,
    whole,
)
from strategy.exports.filters import Filters


def _commentary(filters: Filters) -> Iterable[Commentary]:
    rows = Commentary.objects.current(filters.as_at).filter(
        series__measure__in=measures_of(filters).values("pk")
    )
    if filters.care_group:
        rows = rows.filter(series__care_group__code=filters.care_group)
    rows = by_month(rows, filters).order_by("series__measure__code", "period_end", "pk")
    return rows.select_related("series__measure", "series__care_group", "written_by").iterator(
        CHUNK
    )


def _returns(filters: Filters) -> Iterator[GroupReturn]:
    """Every return of the months that the tracker holds, whether anyone has started it or not."""
    found = every_return(filters.from_month, filters.to_month, now=timezone.now())
    return (
        row
        for row in found
        if filters.care_group in ("", row.care_group.code) and filters.status in ("", row.status)
    )


def _started(get: Callable[[Return], Cell]) -> Callable[[GroupReturn], Cell]:
    """A cell of the return, empty while nobody has started it."""
    return lambda row: get(row.submission) if row.submission else None


COMMENTARY = Dataset[Commentary](
    "commentary",
    "Commentary",
    (
        MEASURE.read_by(lambda row: row.series.measure.code),
        CARE_GROUP.read_by(lambda row: row.series.care_group.code),
        day("period_start", "First day of the window", is_required=True),
        moment("written_at", "When it was written", is_required=True),
        code("written_by", "Who wrote it", lambda row: username_of(row.written_by)),
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

RETURNS = Dataset[GroupReturn](
    "returns",
    "Monthly returns",
    (
        code(
            "period", "The month, as 2026-03", lambda row: str(row.period.month), is_required=True
        ),
        CARE_GROUP,
        code(
            "status", "Where the return stands", allowed=vocabulary(Return.Status), is_required=True
        ),
        moment("opened_at", "When it was first opened", _started(lambda it: it.opened_at)),
        moment("deadline", "When entry closes", lambda row: row.period.closes_at, is_required=True),
        moment("submitted_at", "When it was submitted", _started(lambda it: it.submitted_at)),
        code(
            "submitted_by",
            "Who submitted it",
            _started(lambda it: username_of(it.submitted_by)),
        ),
        moment("approved_at", "When it was approved", _started(lambda it: it.approved_at)),
        code(
            "approved_by",
            "Who approved it",
            _started(lambda it: username_of(it.approved_by)),
        ),
        whole(
            "measures_due",
            "How many figures it asks for",
            lambda row: row.due,
            unit="figures",
            is_required=True,
        ),
        whole(
            "measures_entered",
            "How many of them are entered",
            lambda row: row.entered,
            unit="figures",
            is_required=True,
        ),
        boolean("on_time", "Whether it was submitted by the deadline; empty until either"),
    ),
    MONTHS | {"care_group", "status"},
    _returns,
    {"status": lambda: vocabulary(Return.Status)},
    key=("period", "care_group"),
)
