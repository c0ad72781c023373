"""The analysts' page and the files it links to."""

from collections.abc import Iterable, Mapping

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.permissions import ReaderRequest, permitted
from accounts.roles import Capability
from accounts.tokens.reading import opened_by_token
from board.exports.chosen import Chosen
from board.exports.datasets import DATASETS, export_bytes, file_name, known_codes
from board.exports.page import WANTED_MOST, exports_page
from board.exports.table_schema import table_schema
from kmpt_tracker.ui.formats import export_datetime
from kmpt_tracker.ui.tabular import CONTENT_TYPES, OFFERED, Format
from kpis.asked.address import Asked, BadParameter, asks
from strategy.exports.dataset import Dataset
from strategy.exports.filters import NAMES, BadFilter, Codes, Filters, brief, parse_filters

# The filters with a box on the page; the others may stand in its address.
IN_FORM = ("plan", "measure", "care_group", "from", "to", "as_at", "since")
# A header of files that `since` applies to: the moment to ask with for what comes after this file.
ROWS_UNTIL = "Rows-Until"
# Pages of figures have a `status` too, with values of their own.
STATUSES: Codes = {"status": known_codes()["status"]}


@require_safe
@permitted(Capability.USE_DATASETS)
@asks("dataset", *NAMES, in_form=IN_FORM, codes=STATUSES)
def export_list(request: ReaderRequest, asked: Asked) -> HttpResponse:
    """Every dataset with its columns; the filters of the form go into its links.

    Of the dataset chosen also the first rows and, once it is asked for by name, how many there are.
    """
    given = {name: text for name in NAMES if (text := asked.text(name))}
    name = asked.choice("dataset", DATASETS)
    page = exports_page(given, name or next(iter(WANTED_MOST)), asked)
    card = page.chosen_card
    _filters(given, frozenset(NAMES), "the datasets", asked, known_codes())
    of_dataset = {name: text for name, text in given.items() if name in card.dataset.filters}
    filters = _filters(
        of_dataset, card.dataset.filters, card.dataset.name, asked, card.dataset.codes
    )
    chosen = Chosen(
        card,
        card.dataset.glance(filters.readable_by(request.access), is_counted=bool(name)),
        given,
        request.build_absolute_uri("/").rstrip("/"),
    )
    context = {"page": page, "chosen": chosen, "typed": asked.typed}
    return render(request, "board/export_list.html", context)


def _filters(
    given: Mapping[str, str], applies: frozenset[str], name: str, asked: Asked, codes: Codes
) -> Filters:
    try:
        return parse_filters(given, applies=applies, dataset=name, now=asked.now, codes=codes)
    except BadFilter as error:
        raise BadParameter(error.name, str(error)) from None


@opened_by_token
@require_safe
@permitted(Capability.USE_DATASETS)
def export_file(request: ReaderRequest, dataset: str, file_format: str) -> StreamingHttpResponse:
    """`/exports/actuals.csv?measure=…`, streamed; an error on the way aborts the response."""
    found = dataset_or_404(dataset)
    if file_format not in OFFERED:
        raise BadParameter(
            "format", f"There is no format “{brief(file_format)}” here: take {', '.join(OFFERED)}."
        )
    asked = Asked(request.GET, now=timezone.now())
    given = {name: asked.text(name) for name in asked.typed}
    bom = asked_bom(given.pop("bom", ""))
    filters = _filters(given, found.filters, found.name, asked, found.codes)
    response = streamed(found, filters.readable_by(request.access), Format(file_format), bom=bom)
    if "since" in found.filters:
        response.headers[ROWS_UNTIL] = export_datetime(asked.now)
    return response


def asked_bom(text: str) -> bool:
    """Whether a CSV begins with a byte-order mark. The other formats have none, and take the word:
    one address serves every format.
    """
    if text not in ("", "0", "1"):
        raise BadParameter("bom", "“bom” must be 1, for a byte-order mark, or 0.")
    return text == "1"


def streamed(
    dataset: Dataset,
    filters: Filters,
    file_format: Format,
    *,
    bom: bool = False,
    also: Iterable[str] = (),
) -> StreamingHttpResponse:
    """A dataset as a download, named after its filters and what `also` was chosen."""
    name = file_name(dataset, filters, file_format, timezone.localdate(), also=also)
    disposition = content_disposition_header(True, name) or "attachment"
    return StreamingHttpResponse(
        export_bytes(dataset, filters, file_format, bom=bom),
        content_type=CONTENT_TYPES[file_format],
        headers={"Content-Disposition": disposition},
    )


@opened_by_token
@require_safe
@permitted(Capability.USE_DATASETS)
def export_schema(request: HttpRequest, dataset: str) -> JsonResponse:
    """`/exports/actuals.schema.json`: the Table Schema of a dataset."""
    for name in request.GET:
        raise BadParameter(name, f"A schema has no filter called “{brief(name)}”: it takes none.")
    return JsonResponse(
        table_schema(dataset_or_404(dataset)), json_dumps_params={"ensure_ascii": False}
    )


def dataset_or_404(name: str) -> Dataset:
    """The dataset of that name; the 404 for an unknown one says where they are listed."""
    if name not in DATASETS:
        raise Http404(f"There is no dataset “{name}”. The exports page lists them all.")
    return DATASETS[name]
