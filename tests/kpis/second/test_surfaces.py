"""One status for one cell: on pages, in charts and in files, now and as known at a moment.

Random plans, against the second rules.
"""

import csv
import io
import json
import random
import re
from collections import defaultdict
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser

import openpyxl
import pytest

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from kmpt_tracker.ui.tabular import Format
from strategy.exports.filters import parse_filters
from strategy.periods import Period
from tests.factories.people import person
from tests.kpis.second.clock import latest, month_before, with_gaps
from tests.kpis.second.judging import Cell, blank, judged
from tests.kpis.second.loading import load
from tests.kpis.second.rules import number_of
from tests.kpis.second.world import PLANS, Records, random_world

pytestmark = pytest.mark.any_database

NOW = datetime(2021, 1, 11, 9, tzinfo=UTC)
# As asked for in an address, and the moment that is: days end, and clocks change, in London.
ASKED = {
    "2019-03-31": datetime(2019, 3, 31, 22, 59, 59, 999999, tzinfo=UTC),
    "2019-10-27T01:30": datetime(2019, 10, 27, 1, 30, tzinfo=UTC),
    "2020-04-01T00:00+01:00": datetime(2020, 3, 31, 23, tzinfo=UTC),
}
WORDS = {
    "green": "On target",
    "amber": "Near target",
    "red": "Off target",
    "blue": "Complete",
    "not_applicable": "Not applicable",
    "suppressed": "Suppressed",
    "not_due": "Not due",
    "late": "Late",
    "no_data": "No data",
    "incomplete": "Incomplete",
    "needs_baseline": "Needs a baseline",
    "no_target": "No target",
}
MILESTONE_WORDS = {**WORDS, "green": "On track", "amber": "At risk", "red": "Off track"}


class Page(HTMLParser):
    """The tables of a page by caption, and the figure of its chart."""

    def __init__(self, html: str):
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.figure: dict = {}
        self._text: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag == "script":
            self._caption = dict(attrs).get("type", "")
        if tag in ("th", "td", "caption", "script"):
            self._text = []

    def handle_endtag(self, tag):
        text = " ".join("".join(self._text).split())
        if tag == "caption":
            self._caption = text
        elif tag in ("th", "td") and self._rows:
            self._rows[-1].append(text)
        elif tag == "table":
            self.tables[self._caption] = self._rows
        elif tag == "script" and self._caption == "application/json" and '"layout"' in text:
            self.figure = json.loads(text)

    def handle_data(self, data):
        self._text.append(data)


