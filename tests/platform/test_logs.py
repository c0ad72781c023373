"""One line of JSON a record, whatever was typed; no request and no secret inside."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.logs import JsonFormatter


def line_for(message: str, **attributes) -> str:
    record = logging.LogRecord("kpis", logging.WARNING, __file__, 1, "%s", (message,), None)
    vars(record).update(attributes)
    return JsonFormatter().format(record)


@given(st.text())
def test_any_text_is_one_line_and_comes_back_whole(text):
    line = line_for(text)
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert json.loads(line).get("message", "") == text


def test_what_hangs_on_a_record_is_left_out():
    assert "hunter2" not in line_for("saved", request="password=hunter2")


def test_a_fault_carries_its_traceback():
    with pytest.raises(KeyError) as caught:
        {}["missing"]
    line = json.loads(line_for("broken", exc_info=caught._excinfo))
    assert "KeyError" in line["traceback"]
    assert line["level"] == "WARNING"
