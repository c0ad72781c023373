"""Who is late, by how many days, what is missing, and whom to ask."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from kpis.completion.page import completion_page
from kpis.models import Return
from kpis.months.clock import data_clock
from kpis.returns.overview import GroupReturn
from strategy.models import Membership
from tests.factories.measures import MeasureFactory, SeriesFactory
from tests.factories.people import access, lead_of, person
from tests.kpis.conftest import SEPTEMBER

CLOCK = data_clock(SEPTEMBER)
CLOSES = CLOCK["closes_at"].astimezone(UTC)
DAY = timedelta(days=1)


def page(scene, now):
    return completion_page(scene.period, access(scene.team), now=now)


def test_a_month_says_who_is_late_what_is_missing_and_whom_to_ask(scene):
    lead_of(scene.older, first_name="Olive", last_name="Grey")
    cover = person(first_name="Cora", last_name="Vale")
    dates = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 10, 18)}
    Membership.objects.create(user=cover, care_group=scene.older, kind="delegate", **dates)
    for name in ("Beds", "Falls", "Visits", "Waits"):
        SeriesFactory(measure=MeasureFactory(name=name), care_group=scene.older)
    scene.fill()
    scene.submit()
    acute, older = page(scene, CLOSES + 3 * DAY).lines
    assert (acute.row.time_words, acute.missing_words) == ("On time", "")
    assert (older.row.time_words, older.row.is_late) == ("3 days late", True)
    assert older.missing_words == "Beds, Falls, Seen and 2 more"
    assert older.chase_words == "Olive Grey, Cora Vale (cover)"
    # The cover has ended.
    _, older = page(scene, CLOSES + 5 * DAY).lines
    assert older.chase_words == "Olive Grey"
    assert (
        page(scene, CLOSES + 5 * DAY).summary == "0 of 2 approved, 1 submitted, 1 to come: 1 late"
    )


@pytest.mark.parametrize(
    ("sent", "locked", "first_closed", "now", "words", "on_time"),
    [
        (None, None, None, -1, "", None),
        (None, None, None, 0.01, "Late, on the day it closed", False),
        (None, None, None, 1, "1 day late", False),
        (-1, None, None, 30, "On time", True),
        (2, None, None, 30, "Submitted 2 days late", False),
        (2, 7, None, 30, "Submitted 2 days late", False),
        (None, 7, None, 30, "Never submitted: 7 days late when the month was locked", False),
        # Entry closed first five days earlier, and was given more time.
        (-1, None, -5, 30, "Submitted 4 days late", False),
        (-6, None, -5, 30, "On time", True),
    ],
)
def test_how_late_a_return_was_stays(scene, sent, locked, first_closed, now, words, on_time):
    def at(days):
        return None if days is None else CLOSES + days * DAY

    scene.period.locked_at, scene.period.first_closed_at = at(locked), at(first_closed)
    submission = Return(period=scene.period, care_group=scene.acute, submitted_at=at(sent))
    row = GroupReturn(
        period=scene.period,
        care_group=scene.acute,
        status="submitted" if sent else "draft",
        due=2,
        entered=0,
        submission=submission,
        is_late=sent is None and now > 0,
        now=at(now),
    )
    assert (row.time_words, row.on_time) == (words, on_time)
    assert replace(row, due=0, submission=None).days_late is None


def test_no_cases_is_a_figure_that_is_entered(scene):
    scene.fill(numerator="0", denominator="0", calls="")
    acute, _ = page(scene, CLOSES - DAY).lines
    assert (acute.row.entered, acute.missing_words) == (1, "Calls")
