"""Drawn parts are kept under a stamp that every write changes, in any order of commits."""

import threading

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import RoleGrant
from board.models import BoardMeeting
from cip.models import Scheme
from kpis.asked.stamps import stamps
from kpis.models import ImportBatch, Measure, ReportingPeriod, Series
from strategy.models import CareGroup
from tests.factories.measures import ReturnFactory
from tests.factories.plans import PlanFactory

WAITED = 20


def note(obj, action: str = "noted") -> None:
    audit.record(at=timezone.now(), by=None, action=action, obj=obj, key="a row")


@pytest.mark.django_db
def test_a_draft_changes_the_stamp_of_returns_alone():
    submission = ReturnFactory()
    note(submission)
    before = stamps()
    note(submission, "draft saved")
    after = stamps()
    assert after.facts == before.facts
    assert after.data != before.data
    note(submission, "submitted")
    assert stamps().facts != before.facts
    assert stamps().approved == before.approved
    note(submission.care_group)
    assert stamps().approved != before.approved
    assert stamps().audited != after.audited


@pytest.mark.django_db
def test_what_is_no_figure_changes_no_meaning_of_figures():
    for elsewhere in (Scheme(), RoleGrant(), ImportBatch(), BoardMeeting()):
        before = stamps()
        note(elsewhere)
        after = stamps()
        assert (after.meanings, after.approved) == (before.meanings, before.approved)
        assert after.settled != before.settled
    for meaning in (Series(), Measure(), PlanFactory(), CareGroup(), ReportingPeriod()):
        before = stamps()
        note(meaning)
        after = stamps()
        assert after.meanings != before.meanings
        assert after.approved != before.approved


@pytest.mark.postgresql
def test_a_transaction_that_began_first_and_ended_last_changes_the_stamp(transactional_db):
    """Its audit row has the lower key: by keys alone the page drawn in between would be kept."""
    plan = PlanFactory()
    written, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                note(plan)
                written.set()
                may_end.wait(WAITED)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slowly, daemon=True)
    thread.start()
    assert written.wait(WAITED)
    with transaction.atomic():
        note(plan)
    before = stamps()
    may_end.set()
    thread.join(WAITED)
    after = stamps()
    assert after.facts != before.facts
    assert after.data != before.data
