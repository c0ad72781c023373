"""A fixture with a fault stops `seed` with file, line and reason, and changes nothing."""

import re
import shutil
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from board.fixtures.illustrative import demo_accounts, illustrative_scales
from board.fixtures.seed import seed
from strategy.fixtures.files import FixtureError
from strategy.models import SeededRow
from tests.factories.measures import MeasureFactory
from tests.factories.plans import CareGroupFactory
from tests.factories.rows import counted

pytestmark = pytest.mark.any_database

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LISTED = Path(__file__).resolve().parents[1] / "data" / "fixture_faults.yaml"
_load = yaml.load
FAULTS = {fault["name"]: fault for fault in yaml.safe_load(LISTED.read_text(encoding="utf-8"))}


@pytest.fixture(autouse=True)
def _parsed_once(monkeypatch):
    """Parse the fixture files once: a test spoils only a few of twenty."""
    monkeypatch.setattr(yaml, "load", _load_once)


@cache
def _load_once(text: str, **loader):
    return _load(text, **loader)


@pytest.fixture
def root(tmp_path) -> Path:
    return Path(shutil.copytree(FIXTURES, tmp_path / "fixtures"))


def spoil(root: Path, name: str) -> tuple[str, int, str]:
    """Write the fault into a file; returns file, line and the reason of the refusal."""
    fault = FAULTS[name]
    path = root / fault["file"]
    text = path.read_text(encoding="utf-8")
    found = re.search(fault["place"], text)
    assert found, f"{fault['place']} is nowhere in {fault['file']}"
    spoilt = text[: found.start()] + fault["instead"] + text[found.end() :]
    path.write_text(spoilt, encoding="utf-8")
    return fault["file"], text.count("\n", 0, found.start()) + 1, fault["reason"]


def rows() -> dict[str, int]:
    return counted(model for model in apps.get_models() if model.objects)


def batches() -> list[list[str]]:
    """The faults in batches, one a file; a fault that hides others is alone in its batch."""
    alone = [[name] for name, fault in FAULTS.items() if fault.get("hides")]
    found: list[list[str]] = []
    for name, fault in FAULTS.items():
        files = [{FAULTS[other]["file"] for other in batch} for batch in found]
        if not fault.get("hides"):
            place = next((i for i, seen in enumerate(files) if fault["file"] not in seen), None)
            if place is None:
                found.append([name])
            else:
                found[place].append(name)
    return found + alone


@pytest.mark.parametrize("names", batches(), ids=lambda names: f"{len(names)} faults")
def test_faults_are_named_with_file_and_line_in_one_go_and_nothing_is_changed(db, root, names):
    faults = [spoil(root, name) for name in names]
    before = rows()
    with pytest.raises(CommandError) as refused:
        call_command("seed", fixtures=str(root), verbosity=0)
    said = str(refused.value)
    assert "nothing was changed" in said
    for file, line, reason in faults:
        named = re.search(rf"{re.escape(file)}, line (\d+)[^\n]*{re.escape(reason)}", said)
        assert named, said
        # The line of the row, or of the row that it is part of.
        assert int(named[1]) <= line + 2, said
    assert rows() == before


def test_every_kind_of_fixture_is_tried():
    kinds = {path.relative_to(FIXTURES).parts[0] for path in FIXTURES.rglob("*.yaml")}
    tried = {Path(fault["file"]).parts[0] for fault in FAULTS.values()}
    tried |= {"demo_users.yaml", "illustrative.yaml"}
    assert kinds <= tried | {"sources-published.yaml"}


def test_a_fault_found_later_leaves_what_was_loaded_before(db, root):
    call_command("seed", fixtures=str(root), verbosity=0)
    before = rows()
    spoil(root, "an impossible figure")
    with pytest.raises(CommandError):
        call_command("seed", fixtures=str(root), verbosity=0, refresh_plans=True)
    assert rows() == before
    assert SeededRow.objects.filter(object_type="fixtures").count() == 1


