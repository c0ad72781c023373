"""What a plan says other than its promises, under the headings of its paper and in its order."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.text import slugify

from kpis.plans.blocks import Section, StatementLine
from strategy.models import PlanStatement
from strategy.places import chapter, headings

Kind = PlanStatement.Kind
# Kinds that come before the objectives where chapter numbers do not decide.
OPENING = (
    Kind.INTRODUCTION,
    Kind.PURPOSE,
    Kind.ORGANISATION,
    Kind.POLICY,
    Kind.PRINCIPLE,
    Kind.VALUE,
    Kind.CONTEXT,
    Kind.STP_AIM,
    Kind.ACHIEVEMENT,
    Kind.MUST_NOW,
    Kind.STRATEGIC_FOCUS,
    Kind.STATED_PRIORITY,
    Kind.ENABLER_NOTE,
)
NO_PLACE = "No place recorded"


def said_around(
    statements: Sequence[PlanStatement], objectives_at: str
) -> tuple[list[Section], list[Section]]:
    """The parts before the objectives and the parts after them.

    A chapter with a lower number than that of the objectives comes before them, one with a higher
    number after; where there are no numbers to compare, the kind of the first statement decides.
    """
    before: list[Section] = []
    after: list[Section] = []
    own = chapter(objectives_at)
    heading_of = headings(row.source_section for row in statements)
    # By heading, in the order in which the plan comes to each.
    under: dict[str, list[PlanStatement]] = defaultdict(list)
    for row in statements:
        under[heading_of[row.source_section]].append(row)
    for heading, rows in under.items():
        number = chapter(heading)
        if own is None or number is None or number == own:
            opens = Kind(rows[0].kind) in OPENING
        else:
            opens = number < own
        title = heading or NO_PLACE
        section = _section(said_id(heading), title, rows)
        (before if opens else after).append(section)
    return before, after


def said_id(heading: str) -> str:
    """The id of the section under a heading."""
    return f"says-{slugify(heading or NO_PLACE)}"


def statement_section(kind: PlanStatement.Kind, rows: Sequence[PlanStatement]) -> Section:
    """The plan's words of one kind; those with a due date are in a table."""
    if kind is Kind.GOVERNANCE:
        template = "kpis/plan/_calendar.html"
        return Section(kind.value, str(kind.label), template, rows, len(rows))
    return _section(kind.value, str(kind.label), rows)


def _section(name: str, title: str, rows: Sequence[PlanStatement]) -> Section:
    lines = [StatementLine(row, title) for row in rows]
    return Section(name, title, "kpis/plan/_statements.html", lines, len(rows))
