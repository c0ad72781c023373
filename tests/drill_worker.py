"""A worker is killed while it checks an import, saves it, and sends e-mails.

`kill -9` ends the worker, its children and its clock at a chance moment; then another is started.
Of an import nothing or everything is saved, its page says that it is going on, and the next worker
goes on with it by itself. Of a hundred deliveries of the task of the e-mails each letter leaves at
most once; one that was in the hands of a killed worker is on record as such. Part of `make drill`,
by itself `python -m tests.drill_worker [ROUNDS]`.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2

ROOT = Path(__file__).resolve().parents[1]
SERIES, MONTHS, LEADS, DELIVERIES = 150, 20, 150, 100
# Work is lost once it has not moved for two minutes; a sweep comes each half minute.
GOES_ON_WITHIN = 200
CHILDREN = 4
LATEST = "SELECT id, status, worked_at IS NOT NULL FROM kpis_importbatch ORDER BY id DESC LIMIT 1"
CELLS = """
SELECT count(*), count(DISTINCT cell.version), max(cell.version)
FROM kpis_returncell AS cell
JOIN kpis_return AS submission ON submission.id = cell.submission_id
JOIN strategy_caregroup AS care_group ON care_group.id = submission.care_group_id
WHERE care_group.code = 'worker' AND cell.value_text = %s
"""
RECORDED = """
SELECT count(*) FILTER (WHERE action = 'import saved' AND object_key = %s),
       count(*) FILTER (WHERE action = 'draft saved' AND object_key LIKE '%% worker')
