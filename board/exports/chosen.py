"""The dataset chosen on the analysts' page: count, first rows, address, code that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from board.exports.page import DatasetCard
from kmpt_tracker.ui.components import Column as Heading
from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.tabular import Kind
from strategy.exports.dataset import Glance

TOKEN = "YOUR-TOKEN"  # noqa: S105 (a word to replace)
# Longer text is cut in the preview, as no row should be a page.
LONGEST = 80


@dataclass(frozen=True)
class Snippet:
    """Code for one program, to copy and paste."""

    program: str
    code: str
    note: str = ""

    @property
    def id(self) -> str:
        return f"code-{self.program.lower().replace(' ', '-')}"


@dataclass(frozen=True)
class Chosen:
    """`root`: scheme and host of this tracker. `given`: the filters typed, known to it or not."""

    card: DatasetCard
    glance: Glance
    given: Mapping[str, str]
    root: str

    @property
    def is_counted(self) -> bool:
        return self.glance.count is not None

    @property
    def rows(self) -> str:
        count = self.glance.count
        return f"{count:,} row" if count == 1 else f"{count:,} rows"

    @property
    def width(self) -> str:
        return f"{len(self.card.dataset.columns)} columns"

    @property
    def left_out(self) -> str:
        """Which of the filters typed the dataset does not know: “care_group, from”."""
        return ", ".join(name for name in self.given if name not in self.card.filters)

    @property
    def address(self) -> str:
        return self.root + self.card.plain_url

    @property
    def preview(self) -> Table:
        columns = self.card.dataset.columns
        return Table(
            f"First rows of {self.card.dataset.name}",
            [Heading(one.name, numeric=one.kind is Kind.NUMBER) for one in columns],
            [[_short(text) for text in row] for row in self.glance.first],
        )

    @property
    def snippets(self) -> list[Snippet]:
        name, address = self.card.dataset.name, self.address
        bearer = f"Bearer {TOKEN}"
        queried = ", ".join(f'{key} = "{value}"' for key, value in self.card.filters.items())
        query = f", Query = [{queried}]" if queried else ""
        return [
            Snippet(
                "pandas",
                f"import pandas\n\n{name} = pandas.read_csv(\n"
                f'    "{address}",\n'
                f'    storage_options={{"Authorization": "{bearer}"}},\n'
                f'    dtype_backend="numpy_nullable",\n)',
            ),
            Snippet(
                "R",
                f'{name} <- read.csv(\n  url(\n    "{address}",\n'
                f'    headers = c(Authorization = "{bearer}")\n  ),\n  na.strings = ""\n)',
            ),
            Snippet(
                "Power Query",
                f'let\n  source = Web.Contents(\n    "{self.root}",\n'
                f'    [RelativePath = "{self.card.path.lstrip("/")}"{query},\n'
                f'      Headers = [Authorization = "{bearer}"]]\n  ),\n'
                "  rows = Table.PromoteHeaders(Csv.Document(source, [Encoding = 65001]))\nin\n"
                "  rows",
                "Choose anonymous access when Power BI or Excel asks: the token is in the header.",
            ),
            Snippet(
                "Excel",
                address,
                "Data, From Web: paste this address, choose Basic, and give your user name and the "
                "token as the password.",
            ),
            Snippet(
                "DuckDB",
                f"SELECT * FROM read_csv('{name}.csv');",  # noqa: S608 (text to copy)
                "On the file, once it is saved.",
            ),
        ]


def _short(text: str | int | float | None) -> str:
    if text is None:
        return ""
    words = str(text)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
