"""Background work is woken after commit, with a broker, without one, and when it is away."""

import logging
import threading
import time

import pytest
import redis
from celery import Celery
from django.db import connection, transaction

from kmpt_tracker import celery, dispatch

REMEMBER = "tests.platform.test_dispatch.remember"
FAIL = "tests.platform.test_dispatch.fail"
# After so many seconds something hangs, even on a slow machine.
LONG = 60
calls: list[tuple[str, dict]] = []


def remember(**kwargs) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    calls.append((threading.current_thread().name, kwargs))


def fail(**kwargs) -> None:
    raise ValueError("broken on purpose")


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    calls.clear()
    monkeypatch.setattr(dispatch, "_silent_until", 0.0)


@pytest.fixture
def broker(settings, monkeypatch):
    """Point the dispatch at a broker, through an application of our settings made for the test."""

    def use(url: str) -> None:
        settings.TASKS_INLINE = False
        settings.REDIS_URL = url
        fresh = Celery("dispatch-test", set_as_current=False)
        fresh.config_from_object("django.conf:settings", namespace="CELERY")
        fresh.conf.broker_url = url
        monkeypatch.setattr(celery, "app", fresh)

    return use


@pytest.mark.django_db
def test_nothing_is_woken_before_the_commit(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        dispatch.wake(REMEMBER, series_ids=[1])
        assert calls == []
    assert calls == [("MainThread", {"series_ids": [1]})]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_woken_by_a_change_that_was_undone():
    with transaction.atomic():
        dispatch.wake(REMEMBER, series_ids=[1])
        transaction.set_rollback(True)
    assert calls == []


@pytest.mark.django_db(transaction=True)
def test_without_redis_a_thread_of_this_process_does_it(settings):
    settings.TASKS_INLINE = False
    with transaction.atomic():
        dispatch.wake(REMEMBER, series_ids=[1])
        dispatch.wake(REMEMBER, series_ids=[2])
    dispatch.in_process(REMEMBER, {"last": True}).result(timeout=LONG)
    assert [kwargs for _, kwargs in calls] == [
        {"series_ids": [1]},
        {"series_ids": [2]},
        {"last": True},
    ]
    assert {name for name, _ in calls} == {"tasks_0"}


@pytest.mark.django_db(transaction=True)
def test_a_task_that_fails_is_logged_and_the_next_one_runs(settings, caplog):
    settings.TASKS_INLINE = False
    dispatch.wake(FAIL)
    dispatch.in_process(REMEMBER, {}).result(timeout=LONG)
    assert len(calls) == 1
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert FAIL in caplog.text


@pytest.mark.django_db(transaction=True)
def test_with_redis_a_message_with_the_arguments_is_sent(redis_url, broker):
    broker(redis_url)
    dispatch.wake(REMEMBER, series_ids=[3])
    with redis.Redis.from_url(redis_url) as client:
        message = client.lpop("celery").decode()
    assert REMEMBER in message
    assert calls == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_delays_a_save_once_and_fails_nothing(broker, caplog, monkeypatch):
    """Tries are counted, not timed, so that a slow machine passes too."""
    broker("redis://127.0.0.1:1/0")  # nothing listens on port 1
    asked = []
    send = celery.app.send_task
    monkeypatch.setattr(
        celery.app, "send_task", lambda *args, **given: (asked.append(args), send(*args, **given))
    )
    began = time.monotonic()
    dispatch.wake(REMEMBER, series_ids=[0])
    assert time.monotonic() - began < LONG
    assert dispatch._silent_until > began
    monkeypatch.setattr(dispatch, "_silent_until", time.monotonic() + 60)
    for number in range(1, 20):
        dispatch.wake(REMEMBER, series_ids=[number])
    assert len(asked) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "The broker is away (OperationalError); the sweep will find the work."
    ]


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_web_process_sweeps_by_itself(settings, monkeypatch):
    settings.TASKS_INLINE = False
    settings.SWEEP_SECONDS = 0.01
    monkeypatch.setattr(dispatch, "SWEEP", REMEMBER)
    monkeypatch.setattr(dispatch, "SEND_MAIL", REMEMBER)
    ended = dispatch.start_sweeping()
    deadline = time.monotonic() + LONG
    while len(calls) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    ended.set()
    assert len(calls) >= 3


def test_where_beat_sweeps_the_web_process_does_not(settings):
    settings.TASKS_INLINE = False
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert dispatch.start_sweeping() is None


def test_the_tasks_that_the_schedule_names_exist():
    celery.app.loader.import_default_modules()
    for entry in celery.app.conf.beat_schedule.values():
        assert entry["task"] in celery.app.tasks
        assert entry["options"]["expires"] < entry["schedule"]
    assert {dispatch.SWEEP, dispatch.SEND_MAIL} <= set(celery.app.tasks)
