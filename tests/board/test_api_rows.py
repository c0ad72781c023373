"""The rows that the API gives are those of the files, whatever is asked and written meanwhile."""

import csv
import io
import json
import random
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from board.api.answer import MOST_ROWS, USUAL_ROWS
from board.api.paging import page_of
from board.exports.datasets import DATASETS
from kpis.assessments.store import touch
from strategy.exports.dataset import Dataset, whole
from strategy.exports.filters import Filters
from strategy.periods import Month
from tests.board.calling import analyst, as_in_csv, caller, pages, read
from tests.factories.measures import SeriesFactory, approved
from tests.factories.plans import CareGroupFactory

__all__ = ["analyst", "caller"]
pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("seeded")
def test_the_pages_hold_the_rows_of_the_file_cell_by_cell_in_every_dataset(caller):
    chance = random.Random(3)
    for name, dataset in DATASETS.items():
        csv_file = caller.get(f"/exports/{name}.csv").getvalue().decode()
        from_csv = list(csv.DictReader(io.StringIO(csv_file, newline="")))
        size = chance.choice([max(len(from_csv) // 7, 1), max(len(from_csv) // 3, 1), MOST_ROWS])
        found = list(pages(caller, f"/api/v1/{name}?limit={min(size, MOST_ROWS)}"))
        assert len(found) == max(-(-len(from_csv) // min(size, MOST_ROWS)), 1), name
        rows = [as_in_csv(row, dataset) for rows in found for row in rows]
        assert rows == from_csv, name


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("assessments", "care_group=trust&status=green"),
        ("assessments", "as_at=2025-08-31"),
        ("assessments", "from=2025-05&to=2025-06"),
        ("actuals", "measure=seen-in-time"),
        ("actuals", "status=submitted"),
        ("actuals", "as_at=2025-08-31"),
        ("changes", "to=2030-01"),
        ("returns", "care_group=acute"),
        ("threads", "measure=seen-in-time"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_filters_choose_the_same_rows_as_in_the_files_however_small_the_pages(
    world, caller, name, query, size
):
    lines = caller.get(f"/exports/{name}.jsonl?{query}").getvalue().decode().splitlines()
    expected = [json.loads(line, parse_float=str, parse_int=str) for line in lines]
    found = list(pages(caller, f"/api/v1/{name}?{query}&limit={size}"))
    assert [row for rows in found for row in rows] == expected
    assert all(len(rows) == size for rows in found[:-1])


def figures(count: int = 6, months: int = 8) -> list:
    made = [SeriesFactory(measure__code=f"m-{number:02}") for number in range(count)]
    for series in made:
        for month in range(months):
            approved(series, Month(2025, 1).plus(month), value=Decimal(month))
    return made


def reported(series) -> None:
    """A figure that is approved as people do it: the series is assessed anew."""
    approved(series, Month(2025, 1), value=Decimal(5))
    touch([series.pk])


def keys(rows) -> list[tuple]:
    return [(row["measure"], row["care_group"], row["period_start"]) for row in rows]


def test_what_is_written_between_two_pages_neither_repeats_a_row_nor_hides_one(caller):
    made = figures()
    before = {key for rows in pages(caller, "/api/v1/actuals") for key in keys(rows)}
    assert len(before) == 48
    found, address, turn = [], "/api/v1/actuals?limit=5", 0
    while address:
        page = read(caller.get(address))
        found += keys(page["rows"])
        address = page["next"]
        # Corrected: what the page ended with, what was given before, and what is to come.
        last = page["rows"][-1]
        series = next(row for row in made if row.measure.code == last["measure"])
        month = Month.of(timezone.datetime.fromisoformat(last["period_start"]).date())
        approved(series, month, value=Decimal(1000 + turn))
        approved(made[0], Month(2025, 1), value=Decimal(turn))
        approved(made[-1], Month(2025, 8), value=Decimal(turn))
        # New: before and after where the reader is.
        approved(made[0], Month(2024, 12).plus(-turn), value=Decimal(1))
        approved(made[-1], Month(2026, 1).plus(turn), value=Decimal(1))
        approved(SeriesFactory(measure__code=f"a-{turn}"), Month(2025, 1), value=Decimal(1))
        turn += 1
        assert turn < 40
    assert len(found) == len(set(found))
    assert before <= set(found)


def test_a_row_that_is_gone_ends_the_pages_and_says_so(caller):
    for number in range(4):
        CareGroupFactory(code=f"group-{number}")
    page = read(caller.get("/api/v1/care_groups?limit=2"))
    from strategy.models import CareGroup

    CareGroup.objects.filter(code=page["rows"][-1]["care_group"]).update(code="renamed")
    answer = caller.get(page["next"])
    assert (answer.status_code, answer.json()["parameter"]) == (410, "cursor")
    assert "Begin again" in answer.json()["detail"]


def test_rows_that_are_alike_are_each_given_once(caller, analyst):
    from django.db import transaction

    from accounts import audit

    at = timezone.now()
    with transaction.atomic():
        for _ in range(9):
            audit.record(at=at, by=None, action="tried", obj=analyst, key="the same")
    found = [row for rows in pages(caller, "/api/v1/changes?limit=2") for row in rows]
    assert len([row for row in found if row["field"] == "tried"]) == 9


def test_a_page_has_a_hundred_rows_unless_asked_otherwise(caller):
    figures(6, 18)
    assert len(read(caller.get("/api/v1/actuals"))["rows"]) == USUAL_ROWS
    assert len(read(caller.get(f"/api/v1/actuals?limit={MOST_ROWS}"))["rows"]) == 108


def test_a_load_goes_on_from_the_moment_that_its_first_page_names(caller):
    (series, *_) = figures(2, 3)
    first = caller.get("/api/v1/actuals?limit=2")
    assert not caller.get(first.json()["next"]).has_header("Rows-Until")
    assert not caller.get("/api/v1/plans").has_header("Rows-Until")
    since = {"since": first["Rows-Until"]}
    assert read(caller.get("/api/v1/actuals", since))["rows"] == []
    approved(series, Month(2025, 9), value=Decimal(5), known_from=timezone.now())
    caches["answers"].clear()
    assert len(read(caller.get("/api/v1/actuals", since))["rows"]) == 1
    both = caller.get("/api/v1/actuals", {**since, "as_at": "2025-01-01"})
    assert (both.status_code, both.json()["parameter"]) == (400, "since")


@pytest.mark.parametrize("address", ["actuals", "assessments", "changes", "targets", "commentary"])
def test_more_rows_take_no_more_queries(world, caller, address):
    def queries() -> int:
        caches["answers"].clear()
        with CaptureQueriesContext(connection) as found:
            caller.get(f"/api/v1/{address}?limit=1000")
        return len(found)

    figures(2, 2)
    queries()  # marks the token as used
    approved(SeriesFactory(), Month(2025, 1), value=Decimal(5))
    few = queries()
    figures_more = [SeriesFactory(measure__code=f"x-{number:02}") for number in range(4)]
    for series in figures_more:
        for month in range(20):
            approved(series, Month(2024, 1).plus(month), value=Decimal(month))
    assert queries() == few


def test_rows_that_a_page_leaves_are_no_longer_read_when_it_is_complete():
    """Else the database would be asked to end reading when the moment it reads at is long over."""
    begun, ended = [], []

    def rows(filters):
        try:
            yield from range(9)
        finally:
            ended.append(connection.in_atomic_block)

    def kept(filters):
        begun.append(rows(filters))
        return begun[-1]

    dataset = Dataset("numbers", "Numbers", (whole("n", "N", lambda row: row),), frozenset(), kept)
    assert [*page_of(dataset, Filters(), size=2, asked="").rows] == [["0"], ["1"]]
    assert dataset.glance(Filters(), is_counted=False).first[0] == ["0"]
    assert ended == [True, True]
