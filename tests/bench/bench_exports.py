"""Files of a large trust over HTTP, each compared with the same query on the database alone.

PostgreSQL is compared with a COPY of the whole file in one statement, SQLite with its own shell
(`.mode csv`), all in this run. The tracker is served by gunicorn, as a trust runs it.
"""

import http.client
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from django.utils import timezone

from strategy.periods import Month
from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[2]
PORT = 8917
GOALS = {
    ("postgresql", "actuals"): 0.8,
    ("postgresql", "assessments"): 0.5,
    ("sqlite", "actuals"): 0.35,
    ("sqlite", "assessments"): 0.35,
}
FIRST_BYTE_GOAL, MEMORY_GOAL = 0.1, 80
# Gunicorn ends a worker that is silent for 30 seconds.
SLOW_SECONDS = 40


def main() -> None:
    """Each database in a process of its own: Django keeps the one that it started with."""
    with tempfile.TemporaryDirectory() as folder:
        for url in (f"sqlite:///{folder}/large.sqlite3", _scratch_postgresql()):
            if url is None:
                print(json.dumps({"bench": "files of a large trust", "without": "PostgreSQL"}))
                continue
            env = {**os.environ, "DATABASE_URL": url}
            subprocess.run([sys.executable, "-m", "tests.bench.bench_exports"], env=env, check=True)
    servers.stop_all()


def _scratch_postgresql() -> str | None:
    found = servers.own_postgresql()
    return found.url if found else None


