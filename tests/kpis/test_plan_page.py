"""A plan read like its paper: everything in order, with its place and its status."""

import re
from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kmpt_tracker.answers import forget
from kpis.assessments.store import recompute
from kpis.models import Series
from kpis.plans.statements import OPENING
from strategy.models import Action, Objective, Outcome, PlanStatement
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


def sections_of(html: str) -> list[str]:
    """The ids of the sections that the contents lead to."""
    contents = html.partition('class="kt-contents"')[2].partition("</nav>")[0]
    return re.findall(r'href="\?section=([^"#]+)"', contents)


def paper_of(reader, plan) -> str:
    """The page of a plan, then every section of its paper, in their order."""
    first = page_of(reader, plan)
    pages = [page_of(reader, plan, f"?section={code}") for code in sections_of(first)]
    return "".join([first, *pages])


def test_every_part_of_the_plan_stands_in_its_paper(reader):
    page = text_of(paper_of(reader, paper(1, mission="We deliver", vision="To provide")))
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
    """The headings of the plan's words in the contents, and where the first grouping is."""
    found = re.findall(r'href="\?section=(says|grouping)-[^"]*">([^<]*)</a>', html)
    return [heading if kind == "says" else "grouping" for kind, heading in found]


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
        "1. Before", "3. Aims", "grouping", "3. Aims of others", "10. After",
    ]  # fmt: skip
    before = text_of(page_of(reader, plan, "?section=says-1-before"))
    assert "Said 1" in before
    assert "Said 5 second list" in before


def test_where_no_chapter_is_numbered_the_kind_of_its_words_places_it(reader):
    plan = PlanFactory()
    AmbitionFactory(plan=plan, source_section="Our ambitions")
    for place, kind in enumerate(PlanStatement.Kind.values, 1):
        says(plan, place, kind, f"On {kind}")
    found = headings_of(page_of(reader, plan))
    opening = found[: found.index("grouping")]
    assert opening == [f"On {kind}" for kind in PlanStatement.Kind if kind in OPENING]


def test_who_meets_when_stands_in_its_place_and_once_more_in_a_table(reader):
    plan = paper(1)
    said = [code for code in sections_of(page_of(reader, plan)) if code.startswith("says-")]
    assert any("governance 1" in page_of(reader, plan, f"?section={code}") for code in said)
    assert "governance 1" in page_of(reader, plan, "?section=governance")


def test_the_contents_lead_to_every_part_that_is_there_and_to_no_other(reader):
    plan = paper(1)
    codes = sections_of(page_of(reader, plan))
    assert {"quarters", "standards", "quality", "risks", "money", "observed"} <= set(codes)
    assert {"context-figures", "governance", "grouping-1"} <= set(codes)
    bare = page_of(reader, PlanFactory())
    assert sections_of(bare) == []
    assert "Nothing of this plan is recorded yet" in bare


def test_a_section_stands_between_the_one_before_and_the_one_after(reader):
    plan = paper(2)
    codes = sections_of(page_of(reader, plan))
    for place, code in enumerate(codes):
        html = page_of(reader, plan, f"?section={code}")
        turns = re.findall(r'href="\?section=([^"]*)" rel="(prev|next)"', html)
        before, after = codes[place - 1 : place], codes[place + 1 : place + 2]
        assert [at for at, way in turns if way == "prev"] == 2 * before
        assert [at for at, way in turns if way == "next"] == 2 * after
        assert f"Section {place + 1} of {len(codes)}" in html
        assert html.count('aria-current="true"') == 2  # in the menu, and in the contents


def test_the_page_opens_with_its_status_by_objective(reader):
    plan = paper(2)
    html = page_of(reader, plan)
    table = html.partition('id="status-h"')[2].partition("</table>")[0]
    assert html.index('id="status-h"') < html.index("What the plan says of itself")
    for objective in Objective.objects.all():
        assert f'<a href="{objective.get_absolute_url()}">' in table
    assert re.findall(r'<td class="kt-num">(\d+)</td>', table) == ["2", "2", "2"]
    assert 'href="?section=standards"' in table


