"""What pages, lists and charts show of a sum that is judged on the year or on 12 months."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.roles import Role
from board.home.said_once import said_once
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.fixtures.sketch import sketch
from kpis.judging.wording import share_words
from kpis.models import Assessment, Target
from kpis.months.due import FigureDue
from kpis.rag import Rag
from kpis.returns.cells import CellRead
from kpis.returns.corrections import Correction
from kpis.returns.effect import Effect
from kpis.returns.judge import facts_of, judge_draft
from kpis.sentences import reading
from strategy.models import Plan
from strategy.periods import Month, Period
from tests.factories.measures import (
    ActualFactory,
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    decide,
)
from tests.factories.people import person
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2020, 9, 12, 9, tzinfo=UTC)
FIRST = Month(2018, 4)
KNOWN = datetime(2019, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def falls(values, *, length=1, **changed):
    """A count of falls: “at most 480 a year”, with values from April 2018 on."""
    measure = MeasureFactory(
        **{
            "code": "falls",
            "name": "Falls",
            "direction": "lower_is_better",
            "over_time": "sum",
            "judged_on": "year_to_date",
        }
        | changed
    )
    series = SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="published")
    plan = PlanFactory(code="safety", starts_on=date(2018, 4, 1), ends_on=date(2022, 3, 31))
    TargetFactory(measure=measure, plan=plan, operator="le", value=Decimal(480), code="falls-480")
    for place, value in enumerate(values):
        if value is None:
            continue
        begins = FIRST.plus(place * length)
        window = Period.spanning(begins, begins.plus(length - 1))
        actual = ActualFactory(
            series=series,
            value=Decimal(value),
            period_start=window.start,
            period_end=window.end,
            origin="published",
        )
        decide(actual, known_from=KNOWN)
    recompute(at=NOW, stale_only=False)
    return measure


def page(client, **query):
    client.force_login(person(Role.ANALYST))
    return " ".join(client.get("/measures/falls/", query).content.decode().split())


MONTHS = [39, 45, 41, 43, 42, 44, 40, 45, 41, 42, 40, 42]


def test_the_measure_page_tests_no_month_against_the_year(client):
    falls(MONTHS * 2 + MONTHS[:5])
    html = page(client)
    assert "Share of the year&#x27;s 480: 5 of 12 months." in html
    assert "≤ 200" in html
    assert "Judged on the year" in html
    for untrue in ("Even a very", "will be met", "will be missed", "the usual range"):
        assert untrue not in html
    assert '"name":"Target"' not in html.replace('": "', '":"')
    assert '"name":"Upperlimit"' in html.replace('": "', '":"').replace(" ", "")


def test_a_month_judged_by_itself_keeps_its_line_and_its_icon(client):
    falls(MONTHS * 2 + MONTHS[:5], judged_on="month")
    html = page(client)
    assert "share of the year" not in html.lower()
    assert '"name":"Target"' in html.replace('": "', '":"')


def test_the_board_says_that_the_target_is_a_share(client):
    falls([*MONTHS * 2, *MONTHS[:4], 50])
    client.force_login(person(Role.ANALYST))
    query = {"plan": "safety", "period": "2020-08"}
    html = " ".join(client.get("/", query).content.decode().split())
    assert "share of the year&#x27;s 480: 5 of 12 months" in html
    assert "against 200 (share of the year&#x27;s 480: 5 of 12 months)" in html


@pytest.mark.parametrize(("length", "frequency"), [(1, "monthly"), (3, "quarterly")])
def test_the_board_names_the_span_of_a_figure_never_its_last_window_alone(
    client, length, frequency
):
    falls([120] * (28 // length), length=length, frequency=frequency, judged_on="rolling_12")
    client.force_login(person(Role.ANALYST))
    rows = client.get("/", {"plan": "safety", "period": "2020-06"}).context["page"].rows
    (row,) = rows
    shown = row.standing.shown
    assert shown.judged_value == 120 * 12 // length
    block = said_once(rows, Month(2020, 6))
    assert block.remarks(row)[0].startswith("12 months to ")
    assert block.remarks(row)[0].endswith(shown.period.last_month.label)


def test_a_heat_map_and_an_ambition_name_the_span_and_keep_it_beside_the_window(client):
    measure = falls([40] * 28, judged_on="rolling_12")
    plan = Plan.objects.get(code="safety")
    ambition = AmbitionFactory(plan=plan, position=1)
    objective = ObjectiveFactory(plan=plan, ambition=ambition, reference="1.1")
    Target.objects.filter(measure=measure).update(objective=objective)
    client.force_login(person(Role.ANALYST))
    heat = client.get("/heatmap/", {"plan": "safety", "period": "2020-06"}).context["page"]
    rows = [row for each in heat.maps for rows in each.groups.values() for row in rows]
    assert {row.note for row in rows} == {"12 months"}
    assert {cell.value for row in rows for cell in row.cells} == {"480"}
    page = client.get("/plans/safety/ambitions/1/", {"period": "2020-06"}).context["page"]
    (panel,) = (panel for block in page.objectives for panel in block.panels)
    names = [column.heading for column in panel.drawn.table.heads]
    assert names == ["Period", "Value", "12 months", "Target", "Status"]
    assert tuple(panel.drawn.table.rows[0])[1:4] == ("40", "480", "≤ 480")


def test_an_incomplete_span_is_named_and_counted_on_the_board(client):
    falls([120, 118, None, 121, 119], length=3, frequency="quarterly", judged_on="rolling_12")
    client.force_login(person(Role.ANALYST))
    rows = client.get("/", {"plan": "safety", "period": "2019-06"}).context["page"].rows
    said = said_once(rows, Month(2019, 6)).remarks(rows[0])
    assert said[0] == "3 of 4 quarters to Jun"


def test_a_correction_shows_the_figures_typed_and_names_the_span_they_change():
    measure = falls(
        [120, 118, 115, 121, 119], length=3, frequency="quarterly", judged_on="rolling_12"
    )
    series, terms = measure.series.get(), measure_terms(measure)
    before = histories([series])[series.pk].history.windows[-1]
    after = replace(before, value=Decimal(99), judged_value=before.judged_value - 20)
    correction = Correction(before, after, terms, False, "Counted twice", "Tom", NOW)
    assert (correction.approved_words, correction.proposed_words) == ("119", "99")
    said = Effect("Whole trust", before, after, terms)
    assert said.change_words == "−20"
    assert said.words.startswith("Whole trust, 12 months to Jun 2019: 473 → 453")


def test_a_draft_is_judged_against_its_share_while_it_is_typed():
    measure = falls(MONTHS[:4])
    series = measure.series.get()
    august = FIRST.plus(4)
    (facts,) = facts_of([FigureDue(series, august.period, august)]).values()
    for typed, judged, rag in ((31, 199, "green"), (42, 210, "amber"), (43, 211, "red")):
        read = CellRead(value=Decimal(typed))
        result = judge_draft(facts, read, august.period).standing
        assert (result.judged_value, result.target.value, result.rag) == (judged, 200, rag)
    blank = judge_draft(facts, CellRead(), august.period).standing
    assert (blank.target.value, blank.target.year_value) == (200, 480)
    said = share_words(blank, measure_terms(measure))
    assert said == "share of the year's 480: 5 of 12 months"
    assert share_words(result, measure_terms(measure)) == "share of the year's 480: 5 of 12 months"


def test_made_up_months_are_of_the_size_of_a_month():
    terms = measure_terms(falls([]))
    given = {"target": Decimal(480), "first": FIRST, "minimum": None, "maximum": None}
    by_month = sketch(replace(terms, judged_on="month"), "trust", **given)
    of_year = sketch(terms, "trust", **given)
    assert of_year.level * 12 == by_month.level


def test_quarters_that_are_whole_are_points_of_the_chart_though_the_year_lacks_one(client):
    falls([120, 118, None, 121, 119], length=3, frequency="quarterly", judged_on="rolling_12")
    rows = list(Assessment.objects.order_by("period_end"))
    assert [row.state for row in rows] == ["incomplete"] * 4
    assert {row.limits_status for row in rows} == {"trial"}
    html = page(client)
    assert "Incomplete, 3 of 4 quarters reported" in html
    assert "Not everyone has reported" not in html
    assert "not everyone has reported" not in html
    assert "x-thin-open" not in html


def test_the_sentence_of_an_incomplete_span_says_what_it_lacks():
    said = reading(Rag.INCOMPLETE, lacking="9 of 12 months reported")
    assert said == ("Incomplete: 9 of 12 months reported, so the total is shown but not rated.")
    assert "not everyone has reported" in reading(Rag.INCOMPLETE)
