"""Entries, target changes, limits and recomputes at once: in the end it is a fresh calculation.

Threads with connections of their own, on either database; each does a fixed number of acts. What
the database refuses because of another writer is tried again, as a person would.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts.models import User
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute, touch
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.dated_changes.recalculation import (
    add_rebase,
    fix_baseline,
    withdraw_baseline,
    withdraw_rebase,
)
from kpis.dated_changes.target_changes import (
    ChangeRefused,
    Terms,
    approve_change,
    propose_change,
    withdraw_change,
)
from kpis.models import (
    Actual,
    Decision,
    FixedBaseline,
    Judgement,
    Rebase,
    Series,
    Target,
    TargetChange,
)
from strategy.models import CareGroup
from strategy.periods import Month
from tests.factories.measures import TargetFactory, approved, rolled_up
from tests.factories.people import access, performance_team
from tests.factories.plans import CareGroupFactory, PlanFactory

AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
START = Month(2025, 1)
MONTHS, GROUPS, ACTS = 16, 2, 12
JOINED_WITHIN = 300


@pytest.fixture
def world(transactional_db, settings, monkeypatch):
    """Two measures of two care groups each; messages are lost, so the sweep must find all."""
    monkeypatch.setattr("kpis.assessments.store.wake", lambda *args, **kwargs: None)
    plan = PlanFactory(starts_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))
    groups = [CareGroupFactory() for _ in range(GROUPS)]
    for _ in range(2):
        measure, _, parts = rolled_up(*groups)
        for month in range(MONTHS):
            for part in parts:
                approved(
                    part,
                    START.plus(month),
                    numerator=Decimal(80 + month % 4),
                    denominator=Decimal(100),
                )
        TargetFactory(
            measure=measure, plan=plan, source_document=plan.source_document, value=Decimal(81)
        )
    recompute(at=AT, stale_only=False)
    return performance_team(), performance_team()


def correct(chance: random.Random, step: int) -> None:
    """A corrected figure of a care group, approved: a new version of its window."""
    series = chance.choice(list(Series.objects.exclude(care_group__level="trust")))
    month = START.plus(chance.randrange(MONTHS))
    with transaction.atomic():
        touch([series.pk])
        last = Actual.objects.filter(series=series, period_end=month.end).latest("version")
        seen = Decimal(chance.randrange(70, 100))
        actual = Actual.objects.create(
            series=series,
            period_start=last.period_start,
            period_end=last.period_end,
            version=last.version + 1,
            numerator=seen,
            denominator=Decimal(100),
            value=seen,
            origin="entered",
            recorded_at=AT,
            change_reason="Counted again",
        )
        Decision.objects.create(
            actual=actual,
            outcome="approved",
            decided_at=AT,
            known_from=AT,
            decided_by=User.objects.earliest("pk"),
        )


def change_target(chance: random.Random, step: int, people) -> None:
    """Propose new terms and decide on them; a change that waits already is decided on first."""
    one, two = chance.sample(people, 2)
    target = chance.choice(list(Target.objects.all()))
    at = AT + timedelta(seconds=step)
    change = target.changes.filter(outcome=TargetChange.Outcome.PROPOSED).first()
    if change is None:
        change = propose_change(
            target_id=target.pk,
            version=target.version,
            terms=Terms(
                effective_from=START.plus(chance.randrange(MONTHS)).start,
                value=Decimal(chance.randrange(7000, 9000)) / 100,
            ),
            reason="Raced",
            by=one,
            access=access(one),
            at=at,
        )
    proposer = change.proposed_by
    if chance.random() < 0.2:
        withdraw_change(change_id=change.pk, by=proposer, access=access(proposer), at=at)
    else:
        other = two if proposer == one else one
        approve_change(change_id=change.pk, by=other, access=access(other), at=at)


def change_structure(chance: random.Random, step: int, people) -> None:
    who = {"by": people[0], "access": access(people[0]), "at": AT + timedelta(seconds=step)}
    if chance.random() < 0.5:
        group = chance.choice(list(CareGroup.objects.exclude(level="trust")))
        ends = chance.choice([None, START.plus(MONTHS - 2).end])
        change_care_group_dates(
            care_group_id=group.pk, valid_from=None, valid_to=ends, reason="Raced", **who
        )
        return
    series = chance.choice(list(Series.objects.all()))
    fixed = FixedBaseline.objects.standing().filter(series=series).first()
    if fixed and chance.random() < 0.5:
        withdraw_baseline(baseline_id=fixed.pk, reason="Raced", **who)
    elif chance.random() < 0.5:
        fix_baseline(series_id=series.pk, points=chance.randrange(12, 15), reason="Raced", **who)
    standing = Rebase.objects.filter(withdrawn_at__isnull=True).first()
    if standing:
        withdraw_rebase(rebase_id=standing.pk, reason="Raced", **who)
    else:
        add_rebase(series_id=series.pk, starts_on=START.plus(4).start, reason="Raced", **who)


def sweep(chance: random.Random, step: int) -> None:
    recompute(at=AT, stale_only=chance.random() < 0.8)


def at_once(*work: Callable[[random.Random, int], None]) -> list[str]:
    """Run each in its own thread, `ACTS` times; returns the errors."""
    wrong: list[str] = []
    start = threading.Barrier(len(work))

    def run(number: int, act: Callable[[random.Random, int], None]) -> None:
        chance = random.Random(number)
        try:
            start.wait()
            for step in range(ACTS):
                _until_done(act, chance, step)
        except Exception as error:
            wrong.append(f"{act}: {error!r}")
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(number, act), daemon=True)
        for number, act in enumerate(work)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(JOINED_WITHIN)
    return wrong + [f"{thread.name} hangs" for thread in threads if thread.is_alive()]


def _until_done(act: Callable[[random.Random, int], None], chance: random.Random, step: int):
    for attempt in range(200):
        try:
            return act(chance, step)
        except ChangeRefused:
            return None  # someone else was first: a person reads that and lets it be
        except OperationalError:
            if connection.vendor != "sqlite":
                raise
            # One writer at a time there, and the memory database does not wait: try again.
            time.sleep(chance.uniform(0, 0.02) * min(attempt, 40))
    raise AssertionError("Never came to write.")


def test_the_final_state_is_a_fresh_calculation(world):
    people = list(world)
    wrong = at_once(
        correct,
        correct,
        lambda chance, step: change_target(chance, step, people),
        lambda chance, step: change_target(chance, step, people),
        lambda chance, step: change_structure(chance, step, people),
        sweep,
        sweep,
    )
    assert wrong == []
    recompute(at=AT, stale_only=True)
    assert list(findings()) == []
    assert TargetChange.objects.filter(outcome="approved").exists()
    assert Actual.objects.filter(version__gt=1).exists()


def test_of_two_who_decide_at_once_one_is_told(world):
    one, two = world
    third = performance_team()
    target = Target.objects.first()
    change = propose_change(
        target_id=target.pk,
        version=target.version,
        terms=Terms(effective_from=START.start, value=Decimal(70)),
        reason="Raced",
        by=one,
        access=access(one),
        at=AT,
    )
    outcomes = []

    def decide(by):
        def act(chance, step):
            if step:
                return
            try:
                approve_change(change_id=change.pk, by=by, access=access(by), at=AT)
                outcomes.append("approved")
            except ChangeRefused as refused:
                outcomes.append(str(refused))

        return act

    assert at_once(decide(two), decide(third)) == []
    assert sorted(outcomes) == [
        "This change is approved already. Load the page again.",
        "approved",
    ]
    target.refresh_from_db()
    assert target.version == 2


def test_a_row_read_earlier_never_sets_the_versions_back(world):
    """A worker that read the inputs earlier could otherwise take an older number for the latest."""
    read_earlier = Series.objects.exclude(care_group__level="trust").first()
    correct(random.Random(1), 0)
    with transaction.atomic():
        touch([read_earlier.pk])
    recompute(at=AT, stale_only=True)
    stood = Series.objects.values("data_version", "assessed_version", "assessed_at")
    before = stood.get(pk=read_earlier.pk)
    read_earlier.valid_to = START.plus(MONTHS).end
    read_earlier.save()
    after = stood.get(pk=read_earlier.pk)
    # Its own change is one more, counted from what the database holds.
    assert after == before | {"data_version": before["data_version"] + 1}
    assert Series.objects.get(pk=read_earlier.pk).valid_to == START.plus(MONTHS).end


def test_a_result_older_than_the_data_is_never_written(world, monkeypatch):
    """The figure changes after a worker has read it: the worker writes nothing of it."""
    from kpis.assessments import store as assessment

    series = Series.objects.exclude(care_group__level="trust").first()
    load = assessment.load_inputs

    def load_then_change(rows):
        found = load(rows)
        monkeypatch.setattr(assessment, "load_inputs", load)
        correct(random.Random(1), 0)
        Series.objects.filter(pk=series.pk).update(data_version=series.data_version + 5)
        return found

    before = list(Judgement.objects.filter(assessment__series=series).values_list("pk", flat=True))
    monkeypatch.setattr(assessment, "load_inputs", load_then_change)
    recompute(at=AT, stale_only=False, series_ids=[series.pk])
    after = list(Judgement.objects.filter(assessment__series=series).values_list("pk", flat=True))
    assert after == before
    assert Series.objects.get(pk=series.pk).is_stale
    recompute(at=AT, stale_only=True)
    assert list(findings()) == []
