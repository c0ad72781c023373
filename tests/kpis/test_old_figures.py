"""Old figures: without icons, in the past tense, with the name and target of their own window."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from accounts.roles import Role
from kpis.asked.address import Asked
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.assessments.recent import recent_histories
from kpis.assessments.store import recompute
from kpis.measures.load import measure_page
from kpis.measures.register import register
from kpis.rag import Rag
from kpis.tables import columns
from strategy.periods import FinancialYear, Month, Period
from tests.factories.measures import (
    ActualFactory,
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    decide,
)
from tests.factories.people import person
from tests.factories.plans import PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
OCTOBER = Month(2026, 10)


def assessed(*rows):
    recompute(at=NOW, stale_only=False)
    return rows


def published(measure, *windows, delay=60, assumed=False):
    series = SeriesFactory(measure=measure, fed_by="published")
    for number, window in enumerate(windows):
        actual = ActualFactory(
            series=series,
            period_start=window.start,
            period_end=window.end,
            value=Decimal(40 + number % 5),
            origin="published",
        )
        known_from = datetime.combine(window.end + timedelta(days=delay), time(12), UTC)
        decide(actual, known_from=known_from, known_from_is_assumed=assumed)
    return series


def months(first, count):
    return [first.plus(step).period for step in range(count)]


def standing(series, month=OCTOBER, now=NOW):
    return histories([series])[series.pk].at(month, clock_at(now))


@pytest.mark.parametrize(
    ("delay", "assumed", "last", "state"),
    [
        (60, False, "2026-09-29", Rag.NOT_DUE),
        (60, False, "2026-09-30", Rag.NO_DATA),
        # Assumed days of publication say nothing: 180 days then.
        (60, True, "2027-01-27", Rag.NOT_DUE),
        (60, True, "2027-01-28", Rag.NO_DATA),
    ],
)
def test_a_publication_is_awaited_as_long_as_its_own_took(delay, assumed, last, state):
    series = published(MeasureFactory(), *months(Month(2026, 1), 6), delay=delay, assumed=assumed)
    assessed()
    series.refresh_from_db()  # the days are kept with the series when it is assessed
    now = datetime.fromisoformat(f"{last}T12:00+00:00")
    assert standing(series, Month(2026, 7), now).rag is state


def test_once_a_window_is_overdue_the_later_ones_are_too_on_page_list_and_file(client):
    series = published(MeasureFactory(code="sickness"), *months(Month(2025, 1), 3))
    assessed()
    for asked in (Month(2025, 12), OCTOBER, Month(2026, 11)):
        assert standing(series, asked).rag is Rag.NO_DATA
        row = recent_histories([series], asked)[series.pk].at(asked, clock_at(NOW))
        assert row == standing(series, asked)
    assert standing(series, Month(2026, 11)).lateness == "nothing since Mar 2025 (20 months)"
    client.force_login(person(Role.ANALYST))
    text = b"".join(client.get("/exports/assessments.csv?measure=sickness").streaming_content)
    states = [line.split(",")[22] for line in text.decode().splitlines()[1:]]
    assert set(states[3:]) == {"no_data"}
    assert len(states) == 3 + len(months(Month(2025, 4), 19))


def test_an_old_figure_has_no_icons_and_is_spoken_of_in_the_past(client):
    client.force_login(person(Role.BOARD_MEMBER))
    measure = MeasureFactory(name="Sickness absence", direction="lower_is_better")
    TargetFactory(measure=measure, operator="le", value=Decimal(3))
    series = published(measure, *months(Month(2023, 1), 27))
    assessed()
    (old,) = histories([series])[series.pk].history.windows[-1:]
    assert (old.variation, old.assurance) == ("common_cause", "fail")
    shown = standing(series).shown
    assert (shown.is_old, shown.variation, shown.assurance) == (True, "none", "none")
    page = client.get(measure.get_absolute_url()).text
    said = re.sub(r"\s+", " ", page)
    assert "Sickness absence: nothing since Mar 2025 (19 months). The last figure was 41" in said
    assert "Last, Mar 2025" in said
    assert "Latest, Mar 2025" not in said
    for claim in ("Even a very", "kt-spc--large", "getting", "steady", "will be missed"):
        assert claim not in page[: page.index('id="chart-h"')]
    (row,) = register(Asked(QueryDict(), now=NOW))
    assert (columns.spc(row), row.standing.stands_in) == ("–", True)


def test_the_tile_of_an_old_figure_shows_what_is_asked_today(client):
    measure = MeasureFactory(direction="lower_is_better")
    for code, first, value in (("first", 2022, "4.3"), ("second", 2024, "3.5")):
        plan = PlanFactory(code=code, starts_on=date(first, 4, 1), ends_on=date(first + 2, 3, 31))
        TargetFactory(measure=measure, plan=plan, operator="le", value=Decimal(value))
    published(measure, *months(Month(2023, 1), 6))
    assessed()
    page = measure_page(measure, TrustFactory(), now=NOW)
    assert page.standing.shown.target.value == Decimal("4.3")
    assert page.aimed.target.value == Decimal("3.5")
    assert [row.target.value for row in page.windows if row.period.end < date(2024, 3, 31)] == [
        Decimal("4.3")
    ] * 14
    assert {row.target.value for row in page.windows if row.period.end > date(2024, 4, 1)} == {
        Decimal("3.5")
    }


def test_on_a_straight_line_every_gap_stands_at_its_own_value():
    measure = MeasureFactory()
    plan = PlanFactory(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    TargetFactory(
        measure=measure,
        plan=plan,
        value=Decimal(22),
        baseline=Decimal(10),
        baseline_period="2025-12",
        profile="straight_line",
    )
    series = SeriesFactory(measure=measure)
    approved(series, Month(2026, 1), 10)
    assessed()
    page = measure_page(measure, series.care_group, now=NOW)
    assert [row.target.value for row in page.windows] == [10 + month for month in range(1, 11)]
    trace = next(row for row in page_figure(page)["data"] if row["name"] == "Target")
    assert trace["y"] == [float(10 + month) for month in range(1, 11)]


def page_figure(page):
    from kpis.measures.chart import trend_figure

    return trend_figure(page.chart_terms, page.charted, ())


def test_a_years_total_is_no_latest_month_and_no_point_but_stands_in_the_table(client):
    client.force_login(person(Role.BOARD_MEMBER))
    measure = MeasureFactory()
    series = SeriesFactory(measure=measure)
    for month in (Month(2026, 2), Month(2026, 4)):
        approved(series, month, 7)
    approved(series, Month(2026, 3), 85, period=FinancialYear(2025).period)
    assessed()
    page = measure_page(measure, series.care_group, now=NOW)
    assert [row.value for row in page.charted if row.value is not None] == [7, 7]
    assert standing(series, Month(2026, 3)).shown.period == Month(2026, 2).period
    recent = recent_histories([series], Month(2026, 4))[series.pk]
    assert recent.trend == (7, 7)
    names = [row.period.label for row in page.windows][:4]
    assert names == ["Feb 2026", "2025/26", "Mar 2026", "Apr 2026"]
    assert "2025/26, not in the chart" in client.get(measure.get_absolute_url()).text


def test_of_a_measure_with_another_periods_figure_alone_none_is_the_latest(client):
    """Surplus or deficit: a monthly measure of which a year is known."""
    client.force_login(person(Role.BOARD_MEMBER))
    measure = MeasureFactory(name="Surplus")
    series = SeriesFactory(measure=measure)
    approved(series, Month(2017, 3), 12, period=FinancialYear(2016).period)
    assessed()
    for found in (histories([series]), recent_histories([series], OCTOBER)):
        shown = found[series.pk].at(OCTOBER, clock_at(NOW))
        assert (shown.rag, shown.latest) == (Rag.NO_DATA, None)
        assert shown.lateness == "no monthly figure; the last of another period is 2016/17"
    page = client.get(measure.get_absolute_url()).text
    assert "Figures of other periods" in page
    assert "months late" not in page


def test_nothing_is_not_said_where_a_later_figure_is_of_another_period():
    series = SeriesFactory()
    approved(series, Month(2019, 1), 12)
    approved(series, Month(2019, 12), 30, period=Period.parse("2019/20 Q3"))
    assessed()
    for found in (histories([series]), recent_histories([series], OCTOBER)):
        shown = found[series.pk].at(OCTOBER, clock_at(NOW))
        assert shown.lateness == "no monthly figure since Jan 2019 (7 years)"
        assert shown.shown.value == 12


@pytest.mark.parametrize(
    ("frequency", "window", "label", "when"),
    [
        ("quarterly", "2025/26 Q3", "Oct to Dec 2025", "for Oct to Dec 2025"),
        ("annual", "2025/26", "2025/26", "in 2025/26"),
        ("monthly", "2025-12", "Dec 2025", "in Dec 2025"),
    ],
)
def test_a_figure_is_called_by_its_window_in_words_lists_and_charts(
    client, frequency, window, label, when
):
    client.force_login(person(Role.BOARD_MEMBER))
    measure = MeasureFactory(name="Beds", frequency=frequency)
    series = SeriesFactory(measure=measure)
    period = Period.parse(window)
    approved(series, period.last_month, 40, period=period)
    assessed()
    page = measure_page(measure, series.care_group, now=NOW)
    figure = page_figure(page)
    drawn = next(trace for trace in figure["data"] if "marker" in trace)
    assert drawn["text"][0].startswith(f"{label}: ")
    assert f"40 {when}" in page.said.headline
    assert label in client.get("/measures/").text
    if period.length > 1:
        assert label in [
            text.replace("<br>", " ") for text in figure["layout"]["xaxis"]["ticktext"]
        ]


def test_the_register_shows_the_last_figure_of_what_has_ended():
    measure = MeasureFactory()
    series = SeriesFactory(measure=measure, valid_to=date(2020, 4, 1))
    approved(series, Month(2019, 12), 10)
    approved(series, Month(2020, 1), 12)
    assessed()
    (row,) = register(Asked(QueryDict(), now=NOW))
    assert (columns.latest(row), row.standing.rag) == ("12", Rag.NOT_APPLICABLE)
    assert row.standing.stands_in
    assert "Jan 2020" in columns.data_to(row)
    assert "no longer reported" in columns.data_to(row)
    assert columns.spc(row) == "–"


def test_a_single_figure_counts_until_another_comes():
    """It has no rhythm, so it is never late; without a figure it is due with its promise."""
    rating, missing = (SeriesFactory(measure=MeasureFactory(frequency="one_off")) for _ in range(2))
    approved(rating, Month(2019, 3), 3)
    plan = PlanFactory(starts_on=date(2026, 1, 1), ends_on=date(2026, 9, 30))
    TargetFactory(measure=missing.measure, plan=plan)
    assessed()
    assert standing(rating).value == 3
    assert standing(missing, Month(2026, 8)).rag is Rag.NOT_DUE
    september, october = (
        standing(missing, Month(2026, 9), datetime(2026, month, day, tzinfo=UTC))
        for month, day in ((10, 10), (10, 20))
    )
    assert (september.rag, october.rag) == (Rag.NOT_DUE, Rag.LATE)
    assert standing(missing).rag is Rag.NO_DATA
