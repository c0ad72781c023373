"""What is read of each series, kept by this process until that series is assessed again.

After a figure is approved every page is drawn anew, and of a hundred series two have changed
(docs/adr/0023-what-seldom-changes-is-kept-by-each-process.md).
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from django.db.models import QuerySet

from accounts.record.written import numbers_of
from kmpt_tracker.answers import Answers, reading
from kmpt_tracker.questions import written_once
from kpis.models import Series

# What is read of a series: its windows, and the targets in force in a window without a figure.
TABLES = (
    *("kpis_assessment", "kpis_judgement", "kpis_measure", "kpis_series", "kpis_target"),
    *("kpis_targetchange", "kpis_targetpoint", "kpis_tolerancechange"),
    *("strategy_caregroup", "strategy_plan"),
)
# A window takes 2 to 3 kB with its judgements and what is derived of it.
FIGURES = Answers(most=20_000)


class Weighed(Protocol):
    @property
    def weight(self) -> int:
        """How many windows it takes the room of, with what is derived of it."""


Row = TypeVar("Row", bound=Weighed)


def read_by_series(
    wanted: Mapping[int, Hashable], read: Callable[[Collection[int]], Mapping[int, list[Row]]]
) -> dict[int, list[Row]]:
    """Rows of series, none of which anyone may change; `wanted` says what is asked of each series.

    While a page is read, `read` gets those series alone that have been assessed since it was asked
    last. Elsewhere it gets all of them.
    """
    now = reading()
    if now is None:
        return dict(read(list(wanted)))
    # Before the rows: what is kept may be newer than its version, which nobody asks for again.
    if unknown := wanted.keys() - now.versions.keys():
        now.versions.update({pk: tuple(version) for pk, *version in _versions(unknown)})
    written, found, missing = numbers_of(TABLES), {}, []
    for pk, asked in wanted.items():
        rows = FIGURES.find((pk, asked), (now.versions.get(pk), written))
        if rows is None:
            missing.append(pk)
        else:
            found[pk] = rows
    if missing:
        anew = read(missing)
        for pk in missing:
            found[pk] = anew.get(pk, [])
            weight = sum(row.weight for row in found[pk])
            FIGURES.keep((pk, wanted[pk]), (now.versions.get(pk), written), found[pk], weight)
    return found


@written_once
def _versions(series: Collection[int]) -> QuerySet[Series, tuple[int, int, datetime | None]]:
    """The moment as well: to assess everything again raises no version."""
    rows = Series.objects.filter(pk__in=series)
    return rows.values_list("pk", "assessed_version", "assessed_at")
