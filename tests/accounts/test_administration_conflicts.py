"""Two people edit one row of the administration; what the server records, nobody can type."""

import html
from datetime import UTC, date, datetime

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, RoleGrant, User
from accounts.roles import Role
from kpis.models import Rebase
from strategy.models import Committee
from tests.accounts.administering import (
    ANOTHER,
    DOCUMENTED,
    EDITABLE,
    address,
    form_of,
    some_row,
)
from tests.accounts.readers import BACKEND
from tests.factories.measures import SeriesFactory
from tests.factories.people import UserFactory, access, person
from tests.factories.rows import MOMENT

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# The other value that a second person types into the same box.
A_THIRD = {"2099-04-01": "2098-04-01", "published": "roll_up", "2024-02-01": "2024-03-01"}
# Rows with a box for every column.
ASKS_ALL = {
    *("strategy.TrustName", "strategy.Committee", "strategy.SourceDocument", "strategy.Note"),
    *("cip.Programme", "cip.Allocation"),
}
# Moments and people that may be typed, because the row is about them.
ABOUT = {
    ("board.BoardMeeting", "data_cut_off"),
    ("strategy.Membership", "user"),
    ("strategy.PostHolding", "user"),
}


class Editor:
    """Somebody with one row's form open in a browser."""

    def __init__(self, label: str, row, who: User | None = None, **name):
        self.who = who or person(Role.ADMINISTRATOR, Role.PERFORMANCE_TEAM, **name)
        self.client = Client()
        self.client.force_login(self.who, backend=BACKEND)
        self.page = address(label, "change", row.pk)
        response = self.client.get(self.page)
        self.data = {**form_of(response), "reason": "It is so"}
        assert f'name="base" value="{self.data["base"]}"' in response.content.decode()

    def save(self, **boxes) -> "Editor":
        self.response = self.client.post(self.page, {**self.data, **boxes})
        if self.status != 302:
            self.text = html.unescape(self.response.content.decode())
            self.data = {**form_of(self.response), "reason": "It is so"}
        return self

    @property
    def status(self) -> int:
        return self.response.status_code


def stored(row) -> dict:
    return type(row).objects.filter(pk=row.pk).values().get()


@pytest.mark.parametrize("label", EDITABLE)
def test_of_two_who_change_one_box_the_second_sees_both_and_changes_nothing(label):
    row = some_row(label)
    one = Editor(label, row, first_name="Amara")
    two = Editor(label, row, first_name="Owen")
    box, value = ANOTHER[label]
    third = A_THIRD.get(value, "A third")
    assert one.save(**{box: value}).status == 302
    kept, events = stored(row), AuditEvent.objects.count()
    assert two.save(**{box: third}).status == 409
    assert (stored(row), AuditEvent.objects.count()) == (kept, events)
    assert "Amara saved “" in two.text
    assert ", while you were typing. You typed “" in two.text
    if value not in A_THIRD:
        assert "saved “Another” on" in two.text
        assert "You typed “A third”" in two.text
    assert two.data[box] == third
    assert two.save().status == 302
    assert stored(row) != kept
    event = AuditEvent.objects.latest("pk")
    assert (event.by, len(event.changes)) == (two.who, 1)


@pytest.mark.parametrize(
    ("label", "mine", "theirs"),
    [
        ("strategy.Plan", "short_title", "dates_note"),
        ("strategy.CareGroup", "name", "note"),
        ("kpis.Measure", "name", "data_source"),
        ("cip.Programme", "title", "statement"),
        ("accounts.User", "last_name", "first_name"),
    ],
)
def test_a_box_that_was_not_touched_takes_what_was_saved_since(label, mine, theirs):
    row = some_row(label)
    one, two = Editor(label, row), Editor(label, row)
    assert one.save(**{theirs: "Another"}).status == 302
    assert two.save(**{mine: "A third"}).status == 302
    row.refresh_from_db()
    assert (getattr(row, mine), getattr(row, theirs)) == ("A third", "Another")
    assert [change["field"] for change in AuditEvent.objects.latest("pk").changes] == [mine]


