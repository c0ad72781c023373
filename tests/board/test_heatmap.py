"""The heat maps: a plan's measures by care group and by month."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.http import QueryDict

from accounts.roles import Role
from board.heatmap.page import heat_page
from kpis.asked.address import Asked, BadParameter
from kpis.assessments.store import recompute
from kpis.rag import Rag
from tests.factories.measures import TargetFactory
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LATER = datetime(2025, 9, 20, tzinfo=UTC)


def page_of(query: str = ""):
    return heat_page(Asked(QueryDict(query), now=LATER))


def drawn(shown) -> dict[str, list[tuple[Rag, str]]]:
    return {
        row.measure.code: [(cell.rag, cell.value) for cell in row.cells]
        for rows in shown.groups.values()
        for row in rows
    }


def test_a_cell_says_how_a_care_group_stood_in_the_month(world):
    page = page_of("period=2025-07")
    assert [words for words, _ in page.by_group.columns] == [
        "Trust-wide",
        "Acute",
        "Older, people",
    ]
    assert list(page.by_group.groups) == ["1. Care"]
    trust, acute, older = drawn(page.by_group)["seen-in-time"]
    assert trust == (Rag.GREEN, "96.3%")
    assert acute == (Rag.GREEN, "96.0%")
    assert older == (Rag.GREEN, "96.8%")


def test_a_care_group_with_a_target_of_its_own_says_so_beside_its_figure(world, client):
    TargetFactory(
        plan=world.plan, measure=world.series.measure, care_group=world.acute, value=Decimal(98)
    )
    recompute(stale_only=False, at=LATER)
    (row,) = page_of("period=2025-07").by_group.groups["1. Care"]
    assert row.target == "≥ 95%"
    trust, acute, older = row.cells
    assert (acute.rag, acute.asked) == (Rag.AMBER, "≥ 98%")
    assert trust.asked == older.asked == ""
    client.force_login(person(Role.BOARD_MEMBER))
    text = client.get("/heatmap/?period=2025-07").content.decode()
    assert text.count("kt-h__own") == text.count("target ≥ 98%") == 1


def test_a_month_is_shown_by_its_own_window_and_a_gap_stays_a_gap(world):
    page = page_of("period=2025-07&care_group=acute")
    cells = drawn(page.by_month)["seen-in-time"]
    assert len(cells) == 12
    assert [value for _, value in cells[-4:]] == ["90.0%", "94.0%", "–", "96.0%"]
    assert cells[-2][0] is Rag.NO_DATA
    assert {value for _, value in cells[:-4]} == {"–"}


def test_a_status_keeps_the_rows_that_have_it_somewhere(world):
    assert page_of("period=2025-07&status=no_data").by_group.count == 0
    assert page_of("period=2025-07&status=no_data").by_month.count == 1
    assert page_of("period=2025-07&q=nothing").by_month.count == 0


def test_the_file_has_every_figure_of_the_page_once(world, client):
    client.force_login(person(Role.BOARD_MEMBER))
    shown = client.get("/heatmap/?period=2025-07")
    assert shown.status_code == 200
    page = shown.context["page"]
    text = client.get("/heatmap/data.csv?period=2025-07").getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(page.cells) > 3
    assert len({(row["care_group"], row["period_end"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", ["plan", "care_group", "status", "period"])
def test_what_cannot_be_chosen_is_refused_by_name(world, name):
    with pytest.raises(BadParameter) as refused:
        page_of(f"{name}=nonsense")
    assert refused.value.name == name


def test_as_known_then_a_later_correction_is_not_shown(world):
    then = drawn(page_of("period=2025-05&as_at=2025-07-15&care_group=acute").by_month)
    now = drawn(page_of("period=2025-05&care_group=acute").by_month)
    assert then["seen-in-time"][-1][1] == "92.0%"
    assert now["seen-in-time"][-1][1] == "94.0%"


@pytest.mark.parametrize("group", ["trust", "acute"])
def test_a_cell_leads_to_its_measure_in_its_month(world, client, group):
    client.force_login(person(Role.BOARD_MEMBER))
    page = page_of(f"period=2025-07&care_group={group}")
    ((row,),) = page.by_month.groups.values()
    filled = [cell for cell in row.cells if cell.standing and cell.standing.has_value]
    assert len(filled) > 2
    for cell in filled:
        shown = client.get(cell.url.partition("#")[0]).content.decode()
        assert cell.value in shown, cell.url
        assert f'value="{cell.standing.period.last_month}" selected' in shown
        assert f'id="{cell.url.partition("#")[2]}"' in shown or "#" not in cell.url


def test_a_group_that_reports_none_of_the_measures_has_no_column(world):
    CareGroupFactory(code="idle", name="Idle", position=9)
    assert "Idle" not in [words for words, _ in page_of("period=2025-07").by_group.columns]
