"""A plan read like its paper: everything in its place, its place with it, status beside it."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.assessments.store import recompute
from kpis.models import Series
from kpis.plans.statements import OPENING
from strategy.models import Action, Outcome, PlanStatement
from tests.factories.paper import noted, paper
from tests.factories.people import performance_team
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory
from tests.factories.rows import MOMENT, row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def reader(client):
    client.force_login(performance_team(), backend=BACKEND)
    return client


def text_of(html: str) -> str:
    html = re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def page_of(reader, plan, query: str = "") -> str:
    recompute(stale_only=True, at=MOMENT)
    response = reader.get(f"{plan.get_absolute_url()}{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_every_part_of_the_plan_stands_on_its_page(reader):
    page = text_of(page_of(reader, paper(1, mission="We deliver", vision="To provide")))
    for words in (
        "We deliver", "To provide", "Nobody waits 1", "Open a clinic 1", "No status recorded",
        "“Wait less 1”", "Launch the model 1", "2017/18 Q2: Jul to Sep 2017", "“A standard”",
        "Patient Safety", "Follow up", "Waits grow", "Harm", "Staff", "Income 1", "107.3",
        "It was over double", "Beds 1", "National average: 23", "each Monday",
    ):  # fmt: skip
        assert words in page, words


def says(plan, position: int, kind: str, section: str) -> None:
    row(
        PlanStatement,
        plan=plan,
        position=position,
        kind=kind,
        text=f"Said {position}",
        source_document=plan.source_document,
        source_section=section,
    )


def headings_of(html: str) -> list[str]:
    """The headings of the plan's words, and where the objectives stand among them."""
    found = re.findall(r'<h2 id="says-[^"]*">([^<]*)</h2>|id="(objectives)"', html)
    return [heading or objectives for heading, objectives in found]


def test_the_words_of_a_plan_stand_under_the_headings_of_its_paper_in_its_order(reader):
    plan = PlanFactory()
    AmbitionFactory(plan=plan, source_section="3. Aims – First")
    says(plan, 1, "programme", "1. Before")
    says(plan, 2, "programme", "3. Aims of others")
    says(plan, 3, "value", "3. Aims")
    says(plan, 4, "value", "10. After – Care")
    says(plan, 5, "programme", "1. Before, second list")
    html = page_of(reader, plan)
    assert headings_of(html) == [
        "1. Before", "3. Aims", "objectives", "3. Aims of others", "10. After",
    ]  # fmt: skip
    before = text_of(html[html.index(">1. Before</h2>") : html.index(">3. Aims</h2>")])
    assert "Said 1" in before
    assert "Said 5 second list" in before


def test_where_no_chapter_is_numbered_the_kind_of_its_words_places_it(reader):
    plan = PlanFactory()
    AmbitionFactory(plan=plan, source_section="Our ambitions")
    for place, kind in enumerate(PlanStatement.Kind.values, 1):
        says(plan, place, kind, f"On {kind}")
    found = headings_of(page_of(reader, plan))
    opening = found[: found.index("objectives")]
    assert opening == [f"On {kind}" for kind in PlanStatement.Kind if kind in OPENING]


def test_who_meets_when_stands_in_its_place_and_once_more_in_a_table(reader):
    html = page_of(reader, paper(1))
    words, _, calendar = html.partition('<h2 id="governance">')
    assert "governance 1" in words
    assert "governance 1" in calendar


def test_the_contents_lead_to_every_part_that_is_there_and_to_no_other(reader):
    html = page_of(reader, paper(1))
    contents = html[html.index("kt-contents") : html.index("</nav>", html.index("kt-contents"))]
    asked = re.findall(r'href="#([^"]+)"', contents)
    assert "risks" in asked
    assert set(asked) <= set(re.findall(r'\sid="([^"]+)"', html))
    bare = page_of(reader, PlanFactory())
    assert 'href="#risks"' not in bare


def test_each_id_stands_once(reader):
    found = re.findall(r'\sid="([^"]+)"', page_of(reader, paper(3)))
    assert sorted(found) == sorted(set(found))


def test_every_row_says_where_it_stands_in_the_document(reader):
    plan = paper(1)
    other = PlanFactory().source_document
    plan.risks.update(source_document=other, source_section="Web page, 2")
    page = text_of(page_of(reader, plan))
    assert f"Web page, 2, {other.title}" in page
    assert "no place recorded" not in page
    plan.risks.update(source_document=None, source_section="")
    assert "no place recorded" in page_of(reader, plan)


