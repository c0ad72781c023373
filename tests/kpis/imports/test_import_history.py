"""Figures of months before the tracker: one batch, approved together by a second person."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from kpis.models import Actual, Decision, ImportBatch, ReturnCell, Series
from strategy.periods import Month
from tests.factories.measures import approved
from tests.factories.people import performance_team
from tests.kpis.imports.books import csv_bytes

BACKEND = "django.contrib.auth.backends.ModelBackend"
HEAD = ("measure", "care_group", "period", "numerator", "denominator", "value", "change_reason")
JULY = ("Seen", "acute", "2026-07", "40", "50", "", "")
AUGUST = ("Calls", "acute", "2026-08", "", "", "11", "")
NOTHING = ("Seen", "acute", "2026-06", "0", "0", "", "")


@pytest.fixture
def client(client, scene, monkeypatch):
    """The performance team's client; September is the tracker's first month."""
    monkeypatch.setattr(timezone, "now", scene.tick)
    monkeypatch.setattr(timezone, "localdate", lambda: scene.clock.date())
    client.force_login(scene.team, backend=BACKEND)
    return client


def upload(client, *rows):
    file = SimpleUploadedFile("before.csv", csv_bytes([HEAD, *rows]))
    return client.post(reverse("kpis:imports"), {"file": file}, follow=True)


def act(client, page, action: str, **more):
    form = {"action": action, **more}
    if action == "save":
        form["seen"] = page.context["shown"].signature
    return client.post(page.context["batch"].get_absolute_url(), form, follow=True)


def said(page) -> str:
    return page.content.decode()


def current(scene) -> list[tuple]:
    rows = Actual.objects.current().order_by("period_end")
    return [(row.period_end.month, row.value, row.value_status, row.origin) for row in rows]


def test_figures_before_the_tracker_count_once_a_second_person_approves_them(scene, client):
    page = upload(client, JULY, AUGUST, NOTHING)
    assert "of months before the first month of the tracker" in said(page)
    proposed = act(client, page, "save")
    assert "Somebody else approves them" in said(proposed)
    assert "3 figures of months before the tracker: waiting for a second person" in said(proposed)
    assert current(scene) == []
    assert act(client, proposed, "approve").status_code == 403
    client.force_login(performance_team(), backend=BACKEND)
    shown = client.get(proposed.context["batch"].get_absolute_url())
    assert "40 of 50" in said(shown)
    before = Series.objects.get(pk=scene.ratio.pk).data_version
    assert "Approved: the figures count from now on" in said(act(client, shown, "approve"))
    assert current(scene) == [
        (6, None, "not_applicable", "imported"),
        (7, Decimal(80), "final", "imported"),
        (8, Decimal(11), "final", "imported"),
    ]
    assert Series.objects.get(pk=scene.ratio.pk).data_version > before
    assert act(client, shown, "approve").status_code == 409
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.decided_by == scene.team) == ("approved", False)
    actions = AuditEvent.objects.filter(object_type="kpis.importbatch").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["import proposed", "import approved"]
    assert not ReturnCell.objects.exists()
    client.force_login(scene.team, backend=BACKEND)
    assert "No changes: 2 rows already match" in said(upload(client, JULY, AUGUST))


def test_they_go_back_as_a_whole_with_a_reason(scene, client):
    page = act(client, upload(client, JULY, AUGUST), "save")
    assert act(client, page, "return").status_code == 409
    assert "waits for a second person already" in said(upload(client, JULY))
    back = act(client, page, "return", reason="Wrong year")
    assert "sent back" in said(back)
    assert set(Decision.objects.values_list("outcome", "reason")) == {("returned", "Wrong year")}
    again = act(client, upload(client, JULY), "save")
    assert again.context["batch"].status == "proposed"
    assert Actual.objects.get(version=2).change_reason == "Imported again"


def test_a_correction_needs_its_reason_and_drafts_come_in_a_file_of_their_own(scene, client):
    approved(scene.ratio, Month(2026, 7), numerator=Decimal(39), denominator=Decimal(50))
    assert "say why the approved figure is corrected" in said(upload(client, JULY))
    page = upload(client, (*JULY[:-1], "Late data"))
    assert page.context["shown"].rows[0].verdict == "changed"
    mixed = upload(client, AUGUST, ("Calls", "acute", "2026-09", "", "", "12", ""))
    assert "Import the two apart" in said(mixed)
    client.force_login(scene.lead, backend=BACKEND)
    assert "its figures are brought in by the performance team" in said(upload(client, AUGUST))
