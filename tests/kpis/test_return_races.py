"""Saves, submissions and decisions against a lock, and two editors of one return, at once.

Threads with connections of their own, on either database. `RACE_ROUNDS=100` runs them longer.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts import audit
from accounts.models import AuditEvent
from kpis.models import Actual, Decision, ReportingPeriod, Return, ReturnCell
from kpis.months.change import ClockChanged, change_clock
from kpis.months.clock import data_clock, held_period, lock_period, reopen_period
from kpis.returns import approve as approval
from kpis.returns import recall as recalling
from kpis.returns import submit as submitting
from kpis.returns.cells import CellText
from kpis.returns.merging import CellEntry
from kpis.returns.save import Saved, save_first_draft
from kpis.returns.states import ReturnRefused
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory
from tests.factories.people import access, lead_of, performance_team
from tests.factories.plans import CareGroupFactory, TrustFactory

ROUNDS = int(os.environ.get("RACE_ROUNDS", "4"))
FIRST = Month(2024, 4)
JOINED_WITHIN = 120


class World:
    """A care group with two measures, whoever enters them and whoever decides."""

    def __init__(self):
        TrustFactory()
        self.acute = CareGroupFactory(code="acute")
        self.rows = [
            SeriesFactory(measure=MeasureFactory(code=code), care_group=self.acute)
            for code in ("calls", "visits")
        ]
        self.lead, self.other = lead_of(self.acute), lead_of(self.acute)
        self.team, self.locker = performance_team(), performance_team()
        self.may = {who.pk: access(who) for who in (self.lead, self.other, self.team)}

    def at(self, month: Month):
        return data_clock(month)["closes_at"]

    def save(self, month: Month, *texts: str, by=None, versions=None) -> Saved:
        """The whole form as a page sends it: a text for each row, and the version it showed."""
        by = by or self.lead
        shown = versions or [self.version(month, row) for row in self.rows]
        entries = [
            CellEntry(row.pk, version, CellText(value=text))
            for row, text, version in zip(self.rows, texts, shown, strict=True)
        ]
        return save_first_draft(
            month=month, care_group=self.acute, entries=entries, by=by,
            access=self.may[by.pk], at=self.at(month),
        )  # fmt: skip

    def version(self, month: Month, row) -> int:
        cell = ReturnCell.objects.filter(submission__period__starts_on=month.start, series=row)
        return cell.values_list("version", flat=True).first() or 0

    def submission(self, month: Month) -> Return:
        return Return.objects.get(period__starts_on=month.start)

    def submit(self, month: Month) -> None:
        sent = self.submission(month)
        assert not submitting.submit(
            submission_id=sent.pk, version=sent.version, by=self.lead,
            access=self.may[self.lead.pk], at=self.at(month),
        )  # fmt: skip

    def decide(self, month: Month, verb, *, by=None, **more) -> None:
        sent, by = self.submission(month), by or self.team
        verb(
            submission_id=sent.pk, version=sent.version, by=by,
            access=self.may[by.pk], at=self.at(month), **more,
        )  # fmt: skip

    def lock(self, month: Month) -> None:
        with transaction.atomic():
            period = held_period(month, at=self.at(month))
            lock_period(period_id=period.pk, by=self.locker, at=self.at(month))

    def values(self, month: Month) -> list[str]:
        cells = ReturnCell.objects.filter(submission__period__starts_on=month.start)
        found = dict(cells.values_list("series_id", "value_text"))
        return [found.get(row.pk, "") for row in self.rows]


@pytest.fixture
def world(transactional_db, monkeypatch):
    monkeypatch.setattr("kpis.assessments.store.wake", lambda *args, **kwargs: None)
    return World()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """The outcome of each act, all begun together in threads; a refusal is an outcome."""
    outcomes: list[object] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait()
            outcomes[place] = _until_done(act)
        except Exception as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(place, act), daemon=True)
        for place, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(JOINED_WITHIN)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def _until_done(act: Callable[[], object]) -> object:
    for attempt in range(200):
        try:
            return act()
        except OperationalError:
            if connection.vendor != "sqlite":
                raise
            # One writer at a time there, and the memory database does not wait: try again.
            time.sleep(random.uniform(0, 0.02) * min(attempt, 40))
    raise AssertionError("Never came to write.")


def everything() -> list[object]:
    """Everything that a write of a return may leave behind."""
    return [
        list(ReturnCell.objects.order_by("pk").values_list("pk", "version", "value_text")),
        list(Return.objects.order_by("pk").values_list("pk", "version", "status")),
        Actual.objects.count(),
        Decision.objects.count(),
        AuditEvent.objects.exclude(action="locked").count(),
    ]


def to_save(world: World, month: Month) -> Callable[[], object]:
    """Writes of a month that nobody has opened: the first makes its row."""
    return lambda: world.save(month, "12", "30", versions=[0, 0])


def to_submit(world: World, month: Month) -> Callable[[], object]:
    world.save(month, "12", "30")
    return lambda: world.submit(month)


def to_approve(world: World, month: Month) -> Callable[[], object]:
    to_submit(world, month)()
    return lambda: world.decide(month, approval.approve)


def to_send_back(world: World, month: Month) -> Callable[[], object]:
    to_submit(world, month)()
    return lambda: world.decide(month, approval.send_back, reason="Check the wards")


def to_recall(world: World, month: Month) -> Callable[[], object]:
    to_submit(world, month)()
    return lambda: world.decide(month, recalling.recall, by=world.lead)


@pytest.mark.parametrize("begin", [to_save, to_submit, to_approve, to_send_back, to_recall])
def test_what_lands_landed_before_the_lock_was_acknowledged_or_is_refused(world, begin):
    for number in range(ROUNDS):
        month = FIRST.plus(number)
        write = begin(world, month)
        before = everything()
        acknowledged = []

        def lock(month=month, acknowledged=acknowledged):
            time.sleep(random.uniform(0, 0.01))
            world.lock(month)
            acknowledged.append(_until_done(everything))

        def late(write=write):
            time.sleep(random.uniform(0, 0.01))
            return write()

        written, locked = at_once(late, lock)
        assert locked is None, locked
        assert everything() == acknowledged[-1]
        if isinstance(written, ReturnRefused):
            assert "is locked" in str(written)
            assert everything() == before
        else:
            assert not isinstance(written, Exception), written
            assert everything() != before


@pytest.mark.parametrize("begin", [to_save, to_submit, to_approve, to_send_back])
def test_a_lock_waits_for_a_write_that_began_before_it(world, begin, monkeypatch):
    """The write has only its record left to do when the month is locked: the lock waits for it."""
    month = FIRST
    write = begin(world, month)
    before = everything()
    inner, reached, acknowledged = audit.record, threading.Event(), []

    def slow(**event):
        if event["action"] != "locked":
            reached.set()
            time.sleep(0.2)
        return inner(**event)

    monkeypatch.setattr("accounts.audit.record", slow)

    def lock():
        reached.wait(JOINED_WITHIN)
        world.lock(month)
        acknowledged.append(_until_done(everything))

    written, locked = at_once(write, lock)
    assert not isinstance(written, Exception), written
    assert locked is None, locked
    assert everything() == acknowledged[-1] != before
    assert ReportingPeriod.objects.get().locked_at is not None


def test_a_month_opened_again_takes_what_comes_after(world):
    month = FIRST
    world.save(month, "12", "30")
    world.lock(month)
    period = ReportingPeriod.objects.get()
    again = {"by": world.team, "at": world.at(month), "reason": "A late ward"}
    written, opened = at_once(
        lambda: world.save(month, "13", "30"),
        lambda: reopen_period(period_id=period.pk, **again),
    )
    assert not isinstance(opened, Exception), opened
    is_refused = isinstance(written, ReturnRefused)
    assert world.values(month) == (["12", "30"] if is_refused else ["13", "30"])


def test_two_who_edit_different_rows_lose_nothing(world):
    for number in range(ROUNDS):
        month = FIRST.plus(number % 12)
        shown = [world.version(month, row) for row in world.rows]
        texts = world.values(month)
        mine, theirs = f"{number}1", f"{number}2"
        outcomes = at_once(
            lambda: world.save(month, mine, texts[1], versions=shown),  # noqa: B023
            lambda: world.save(month, texts[0], theirs, by=world.other, versions=shown),  # noqa: B023
        )
        assert [outcome.conflicts for outcome in outcomes] == [(), ()], outcomes
        assert world.values(month) == [mine, theirs]


def test_of_two_who_edit_one_box_one_wins_and_the_other_sees_both(world):
    """The first time too: of a cell, a return and a month that nobody has begun."""
    for number in range(ROUNDS):
        month = FIRST.plus(number % 12)
        shown = [world.version(month, row) for row in world.rows]
        events = AuditEvent.objects.count()
        texts = {"lead": f"{number}1", "other": f"{number}2"}
        rest = world.values(month)[1]
        first, second = at_once(
            lambda: world.save(month, texts["lead"], rest, versions=shown),  # noqa: B023
            lambda: world.save(month, texts["other"], rest, by=world.other, versions=shown),  # noqa: B023
        )
        won, lost = (first, second) if first.changed else (second, first)
        assert (len(won.changed), lost.changed, won.conflicts) == (1, (), ())
        (clash,) = lost.conflicts
        winner = world.lead if won is first else world.other
        assert {clash.yours.value, clash.theirs.value} == set(texts.values())
        assert (clash.theirs.value, clash.saved_by) == (world.values(month)[0], str(winner))
        assert clash.saved_at == world.at(month)
        assert AuditEvent.objects.count() == events + 1


def test_of_a_decision_and_a_recall_at_once_one_happens_and_the_other_is_told(world):
    for number in range(ROUNDS):
        month = FIRST.plus(number)
        recall = to_recall(world, month)
        outcomes = at_once(recall, partial(world.decide, month, approval.approve))
        said = [outcome for outcome in outcomes if outcome is not None]
        assert len(said) == 1, outcomes
        assert isinstance(said[0], ReturnRefused)
        status = world.submission(month).status
        assert status == ("draft" if outcomes[0] is None else "approved")
        decisions = Decision.objects.filter(actual__submission__period__starts_on=month.start)
        expected = "returned" if status == "draft" else "approved"
        assert list(decisions.values_list("outcome", flat=True)) == [expected] * 2


def test_of_two_who_change_one_clock_at_once_one_hears_of_the_other(world):
    """The first time too: of a month of which nothing is stored."""
    for number in range(ROUNDS):
        month = Month(2027, 1).plus(number)
        clock = data_clock(month)

        def change(by, hours: int, month=month, clock=clock):
            later = clock["freezes_at"] + timedelta(hours=hours)
            return change_clock(
                month=month, version=0, wanted={**clock, "freezes_at": later}, reason="A strike",
                by=by, access=access(by), at=clock["opens_at"] - timedelta(days=9),
            )  # fmt: skip

        outcomes = at_once(partial(change, world.team, 1), partial(change, world.locker, 2))
        (said,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert isinstance(said, ClockChanged), said
        (won,) = [outcome for outcome in outcomes if isinstance(outcome, ReportingPeriod)]
        (clash,) = said.conflicts
        assert (clash.theirs, won.version) == (won.freezes_at, 2)
        winner = world.team if outcomes[0] is won else world.locker
        assert clash.changed_by == str(winner)
