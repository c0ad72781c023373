"""Reading a hand-written fixture row."""

import pytest

from strategy.fixtures.files import Row


def row_of(**data) -> Row:
    return Row(data, "plans/a.yaml", "risks 1", [])


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("Review of recruitment", "Review of recruitment"),
        (["Review of recruitment", "process; Pilot."], "Review of recruitment process; Pilot."),
        (None, ""),
    ],
)
def test_a_text_parted_by_a_page_break_is_read_as_one(given, read):
    row = row_of(response=given)
    assert row.parted("response") == read
    row.finish()
    assert row.problems == []


def test_parts_that_are_not_texts_are_a_problem():
    row = row_of(response=["Review of recruitment", 3])
    row.parted("response")
    assert [problem.reason for problem in row.problems] == ["response must be a list of texts"]
