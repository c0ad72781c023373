"""Months, years and moments, above all round 1 April and the clock changes."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.moments import london_date, london_day_end, london_day_start, parse_as_at
from strategy.periods import (
    FinancialYear,
    Frequency,
    Month,
    Period,
    latest_window,
    months_between,
    next_window,
    rolling_12,
    window_ending,
    year_to_date,
)

months = st.builds(Month, st.integers(1950, 2100), st.integers(1, 12))
days = st.dates(date(1950, 1, 1), date(2100, 12, 31))


def test_month_reads_writes_and_orders():
    march = Month.parse("2019-03")
    assert (march.start, march.end) == (date(2019, 3, 1), date(2019, 3, 31))
    assert str(march) == "2019-03"
    assert march.label == "Mar 2019"
    assert Month(2018, 12) < march < Month(2019, 4)
    assert Month(2020, 2).end == date(2020, 2, 29)


@pytest.mark.parametrize(
    "text", ["2019-13", "2019-00", "2019-3", "201903", "Mar 2019", "", "0000-01", "２０１９-03"]
)
def test_a_bad_month_is_refused_with_help(text):
    with pytest.raises(ValueError, match="such as 2019-03"):
        Month.parse(text)


@given(months)
def test_every_month_reads_back_as_written(month):
    assert Month.parse(str(month)) == month
    assert Period.parse(str(month)) == month.period


def test_january_and_december_are_months():
    assert (Month.parse("2019-01").start, Month.parse("2019-12").end) == (
        date(2019, 1, 1),
        date(2019, 12, 31),
    )


@given(months, st.integers(-600, 600))
def test_adding_months_can_be_undone(month, n):
    assert month.plus(n).plus(-n) == month
    assert month.plus(n).months_since(month) == n


@pytest.mark.parametrize(
    ("on", "label"),
    [
        (date(2019, 3, 31), "2018/19"),
        (date(2019, 4, 1), "2019/20"),
        (date(1999, 4, 1), "1999/00"),
        (date(2020, 1, 1), "2019/20"),
    ],
)
def test_the_financial_year_turns_on_1_april(on, label):
    assert FinancialYear.of(on).label == label


def test_just_after_midnight_on_1_april_in_london_is_the_new_year_though_utc_says_march():
    moment = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    assert FinancialYear.of(moment).label == "2026/27"
    assert Month.of(moment) == Month(2026, 4)
    assert FinancialYear.of(moment - timedelta(hours=1)).label == "2025/26"


def test_a_moment_without_a_zone_is_not_dated():
    with pytest.raises(ValueError, match="time zone"):
        Month.of(datetime(2026, 4, 1))


@pytest.mark.parametrize("text", ["2019/20", "2019-20", "2019/2020", "2019–20", " 2019/20 "])
def test_a_financial_year_is_read_however_it_is_written(text):
    assert FinancialYear.parse(text) == FinancialYear(2019)


@pytest.mark.parametrize("text", ["2019/21", "2019", "2019-03", "19/20", "2019/2", "2019/020"])
def test_a_bad_financial_year_is_refused_with_help(text):
    with pytest.raises(ValueError, match="2019/20"):
        FinancialYear.parse(text)


@given(days)
def test_every_day_lies_in_its_financial_year_and_in_one_of_its_quarters(on):
    year = FinancialYear.of(on)
    assert year.start <= on <= year.end
    assert FinancialYear.parse(year.label) == FinancialYear.parse(year.code) == year
    assert sum(year.quarter(n).contains(on) for n in (1, 2, 3, 4)) == 1
    assert sum(year.half(n).contains(on) for n in (1, 2)) == 1


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2019-03", date(2019, 3, 1), date(2019, 3, 31), "Mar 2019"),
        ("2018-19", date(2018, 4, 1), date(2019, 3, 31), "2018/19"),
        ("2011-12", date(2011, 12, 1), date(2011, 12, 31), "Dec 2011"),
        ("2011/12", date(2011, 4, 1), date(2012, 3, 31), "2011/12"),
        ("2017/18 Q1", date(2017, 4, 1), date(2017, 6, 30), "Apr to Jun 2017"),
        ("2017/18 Q4", date(2018, 1, 1), date(2018, 3, 31), "Jan to Mar 2018"),
        ("2017-18 H2", date(2017, 10, 1), date(2018, 3, 31), "Oct 2017 to Mar 2018"),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2024"),
    ],
)
def test_periods_are_read_in_the_ways_the_plans_print_them(text, start, end, label):
    period = Period.parse(text)
    assert (period.start, period.end, period.label) == (start, end, label)


@pytest.mark.parametrize("text", ["", "soon", "2019/20 Q5", "0000", "2019-20-21", "Q1"])
def test_a_bad_period_is_refused(text):
    with pytest.raises(ValueError, match=r"not a (period|financial year)"):
        Period.parse(text)


def test_a_period_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="before it starts"):
        Period(date(2019, 4, 2), date(2019, 4, 1))


def test_a_period_of_odd_days_names_the_days():
    period = Period(date(2019, 3, 15), date(2019, 4, 14))
    assert period.label == "15 Mar 2019 to 14 Apr 2019"
    assert not period.is_whole_months
    assert period.months == (Month(2019, 3), Month(2019, 4))


@pytest.mark.parametrize(
    ("month", "frequency", "start"),
    [
        ("2019-05", Frequency.MONTHLY, date(2019, 5, 1)),
        ("2019-06", Frequency.QUARTERLY, date(2019, 4, 1)),
        ("2019-05", Frequency.QUARTERLY, None),
        ("2019-09", Frequency.HALF_YEARLY, date(2019, 4, 1)),
        ("2019-12", Frequency.HALF_YEARLY, None),
        ("2020-03", Frequency.ANNUAL, date(2019, 4, 1)),
        ("2019-12", Frequency.ANNUAL, None),
        ("2020-03", Frequency.ONE_OFF, None),
    ],
)
def test_windows_end_in_their_month(month, frequency, start):
    window = window_ending(Month.parse(month), frequency)
    expected = None if start is None else Period(start, Month.parse(month).end)
    assert window == expected


def test_a_survey_of_the_calendar_year_ends_in_december():
    window = window_ending(Month(2024, 12), Frequency.ANNUAL, year_end_month=12)
    assert window == Period.parse("2024")
    assert latest_window(Month(2025, 6), Frequency.ANNUAL, year_end_month=12) == window


@given(months, st.sampled_from([f for f in Frequency if f.months]))
def test_the_latest_window_is_the_nearest_one(month, frequency):
    window = latest_window(month, frequency)
    assert window is not None
    assert window.end <= month.end
    assert len(window.months) == frequency.months
    assert month.months_since(window.last_month) < (frequency.months or 0)


def test_longer_windows_run_from_april_and_over_twelve_months():
    assert year_to_date(Month(2019, 4)) == Period.parse("2019-04")
    assert year_to_date(Month(2020, 3)) == Period.parse("2019/20")
    assert rolling_12(Month(2020, 3)) == Period.parse("2019/20")
    assert rolling_12(Month(2019, 6)).start == date(2018, 7, 1)
    assert months_between(Month(2019, 4), Month(2019, 3)) == ()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        # Winter, summer, and a date as the end of its London day.
        ("2019-01-20T12:00", "2019-01-20T12:00:00+00:00"),
        ("2019-04-20T12:00", "2019-04-20T11:00:00+00:00"),
        ("2019-04-20", "2019-04-20T22:59:59.999999+00:00"),
        ("2019-01-20", "2019-01-20T23:59:59.999999+00:00"),
        ("2026-03-31", "2026-03-31T22:59:59.999999+00:00"),
        # The days on which the clocks change.
        ("2019-03-31", "2019-03-31T22:59:59.999999+00:00"),
        ("2019-10-27", "2019-10-27T23:59:59.999999+00:00"),
        # The hour that is skipped, and the one that comes twice: the later reading.
        ("2019-03-31T01:30", "2019-03-31T01:30:00+00:00"),
        ("2019-10-27T01:30", "2019-10-27T01:30:00+00:00"),
        ("2019-10-27T00:59", "2019-10-26T23:59:00+00:00"),
        ("2019-10-27T02:00", "2019-10-27T02:00:00+00:00"),
        # Offsets, seconds, and a plus sign that an address turned into a space.
        ("2019-10-27T01:30+01:00", "2019-10-27T00:30:00+00:00"),
        ("2019-04-20T12:00Z", "2019-04-20T12:00:00+00:00"),
        ("2019-04-20T12:00 01:00", "2019-04-20T11:00:00+00:00"),
        ("2019-04-20T12:00:30.5-05:00", "2019-04-20T17:00:30.500000+00:00"),
        ("2019-04-20 12:00", "2019-04-20T11:00:00+00:00"),
    ],
)
def test_a_moment_to_look_back_from(text, instant):
    moment = parse_as_at(text)
    assert moment == datetime.fromisoformat(instant)
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2019-02-30",
        "2019-04-20T24:00",
        "2019-04-20T12",
        "20190420",
        "2019-W16-6",
        "2019-04-20T12:00+99:00",
        "9999-12-31",
        "0000-01-01",
        "0001-01-01T00:00+14:00",
        "2019-04-20T12:00+01:00[Europe/London]",
    ],
)
def test_a_bad_moment_is_refused_with_help(text):
    with pytest.raises(ValueError, match=r"such as 2019-04-20"):
        parse_as_at(text)


@given(days, st.integers(0, 1500))
def test_a_period_is_as_long_as_the_months_it_touches(start, after):
    period = Period(start, start + timedelta(days=after))
    assert period.length == len(period.months)


@given(days)
def test_the_london_day_meets_the_next_without_gap_or_overlap(on):
    end, following = london_day_end(on), london_day_start(on + timedelta(days=1))
    assert following - end == timedelta(microseconds=1)
    assert london_date(end) == on
    assert london_date(following) == on + timedelta(days=1)


@given(
    st.datetimes(datetime(1980, 1, 1), datetime(2060, 1, 1)), st.sampled_from([-5, 0, 1, 5.5, 14])
)
def test_a_moment_with_an_offset_survives_reading(wall, hours):
    moment = wall.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_as_at(moment.isoformat()) == moment


def test_a_period_holds_both_its_ends_and_whole_months_need_both():
    march = Period.parse("2019-03")
    held = [march.contains(date(2019, 2, 28) + timedelta(days=n)) for n in (0, 1, 31, 32)]
    assert held == [False, True, True, False]
    assert march.is_whole_months
    assert not Period(date(2019, 3, 2), date(2019, 3, 31)).is_whole_months
    assert not Period(date(2019, 3, 1), date(2019, 3, 30)).is_whole_months


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        ("2017-03", "2017-03", "Mar 2017"),
        ("2019-10", "2019-12", "Oct to Dec 2019"),
        ("2016-04", "2017-03", "2016/17"),
        ("2024-01", "2024-12", "2024"),
        ("2023-07", "2024-06", "12 months to Jun 2024"),
        ("2023-11", "2024-01", "Nov 2023 to Jan 2024"),
        ("2023-04", "2025-03", "Apr 2023 to Mar 2025"),
    ],
)
def test_a_figure_is_named_by_its_window(first, last, label):
    assert Period.spanning(Month.parse(first), Month.parse(last)).label == label


@pytest.mark.parametrize(
    ("month", "frequency", "year_end_month", "found"),
    [
        ("2026-03", Frequency.MONTHLY, 3, "2026-04"),
        ("2026-03", Frequency.QUARTERLY, 3, "2026/27 Q1"),
        ("2026-04", Frequency.QUARTERLY, 3, "2026/27 Q1"),
        ("2026-03", Frequency.HALF_YEARLY, 3, "2026/27 H1"),
        ("2026-03", Frequency.ANNUAL, 3, "2026/27"),
        ("2026-03", Frequency.ANNUAL, 12, "2026"),
        ("2026-12", Frequency.ANNUAL, 12, "2027"),
    ],
)
def test_the_next_window_is_the_first_that_ends_later(month, frequency, year_end_month, found):
    window = next_window(Month.parse(month), frequency, year_end_month=year_end_month)
    assert window == Period.parse(found)


def test_a_single_figure_has_no_next_window_and_may_be_of_any_period():
    assert next_window(Month(2026, 3), Frequency.ONE_OFF) is None
    assert Frequency.ONE_OFF.is_window(Period.parse("2016/17"))
    assert not Frequency.MONTHLY.is_window(Period.parse("2016/17"))


def test_the_latest_windows_are_those_of_the_financial_year():
    assert latest_window(Month(2019, 5), Frequency.QUARTERLY) == Period.parse("2018/19 Q4")
    assert latest_window(Month(2019, 5), Frequency.ANNUAL) == Period.parse("2018/19")
    assert latest_window(Month(2019, 5), Frequency.ONE_OFF) is None
