"""A signal of a guard measure reopens an assessment once, and people find what waits for them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core import mail

from board.mail.deliver import send_due
from board.mail.due import due_mails
from board.models import MailKind
from board.todo import savings
from board.todo.desk import Desk
from board.todo.kinds import items_of
from cip.gate import QiaStatus
from cip.models import GuardMeasure, QIAReopening
from cip.qia.guards import reopen_for_signals
from cip.tasks import check_guards
from kpis.models import Assessment
from strategy.access import access_of
from strategy.moments import london_date
from strategy.periods import Month
from tests.cip.walk import SEPTEMBER
from tests.factories.measures import MeasureFactory, SeriesFactory
from tests.factories.people import lead_of
from tests.factories.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
JUNE = Month(2019, 6)


def assessed(series, *variations: str, first: Month = JUNE) -> None:
    for number, variation in enumerate(variations):
        month = first.plus(number)
        row(
            Assessment, series=series, period_start=month.start, period_end=month.end,
            variation=variation, value=Decimal(1),
        )  # fmt: skip


@pytest.fixture
def guarded(delivering):
    """A scheme in delivery, guarded by a measure that its care group reports."""
    walk = delivering
    series = SeriesFactory(measure=MeasureFactory(code="readmitted"), care_group=walk.acute)
    GuardMeasure.objects.create(assessment=walk.standing.assessed.qia, measure=series.measure)
    walk.later(date(2019, 10, 3))
    return walk, series


def check(walk, series_ids=None) -> int:
    return reopen_for_signals(series_ids=series_ids, at=walk.now)


def test_a_concern_reopens_once_for_each_run(guarded):
    walk, series = guarded
    assessed(series, "common_cause", "concern_high")
    assert check(walk, [series.pk]) == 1
    assert walk.standing.is_paused
    assert walk.standing.qia_status is QiaStatus.REOPENED
    assert QIAReopening.objects.get().signal_began == JUNE.plus(1).start
    assert check(walk) == 0
    walk.submit()
    walk.decide("approved_with_conditions", "Watched weekly")
    walk.sign(walk.medical)
    walk.sign(walk.nursing)
    # The same run continues, and is found to have begun a month earlier.
    assessed(series, "concern_high", first=JUNE.plus(2))
    Assessment.objects.filter(period_start=JUNE.start).update(variation="concern_high")
    assert check(walk) == 0
    assert not walk.standing.is_paused
    assessed(series, "common_cause", "concern_high", first=JUNE.plus(3))
    assert check(walk) == 1
    assert walk.standing.is_paused


@pytest.mark.parametrize("last", ["common_cause", "improvement_low", "neutral_high", "none"])
def test_nothing_but_a_running_concern_reopens(guarded, last):
    _, series = guarded
    assessed(series, "concern_high", last)
    assert check_guards() == 0


def test_without_a_series_of_its_group_the_trusts_counts_and_anothers_never(guarded):
    walk, series = guarded
    other = SeriesFactory(measure=series.measure, care_group=walk.older)
    assessed(other, "concern_high")
    assert check_guards() == 0
    assert reopen_for_signals(series_ids=[other.pk], at=walk.now) == 0


def work(walk, person) -> list[str]:
    desk = Desk(person, access_of(person, london_date(walk.now)), walk.now)
    return [item.title for item in items_of(desk)]


def test_each_finds_what_waits(submitted):
    walk = submitted
    assert work(walk, walk.finance) == ["Record the QIA panel: 1 decision"]
    assert work(walk, walk.medical) == []
    walk.decide()
    assert work(walk, walk.medical) == ["1 assessment waits for your signature"]
    walk.sign(walk.medical)
    assert work(walk, walk.medical) == []
    assert work(walk, walk.nursing) == ["1 assessment waits for your signature"]
    walk.sign(walk.nursing)
    walk.move("approved", "in_delivery")
    walk.phase({SEPTEMBER: "40"})
    assert "1 assessment waits for your signature" in work(walk, walk.medical)
    walk.phase({SEPTEMBER: "20"})
    walk.later(date(2019, 7, 10))
    waiting = work(walk, walk.finance)
    assert "1 group is unsigned for June 2019" in waiting
    assert "June 2019 actuals of 1 savings scheme" in work(walk, walk.lead)
    walk.later(date(2019, 8, 5))
    assert "1 quality review overdue" in work(walk, walk.medical)
    assert "1 quality review overdue" in work(walk, walk.lead)
    walk.later(date(2021, 5, 1))
    assert work(walk, walk.lead) == work(walk, walk.finance) == work(walk, walk.medical) == []


def test_finance_and_the_lead_see_what_starts_before_its_assessment(submitted):
    walk = submitted
    words = "1 scheme starts before the QIA is approved and signed"
    assert words not in work(walk, walk.lead), "September is months away"
    walk.later(date(2019, 8, 2))
    stranger = lead_of(walk.older)
    for person in (walk.finance, walk.lead):
        assert words in work(walk, person)
    assert words not in work(walk, stranger)
    walk.decide()
    walk.sign(walk.medical)
    assert words in work(walk, walk.finance)
    walk.sign(walk.nursing)
    assert words not in work(walk, walk.finance)


def test_finance_sees_what_was_signed_off_in_the_last_month(delivering):
    walk = delivering
    walk.later(date(2019, 10, 3))
    walk.phase({SEPTEMBER: "15"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")

    def signed(person):
        desk = Desk(person, access_of(person, london_date(walk.now)), walk.now)
        return [(line.words, line.note) for line in savings.signed_off(desk)]

    assert signed(walk.finance) == [("September 2019, 3 Oct 2019", "Acute")]
    assert signed(walk.lead) == []
    walk.later(date(2019, 11, 4))
    assert signed(walk.finance) == []


def test_both_executives_are_told_once_by_page_and_mail(guarded):
    walk, series = guarded
    for user in (walk.medical, walk.nursing, walk.lead):
        user.email = f"{user.username}@example.org"
        user.save()
    assessed(series, "concern_high")
    reopen_for_signals(series_ids=None, at=walk.now)
    for user in (walk.medical, walk.nursing):
        assert "1 assessment reopened by a guard measure" in work(walk, user)
    due = [mail_ for mail_ in due_mails(walk.now) if mail_.kind is MailKind.REOPENED]
    assert {mail_.person for mail_ in due} == {walk.medical, walk.nursing}
    for _ in range(2):
        send_due(walk.now)
    said = [letter for letter in mail.outbox if "reopened" in letter.subject]
    assert len(said) == 2
    assert walk.scheme.title not in said[0].body
    assert "CIP-A1" in said[0].subject
    later = datetime(2019, 11, 1, tzinfo=UTC)
    assert [mail_ for mail_ in due_mails(later) if mail_.kind is MailKind.REOPENED] == []
