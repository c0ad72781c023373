"""An ambition's dashboard: a small chart for each measure, under its objective."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.roles import Role
from board.ambitions.page import ambition_page
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.measures.load import measure_page
from kpis.models import Commentary, Series, Target
from strategy.periods import Month, months_between
from tests.factories.measures import MeasureFactory, TargetFactory, approved
from tests.factories.people import person
from tests.factories.plans import ObjectiveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
JULY = Month(2025, 7)
LATER = datetime(2025, 9, 20, tzinfo=UTC)
ADDRESS = "/plans/strategy-2023-26/ambitions/1/"


def page_of(world, month=JULY, **known):
    return ambition_page(world.plan, 1, month, clock_at(LATER, **known), **known)


def test_each_objective_has_a_chart_for_each_of_its_measures(world):
    page = page_of(world)
    (objective,) = page.objectives
    (panel,) = objective.panels
    assert page.sentence == "0 of 1 rated targets are off target, 1 on target, in July 2025."
    assert panel.name == "Seen"
    assert panel.drawn.table.rows[0][1] == "96.3%"
    assert not panel.drawn.chart.drawing.is_empty
    assert panel.drawn.label.startswith(f"{panel.name}: Trust-wide, ")


def test_two_promises_on_one_measure_share_a_chart_and_a_promise_without_one_is_named(world):
    promise = Target.objects.get()
    TargetFactory(
        code="second", measure=promise.measure, plan=world.plan, objective=promise.objective,
        care_group=promise.care_group, position=2, value=Decimal(99),
    )  # fmt: skip
    TargetFactory(
        code="words", measure=None, plan=world.plan, objective=promise.objective,
        statement="Kinder wards", position=3, value=None, care_group=promise.care_group,
    )  # fmt: skip
    ObjectiveFactory(ambition=promise.objective.ambition, reference="1.2", position=2)
    first, second = page_of(world).objectives
    assert len(first.panels) == 1
    assert [row.name for row in first.unmeasured] == ["Kinder wards"]
    assert second.panels == ()


def test_a_chart_holds_36_months(world):
    for month in months_between(JULY.plus(-40), JULY.plus(-1)):
        if not world.trust.actuals.filter(period_end=month.end).exists():
            approved(world.series, month, numerator=80 + month.start.month, denominator=100)
    recompute(stale_only=False, at=LATER)
    (panel,) = page_of(world).objectives[0].panels
    windows = panel.drawn.chart.group.windows
    assert [str(row.period.last_month) for row in windows] == [
        str(month) for month in months_between(JULY.plus(-35), JULY)
    ]


def test_a_figure_that_is_too_old_to_be_drawn_says_of_when_it_is(world, client, monkeypatch):
    later = datetime(2029, 3, 1, tzinfo=UTC)
    page = ambition_page(world.plan, 1, Month(2029, 1), clock_at(later))
    (panel,) = page.objectives[0].panels
    assert panel.drawn is None
    assert panel.row.standing.shown.period.label == "Jul 2025"
    assert panel.remark == "Jul 2025, nothing since Jul 2025 (3 years)"
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    client.force_login(person(Role.BOARD_MEMBER))
    assert panel.remark in client.get(f"{ADDRESS}?period=2029-01").text


def test_what_is_published_waits_for_a_publication_on_every_page(world):
    """A published series has no month that closes without a figure."""
    later = datetime(2029, 3, 1, tzinfo=UTC)
    (panel,) = ambition_page(world.plan, 1, Month(2029, 1), clock_at(later)).objectives[0].panels
    of_measure = measure_page(world.trust.measure, world.trust.care_group, now=later).said
    for fed_by, said in (
        ("roll_up", "No data: the period closed without a figure."),
        ("published", "No data: the next publication is overdue."),
    ):
        series = Series(measure=world.trust.measure, fed_by=fed_by)
        assert replace(panel, row=replace(panel.row, series=series)).said == said
        assert replace(of_measure, series=series).reading == said


def test_a_measure_that_nobody_reports_is_no_promise_without_a_measure(world, client):
    """It has no data, as on the board; nothing is missing in how the promise could be counted."""
    promise = Target.objects.get()
    silent = MeasureFactory(code="silent", name="Nobody reports it")
    TargetFactory(
        code="silent", measure=silent, plan=world.plan, objective=promise.objective,
        care_group=promise.care_group, position=2, value=Decimal(9),
    )  # fmt: skip
    (objective,) = page_of(world).objectives
    assert objective.unmeasured == ()
    (_, panel) = objective.panels
    assert (panel.name, panel.row.standing.rag, panel.remark) == (
        "Nobody reports it",
        "no_data",
        "",
    )
    client.force_login(person(Role.BOARD_MEMBER))
    shown = client.get(f"{ADDRESS}?period=2025-07").text
    assert "No measure yet" not in shown
    assert "Nobody reports it" in shown


def test_a_target_far_away_is_named_and_does_not_flatten_the_line(world):
    Target.objects.update(value=Decimal(10_000))
    recompute(stale_only=False, at=LATER)
    (panel,) = page_of(world).objectives[0].panels
    assert panel.drawn.target_beyond == "target above the chart ↑"
    assert panel.drawn.chart.drawing.target_y is None
    assert panel.drawn.chart.high < 200


def test_the_latest_comment_is_shown_by_its_first_sentence(world):
    Commentary.objects.create(
        series=world.trust, period_start=JULY.start, period_end=JULY.end,
        what_happened="A ward closed. It opens again in May.", written_at=LATER, approved_at=LATER,
    )  # fmt: skip
    (panel,) = page_of(world).objectives[0].panels
    assert panel.comment_words == "A ward closed."
    before = datetime(2025, 9, 1, tzinfo=UTC)
    assert page_of(world, known_at=before).objectives[0].panels[0].comment_words == ""


def test_the_page_and_its_file_have_the_same_promises(world, client):
    client.force_login(person(Role.BOARD_MEMBER))
    shown = client.get(f"{ADDRESS}?period=2025-07")
    assert shown.status_code == 200
    text = client.get(f"{ADDRESS}data.csv?period=2025-07").getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["measure"] for row in rows] == ["seen-in-time"]
    assert client.get(ADDRESS.replace("/1/", "/9/")).status_code == 404
    bad = client.get(f"{ADDRESS}?period=nonsense")
    assert bad.status_code == 400
    assert "Month" in bad.content.decode()
