"""The administration: who sees which rows, who edits them, and what stays on record."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.administration.fields import system_fields
from accounts.administration.helping import OF, help_of
from accounts.administration.site import AuditedAdmin, ReadOnlyAdmin
from accounts.administration.tasks import TASKS
from accounts.models import AuditEvent
from accounts.roles import Capability, Role, Scope
from tests.accounts.administering import (
    ANOTHER,
    DOCUMENTED,
    EDITABLE,
    address,
    editor,
    form_of,
    some_row,
)
from tests.accounts.readers import BACKEND, KINDS, administration_routes, reader
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, PlanFactory
from tests.factories.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def concrete(route: str) -> str:
    """An address of the administration with a value for each parameter."""
    app = "(?P<app_label>accounts|axes|strategy|kpis|cip|board)"
    for part, value in ((app, "strategy"), ("(?P<url>.*)", "nothing"), ("([^/]+)", "1")):
        route = route.replace(part, value)
    return re.sub(r"<\w+>", "1", route).replace("^", "").rstrip("$")


def test_the_documented_rows_are_those_of_the_administration():
    found = {}
    for model, page in admin.site._registry.items():
        assert isinstance(page, AuditedAdmin), model
        edits = "–" if isinstance(page, ReadOnlyAdmin) else page.edited_with.value
        if page.editable:
            edits += ", its notes alone"
        elif "has_add_permission" in vars(type(page)):
            edits += ", none is added"
        found[model._meta.label] = edits
    assert found == DOCUMENTED
    assert set(ANOTHER) == set(EDITABLE)


# One guard protects all of it, so one signed-out and one signed-in reader try every address.
EVERYWHERE = ("nobody", "care_group_lead")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "every role"])
def test_every_address_of_it_is_closed_to_those_who_edit_nothing(kind):
    someone = reader(kind, CareGroupFactory())
    may = any(
        someone.scope(capability) is not Scope.NONE
        for capability in (Capability.EDIT_PLANS, Capability.ADMINISTER_USERS)
    )
    routes = administration_routes()
    for route in routes if kind in EVERYWHERE else routes[::10]:
        at = concrete(route)
        if may:
            assert someone.client.generic("TRACE", at).status_code == 405, at
            continue
        response = someone.client.get(at)
        if someone.is_signed_in:
            assert response.status_code == 403, at
            if kind == "care_group_lead":
                assert someone.client.post(at).status_code == 403, at
        else:
            sign_in = f"/accounts/sign-in/?next={at.replace('login/', '')}"
            assert response.status_code == 302, at
            assert response["Location"] in (sign_in, "/admin/login/?next=" + at), at


@pytest.mark.parametrize(
    "at",
    ["x/", "x/history/", "x/history/1/", "0/history/", "9%2E5/history/", "9" * 30 + "/history/"],
)
def test_a_row_that_is_not_there_is_not_found_and_its_history_neither(at):
    team = reader("performance_team", CareGroupFactory())
    plan = PlanFactory()
    address = f"/admin/strategy/plan/{at}"
    assert team.client.get(address, follow=True).status_code == (404 if "history" in at else 200)
    assert team.client.get(f"/admin/strategy/plan/{plan.pk}/history/x/").status_code == 404


def test_signing_in_leads_back_to_the_administration(client):
    someone = person(Role.PERFORMANCE_TEAM)
    someone.set_password("the old one of mine")
    someone.save()
    page = client.get("/admin/strategy/plan/", follow=True)
    typed = {"username": someone.username, "password": "the old one of mine"}
    page = client.post(
        page.request["PATH_INFO"], {**typed, "next": page.context["next"]}, follow=True
    )
    assert page.request["PATH_INFO"] == "/admin/strategy/plan/"
    assert page.status_code == 200
    again = client.get("/admin/login/?next=/admin/strategy/plan/", follow=True)
    assert again.request["PATH_INFO"] == "/admin/strategy/plan/"
    elsewhere = client.get("/admin/login/?next=https://elsewhere.example/")
    assert elsewhere["Location"] == "/admin/"


@pytest.mark.parametrize("role", [Role.PERFORMANCE_TEAM, Role.ADMINISTRATOR])
@pytest.mark.parametrize("label", DOCUMENTED)
def test_both_roles_see_every_row_and_edit_what_is_theirs(client, label, role):
    client.force_login(person(role), backend=BACKEND)
    held = some_row(label)
    edits = DOCUMENTED[label].startswith("edit_plans") or (
        role is Role.ADMINISTRATOR and DOCUMENTED[label] == "administer_users"
    )
    for page in (
        address(label, "changelist"),
        address(label, "change", held.pk),
        address(label, "history", held.pk),
    ):
        assert client.get(page).status_code == 200, page
    assert ("_save" in client.get(address(label, "change", held.pk)).text) == edits
    can_add = edits and not re.search("notes alone|none is added", DOCUMENTED[label])
    assert client.get(address(label, "add")).status_code == (200 if can_add else 403)
    assert client.get(address(label, "delete", held.pk)).status_code == 403
    assert client.post(address(label, "delete", held.pk), {"post": "yes"}).status_code == 403
    if not edits:
        events = AuditEvent.objects.count()
        assert client.post(address(label, "change", held.pk), {}).status_code == 403
        assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("label", EDITABLE)
def test_a_save_leaves_its_audit_row_with_what_was_changed(client, label):
    by = editor(client, label)
    held = some_row(label)
    page = address(label, "change", held.pk)
    field, value = ANOTHER[label]
    data = form_of(client.get(page))
    before = AuditEvent.objects.count()
    response = client.post(page, {**data, "reason": "It is so", field: value})
    assert response.status_code == 302, response.context["adminform"].form.errors
    event = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == before + 1
    assert (event.by, event.action, event.door) == (by, "changed", "page")
    assert event.object_type == label.lower()
    assert event.request_id == response["X-Request-ID"]
    assert len(event.changes) == 1, event.changes
    (change,) = event.changes
    assert change["field"] == field.removesuffix("_0")
    assert change["old"] != change["new"]
    # For words longer than a line, the row says that they changed, and not what they were.
    is_words = isinstance(held._meta.get_field(change["field"]), models.TextField)
    assert change["new"] in ("(text)", "(other text)") if is_words else value in change["new"]


@pytest.mark.parametrize("label", EDITABLE)
def test_a_save_that_changes_nothing_leaves_no_record(client, label):
    editor(client, label)
    held = some_row(label)
    page = address(label, "change", held.pk)
    assert client.post(page, form_of(client.get(page))).status_code == 302
    assert not AuditEvent.objects.exists()


def test_a_save_that_fails_leaves_neither_the_change_nor_the_record(client, monkeypatch):
    editor(client, "strategy.Committee")
    held = some_row("strategy.Committee")
    page = address("strategy.Committee", "change", held.pk)
    data = form_of(client.get(page))

    def fails(*args):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(AuditedAdmin, "after_save", fails)
    client.raise_request_exception = False
    assert client.post(page, {**data, "name": "Another"}).status_code == 500
    held.refresh_from_db()
    assert held.name != "Another"
    assert not AuditEvent.objects.exists()


def test_every_kind_of_row_has_its_task_and_its_words(client):
    labels = [label for task in TASKS for label in task.rows]
    assert len(labels) == len(set(labels))
    assert set(labels) == set(DOCUMENTED)
    editor(client, "strategy.Plan")
    page = client.get("/admin/").content.decode()
    for task in TASKS:
        assert escape(task.title) in page
        assert escape(task.help) in page
        assert all(escape(words) in page for words in task.rows.values())


@pytest.mark.parametrize("role", [Role.PERFORMANCE_TEAM, Role.ADMINISTRATOR])
def test_the_tasks_lead_only_to_pages_that_the_reader_may_open(client, role):
    client.force_login(person(role))
    pages = [page for task in client.get("/admin/").context["app_list"] for page in task["pages"]]
    assert pages
    assert {words: client.get(url).status_code for words, url in pages} == {
        words: 200 for words, _ in pages
    }
    assert ("People" in dict(pages)) is (role is Role.ADMINISTRATOR)


def test_an_earlier_state_is_looked_at_and_not_brought_back(client):
    editor(client, "strategy.Plan")
    plan = some_row("strategy.Plan")
    earlier = plan.history.latest()
    plan.title = "Another"
    plan.save()
    page = f"/admin/strategy/plan/{plan.pk}/history/{earlier.pk}/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"title": "Back"}).status_code == 403
    plan.refresh_from_db()
    assert plan.title == "Another"


def test_what_a_target_asks_for_is_not_changed_here(client):
    editor(client, "kpis.Target")
    target = some_row("kpis.Target")
    page = address("kpis.Target", "change", target.pk)
    data = form_of(client.get(page))
    assert set(data) == {"interpretation_note", "base"}
    posted = {
        **data,
        "interpretation_note": "Read so",
        "value": "1",
        "operator": "le",
        "statement": "x",
    }
    assert client.post(page, posted).status_code == 302
    before = (target.value, target.operator, target.statement)
    target.refresh_from_db()
    assert (target.value, target.operator, target.statement) == before
    assert target.interpretation_note == "Read so"


@pytest.mark.parametrize(
    ("label", "names"),
    [("kpis.Series", {"measure", "care_group"})],
)
def test_what_a_row_is_about_is_chosen_once(client, label, names):
    """Else the figures it was about before would keep what was worked out with it."""
    client.force_login(person(Role.ADMINISTRATOR), backend=BACKEND)
    thing = some_row(label)
    name = thing._meta.model_name
    added = client.get(reverse(f"admin:kpis_{name}_add")).context["adminform"].form.fields
    changed = client.get(reverse(f"admin:kpis_{name}_change", args=[thing.pk]))
    assert names <= set(added)
    assert names.isdisjoint(changed.context["adminform"].form.fields)


def test_a_change_of_a_measure_makes_its_series_stale(client):
    editor(client, "kpis.Measure")
    series = some_row("kpis.Series")
    page = address("kpis.Measure", "change", series.measure_id)
    data = form_of(client.get(page))
    version = series.data_version
    assert client.post(page, {**data, "decimals": "2"}).status_code == 302
    series.refresh_from_db()
    assert series.data_version > version


def test_the_audit_record_is_searched_by_day(client):
    client.force_login(person(Role.ADMINISTRATOR), backend=BACKEND)
    row(AuditEvent, at=timezone.now(), object_key="the row that was changed")
    page = client.get("/admin/accounts/auditevent/?q=was+changed")
    assert "the row that was changed" in page.text


def test_every_box_says_what_it_is_for():
    """Of the rows that are edited here; the library's own rows are only read."""
    silent = []
    for model, found in admin.site._registry.items():
        if isinstance(found, ReadOnlyAdmin) or model._meta.app_label == "axes":
            continue
        servers = set(system_fields(model, typed=found.typed))
        for column in (*model._meta.fields, *model._meta.many_to_many):
            is_box = column.editable and not column.primary_key and column.name not in servers
            if found.editable and column.name not in found.editable:
                continue
            if is_box and not (column.help_text or help_of(model._meta.label, column.name)):
                silent.append(f"{model._meta.label}.{column.name}")
    assert silent == []
    kinds = {model._meta.label: model for model in apps.get_models()}
    for label, words in OF.items():
        assert set(words) <= {column.name for column in kinds[label]._meta.get_fields()}


def test_a_form_shows_what_its_boxes_are_for(client):
    editor(client, "kpis.Measure")
    page = client.get(address("kpis.Measure", "add")).content.decode()
    assert "A return refuses less." in page
    assert "The committees that read it." in page
