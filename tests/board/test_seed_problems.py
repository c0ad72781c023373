"""A senseless fixture stops the seeding with file, row and reason; nothing changes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from board.fixtures.seed import seed
from strategy.fixtures.files import FixtureError
from strategy.models import Note, NoteLink, Plan

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
AT = datetime(2025, 9, 1, tzinfo=UTC)
SOURCES = """
sources:
- {code: the-paper, title: The paper, published_on: 2019-04-04}
"""
ORGANISATION = """
trust_names:
- {name: The trust, short_name: Trust}
care_groups:
- {code: trust, name: Trust-wide, level: trust}
"""
MEASURES = """
measures:
- {code: waits, name: Waits, kind: quantitative, unit: days, frequency: monthly,
   collection_level: trust}
"""
PLAN = """
plan: {code: the-plan, title: The plan, starts_on: 2019-04-01, ends_on: 2020-03-31,
       source: the-paper}
ambitions:
- kind: key_area
  title: Our services
  section: Page 1
  objectives:
  - reference: "1.1"
    title: Shorter waits
    section: Page 1
    outcomes:
    - {statement: Nobody waits, section: Page 1}
    promises:
    - statement: Reduce waits
      section: Page 1
      targets:
      - {measure: waits, change: down}
finance:
- {group: Cash, line: Opening, value: "1", unit: pounds, printed_as: "1", section: Page 2}
"""


@pytest.fixture
def fixtures(tmp_path) -> Path:
    for name, text in (
        ("sources.yaml", SOURCES),
        ("organisation.yaml", ORGANISATION),
        ("measures/m.yaml", MEASURES),
        ("plans/the-plan.yaml", PLAN),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def load(fixtures: Path, more: str = ""):
    path = fixtures / "plans/the-plan.yaml"
    path.write_text(PLAN + more)
    return seed(root=fixtures, at=AT, illustrative=False, only="", refresh=False)


def notes(*touches: str) -> str:
    quoted = ", ".join(f'"{name}"' for name in touches)
    return f"notes:\n- {{key: two-ways, kind: ambiguity, text: Either, touches: [{quoted}]}}\n"


def test_a_note_touches_any_kind_of_row_by_its_key(fixtures):
    touches = (
        "plan",
        "objective:1.1",
        "outcome:the-plan/1.1/1",
        "target:the-plan/1.1.1",
        "measure:waits",
        "finance:the-plan/1",
        "ambition:the-plan/1",
    )
    load(fixtures, notes(*touches))
    assert NoteLink.objects.count() == len(touches)
    assert NoteLink.objects.filter(object_type="plan", object_key="the-plan").exists()


@pytest.mark.parametrize(
    ("touches", "reason"),
    [
        ("target:the-plan/9.9.9", "no target called 'the-plan/9.9.9'"),
        ("finance:the-plan/7", "no finance line called 'the-plan/7'"),
        ("objective:9.9", "no objective called 'the-plan/9.9'"),
        ("rumour:waits", "'rumour' must be one of action, allocation, ambition"),
    ],
)
def test_a_note_on_a_row_that_is_not_there_stops_it(fixtures, touches, reason):
    with pytest.raises(FixtureError) as stopped:
        load(fixtures, notes("plan", touches))
    (problem,) = stopped.value.problems
    assert problem.file == "plans/the-plan.yaml"
    assert problem.where == "notes 1"
    assert reason in problem.reason
    assert not Note.objects.exists()
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("{kind: gossip, text: They say, section: Page 1}", "not 'gossip'"),
        ("{text: They say, section: Page 1}", "kind is missing"),
        ("{kind: principle, section: Page 1}", "a statement needs a title or a text"),
    ],
)
def test_a_statement_of_no_known_kind_stops_it(fixtures, statement, reason):
    with pytest.raises(FixtureError) as stopped:
        load(fixtures, f"statements:\n- {statement}\n")
    problem = stopped.value.problems[0]
    assert (problem.file, problem.where) == ("plans/the-plan.yaml", "statements 1")
    assert reason in problem.reason
    assert not Plan.objects.exists()
