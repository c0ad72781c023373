"""Which schemes of a programme an address asks for, in which order, and as at which month's end."""

from collections.abc import Iterable
from dataclasses import dataclass

from cip.gate import QiaStatus
from cip.models import Scheme
from cip.money import Rating, Stage
from cip.programmes.scheme_columns import SORTS
from cip.standing.read import Standing
from cip.wording import QIA, STAGES
from kpis.asked.address import Asked
from strategy.models import CareGroup
from strategy.periods import FinancialYear

FILTERS = ("until", "care_group", "stage", "rating", "qia", "category", "sort")
UNRATED = "unrated"


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


def options(values: Iterable[tuple[str, str]], every: str) -> list[tuple[str, str]]:
    return [("", every), *values]


STAGE_OPTIONS = options(((stage.value, words) for stage, words in STAGES.items()), "Any")
QIA_OPTIONS = options(((one.value, words) for one, words in QIA.items()), "Any")
RATING_OPTIONS = options(
    [*((rating.value, rating.value.capitalize()) for rating in Rating), (UNRATED, "Not rated")],
    "Any",
)
CATEGORY_OPTIONS = options(Scheme.Category.choices, "Any")
