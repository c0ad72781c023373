"""The web server is killed while it saves a return: everything it acknowledged must be stored.

Twenty boxes are saved in one request, again and again with the next number, while `kill -9` ends
the server at a chance moment. After each kill all boxes hold one number: the one acknowledged last,
or the one that was under way; in the end `check_data` finds nothing. Part of `make drill`, by
itself `python -m tests.drill_saves`.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

import psycopg2

from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[1]
ROWS, KILLS = 20, 50
STORED = """
SELECT DISTINCT cell.value_text, cell.version
FROM kpis_returncell AS cell
JOIN kpis_return AS submission ON submission.id = cell.submission_id
JOIN strategy_caregroup AS care_group ON care_group.id = submission.care_group_id
WHERE care_group.code = 'saves'
"""
BUILD = f"""
from datetime import timedelta
from django.test import Client
from django.utils import timezone
from kpis.models import ReportingPeriod
from kpis.months.clock import data_clock
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory
from tests.factories.people import lead_of
from tests.factories.plans import CareGroupFactory, TrustFactory
TrustFactory()
month, group = Month.of(timezone.localdate()).plus(-1), CareGroupFactory(code="saves")
later = dict.fromkeys(("closes_at", "sign_off_at", "freezes_at"), timezone.now() + timedelta(9))
ReportingPeriod.objects.update_or_create(
    starts_on=month.start, defaults={{**data_clock(month), **later, "locked_at": None}}
)
rows = [SeriesFactory(measure=MeasureFactory(), care_group=group).pk for _ in range({ROWS})]
client = Client(headers={{"host": "localhost"}})
client.force_login(lead_of(group), backend="django.contrib.auth.backends.ModelBackend")
client.get("/todo/")
page = client.get(f"/returns/{{month}}/saves/").content.decode()
token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
cookies = "; ".join(f"{{name}}={{cookie.value}}" for name, cookie in client.cookies.items())
print("|".join([str(month), cookies, token, *map(str, rows)]))
"""


class Saver(threading.Thread):
    """Saves all boxes with one number after the other, until asked to stop."""

    def __init__(self, port: int, built: str) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.month, self.cookies, self.token, *self.rows = built.split("|")
        self.version = self.number = self.acknowledged = 0
        self.ended = False

    def run(self) -> None:
        while not self.ended:
            self.number += 1
            try:
                if self.save() == 200:
                    self.acknowledged, self.version = self.number, self.version + 1
            except OSError:
                time.sleep(0.02)
            except http.client.HTTPException:
                pass

    def save(self) -> int:
        sent = {"csrfmiddlewaretoken": self.token}
        for row in self.rows:
            sent |= {f"s{row}-version": self.version, f"s{row}-value": self.number}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self.cookies,
            "Host": "localhost",
        }
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        address = f"/returns/{self.month}/saves/draft/"
        server.request("POST", address, urllib.parse.urlencode(sent), headers)
        return server.getresponse().status


def saves_through_kills(database: str, *, kills: int = KILLS) -> bool:
    """Whether every acknowledged value was stored after every kill; the tables exist already."""
    env = {**os.environ, "DATABASE_URL": database, "DEBUG": "on", "REDIS_URL": ""}
    words = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", BUILD]
    built = subprocess.run(words, cwd=ROOT, env=env, stdout=-1, check=True, text=True)
    port = 20_000 + os.getpid() % 10_000
    saver = Saver(port, built.stdout.strip().splitlines()[-1])
    saver.start()
    held = 0
    for _ in range(kills):
        before = saver.acknowledged
        words = ["gunicorn", "kmpt_tracker.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
        server = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while saver.acknowledged == before and server.poll() is None:
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.4))
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        acknowledged, under_way = saver.acknowledged, saver.number
        with psycopg2.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(STORED)
            found = cursor.fetchall()
        if len(found) == 1 and acknowledged <= int(found[0][0]) <= under_way:
            held += 1
            saver.version = found[0][1]
        else:
            said = f"acknowledged {acknowledged}, under way {under_way}, found {found}"
            print(said, flush=True)
    saver.ended = True
    # A kill between a row and its copy would leave one without the other.
    checked = subprocess.run([sys.executable, "manage.py", "check_data"], cwd=ROOT, env=env)
    said = f"{held} of {kills} kills held, {ROWS} boxes a save, last number {saver.acknowledged}"
    print(f"server killed while saving: {said}", flush=True)
    return held == kills and checked.returncode == 0


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    postgresql = servers.own_postgresql()
    if postgresql is None:
        print("The drill needs the programs of PostgreSQL.", file=sys.stderr)
        return 1
    env = {**os.environ, "DATABASE_URL": postgresql.url, "DEBUG": "on"}
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    try:
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
        return 0 if saves_through_kills(postgresql.url, kills=kills) else 1
    finally:
        servers.stop_all()


if __name__ == "__main__":
    sys.exit(main())
