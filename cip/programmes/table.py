"""The schemes of a programme as a table that is filtered and sorted by its address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from cip.models import Programme
from cip.programmes.chosen import Chosen
from cip.programmes.scheme_columns import COLUMNS, SORTS
from cip.standing.read import Standing
from cip.standing.words import schemes_words
from cip.wording import thousands
from kmpt_tracker.ui.components import Column, Table

LEFT_OUT = (
    "Ideas, rejected and substituted schemes stay on this list and are not counted as identified."
)


@dataclass(frozen=True)
class SchemesShown:
    """The schemes that an address asks for; of them the table has the first (`most`; None: all)."""

    programme: Programme
    rows: Sequence[Standing]
    choice: Chosen
    most: int | None = None

    @cached_property
    def chosen(self) -> list[Standing]:
        return shown_rows(self.rows, self.choice)

    @property
    def table(self) -> Table:
        return schemes_table(self.chosen, self.choice, most=self.most)

    @property
    def left_out(self) -> str:
        """How many schemes are on the page of schemes only; empty where all are here."""
        number = len(self.chosen)
        if self.most is None or number <= self.most:
            return ""
        return f"The first {self.most} of {number} schemes are shown; the sums are those of all."

    @property
    def all_url(self) -> str:
        """The page of all schemes, with the same filters and order."""
        url = reverse("cip:scheme-list", args=[self.programme.year])
        return f"{url}?{urlencode(self.choice.query)}" if self.choice.query else url

    @property
    def file_url(self) -> str:
        """The file of that page: every scheme that fits, in the same order."""
        url = reverse("cip:scheme-list", args=[self.programme.year])
        return f"{url}data.csv?{urlencode({**self.choice.query, 'bom': '1'})}"

    @property
    def file_words(self) -> str:
        """What the file holds, for a page whose own file has the table by care group."""
        return f"{schemes_words(len(self.chosen))} as a file (CSV)"


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
        said if column.key == "scheme" else thousands(totals[column.key]) if column.numeric else ""
        for column in COLUMNS
    ]
    return Table(
        "Schemes, with stage, delivery rating, savings in £000 and quality impact assessment",
        heads,
        [[column.cell(row) for column in COLUMNS] for row in rows[:most]],
        total if rows else (),
        LEFT_OUT if left_out else "",
    )
