"""Importing figures from a file: preview, confirm, and everything that may go wrong."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from kpis.imports.background import (
    LOST_AFTER,
    go_on_with_what_was_lost,
    read_import,
    save_confirmed,
)
from kpis.imports.batch import let_go
from kpis.models import ImportBatch, Return, ReturnCell
from kpis.months.clock import lock_period
from kpis.returns.save import save_first_draft
from kpis.tasks import sweep
from kpis.withdrawals.words import withdraw_text
from tests.factories.people import access, lead_of
from tests.kpis.imports.books import csv_bytes, workbook

HEAD = ("measure", "care_group", "period", "numerator", "denominator", "value", "comment")
SEEN = ("Seen", "Acute", "Sep 2026", "45", "50", "", "")
CALLS = ("calls", "acute", "2026-09", "", "", "12", "=1+1 <b>")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def client(client, scene, monkeypatch):
    """The lead's client, while September is open."""
    monkeypatch.setattr(timezone, "now", scene.tick)
    monkeypatch.setattr(timezone, "localdate", lambda: scene.clock.date())
    client.force_login(scene.lead, backend=BACKEND)
    return client


def upload(client, *rows, name="october.csv", head=HEAD):
    file = SimpleUploadedFile(name, csv_bytes([head, *rows]))
    return client.post(reverse("kpis:imports"), {"file": file}, follow=True)


def confirm(client, page):
    seen = page.context["shown"].signature
    address = page.context["batch"].get_absolute_url()
    return client.post(address, {"action": "save", "seen": seen}, follow=True)


def text(page) -> str:
    return page.content.decode()


def test_a_file_is_previewed_and_then_saved_as_drafts(scene, client):
    page = upload(client, SEEN, CALLS)
    assert "2 figures to save" in text(page)
    assert "=1+1 &lt;b&gt;" not in text(page)
    assert ReturnCell.objects.count() == 0
    done = confirm(client, page)
    assert "2 figures are saved as drafts" in text(done)
    assert scene.submission.get_absolute_url() in text(done)
    cells = ReturnCell.objects.order_by("series__measure__code")
    assert [(cell.value_text, cell.numerator_text, cell.comment) for cell in cells] == [
        ("12", "", "=1+1 <b>"),
        ("", "45", ""),
    ]
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.added, batch.kept, batch.door) == ("saved", 2, {}, "file")
    assert batch.touched == [["2026-09", "acute"]]
    assert scene.status() == "draft"
    events = AuditEvent.objects.filter(door="file")
    assert sorted(events.values_list("action", flat=True)) == ["draft saved", "import saved"]
    assert "<b>" not in str(list(events.values_list("changes", flat=True)))


def test_the_same_file_again_changes_nothing_and_leaves_no_trace_in_the_record(scene, client):
    confirm(client, upload(client, SEEN, CALLS))
    before = AuditEvent.objects.count()
    page = upload(client, SEEN, CALLS)
    assert "No changes: 2 rows already match" in text(page)
    assert "Save the drafts" not in text(page)
    assert AuditEvent.objects.count() == before


def read_in_background(monkeypatch):
    """Treat every file as a long one, whose message is lost until the sweep."""
    for where in ("kpis.imports.views.AT_ONCE", "kpis.imports.batch.AT_ONCE"):
        monkeypatch.setattr(where, 0)