def test_a_note_shows_at_every_row_it_touches(reader):
    plan = paper(1)
    html = page_of(reader, plan)
    statements = len(PlanStatement.Kind.values)
    # The plan; objective, outcome, two actions; risk, priority, figure, context; the measure at
    # two promises and at the figure reported of it; who meets when stands twice.
    assert html.count("The text says two things") == 1 + 4 + 4 + 3 + statements + 1


def test_a_note_on_every_action_of_the_table_is_printed_above_it_and_not_in_it(reader):
    plan = paper(2)
    shared, *rows = (
        noted(action, text="The quarters are read off a picture")
        for action in Action.objects.exclude(quarter="").order_by("pk")
    )
    for note in rows:
        note.links.update(note=shared)
    html = page_of(reader, plan)
    assert html.count("The quarters are read off a picture") == 1
    assert html.index("The quarters are read off a picture") < html.index("Launch the model 1")


def test_the_pages_of_one_note_are_those_of_both_sides(reader):
    plan = paper(1)
    note = noted(plan.risks.get(), kind="arithmetic", text="It adds to something else")
    series = Series.objects.get()
    row = plan.finance_lines.get()
    note.links.create(object_type="measure", object_key=series.measure.code)
    note.links.create(object_type="finance", object_key=f"{plan.code}/{row.position}")
    html = page_of(reader, plan)
    assert html.count("It adds to something else") == 1 + 1 + 3
    for address in (
        series.measure.get_absolute_url(),
        plan.objectives.get().get_absolute_url(),
        f"/?plan={plan.code}",
        "/measures/",
        "/care-groups/trust/",
    ):
        shown = reader.get(address).content.decode()
        assert "The figures do not add up" in shown, address
        assert "It adds to something else" in shown, address


def test_a_plan_that_has_ended_says_when(reader):
    assert "This plan ended on 31 Mar 2020" in page_of(reader, paper(1))
    lasting = PlanFactory(starts_on=date(2020, 4, 1), ends_on=date(2199, 3, 31))
    assert "This plan ended" not in page_of(reader, lasting)


def test_a_cited_plan_says_so_and_who_cites_it(reader):
    citing = paper(1)
    cited = PlanFactory(cited=True, source_document=citing.source_document)
    ObjectiveFactory(ambition=AmbitionFactory(plan=cited), title="Financial balance")
    html = page_of(reader, cited)
    assert "only because another document cites it" in html
    assert f'<a href="{citing.get_absolute_url()}">{citing.title}</a>' in html
    assert "Financial balance" in html
    assert "107.3" not in html
    assert "This plan ended" not in html


def test_a_grouping_without_objectives_keeps_its_place(reader):
    plan = paper(1)
    AmbitionFactory(plan=plan, position=2, title="Named and never filled", theme="Our Services")
    assert "Named and never filled" in page_of(reader, plan)


def test_a_linked_measure_shows_how_it_stands(reader):
    html = page_of(reader, paper(1), "?period=2019-06")
    risks = html[html.index('id="risks"') : html.index('id="money"')]
    assert "Waits 1 90.0 Off target" in text_of(risks)


def test_it_takes_as_many_queries_for_twenty_rows_as_for_two(reader):
    few, many = paper(2), paper(20)
    recompute(stale_only=True, at=MOMENT)
    counts = []
    for plan in (few, few, many):
        for address in (plan.get_absolute_url(), plan.objectives.first().get_absolute_url()):
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(f"{address}?period=2019-06").status_code == 200
            counts.append(len(queries))
    assert counts[2:4] == counts[4:6]


def test_rows_of_one_place_say_it_once_over_the_first(reader):
    plan = paper(1)
    objective = plan.objectives.get()
    for place, section in ((2, "Later on"), (3, "Later on")):
        row(
            Outcome,
            objective=objective,
            position=place,
            statement=f"Nobody leaves {place}",
            source_document=plan.source_document,
            source_section=section,
        )
    page = text_of(page_of(reader, plan))
    assert page.count("Later on") == 1
    assert page.index("Later on") < page.index("Nobody leaves 2") < page.index("Nobody leaves 3")
