"""Search from every page: what it finds, what it never finds, and that no text breaks it."""

import html
import re
from dataclasses import replace
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Capability, Role
from board.models import SearchEntry
from board.search.index import (
    SOURCES,
    changed_entries,
    put_up_after_migrating,
    take_away_before_migrating,
)
from board.search.words import sought
from kpis.models import Measure, MeasureChange, Target
from strategy.models import CareGroup, Objective, Outcome, Plan, PlanStatement
from tests.accounts.readers import BACKEND
from tests.factories.measures import MeasureFactory, TargetFactory
from tests.factories.people import person
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, OutcomeFactory, PlanFactory
from tests.factories.rows import row

ODD = [
    '"', '""', "'", "''", "”",
    "“ ”", "*", "**", "(", ")", "((", "AND", "OR", "NOT", "NEAR(", "a OR b",
    "title:seen", "^seen", "-seen", "seen AND (", "{seen}", "[seen]", "seen*", "*seen", "!seen",
    "seen & | !", "seen <-> ", "seen:*", "seen:ABCD", "\\", "\\'", "%", "%s", "_", "€", "😀", "é",
    "３", "ª", "ſeen", "İ", "a" * 200, "a " * 100, '"' * 200, "<b>", "&amp;", "3.9%", "< 3.9 %",
    "£1,250k",
    "; DROP TABLE board_searchentry; --", "\u202eseen", "seen\u00adin", "\ttab", "l’été", "1e400",
]  # fmt: skip


@pytest.fixture
def reader(client, place):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    return client


def found(reader, words: str, **more: str) -> str:
    """The page as text with its marked words, without head and forms."""
    response = reader.get("/search/", {"q": words, **more})
    assert response.status_code == 200, words
    return html.unescape(response.text.partition("<main")[2])


def links(page: str) -> list[str]:
    return re.findall(r'__title"><a href="([^"]*)"', page)


def entries() -> set[tuple]:
    names = (
        "source",
        "row_key",
        "code",
        "plan_key",
        "objective_key",
        "measure_key",
        "title",
        "text",
    )
    return set(SearchEntry.objects.values_list(*names))


@pytest.mark.django_db
def test_every_column_of_a_source_is_there():
    for source in SOURCES.values():
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, source.table)
        assert set(source.columns) <= {column.name for column in described}, source.name


def test_whatever_writes_a_row_writes_its_entry(place):
    """The entries equal those written from scratch, after forms, bulk writes and plain SQL."""
    objective = Objective.objects.get()
    Measure.objects.update(owner="Another post")
    Objective.objects.filter(pk=objective.pk).update(title="Unheard of")
    Outcome.objects.bulk_create(
        [Outcome(objective=objective, position=n, statement=f"Outcome {n}") for n in (7, 8)]
    )
    CareGroup.objects.filter(code="acute").update(name="Acute care")
    statement = row(PlanStatement, plan=place.world.plan, kind="value", text="Openness")
    gone = row(PlanStatement, plan=place.world.plan, kind="value", text="Gone", position=9)
    gone.delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE strategy_planstatement SET text = 'Candour' WHERE position = %s", [1]
        )
        cursor.execute("DELETE FROM strategy_outcome WHERE position = 8")
    Plan.objects.filter(pk=place.world.plan.pk).update(values=["Respect", "Kindness"])
    with transaction.atomic():
        Objective.objects.update(title="Never written")
        transaction.set_rollback(True)
    kept = entries()
    assert {title for source, *_, title, _ in kept if source == "objective"} == {"Unheard of"}
    assert any("Respect\nKindness" in text for *_, text in kept)
    assert not any(key == statement.pk and text == "Gone" for _, key, *_, text in kept)
    put_up_after_migrating(using="default")
    assert entries() == kept


