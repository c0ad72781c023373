"""`manage.py import_actuals`: row by row, all or nothing, in the name of a person."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import AuditEvent
from kpis.models import ImportBatch, ReturnCell
from tests.factories.people import UserFactory
from tests.kpis.imports.books import csv_bytes, workbook

HEAD = ("measure", "care_group", "period", "numerator", "denominator", "value")
ROWS = [
    HEAD,
    ("Seen", "acute", "2026-09", "45", "50", ""),
    ("calls", "acute", "2026-09", "", "", "12"),
]


@pytest.fixture
def run(scene, monkeypatch, tmp_path):
    monkeypatch.setattr(timezone, "now", scene.tick)
    monkeypatch.setattr(timezone, "localdate", lambda: scene.clock.date())

    def command(data: bytes, *options: str, name: str = "october.csv", by: str = "") -> str:
        path = tmp_path / name
        path.write_bytes(data)
        out = StringIO()
        try:
            call_command(
                "import_actuals",
                str(path),
                *options,
                by=by or scene.lead.username,
                verbosity=0,
                stdout=out,
            )
        except CommandError as error:
            return f"{out.getvalue()}{error}"
        return out.getvalue()

    return command


def test_each_row_is_printed_and_the_drafts_are_saved(scene, run):
    dry = run(csv_bytes(ROWS), "--dry-run")
    assert dry.splitlines() == [
        "added      Row 2: Seen, Acute, Sep 2026: 45 of 50",
        "added      Row 3: Calls, Acute, Sep 2026: 12",
        "2 added, 0 changed, 0 unchanged, 0 refused. Nothing is saved: a dry run.",
    ]
    assert not ImportBatch.objects.exists()
    assert run(csv_bytes(ROWS)).endswith("0 refused. Saved as drafts.\n")
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.door, batch.read_by) == ("saved", "command", scene.lead)
    assert AuditEvent.objects.filter(door="command").count() == 2
    assert run(csv_bytes(ROWS)).endswith("No changes: 2 rows already match.\n")
    other = workbook(("A", [HEAD, ("Seen", "acute", "2026-09", 46, 50, 0.92)]))
    said = run(other, name="a.xlsx")
    assert "refused    Row 2: 46 of 50 is 92.00%, not 0.92%" in said
    assert said.endswith("There is 1 problem in a.xlsx. Nothing is saved.")
    assert ImportBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "by", "words"),
    [
        ((), "nobody", "There is no active person called 'nobody'"),
        ((), "reader", "you need the role of Care group lead or Performance team"),
        (("--period", "2026-13"), "", "--period:"),
        (("--period", "2026-08"), "", "Sep 2026 is not of the return of August 2026"),
    ],
)
def test_a_command_that_may_not_be_says_why(scene, run, options, by, words):
    UserFactory(username="reader")
    assert words in run(csv_bytes(ROWS), *options, by=by)
    assert not ReturnCell.objects.exists()


def test_a_file_without_months_takes_the_month_that_is_given(scene, run):
    rows = [("measure", "care group", "value"), ("Calls", "acute", "12")]
    assert "missing a column called “period”" in run(csv_bytes(rows))
    assert "1 added" in run(csv_bytes(rows), "--period", "2026-09")
    assert "PNG" not in run(b"\x89PNG", name="a.xlsx")


def test_a_file_that_is_not_there_or_no_file_of_figures_is_said(scene, run):
    assert "a.png: The selected file must be a CSV or XLSX. Nothing is saved." in run(
        b"x", name="a.png"
    )
    out = StringIO()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_actuals", "/nowhere.csv", by=scene.lead.username, stdout=out)
