"""The commands list the same rows as the pages, and their exit code says whether all is well."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from board.exports.datasets import DATASETS
from kmpt_tracker.ui.tabular import Format
from kpis.models import Assessment, Series
from tests.factories.worlds import AT

GIVEN = {
    "plan": "strategy-2023-26",
    "objective": "1.1",
    "ambition": "1",
    "measure": "seen-in-time",
    "care_group": "acute",
    "from": "2025-05",
    "to": "2025-07",
    "as_at": "2025-08-31",
}


@pytest.mark.any_database
@pytest.mark.parametrize("file_format", Format)
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_an_export_is_the_file_of_the_page_byte_for_byte(
    place, client, tmp_path, name, file_format
):
    """What is asked for is read before a format is: of one dataset, all of it in every format."""
    client.force_login(place.world.analyst)
    filters = {key: value for key, value in GIVEN.items() if key in DATASETS[name].filters}
    out = tmp_path / "file"
    is_all = file_format is Format.CSV or name == "actuals"
    for given in ({}, filters, {"bom": "1"}) if is_all else (filters,):
        words = [f"--{key.replace('_', '-')}={value}" for key, value in given.items()]
        words = ["--bom"] if "bom" in given else words
        call_command("export", name, "--format", file_format.value, "--out", str(out), *words)
        page = client.get(f"/exports/{name}.{file_format.value}", given)
        assert page.status_code == 200
        assert out.read_bytes() == page.getvalue(), given
    assert list(tmp_path.iterdir()) == [out]


def test_an_export_goes_to_standard_output(place, client, capfdbinary):
    client.force_login(place.world.analyst)
    call_command("export", "care_groups")
    assert capfdbinary.readouterr().out == client.get("/exports/care_groups.csv").getvalue()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["actuals", "--plan", "nowhere"],
            "no plan called “nowhere” (“plan”). Use strategy-2023-26.",
        ),
        (["actuals", "--origin", "rumour"], "Use entered, illustrative, imported or published."),
        (["actuals", "--plan", "a", "--plan", "b"], "“plan” is given more than once"),
        (["dictionary", "--plan", "a"], "does not apply to dictionary. It takes none."),
        (["plans", "--measure", "seen-in-time"], "does not apply to plans"),
        (["actuals", "--from", "2025-13"], "“from”"),
        (["nothing"], "invalid choice: 'nothing'"),
        (["plans", "--format", "pdf"], "invalid choice: 'pdf'"),
    ],
)
def test_an_export_that_cannot_be_meant_is_refused(place, tmp_path, words, said):
    out = tmp_path / "file"
    with pytest.raises(CommandError, match=re.escape(said)):
        call_command("export", *words, "--out", str(out))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["nowhere/file", ".", "/dev/full"])
def test_an_export_that_cannot_be_written_leaves_nothing_behind(place, tmp_path, out):
    with pytest.raises(CommandError, match="Cannot write"):
        call_command("export", "plans", "--out", str(tmp_path / out))
    assert not list(tmp_path.iterdir())


def test_an_export_takes_the_place_of_a_file_and_of_nothing_else(place, tmp_path):
    kept, link, pipe = tmp_path / "kept", tmp_path / "link", tmp_path / "pipe"
    kept.write_text("older")
    link.symlink_to(kept)
    os.mkfifo(pipe)
    call_command("export", "plans", "--out", str(link))
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_bytes)
        call_command("export", "plans", "--out", str(pipe))
    assert link.is_symlink()
    assert kept.read_bytes().startswith(b"plan,")
    assert read.result(timeout=60) == kept.read_bytes()
    assert sorted(tmp_path.iterdir()) == [kept, link, pipe]


# Buffered output fails when the command ends, other output fails as it is written.
@pytest.mark.parametrize(
    ("command", "unbuffered"),
    [(["spc", "-"], ""), (["help"], "1")],
    ids=["a line, buffered", "much, unbuffered"],
)
def test_a_reader_who_leaves_ends_a_command_without_a_word(command, unbuffered, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DEBUG": "on",
            "VAR_DIR": str(tmp_path),
            "PYTHONUNBUFFERED": unbuffered,
        },
        input=b'{"values": [1, 2, 3]}',
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def run(command: str, *words: str) -> str:
    out = StringIO()
    call_command(command, *words, verbosity=0, stdout=out)
    return out.getvalue().strip()


def test_recompute_makes_what_is_asked_for(place):
    total = Series.objects.count()
    Assessment.objects.update(value=None)
    Series.objects.filter(pk=place.world.series.pk).update(assessed_version=0)
    assert run("recompute", "--stale") == "assessed 1 of 1 series"
    assert run("recompute", "--stale") == "assessed 0 of 0 series"
    assert run("recompute", "--series", "seen-in-time", "--stale") == "assessed 0 of 0 series"
    assert run("recompute", "--series", "seen-in-time/older-people") == "assessed 1 of 1 series"
    assert run("recompute", "--series", "seen-in-time") == f"assessed {total} of {total} series"
    assert run("recompute", "--all") == f"assessed {total} of {total} series"
    assert run("recompute") == f"assessed {total} of {total} series"
    assert not Assessment.objects.filter(value=None).exists()


@pytest.mark.parametrize("code", ["nothing", "seen-in-time/nobody", "/acute", "a/b/c", ""])
def test_recompute_of_what_is_not_there_is_refused(place, code):
    with pytest.raises(CommandError, match="No series called"):
        call_command("recompute", "--series", code)


def test_check_data_says_that_all_is_well_or_what_is_not(place):
    assert run("check_data") == "nothing wrong"
    Assessment.objects.filter(series=place.world.series).update(value=1)
    Series.objects.filter(pk=place.world.other.pk).update(assessed_version=0)
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("check_data", stdout=out)
    assert refused.value.returncode == 1
    assert "stale: seen-in-time / older-people" in out.getvalue()
    assert "disagrees: seen-in-time / acute 2025-04-01 to 2025-04-30: value" in out.getvalue()
    run("recompute")
    assert run("check_data") == "nothing wrong"


def test_check_data_knows_stale_from_wrong(place):
    from kpis.assessments.store import recompute

    recompute(stale_only=False, at=AT)
    Assessment.objects.filter(series=place.world.trust).first().delete()
    with pytest.raises(CommandError, match="1 finding"):
        run("check_data")
