"""From a key pressed in a box of a return of 60 rows until its result is shown.

A real browser, a server of two processes as a trust runs it, the whole seeded trust behind them,
all on one machine. Every box is typed into at the speed of a quick typist; the page itself measures
from the last key of each box.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.bench.bench_return import ADDRESS, make_return

ROOT = Path(__file__).resolve().parents[2]
GOAL = 150  # milliseconds
BETWEEN_KEYS, AFTER_BOX = 110, 350  # milliseconds
PASSWORD = secrets.token_urlsafe(20)
# When the last key was pressed in each row, and when its result was drawn last.
MEASURE = """() => {
  window.pressed = {};
  window.drawn = {};
  document.addEventListener('input', (event) => {
    const row = event.target.closest('[data-row]');
    if (row) { window.pressed[row.dataset.row] = performance.now(); }
  }, true);
  new MutationObserver((changes) => changes.forEach((change) => {
    const [row, part] = change.target.id.split('-');
    if (part === 'result') { window.drawn[row] = performance.now(); }
  })).observe(document.querySelector('form[data-return]'), { subtree: true, childList: true });
}"""
TOOK = "(row) => (window.drawn[row] || 0) - window.pressed[row]"


def served(database: Path, port: int) -> subprocess.Popen[bytes]:
    address = f"127.0.0.1:{port}"
    words = ["gunicorn", "kmpt_tracker.wsgi", "--bind", address, "--workers", "2"]
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env=env, **quiet)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://{address}/healthz", timeout=1).close()
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.1)
        else:
            break
    return process


def typed(origin: str, name: str) -> list[float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(origin + ADDRESS)
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.evaluate(MEASURE)
        took = []
        boxes = page.locator(".kt-pair input").all()
        for place, box in enumerate(boxes):
            box.focus()
            page.keyboard.type("500" if place % 2 else f"{455 + place % 40}", delay=BETWEEN_KEYS)
            page.wait_for_timeout(AFTER_BOX)
            row = (box.get_attribute("name") or "").split("-")[0]
            # Not `wait_for_function`: the page's policy for scripts keeps it from asking twice.
            while (seen := page.evaluate(TOOK, row)) <= 0:
                page.wait_for_timeout(50)
            took.append(seen)
        browser.close()
        return sorted(took)


def main() -> None:
    if not shutil.which("chromium"):
        print(json.dumps({"bench": "live result in a browser", "left_out": "no Chromium"}))
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bench.sqlite3"
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = str(database)
        connection.close()
        call_command("migrate", verbosity=0)
        call_command("seed", illustrative=True, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
        lead, _ = make_return()
        lead.set_password(PASSWORD)
        lead.save()
        connection.close()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = served(database, port)
        try:
            took = typed(f"http://localhost:{port}", lead.username)
        finally:
            process.terminate()
            process.wait()
    p95 = took[int(len(took) * 0.95)]
    print(
        json.dumps(
            {
                "bench": "from a key until its result stands there, in a browser",
                "boxes": len(took),
                "median_ms": round(took[len(took) // 2]),
                "p95_ms": round(p95),
                "most_ms": round(took[-1]),
                "load": os.getloadavg()[0],
                "goal": GOAL,
                "met": p95 <= GOAL,
            }
        ),
        flush=True,
    )
