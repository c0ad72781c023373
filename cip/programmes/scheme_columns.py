"""The columns of the table of schemes: how each is headed, sorted and filled."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from cip.gate import QiaStatus
from cip.money import Rating, Stage
from cip.standing.read import Standing
from cip.standing.words import qia_words, stage_words
from cip.wording import thousands
from kmpt_tracker.ui.tags.status import status

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


def _rated(row: Standing) -> object:
    return status(row.rating.value, kind="savings") if row.rating else "Not rated"


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
        _rated,
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
    Shown("qia", "QIA", lambda row: list(QiaStatus).index(row.qia_status), qia_words),
)  # fmt: skip
SORTS = {column.key: column.sorts for column in COLUMNS}