def test_a_long_file_says_how_far_it_is_and_is_confirmed_when_it_has_been_read(
    scene, client, monkeypatch
):
    read_in_background(monkeypatch)
    page = upload(client, SEEN, CALLS)
    assert "Reading october.csv" in text(page)
    assert "<b>0</b> of 2 rows checked" in text(page)
    batch = ImportBatch.objects.get()
    assert (batch.status, client.get("/imports/").status_code) == ("reading", 200)
    refused = client.post(batch.get_absolute_url(), {"action": "save", "seen": ""})
    assert refused.status_code == 409
    with monkeypatch.context() as slow:
        slow.setattr("kpis.imports.background.SAID_EVERY", 0)
        said = []
        slow.setattr(
            "kpis.imports.background._Progress.__call__", lambda self: said.append(self._batch_id)
        )
        sweep()
    assert said == [batch.pk] * 2
    page = client.get(batch.get_absolute_url())
    assert "2 figures to save, nothing refused" in text(page)
    assert "Saving october.csv" in text(confirm(client, page))
    again = confirm(client, page)
    assert again.status_code == 409
    assert "is being saved already" in text(again)
    assert (let_go(at=scene.clock + timedelta(days=2)), ReturnCell.objects.count()) == (0, 0)
    sweep()
    assert "2 figures saved as drafts" in text(client.get(batch.get_absolute_url()))
    batch.refresh_from_db()
    assert (batch.kept, batch.preview) == ({}, {})
    assert not save_confirmed(batch.pk, at=scene.tick()), "a message may come twice"
    assert AuditEvent.objects.filter(action="import saved").count() == 1


class Killed(BaseException):
    """As a process that ends in the middle of its work."""


def test_a_long_import_whose_process_ends_is_saved_once_by_the_next(scene, client, monkeypatch):
    """The first one ends after it has saved one of two returns: both are saved, or neither."""
    read_in_background(monkeypatch)
    client.force_login(scene.team, backend=BACKEND)
    upload(client, SEEN, ("Seen", "older", "2026-09", "1", "2", "", ""))
    sweep()
    batch = ImportBatch.objects.get()
    confirm(client, client.get(batch.get_absolute_url()))
    saves = []

    def ends(**given):
        saves.append(save_first_draft(**given))
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("kpis.imports.batch.save_first_draft", ends)
        with pytest.raises(Killed):
            save_confirmed(batch.pk, at=scene.tick())
    assert (len(saves), ReturnCell.objects.count()) == (1, 0)
    assert not save_confirmed(batch.pk, at=scene.tick()), "it may still be at work"
    assert go_on_with_what_was_lost(at=scene.clock + LOST_AFTER) == 1
    assert ReturnCell.objects.count() == 2
    assert AuditEvent.objects.filter(action="import saved").count() == 1


def test_a_long_file_that_has_changed_since_it_was_read_is_read_again(scene, client, monkeypatch):
    read_in_background(monkeypatch)
    upload(client, SEEN, CALLS)
    batch = ImportBatch.objects.get()
    assert read_import(batch.pk, at=scene.tick())
    assert not read_import(batch.pk, at=scene.tick()), "nothing is left to read"
    page = client.get(batch.get_absolute_url())
    lock_period(period_id=scene.submission.period_id, by=scene.lead, at=scene.tick())
    assert "Saving october.csv" in text(confirm(client, page))
    for _ in ("saved", "read again"):
        assert go_on_with_what_was_lost(at=scene.tick()) == 1
    page = client.get(batch.get_absolute_url())
    assert "2 problems in october.csv" in text(page)
    assert "Nothing is saved: figures or months have changed" in text(page)
    assert not ReturnCell.objects.exists()


def test_words_withdrawn_while_a_file_is_read_leave_nothing_of_it(scene, client, monkeypatch):
    read_in_background(monkeypatch)
    upload(client, SEEN, CALLS)
    batch = ImportBatch.objects.get()
    inner = ImportBatch.objects.filter(pk=batch.pk)
    monkeypatch.setattr(
        "kpis.imports.background._Progress.__call__", lambda self: inner.update(kept={})
    )
    assert not read_import(batch.pk, at=scene.tick())
    batch.refresh_from_db()
    assert (batch.kept, batch.preview) == ({}, {})
    assert "Not saved" in text(client.get(batch.get_absolute_url()))


