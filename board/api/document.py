"""The OpenAPI 3.1 document of the API: each dataset has a path, made from its own columns."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.views import APIView

from board.api.answer import MOST_ROWS, USUAL_ROWS
from board.exports.datasets import DATASETS
from kmpt_tracker.ui.problems import CONTENT_TYPE
from kmpt_tracker.ui.tabular import Column, Digits, Kind
from strategy.exports.dataset import Dataset
from strategy.exports.filters import NAMES

FILTERS = {
    "plan": "Code of a plan",
    "ambition": "Number of an ambition as printed",
    "objective": "Reference of an objective",
    "measure": "Code of a measure",
    "care_group": "Code of a care group; trust: the trust as a whole",
    "from": "First month, inclusive: 2025-04",
    "to": "Last month, inclusive: 2026-03",
    "status": "State of a row",
    "origin": "Where a figure comes from",
    "as_at": "As known at a moment, or at the end of a day in London: 2026-03-20T12:00",
    "since": "Rows that are new or restated since a moment: 2026-03-20T12:00",
}
JSON_TYPES = {
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.NUMBER: "number",
    Kind.DATE: "string",
    Kind.MOMENT: "string",
    Kind.BOOLEAN: "boolean",
}
JSON_FORMATS = {Kind.DATE: "date", Kind.MOMENT: "date-time"}
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong and what to do"},
        "parameter": {"type": "string", "description": "The parameter at fault, where it is one"},
    },
    "required": ["type", "title", "status", "detail"],
}
REFUSALS = {
    400: "A parameter that is unknown, does not apply or cannot be meant; it is named",
    401: "No token, or one that is unknown, expired, revoked or of a closed account",
    403: "The person of the token may not use the datasets",
    406: "“Accept” leaves out application/json",
    410: "The row that the cursor names is gone: begin again",
    429: "Too many calls in this minute, or wrong tokens: wait for as long as Retry-After says",
}


class TokenScheme(OpenApiAuthenticationExtension):
    """The two ways to send a token."""

    target_class = "board.api.access.ByToken"
    name = ["token", "basic"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        how = "A token of /accounts/tokens/"
        return [
            {"type": "http", "scheme": "bearer", "description": how},
            {
                "type": "http",
                "scheme": "basic",
                "description": f"{how} as the password, with its person's user name",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]


class SignInScheme(OpenApiAuthenticationExtension):
    """The sign-in of a browser."""

    target_class = "board.api.access.BySignIn"
    name = "browser"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def column_schema(column: Column) -> dict[str, Any]:
    """What a cell may hold in JSON; null where it may be absent."""
    kind = "integer" if column.digits is Digits.WHOLE else JSON_TYPES[column.kind]
    described: dict[str, Any] = {"type": kind if column.is_required else [kind, "null"]}
    if column.kind in JSON_FORMATS:
        described["format"] = JSON_FORMATS[column.kind]
    described["description"] = column.meaning
    if column.unit:
        described["x-unit"] = column.unit
    if column.allowed:
        described["enum"] = [*column.allowed, *([] if column.is_required else [None])]
    return described


def page_schema(dataset: Dataset) -> dict[str, Any]:
    names = [column.name for column in dataset.columns]
    row = {
        "type": "object",
        "properties": {column.name: column_schema(column) for column in dataset.columns},
        "required": names,
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "dataset": {"type": "string", "const": dataset.name},
            "rows": {"type": "array", "items": row, "maxItems": MOST_ROWS},
            "next": {
                "type": ["string", "null"],
                "format": "uri",
                "description": "Address of the next page; null at the end",
            },
        },
        "required": ["dataset", "rows", "next"],
        "additionalProperties": False,
    }


def parameters(dataset: Dataset) -> Iterator[OpenApiParameter]:
    """The filters of the dataset, then those of paging."""
    for name in NAMES:
        if name in dataset.filters:
            # The codes of the organisation are data, and others tomorrow.
            codes = dataset.codes.get(name) if name in ("status", "origin") else None
            yield OpenApiParameter(
                name, str, description=FILTERS[name], enum=list(codes()) if codes else None
            )
    yield OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS},
        description="How many rows a page has at most",
    )
    yield OpenApiParameter("cursor", str, description="From the address of the next page")
    yield OpenApiParameter(
        "If-None-Match",
        str,
        OpenApiParameter.HEADER,
        description="The ETag of an answer that you have: 304 where it still holds",
    )


def described(view: type[APIView], dataset: Dataset) -> type[APIView]:
    """The view as it answers for one dataset."""
    problem = {"$ref": "#/components/schemas/Problem"}
    refusals: dict[Any, Any] = {
        (status, CONTENT_TYPE): OpenApiResponse(problem, description=words)
        for status, words in REFUSALS.items()
    }
    found = {
        (200, "application/json"): OpenApiResponse(
            page_schema(dataset), description="A page of rows, in the order of the files"
        ),
        304: OpenApiResponse(None, description="What If-None-Match names still holds"),
    }
    get = extend_schema(
        operation_id=dataset.name,
        summary=dataset.title,
        description=f"The rows of `{dataset.name}`, as in `/exports/{dataset.name}.csv`.",
        tags=["datasets"],
        parameters=list(parameters(dataset)),
        request=None,
        responses={**found, **refusals},
    )
    return extend_schema_view(get=get)(type(f"{dataset.name}_rows", (view,), {}))


@cache
def document(view: type[APIView]) -> dict[str, Any]:
    """Made once: it changes only with the code."""
    patterns: list[URLPattern] = [
        path(f"api/v1/{dataset.name}", described(view, dataset).as_view())
        for dataset in DATASETS.values()
    ]
    found: dict[str, Any] = SchemaGenerator(patterns=patterns).get_schema(public=True)
    found["components"]["schemas"] = {"Problem": PROBLEM}
    return found