FROM accounts_auditevent
"""
LETTERS = """
SELECT count(*) FROM board_sentmail AS mail JOIN accounts_user AS person ON person.id = person_id
WHERE person.username LIKE 'mailed-%%' AND mail.state = %s
"""
BETWEEN_LETTERS = "-" * 79


class Worked:
    """The database as another process sees it, and steps that are processes of their own."""

    def __init__(self, drill: Any) -> None:
        self.drill = drill

    def row(self, sql: str, *params: object) -> tuple:
        with psycopg2.connect(self.drill.database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, params)
            found = cursor.fetchone()
        connection.close()
        return found or ()

    def begins(self, *words: object) -> "subprocess.Popen[str]":
        said = [sys.executable, "-m", "tests.drill_worker", *map(str, words)]
        return subprocess.Popen(said, cwd=ROOT, env=self.drill.env, stdout=-1, text=True)

    def does(self, *words: object) -> str:
        """What a step prints last."""
        step = self.begins(*words)
        printed, _ = step.communicate()
        if step.returncode:
            raise RuntimeError(f"{words} ended with {step.returncode}")
        return printed.strip().rpartition("\n")[2]

    def until(self, is_so: Callable[[], bool], within: float) -> float | None:
        """After how many seconds it is so; None if it is not in time."""
        began = time.monotonic()
        while time.monotonic() - began < within:
            if is_so():
                return time.monotonic() - began
            time.sleep(0.01)
        return None

    def latest(self) -> tuple[int, str, bool]:
        """The import that came last: its key, its status, and whether somebody works on it."""
        return self.row(LATEST) or (0, "", False)  # type: ignore[return-value]

    def until_status(self, status: str) -> float | None:
        return self.until(lambda: self.latest()[1] == status, GOES_ON_WITHIN)

    def until_begun(self, doing: str, done: str) -> float | None:
        return self.until(
            lambda: self.latest()[1:] == (doing, True) or self.latest()[1] == done, GOES_ON_WITHIN
        )


def imports_through_kills(drill: Any, rounds: int = 1) -> bool:
    """Imports of 3,000 rows, each killed once while it is checked and once while it is saved; the
    first of them is left alone, and shows how long both take."""
    worked = Worked(drill)
    worked.does("build")
    took, held, hits = {"reading": 1.0, "saving": 1.0}, 0, Counter[str]()
    for number in range(rounds + 1):
        held += _import(worked, number, took, hits, is_killed=number > 0)
    print(
        f"worker killed in an import: {held} of {rounds + 1} imports of {SERIES * MONTHS} rows "
        f"held; of {rounds} kills each, {hits['reading']} fell into the checking and "
        f"{hits['saving']} into the saving",
        flush=True,
    )
    return held == rounds + 1


def _import(
    worked: Worked, number: int, took: dict[str, float], hits: Counter[str], *, is_killed: bool
) -> bool:
    drill, value, rows = worked.drill, str(1000 + number), SERIES * MONTHS
    faults = []
    for doing, step, done in (
        ("reading", f"receive {number}", "waiting"),
        ("saving", "confirm", "saved"),
    ):
        drill.start_worker(children=CHILDREN)
        begun = worked.begins(*step.split())  # the work may be over before this process is
        began = worked.until_begun(doing, done)
        is_hit = False
        if is_killed:
            time.sleep(random.uniform(0, took[doing]))
            drill.kill_worker()
            time.sleep(0.5)  # the database takes back what was under way
            is_hit = worked.latest()[1] == doing
            hits[doing] += is_hit
            found = worked.row(CELLS, value)[0]
            if found != (rows if doing == "saving" and not is_hit else 0):
                faults.append(f"{found} cells after the kill while {doing}")
            if is_hit and "rows checked" not in worked.does("page"):
                faults.append(f"the page does not say that it is going on ({doing})")
            drill.start_worker(children=CHILDREN)
        went_on = worked.until_status(done)
        if begun.wait() or began is None or went_on is None:
            faults.append(f"{doing} did not go on: {worked.latest()}")
        elif not is_killed:
            took[doing] = went_on
        print(f"  import {number}, {doing}: killed under way {is_hit}, done {went_on}", flush=True)
        drill.kill_worker()
    cells, versions, version = worked.row(CELLS, value)
    if (cells, versions, version) != (rows, 1, number + 1):
        faults.append(f"{cells} cells in {versions} versions up to {version}")
    recorded = worked.row(RECORDED, worked.does("key"))
    if recorded != (1, MONTHS * (number + 1)):
        faults.append(f"recorded {recorded}")
    for fault in faults:
        print(f"  import {number}: {fault}", flush=True)
    return not faults


def letters_through_kills(drill: Any) -> bool:
    """A hundred deliveries of the task to four processes, which are killed on the way, and a
    hundred more to the next four; then by their files."""
    worked = Worked(drill)
    with tempfile.TemporaryDirectory() as folder:
        drill.env["EMAIL_URL"] = f"filemail://{folder}"
        worked.does("lead")
        worked.does("deliver", DELIVERIES)
        drill.start_worker(children=CHILDREN)
        some = random.randint(LEADS // 10, LEADS // 2)
        worked.until(lambda: worked.row(LETTERS, "sent")[0] >= some, 60)
        drill.kill_worker()
        left = worked.row(LETTERS, "sent")[0]
        drill.start_worker(children=CHILDREN)
        worked.does("deliver", DELIVERIES)

        def is_done() -> bool:
            return sum(worked.row(LETTERS, state)[0] for state in ("sent", "sending")) == LEADS

        healed = worked.until(is_done, 120)
        time.sleep(5)  # what is delivered still must send nothing
        drill.kill_worker()
        del drill.env["EMAIL_URL"]
        written = Counter(
            line
            for file in Path(folder).iterdir()
            for letter in file.read_text().split(BETWEEN_LETTERS)
            for line in letter.splitlines()
            if line.startswith("Message-ID: ") and "\nTo: mailed-" in letter
        )
    sent, unknown = (worked.row(LETTERS, state)[0] for state in ("sent", "sending"))
    is_once = set(written.values()) == {1}
    is_said = sent <= len(written) <= sent + unknown and unknown <= CHILDREN
    is_killed = 0 < left < LEADS
    print(
        f"worker killed while it sent e-mails: {2 * DELIVERIES} deliveries to {CHILDREN} processes,"
        f" killed after {left} of {LEADS} letters; {len(written)} letters left, "
        f"{'each once' if is_once else f'NOT each once: {written.most_common(3)}'}, {unknown} on "
        "record as in the hands of the killed worker",
        flush=True,
    )
    return healed is not None and is_once and is_said and is_killed


# --- Steps, each in a process of its own --------------------------------------------------------


def _act(act: str, *words: str) -> object:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
    import django

    django.setup()
    return globals()[f"_{act}"](*words)


def _build() -> None:
    """The care group of the imports, in months that are open; entry of the last closes soon."""
    from django.utils import timezone

    from kpis.models import ReportingPeriod
    from kpis.months.clock import data_clock
    from tests.factories.measures import MeasureFactory, SeriesFactory
    from tests.factories.people import lead_of
    from tests.factories.plans import CareGroupFactory, TrustFactory

    TrustFactory()
    for place, month in enumerate(_months()):
        clock = timezone.now() + timedelta(days=9 if place else 2)
        later = dict.fromkeys(("closes_at", "sign_off_at", "freezes_at"), clock)
        ReportingPeriod.objects.update_or_create(
            starts_on=month.start, defaults={**data_clock(month), **later, "locked_at": None}
        )
    group = CareGroupFactory(code="worker", name="Of the worker")
    for number in range(SERIES):
        SeriesFactory(measure=MeasureFactory(code=f"worker-{number:03}"), care_group=group)
    lead_of(group, username="worker-lead")


def _months() -> list[Any]:
    from django.utils import timezone

    from strategy.periods import Month

    last = Month.of(timezone.localdate()).plus(-1)
    return [last.plus(-back) for back in range(MONTHS)]


def _who() -> dict[str, Any]:
    from django.utils import timezone

    from accounts.models import User
    from tests.factories.people import access

    lead = User.objects.get(username="worker-lead")
    return {"by": lead, "access": access(lead), "at": timezone.now()}


def _receive(number: str) -> int:
    """Choose the file with one value for every measure and month, as at /imports/."""
    from kpis.imports.batch import receive
    from kpis.models import ImportBatch

    lines = ["measure,care_group,period,value"]
    lines += [
        f"worker-{series:03},worker,{month},{1000 + int(number)}"
        for month in _months()
        for series in range(SERIES)
    ]
    data, door = "\n".join(lines).encode(), ImportBatch.Door.FILE
    return receive(name="worker.csv", data=data, door=door, **_who()).pk


def _confirm() -> None:
    from kpis.imports.batch import save_import

    batch = _latest()
    save_import(batch_id=batch.pk, seen=batch.preview["signature"], **_who())


def _latest() -> Any:
    from kpis.models import ImportBatch

    return ImportBatch.objects.latest("pk")


def _page() -> str:
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(_who()["by"], backend="django.contrib.auth.backends.ModelBackend")
    html = client.get(f"/imports/{_latest().pk}/").content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def _key() -> str:
    return str(_latest())


def _lead() -> None:
    """A care group of leads who are due an e-mail, as the entry of the last month closes soon."""
    from tests.factories.measures import MeasureFactory, SeriesFactory
    from tests.factories.people import lead_of
    from tests.factories.plans import CareGroupFactory

    group = CareGroupFactory(code="mailed", name="With e-mail")
    SeriesFactory(measure=MeasureFactory(), care_group=group)
    for number in range(LEADS):
        lead_of(group, username=f"mailed-{number}", email=f"mailed-{number}@example.org")


def _deliver(count: str) -> None:
    from kmpt_tracker.celery import app

    for _ in range(int(count)):
        app.send_task("board.tasks.send_mail")


def main() -> int:
    from tests.drills import Drill
    from tests.plugins import servers

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1  # none: the e-mails alone
    postgresql, redis = servers.own_postgresql(), servers.own_redis()
    if postgresql is None or redis is None:
        print("The drill needs the programs of PostgreSQL and Redis.", file=sys.stderr)
        return 1
    drill = Drill(postgresql.url, f"{redis.url}/0")
    try:
        drill.manage("migrate", "--no-input", "--verbosity", "0")
        held = (
            [imports_through_kills(drill, rounds)] if rounds else [not Worked(drill).does("build")]
        )
        held.append(letters_through_kills(drill))
        return 0 if all(held) else 1
    finally:
        drill.kill_worker()
        servers.stop_all()


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        print(_act(*sys.argv[1:]) or "")
        sys.exit()
    sys.exit(main())
