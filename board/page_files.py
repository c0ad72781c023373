"""The file of a page: whoever may read a page may take away the figures it shows.

A page's file is one dataset, narrowed by what the page's own address gives. It holds every judged
window of what the page shows, up to the month shown: its trends too. docs/access.md lists which
page has which.
"""

from dataclasses import replace

from accounts.permissions import Access
from accounts.roles import Capability, Scope
from board.exports import DATASETS, Rows
from strategy.exports import Dataset
from strategy.filters import Filters
from strategy.models import CareGroup


def allocations_of(year: str) -> Dataset:
    """The allocations of one programme."""
    return _narrowed(DATASETS["cip_allocations"], "year", {year})


def returns_for(access: Access) -> Dataset:
    """How the returns stand, of those care groups whose returns the reader may see."""
    dataset = DATASETS["returns"]
    if access.scope(Capability.READ_DRAFTS) is not Scope.OWN:
        return dataset
    own = CareGroup.objects.filter(pk__in=access.care_groups).values_list("code", flat=True)
    return _narrowed(dataset, "care_group", set(own))


def _narrowed(dataset: Dataset, column: str, codes: set[str]) -> Dataset:
    """The rows that have one of the codes in a column."""
    place = [one.name for one in dataset.columns].index(column)

    def rows(filters: Filters) -> Rows:
        return (row for row in dataset.rows(filters) if row[place] in codes)

    return replace(dataset, rows=rows)