def test_a_large_file_is_opened_in_the_background_and_refused_in_the_same_words(
    scene, client, monkeypatch
):
    monkeypatch.setattr("kpis.imports.views.OPENED_AT_ONCE", 0)
    rows = [HEAD, SEEN]
    said = {}
    for name, data in (
        ("fine.csv", csv_bytes([HEAD, SEEN, CALLS])),
        ("sheets.xlsx", workbook(("A", rows), ("B", rows))),
        ("picture.xlsx", b"\x89PNG"),
        ("words.csv", csv_bytes([("hello", "there")])),
    ):
        client.post(reverse("kpis:imports"), {"file": SimpleUploadedFile(name, data)})
        batch = ImportBatch.objects.latest("pk")
        assert "The file is being opened" in text(client.get(batch.get_absolute_url()))
        sweep()
        batch.refresh_from_db()
        said[name] = (batch.status, batch.unread, text(client.get(batch.get_absolute_url())))
    assert [status for status, _, _ in said.values()] == [
        *("waiting", "choosing", "refused", "refused")
    ]
    assert all(unread is None for _, unread, _ in said.values())
    assert "2 figures to save" in said["fine.csv"][2]
    assert "Which sheet of sheets.xlsx?" in said["sheets.xlsx"][2]
    assert "is no Excel Workbook" in said["picture.xlsx"][2]
    assert "has no row of headings" in said["words.csv"][2]


def test_of_a_workbook_with_two_fitting_sheets_one_is_chosen(scene, client):
    book = workbook(("Wards", [HEAD, SEEN]), ("Notes", [["read me"]]), ("Calls", [HEAD, CALLS]))
    file = SimpleUploadedFile("october.xlsx", book)
    page = client.post(reverse("kpis:imports"), {"file": file}, follow=True)
    assert "Which sheet of october.xlsx?" in text(page)
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.rows) == ("choosing", 0)
    address = batch.get_absolute_url()
    assert client.post(address, {"action": "sheet"}).status_code == 409
    page = client.post(address, {"action": "sheet", "sheet": "1"}, follow=True)
    assert "1 figure to save" in text(page)
    assert "Wards" in text(page), "what was left out is named"
    confirm(client, page)
    assert ReturnCell.objects.get().value_text == "12"


def test_one_bad_row_keeps_the_whole_file_out_and_is_downloaded_with_its_reason(scene, client):
    bad = ("Calls", "acute", "2026-09", "", "", "12.5", "")
    other = ("=Cells", "acute", "2026-13", "", "", "1", "")
    page = upload(client, SEEN, bad, other)
    assert "There are 3 problems in october.csv" in text(page)
    assert "<title>\n      Error: " in text(page)
    assert "Save the drafts" not in text(page)
    batch = ImportBatch.objects.get()
    assert batch.status == "refused"
    address = reverse("kpis:import-rows", args=[batch.pk])
    said = b"".join(client.get(address, {"only": "refused"}).streaming_content).decode("utf-8-sig")
    assert [line.split(",")[:3] for line in said.splitlines()] == [
        ["row", "column", "outcome"],
        ["3", "F", "refused"],
        ["4", "A and C", "refused"],
    ]
    assert "Calls must be a whole number, like 12" in said
    assert ",'=Cells," in said
    forged = client.post(batch.get_absolute_url(), {"action": "save", "seen": ""})
    assert forged.status_code == 409
    assert ReturnCell.objects.count() == 0
    # The record that stays has no words of the file.
    assert "Cells" not in str(batch.problems)


