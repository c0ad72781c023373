"""The schemes of a programme as a table that is filtered and sorted by its address."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.safestring import SafeString

from cip.gate import APPROVALS, Changed, QiaStatus
from cip.models import Scheme
from cip.money import Rating, Stage
from cip.standing.read import Standing
from cip.wording import QIA, STAGES, thousands
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.tags.status import status
from kpis.asked.address import Asked
from strategy.models import CareGroup
from strategy.periods import FinancialYear

FILTERS = ("until", "care_group", "stage", "rating", "qia", "category", "sort")
UNRATED = "unrated"
ORDER = list(Stage)


@dataclass(frozen=True)
class Chosen:
    """The filters and order of the schemes in the address, and the month at whose end (empty: the
    latest that is signed off)."""

    until: str = ""
    care_group: str = ""
    stage: str = ""
    rating: str = ""
    qia: str = ""
    category: str = ""
    sort: str = ""

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def takes(self, row: Standing) -> bool:
        rating = row.rating.value if row.rating else UNRATED
        return all(
            not wanted or wanted == held
            for wanted, held in (
                (self.care_group, row.scheme.care_group.code),
                (self.stage, row.stage.value),
                (self.rating, rating),
                (self.qia, row.qia_status.value),
                (self.category, row.scheme.category),
            )
        )


def chosen(asked: Asked, groups: Iterable[CareGroup], year: FinancialYear) -> Chosen:
    """Read the filters of an address; a value that no scheme can have is refused by name."""
    sorts = [name for key in SORTS for name in (key, f"-{key}")]
    return Chosen(
        until=asked.choice("until", [str(month) for month in year.months]),
        care_group=asked.choice("care_group", [group.code for group in groups]),
        stage=asked.choice("stage", [stage.value for stage in Stage]),
        rating=asked.choice("rating", [*(r.value for r in Rating), UNRATED]),
        qia=asked.choice("qia", [one.value for one in QiaStatus]),
        category=asked.choice("category", Scheme.Category.values),
        sort=asked.choice("sort", sorts),
    )


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


def stage_words(row: Standing) -> str:
    return f"{STAGES[row.stage]}, paused" if row.is_paused else STAGES[row.stage]


def qia_words(row: Standing) -> str:
    """The state of the assessment; if it is approved, what its signatures lack."""
    words = QIA[row.qia_status]
    if row.assessed is None or row.qia_status not in APPROVALS:
        return words
    if row.assessed.changed is Changed.MATERIALLY:
        return f"{words}, signatures void"
    missing = len(row.assessed.unsigned)
    if missing:
        return f"{words}, {2 - missing} of 2 signed"
    changed = row.assessed.changed is Changed.SLIGHTLY
    return f"{words}, changed since signature" if changed else f"{words}, signed"


def schemes_words(number: int) -> str:
    return f"{number} scheme" if number == 1 else f"{number} schemes"


money = thousands


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
        "plan", "Plan", lambda row: row.in_year_plan, lambda row: money(row.in_year_plan), True
    ),
    Shown(
        "full", "Full year", lambda row: row.full_year_effect,
        lambda row: money(row.full_year_effect), True,
    ),
    Shown(
        "weighted", "Risk-weighted", lambda row: row.risk_weighted,
        lambda row: money(row.risk_weighted), True,
    ),
    Shown("forecast", "Forecast", lambda row: row.forecast, lambda row: money(row.forecast), True),
    Shown(
        "delivered", "Delivered", lambda row: row.delivered, lambda row: money(row.delivered), True
    ),
    Shown("qia", "QIA", lambda row: list(QiaStatus).index(row.qia_status), qia_words),
)  # fmt: skip
SORTS = {column.key: column.sorts for column in COLUMNS}


def shown_rows(found: Iterable[Standing], choice: Chosen) -> list[Standing]:
    """The schemes that pass the filters, sorted; by care group and reference by default."""
    rows = [row for row in found if choice.takes(row)]
    rows.sort(key=lambda row: (row.scheme.care_group.position, row.scheme.reference))
    if choice.sort:
        key = SORTS[choice.sort.removeprefix("-")]
        rows.sort(key=lambda row: key(row), reverse=choice.sort.startswith("-"))  # type: ignore[arg-type, return-value]
    return rows


def schemes_table(
    rows: Sequence[Standing], choice: Chosen, at: str = "#schemes", *, most: int | None = None
) -> Table:
    """The table; each heading sorts by its column, the other way round when pressed again.

    The sums are those of all rows, also where only the first of them (`most`) are shown.
    """
    heads = []
    for column in COLUMNS:
        is_up, is_down = choice.sort == column.key, choice.sort == f"-{column.key}"
        query = {**choice.query, "sort": f"-{column.key}" if is_up else column.key}
        word = "ascending" if is_up else "descending" if is_down else "none"
        heads.append(Column(column.heading, column.numeric, word, f"?{urlencode(query)}{at}"))
    counted = [row for row in rows if row.money.is_identified]
    totals = {
        "plan": sum((row.in_year_plan for row in counted), Decimal(0)),
        "full": sum((row.full_year_effect for row in counted), Decimal(0)),
        "weighted": sum((row.risk_weighted for row in rows), Decimal(0)),
        "forecast": sum((row.forecast for row in rows), Decimal(0)),
        "delivered": sum((row.delivered for row in rows), Decimal(0)),
    }
    left_out = len(rows) - len(counted)
    said = f"{len(counted)} that count" if left_out else schemes_words(len(rows))
    total = [
        said if column.key == "scheme" else money(totals[column.key]) if column.numeric else ""
        for column in COLUMNS
    ]
    return Table(
        "Schemes, with stage, delivery rating, savings in £000 and quality impact assessment",
        heads,
        [[column.cell(row) for column in COLUMNS] for row in rows[:most]],
        total if rows else (),
        "Ideas, rejected and substituted schemes stay on this list and are not counted as "
        "identified."
        if left_out
        else "",
    )


def options(values: Iterable[tuple[str, str]], every: str) -> list[tuple[str, str]]:
    return [("", every), *values]


STAGE_OPTIONS = options(((stage.value, words) for stage, words in STAGES.items()), "Any")
QIA_OPTIONS = options(((one.value, words) for one, words in QIA.items()), "Any")
RATING_OPTIONS = options(
    [*((rating.value, rating.value.capitalize()) for rating in Rating), (UNRATED, "Not rated")],
    "Any",
)
CATEGORY_OPTIONS = options(Scheme.Category.choices, "Any")