def test_a_migration_takes_the_triggers_away_and_puts_them_up_again(place):
    take_away_before_migrating(using="default")
    CareGroup.objects.filter(code="acute").update(name="Not noticed")
    assert not SearchEntry.objects.filter(title="Not noticed").exists()
    put_up_after_migrating(using="default")
    assert SearchEntry.objects.filter(title="Not noticed").exists()
    CareGroup.objects.filter(code="acute").update(name="Noticed")
    assert SearchEntry.objects.get(source="care_group", code="acute").title == "Noticed"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE board_searchentry SET title = 'Another' WHERE {entry}",
        "UPDATE board_searchentry SET measure_key = 0 WHERE {entry}",
        "DELETE FROM board_searchentry WHERE {entry}",
        "UPDATE board_searchentry SET source = 'other' WHERE {entry}",
        "INSERT INTO board_searchentry (source, row_key, code, title, text, place) "
        "SELECT source, row_key + 1000, code, title, text, place FROM board_searchentry "
        "WHERE {entry}",
    ],
)
def test_an_entry_that_is_not_that_of_its_row_is_found_by_the_check(place, statement):
    assert list(changed_entries()) == []
    entry = SearchEntry.objects.filter(source="target").first()
    where = f"id = {entry.pk}"
    with connection.cursor() as cursor:
        cursor.execute(statement.format(entry=where))
        assert cursor.rowcount == 1
    assert any(what.startswith(("target ", "other ")) for what in changed_entries())
    with pytest.raises(CommandError):
        call_command("check_data")


def test_things_of_every_kind_are_found_and_the_counts_add_up(reader, place):
    plan = place.world.plan
    row(PlanStatement, plan=plan, kind="value", title="Waiting", text="Nobody waits unseen.")
    MeasureFactory(code="waits", name="Waits", definition="How long people wait.")
    ambition = AmbitionFactory(plan=plan, position=2, number="2", title="Shorter waits")
    objective = ObjectiveFactory(ambition=ambition, reference="2.1", title="End long waiting")
    OutcomeFactory(objective=objective, position=1, statement="No wait is over a year.")
    TargetFactory(
        code="w",
        plan=plan,
        objective=objective,
        statement="Waits fall by 10%",
        measure=None,
        value=None,
    )
    page = found(reader, "waiting")
    assert (
        "“waiting” is in 1 measure, 1 promise, 2 objectives and ambitions and 2 plan texts." in page
    )
    at = f"/plans/{plan.code}"
    assert links(page)[:2] == ["/measures/waits/", f"{at}/objectives/2.1/"]
    assert set(links(page)[2:4]) == {f"{at}/ambitions/2/", f"{at}/objectives/2.1/"}
    (text,) = set(links(page)[4:]) - {f"{at}/objectives/2.1/"}
    assert text.startswith(f"{at}/?section=says-")
    assert f'id="{text.partition("#")[2]}"' in reader.get(text).text
    assert "<mark>Waits</mark> fall by 10%" in page
    of_kind = found(reader, "waiting", kind="text")
    assert len(links(of_kind)) == 2
    assert 'href="/search/?q=waiting"' in of_kind


def test_what_is_called_so_comes_before_what_only_says_so(reader, place):
    MeasureFactory(code="one", name="Something else", definition="It says falls, falls and falls.")
    MeasureFactory(code="two", name="Falls")
    assert links(found(reader, "falls", kind="measure")) == ["/measures/two/", "/measures/one/"]


def test_words_go_on_and_stand_in_other_forms_phrases_stand_as_they_are(reader, place):
    MeasureFactory(code="stay", name="Length of stay", definition="Days on the wards.")
    MeasureFactory(code="staying", name="Staying well", definition="Of any length.")
    both = {"/measures/stay/", "/measures/staying/"}
    assert set(links(found(reader, "length stay", kind="measure"))) == both
    assert set(links(found(reader, "stays LENG", kind="measure"))) == both
    assert links(found(reader, "“length of stay”", kind="measure")) == ["/measures/stay/"]
    assert links(found(reader, "ward days", kind="measure")) == ["/measures/stay/"]
    assert links(found(reader, "the length of a stay on wards", kind="measure")) == [
        "/measures/stay/"
    ]
    some = found(reader, "wards xylophone")
    assert "Nothing holds all of “wards xylophone”. Some of the words are in 1 measure." in some


