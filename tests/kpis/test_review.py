"""The review of a return: what to look at first, corrections, and who may decide on what."""

from decimal import Decimal

import pytest
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.models import Actual, Decision, Return, ReturnCell
from kpis.returns.in_hand import find_return
from kpis.returns.review import Marks, review_page
from tests.factories.measures import TargetFactory, approved
from tests.factories.people import performance_team

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def year(scene):
    """A year of both measures: 12 calls or so a month, and 96% seen in time."""
    TargetFactory(measure=scene.ratio.measure, care_group=scene.trust.care_group)
    for back in range(1, 13):
        month = scene.period.month.plus(-back)
        approved(scene.calls, month, Decimal(12 + back % 2))
        approved(scene.ratio, month, Decimal(96), numerator=96, denominator=100)
    recompute(stale_only=False, at=scene.clock)
    return scene


@pytest.fixture
def team(client, scene):
    client.force_login(scene.team, backend=BACKEND)
    return client


def submit(scene, **figures):
    scene.fill(**figures)
    assert scene.submit() == []
    scene.submission.refresh_from_db()


def page_for(scene, reader=None, **more):
    submission = find_return(period=scene.period, care_group=scene.acute)
    return review_page(submission, reader=reader or scene.team, now=timezone.now(), **more)


def address(scene):
    return f"/returns/{scene.period.month}/acute/review/"


def send(client, scene, do="approve", version=None, **fields):
    scene.submission.refresh_from_db()
    sent = {"do": do, "version": version or scene.submission.version, **fields}
    return client.post(address(scene), sent, follow=True)


def test_what_is_unusual_or_changed_stands_on_top_with_what_was_said(year):
    text = {"calls": "90", "confirmed": True, "confirm_reason": "A new line was opened"}
    submit(year, numerator="45", denominator="50", **text)
    page = page_for(year)
    assert [(heading, [row.row.name for row in rows]) for heading, rows in page.table] == [
        (
            "Unusual: outside what earlier figures would lead us to expect (1)",
            ["Calls"],
        ),
        ("A comment is asked for, and none is here (1)", ["Seen"]),
    ]
    calls, seen = page.table[0][1][0], page.table[1][1][0]
    assert calls.flag.startswith("90 is unusual. From the last 12 months we would expect")
    assert "Check the figure" not in calls.flag
    (quote,) = calls.quotes
    assert (quote.words, quote.who) == (
        "A new line was opened",
        f"{year.lead}, who ticked “90 is right”",
    )
    assert "On target → off target." in seen.flag
    assert page.said_first == "2 of 2 figures are in."
    assert [words for _, words in page.looks] == [
        "1 is unusual",
        "1 has no comment where one is asked for",
    ]


def test_a_row_without_a_figure_says_why_and_the_rest_is_as_expected(year):
    year.save(
        (year.ratio, 0, {"numerator": "96", "denominator": "100"}),
        (year.calls, 0, {"no_data_reason": "System was down"}),
    )
    year.submit()
    page = page_for(year)
    assert [heading for heading, _ in page.table] == [
        "No figure (1)",
        "As expected: inside the usual range, no change of status (1)",
    ]
    assert page.table[0][1][0].quotes[0].words == "System was down"
    assert page.rest_words == "The other 1 is as expected."


def test_a_correction_stands_beside_the_approved_figure_with_reason_and_effect(year, client):
    submit(year, numerator="90", denominator="100")
    year.approve()
    version = ReturnCell.objects.get(series=year.ratio).version
    text = {"numerator": "97", "denominator": "100", "change_reason": "Seven more were found"}
    year.save((year.ratio, version, text))
    year.submit()
    # What is typed on top of it since is not what waits.
    year.save((year.ratio, version + 1, {**text, "numerator": "50"}))
    page = page_for(year, performance_team())
    client.force_login(performance_team(), backend=BACKEND)
    (row,) = page.corrections
    assert page.table == []
    assert (row.correction.approved_words, row.correction.proposed_words) == ("90.0%", "97.0%")
    assert row.correction.reason == "Seven more were found"
    assert row.approved_words == f"Approved 5 Oct 2026 by {year.team}"
    assert row.effects[0] == "+7.0 percentage points."
    assert "97.0%" in client.get(address(year)).text
    assert row.effects[1].startswith("Acute: 90.0% → 97.0%")
    assert row.effects[2].startswith("Whole trust: 90.0% → 97.0%")
    assert page.said_first == "1 row waits for a decision; the return is approved."


