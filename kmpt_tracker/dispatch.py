"""Waking the background work: a message to Celery, or a thread of this process without Redis.

The message is only a wake-up call. What is still to be done stands in the database, and the
sweep finds it: a message that is lost, late or sent twice changes nothing.
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
# After a failure the broker is left alone this long: a page with many saves must not wait for
# each of them.
SILENT_SECONDS = 5.0
_silent_until = 0.0


def wake(task: str, **kwargs: Any) -> None:
    """Run the task of this dotted name once the present transaction is committed."""
    transaction.on_commit(lambda: _send(task, kwargs), robust=True)


def _send(task: str, kwargs: dict[str, Any]) -> None:
    if settings.TASKS_INLINE:
        import_string(task)(**kwargs)
    elif settings.REDIS_URL:
        _publish(task, kwargs)
    else:
        in_process(task, kwargs)


def _publish(task: str, kwargs: dict[str, Any]) -> None:
    """Send to the broker; a broker that is away is a line in the log, never a failed save."""
    global _silent_until
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
    """One thread a process, made at the first task: a fork before that shares nothing."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="tasks")


def in_process(task: str, kwargs: dict[str, Any]) -> "Future[None] | None":
    """Queue the task for this process's own thread; None when the process is ending."""
    try:
        return _executor().submit(_run, task, kwargs)
    except RuntimeError:  # the interpreter shuts down: the next start sweeps
        return None


def _run(task: str, kwargs: dict[str, Any]) -> None:
    """In the thread: with a database connection of its own, closed again afterwards."""
    try:
        import_string(task)(**kwargs)
    except Exception:
        logger.exception("%s failed; the sweep will try again.", task)
    finally:
        connections.close_all()


def start_sweeping() -> threading.Event | None:
    """Where there is no Redis, a web process sweeps by itself: now, and every half minute.

    Returns the event that ends it; None where beat does the sweeping.
    """
    if settings.REDIS_URL or settings.TASKS_INLINE:
        return None
    ended = threading.Event()

    def sweep_until_ended() -> None:
        while not ended.is_set():
            queued = in_process(SWEEP, {})
            if queued is None:
                return
            queued.result()
            ended.wait(settings.SWEEP_SECONDS)

    threading.Thread(target=sweep_until_ended, name="sweeper", daemon=True).start()
    atexit.register(ended.set)
    return ended
