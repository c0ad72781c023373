"""The page on environment variables lists exactly those that the settings read."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_lists_the_variables_that_are_read():
    settings = (ROOT / "kmpt_tracker" / "settings.py").read_text()
    reading = r"env\.\w+\(\s*\"([A-Z_]+)\""
    read = set(re.findall(reading, settings)) | {"SECRET_KEY"}
    page = (ROOT / "docs" / "environment.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)) == read


def test_compose_sets_only_variables_that_are_read():
    settings = (ROOT / "kmpt_tracker" / "settings.py").read_text()
    compose = (ROOT / "docker-compose.yml").read_text()
    block = compose[compose.index("environment: &environment") : compose.index("depends_on")]
    names = set(re.findall(r"^    ([A-Z_]+):", block, re.MULTILINE)) - {"FORWARDED_ALLOW_IPS"}
    assert names
    assert {name for name in names - {"SECRET_KEY"} if f'"{name}"' not in settings} == set()
