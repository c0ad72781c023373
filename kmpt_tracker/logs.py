"""One JSON object a line: whatever a person typed cannot forge a second line."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
CLIENT_ERRORS = range(400, 500)
THE_FRAMEWORKS = ("django.request", "django.security")


class RefusalsOnce(logging.Filter):
    """Drops what the framework says of an answer 4xx, some of it with a traceback.

    RequestIdMiddleware says it in one line: whose request it was, and which.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        is_refusal = getattr(record, "status_code", None) in CLIENT_ERRORS
        return not (is_refusal and record.name.startswith(THE_FRAMEWORKS))


class JsonFormatter(logging.Formatter):
    """Time in UTC, level, logger, message, request; the traceback where there is one.

    Only these: a record's other attributes may hold a request with its cookies.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            "process": record.process,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps({key: value for key, value in line.items() if value != ""})
