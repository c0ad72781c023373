"""Fault drills with real processes: `make drill`. Prints how many were tried and how many held.

PostgreSQL, Redis and a Celery worker of their own are started, killed and started again while
figures are entered and series go out of date; in the end every one must have been assessed, by the
sweep if not by its message, the figures seen on their page, and `check_data` find nothing.
`--rounds N` repeats the kills. Where there is a browser, returns are entered in it: see
`drill_entry.py`.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.drill_entry import chromium, entry_drills
from tests.drill_saves import saves_through_kills
from tests.drill_worker import imports_through_kills, letters_through_kills
from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[1]
HEALED_WITHIN_SECONDS = 60
SOON_SECONDS = 10
STALE = "SELECT count(*) FROM kpis_series WHERE assessed_version < data_version"
TOUCH = """
from django.db import transaction
from kpis.models import Series
from kpis.assessments.store import touch
keys = list(Series.objects.values_list("pk", flat=True)[:{count}])
for some in {groups}:
    with transaction.atomic():
        touch(some)
"""
ONE_BY_ONE, AT_ONCE = "([key] for key in keys)", "[keys]"


class Drill:
    """The servers of one drill, and how many tries there were and how many held."""

    def __init__(self, database: str, redis: str):
        self.database = database
        self.env = {**os.environ, "DATABASE_URL": database, "REDIS_URL": redis, "DEBUG": "on"}
        # The worker of a drill may run as root, as nobody else uses it.
        self.env["PYTHONWARNINGS"] = "ignore::UserWarning"
        self.worker: subprocess.Popen[bytes] | None = None
        self.figures = 0

    def manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, check=True)

    def stale(self) -> int:
        with psycopg2.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(STALE)
            return cursor.fetchone()[0]

    def start_worker(self, *, children: int = 1) -> None:
        words = [
            "celery",
            "-A",
            "kmpt_tracker.celery",
            "-q",
            "worker",
            "--beat",
            "--concurrency",
            str(children),
            "--loglevel",
            "ERROR",
        ]
        self.worker = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill_worker(self) -> None:
        """Kill the worker, its child and its clock at once, whatever they are doing."""
        if self.worker and self.worker.poll() is None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait()

    def seconds_until_healed(self) -> float | None:
        began = time.monotonic()
        while time.monotonic() - began < HEALED_WITHIN_SECONDS:
            if self.stale() == 0:
                return time.monotonic() - began
            time.sleep(0.2)
        return None

    def walk(self, act: str, number: int = 0) -> bool:
        """Take a figure from entry to page, each step in its own process, apart from the worker."""
        words = [sys.executable, "-m", "tests.drill_walk", act, str(number)]
        return subprocess.run(words, cwd=ROOT, env=self.env, check=False).returncode == 0

    def next_figure(self) -> int:
        self.figures += 1
        return self.figures - 1

    def touch(self, count: int, groups: str = ONE_BY_ONE) -> None:
        changes = TOUCH.format(count=count, groups=groups)
        self.manage("shell", "--verbosity", "0", "--command", changes)

    def is_right(self, figure: int) -> bool:
        """Whether the figure is shown, and stored data agree with a fresh calculation."""
        checked = [sys.executable, "manage.py", "check_data", "--verbosity", "0"]
        found = subprocess.run(checked, cwd=ROOT, env=self.env, capture_output=True, check=False)
        return self.walk("seen", figure) and found.returncode == 0

    def a_figure_from_entry_to_page(self) -> bool:
        """Typed, submitted, approved: the message is enough, without waiting for the sweep."""
        self.start_worker()
        self.seconds_until_healed()
        figure = self.next_figure()
        entered = self.walk("enter", figure)
        healed = self.seconds_until_healed()
        right = entered and healed is not None and healed < SOON_SECONDS and self.is_right(figure)
        self.kill_worker()
        return report("entry to page", 1, healed, "approved, then seen", right=right)

    def touched_while_the_broker_is_away(self, count: int) -> bool:
        """Redis is down while series change: no save fails, and the sweep finds them all."""
        good = self.env["REDIS_URL"]
        self.env["REDIS_URL"] = "redis://127.0.0.1:1/0"
        began = time.monotonic()
        self.touch(count)
        took = time.monotonic() - began
        figure = self.next_figure()
        entered, waiting = self.walk("enter", figure), self.stale()
        self.env["REDIS_URL"] = good
        self.start_worker()
        healed = self.seconds_until_healed()
        right = entered and self.is_right(figure)
        self.kill_worker()
        return report("broker away", waiting, healed, f"changes took {took:.1f} s", right=right)

    def broker_stopped_under_the_worker(self, count: int) -> bool:
        """Redis dies while the worker runs, and comes back empty: the worker continues."""
        self.start_worker()
        self.seconds_until_healed()
        servers.stop_latest()
        self.touch(count)
        figure = self.next_figure()
        entered, waiting = self.walk("enter", figure), self.stale()
        port = urlsplit(self.env["REDIS_URL"]).port
        back = servers.own_redis(port=port) is not None
        healed = self.seconds_until_healed()
        right = entered and back and self.is_right(figure)
        self.kill_worker()
        return report("broker stopped and back", waiting, healed, "same worker", right=right)

    def worker_killed_at_work(self, count: int) -> bool:
        """`kill -9` in the middle of the work; a figure is approved before the next worker."""
        self.start_worker()
        self.seconds_until_healed()
        self.touch(count, AT_ONCE)  # one message, done in several pieces
        began, waiting = time.monotonic(), self.stale()
        while self.stale() >= waiting and time.monotonic() - began < HEALED_WITHIN_SECONDS:
            time.sleep(0.005)
        self.kill_worker()
        left = self.stale()
        figure = self.next_figure()
        entered = self.walk("enter", figure)
        self.start_worker()
        healed = self.seconds_until_healed()
        right = entered and self.is_right(figure)
        self.kill_worker()
        return report("worker killed", waiting, healed, f"{left} left at the kill", right=right)


def report(name: str, tried: int, healed: float | None, note: str, *, right: bool) -> bool:
    outcome = f"all assessed after {healed:.1f} s" if healed is not None else "NOT healed in time"
    as_fresh = "as a fresh calculation" if right else "NOT as a fresh calculation"
    print(f"{name}: n={tried}, {outcome}, {as_fresh} ({note})", flush=True)
    return healed is not None and right


def another_database(url: str, name: str) -> str:
    """An empty database on the same server."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--series", type=int, default=200)
    chosen = options.parse_args()
    postgresql, redis = servers.own_postgresql(), servers.own_redis()
    if postgresql is None or redis is None:
        print("The drills need the programs of PostgreSQL and Redis.", file=sys.stderr)
        return 1
    drill = Drill(postgresql.url, f"{redis.url}/0")
    try:
        drill.manage("migrate", "--no-input", "--verbosity", "0")
        drill.manage("seed", "--verbosity", "0")
        held = [drill.walk("build"), drill.a_figure_from_entry_to_page()]
        held.append(drill.touched_while_the_broker_is_away(chosen.series))
        held.append(drill.broker_stopped_under_the_worker(chosen.series))
        held += [drill.worker_killed_at_work(chosen.series) for _ in range(chosen.rounds)]
        held += [imports_through_kills(drill), letters_through_kills(drill)]
        held.append(saves_through_kills(drill.database))
        if chromium():
            held.append(entry_drills(another_database(drill.database, "entry")))
        else:
            print("entry drills: left out, there is no Chromium (set CHROMIUM to its path)")
    finally:
        drill.kill_worker()
        servers.stop_all()
    print(f"drills: {sum(held[1:])} of {len(held) - 1} held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