def measure() -> None:
    """Fill the database in the environment where it is empty, then read it."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from kpis.models import Actual
    from tests.bench.large_trust import LargeTrust

    call_command("migrate", verbosity=0)
    if not Actual.objects.exists():
        LargeTrust().write(at=timezone.now())
    cookie = _signed_in()
    vendor = connection.vendor
    _beside_pandas(cookie, vendor)
    of_a_year = Actual.objects.filter(period_end__gte=_month_ago(12).start)
    _workbook(cookie, vendor, rows=of_a_year.count())
    _slow_readers(cookie, vendor, rows=Actual.objects.count())
    with _served() as process:
        for name in ("actuals", "assessments"):
            alone = _alone(name)
            with _Memory(process) as memory:
                rows, size, (first, first_row), taken = _download(f"/exports/{name}.csv", cookie)
            goal, grew = GOALS[vendor, name], memory.grew_by
            _say(
                f"{name}.csv of a large trust, {vendor}",
                rows=rows,
                mb=round(size / 1e6),
                seconds=round(taken, 2),
                rows_a_second=round(rows / taken),
                database_alone_seconds=round(alone, 2),
                speed_of_database_alone=round(alone / taken, 2),
                speed_goal=goal,
                first_byte_ms=round(1000 * first),
                first_byte_goal_ms=round(1000 * FIRST_BYTE_GOAL),
                first_row_ms=round(1000 * first_row),
                grew_by_mb=grew,
                grew_by_goal_mb=MEMORY_GOAL,
                met=alone / taken >= goal and first < FIRST_BYTE_GOAL and grew < MEMORY_GOAL,
            )


def _beside_pandas(cookie: str, vendor: str) -> None:
    """Seven months of every series, against the `to_csv` of a page that holds them in a frame."""
    import pandas

    path = f"/exports/actuals.csv?from={_month_ago(7)}"
    with _served():
        body = _body(path, cookie)
        frame = pandas.read_csv(io.BytesIO(body))
        tries = [(_download(path, cookie)[3], _seconds(frame.to_csv)) for _ in range(3)]
    ours, theirs = min(one for one, _ in tries), min(other for _, other in tries)
    _say(
        f"actuals.csv of seven months beside pandas' to_csv, {vendor}",
        rows=len(frame),
        seconds=round(ours, 2),
        to_csv_seconds=round(theirs, 2),
        seconds_of_to_csv=round(ours / theirs, 2),
        goal="less than 1",
        met=ours < theirs,
    )


def _workbook(cookie: str, vendor: str, *, rows: int) -> None:
    """A year of every series: more than 100,000 rows."""
    with _served() as process, _Memory(process) as memory:
        *_, taken = _download(f"/exports/actuals.xlsx?from={_month_ago(12)}", cookie)
    grew = memory.grew_by
    _say(
        f"actuals.xlsx of a year, {vendor}",
        rows=rows,
        seconds=round(taken, 1),
        grew_by_mb=grew,
        grew_by_goal_mb=MEMORY_GOAL,
        met=grew < MEMORY_GOAL,
    )


def _slow_readers(cookie: str, vendor: str, *, rows: int) -> None:
    """Three people on slow lines each take the whole of `actuals`, for longer than gunicorn's
    timeout, from a server with four threads; meanwhile others open a page.
    """
    page = "/measures/measure-001/"
    with _served():
        _download(page, cookie)
        before = median(_download(page, cookie)[3] for _ in range(5))
        readers = [_Slow("/exports/actuals.csv", cookie) for _ in range(3)]
        started, waited = time.perf_counter(), []
        while time.perf_counter() - started < SLOW_SECONDS:
            for reader in readers:
                reader.some()
            waited.append(_download(page, cookie)[3])
            time.sleep(0.5)
        complete = [reader.rest() for reader in readers] == [rows] * len(readers)
    _say(
        f"three slow readers of actuals.csv, {vendor}",
        seconds_slow=SLOW_SECONDS,
        complete=complete,
        page_ms_before=round(1000 * before),
        page_ms_meanwhile=round(1000 * median(waited)),
        met=complete and median(waited) < 2 * before,
    )


class _Slow:
    """Somebody who reads a file at 16 kB a turn, then the rest of it at once."""

    def __init__(self, path: str, cookie: str):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
        self.connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
        self.response = self.connection.getresponse()
        self.lines = 0

    def some(self) -> None:
        self.lines += self.response.read(16_384).count(b"\n")

    def rest(self) -> int:
        while some := self.response.read1(65_536):
            self.lines += some.count(b"\n")
        self.connection.close()
        return self.lines - 1


def _month_ago(count: int) -> Month:
    return Month.of(timezone.localdate()).plus(-count)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _say(bench: str, **found: object) -> None:
    print(json.dumps({"bench": bench, **found}), flush=True)


def _alone(name: str) -> float:
    """The whole file in one statement, without the tracker."""
    import psycopg2
    from django.db import connection

    from accounts.permissions import Access
    from board.exports.datasets import DATASETS
    from strategy.exports import streams
    from strategy.exports.filters import Filters

    dataset, first = DATASETS[name], streams.FIRST_PARENTS
    streams.FIRST_PARENTS = 1_000_000
    try:
        with streams.one_moment(), connection.cursor() as cursor:
            (part,) = dataset.rows(Filters(access=Access())).parts
            found = streams.statement(part, dataset.columns, guarded=True)
            if connection.vendor == "postgresql":
                query = cursor.mogrify(found.sql, found.params).decode()
            else:
                query = connection.ops.last_executed_query(cursor, found.sql, found.params)
    finally:
        streams.FIRST_PARENTS = first
    if connection.vendor == "postgresql":
        other = psycopg2.connect(**connection.get_connection_params())
        with other, other.cursor() as cursor, Path(os.devnull).open("wb") as nowhere:
            start = time.perf_counter()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", nowhere)
            return time.perf_counter() - start
    shell = shutil.which("sqlite3")
    if shell is None:
        return float("nan")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        # The shell has none of the tracker's own functions, which rare cells need.
        query = query.replace("exact_words(", "upper(").replace("exact_number(", "abs(")
        script.write(f".mode csv\n{query};\n")
        script.flush()
        start = time.perf_counter()
        with Path(script.name).open() as asked, Path(os.devnull).open("wb") as nowhere:
            database = str(connection.settings_dict["NAME"])
            subprocess.run([shell, database], stdin=asked, stdout=nowhere, check=True)
        return time.perf_counter() - start


def _signed_in() -> str:
    from django.conf import settings
    from django.test import Client

    from accounts.models import User
    from accounts.roles import Role
    from tests.factories.people import person

    analyst = User.objects.filter(username="bench-analyst").first() or person(
        Role.ANALYST, username="bench-analyst"
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def _served() -> Iterator[int]:
    """The tracker behind one worker of gunicorn, whose process it gives."""
    words = ["-m", "gunicorn", "kmpt_tracker.wsgi", "-k", "gthread", "--threads", "4", "-w", "1"]
    server = subprocess.Popen(
        [sys.executable, *words, "-b", f"127.0.0.1:{PORT}", "--log-level", "error"], cwd=ROOT
    )
    try:
        for _ in range(200):
            try:
                _download("/healthz", "")
                break
            except OSError:
                time.sleep(0.1)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield int(children[0])
    finally:
        server.terminate()
        server.wait(timeout=20)


class _Memory:
    """The most memory of its own that a process holds while something is done, in MB.

    Not the pages of a SQLite file, which the system maps for whoever reads it, and takes back.
    """

    def __init__(self, process: int):
        self.status = Path(f"/proc/{process}/status")
        self.before = self.most = self._held()
        self.ended = threading.Event()
        self.watch = threading.Thread(target=self._look)

    def _held(self) -> int:
        lines = self.status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    def _look(self) -> None:
        while not self.ended.wait(0.01):
            self.most = max(self.most, self._held())

    def __enter__(self) -> "_Memory":
        self.watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.watch.join()

    @property
    def grew_by(self) -> int:
        return (self.most - self.before) // 1024


def _body(path: str, cookie: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
    connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
    return connection.getresponse().read()


def _download(path: str, cookie: str) -> tuple[int, int, tuple[float, float], float]:
    """Rows, bytes, seconds until the first byte and the first row, and until the last."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
    start = time.perf_counter()
    connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
    response = connection.getresponse()
    rows, size, first, first_row = -1, 0, 0.0, 0.0
    while some := response.read1(65_536):
        first = first or time.perf_counter() - start
        rows, size = rows + some.count(b"\n"), size + len(some)
        if rows > 0 and not first_row:
            first_row = time.perf_counter() - start
    if response.status != 200:
        raise RuntimeError(f"{path} answered {response.status}.")
    return rows, size, (first, first_row), time.perf_counter() - start


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
    measure()
