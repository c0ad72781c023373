"""What the analysts' page shows: every dataset, its files, and the filters that were typed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from board.exports.datasets import DATASETS
from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.tabular import OFFERED, Column, Format
from kpis.asked.address import Asked
from kpis.asked.opening import opening_plan
from kpis.assessments.read import measures_by_name
from kpis.models import Measure
from strategy.exports.dataset import Dataset
from strategy.models import CareGroup, Plan
from strategy.periods import Month
from strategy.selectors import care_groups_in_order, plans_newest_first

# The columns of the table that describes a dataset, each with how it is read from a column.
DESCRIBED: tuple[tuple[str, Callable[[Column], str]], ...] = (
    ("Column", lambda column: column.name),
    ("Type", lambda column: column.kind.value),
    ("Unit", lambda column: column.unit or "–"),
    ("Meaning", lambda column: column.meaning),
)

# The datasets that most people come for, each with what it is good for.
WANTED_MOST = {
    "assessments": "Every window with its value, target, colour, icons and limits.",
    "actuals": "What was observed: the current approved version of each figure, with who and when.",
    "targets": "What the plans promise: value, floor and dates, one row for each set that held.",
}

# How the counts at the head of the board come from the file, as docs/analysts.md has it.
RECIPE = """import pandas

rows = pandas.read_csv("assessments.csv", dtype_backend="numpy_nullable")
own = rows[(rows["plan"] == "{plan}") & (rows["care_group"] == "trust")]
last = own.sort_values("period_end", kind="stable").groupby("target_id").tail(1)
counts = last["rag"].value_counts()
print(counts, counts.sum())
"""


@dataclass(frozen=True)
class Recipe:
    """The counts of a plan's board in a month, again from the dataset."""

    plan: Plan
    month: Month
    as_at: str

    @property
    def code(self) -> str:
        return RECIPE.format(plan=self.plan.code)

    @property
    def file_url(self) -> str:
        path = reverse("board:export-file", args=["assessments", Format.CSV.value])
        asked = {"plan": self.plan.code, "to": str(self.month)}
        return f"{path}?{urlencode({**asked, **({'as_at': self.as_at} if self.as_at else {})})}"

    @property
    def board_url(self) -> str:
        return f"/?{urlencode({'plan': self.plan.code, 'period': str(self.month)})}"


# The filters of which each dataset has values of its own.
OF_ITS_OWN = ("status", "origin")


@dataclass(frozen=True)
class DatasetCard:
    """A dataset with the addresses of its files, under the filters that apply to it."""

    dataset: Dataset
    filters: Mapping[str, str]

    @property
    def csv_url(self) -> str:
        """For a spreadsheet: with a byte-order mark."""
        return self._url(Format.CSV, {**self.filters, "bom": "1"})

    @property
    def path(self) -> str:
        """Of the CSV, without a query."""
        return reverse("board:export-file", args=[self.dataset.name, Format.CSV.value])

    @property
    def plain_url(self) -> str:
        """Of the CSV for programs, without a byte-order mark."""
        return self._url(Format.CSV, self.filters)

    @property
    def look_url(self) -> str:
        """The page with this dataset chosen: its rows counted, the first shown."""
        query = urlencode({"dataset": self.dataset.name, **self.filters})
        return f"{reverse('board:export-list')}?{query}#chosen"

    @property
    def files(self) -> list[tuple[str, str]]:
        """Each format with its stable address, then that of the schema."""
        files = [(one.value, self._url(one, self.filters)) for one in OFFERED]
        return [*files, ("schema", reverse("board:export-schema", args=[self.dataset.name]))]

    def _url(self, file_format: Format, query: Mapping[str, str]) -> str:
        path = reverse("board:export-file", args=[self.dataset.name, file_format.value])
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def good_for(self) -> str:
        return WANTED_MOST.get(self.dataset.name, "")

    @property
    def filtered_by(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.filters.items())

    @property
    def columns_summary(self) -> str:
        return f"{len(self.dataset.columns)} columns of {self.dataset.name}"

    @property
    def columns(self) -> Table:
        return Table(
            f"Columns of {self.dataset.name}",
            [heading for heading, _ in DESCRIBED],
            [[read(column) for _, read in DESCRIBED] for column in self.dataset.columns],
        )


@dataclass(frozen=True)
class ExportsPage:
    """Every dataset, the most used ones first, and what may be chosen to narrow it."""

    datasets: tuple[DatasetCard, ...]
    chosen: str
    recipe: Recipe | None
    plans: Iterable[Plan]
    measures: Iterable[Measure]
    care_groups: Iterable[CareGroup]

    @property
    def wanted_most(self) -> list[DatasetCard]:
        cards = {card.dataset.name: card for card in self.datasets}
        return [cards[name] for name in WANTED_MOST]

    @property
    def others(self) -> list[DatasetCard]:
        return [card for card in self.datasets if card.dataset.name not in WANTED_MOST]

    @property
    def chosen_card(self) -> DatasetCard:
        return next(card for card in self.datasets if card.dataset.name == self.chosen)

    @property
    def dataset_options(self) -> list[tuple[str, str]]:
        return [
            (card.dataset.name, card.dataset.title) for card in (*self.wanted_most, *self.others)
        ]

    @property
    def plan_options(self) -> list[tuple[str, str]]:
        return [("", "All plans"), *((plan.code, plan.label) for plan in self.plans)]

    @property
    def measure_options(self) -> list[tuple[str, str]]:
        return [("", "All measures"), *((row.code, row.name) for row in self.measures)]

    @property
    def care_group_options(self) -> list[tuple[str, str]]:
        return [("", "All care groups"), *((row.code, row.name) for row in self.care_groups)]


def exports_page(given: Mapping[str, str], chosen: str, asked: Asked) -> ExportsPage:
    """`given`: the filters, of which each dataset takes those that it knows."""
    plan = opening_plan(asked.plans, asked.day)
    return ExportsPage(
        datasets=tuple(DatasetCard(dataset, _of(given, dataset)) for dataset in DATASETS.values()),
        chosen=chosen,
        recipe=Recipe(plan, asked.opens(plan).month, asked.as_at) if plan else None,
        plans=plans_newest_first(),
        measures=measures_by_name(),
        care_groups=care_groups_in_order(),
    )


def _of(given: Mapping[str, str], dataset: Dataset) -> dict[str, str]:
    """The filters that a dataset takes. A status of another one (a colour is none of a return) does
    not apply to it, and its file would be refused.
    """
    codes = {name: dataset.codes[name]() for name in OF_ITS_OWN if name in dataset.codes}
    return {
        name: text
        for name, text in given.items()
        if name in dataset.filters and (name not in codes or text in codes[name])
    }
