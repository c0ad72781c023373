"""A small trust with its plan, eighteen months of figures, and people who sign in to it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.models import Series
from strategy.models import CareGroup, TrustName
from strategy.periods import Month, Period
from tests.browser.reader import Reader
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    ReportingPeriodFactory,
    ReturnFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    approved_at_once,
    rolled_up,
)
from tests.factories.people import lead_of, person
from tests.factories.plans import (
    AmbitionFactory,
    CareGroupFactory,
    ObjectiveFactory,
    PlanFactory,
    TrustFactory,
)

PASSWORD = "a-long-word-to-try-it-with"
# Calls answered a month, and people seen of 500 referred; neither moves much.
CALLS = (33, 31, 34, 30, 36, 38, 32, 29, 35, 33, 31, 37, 33, 31, 34, 30, 36)
SEEN = (470, 466, 473, 468, 471, 469, 465, 474, 467, 472, 470, 468, 466, 471, 469, 473, 467)


@dataclass
class World:
    """The world of the browser tests: the month to report, and the measures of Acute."""

    month: Month
    acute: CareGroup
    seen: Series
    calls: Series
    ward: Series

    @property
    def address(self) -> str:
        return f"/returns/{self.month}/{self.acute.code}/"


@pytest.fixture
def world(transactional_db) -> World:
    now = timezone.now()
    month = Month.of(timezone.localdate()).plus(-1)
    trust = TrustFactory()
    TrustName.objects.create(name="Kent and Medway Mental Health NHS Trust", valid_from=SINCE)
    acute = CareGroupFactory(code="acute", name="Acute", position=1)
    older = CareGroupFactory(code="older-people", name="Older People", position=2)
    plan = PlanFactory(
        code="strategy",
        title="The strategy",
        starts_on=month.plus(-24).start,
        ends_on=month.plus(12).end,
    )
    ambition = AmbitionFactory(plan=plan, number="1", position=1, title="Care on time")
    objective = ObjectiveFactory(ambition=ambition, reference="1.1", position=1, title="No waits")
    promised = {"plan": plan, "objective": objective, "care_group": trust}
    measure, _, (seen, seen_older) = rolled_up(acute, older, code="seen", name="Seen in time")
    TargetFactory(measure=measure, statement="At least 95%", floor=Decimal(90), **promised)
    count = MeasureFactory(code="calls", name="Calls answered")
    calls = SeriesFactory(measure=count, care_group=acute)
    opening = MilestoneFactory(code="ward", name="New ward opened")
    ward = SeriesFactory(measure=opening, care_group=acute)
    of_500 = {"denominator": Decimal(500)}
    before = [month.plus(back - len(CALLS)) for back in range(len(CALLS))]
    for earlier in before:
        ReportingPeriodFactory(month=earlier, locked_at=now)
    windows = [Period.spanning(earlier, earlier) for earlier in before]
    approved_at_once(calls, ((at, {"value": row}) for at, row in zip(windows, CALLS, strict=True)))
    for series in (seen, seen_older):
        parts = ({"numerator": Decimal(on_time), **of_500} for on_time in SEEN)
        approved_at_once(series, zip(windows, parts, strict=True))
    ReturnFactory(period=ReportingPeriodFactory(month=month), care_group=older, status="approved")
    approved(seen_older, month, numerator=Decimal(480), **of_500)
    recompute(stale_only=False, at=now)
    return World(month=month, acute=acute, seen=seen, calls=calls, ward=ward)


SINCE = date(2025, 10, 13)


@pytest.fixture
def at_a_browser(world, live_server, browser) -> Iterator[Callable[..., Reader]]:
    """A person at a browser; at the end, no browser may have complained."""
    readers = []

    def sit_down(user: User, **settings) -> Reader:
        user.set_password(PASSWORD)
        user.save()
        reader = Reader(browser, live_server.url, user.username, PASSWORD, **settings)
        readers.append(reader)
        return reader

    yield sit_down
    complaints = [complaint for reader in readers for complaint in reader.complaints]
    for reader in readers:
        # Leaving a page saves its draft, which must end before the next test begins.
        reader.context.set_offline(True)
        reader.context.close()
    assert complaints == []


@pytest.fixture
def lead(world, at_a_browser) -> Reader:
    return at_a_browser(lead_of(world.acute, username="amara", first_name="Amara"))


@pytest.fixture
def performance(at_a_browser) -> Reader:
    return at_a_browser(person(Role.PERFORMANCE_TEAM, username="priya"))


@pytest.fixture
def board(at_a_browser) -> Reader:
    return at_a_browser(person(Role.BOARD_MEMBER, username="beth"))


@pytest.fixture
def analyst(at_a_browser) -> Reader:
    return at_a_browser(person(Role.ANALYST, username="ana"))


@pytest.fixture(scope="session", autouse=True)
def one_request_at_a_time() -> Iterator[None]:
    """SQLite in memory is one connection for all threads of the server: a draft that saves itself
    while a button is pressed would mix two transactions in it. PostgreSQL takes both at once.
    """
    if connection.vendor != "sqlite":
        yield
        return
    turn, answer = threading.RLock(), WSGIHandler.__call__

    def in_turn(handler: WSGIHandler, environ, start_response):
        with turn:
            return answer(handler, environ, start_response)

    with mock.patch.object(WSGIHandler, "__call__", in_turn):
        yield
