"""Where code lives: views and tags query no table, and pure modules import no framework."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("kmpt_tracker", "accounts", "strategy", "kpis", "cip", "board")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
}
# Views are a room's `views.py` or `..._views.py`; tags are in `templatetags/` and `ui/tags/`.
SHOWING = {
    name: path
    for name, path in MODULES.items()
    if name.endswith("views") or {"templatetags", "tags"} & set(path.parts)
}
FRAMEWORKS = {"django", "celery", "plotly", "simple_history", "crispy_forms", "axes"}


@cache
def imported(name: str) -> frozenset[str]:
    """The modules that a module imports, at its head or in a function, type checking included."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def reached(name: str) -> dict[str, str]:
    """Each module that importing `name` loads → the module that imports it."""
    found: dict[str, str] = {}
    todo = [name]
    while todo:
        here = todo.pop()
        for other in imported(here):
            if other not in found:
                found[other] = here
                if other in MODULES:
                    todo.append(other)
    return found


def calls_itself_pure(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    # To parse all 600 modules takes a second, in every worker that reads the tests.
    words = (ast.get_docstring(ast.parse(text)) or "") if "Pure" in text else ""
    return re.search(r"\bPure\b", words) is not None


PURE = sorted(name for name, path in MODULES.items() if calls_itself_pure(path))


@pytest.mark.parametrize("name", SHOWING)
def test_a_view_or_a_tag_asks_no_table(name):
    assert re.findall(r"\w+\.objects\b", MODULES[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", PURE)
def test_what_calls_itself_pure_reaches_no_framework(name):
    found = reached(name)
    assert {other: by for other, by in found.items() if other.split(".")[0] in FRAMEWORKS} == {}
    assert len(found) > 1 or not imported(name)


def room(name: str) -> str:
    """The folder that a module is in, or the module itself at the root of its app."""
    parts = name.split(".")
    is_folder = (ROOT / parts[0] / parts[-1 if len(parts) < 2 else 1]).is_dir()
    return ".".join(parts[:2]) if is_folder else name


def test_no_two_rooms_need_each_other():
    """A room can be read without the rooms above it, because imports have an order."""
    needs: dict[str, set[str]] = {}
    for name in MODULES:
        others = {room(other) for other in imported(name) if other in MODULES}
        needs.setdefault(room(name), set()).update(others - {room(name)})
    order = list(TopologicalSorter(needs).static_order())
    assert {"kpis.returns", "kpis.judging", "board.home"} <= set(order)
