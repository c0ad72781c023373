"""`manage.py spc`: JSON lines in, JSON lines out."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from kpis.spc import analyse

DATA = Path(__file__).parents[2] / "data"
EXAMPLES = json.loads((DATA / "spc_examples.json").read_text())["cases"]


@pytest.fixture
def run(tmp_path):
    def run_on(text, *, out=None):
        path = tmp_path / "series.jsonl"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        out = out or io.StringIO()
        call_command("spc", str(path), stdout=out)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    return run_on


def test_one_line_of_results_for_each_series(run):
    results = run("\n".join(json.dumps(case["input"]) for case in EXAMPLES))
    assert results == [analyse(**case["input"]).as_dict() for case in EXAMPLES]
    for result, case in zip(results, EXAMPLES, strict=True):
        assert set(case["expected"]) <= set(result)


def test_undefined_is_null_and_never_nan(run):
    out = io.StringIO()
    run('{"values": [1, null, NaN]}', out=out)
    assert "NaN" not in out.getvalue()
    result = json.loads(out.getvalue())
    assert (result["values"], result["upl"]) == ([1, None, None], [None] * 3)


def test_null_fields_take_their_defaults_and_others_are_passed_over(run):
    names = ("target", "rebase", "fix_after_n_points", "improvement_direction", "screen_outliers")
    line = {"id": "a", "values": [1, 2, 3], "dates": None} | dict.fromkeys(names)
    assert run(json.dumps(line)) == [analyse([1, 2, 3]).as_dict()]


def test_empty_lines_and_a_byte_order_mark_are_passed_over(run):
    assert len(run('\ufeff{"values": [1]}\n\n  \n{"values": []}\n')) == 2
    assert run("") == run("\ufeff") == run("\ufeff\r\n \r\n") == []


def test_lines_may_end_as_on_windows(run):
    assert run('{"values": [1]}\r\n{"values": []}\r\n') == run('{"values": [1]}\n{"values": []}')


def test_standard_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b'{"values": [1, 2]}')))
    call_command("spc", "-")
    assert json.loads(capsys.readouterr().out)["mean"] == [1.5, 1.5]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x", "Line 2: This is not JSON"),
        ("[1, 2]", "Line 2: This is no JSON object"),
        ('{"dates": []}', "Line 2: The field values is missing"),
        ('{"values": 3}', "Line 2: The field values must be a list"),
        ('{"values": [1], "rebase": "2020-01-01"}', "Line 2: The field rebase must be a list"),
        ('{"values": [1, Infinity]}', "Line 2: value 2 is infinite"),
        ('{"values": ["1"]}', "Line 2: value 1 is '1'"),
        ('{"values": [1], "improvement_direction": "up"}', "Line 2: improvement_direction is 'up'"),
        (b'{"values": [\xff]}', "Line 2: This is not UTF-8"),
        ("[" * 100_000, "Line 2: This is nested too deeply"),
        (f'{{"values": [{"9" * 400}]}}', "Line 2: value 1 is too large"),
        (f'{{"values": [{"9" * 5000}]}}', "Line 2: This holds a number with too many digits"),
    ],
)
def test_a_bad_line_says_why_in_its_place_and_stops_no_other(run, line, message):
    out = io.StringIO()
    line = line.encode() if isinstance(line, str) else line
    with pytest.raises(CommandError, match=message) as caught:
        run(b'{"values": [1]}\n' + line + b'\n{"values": [2]}\n', out=out)
    assert caught.value.returncode == 1
    first, bad, last = map(json.loads, out.getvalue().splitlines())
    assert (first["status"], last["values"]) == ("ok", [2])
    assert bad == {"status": "error", "error": str(caught.value).removeprefix("Line 2: ")}


def test_every_bad_line_is_named(run):
    with pytest.raises(CommandError) as caught:
        run('x\n\n{"values": [1]}\n{}\n')
    numbers = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert numbers == ["Line 1", "Line 4"]


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("spc", str(tmp_path / "none.jsonl"))
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("spc", str(tmp_path))
