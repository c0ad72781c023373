"""The columns of the table of schemes: how each is headed, sorted and filled."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from cip.gate import APPROVALS, Changed, QiaStatus
from cip.money import Rating, Stage
from cip.standing.read import Standing
from cip.standing.words import qia_words, stage_words
from cip.wording import thousands
from kmpt_tracker.ui.formats import format_value
from kmpt_tracker.ui.tags.status import icon, status

ORDER = list(Stage)


@dataclass(frozen=True)
class Shown:
    """A column: its key in the address, its heading, how it sorts, and its cell."""

    key: str
    heading: str
    sorts: Callable[[Standing], object]
    cell: Callable[[Standing], object]
    numeric: bool = False


def scheme_link(row: Standing) -> SafeString:
    mark = " (illustrative)" if row.scheme.is_illustrative else ""
    return format_html(
        '<a href="{}">{} {}</a>{}',
        row.scheme.get_absolute_url(),
        row.scheme.reference,
        row.scheme.title,
        format_html('<span class="kt-small kt-muted">{}</span>', mark) if mark else "",
    )


def rating_mark(row: Standing) -> object:
    """The rating with the share of the forecast that it counts: Amber 50%."""
    if row.rating is None:
        return "Not rated"
    share = format_value(row.weights.of(row.rating), "percent")
    return status(row.rating.value, kind="savings", word=f"{row.rating.capitalize()} {share}")


def qia_mark(row: Standing) -> SafeString:
    """The words for the assessment after a mark: the gate is open, shut for good, or waited for."""
    words = qia_words(row)
    if row.qia_status is QiaStatus.NOT_STARTED:
        return format_html("{}", words)
    is_void = row.assessed is not None and row.assessed.changed is Changed.MATERIALLY
    never = row.qia_status is QiaStatus.REJECTED or (row.qia_status in APPROVALS and is_void)
    return _marked("tick" if row.gate.is_allowed else "cross" if never else "clock", words)


@lru_cache(maxsize=64)
def _marked(name: str, words: str) -> SafeString:
    return format_html('<span class="kt-cip-qia">{}{}</span>', icon(name), words)


COLUMNS = (
    Shown("scheme", "Scheme", lambda row: row.scheme.reference, scheme_link),
    Shown(
        "group",
        "Care group",
        lambda row: row.scheme.care_group.position,
        lambda row: row.scheme.care_group.name,
    ),
    Shown(
        "type",
        "Type",
        lambda row: row.scheme.is_recurrent,
        lambda row: "Recurrent" if row.scheme.is_recurrent else "Non-recurrent",
    ),
    Shown("stage", "Stage", lambda row: ORDER.index(row.stage), stage_words),
    Shown(
        "rating",
        "Delivery rating",
        lambda row: list(Rating).index(row.rating) if row.rating else len(Rating),
        rating_mark,
    ),
    Shown(
        "plan", "Plan", lambda row: row.in_year_plan, lambda row: thousands(row.in_year_plan), True
    ),
    Shown(
        "full", "Full year", lambda row: row.full_year_effect,
        lambda row: thousands(row.full_year_effect), True,
    ),
    Shown(
        "weighted", "Risk-weighted", lambda row: row.risk_weighted,
        lambda row: thousands(row.risk_weighted), True,
    ),
    Shown(
        "forecast", "Forecast", lambda row: row.forecast, lambda row: thousands(row.forecast), True
    ),
    Shown(
        "delivered", "Delivered", lambda row: row.delivered,
        lambda row: thousands(row.delivered), True,
    ),
    Shown("qia", "QIA", lambda row: list(QiaStatus).index(row.qia_status), qia_mark),
)  # fmt: skip
SORTS = {column.key: column.sorts for column in COLUMNS}
