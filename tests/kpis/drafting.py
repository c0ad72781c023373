"""Drafting a plan in tests: each verb once, with what it usually takes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.assessments.store import recompute
from kpis.models import DraftLine, PlanDraft, Target
from kpis.promises.promise import Promise
from kpis.workbench.adopt import adopt, propose_draft
from kpis.workbench.dropped import drop_promise
from kpis.workbench.lines import promise_of, remove_line, save_line
from kpis.workbench.start import Header, start_draft
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import access, performance_team
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory
from tests.plugins.kept import kept

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = AT + timedelta(days=2)
OPENS = date(2026, 4, 1)


@kept
def ended():
    plan = PlanFactory(code="before", starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan), plan=plan, reference="1.1")
    series = [SeriesFactory(measure=MeasureFactory()) for _ in range(3)]
    for row in series:
        for place in range(14):
            approved(row, Month(2025, 3).plus(place), 88 + place % 3)
        TargetFactory(
            plan=plan,
            objective=objective,
            measure=row.measure,
            value=Decimal(90),
            statement=f"At least 90 of {row.measure.code}",
        )
    recompute(at=AT, stale_only=False)
    return plan


@pytest.fixture
def author():
    return performance_team()


def header(**fields):
    usual = {
        "title": "The next plan",
        "starts_on": date(2026, 4, 1),
        "ends_on": date(2029, 3, 31),
        "document": "Strategy 2026 to 2029",
    }
    return Header(**{**usual, **fields})


def begin(author, follows=None, *, code="next", copies=True, **fields):
    return start_draft(
        code=code,
        header=header(**fields),
        follows_id=follows and follows.pk,
        copies=copies,
        by=author,
        access=access(author),
        at=AT,
    )


def save(line, author, *, version=None, **fields):
    line = DraftLine.objects.get(pk=line.pk)
    promise = promise_of(line)
    given = {**{name: getattr(promise, name) for name in Promise.__dataclass_fields__}, **fields}
    return save_line(
        line_id=line.pk,
        version=line.version if version is None else version,
        promise=Promise(**given),
        number=line.number,
        measure_id=line.measure_id,
        care_group_id=line.care_group_id,
        finder="",
        by=author,
        access=access(author),
        at=AT,
    )


def finished(author, follows):
    """A draft ready for adoption: one promise carried over, one tightened, one dropped."""
    draft = begin(author, follows)
    for line in draft.lines.all():
        save(line, author, source_section="Page 3")
    first, second, third = draft.lines.filter(kind="promise").order_by("position")
    save(second, author, value=Decimal(95))
    gone = Target.objects.get(statement=third.statement)
    remove_line(line_id=third.pk, by=author, access=access(author), at=AT)
    drop_promise(
        draft_id=draft.pk,
        ended_id=gone.pk,
        reason="Counted by the commissioner now",
        by=author,
        access=access(author),
        at=AT,
    )
    assert first.value == 90
    return PlanDraft.objects.get(pk=draft.pk)


def proposed(draft, author, *, adopts_on=OPENS, at=AT):
    return propose_draft(
        draft_id=draft.pk,
        version=draft.version,
        adopts_on=adopts_on,
        decision="Board of 26 February 2026, minute 14",
        by=author,
        access=access(author),
        at=at,
    )


def adopted(draft, other, at=LATER):
    plan = adopt(draft_id=draft.pk, by=other, access=access(other), at=at)
    recompute(at=at, stale_only=True)
    return plan
