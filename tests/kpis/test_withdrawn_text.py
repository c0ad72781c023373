"""A name that somebody typed leaves every table, and every past moment; the act stays on record."""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from kpis.assessments.integrity import findings
from kpis.dated_changes import recalculation as rebasing
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.measures.load import measure_page
from kpis.models import Commentary, ReturnCell
from kpis.months import clock as periods
from kpis.withdrawals.words import find_text, withdraw_text
from strategy.models import CareGroup
from tests.factories.people import access, performance_team
from tests.factories.rows import row

pytestmark = pytest.mark.django_db
NAME = "Ermintrude Quillfeather"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def standing_in() -> list[str]:
    """Every table of the database that holds the name anywhere."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(NAME in str(row) for row in cursor.fetchall()):
                found.append(table)
    return found


def withdraw(scene, *tokens, why="names_a_person", by=None):
    by = by or scene.team
    return withdraw_text(tokens=tokens, why=why, by=by, access=access(by), at=scene.tick())


def shown(scene, known_at=None) -> str:
    page = measure_page(scene.calls.measure, scene.acute, now=scene.clock, known_at=known_at)
    return page.comments[0].row.what_happened if page.comments else ""


@pytest.fixture
def named(scene):
    """The name in every kind of text that the monthly round and its decisions take."""
    who = {"access": access(scene.team), "by": scene.team}
    scene.fill(comment=f"{NAME} fell", confirm_reason=f"because of {NAME}")
    scene.submit()
    scene.send_back(f"{NAME} was counted twice")
    scene.fill(calls="13", comment=f"{NAME} fell again", no_data_reason=f"{NAME} left")
    scene.submit()
    scene.approve()
    scene.fill(calls="14", comment="Fewer staff", change_reason=f"{NAME} is no case")
    scene.save((scene.ratio, 4, {"numerator": f"44 {NAME}", "denominator": "50"}))
    rebase = rebasing.add_rebase(
        series_id=scene.calls.pk,
        starts_on=date(2026, 5, 1),
        reason=f"{NAME} came",
        at=scene.tick(),
        **who,
    )
    rebasing.withdraw_rebase(
        rebase_id=rebase.pk,
        reason=f"{NAME} went, and much more was said of it " * 4,
        at=scene.tick(),
        **who,
    )
    periods.lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    periods.reopen_period(
        period_id=scene.period.pk, by=scene.team, at=scene.tick(), reason=f"{NAME} was missed"
    )
    group = CareGroup.objects.get(code="older")
    group.note = f"{NAME} leads"
    group.save()
    group.note = ""
    group.save()
    return scene


def test_a_name_leaves_every_table_row_history_draft_copy_and_record(named):
    before = standing_in()
    assert {
        "kpis_commentary",
        "kpis_actual",
        "kpis_decision",
        "kpis_returncell",
        "kpis_rebase",
        "kpis_historicalrebase",
        "accounts_auditreason",
        "accounts_rowcopy",
        "strategy_historicalcaregroup",
    } <= {*before, "kpis_actual"}
    assert "accounts_auditevent" not in before
    assert withdraw(named, *(place.token for place in find_text("quillfeather"))) > 10
    assert standing_in() == []
    assert find_text(NAME) == []
    assert [str(found) for found in findings() if found.kind in ("tampered", "history")] == []


@pytest.mark.parametrize(
    "field",
    [
        *("kpis.Succession.reason", "kpis.Benchmark.note", "cip.AllocationTransfer.reason"),
        *("cip.SchemeStage.reason", "cip.Deliverability.reason", "cip.TargetChange.reason"),
        *("cip.WeightChange.reason", "cip.Phasing.reason", "cip.QIADecision.conditions"),
        *("cip.QIAReopening.reason", "cip.QIAReview.findings"),
    ],
)
def test_a_name_leaves_whatever_else_people_write_freely(scene, field):
    label, _, name = field.rpartition(".")
    held = row(apps.get_model(label), **{name: f"{NAME} asked for it"})
    assert held._meta.db_table in standing_in()
    places = 2 if hasattr(held, "history") else 1  # with the library's history of it
    assert withdraw(scene, *(place.token for place in find_text(NAME))) == places
    assert standing_in() == []
    held.refresh_from_db()
    assert getattr(held, name) == ""
    assert [str(found) for found in findings() if found.kind in ("tampered", "history")] == []


def test_that_words_were_withdrawn_is_on_record_without_them(named):
    count = withdraw(named, *(place.token for place in find_text(NAME)))
    events = AuditEvent.objects.filter(action="words withdrawn")
    assert {event.by for event in events} == {named.team}
    assert sum(len(event.changes) - 1 for event in events) == count
    assert all(event.changes[-1]["new"] == "names_a_person" for event in events)


def test_the_same_words_go_together_and_others_stay(scene):
    scene.fill(comment=f"{NAME} fell")
    scene.submit()
    scene.approve()
    said = scene.clock
    comment = Commentary.objects.get(series=scene.calls)
    ReturnCell.objects.filter(series=scene.ratio).update(comment=f"{NAME} fell, they say")
    withdraw(scene, f"kpis.commentary.{comment.pk}.what_happened")
    assert list(Commentary.objects.values_list("what_happened", flat=True)) == ["", ""]
    assert ReturnCell.objects.get(series=scene.calls).comment == ""
    assert ReturnCell.objects.get(series=scene.ratio).comment == f"{NAME} fell, they say"
    assert (shown(scene), shown(scene, said)) == ("", "")


def test_a_code_says_why_and_someone_who_edits_plans_does_it(scene):
    scene.fill(comment=f"{NAME} fell")
    token = find_text(NAME)[0].token
    with pytest.raises(ChangeRefused, match="Choose why"):
        withdraw(scene, token, why=f"because {NAME} asked")
    with pytest.raises(ChangeRefused, match="Choose the words"):
        withdraw(scene, "kpis.actual.999.note")
    with pytest.raises(NotAllowed):
        withdraw(scene, token, by=scene.lead)
    with pytest.raises(ChangeRefused, match="at least 3"):
        find_text("Er")
    assert standing_in() != []


def test_what_a_definition_says_today_is_put_right_by_its_own_form(scene):
    group = CareGroup.objects.get(code="older")
    group.note = f"{NAME} leads"
    group.save()
    assert find_text(NAME) == []


def test_the_page_finds_the_words_and_empties_those_chosen(scene, client):
    scene.fill(comment=f"{NAME} fell")
    client.force_login(performance_team(), backend=BACKEND)
    address = reverse("kpis:text-withdrawal")
    page = client.post(address, {"action": "find", "words": NAME})
    assert f"{NAME} fell" in page.text
    token = find_text(NAME)[0].token
    refused = client.post(address, {"action": "withdraw", "place": token})
    assert (refused.status_code, "Choose why" in refused.text) == (409, True)
    done = client.post(
        address, {"action": "withdraw", "place": token, "why": "mistake"}, follow=True
    )
    assert "gone from 2 places" in done.text
    assert standing_in() == []


def test_a_comment_is_corrected_back_and_emptied_like_a_figure(scene):
    seen = []
    for number, words in enumerate(("A", "B", "A", ""), 12):
        scene.fill(calls=str(number), comment=words, change_reason=f"Again {number}")
        scene.submit()
        assert shown(scene) == (seen[-1][1] if seen else "")
        scene.approve()
        seen.append((scene.clock, words))
        assert shown(scene) == words
    assert [shown(scene, at) for at, _ in seen] == ["A", "B", "A", ""]
