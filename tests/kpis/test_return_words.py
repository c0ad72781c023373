"""What a return says to its reader: what is entered, what to do, and how much time is left."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.models import Commentary, ReportingPeriod, Return
from kpis.rollup import Origin
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import lead_of, person
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/acute/"


@pytest.fixture
def period():
    TrustFactory()
    return ReportingPeriodFactory(month=MONTH)


@pytest.fixture
def calls(period, client):
    acute = CareGroupFactory(code="acute", name="Acute")
    measure = MeasureFactory(code="calls", name="Calls answered")
    TargetFactory(measure=measure, care_group=acute, value=30)
    client.force_login(lead_of(acute), backend="django.contrib.auth.backends.ModelBackend")
    return SeriesFactory(measure=measure, care_group=acute)


def page_of(client, address: str = ADDRESS) -> str:
    return html.unescape(" ".join(client.get(address).content.decode().split()))


def test_a_figure_the_tracker_has_already_is_shown_beside_the_empty_box(client, calls):
    approved(calls, MONTH, 31, origin=Origin.ILLUSTRATIVE)
    recompute(stale_only=False, at=timezone.now())
    page = page_of(client)
    assert "<b>31</b>" in page
    assert "already held, illustrative" in page
    assert "Why the approved figure is corrected" in page
    assert "0</b> of 1 ready" in page
    client.post(ADDRESS, {f"s{calls.pk}-value": "32", f"s{calls.pk}-version": "0"})
    page = page_of(client)
    assert "<b>32</b>" in page
    assert "already held" not in page


def test_a_first_figure_asks_for_no_reason_of_a_correction(client, calls):
    page = page_of(client)
    assert "No figure this month, because" in page
    assert "is corrected" not in page


def test_a_written_comment_is_shown_and_what_is_rare_waits_for_its_tick(client, calls):
    form = {f"s{calls.pk}-value": "12", f"s{calls.pk}-version": "0"}
    client.post(ADDRESS, {**form, f"s{calls.pk}-comment": "Two lines were down."})
    page = page_of(client)
    assert "Comment:</span> Two lines were down." in page
    assert 'data-opens="none"> No figure' in page
    assert 'data-opens="comment"> Change comment' in page
    assert "<details" not in page
    assert f'name="s{calls.pk}-no_data_reason"' in page


def test_what_was_said_last_stands_beside_the_comment(client, calls):
    for back, words in ((1, "Two lines were down."), (2, "All was well.")):
        window = MONTH.plus(-back)
        Commentary.objects.create(
            series=calls,
            period_start=window.start,
            period_end=window.end,
            what_happened=words,
            written_at=timezone.now(),
        )
    assert f"Said for {MONTH.plus(-1).label}:</b> “Two lines were down.”" in page_of(client)


def test_the_tick_names_the_figure_as_its_question_does(client, calls):
    for back in range(1, 25):
        approved(calls, MONTH.plus(-back), 30 + back % 2)
    recompute(stale_only=False, at=timezone.now())
    client.post(ADDRESS, {f"s{calls.pk}-value": "1000", f"s{calls.pk}-version": "0"})
    page = page_of(client)
    assert "1,000 is unusual." in page
    assert "1,000 is right" in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Return.Status.DRAFT, "Nothing is sent until you choose Submit return"),
        (Return.Status.SUBMITTED, "There is nothing more to do, unless a figure is wrong"),
        (Return.Status.RETURNED, "Put right what the performance team asks about"),
        (Return.Status.APPROVED, "the approved one stands until the correction is approved"),
    ],
)
def test_each_state_says_what_to_do_next(client, calls, period, status, words):
    sent_back = {"returned_reason": "Check the calls", "returned_at": timezone.now()}
    more = sent_back | {"returned_by": person()} if status == Return.Status.RETURNED else {}
    Return.objects.create(period=period, care_group=calls.care_group, status=status, **more)
    assert words in page_of(client)


def test_how_long_figures_can_be_changed_is_told_from_now(client, calls, period):
    now = timezone.now()
    day = timedelta(days=1)
    clock = ReportingPeriod.objects.filter(pk=period.pk)
    clock.update(closes_at=now + day, sign_off_at=now + 2 * day, freezes_at=now + 3 * day)
    assert "until the month is locked, " in page_of(client)
    assert "Entry closes" in page_of(client, "/returns/")
    clock.update(closes_at=now - 3 * day, sign_off_at=now - 2 * day, freezes_at=now - day)
    assert "until the month is locked; that may be any day now" in page_of(client)
    listed = page_of(client, "/returns/")
    assert "Entry closed" in listed
    assert "Enter figures" in listed
    clock.update(locked_at=now)
    assert "You can still change figures" not in page_of(client)
    assert "Enter figures" not in page_of(client, "/returns/")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("30", "Draft saved: 1 figure changed."),
        ("thirty", "Draft saved: 1 figure changed. 1 figure needs fixing first, below."),
    ],
)
def test_a_saved_draft_says_whether_it_can_be_read(client, calls, typed, said):
    form = {f"s{calls.pk}-value": typed, f"s{calls.pk}-version": "0"}
    page = " ".join(client.post(ADDRESS, form, follow=True).text.split())
    assert f"{said}<" in page.replace("</p>", "<").replace(" <", "<")


@pytest.mark.parametrize(
    ("frequency", "said"),
    [
        ("monthly", "No figure this month, because"),
        ("quarterly", "No figure this quarter, because"),
        ("annual", "No figure this year, because"),
    ],
)
def test_a_quarter_without_data_is_not_called_a_month(client, scene, frequency, said):
    measure = MeasureFactory(frequency=frequency, year_end_month=9)
    SeriesFactory(measure=measure, care_group=scene.acute)
    client.force_login(scene.lead, backend="django.contrib.auth.backends.ModelBackend")
    assert said in " ".join(client.get("/returns/2026-09/acute/").text.split())


@pytest.mark.parametrize(
    ("closes", "reason", "said"),
    [(1, "", "Not due"), (-1, "", "Late"), (1, "The system was down", "No data")],
)
def test_a_blank_row_is_without_data_only_where_that_is_said(
    client, calls, period, closes, reason, said
):
    now, day = timezone.now(), timedelta(days=1)
    clock = ReportingPeriod.objects.filter(pk=period.pk)
    clock.update(closes_at=now + closes * day, sign_off_at=now + 2 * day, freezes_at=now + 3 * day)
    form = {f"s{calls.pk}-no_data_reason": reason, f"s{calls.pk}-version": "0"}
    client.post(ADDRESS, form)
    results = re.findall(r'class="kt-res"[^>]*>(.*?)</td>', page_of(client), re.DOTALL)
    words = [re.search(r"</svg>([\w ]+)<", result)[1] for result in results]
    assert words == [said]
