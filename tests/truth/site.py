"""The tracker through a test client: pages as papers, and the file that each page offers."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.test import Client

from tests.truth.paper import Paper

Row = dict[str, str]


@dataclass
class Report:
    """What was held against its table, what was not borne out, and what nobody knew to hold."""

    held: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, tuple[str, str]] = field(default_factory=dict)
    unheld: dict[str, str] = field(default_factory=dict)

    def hold(self, kind: str, is_borne_out: bool, words: object, at: str) -> bool:
        """Counts a claim of a kind, and keeps it where it is not borne out."""
        self.held[kind] += 1
        if not is_borne_out:
            self.wrong.setdefault(f"{kind}: {words}", (kind, at))
        return is_borne_out


class Site:
    """One reader's pages, each fetched once, and the files of whoever may read those."""

    def __init__(self, client: Client, files: Client | None = None):
        self.client = client
        self.files = files or client
        self.page = cache(self._page)
        self.rows = cache(self._rows)

    def opens(self, address: str) -> bool:
        return self.client.get(address).status_code == 200

    def _page(self, address: str) -> Paper:
        response = self.client.get(address)
        if response.status_code != 200:
            raise LookupError(f"{response.status_code} {address}")
        return Paper(address, response.content.decode())

    def _rows(self, address: str) -> list[Row]:
        client = self.files if address.startswith("/exports/") else self.client
        response = client.get(address)
        if response.status_code != 200:
            raise LookupError(f"{response.status_code} {address}")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))

    def file_of(self, paper: Paper) -> list[Row]:
        """The rows of the file that a page offers."""
        found = re.search(r'href="([^"]*data\.csv[^"]*)"', paper.html)
        if found is None:
            raise LookupError(f"No file: {paper.address}")
        return self.rows(urljoin(paper.address, unescape(found[1])))

    def history(self, measure: str, group: str = "trust", as_at: str = "") -> list[Row]:
        """Every window of a measure as a care group reports it, oldest first."""
        asked = {"measure": measure, "care_group": group, "as_at": as_at}
        query = urlencode({name: text for name, text in asked.items() if text})
        rows = self.rows(f"/exports/assessments.csv?{query}")
        return sorted(rows, key=lambda row: (row["period_end"], row["period_start"]))

    def own(self, measure: str, group: str = "trust", as_at: str = "") -> list[Row]:
        """The windows of the measure's own frequency, oldest first."""
        (often,) = [
            row["frequency"]
            for row in self.rows("/exports/measures.csv")
            if row["measure"] == measure
        ]
        length = LENGTHS.get(often)
        rows = self.history(measure, group, as_at)
        return [row for row in rows if length in (None, months_of(row))]


LENGTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "annual": 12}


def months_of(row: Row) -> int:
    """How many months a window has."""
    first, last = (date.fromisoformat(row[name]) for name in ("period_start", "period_end"))
    return (last.year - first.year) * 12 + last.month - first.month + 1


def asked(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def with_query(address: str, **more: str) -> str:
    """An address with parameters replaced; an empty one is left out."""
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **more}
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{parts.path}?{text}" if text else parts.path
