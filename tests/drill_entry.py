"""Entering a return at a real browser, by the thousand: what is typed, pasted, locked and reviewed.

A server of two processes on PostgreSQL, Chromium, and people who type, press and paste. Part of
`make drill`, by itself `python -m tests.drill_entry`; `--tries N` sets how many texts are typed,
`--sqlite` runs it without PostgreSQL.
"""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

from tests.drill_desk import FIGURES, MOST_WAIT
from tests.drill_typed import Typed
from tests.plugins import servers

ROOT = Path(__file__).resolve().parents[1]
TRIES, LOCKS = 1_000, 10
BETWEEN_KEYS = 110  # milliseconds
BY_PASTE, BY_HAND = 180, 300  # seconds that a new lead may take
PASTE = """(box, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text', text);
  box.focus();
  box.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}"""


class Entry(Typed):
    """What people do at the desk, and whether it held."""

    keys = clicks = 0

    # --- A month that is locked -------------------------------------------------------------

    def a_month_is_locked_while_saves_are_under_way(self, rounds: int) -> bool:
        """Two people with two pages each type and leave rows, while a third locks the month: every
        draft that a page was told is saved is stored, nothing was stored after the lock, and all
        that was typed is still in its box.
        """
        from django.utils import timezone

        from kpis.models import ReturnCell
        from kpis.months.clock import reopen_period

        whose = [self.people["locked"], self.people["second"]] * 2
        pages = [self.opened(person, self.address(self.locked)) for person in whose]
        answers: list[tuple[Any, dict[str, str]]] = []
        for page in pages:
            page.on("response", lambda answer: _note_draft(answer, answers))
        held = told = refused = 0
        for number in range(1, rounds + 1):
            for page in pages:
                page.reload()
            answers.clear()  # a page that is left sends what was refused before
            typed, began = {}, time.monotonic()
            for turn in range(2):
                if turn == 1:  # some drafts are saved, others under way
                    after = random.uniform(0, time.monotonic() - began)
                    locking = threading.Thread(target=self._lock, args=[after])
                    locking.start()
                for place, page in enumerate(pages):
                    series = self.of_locked[place * 2 + turn]
                    typed[series.pk] = str(100 * number + place * 10 + turn)
                    page.locator(f"[name=s{series.pk}-value]").fill(typed[series.pk])
                    page.keyboard.press("Enter")
            locking.join()
            pages[0].wait_for_timeout(6_000)  # a draft is saved four seconds after the last key
            stored = {
                cell.series_id: cell
                for cell in ReturnCell.objects.filter(series__care_group=self.locked)
            }
            kept = {
                int(name[1:].split("-")[0]): text
                for answer, sent in answers
                if answer.status == 200 and not answer.json()["is_conflict"]
                for name, text in sent.items()
                if name.endswith("-value") and text
            }
            is_kept = all(stored[pk].value_text == text for pk, text in kept.items() if pk in typed)
            is_before = {pk: cell.version for pk, cell in stored.items()} == self.when_locked
            in_boxes = all(
                pages[place].locator(f"[name=s{series.pk}-value]").input_value() == typed[series.pk]
                for place in range(len(pages))
                for series in self.of_locked[place * 2 : place * 2 + 2]
            )
            told += len(kept)
            refused += sum(answer.status == 409 for answer, _ in answers)
            held += is_kept and is_before and in_boxes
            if not (is_kept and is_before and in_boxes):
                print(f"  kept {is_kept}, before the lock {is_before}, in the boxes {in_boxes}")
            at = timezone.now()
            reopen_period(period_id=self.period.pk, by=self.team, at=at, reason="For the next")
        for page in pages:
            page.context.close()
        print(
            f"month locked under way: {held} of {rounds} held, {told} figures were said to be "
            f"saved and {refused} drafts refused, on {len(pages)} pages",
            flush=True,
        )
        return held == rounds

    def _lock(self, after: float) -> None:
        from django.db import connection
        from django.utils import timezone

        from kpis.models import ReturnCell
        from kpis.months.clock import lock_period

        time.sleep(after)
        lock_period(period_id=self.period.pk, by=self.team, at=timezone.now())
        # Saves in progress finish first; from here on nothing is stored.
        cells = ReturnCell.objects.filter(series__care_group=self.locked)
        self.when_locked = dict(cells.values_list("series_id", "version"))
        connection.close()

    # --- A lead, and who decides ------------------------------------------------------------

    def fifteen_figures_by_paste(self) -> bool:
        """From a spreadsheet with one slip, a digit lost: pasted, mended, submitted."""
        page, began = self._begins("pasted")
        rows = [(s.measure.name, 470 + n % 5, 500) for n, s in enumerate(self.rows["pasted"])]
        rows[7] = (rows[7][0], 47, 500)
        block = "\n".join("\t".join(map(str, row)) for row in rows)
        box = page.locator(".kt-pair input").first
        self._clicks(box)
        with page.expect_navigation():
            box.evaluate(f"(box, text) => ({PASTE})(box, text)", block)
        self.keys += 2  # Ctrl and V
        self._clicks(page.get_by_role("button", name="Save in the draft"), leads_on=True)
        self._mends(page, self.rows["pasted"][7], "472")
        self._clicks(page.get_by_role("button", name="Submit return"), leads_on=True)
        return self._ended("15 figures by paste", page, began, BY_PASTE)

    def fifteen_figures_by_hand(self) -> bool:
        """The same, typed from figure to figure with the Enter key, as a quick typist does."""
        page, began = self._begins("typed")
        self._clicks(page.locator(".kt-pair input").first)
        for number in range(FIGURES):
            for text in ("47" if number == 7 else str(471 + number % 5), "500"):
                page.keyboard.press("Control+a")
                page.keyboard.type(text, delay=BETWEEN_KEYS)
                page.keyboard.press("Enter")
                self.keys += len(text) + 1
        self._mends(page, self.rows["typed"][7], "473")
        self._clicks(page.get_by_role("button", name="Submit return"), leads_on=True)
        return self._ended("15 figures by hand", page, began, BY_HAND)

    def _begins(self, code: str) -> tuple[Any, float]:
        self.keys = self.clicks = 0
        page = self.opened(self.people[code], f"/returns/{self.month}/{code}/")
        return page, time.monotonic()

    def _clicks(self, what: Any, *, leads_on: bool = False) -> None:
        self.clicks += 1
        if not leads_on:
            what.click()
            return
        with what.page.expect_navigation():
            what.click()

    def _mends(self, page: Any, series: Any, text: str) -> None:
        """The figure that the page asks about is typed again."""
        from playwright.sync_api import expect

        prefix = f"s{series.pk}"
        expect(page.locator(f"#{prefix}-asked")).to_contain_text("is unusual", timeout=MOST_WAIT)
        box = page.locator(f"[name={prefix}-numerator]")
        self._clicks(box)
        page.keyboard.press("Control+a")
        page.keyboard.type(text, delay=BETWEEN_KEYS)
        self.keys += len(text) + 1
        expect(page.locator(f"#{prefix}-asked")).not_to_contain_text("is unusual")

    def _ended(self, name: str, page: Any, began: float, most: int) -> bool:
        seconds = time.monotonic() - began
        is_in = "Submitted" in page.locator("main").inner_text()
        held = is_in and seconds < most
        print(
            f"{name}: {'submitted' if is_in else 'NOT submitted'} after {seconds:.0f} s at "
            f"{BETWEEN_KEYS} ms a key and no time to think, {self.keys} keys, {self.clicks} clicks",
            flush=True,
        )
        page.context.close()
        return held

    def three_planted_errors_are_on_top_of_the_review(self) -> bool:
        """A digit lost, a figure of another row, a miss without a word: all submitted."""
        planted = {4: "47", 9: "430", 12: "452"}
        address, rows = f"/returns/{self.month}/reviewed/", self.rows["reviewed"]
        page = self.opened(self.people["reviewed"], address)
        for number, series in enumerate(rows):
            page.locator(f"[name=s{series.pk}-numerator]").fill(str(471 + number % 4))
            page.locator(f"[name=s{series.pk}-denominator]").fill("500")
        for number, text in planted.items():
            prefix = f"s{rows[number].pk}"
            page.locator(f"[name={prefix}-numerator]").fill(text)
            page.keyboard.press("Tab")
        page.wait_for_timeout(1_500)
        with page.expect_navigation():
            page.get_by_role("button", name="Save draft").click()
        for number in planted:
            prefix = f"s{rows[number].pk}"
            for tick in page.locator(f"[name={prefix}-confirmed]").all():
                tick.check()
                page.locator(f"[name={prefix}-confirm_reason]").fill("As counted")
        with page.expect_navigation():
            page.get_by_role("button", name="Save draft").click()
        if page.locator("[name=without_comments]").is_visible():
            page.locator("[name=without_comments]").check()
        with page.expect_navigation():
            page.get_by_role("button", name="Submit return").click()
        page.context.close()
        page = self.opened(self.team, f"{address}review/")
        names = page.locator(".kt-rev tr.kt-in th a").all_inner_texts()
        wanted = {rows[number].measure.name for number in planted}
        places = sorted(names.index(name) + 1 for name in wanted)
        print(
            f"three planted errors: at places {places} of {len(names)} rows of the review",
            flush=True,
        )
        return places == [1, 2, 3]


