"""Where code lives: views and tags ask for rows by name, and choose none themselves."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("kmpt_tracker", "accounts", "strategy", "kpis", "cip", "board")
ROOMS = ("views", "templatetags", "tags")
FILES = sorted(
    path for app in APPS for room in ROOMS for path in (ROOT / app).rglob(f"{room}/*.py")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_view_or_a_tag_asks_no_table(path):
    assert re.findall(r"\w+\.objects\b", path.read_text(encoding="utf-8")) == []