def test_after_a_conflict_the_boxes_not_touched_hold_what_is_newest():
    row = some_row("strategy.Plan")
    one, two = Editor("strategy.Plan", row), Editor("strategy.Plan", row)
    one.save(short_title="Another", dates_note="By the board", ends_on="2098-03-31")
    assert two.save(short_title="A third").status == 409
    assert two.data["dates_note"] == "By the board"
    assert two.save().status == 302
    row.refresh_from_db()
    assert (row.short_title, row.dates_note, row.ends_on) == (
        "A third",
        "By the board",
        date(2098, 3, 31),
    )


def test_ones_own_other_tab_is_called_that():
    row = some_row("strategy.Plan")
    one = Editor("strategy.Plan", row)
    two = Editor("strategy.Plan", row, one.who)
    one.save(short_title="Another")
    assert two.save(short_title="A third").status == 409
    assert "You saved “Another” in another tab on" in two.text


def test_what_was_saved_outside_the_administration_is_a_conflict_too():
    row = some_row("strategy.CareGroup")
    late = Editor("strategy.CareGroup", row)
    row.name = "Another"
    row.save()
    assert late.save(name="A third").status == 409
    assert "saved “Another” on" in late.text


@pytest.mark.parametrize("how", ["left out", "empty", "altered", "of another row", "old"])
def test_a_form_that_lies_about_what_it_was_based_on_overwrites_nothing(how):
    row = some_row("strategy.Plan")
    two = Editor("strategy.Plan", row)
    other = Editor("strategy.Plan", some_row("strategy.Plan"))
    Editor("strategy.Plan", row).save(short_title="Another")
    base = two.data["base"]
    lies = {"empty": "", "altered": base[:-1] + "xy", "of another row": other.data["base"]}
    two.data["base"] = lies.get(how, base)
    if how == "left out":
        del two.data["base"]
    assert two.save(short_title="A third").status == 409
    row.refresh_from_db()
    assert row.short_title == "Another"


def test_a_role_that_two_people_end_on_different_days_is_asked_about():
    someone = UserFactory(date_joined=MOMENT)
    grant = RoleGrant.objects.create(user=someone, role="analyst", starts_on=date(2026, 4, 1))
    one = Editor("accounts.User", someone, first_name="Amara")
    two = Editor("accounts.User", someone)
    assert 'name="role_grants-0-base"' in two.client.get(two.page).content.decode()
    assert one.save(**{"role_grants-0-ends_on": "2026-05-01"}).status == 302
    assert two.save(**{"role_grants-0-ends_on": "2026-06-01"}).status == 409
    assert "Amara saved “1 May 2026” on" in two.text
    grant.refresh_from_db()
    assert grant.ends_on == date(2026, 5, 1)
    assert two.save().status == 302
    grant.refresh_from_db()
    assert grant.ends_on == date(2026, 6, 1)


def test_a_role_says_who_gave_it_whatever_the_form_says():
    someone = UserFactory(date_joined=MOMENT)
    other = UserFactory()
    by = Editor("accounts.User", someone)
    new = {"role": "analyst", "starts_on": "2026-04-01", "granted_by": other.pk}
    boxes = {f"role_grants-0-{name}": value for name, value in new.items()}
    assert by.save(**boxes, **{"role_grants-TOTAL_FORMS": "1"}).status == 302
    assert RoleGrant.objects.get(user=someone).granted_by == by.who