def test_more_than_fit_are_counted_and_a_page_of_their_own_away(reader, place):
    for number in range(45):
        MeasureFactory(code=f"m{number}", name=f"Admissions {number}")
    page = found(reader, "admissions")
    assert len(links(page)) == 6
    assert '<a href="/search/?q=admissions&kind=measure">All 45 measures</a>' in page
    first, second = (found(reader, "admissions", kind="measure", page=n) for n in ("1", "2"))
    assert len(links(first)) == 40
    assert len(links(second)) == 5
    assert not set(links(first)) & set(links(second))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Nothing is searched for yet"),
        ("the of and", "Not looked for: “the”, “of”, “and”."),
        ("***", "There are no letters or figures in it."),
        ("xylophone", "No text holds any of these words."),
    ],
)
def test_nothing_found_says_why_and_what_to_do(reader, typed, said):
    assert said in found(reader, typed)


def test_no_text_is_a_fault(reader):
    for typed in ODD:
        found(reader, typed)
    assert SearchEntry.objects.exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_whatever_is_typed_is_answered(reader, typed):
    assert reader.get("/search/", {"q": typed}).status_code in (200, 400)


def test_what_is_typed_and_what_is_found_are_only_words(reader, place):
    MeasureFactory(code="script", name="<script>alert(1)</script> & co")
    page = reader.get("/search/", {"q": "<script>alert"}).text
    assert "<mark>" in page
    plain = page.replace("<mark>", "").replace("</mark>", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in plain
    assert "<script>alert" not in page


def test_what_a_reader_may_not_open_is_not_found(client, place, monkeypatch):
    guarded = replace(SOURCES["measure"], needs=Capability.EDIT_PLANS)
    monkeypatch.setitem(SOURCES, "measure", guarded)
    for role, count in ((Role.BOARD_MEMBER, 0), (Role.PERFORMANCE_TEAM, 1)):
        client.force_login(person(role), backend=BACKEND)
        assert len(links(found(client, "seen", kind="measure"))) == count


def test_a_measure_is_found_by_its_new_wording_once_that_is_approved(reader, place):
    measure = Measure.objects.get()
    change = row(
        MeasureChange, measure=measure, field="definition", old="x", new="Seen by a paramedic"
    )
    assert links(found(reader, "paramedic")) == []
    MeasureChange.objects.filter(pk=change.pk).update(
        outcome="approved", decided_at=timezone.now(), decided_by=person(Role.PERFORMANCE_TEAM)
    )
    page = found(reader, "paramedic")
    assert links(page) == ["/measures/seen-in-time/"]
    assert "Seen by a <mark>paramedic</mark>" in page
    assert links(found(reader, "paramedic", as_at="2025-08-01")) == []


def test_what_was_not_known_then_is_left_out_and_links_keep_the_moment(reader, place):
    later = PlanFactory(code="later", title="Later", published_on=date(2025, 9, 1))
    ambition = AmbitionFactory(plan=later, position=1, title="Newcomers")
    ObjectiveFactory(ambition=ambition, reference="1.1", title="Newcomers first")
    assert len(links(found(reader, "newcomers"))) == 2
    then = found(reader, "newcomers", as_at="2025-08-01")
    assert links(then) == []
    assert "Nothing found for “newcomers”" in then
    assert Target.objects.exists()
    (seen,) = links(found(reader, "seen", kind="measure", as_at="2025-08-01"))
    assert seen == "/measures/seen-in-time/?as_at=2025-08-01"


def test_every_page_has_the_box_and_carries_the_moment(reader, place):
    for address in ("/", "/measures/", "/plans/", "/measures/seen-in-time/", "/nowhere/"):
        page = reader.get(address).text
        box = page.partition('role="search"')[2].partition("</form>")[0]
        assert 'name="q"' in box, address
        assert "<label" in box, address
    then = reader.get("/measures/?as_at=2025-08-01&q=seen").text
    box = then.partition('role="search"')[2].partition("</form>")[0]
    assert 'name="as_at" value="2025-08-01"' in box
    reader.logout()
    assert 'role="search"' not in reader.get("/accounts/sign-in/").text


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("sickness Absence", [("sickness",), ("absence",)]),
        ("“length of stay” acute", [("length", "of", "stay"), ("acute",)]),
        ("the trust’s 3.9%", [("trust",), ("3", "9")]),
        ("seen seen", [("seen",)]),
    ],
)
def test_what_is_typed_is_read_as_words_and_phrases(typed, terms):
    assert [term.words for term in sought(typed).terms] == terms