def test_it_counts_targets_and_claims_no_quiet_where_nothing_was_reported(reader):
    plan = paper(2)
    table = page_of(reader, plan).partition('id="status-h"')[2].partition("</table>")[0]
    assert ">Targets</th>" in table
    assert "No signal" not in table
    assert table.count("Nothing to read signals from.") == 3


def test_notes_are_folded_and_counted(reader):
    plan = paper(1)
    html = page_of(reader, plan, "?section=grouping-1")
    folded = re.search(r'<details class="kt-more".*?</details>', html, re.DOTALL)[0]
    count = int(re.search(r"(\d+) notes on the text", folded)[1])
    assert folded.count("<p>") == count > 2
    assert "kt-rownote" not in html
    marks = "".join(re.findall(r'<details class="kt-notemark">.*?</details>', html, re.DOTALL))
    assert marks.count("The text says two things") >= count


def test_each_id_stands_once_on_each_page(reader):
    plan = paper(3)
    for query in ("", *(f"?section={code}" for code in sections_of(page_of(reader, plan)))):
        found = re.findall(r'\sid="([^"]+)"', page_of(reader, plan, query))
        assert sorted(found) == sorted(set(found)), query


def test_every_row_says_where_it_stands_in_the_document(reader):
    plan = paper(1)
    other = PlanFactory().source_document
    plan.risks.update(source_document=other, source_section="Web page, 2")
    page = text_of(paper_of(reader, plan))
    assert f"Web page, 2, {other.title}" in page
    assert "no place recorded" not in page
    plan.risks.update(source_document=None, source_section="")
    assert "no place recorded" in page_of(reader, plan, "?section=risks")


def test_a_note_shows_at_every_row_it_touches(reader):
    html = paper_of(reader, paper(1))
    statements = len(PlanStatement.Kind.values)
    marks = re.findall(r'<details class="kt-notemark">.*?</details>', html, re.DOTALL)
    # Objective, outcome, two actions; risk, priority, figure, context; the measure at two promises
    # and at the figure reported of it; who meets when is there twice.
    shown = sum(mark.count("The text says two things") for mark in marks)
    assert shown == 4 + 4 + 3 + statements + 1


def test_a_note_on_every_action_of_the_table_is_printed_above_it_and_not_in_it(reader):
    plan = paper(2)
    shared, *rows = (
        noted(action, text="The quarters are read off a picture")
        for action in Action.objects.exclude(quarter="").order_by("pk")
    )
    for note in rows:
        note.links.update(note=shared)
    html = page_of(reader, plan, "?section=quarters")
    assert html.count("The quarters are read off a picture") == 2  # folded, and above the table
    assert html.rindex("The quarters are read off a picture") < html.index("Launch the model 1")


def test_the_pages_of_one_note_are_those_of_both_sides(reader):
    plan = paper(1)
    note = noted(plan.risks.get(), kind="arithmetic", text="It adds to something else")
    series = Series.objects.get()
    row = plan.finance_lines.get()
    note.links.create(object_type="measure", object_key=series.measure.code)
    note.links.create(object_type="finance", object_key=f"{plan.code}/{row.position}")
    for code in ("risks", "money", "observed", "standards", "grouping-1"):
        assert "It adds to something else" in page_of(reader, plan, f"?section={code}"), code
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
    html = page_of(reader, paper(1), "?section=risks&period=2019-06")
    assert "Waits 1 90.0 Off target" in text_of(html)


def test_it_takes_as_many_queries_for_twenty_rows_as_for_two(reader):
    few, many = paper(2), paper(20)
    recompute(stale_only=True, at=MOMENT)
    counts = []
    sections = ["", *(f"&section={code}" for code in sections_of(page_of(reader, few)))]
    for plan in (few, few, many):
        own = plan.get_absolute_url()
        for address in (
            f"{plan.objectives.first().get_absolute_url()}?period=2019-06",
            *(f"{own}?period=2019-06{section}" for section in sections),
        ):
            cache.clear()  # what is kept is kept by the minute
            forget()
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(address).status_code == 200
            counts.append(len(queries))
    each = len(sections) + 1
    assert counts[each : 2 * each] == counts[2 * each :]


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
    page = text_of(page_of(reader, plan, "?section=grouping-1"))
    assert page.count("Later on") == 1
    assert page.index("Later on") < page.index("Nobody leaves 2") < page.index("Nobody leaves 3")