def test_the_list_of_refused_rows_is_mended_and_imported_itself(scene, client):
    refused = [
        ("Seen", "Acute", "Sep 2026", "51", "50", "", "Two wards – closed"),
        ("Calls", "acute", "2026-13", "", "", "1,2", ""),
    ]
    upload(client, *refused)
    address = reverse("kpis:import-rows", args=[ImportBatch.objects.get().pk])
    listed = b"".join(client.get(address, {"only": "refused"}).streaming_content)
    rows = list(csv.DictReader(io.StringIO(listed.decode("utf-8-sig"))))
    assert [[row[box] for box in ("numerator", "denominator", "value")] for row in rows] == [
        ["51", "50", ""],
        ["", "", "1,2"],
    ]
    assert rows[1]["why"] == "Month must be a real month, like Oct 2026"
    rows[0]["numerator"] = "45"
    rows[1] |= {"period": "Sep 2026", "value": "12"}
    page = upload(client, *(list(row.values()) for row in rows), head=list(rows[0]))
    assert "2 figures to save, nothing refused" in text(page)
    confirm(client, page)
    seen = ReturnCell.objects.get(series=scene.ratio)
    assert (seen.numerator, seen.denominator, seen.comment) == (45, 50, "Two wards – closed")
    assert ReturnCell.objects.get(series=scene.calls).value == 12


def test_a_file_that_cannot_be_read_is_refused_at_its_box(scene, client):
    none = client.post(reverse("kpis:imports"), {})
    assert "Select a file" in text(none)
    png = SimpleUploadedFile("a.xlsx", b"\x89PNG\r\n")
    page = client.post(reverse("kpis:imports"), {"file": png})
    assert "named .xlsx and is no Excel Workbook" in text(page)
    assert page.status_code == 200
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("meanwhile", ["locked", "entered"])
def test_what_has_changed_since_the_preview_is_told_and_nothing_is_saved(scene, client, meanwhile):
    page = upload(client, SEEN, CALLS)
    if meanwhile == "locked":
        lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    else:
        scene.save((scene.calls, 0, {"value": "13"}))
    before = list(ReturnCell.objects.values_list("value_text", "numerator_text"))
    refused = confirm(client, page)
    assert refused.status_code == 409
    assert "Nothing is saved: figures or months have changed" in text(refused)
    assert ("September 2026 is locked" in text(refused)) is (meanwhile == "locked")
    assert list(ReturnCell.objects.values_list("value_text", "numerator_text")) == before
    if meanwhile == "entered":
        assert "1 figures" not in text(confirm(client, refused))
        assert ReturnCell.objects.get(series=scene.calls).value_text == "12"


def test_a_figure_ends_the_withdrawal_of_the_same_one(scene, client):
    scene.save((scene.calls, 0, {"value": "12", "withdrawn": True, "change_reason": "Not ours"}))
    page = upload(client, ("Calls", "acute", "2026-09", "", "", "12", ""))
    assert "1 figure is saved" in text(confirm(client, page))
    assert not ReturnCell.objects.get().withdrawn


def test_a_confirmation_sent_twice_saves_once(scene, client):
    page = upload(client, SEEN)
    confirm(client, page)
    before = AuditEvent.objects.count()
    again = confirm(client, page)
    assert again.status_code == 409
    assert "is not waiting any more" in text(again)
    assert AuditEvent.objects.count() == before


def test_an_import_is_its_own_persons(scene, client):
    page = upload(client, SEEN, CALLS)
    batch, seen = page.context["batch"], page.context["shown"].signature
    client.force_login(lead_of(scene.older), backend=BACKEND)
    assert client.get(batch.get_absolute_url()).status_code == 404
    client.force_login(scene.team, backend=BACKEND)
    other = client.get(batch.get_absolute_url())
    assert "12" not in str(other.context["page"].on_record)
    assert other.context["shown"] is None
    answer = client.post(batch.get_absolute_url(), {"action": "save", "seen": seen})
    assert answer.status_code == 409
    assert not ReturnCell.objects.exists()


