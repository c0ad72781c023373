"""What the page of a measure opens with, and what it says of its parts and of its comments."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.judging.status import Standing
from kpis.measures.load import measure_page
from kpis.measures.view import recent
from kpis.models import Commentary
from kpis.rag import Rag
from strategy.periods import Frequency, Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import RatioFactory, SeriesFactory, approved, rolled_up
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory

pytestmark = pytest.mark.any_database
LAST = Month.of(timezone.localdate()).plus(-1)


def months(count: int, *, missing: int = 0) -> list[Standing]:
    rows = [
        Standing(period=LAST.plus(-back).period, rag=Rag.GREEN, value=Decimal(back))
        for back in reversed(range(count))
    ]
    gone = [replace(row, rag=Rag.NO_DATA, value=None) for row in rows[len(rows) - missing :]]
    return rows[: len(rows) - missing] + gone


@pytest.mark.parametrize(
    ("count", "missing", "first", "last"),
    [
        (12, 0, 11, 0),  # fewer than three years: all
        (36, 0, 35, 0),
        (130, 0, 35, 0),
        (130, 5, 40, 0),  # 36 months of figures, and what is missing since
        (130, 36, 71, 0),
        (130, 37, 72, 37),  # a gap as long as the view would hide the figures
        (5, 5, 4, 0),  # no figure at all
    ],
)
def test_the_page_opens_with_the_months_of_the_last_36_figures(count, missing, first, last):
    shown = recent(months(count, missing=missing), Frequency.MONTHLY)
    assert (shown[0].period, shown[-1].period) == (
        LAST.plus(-first).period,
        LAST.plus(-last).period,
    )


@pytest.fixture
def reported(db):
    """A ratio of one care group over fifty months, with what is said of two of them."""
    acute = CareGroupFactory(code="acute", name="Acute", position=1)
    measure, trust, (series,) = rolled_up(acute, code="seen", name="Seen")
    for back in range(50):
        approved(
            series, LAST.plus(-back), numerator=Decimal(40 + back % 7), denominator=Decimal(50)
        )
    for back, words in ((0, "Winter pressure"), (3, "A new ward")):
        window = LAST.plus(-back).period
        Commentary.objects.create(
            series=series,
            period_start=window.start,
            period_end=window.end,
            what_happened=words,
            written_at=timezone.now(),
            approved_at=timezone.now(),
        )
    recompute(stale_only=False, at=timezone.now())
    return measure, trust, series


def page_of(measure, group, **how):
    return measure_page(measure, group, now=timezone.now(), **how)


def test_limits_signals_and_outlook_are_those_of_every_figure(reported):
    measure, _, series = reported
    opens, whole = (page_of(measure, series.care_group, is_whole=it) for it in (False, True))
    assert (len(opens.table), len(whole.table)) == (36, 50)
    assert opens.table == whole.table[:36]
    assert (opens.said.headline, opens.said.reading) == (whole.said.headline, whole.said.reading)
    for name in ("outlook", "standing", "bounds"):
        assert getattr(opens, name) == getattr(whole, name)
    assert f"all 50 months with a figure since {LAST.plus(-49).label}" in opens.trend.summary
    assert "with a figure since" not in whole.trend.summary


def test_all_is_one_link_away_and_the_file_has_what_is_shown(client, reported):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    at = "/measures/seen/?care_group=acute"
    opens = client.get(at).text
    assert (
        f'href="?span=all&amp;care_group=acute#chart-h">All since {LAST.plus(-49).label}<' in opens
    )
    assert '<span aria-current="true">36 months</span>' in opens
    for more, count in (("", 36), ("&span=all", 50), ("&span=recent", 36)):
        page = client.get(at + more)
        rows = re.search(r'id="trend-data".*?<tbody>(.*?)</tbody>', page.text, re.DOTALL)[1]
        assert rows.count("<tr>") == count
        assert ("every figure</caption>" in page.text) is (count == 50)
        assert ("the latest figures</caption>" in page.text) is (count == 36)
        file = client.get(at.replace("?", "data.csv?") + more).getvalue()
        assert file.count(b"\n") == count + 1
    assert client.get(f"{at}&span=year").status_code == 400
    assert client.get("/measures/seen/data.csv?span=year").status_code == 400


def test_a_sentence_is_on_the_page_once(client, reported):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    measure, _, series = reported
    page = page_of(measure, series.care_group)
    text = client.get("/measures/seen/?care_group=acute").text
    assert text.count(page.said.reading) == 1


def test_comments_stand_month_by_month_and_the_trust_shows_those_of_its_groups(client, reported):
    measure, trust, series = reported
    of_group = page_of(measure, series.care_group)
    assert [one.about for one in of_group.comments] == [LAST.label, LAST.plus(-3).label]
    of_trust = page_of(measure, trust.care_group)
    assert [one.about for one in of_trust.comments] == [
        f"{LAST.label}, Acute",
        f"{LAST.plus(-3).label}, Acute",
    ]
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    text = client.get("/measures/seen/").text
    assert "1 earlier comment" in text
    assert text.index("Winter pressure") < text.index("A new ward")


def test_signed_out_readers_of_public_pages_see_no_comments(client, reported, settings):
    settings.PUBLIC_DASHBOARD = True
    text = client.get("/measures/seen/").text
    assert "Seen" in text
    assert "Winter pressure" not in text
    assert "Commentary" not in text


def test_parts_that_do_not_add_up_to_a_published_whole_are_said_to(reported):
    added_up, by_group, of_acute = reported
    assert page_of(added_up, by_group.care_group).parts_note == ""
    measure = RatioFactory(code="published", name="Published")
    trust = SeriesFactory(measure=measure, care_group=by_group.care_group, fed_by="published")
    acute = SeriesFactory(measure=measure, care_group=of_acute.care_group)
    approved(acute, LAST.plus(-1), numerator=Decimal(41), denominator=Decimal(50))
    approved(trust, LAST.plus(-1), numerator=Decimal(30), denominator=Decimal(50))
    recompute(stale_only=False, at=timezone.now())
    said = page_of(measure, trust.care_group).parts_note
    assert said.startswith("The trust’s figure is published, not added up from these. ")
    assert f"In {LAST.plus(-1).label} they come to 82.0%, against 60.0%." in said
