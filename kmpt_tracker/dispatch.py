"""Wakes the background work: by a message to Celery, or without Redis by a thread of this process.

The message is only a wake-up call. The work to do is recorded in the database, and the sweep
finds it there, so it does not matter if a message is lost, late or sent twice.
"""

import atexit
import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

SWEEP = "kpis.tasks.sweep"
SEND_MAIL = "board.tasks.send_mail"
CHECK_GUARDS = "cip.tasks.check_guards"
# After a failure nothing is sent for this long: a page with many saves must not wait for each.
SILENT_SECONDS = 5.0
_silent_until = 0.0


def wake(task: str, **kwargs: Any) -> None:
    """Run the task with this dotted name once the present transaction is committed."""
    # robust: the save is committed, so a failure here must not turn it into an error page.
    transaction.on_commit(lambda: _send(task, kwargs), robust=True)


def _send(task: str, kwargs: dict[str, Any]) -> None:
    if settings.TASKS_INLINE:
        import_string(task)(**kwargs)
    elif settings.REDIS_URL:
        _publish(task, kwargs)
    else:
        in_process(task, kwargs)


def _publish(task: str, kwargs: dict[str, Any]) -> None:
    """Send to the broker. If it is unavailable, log a line; the save must not fail."""
    global _silent_until
    # Imported here, so that a start without Redis does not load Celery.
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    from kmpt_tracker.celery import app

    if time.monotonic() < _silent_until:
        return
    try:
        app.send_task(task, kwargs=kwargs)
    except (OperationalError, RedisError, OSError) as error:
        _silent_until = time.monotonic() + SILENT_SECONDS
        logger.warning(
            "The broker is away (%s); the sweep will find the work.", type(error).__name__
        )


@cache
def _executor() -> ThreadPoolExecutor:
    """One thread per process, started by the first task, so that a fork before it is safe."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="tasks")


def in_process(task: str, kwargs: dict[str, Any]) -> "Future[None] | None":
    """Queue the task for this process's own thread; None when the process is ending."""
    try:
        return _executor().submit(_run, task, kwargs)
    except RuntimeError:  # the interpreter is shutting down: the next start sweeps
        return None


def _run(task: str, kwargs: dict[str, Any]) -> None:
    """Runs in the thread, with a database connection of its own that is closed afterwards."""
    try:
        import_string(task)(**kwargs)
    except Exception:
        logger.exception("%s failed; the sweep will try again.", task)
    finally:
        connections.close_all()


def start_sweeping() -> threading.Event | None:
    """Without Redis, sweep and send e-mails in this web process: now, then every half minute.

    Returns the event that stops it; None with Redis, where beat does the sweeping.
    """
    if settings.REDIS_URL or settings.TASKS_INLINE:
        return None
    ended = threading.Event()

    def sweep_until_ended() -> None:
        while not ended.is_set():
            for task in (SWEEP, CHECK_GUARDS, SEND_MAIL):
                queued = in_process(task, {})
                if queued is None:
                    return
                # Wait for it, so that sweeps do not queue up behind a slow one.
                queued.result()
            ended.wait(settings.SWEEP_SECONDS)

    threading.Thread(target=sweep_until_ended, name="sweeper", daemon=True).start()
    atexit.register(ended.set)
    return ended