@pytest.mark.django_db
def test_files_pages_charts_and_the_board_say_what_the_second_rules_say(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client.force_login(person(Role.ANALYST))
    world = random_world(random.Random(101))
    load(world, at=NOW)
    for as_at, moment in (("", NOW), *ASKED.items()):
        known, cells = world.at(moment), judged(world, moment)
        _same_files(known, cells, as_at, moment)
        if as_at in ("", "2019-10-27T01:30"):
            _same_pages(client, known, cells, as_at, moment)
        for month in ("2019-03", "2019-12"):
            _same_board(client, known, cells, as_at, moment, month)


def rows_in(file_format: str, as_at: str) -> list[dict]:
    given = {"as_at": as_at} if as_at else {}
    dataset = DATASETS["assessments"]
    filters = parse_filters(given, applies=dataset.filters, dataset=dataset.name, now=NOW)
    readable = filters.readable_by(Access(roles=frozenset({Role.ANALYST})))
    data = b"".join(export_bytes(dataset, readable, Format(file_format)))
    if file_format == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if file_format == "jsonl":
        return [json.loads(line) for line in data.decode().splitlines()]
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def is_same(shown, wanted: Fraction | None) -> bool:
    if shown in (None, "") or wanted is None:
        return shown in (None, "") and wanted is None
    return abs(Fraction(str(shown)) - wanted) < Fraction(1, 10**6)


def _same_files(known: Records, cells: dict, as_at: str, moment: datetime) -> None:
    wanted = {
        (*key, *window): rag
        for key, held in cells.items()
        for window, rag in with_gaps(known, key, held, moment, month_before(moment)).items()
    }
    for file_format in ("csv", "jsonl", "xlsx"):
        found, further = {}, defaultdict(dict)
        for row in rows_in(file_format, as_at):
            window = tuple(str(row[name])[:10] for name in ("period_start", "period_end"))
            key = (row["measure"], row["care_group"], *window)
            if row["is_primary"] in ("false", False):
                further[key][row["target_id"]] = row["rag"]
            else:
                assert key not in found
                found[key] = row
        rags = {key: row["rag"] for key, row in found.items()}
        assert rags == {(*key[:2], *map(str, key[2:])): rag for key, rag in wanted.items()}
        for place, rag in wanted.items():
            key, window = place[:2], place[2:]
            cell = cells[key].get(window) or blank(known, key, window, rag)
            shown = (*key, *map(str, window))
            _same_row(found[shown], cell)
            assert further.pop(shown, {}) == cell.further
        assert not further


def _same_row(row: dict, cell: Cell) -> None:
    assert (row["target_id"] or "") == cell.target
    assert is_same(row["value"], cell.value), row
    assert is_same(row["target"], cell.asked), row
    assert is_same(row["floor"], cell.floor), row
    variance = None if cell.value is None else cell.variance
    assert is_same(row["variance"], variance), row
    assert int(row["groups_reported"] or 0) == cell.reported
    assert int(row["groups_expected"] or 0) == cell.expected


def _same_pages(client, known: Records, cells: dict, as_at: str, moment: datetime) -> None:
    for key, held in cells.items():
        code, group = key
        until = month_before(moment)
        if group != "trust" and (ends := known.rows["group"][group]["valid_to"]):
            until = min(until, number_of(ends) - 1)
        wanted = with_gaps(known, key, held, moment, until)
        query = {"care_group": group, "as_at": as_at}
        page = Page(client.get(f"/measures/{code}/", query).content.decode())
        is_milestone = known.rows["measure"][code]["kind"] == "milestone"
        if is_milestone or not any(window in held for window in wanted):
            continue
        (table,) = (rows for caption, rows in page.tables.items() if "every figure" in caption)
        shown = {row[0]: row[table[0].index("Status")].split(",")[0] for row in table[1:]}
        assert shown == {Period(*window).label: WORDS[rag] for window, rag in wanted.items()}, key
        _same_figure(page.figure, {window: held.get(window) for window in wanted})


def _same_figure(figure: dict, windows: dict) -> None:
    traces = {trace["name"]: trace for trace in figure["data"]}
    drawn = next(trace for trace in figure["data"] if "marker" in trace)
    values = [cell and cell.value for cell in windows.values()]
    assert len(drawn["y"]) == len(values)
    assert all(is_same(y, value) for y, value in zip(drawn["y"], values, strict=True))
    if "Target" in traces:
        asked = traces["Target"]["y"]
        for y, cell in zip(asked, windows.values(), strict=True):
            assert cell is None or is_same(y, cell.asked)


def _same_board(
    client, known: Records, cells: dict, as_at: str, moment: datetime, month: str
) -> None:
    last = int(month[:4]) * 12 + int(month[5:]) - 1
    for plan in PLANS:
        query = {"plan": plan, "period": month, "as_at": as_at}
        response = client.get("/", query)
        if response.status_code == 400:
            # A plan that was not known then: the address says so, and nothing of it was promised.
            assert "“plan”" in response.text
            assert all(target["plan"] != plan for target in known.rows["target"].values())
            continue
        html = response.text
        shown = defaultdict(list)
        for row in re.findall(r'<tr role="row".*?</tr>', html, re.DOTALL):
            name = re.search(r"/measures/([^/]+)/", row)
            status = re.search(r'data-l="Status"[^>]*>.*?</svg>([^<]+)</span>', row, re.DOTALL)
            if name and status:
                shown[name[1]].append(status[1])
        wanted = defaultdict(list)
        for code, target in known.rows["target"].items():
            if target["plan"] == plan:
                rag = _promise_status(known, cells, code, target, last, moment)
                kind = known.rows["measure"][target["measure"]]["kind"]
                words = MILESTONE_WORDS if kind == "milestone" else WORDS
                wanted[target["measure"]].append(words[rag])
        assert {name: sorted(rags) for name, rags in shown.items()} == {
            name: sorted(rags) for name, rags in wanted.items()
        }


def _promise_status(
    known: Records, cells: dict, code: str, target: dict, last: int, moment: datetime
) -> str:
    """A promise's own status in its measure's latest window; what is not judged there is not, and
    what is not in force there has no target.
    """
    key = (target["measure"], target["care_group"])
    if key not in cells:
        return "no_data"
    rag, cell = latest(known, key, cells[key], moment, last)
    if cell is None or rag in ("not_applicable", "suppressed", "incomplete"):
        return rag
    is_milestone = known.rows["measure"][target["measure"]]["kind"] == "milestone"
    if code in cell.further or code == cell.target or is_milestone:
        return cell.further.get(code, rag)
    return "no_target" if rag in ("green", "amber", "red") else rag
