"""The Excel template of a return: what it holds, and what happens when it comes back."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.imports.returned_template import FILLED
from kpis.imports.template_file import FIRST_FILLED, HEADINGS
from kpis.models import ImportBatch, Measure, ReturnCell
from kpis.months.clock import lock_period
from strategy.periods import Month
from tests.factories.measures import MilestoneFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import lead_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
ADDRESS = reverse("kpis:return-template", args=["2026-09", "acute"])
COLUMNS = {box: FIRST_FILLED + 1 + at for at, box in enumerate(FILLED.values())}


@pytest.fixture
def client(client, scene, monkeypatch):
    monkeypatch.setattr(timezone, "now", scene.tick)
    monkeypatch.setattr(timezone, "localdate", lambda: scene.clock.date())
    client.force_login(scene.lead, backend=BACKEND)
    SeriesFactory(measure=MilestoneFactory(name="Ward opened"), care_group=scene.acute)
    return client


def template(client) -> openpyxl.Workbook:
    response = client.get(ADDRESS)
    assert response["Content-Disposition"] == 'attachment; filename="return-acute-2026-09.xlsx"'
    return openpyxl.load_workbook(io.BytesIO(response.content))


def row_of(sheet, name: str) -> int:
    return next(row for row in range(1, 50) if sheet.cell(row, 1).value == name)


def fill(book: openpyxl.Workbook, **rows: dict) -> bytes:
    """The template as a person sends it back: boxes by the name of the measure."""
    sheet = book["Return"]
    for name, boxes in rows.items():
        for box, value in boxes.items():
            sheet.cell(row_of(sheet, name.replace("_", " ")), COLUMNS[box]).value = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(client, data: bytes):
    file = SimpleUploadedFile("return.xlsx", data)
    return client.post(reverse("kpis:imports"), {"file": file}, follow=True)


def said(page) -> str:
    return page.content.decode()


def test_a_template_shows_what_was_reported_and_opens_only_the_boxes(client, scene):
    TargetFactory(measure=scene.ratio.measure, care_group=scene.acute, value=Decimal(95))
    approved(scene.ratio, Month(2026, 8), numerator=Decimal(45), denominator=Decimal(50))
    Measure.objects.filter(pk=scene.calls.measure_id).update(name="=Calls")
    recompute(stale_only=False, at=scene.clock)
    book = template(client)
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("How to fill it in", "visible"),
        ("Return", "visible"),
        ("tracker", "veryHidden"),
    ]
    sheet = book["Return"]
    assert sheet.protection.sheet
    seen = row_of(sheet, "Seen")
    assert [cell.value for cell in sheet[HEADINGS + 1]][:7] == [
        "Measure",
        "What is asked",
        "Jun 2026",
        "Jul 2026",
        "Aug 2026",
        "Target",
        "In the draft",
    ]
    assert [sheet.cell(seen, column).value for column in (3, 4, 5, 6)] == [
        "–",
        "–",
        "90.0%",
        "≥ 95%",
    ]
    is_open = {box: not sheet.cell(seen, at).protection.locked for box, at in COLUMNS.items()}
    assert {box for box, opened in is_open.items() if opened} == {
        "numerator",
        "denominator",
        "no_data_reason",
        "confirm_reason",
        "comment",
    }
    assert sheet.cell(seen, 1).protection.locked
    row_of(sheet, "'=Calls")
    offered = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert '"Not started,On track,At risk,Off track,Complete"' in offered
    assert any("System not available" in words for words in offered)


def test_an_unfilled_template_changes_nothing(client, scene):
    scene.fill()
    page = upload(client, fill(template(client)))
    assert "No changes: 3 rows already match" in said(page)
    assert "The template of Acute, September 2026." in said(page)


def test_a_filled_template_becomes_the_draft(client, scene):
    data = fill(
        template(client),
        Seen={"numerator": 45, "denominator": 50, "comment": "Two wards"},
        Calls={"no_data_reason": "System not available"},
        Ward_opened={"milestone_status": "On track"},
    )
    page = upload(client, data)
    assert "3 figures to save" in said(page)
    seen = page.context["shown"].signature
    client.post(page.context["batch"].get_absolute_url(), {"action": "save", "seen": seen})
    cells = {cell.series.measure.name: cell for cell in ReturnCell.objects.all()}
    assert (cells["Seen"].numerator_text, cells["Seen"].comment) == ("45", "Two wards")
    assert cells["Calls"].no_data_reason == "System not available"
    assert cells["Ward opened"].milestone_status == "on_track"
    assert ImportBatch.objects.get().status == "saved"
    assert "No changes: 3 rows already match" in said(upload(client, data))


def test_a_template_is_read_only_for_its_own_open_month_and_care_group(client, scene):
    data = fill(template(client), Calls={"value": 12})
    client.force_login(lead_of(scene.older), backend=BACKEND)
    assert "a care group that you enter no figures for" in said(upload(client, data))
    assert client.get(ADDRESS).status_code == 404
    client.force_login(scene.lead, backend=BACKEND)
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    page = upload(client, data)
    assert "This template is for September 2026, which is locked" in said(page)
    assert not ReturnCell.objects.exists()


def test_a_template_that_was_tampered_with_is_refused(client):
    book = template(client)
    row = row_of(book["Return"], "Calls")
    book["Return"].cell(row, 1).value = "Other calls"
    page = upload(client, fill(book, Other_calls={"value": 12}))
    assert "this template has no row called “Other calls”" in said(page)
    older = template(client)
    older["tracker"]["A2"] = "0"
    assert "of an earlier version" in said(upload(client, fill(older)))
    bare = template(client)
    bare["Return"].delete_rows(HEADINGS + 1)
    assert "its row of headings is not there" in said(upload(client, fill(bare)))
