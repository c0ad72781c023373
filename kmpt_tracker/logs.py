"""Logs one JSON object per line, so that nothing a person types can forge a second line."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

from accounts.tokens.secret import PREFIX, hidden

request_id: ContextVar[str] = ContextVar("request_id", default="")
CLIENT_ERRORS = range(400, 500)
THE_FRAMEWORKS = ("django.request", "django.security")


class RefusalsOnce(logging.Filter):
    """Drops Django's own log records for 4xx responses, some of which have a traceback.

    RequestIdMiddleware logs them in one line, with the person and the request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        is_refusal = getattr(record, "status_code", None) in CLIENT_ERRORS
        return not (is_refusal and record.name.startswith(THE_FRAMEWORKS))


class SecretsHidden(logging.Filter):
    """Hides tokens of programs, wherever a line would name one, as in an address somebody typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if PREFIX in message:
            record.msg, record.args = hidden(message), ()
        return True


class JsonFormatter(logging.Formatter):
    """Time in UTC, level, logger, message, request id; the traceback if there is one.

    Nothing else: a record's other attributes may hold a request with its cookies.
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