def test_rows_are_kept_for_a_day_and_let_go_of_with_withdrawn_words(scene, client):
    upload(client, SEEN, CALLS)
    assert let_go(at=scene.clock + timedelta(hours=23)) == 0
    page = upload(client, SEEN)
    scene.clock += timedelta(days=1)
    client.force_login(scene.lead, backend=BACKEND)
    assert "Not saved" in text(client.get(page.context["batch"].get_absolute_url()))
    assert let_go(at=scene.clock) == 2
    assert not ImportBatch.objects.exclude(kept={}).exists()
    upload(client, CALLS)
    scene.fill(comment="Mrs Smith")
    cell = ReturnCell.objects.filter(comment="Mrs Smith").first()
    withdraw_text(
        tokens=[f"kpis.returncell.{cell.pk}.comment"],
        why="names_a_person",
        by=scene.team,
        access=access(scene.team),
        at=scene.tick(),
    )
    assert not ImportBatch.objects.exclude(kept={}).exists()


def test_parts_the_wrong_way_round_are_asked_about(scene, client):
    page = upload(client, ("Seen", "acute", "2026-09", "50", "45", "", ""))
    assert "Are the columns the wrong way round?" in text(page)
    swapped = client.post(page.context["batch"].get_absolute_url(), {"action": "swap"}, follow=True)
    assert "taken the other way round" in text(swapped)
    confirm(client, swapped)
    cell = ReturnCell.objects.get()
    assert (cell.numerator_text, cell.denominator_text) == ("45", "50")


def test_the_returns_of_a_file_are_saved_together_or_not_at_all(scene, client):
    """Two care groups in one file: when one return refuses, the other is not started either."""
    client.force_login(scene.team, backend=BACKEND)
    older = ("Seen", "older", "2026-09", "1", "2", "", "")
    page = upload(client, SEEN, older)
    assert len(page.context["page"].touched) == 2
    done = confirm(client, page)
    assert "2 figures are saved" in text(done)
    assert Return.objects.filter(status="draft").count() == 2


@pytest.mark.parametrize("at_once", [100_000, 10])
def test_a_file_without_a_care_group_is_read_for_the_only_one_of_its_person(
    scene, client, monkeypatch, at_once
):
    monkeypatch.setattr("kpis.imports.views.OPENED_AT_ONCE", at_once)
    page = upload(client, ("Calls", "12"), head=("Measure", "Sep 2026"))
    if at_once == 10:
        batch = ImportBatch.objects.get()
        assert read_import(batch.pk, at=scene.tick())
        page = client.get(batch.get_absolute_url())
    assert "The file names no care group: its rows are read as those of Acute" in text(page)
    assert "1 figure to save" in text(page)
    confirm(client, page)
    assert ReturnCell.objects.get().series.care_group.code == "acute"


def test_columns_that_are_not_known_are_left_out_once_their_person_says_so(scene, client):
    head = ("measure", "care_group", "Sep 2026", "Ward", "Numerater")
    page = upload(client, ("Calls", "acute", "12", "Ruby", "3"), head=head)
    assert "There are 2 problems" in text(page)
    assert "Columns D and E have no heading that is known" in text(page)
    assert "added" in text(page)
    batch = page.context["batch"]
    seen = {"action": "save", "seen": page.context["shown"].signature}
    assert client.post(batch.get_absolute_url(), seen).status_code == 409
    page = client.post(batch.get_absolute_url(), {"action": "leaves_out"}, follow=True)
    assert "2 columns left out: D and E" in text(page)
    assert "no heading that is known" not in text(page)
    confirm(client, page)
    assert ReturnCell.objects.get().value == 12


def test_a_fault_that_is_no_column_stays_when_columns_are_left_out(scene, client):
    head = ("measure", "care_group", "Sep 2026", "Ward")
    page = upload(client, ("Calls", "acute", "twelve", "Ruby"), head=head)
    address = page.context["batch"].get_absolute_url()
    page = client.post(address, {"action": "leaves_out"}, follow=True)
    assert "There is 1 problem" in text(page)
    assert not ReturnCell.objects.exists()


def test_whoever_enters_figures_for_several_care_groups_names_them(scene, client):
    client.force_login(scene.team, backend=BACKEND)
    page = upload(client, ("Calls", "12"), head=("Measure", "Sep 2026"))
    assert "The file is missing a column called “care_group”" in text(page)
