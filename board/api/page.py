"""The page on which a person tries the API: what was asked, and the answer to it as it is."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase

from accounts.permissions import Access
from board.api.answer import dataset_named, rows_answer
from board.api.document import FILTERS
from board.exports.datasets import DATASETS
from kmpt_tracker.ui.problems import problem
from kpis.asked.address import BadParameter
from strategy.exports.filters import NAMES

HEADERS = ("Content-Type", "Content-Encoding", "ETag", "Link")
FEW_ROWS = "3"


@dataclass(frozen=True)
class TriedPage:
    """`answer`: None until something is sent."""

    typed: Mapping[str, str]
    answer: HttpResponse | None
    path: str
    root: str

    @property
    def dataset_options(self) -> list[tuple[str, str]]:
        return [(name, f"{name}: {dataset.title}") for name, dataset in DATASETS.items()]

    @property
    def boxes(self) -> list[tuple[str, str, str]]:
        """The filters as boxes: name, its words, what was typed."""
        words = {name: name.replace("_", " ").capitalize() for name in NAMES}
        return [(name, words[name], self.typed.get(name, "")) for name in NAMES]

    @property
    def meanings(self) -> list[tuple[str, str]]:
        return [(name, FILTERS[name]) for name in NAMES]

    @property
    def listed(self) -> list[tuple[str, str, str]]:
        """Every dataset: its address, its title and its filters."""
        return [
            (f"/api/v1/{name}", dataset.title, ", ".join(sorted(dataset.filters)) or "–")
            for name, dataset in DATASETS.items()
        ]

    @property
    def status(self) -> str:
        return f"{self.answer.status_code} {self.answer.reason_phrase}" if self.answer else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        found = self.answer.headers if self.answer else {}
        return [(name, found[name]) for name in HEADERS if name in found]

    @property
    def body(self) -> str:
        """A cell a line, with the digits of the answer."""
        content = self.answer.content if self.answer else b"null"
        if self.answer and self.answer.has_header("Content-Encoding"):
            content = gzip.decompress(content)
        return _laid_out(json.loads(content, parse_float=_Digits, parse_int=_Digits))

    @property
    def in_a_shell(self) -> str:
        return f'curl --compressed -H "Authorization: Bearer $TOKEN" "{self.root}{self.path}"'


class _Digits(str):
    """A number as it was written."""


def _laid_out(found: Any, margin: str = "") -> str:
    inner = f"{margin}  "
    if isinstance(found, dict) and found:
        cells = (f'{inner}"{name}": {_laid_out(cell, inner)}' for name, cell in found.items())
        return "{\n" + ",\n".join(cells) + f"\n{margin}}}"
    if isinstance(found, list) and found:
        return "[\n" + ",\n".join(inner + _laid_out(one, inner) for one in found) + f"\n{margin}]"
    return found if isinstance(found, _Digits) else json.dumps(found, ensure_ascii=False)


def tried_page(
    request: HttpRequest, typed: Mapping[str, str], access: Access, *, now: datetime
) -> TriedPage:
    """What the API answers to what was typed: the same as to a program, refusals too."""
    name = typed.get("dataset", "")
    given = {key: text for key, text in typed.items() if text and key != "dataset"}
    path = f"/api/v1/{name}?{urlencode(given)}"
    answer: HttpResponseBase | None = None
    if name:
        query = QueryDict(urlencode(given))
        try:
            answer = rows_answer(request, dataset_named(name), query, access, now=now)
        except BadParameter as bad:
            answer = problem(400, str(bad), parameter=bad.name)
        except Http404 as missing:
            answer = problem(404, str(missing))
    root = request.build_absolute_uri("/").rstrip("/")
    found = answer if isinstance(answer, HttpResponse) else None
    return TriedPage(typed, found, path, root)