def test_the_second_to_add_the_same_row_is_told_so_not_shown_a_fault(client, monkeypatch):
    """Both forms were checked before either was saved."""
    client.force_login(person(Role.PERFORMANCE_TEAM), backend=BACKEND)
    Committee.objects.create(code="quality", name="Quality")
    checks = iter([lambda *args, **kwargs: None])
    inner = Committee.validate_unique
    monkeypatch.setattr(
        Committee, "validate_unique", lambda *args, **kwargs: next(checks, inner)(*args, **kwargs)
    )
    monkeypatch.setattr(Committee, "validate_constraints", lambda *args, **kwargs: None)
    page = address("strategy.Committee", "add")
    response = client.post(page, {"code": "quality", "name": "Quality again"})
    assert response.status_code == 200
    assert "already exists" in response.content.decode()
    assert Committee.objects.count() == 1
    assert not AuditEvent.objects.exists()


def forms_of(label: str):
    """The forms of a kind of row, to add and to change, and of the rows on its page."""
    page = next(page for model, page in admin.site._registry.items() if model._meta.label == label)
    request = RequestFactory().get("/")
    request.user = person(Role.ADMINISTRATOR, Role.PERFORMANCE_TEAM)
    request.access = access(request.user)
    row = some_row(label)
    for thing in (None, row):
        yield page.model, page.get_form(request, thing, change=thing is not None)
        for inline in page.get_inline_instances(request, thing):
            yield inline.model, inline.get_formset(request, thing).form


@pytest.mark.parametrize("label", DOCUMENTED)
def test_who_and_when_are_the_servers_to_say_on_every_form(label):
    for model, form in forms_of(label):
        for name in form.base_fields:
            if name == "base" or (model._meta.label, name) in ABOUT:
                continue
            try:
                field = model._meta.get_field(name)
            except FieldDoesNotExist:
                continue  # a box of the form alone, such as a second password
            assert not isinstance(field, models.DateTimeField), name
            assert field.related_model is not User, name
            assert "version" not in name, name
            assert not name.startswith(("is_illustrative", "recorded", "withdrawn")), name


def typed_for(column: models.Field, value) -> dict[str, str]:
    """Boxes with another value for a column, by each name that a form could give them."""
    name = column.name
    if isinstance(column, models.DateTimeField):
        return {name: "2031-02-01 09:00", f"{name}_0": "2031-02-01", f"{name}_1": "09:00:00"}
    if isinstance(column, models.DateField):
        return {name: "2031-02-01"}
    if isinstance(column, models.BooleanField):
        return {name: "" if value else "on"}
    if isinstance(column, models.ForeignKey):
        other = column.related_model._base_manager.exclude(pk=value).first()
        return {name: str(other.pk)} if other else {}
    if isinstance(column, models.DecimalField | models.IntegerField):
        return {name: str((value or 0) + 1)}
    return {name: next((str(key) for key, _ in column.flatchoices if key != value), "other")}


@pytest.mark.parametrize("label", EDITABLE)
def test_what_a_form_does_not_ask_cannot_be_typed_into_it(label):
    """A column without a box keeps its value though a box of that name is sent, one at a time."""
    UserFactory()
    row = some_row(label)
    editor = Editor(label, row)
    shown = set(editor.client.get(editor.page).context["adminform"].form.fields)
    unasked = [c for c in row._meta.concrete_fields if c.name not in shown and not c.primary_key]
    assert bool(unasked) != (label in ASKS_ALL)
    before = stored(row)
    for column in unasked:
        for box, text in typed_for(column, before[column.attname]).items():
            editor.data[box] = text
    name, value = ANOTHER[label]
    assert editor.save(**{name: value}).status == 302
    after = stored(row)
    counted = {"version"} | set(getattr(type(row), "COUNTED", ()))
    changed = {c.name for c in unasked if before[c.attname] != after[c.attname]} - counted
    assert changed == set()
    if "version" in before:
        assert after["version"] == before["version"] + 1


