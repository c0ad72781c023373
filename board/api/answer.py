"""What the API answers: a page of a dataset's rows, from the same columns and filters as its files.

The page to try it shows the same answers.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.gzip import re_accepts_gzip
from django.utils.cache import get_conditional_response, patch_vary_headers

from accounts.audit import let_writes_end
from accounts.permissions import Access
from board.api.paging import Cursor, RowsPage, filters_asked, page_of
from board.exports.datasets import DATASETS
from board.exports.views import ROWS_UNTIL
from kmpt_tracker.ui.formats import export_datetime
from kmpt_tracker.ui.tabular import OFFERED, jsonl_lines
from kpis.asked.address import Asked, BadParameter
from kpis.asked.kept import QUICKLY
from kpis.asked.months import KEPT_SECONDS
from kpis.asked.stamps import stamps
from strategy.exports.dataset import Dataset
from strategy.exports.filters import BadFilter, brief, parse_filters

MOST_ROWS, USUAL_ROWS = 1_000, 100
CONTENT_TYPE = "application/json"


def dataset_named(name: str) -> Dataset:
    """The dataset; an unknown one is a 404, and a format after its name a 400 that says where."""
    if name in DATASETS:
        return DATASETS[name]
    known, _, ending = name.partition(".")
    if known in DATASETS:
        raise BadParameter("format", _json_alone(known, ending))
    raise Http404(f"There is no dataset “{brief(name)}”. /api/v1/ lists them all.")


def _json_alone(name: str, asked: str) -> str:
    files = ", ".join(OFFERED)
    return (
        f"“format”: the API answers JSON alone, not “{brief(asked)}”. For a file take "
        f"/exports/{name}.{asked if asked in OFFERED else 'csv'} (there are {files})."
    )


def rows_asked(
    dataset: Dataset, typed: QueryDict, access: Access, *, now: datetime
) -> tuple[RowsPage, dict[str, str]]:
    """The page of rows, and the parameters of the next one. Raises BadParameter and RowGone."""
    asked = Asked(typed, now=now)
    given = {name: asked.text(name) for name in typed}
    if "format" in given:
        raise BadParameter("format", _json_alone(dataset.name, given["format"]))
    limit, text = given.pop("limit", ""), given.pop("cursor", "")
    if limit and not (re.fullmatch(r"[1-9][0-9]{0,3}", limit) and int(limit) <= MOST_ROWS):
        raise BadParameter(
            "limit",
            f"“limit” must be a whole number of rows from 1 to {MOST_ROWS:,}, not “{brief(limit)}”."
            " The answer names the address of the next page.",
        )
    try:
        filters = parse_filters(
            given, applies=dataset.filters, dataset=dataset.name, now=now, codes=dataset.codes
        )
    except BadFilter as error:
        raise BadParameter(error.name, str(error)) from None
    of = filters_asked(dataset, given)
    page = page_of(
        dataset,
        filters.readable_by(access),
        size=int(limit or USUAL_ROWS),
        asked=of,
        cursor=Cursor.read(text, of) if text else None,
    )
    kept = {**given, "limit": limit}
    return page, {name: value for name, value in kept.items() if value}


def rows_answer(
    request: HttpRequest, dataset: Dataset, typed: QueryDict, access: Access, *, now: datetime
) -> HttpResponseBase:
    """The rows as JSON, numbers with every digit, and the address of the next page, if any.

    An answer is kept compressed until something is written or a minute has passed, as drawn pages
    are (kpis/asked/kept.py), for all who may read the same.
    """
    key = _hash(
        request.build_absolute_uri("/"),
        dataset.name,
        sorted(typed.lists()),
        sorted(access.roles),
        sorted(access.care_groups),
        f"{now:%Y%m%d%H%M}",
        stamps().data,
    )
    kept = caches["answers"]
    found: Kept | None = kept.get(key)
    if found is None:
        found = _drawn(request, dataset, typed, access, now=now)
        kept.set(key, found, KEPT_SECONDS)
    if takes_gzip(request):
        answer = HttpResponse(found.content, content_type=CONTENT_TYPE)
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer = HttpResponse(gzip.decompress(found.content), content_type=CONTENT_TYPE)
    if found.until:
        answer.headers[ROWS_UNTIL] = found.until
    if found.next:
        answer.headers["Link"] = f'<{found.next}>; rel="next"'
    patch_vary_headers(answer, ["Accept-Encoding"])
    return unless_the_same(request, answer, found.etag)


@dataclass(frozen=True)
class Kept:
    """An answer: its bytes, compressed, a hash of them before that, and the next address.

    `until`: of the first page, the moment to ask `since` for what comes after all of them.
    """

    content: bytes
    etag: str
    next: str
    until: str


def _drawn(
    request: HttpRequest, dataset: Dataset, typed: QueryDict, access: Access, *, now: datetime
) -> Kept:
    until = ""
    if "since" in dataset.filters and not typed.get("cursor"):
        let_writes_end()
        until = export_datetime(now)
    page, asked = rows_asked(dataset, typed, access, now=now)
    onwards = ""
    if page.next:
        query = urlencode({**asked, "cursor": page.next.text})
        onwards = f"{request.build_absolute_uri(f'/api/v1/{dataset.name}')}?{query}"
    lines = "".join(jsonl_lines(dataset.columns, page.rows)).strip().replace("\n", ",\n")
    said = f'"{onwards}"' if onwards else "null"
    body = f'{{"dataset":"{dataset.name}","rows":[\n{lines}\n],"next":{said}}}'.encode()
    return Kept(gzip.compress(body, QUICKLY, mtime=0), _hash(body), onwards, until)


def takes_gzip(request: HttpRequest) -> bool:
    return re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")) is not None


def unless_the_same(request: HttpRequest, answer: HttpResponse, etag: str = "") -> HttpResponseBase:
    """The answer with an ETag; 304 without its bytes where the program has them already.

    A program with a token may keep what it read, if it asks each time whether that still holds.
    The tag is a weak one, as the same rows may be compressed or not.
    """
    etag = f'W/"{etag or _hash(answer.content)}"'
    answer.headers["ETag"] = etag
    if "Authorization" in request.headers:
        answer.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ["Authorization", "Cookie"])
    found = get_conditional_response(request, etag=etag, response=answer)
    if found is None or found.status_code == HTTPStatus.PRECONDITION_FAILED:
        return answer  # nothing is changed here, so nothing can be in the way of a change
    return found


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
