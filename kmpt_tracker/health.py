"""Two URLs for monitoring; neither reveals a version or a secret."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis.models import Series

# The sweep runs every half minute: work older than this means that nothing is sweeping.
STALE_SECONDS_BEFORE_DEGRADED = 300
# Stale series, and when this process first saw them so, as no row records since when.
_first_seen_stale: dict[tuple[int, int], datetime] = {}


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is running. Asks no database, so that a database outage causes no restarts."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether pages can be served: 503 without a database or with migrations to apply.

    Without a broker, or when figures wait too long for their status, pages can still be served:
    200 and "degraded".
    """
    report = readiness(timezone.now())
    return JsonResponse(report, status=503 if report["status"] == "unavailable" else 200)


def readiness(at: datetime) -> dict[str, Any]:
    """The state of each part: ok, or what is wrong, in a word."""
    report: dict[str, Any] = {"database": "ok", "migrations": "ok", "broker": _broker()}
    try:
        if _migrations_to_apply():
            report["migrations"] = "to apply"
        else:
            report.update(_stale_series(at))
    except (DatabaseError, InterfaceError):
        report["database"] = "away"
        report["migrations"] = "unknown"
    waits_long = (report.get("oldest_stale_seconds") or 0) > STALE_SECONDS_BEFORE_DEGRADED
    if report["database"] != "ok" or report["migrations"] != "ok":
        status = "unavailable"
    elif report["broker"] == "away" or waits_long:
        status = "degraded"
    else:
        status = "ok"
    return {"status": status, **report}


def why_no_command_runs(*, migrating: bool = False) -> str:
    """The error line for a command when the database is unavailable or not migrated, else empty."""
    try:
        connection.ensure_connection()
        if not migrating and _migrations_to_apply():
            return "the database is not up to date; run python manage.py migrate first."
    except (DatabaseError, InterfaceError) as fault:
        words = str(fault).strip().splitlines() or [type(fault).__name__]
        return f"the database cannot be used: {words[0]}"
    return ""


def _migrations_to_apply() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _stale_series(at: datetime) -> dict[str, Any]:
    """How many series wait for their status, and for how long the oldest has been seen waiting."""
    stale = list(Series.objects.stale().values_list("pk", "assessed_version"))
    waiting = {key: _first_seen_stale.get(key, at) for key in stale}
    _first_seen_stale.clear()
    _first_seen_stale.update(waiting)
    oldest = round((at - min(waiting.values())).total_seconds()) if waiting else None
    return {"stale_series": len(stale), "oldest_stale_seconds": oldest}


def _broker() -> str:
    if not settings.REDIS_URL:
        return "none"
    import redis

    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5
        ) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "away"
    return "ok"
