"""Fault drills with real processes: `make drill`. Prints how many were tried and how many held.

PostgreSQL, Redis and a Celery worker of their own are started, killed and started again while
series go out of date; in the end every one must have been assessed, by the sweep if not by its
message. `--rounds N` repeats the kills.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[1]
HEALED_WITHIN_SECONDS = 60
STALE = "SELECT count(*) FROM kpis_series WHERE assessed_version < data_version"
TOUCH = """
from django.db import transaction
from kpis.models import Series
from kpis.services.assessment import touch
for key in Series.objects.values_list("pk", flat=True)[:{count}]:
    with transaction.atomic():
        touch([key])
"""


class Drill:
    """The servers of one drill, and its count of what was tried and what held."""

    def __init__(self, database: str, redis: str, folder: Path):
        self.folder = folder
        self.database = database
        self.env = {**os.environ, "DATABASE_URL": database, "REDIS_URL": redis, "DEBUG": "on"}
        # A worker of a drill may run as root: it serves nobody.
        self.env["PYTHONWARNINGS"] = "ignore::UserWarning"
        self.worker: subprocess.Popen[bytes] | None = None

    def manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, check=True)

    def stale(self) -> int:
        with psycopg2.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(STALE)
            return cursor.fetchone()[0]

    def start_worker(self) -> None:
        words = [
            "celery",
            "-A",
            "kmpt_tracker.celery",
            "-q",
            "worker",
            "--beat",
            "--concurrency",
            "1",
        ]
        schedule = ["--schedule", str(self.folder / "beat"), "--loglevel", "ERROR"]
        self.worker = subprocess.Popen(
            [sys.executable, "-m", *words, *schedule],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill_worker(self) -> None:
        """The worker, its child and its clock at once, in the middle of whatever they do."""
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

    def touched_while_the_broker_is_away(self, count: int) -> bool:
        """Redis is dead while series change: no save fails, and the sweep finds them all."""
        good = self.env["REDIS_URL"]
        self.env["REDIS_URL"] = "redis://127.0.0.1:1/0"
        began = time.monotonic()
        self.manage("shell", "--verbosity", "0", "--command", TOUCH.format(count=count))
        took, waiting = time.monotonic() - began, self.stale()
        self.env["REDIS_URL"] = good
        self.start_worker()
        healed = self.seconds_until_healed()
        self.kill_worker()
        return report("broker away", waiting, healed, f"changes took {took:.1f} s")

    def worker_killed_at_work(self, count: int) -> bool:
        """`kill -9` somewhere in the work, then a new worker: nothing lost, nothing left."""
        self.start_worker()
        self.manage("shell", "--verbosity", "0", "--command", TOUCH.format(count=count))
        time.sleep(random.uniform(0, 1))
        self.kill_worker()
        waiting = self.stale()
        self.start_worker()
        healed = self.seconds_until_healed()
        self.kill_worker()
        return report("worker killed", count, healed, f"{waiting} left at the kill")


def report(name: str, tried: int, healed: float | None, note: str) -> bool:
    outcome = f"all assessed after {healed:.1f} s" if healed is not None else "NOT healed in time"
    print(f"{name}: n={tried}, {outcome} ({note})", flush=True)
    return healed is not None


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--series", type=int, default=100)
    chosen = options.parse_args()
    postgresql, redis = servers.own_postgresql(), servers.own_redis()
    if postgresql is None or redis is None:
        print("The drills need the programs of PostgreSQL and Redis.", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="kmpt-drill-"))
    drill = Drill(postgresql.url, f"{redis.url}/0", folder)
    try:
        drill.manage("migrate", "--no-input", "--verbosity", "0")
        drill.manage("seed", "--verbosity", "0")
        held = [drill.touched_while_the_broker_is_away(chosen.series)]
        held += [drill.worker_killed_at_work(chosen.series) for _ in range(chosen.rounds)]
    finally:
        drill.kill_worker()
        servers.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"drills: {sum(held)} of {len(held)} held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
