"""Every measure in one table, its filters and its matrix."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts.roles import Role
from board.summary.page import Matrix, place_of, summary_page, why_unplaced
from kpis.asked.address import Asked, BadParameter
from kpis.models import Measure
from kpis.rag import Rag
from tests.factories.measures import MeasureFactory, TargetFactory
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LATER = datetime(2025, 9, 20, tzinfo=UTC)


def page_of(query: str = ""):
    return summary_page(Asked(QueryDict(query), now=LATER))


def names(page) -> list[str]:
    return [row.name for row in page.rows]


@pytest.fixture
def measured(world):
    """The small trust's measure with an owner and tags, and another that nobody reports."""
    Measure.objects.filter(code="seen-in-time").update(owner="Chief Operating Officer", tags=["ED"])
    idle = MeasureFactory(code="idle", name="Idle")
    TargetFactory(measure=idle, plan=world.plan, objective=None, care_group=world.trust.care_group)
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("period=2025-07", ["Idle", "Seen"]),
        ("period=2025-07&plan=strategy-2023-26&ambition=1", ["Seen"]),
        ("period=2025-07&care_group=acute", ["Seen"]),
        ("period=2025-07&tag=ED", ["Seen"]),
        ("period=2025-07&owner=Chief+Operating+Officer", ["Seen"]),
        ("period=2025-07&owner=nobody", ["Idle"]),
        ("period=2025-07&status=green", ["Seen"]),
        ("period=2025-07&status=red", []),
        ("period=2025-07&status=no_data", ["Idle"]),
        ("period=2025-07&icon=fail", []),
        ("period=2025-06&age=old", ["Seen"]),
        ("period=2025-07&q=seen", ["Seen"]),
        ("period=2025-07&sort=status", ["Idle", "Seen"]),
        ("period=2025-07&sort=owner", ["Seen", "Idle"]),
    ],
)
def test_a_filter_keeps_the_measures_that_it_names(measured, query, found):
    page = page_of(query)
    assert names(page) == found
    assert page.tally.counts.total == len(found)


@pytest.mark.parametrize(
    "name",
    ["plan", "ambition", "care_group", "status", "icon", "tag", "owner", "age", "sort", "period"],
)
def test_what_cannot_be_chosen_is_refused_by_name(measured, name):
    with pytest.raises(BadParameter) as refused:
        page_of(f"plan=strategy-2023-26&{name}=nonsense" if name != "plan" else "plan=nonsense")
    assert refused.value.name == name


def test_an_ambition_needs_its_plan(measured):
    with pytest.raises(BadParameter, match="Choose a plan first"):
        page_of("ambition=1")


def test_the_file_has_the_rows_of_the_page_and_the_form_keeps_what_was_typed(measured, client):
    client.force_login(person(Role.BOARD_MEMBER))
    query = "plan=strategy-2023-26&period=2025-07&status=green"
    for address in ("summary", "matrix"):
        shown = client.get(f"/{address}/?{query}")
        assert shown.status_code == 200
        text = client.get(f"/{address}/data.csv?{query}").getvalue().decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["measure"] for row in rows] == ["seen-in-time"]
    bad = client.get("/summary/?status=purple")
    assert bad.status_code == 400
    assert "“status” cannot be “purple”" in bad.content.decode()


def test_the_matrix_places_each_measure_once_or_says_why_not(measured):
    (idle, seen) = page_of("period=2025-07").rows
    steady = replace(
        seen, standing=replace(seen.standing, variation="common_cause", assurance="fail")
    )
    rows = [idle, seen, steady]
    matrix = Matrix(rows)
    cells = [cell for row in matrix.rows for cell in row.cells]
    assert sum(cell.count for cell in cells) == matrix.count == 1
    assert matrix.count + len(matrix.unplaced) == len(rows)
    assert {why for why, _ in matrix.why_unplaced} == {"No data", "Too few points for firm limits"}
    assert place_of(steady) is not None
    incomplete = replace(
        seen, standing=replace(seen.standing, rag=Rag.INCOMPLETE, groups_reported=1)
    )
    assert why_unplaced(incomplete) == "Incomplete"


def test_it_opens_at_the_last_complete_month(measured):
    assert str(page_of().month) == "2025-07"
    assert page_of("care_group=acute").month <= page_of("care_group=acute").opens
    assert summary_page(Asked(QueryDict(""), now=timezone.now())).month_options


@pytest.mark.usefixtures("seeded")
def test_the_file_has_exactly_the_rows_of_the_page_whatever_was_chosen(client):
    """Choose a value of each filter that leaves out some lines."""
    client.force_login(person(Role.BOARD_MEMBER))
    plan = "plan=strategy-2023-26"
    whole = client.get(f"/summary/?{plan}").context["page"]
    offered = {
        "ambition": whole.ambition_options,
        "care_group": whole.care_group_options[1:],
        "status": whole.status_options,
        "icon": whole.icon_options,
        "tag": whole.tag_options,
        "age": whole.age_options,
        "owner": whole.owner_options,
        "sort": whole.sort_options,
        "rows": whole.row_options,
    }
    kept = 0
    for name, options in offered.items():
        for value, _ in [one for one in options if one[0]][:3]:
            query = f"{plan}&{urlencode({name: value})}"
            page = client.get(f"/summary/?{query}")
            text = client.get(f"/summary/data.csv?{query}").getvalue().decode()
            lines = [(line["measure"], line["rag"]) for line in csv.DictReader(io.StringIO(text))]
            shown = page.context["page"].rows
            assert lines == [(row.measure_key, row.standing.rag) for row in shown], query
            assert f'value="{value}" selected' in page.text, "the form keeps what was chosen"
            kept += 0 < len(shown) < len(whole.rows)
    assert kept >= 6
