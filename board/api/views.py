"""The read-only API over the datasets (docs/api.md)."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.permissions import ReaderRequest, access_of_reader, permitted
from accounts.roles import Capability
from board.api.access import BySignIn, ByToken, MayUseDatasets, as_problem
from board.api.answer import dataset_named, rows_answer, unless_the_same
from board.api.document import document
from board.api.page import FEW_ROWS, tried_page
from board.exports.datasets import DATASETS
from kpis.asked.address import BadParameter
from strategy.exports.filters import NAMES, brief


class Safe(APIView):
    """Reading alone, as JSON, for those who may use the datasets."""

    authentication_classes = (ByToken, BySignIn)
    permission_classes = (MayUseDatasets,)
    renderer_classes = (JSONRenderer,)
    parser_classes = ()
    http_method_names = ("get", "head")

    def get_exception_handler(self) -> Any:
        return as_problem

    @classmethod
    def as_address(cls) -> Any:
        """For an address: other methods are refused before anybody is asked who they are."""
        return login_not_required(require_safe(cls.as_view()))


class DatasetList(Safe):
    """`/api/v1/`: where everything is."""

    def get(self, request: Request) -> HttpResponseBase:
        for name in request.GET:
            raise BadParameter(name, f"The list takes no “{brief(name)}”: it has no parameters.")
        at = request.build_absolute_uri
        listed = [
            {
                "dataset": dataset.name,
                "title": dataset.title,
                "rows": at(f"/api/v1/{dataset.name}"),
                "filters": sorted(dataset.filters),
                "columns": [column.name for column in dataset.columns],
            }
            for dataset in DATASETS.values()
        ]
        found = {"datasets": listed, "openapi": at("/api/v1/openapi.json")}
        return unless_the_same(request._request, JsonResponse(found))


class Document(Safe):
    """`/api/v1/openapi.json`: what programs need to know of it."""

    def get(self, request: Request) -> HttpResponseBase:
        for name in request.GET:
            raise BadParameter(name, f"The document takes no “{brief(name)}”.")
        return unless_the_same(request._request, JsonResponse(document(Rows)))


class Rows(Safe):
    """`/api/v1/actuals?measure=…`: a page of the rows of a dataset."""

    def get(self, request: Request, dataset: str) -> HttpResponseBase:
        return rows_answer(
            request._request,
            dataset_named(dataset),
            request.GET,
            access_of_reader(request._request),
            now=timezone.now(),
        )


@require_safe
@permitted(Capability.USE_DATASETS)
def try_it(request: ReaderRequest) -> HttpResponse:
    """`/exports/api/`: how to call the API, and a form that shows what it answers."""
    typed = {name: request.GET.get(name, "").strip() for name in ("dataset", *NAMES)}
    typed["limit"] = request.GET.get("limit", FEW_ROWS).strip()
    page = tried_page(request, typed, request.access, now=timezone.now())
    return render(request, "board/api.html", {"page": page, "typed": typed})