def test_corrections_are_decided_on_one_by_one(scene, team):
    submit(scene)
    scene.approve()
    cells = {cell.series_id: cell.version for cell in ReturnCell.objects.all()}
    why = {"change_reason": "Late data"}
    scene.save(
        (scene.calls, cells[scene.calls.pk], {"value": "15", **why}),
        (scene.ratio, cells[scene.ratio.pk], {"numerator": "47", "denominator": "50", **why}),
    )
    scene.submit()
    seen, calls = scene.ratio.pk, scene.calls.pk
    done = send(team, scene, do=f"approve-{calls}", back=[seen], **{f"why-{seen}": "All wards?"})
    assert "Approved: the correction of Calls." in done.text
    assert "All wards?" in done.text, "what was written for the other one stays"
    assert f"approve-{calls}" not in done.text
    assert {row.series_id: row.value for row in Actual.objects.current()} == {calls: 15, seen: 90}
    assert scene.status() == Return.Status.APPROVED


def test_nothing_that_the_reader_entered_is_offered(scene, client):
    scene.fill()
    scene.save((scene.calls, 1, {"value": "13"}), by=scene.team)
    scene.submit()
    page = page_for(scene)
    assert [row.row.name for row in page.own] == ["Calls"]
    assert page.own_words == "You entered Calls: somebody else decides on that."
    client.force_login(scene.team, backend=BACKEND)
    shown = client.get(address(scene)).text
    assert shown.count('name="back"') == 1
    assert "You entered it" in shown
    assert "Approved: Acute" in send(client, scene).text
    assert [row.series for row in Actual.objects.current()] == [scene.ratio]
    assert scene.status() == Return.Status.SUBMITTED
    submitter = performance_team()
    scene.fill(calls="14")
    scene.submit(by=submitter)
    page = page_for(scene, submitter)
    assert not page.may_decide
    assert "You submitted this return" in page.own_words


def test_marked_rows_go_back_with_their_reasons_and_the_others_are_approved(scene, team):
    submit(scene)
    key = scene.calls.pk
    done = send(team, scene, back=[key], **{f"why-{key}": "Nights too?"})
    assert "Sent back, with your reasons: 1 row of Acute Sep 2026. The others are approved." in (
        done.text
    )
    assert scene.status() == Return.Status.RETURNED
    assert Decision.objects.get(outcome="returned").reason == "Nights too?"
    assert [row.series for row in Actual.objects.current()] == [scene.ratio]


def test_rows_that_wait_while_others_went_back_can_be_reviewed(scene, team):
    submit(scene)
    scene.send_back(rows={scene.calls.pk: "Nights too?"})
    assert f'href="{address(scene)}"' in team.get(address(scene).replace("review/", "")).text
    assert "1 row waits for a decision; the return is returned." in team.get(address(scene)).text
    send(team, scene)
    assert [row.series for row in Actual.objects.current()] == [scene.ratio]
    assert f'href="{address(scene)}"' not in team.get(address(scene).replace("review/", "")).text


def test_rows_and_the_whole_go_back_only_with_a_reason(scene, team):
    submit(scene)
    key = scene.calls.pk
    for fields, words in (
        ({"do": "back"}, "Mark the rows that go back, or choose the whole return"),
        ({"do": "back", "scope": "all", "why": " "}, "Say why the return goes back"),
        ({"back": [key]}, "Calls: say what they should check"),
    ):
        shown = send(team, scene, **fields)
        assert shown.status_code == 200
        assert words in shown.text
    assert "checked" in shown.text.partition(f'value="{key}"')[2][:40]
    assert not Decision.objects.exists()
    send(team, scene, do="back", back=[key], why="Check the nights")
    assert ReturnCell.objects.get(series=scene.calls).returned_reason == "Check the nights"
    assert Decision.objects.count() == 1


def test_whoever_is_second_is_told_who_was_first_and_keeps_what_was_written(scene, team):
    submit(scene)
    seen = scene.submission.version
    other = performance_team(first_name="Priya")
    scene.send_back("Check the wards", by=other)
    late = send(team, scene, do="back", scope="all", why="My own words", version=seen)
    assert late.status_code == 409
    assert "Priya sent it back on 5 Oct 2026" in late.text
    assert "Nothing of this return waits for a decision. It is returned" in late.text
    assert Decision.objects.count() == 2
    submit(scene, calls="14")
    late = send(team, scene, do="back", scope="all", why="My own words", version=seen)
    assert f"{scene.lead} submitted it on 5 Oct 2026" in late.text
    assert "My own words" in late.text


def test_a_month_that_nobody_started_has_nothing_to_review(scene, team):
    Return.objects.all().delete()
    assert "Nothing of this return waits for a decision" in team.get(address(scene)).text
    assert team.post(address(scene), {"do": "approve", "version": "1"}).status_code == 409
    assert not Return.objects.exists()


def test_reading_a_review_asks_the_same_number_of_questions_however_long_it_is(
    scene, team, django_assert_max_num_queries
):
    submit(scene)
    with django_assert_max_num_queries(40):
        team.get(address(scene))


def test_marks_take_the_common_reason_where_a_row_has_none_of_its_own():
    marks = Marks(frozenset({1, 2}), {1: " own ", 2: " "}, " common ")
    assert (marks.reason_of(1), marks.reason_of(2)) == ("own", "common")
