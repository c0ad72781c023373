"""Errors as programs read them: problem details in JSON (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """What went wrong and what to do, in words. `more`: the parameter at fault, and the like."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return JsonResponse(
        content,
        status=status,
        content_type=CONTENT_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


FOR_PROGRAMS = ("/api/", "/healthz", "/readyz")


def is_program(request: HttpRequest) -> bool:
    """Whether a program asked, which reads no page: through the API, with a token, or to see that
    the tracker is up.
    """
    return request.path.startswith(FOR_PROGRAMS) or "Authorization" in request.headers