@pytest.mark.parametrize("label", DOCUMENTED)
def test_no_row_is_deleted_and_none_added_where_that_is_not_offered(label):
    row = some_row(label)
    client = Client()
    client.force_login(person(Role.ADMINISTRATOR, Role.PERFORMANCE_TEAM), backend=BACKEND)
    model = type(row)
    count = model._base_manager.count()
    assert client.post(address(label, "delete", row.pk), {"post": "yes"}).status_code == 403
    client.post(
        address(label, "changelist"),
        {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"},
    )
    assert model._base_manager.count() == count
    page = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = person(Role.ADMINISTRATOR, Role.PERFORMANCE_TEAM)
    request.access = access(request.user)
    if not page.has_add_permission(request):
        assert client.post(address(label, "add"), {}).status_code == 403
        assert model._base_manager.count() == count
    if label not in EDITABLE:
        before = stored(row)
        boxes = {}
        for column in row._meta.concrete_fields:
            boxes |= typed_for(column, before[column.attname])
        assert client.post(address(label, "change", row.pk), boxes).status_code == 403
        assert stored(row) == before


def test_nothing_is_saved_from_a_list_or_for_many_rows_at_once():
    """Such a form would not say which state of the rows it was based on."""
    request = RequestFactory().get("/")
    request.user = person(Role.ADMINISTRATOR, Role.PERFORMANCE_TEAM)
    request.access = access(request.user)
    for model, page in admin.site._registry.items():
        assert not page.list_editable, model
        assert not page.get_actions(request), model


def test_a_recalculation_is_recorded_by_whoever_adds_it_now(client):
    by, other = person(Role.PERFORMANCE_TEAM), UserFactory()
    client.force_login(by, backend=BACKEND)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    typed = {
        "series": SeriesFactory().pk,
        "starts_on": "2024-04-01",
        "reason": "A new way of working",
        "recorded_by": other.pk,
        "recorded_at_0": "2020-01-01",
        "recorded_at_1": "09:00",
        "withdrawn_at_0": "2020-01-01",
        "withdrawn_at_1": "09:00",
        "version": "7",
    }
    before = timezone.now()
    response = client.post(address("kpis.Rebase", "add"), typed)
    if response.status_code == 403:  # recorded on the measure's own page instead
        assert not Rebase.objects.exists()
        return
    assert response.status_code == 302
    rebase = Rebase.objects.get()
    assert (rebase.recorded_by, rebase.withdrawn_at, rebase.version) == (by, None, 1)
    assert rebase.recorded_at >= before > long_ago


def test_the_version_that_is_saved_is_counted_by_the_server():
    row = some_row("kpis.Measure")
    Editor("kpis.Measure", row).save(name="Another", version="90")
    row.refresh_from_db()
    assert (row.name, row.version) == ("Another", 2)


def test_of_two_who_set_one_password_the_second_is_told_and_sets_none():
    someone = UserFactory(date_joined=MOMENT)
    page = reverse("admin:auth_user_password_change", args=[someone.pk])

    def opened(name: str):
        client = Client()
        client.force_login(person(Role.ADMINISTRATOR, first_name=name), backend=BACKEND)
        shown = client.get(page)
        base = shown.context["form"].initial["base"]
        assert f'name="base" value="{base}"' in shown.text
        assert someone.password not in base or not someone.password
        return client, {"base": base, "usable_password": "true", "set-password": "1"}

    def both(words: str) -> dict[str, str]:
        return {"password1": words, "password2": words}

    one, form = opened("Amara")
    two, other = opened("Owen")
    assert one.post(page, {**form, **both("a horse that battery staples")}).status_code == 302
    for stale in (other, {**other, "base": ""}):
        refused = two.post(page, {**stale, **both("another horse that staples")})
        assert refused.status_code == 409
        assert "Amara set another password on " in html.unescape(refused.text)
    someone.refresh_from_db()
    assert someone.check_password("a horse that battery staples")
    assert AuditEvent.objects.filter(action="password changed").count() == 1
    again, form = opened("Owen")
    assert again.post(page, {**form, **both("another horse that staples")}).status_code == 302
