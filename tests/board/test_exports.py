"""Datasets as files: their columns, rows, filters, and who may read what."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from operator import itemgetter

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes, file_name
from kmpt_tracker.ui.files import chunks
from kmpt_tracker.ui.formats import import_text
from kmpt_tracker.ui.tabular import OFFERED, Format, csv_chunks
from kmpt_tracker.ui.workbook import TooManyRows
from kpis.assessments.store import recompute
from kpis.models import Measure
from strategy.exports.dataset import number
from strategy.exports.dataset import text as words
from strategy.exports.filters import NAMES, Filters, parse_filters
from tests.documents import code, table
from tests.factories.measures import TargetFactory
from tests.factories.people import person
from tests.factories.plans import PlanFactory

AT = datetime(2025, 9, 1, 9, 30, tzinfo=UTC)
ANALYST = Access(roles=frozenset({Role.ANALYST}))


def exported(name: str, file_format: str = "csv", access: Access = ANALYST, **given) -> bytes:
    dataset = DATASETS[name]
    given = {filter_name.rstrip("_"): value for filter_name, value in given.items()}
    filters = parse_filters(
        given, applies=dataset.filters, dataset=dataset.name, now=AT, codes=dataset.codes
    )
    return b"".join(export_bytes(dataset, filters.readable_by(access), Format(file_format)))


def rows(name: str, **given) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(name, **given).decode(), newline="")))


@pytest.mark.parametrize(("name", "columns"), table("datasets.md", "datasets"))
def test_a_dataset_has_exactly_the_documented_columns(name, columns):
    assert [column.name for column in DATASETS[code(name)].columns] == columns.split(", ")


def test_every_dataset_is_documented_with_its_columns_and_filters():
    assert {code(name) for name, _ in table("datasets.md", "datasets")} == set(DATASETS)
    filters = {
        name: ", ".join(n for n in NAMES if n in d.filters) or "–" for name, d in DATASETS.items()
    }
    assert {code(name): text for name, text in table("datasets.md", "filters")} == filters


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_column_says_what_it_means(name):
    assert all(column.meaning for column in DATASETS[name].columns)


def test_text_that_a_spreadsheet_would_run_is_guarded_and_numbers_never(world):
    text = exported("plans").decode()
    assert "'=Our “strategy”" in text
    assert ",'-Care," in text
    columns = (number("value", "A number", itemgetter(0)), words("text", "A text", itemgetter(1)))
    cells = [(Decimal("-3.50"), "-3.50"), (-1e-7, "@x"), (float("1e16"), "\tx")]
    assert "".join(csv_chunks(columns, cells)) == (
        "value,text\n-3.5,'-3.50\n-0.0000001,'@x\n10000000000000000,'\tx\n"
    )


@pytest.mark.parametrize("text", ["\r", "a\rb", "a\r\nb", "a\nb", "\n", '"', "a,b", "b\r"])
def test_a_cell_with_any_line_end_reads_back_as_it_was(text):
    columns = (words("text", "A text", itemgetter(0)), words("next", "The next", itemgetter(1)))
    written = "".join(csv_chunks(columns, [(text, "x"), ("y", text)]))
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert [[import_text(cell) for cell in row] for row in read[1:]] == [[text, "x"], ["y", text]]
    assert written.endswith("\n")
    assert not written.endswith("\r\n")


def test_the_actuals_of_a_measure_are_this_file_on_every_database(world):
    recorded = "2025-05-31T22:59:59.999999Z"
    text = exported("actuals", measure="seen-in-time", care_group="acute", to="2025-05").decode()
    heading, april, may = text.splitlines()
    assert heading.startswith("measure,care_group,period_start,period_end,frequency,numerator")
    assert april == (
        "seen-in-time,acute,2025-04-01,2025-04-30,monthly,45,50,90,percent,final,,,,,approved,"
        "entered,,,1,true,2025-04-30T22:59:59.999999Z,2025-04-30T22:59:59.999999Z,clerk,"
        "2025-04-30T22:59:59.999999Z,who-decides,"
    )
    assert may == (
        "seen-in-time,acute,2025-05-01,2025-05-31,monthly,47,50,94,percent,final,,,,,approved,"
        "entered,,,2,true,2025-09-01T09:30:00Z,2025-09-01T09:30:00Z,,2025-09-01T09:30:00Z,"
        "who-decides,"
        "Counted again"
    )
    before = exported("actuals", care_group="acute", to="2025-05", as_at="2025-08-31").decode()
    assert before.splitlines()[2] == (
        "seen-in-time,acute,2025-05-01,2025-05-31,monthly,46,50,92,percent,final,,,,,approved,"
        f"entered,,,1,true,{recorded},{recorded},clerk,{recorded},who-decides,"
    )


def test_the_assessments_of_a_trust_are_this_file_on_every_database(world):
    wanted = (
        "period_end",
        "value",
        "numerator",
        "denominator",
        "groups_reported",
        "groups_expected",
        "target_id",
        "target",
        "floor",
        "variance",
        "rag",
    )
    found = rows("assessments", care_group="trust", to="2025-07")
    assert [",".join(row[name] for name in wanted) for row in found] == [
        "2025-04-30,92.592593,75,81,2,2,strategy-2023-26/1.1.1,95,90,-2.40740740740740740740740741,amber",
        "2025-05-31,95.061728,77,81,2,2,strategy-2023-26/1.1.1,95,90,0.0617283950617283950617284,green",
        "2025-06-30,,,,,,strategy-2023-26/1.1.1,95,90,,no_data",
        "2025-07-31,96.296296,78,81,2,2,strategy-2023-26/1.1.1,95,90,1.2962962962962962962962963,green",
    ]


def test_a_target_that_stands_beside_the_rated_one_has_its_own_row_and_status(world):
    trust = world.trust
    TargetFactory(
        code="national",
        measure=trust.measure,
        plan=None,
        role="national_standard",
        source_document=PlanFactory(code="other").source_document,
        value=Decimal(99),
        effective_from=date(2025, 7, 1),
    )
    recompute(at=AT, stale_only=False)
    wanted = ("target_id", "is_primary", "target", "variance", "rag", "value")
    july = rows("assessments", care_group="trust", from_="2025-07", to="2025-07")
    assert [",".join(row[name] for name in wanted) for row in july] == [
        "strategy-2023-26/1.1.1,true,95,1.2962962962962962962962963,green,96.296296",
        "national,false,99,-2.7037037037037037037037037,red,96.296296",
    ]
    beside = rows("assessments", care_group="trust", from_="2025-07", to="2025-07", status="red")
    assert [row["target_id"] for row in beside] == ["national"]


def test_rows_stand_in_the_same_order_whatever_the_database_thinks_of_hyphens(db):
    from tests.factories.measures import MeasureFactory

    for measure_code in ("ab", "a-c", "a", "b", "aa", "a-a"):
        MeasureFactory(code=measure_code)
    assert [row["measure"] for row in rows("measures")] == ["a", "a-a", "a-c", "aa", "ab", "b"]


@pytest.mark.parametrize(
    ("name", "given", "count"),
    [
        ("actuals", {}, 6),
        ("actuals", {"care_group": "acute"}, 3),
        ("actuals", {"from_": "2025-05", "to": "2025-06"}, 2),
        ("actuals", {"origin": "published"}, 0),
        ("actuals", {"plan": "strategy-2023-26", "objective": "1.1", "ambition": "1"}, 6),
        ("assessments", {"care_group": "trust", "status": "green"}, 2),
        ("targets", {"measure": "seen-in-time"}, 1),
        ("outcomes", {"plan": "strategy-2023-26"}, 1),
        ("care_groups", {"care_group": "acute"}, 1),
    ],
)
def test_filters_choose_rows(world, name, given, count):
    assert len(rows(name, **given)) == count


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("actuals.csv?colour=red", "colour"),
        ("plans.csv?measure=seen-in-time", "measure"),
        ("dictionary.csv?plan=strategy-2023-26", "plan"),
        ("actuals.csv?plan=nowhere", "plan"),
        ("actuals.csv?ambition=99", "ambition"),
        ("actuals.csv?objective=9.9", "objective"),
        ("actuals.csv?measure=nothing", "measure"),
        ("actuals.csv?care_group=nobody", "care group"),
        ("actuals.csv?from=2025-13", "from"),
        ("actuals.csv?to=last", "to"),
        ("actuals.csv?from=2025-06&to=2025-05", "from"),
        ("actuals.csv?status=purple", "status"),
        ("actuals.csv?status=green", "status"),
        ("assessments.csv?status=submitted", "status"),
        ("returns.csv?status=late", "status"),
        ("actions.csv?status=green", "status"),
        ("actuals.csv?origin=rumour", "origin"),
        ("actuals.csv?as_at=yesterday", "as_at"),
        ("actuals.csv?measure=seen-in-time&measure=other", "measure"),
        ("actuals.csv?bom=yes", "bom"),
        ("actuals.pdf", "format"),
        ("?status=purple", "status"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_answered_400_and_named(world, client, address, named):
    client.force_login(world.analyst)
    response = client.get(f"/exports/{address}")
    assert response.status_code == 400
    assert named in response.content.decode()


@pytest.mark.parametrize("name", ["plan", "measure", "status", "colour" * 700])
def test_what_was_given_is_said_again_in_short(world, client, name):
    client.force_login(world.analyst)
    said = client.get("/exports/assessments.csv", {name: "é" * 4_000}).content.decode()
    assert "é" * 101 not in said
    assert "colour" * 20 not in said


@pytest.mark.parametrize("address", ["nothing.csv", "nothing.schema.json"])
def test_an_unknown_dataset_is_404(world, client, address):
    client.force_login(world.analyst)
    assert client.get(f"/exports/{address}").status_code == 404


def test_a_file_is_named_for_its_filters_and_has_a_mark_for_excel_when_asked(world, client):
    client.force_login(world.analyst)
    plain = client.get("/exports/actuals.csv?measure=seen-in-time&from=2025-04")
    marked = client.get("/exports/actuals.csv?measure=seen-in-time&from=2025-04&bom=1")
    assert "actuals_seen-in-time_2025-04_" in plain["Content-Disposition"]
    assert plain["Content-Type"] == "text/csv; charset=utf-8"
    body = plain.getvalue()
    assert body.startswith(b"measure,")
    assert marked.getvalue() == b"\xef\xbb\xbf" + body


def test_a_schema_describes_the_columns_of_its_dataset(world, client):
    client.force_login(world.analyst)
    described = client.get("/exports/actuals.schema.json").json()
    fields = {field["name"]: field for field in described["fields"]}
    assert list(fields) == [column.name for column in DATASETS["actuals"].columns]
    assert fields["origin"]["constraints"]["enum"][:4] == [
        "published",
        "entered",
        "imported",
        "illustrative",
    ]
    assert (fields["version"]["type"], fields["value"]["type"]) == ("integer", "number")
    assert fields["value"]["unit"] == "the measure's unit"
    assert described["primaryKey"] == [
        "measure",
        "care_group",
        "period_start",
        "period_end",
        "version",
    ]
    targets = client.get("/exports/targets.schema.json").json()
    assert targets["uniqueKeys"] == [["target", "held_from"]]


def test_the_command_writes_the_same_bytes_as_the_page(world, client, tmp_path):
    client.force_login(world.analyst)
    out = tmp_path / "actuals.csv"
    call_command("export", "actuals", "--care-group", "acute", "--out", str(out))
    assert out.read_bytes() == client.get("/exports/actuals.csv?care_group=acute").getvalue()
    with pytest.raises(CommandError, match="status"):
        call_command("export", "actuals", "--status", "purple", "--out", str(out))


@pytest.mark.parametrize(
    ("role", "waiting"),
    [
        (Role.ANALYST, {"11"}),
        (Role.PERFORMANCE_TEAM, {"11"}),
        (Role.ADMINISTRATOR, {"11"}),
        (Role.FINANCE_PMO, set()),
    ],
)
def test_what_waits_for_approval_is_for_those_who_may_read_drafts(world, client, role, waiting):
    client.force_login(person(role))
    body = client.get("/exports/actuals.csv?status=submitted").getvalue().decode()
    assert {row["value"] for row in csv.DictReader(io.StringIO(body))} == waiting


@pytest.mark.parametrize("role", [Role.BOARD_MEMBER, Role.CARE_GROUP_LEAD, Role.QIA_SIGNATORY])
def test_the_datasets_are_closed_to_others(world, client, role):
    client.force_login(person(role, leads=world.older))
    assert client.get("/exports/actuals.csv?status=submitted").status_code == 403
    assert client.get("/exports/").status_code == 403


def test_no_export_shows_unapproved_values_by_default(world):
    for name in ("actuals", "assessments"):
        values = {row["value"] for row in rows(name)}
        assert not values & {"11", "22"}


def test_a_lead_reads_drafts_of_their_own_group_alone(world):
    lead = Access(roles=frozenset({Role.CARE_GROUP_LEAD}), care_groups=frozenset({world.acute.pk}))
    assert {row["value"] for row in rows("actuals", access=lead, status="submitted")} == {"11"}
    assert rows("actuals", access=lead, status="returned") == []


def test_rows_stream_and_never_gather(monkeypatch):
    taken = []

    def endless():
        place = 0
        while True:
            taken.append(place)
            place += 1
            yield (place, "x")

    columns = (number("n", "A number", itemgetter(0)), words("t", "A text", itemgetter(1)))
    for file_format in (Format.CSV, Format.JSONL):
        taken.clear()
        stream = chunks(columns, endless(), file_format, title="endless")
        assert sum(1 for _ in islice(stream, 3)) == 3
        assert len(taken) <= 1_500


def test_a_stream_that_breaks_is_never_a_whole_file(world, client, monkeypatch):
    from dataclasses import replace

    def breaking(filters: Filters):
        yield (1,)
        raise RuntimeError("the database went away")

    columns = (number("n", "A number", itemgetter(0)),)
    broken = replace(DATASETS["returns"], columns=columns, rows=breaking)
    monkeypatch.setitem(DATASETS, "returns", broken)
    client.force_login(world.analyst)
    for file_format in OFFERED:
        response = client.get(f"/exports/returns.{file_format.value}")
        with pytest.raises(RuntimeError):
            response.getvalue()


def test_the_page_lists_every_dataset_once_with_its_files_those_wanted_most_first(world, client):
    client.force_login(world.analyst)
    page = client.get("/exports/", {"measure": "seen-in-time"}).content.decode()
    listed = [name for name in re.findall(r'id="d-(\w+)"', page) if name in DATASETS]
    assert sorted(listed) == sorted(DATASETS)
    assert listed[:3] == ["assessments", "actuals", "targets"]
    for name, dataset in DATASETS.items():
        query = "?measure=seen-in-time" if "measure" in dataset.filters else ""
        for file_format in OFFERED:
            assert f'href="/exports/{name}.{file_format.value}{query}"' in page


def test_a_workbook_has_its_rows_first_then_a_cover_and_notes(world):
    book = openpyxl.load_workbook(io.BytesIO(exported("actuals", "xlsx", care_group="acute")))
    assert book.sheetnames == ["actuals", "Cover", "Notes"]
    sheet, cover, notes = book.worksheets
    assert book.active is sheet
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{sheet.dimensions.split(':')[1]}"
    assert sheet["C2"].is_date
    assert isinstance(sheet["H2"].value, int | float)
    for heading in sheet[1]:
        assert sheet.column_dimensions[heading.column_letter].width >= len(heading.value)
    said = dict(cover.iter_rows(values_only=True))
    assert said["Title"] == "Actuals: observed values"
    assert said["Rows chosen"] == "care_group acute"
    assert said["Rows"] == str(sheet.max_row - 1)
    columns = DATASETS["actuals"].columns
    assert [row[0].value for row in notes.iter_rows(min_row=2)] == [one.name for one in columns]


def test_a_worksheet_that_cannot_hold_the_rows_says_so(monkeypatch):
    monkeypatch.setattr("kmpt_tracker.ui.workbook.SHEET_ROWS", 3)
    columns = (number("n", "A number", itemgetter(0)),)
    with pytest.raises(TooManyRows, match="take the CSV"):
        list(chunks(columns, [(1,), (2,), (3,)], Format.XLSX, title="x"))


def test_a_file_name_holds_dataset_filters_and_day(world):
    filters = parse_filters(
        {"as_at": "2025-08-31"}, applies=DATASETS["actuals"].filters, dataset="actuals", now=AT
    )
    name = file_name(DATASETS["actuals"], filters, Format.CSV, date(2025, 9, 1))
    assert name == "actuals_as-at-2025-08-31T2259Z_2025-09-01.csv"


@pytest.mark.parametrize("name", ["actuals", "assessments", "targets", "changes"])
def test_a_file_as_known_tomorrow_is_the_file_of_today(world, client, name):
    client.force_login(world.analyst)
    today, ahead = (
        client.get(f"/exports/{name}.csv", given) for given in ({}, {"as_at": "2999-12-31"})
    )
    assert ahead.getvalue() == today.getvalue()
    assert ahead["Content-Disposition"] == today["Content-Disposition"]


OPEN_UNITS = ("finance", "context_figures", "dictionary")  # in the words of the documents
CLOSED = ("unit", "point_type", "ambition_kind", "rag", "variation", "assurance", "freshness")


@pytest.mark.parametrize(
    ("dataset", "column"),
    [
        (dataset.name, column.name)
        for dataset in DATASETS.values()
        for column in dataset.columns
        if column.name in CLOSED and dataset.name not in OPEN_UNITS
    ],
)
def test_a_closed_vocabulary_stands_in_the_dictionary(world, dataset, column):
    (described,) = [
        row for row in rows("dictionary") if (row["dataset"], row["column"]) == (dataset, column)
    ]
    assert described["allowed_values"]
    assert {row[column] for row in rows(dataset)} <= {"", *described["allowed_values"].split()}


def test_people_choose_among_the_units_that_files_name():
    Measure(unit="per_100_000").clean()
    Measure(unit="").clean()
    with pytest.raises(ValidationError, match="There is no such unit"):
        Measure(unit="furlongs").clean()