def _note_draft(answer: Any, answers: list[tuple[Any, dict[str, str]]]) -> None:
    if answer.url.split("?")[0].endswith("/draft/"):
        sent = urllib.parse.parse_qs(answer.request.post_data or "")
        answers.append((answer, {name: texts[-1] for name, texts in sent.items()}))


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def entry_drills(database: str, *, tries: int = TRIES, rounds: int = LOCKS) -> bool:
    """On an empty database; in a process of its own, as Django reads its address once."""
    env = {**os.environ, "DATABASE_URL": database, "DEBUG": "on", "REDIS_URL": ""}
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=env, check=True)
    words = ["-m", "tests.drill_entry", "--database", database, "--tries", str(tries)]
    done = subprocess.run(
        [sys.executable, *words, "--rounds", str(rounds)], cwd=ROOT, env=env, check=False
    )
    return done.returncode == 0


def _run(database: str, tries: int, rounds: int) -> bool:
    os.environ.update(
        DATABASE_URL=database,
        DEBUG="on",
        REDIS_URL="",
        DJANGO_SETTINGS_MODULE="kmpt_tracker.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",  # the browser's loop runs in the same thread
    )
    import django

    django.setup()
    from playwright.sync_api import sync_playwright

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["gunicorn", "kmpt_tracker.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        desk = Entry(browser, port)
        desk.build()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, **quiet)
        try:
            _wait_for(port)
            held = [
                desk.fifteen_figures_by_paste(),
                desk.fifteen_figures_by_hand(),
                desk.three_planted_errors_are_on_top_of_the_review(),
                desk.a_month_is_locked_while_saves_are_under_way(rounds),
                desk.typed_texts_get_the_verdicts_of_the_other_ways(tries),
            ]
        finally:
            server.terminate()
            server.wait()
            browser.close()
    print(f"entry drills: {sum(held)} of {len(held)} held", flush=True)
    return all(held)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The server does not start.")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tries", type=int, default=TRIES)
    options.add_argument("--rounds", type=int, default=LOCKS)
    options.add_argument("--sqlite", action="store_true")
    options.add_argument("--database", default="")
    chosen = options.parse_args()
    if chosen.database:
        return 0 if _run(chosen.database, chosen.tries, chosen.rounds) else 1
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/drill.sqlite3"
        if not chosen.sqlite:
            postgresql = servers.own_postgresql()
            if postgresql is None:
                print("The drill needs the programs of PostgreSQL, or --sqlite.", file=sys.stderr)
                return 1
            database = postgresql.url
        try:
            return 0 if entry_drills(database, tries=chosen.tries, rounds=chosen.rounds) else 1
        finally:
            servers.stop_all()


if __name__ == "__main__":
    sys.exit(main())