@pytest.mark.parametrize("missing", ["organisation.yaml", "demo_users.yaml", "illustrative.yaml"])
def test_a_file_that_is_missing_is_named(db, root, missing, settings):
    settings.DEBUG = True  # the demonstration accounts are for development alone
    (root / missing).unlink()
    before = rows()
    with pytest.raises(CommandError, match=f"{missing}, line 1: cannot be read"):
        call_command("seed", fixtures=str(root), verbosity=0, illustrative=True)
    assert rows() == before


@pytest.mark.parametrize(
    ("held", "line", "reason"),
    [
        (b"", 1, "holds nothing"),
        (b"---\n", 1, "holds nothing"),
        (b"- code: x\n", 1, "must be a mapping at the top"),
        (b"sources:\n\t- code: x\n", 2, "cannot be read"),
        (b"sources:\n- code: \xff\n", 2, "cannot be read as UTF-8"),
        (b"sources:\n- code: \0\n", 1, "cannot be read"),
        (b"sources: " + b"[" * 5_000, 1, "cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_alone(db, root, held, line, reason):
    """The rows of other files that name its rows are not reported."""
    (root / "sources.yaml").write_bytes(held)
    with pytest.raises(FixtureError) as refused:
        seed(root=root, at=timezone.now(), illustrative=False, only="", refresh=False)
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("sources.yaml", line)
    assert problem.reason.startswith(reason)
    assert "\n" not in str(problem)


def test_a_folder_that_is_missing_is_named(db, tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("seed", fixtures=str(tmp_path / "nothing"), verbosity=0)


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("password: p, name: A B, roles: [boss]", "roles: there is nothing called 'boss'"),
        ("password: p, name: A B, leads: [nobody]", "leads: there is nothing called 'nobody'"),
        ("password: p, name: A B, posts: [chief]", "posts: there is nothing called 'chief'"),
        ("name: A B", "password is missing"),
        ("password: p, name: A B, role: [analyst]", "unknown key: role"),
    ],
)
def test_a_demonstration_account_with_a_fault_is_named(db, tmp_path, user, reason):
    CareGroupFactory(code="acute")
    file = tmp_path / "demo_users.yaml"
    good = "- {username: x, password: p, name: X Y, leads: [acute], roles: [care_group_lead]}"
    file.write_text(f"users:\n{good}\n- {{username: y, {user}}}\n")
    with pytest.raises(FixtureError, match=re.escape(reason)) as refused:
        demo_accounts(tmp_path)
    assert {problem.line for problem in refused.value.problems} == {3}
    file.write_text(f"users:\n{good}\n{good}\n")
    with pytest.raises(FixtureError, match="the user 'x' is given twice"):
        demo_accounts(tmp_path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("measure: nothing", "there is no measure called 'nothing'"),
        ("measure: calls, of: {nobody: 3}", "there is no care group called 'nobody'"),
        ("measure: calls, of: {acute: 0}", "acute must be more than 0"),
        ("measure: calls, levels: {acute: many}", "acute must be a number"),
        ("measure: calls, levels: 5", "levels must be a mapping"),
        ("measure: calls, size: 5", "unknown key: size"),
    ],
)
def test_a_size_of_made_up_figures_with_a_fault_is_named(db, tmp_path, row, reason):
    CareGroupFactory(code="acute")
    MeasureFactory(code="calls")
    file = tmp_path / "illustrative.yaml"
    file.write_text(f"measures:\n- {{{row}}}\n")
    with pytest.raises(FixtureError, match=re.escape(reason)) as refused:
        illustrative_scales(tmp_path)
    assert {problem.line for problem in refused.value.problems} == {2}
    good = "- {measure: calls, level: 12, of: {acute: 30}}"
    file.write_text(f"measures:\n{good}\n{good}\n")
    with pytest.raises(FixtureError, match="the measure 'calls' is given twice"):
        illustrative_scales(tmp_path)
    file.write_text(f"measures:\n{good}\n")
    assert illustrative_scales(tmp_path)["calls"].of == {"acute": 30}
