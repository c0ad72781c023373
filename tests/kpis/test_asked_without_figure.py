"""Windows without cases, with too few, or that nobody reports, still had a target."""

import csv
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from io import StringIO

import pytest

from accounts.roles import Role
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.judging.wording import lacking_words, parts_words, share_words, variance_words
from kpis.measures.chart import trend_figure
from kpis.measures.load import measure_page
from kpis.rag import Rag
from strategy.periods import Month, Period
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    RatioFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2026, 6, 5, 9, tzinfo=UTC)
MAY = Month(2026, 5)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def promised(measure, **changed):
    plan = PlanFactory(code=f"plan-{measure.code}", starts_on=date(2024, 4, 1))
    return TargetFactory(measure=measure, plan=plan, **changed)


def seen_in_time(last: dict):
    """Two years of 9 in 10 and 8 in 10, and May."""
    measure = RatioFactory(code="seen", roll_up="none", collection_level="trust")
    series = SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="published")
    target = promised(measure, code="seen-95")
    for back in range(24, 0, -1):
        parts = {"numerator": Decimal(8 + back % 2), "denominator": Decimal(10)}
        approved(series, MAY.plus(-back), origin="published", **parts)
    approved(series, MAY, origin="published", **last)
    recompute(at=NOW, stale_only=False)
    return series, target


NOBODY = {"numerator": Decimal(0), "denominator": Decimal(0), "value_status": "not_applicable"}
FEW = {"value_status": "suppressed"}


@pytest.mark.parametrize(
    ("last", "rag", "said"),
    [
        (NOBODY, Rag.NOT_APPLICABLE, "Not applicable: no cases to count."),
        (FEW, Rag.SUPPRESSED, "Suppressed: the number is too small to show."),
    ],
    ids=["0 of 0", "suppressed"],
)
@pytest.mark.parametrize("as_at", [None, NOW], ids=["stored", "as known"])
def test_its_own_target_stands_beside_it_on_page_chart_and_file(client, last, rag, said, as_at):
    series, target = seen_in_time({**last, "status_reason": "As it was"})
    page = measure_page(series.measure, series.care_group, now=NOW, known_at=as_at)
    assert (page.standing.rag, page.standing.period) == (rag, MAY.period)
    assert (page.standing.target.code, page.standing.target.value) == (target.code, 95)
    assert page.standing.target.variance is None
    assert page.said.reading == said
    figure = trend_figure(page.chart_terms, page.charted)
    line = next(trace for trace in figure["data"] if trace["name"] == "Target")
    assert line["y"][-1] == 95
    client.force_login(person(Role.ANALYST))
    query = {"as_at": as_at.isoformat()} if as_at else {}
    html = unescape(client.get("/measures/seen/", query).text)
    assert "No target to test" not in html
    assert "≥ 95%" in re.search(r"<h2 .*?</section>", html, re.DOTALL)[0]
    text = b"".join(client.get("/exports/assessments.csv", query).streaming_content).decode()
    row = list(csv.DictReader(StringIO(text)))[-1]
    assert (row["rag"], row["target_id"], row["target"]) == (rag, "seen-95", "95")
    assert (row["floor"], row["operator"], row["is_primary"]) == ("90.25", "ge", "true")
    assert (row["variance"], row["variation"], row["assurance"]) == ("", "none", "none")


def test_what_nobody_reports_any_more_keeps_what_is_in_force_where_there_is_a_group_to_keep_it():
    acute = CareGroupFactory(code="acute")
    gone = CareGroupFactory(code="gone", valid_to=date(2026, 1, 1))
    measure = RatioFactory(code="seen", roll_up="none")
    promised(measure, care_group=TrustFactory())
    ended = {"valid_to": date(2025, 4, 1)}
    kept, without = (
        SeriesFactory(measure=measure, care_group=group, **fields)
        for group, fields in ((acute, ended), (gone, {}))
    )
    recompute(at=NOW, stale_only=False)
    page, other = (
        measure_page(measure, series.care_group, now=NOW, known_at=None)
        for series in (kept, without)
    )
    assert page.standing.rag is Rag.NOT_APPLICABLE
    assert page.standing.target.value == 95
    assert page.said.reading == "Not applicable: nobody reports this for May 2026."
    assert other.month == Month(2025, 12)
    history = histories([without])[without.pk]
    assert history.history.has_care_group(Month(2025, 12).period)
    assert not history.history.has_care_group(MAY.period)
    approved(kept, Month(2024, 5), numerator=Decimal(9), denominator=Decimal(10))
    recompute(at=NOW, stale_only=False)
    page = measure_page(measure, acute, now=NOW)
    assert page.said.headline.endswith(
        "no longer reported. The last figure was 90.0% in May 2024, against 95%."
    )
    assert page.said.reading == "Not applicable: no longer reported."


@pytest.mark.parametrize(
    ("frequency", "length", "words"),
    [("monthly", 1, "1 of 12 months"), ("quarterly", 3, "4 of 4 quarters")],
)
def test_a_blank_window_names_how_much_of_the_year_its_target_is(frequency, length, words):
    measure = MeasureFactory(
        direction="lower_is_better", over_time="sum", judged_on="year_to_date", frequency=frequency
    )
    series = SeriesFactory(measure=measure, fed_by="published")
    promised(measure, operator="le", value=Decimal(480))
    months = Month(2026, 4) if length == 1 else Month(2026, 1)
    approved(
        series,
        months.plus(-length),
        40,
        origin="published",
        period=Period.spanning(months.plus(-length), months.plus(-1)),
    )
    recompute(at=NOW, stale_only=False)
    window = Period.spanning(months, months.plus(length - 1))
    blank = next(
        row
        for row in measure_page(measure, series.care_group, now=NOW).windows
        if row.period == window
    )
    said = share_words(blank, measure_terms(measure))
    assert said == ("" if "4 of 4" in words else f"share of the year's 480: {words}")


def test_a_measure_that_is_better_in_neither_way_says_so_beside_its_target():
    measure = MeasureFactory(direction="neutral")
    series = SeriesFactory(measure=measure)
    promised(measure)
    for place in range(14):
        approved(series, MAY.plus(-place), 60 + place % 3)
    recompute(at=NOW, stale_only=False)
    page = measure_page(measure, series.care_group, now=NOW)
    assert page.said.reading == (
        "No target: neither direction is better, so nothing is rated; common cause: one month by "
        "itself means little."
    )
    assert lacking_words(page.standing, page.terms)


def test_the_distance_is_that_of_the_two_numbers_beside_it():
    measure = MeasureFactory(unit="pounds_thousand", direction="lower_is_better")
    series = SeriesFactory(measure=measure)
    promised(measure, operator="le", value=Decimal("-57.5"))
    approved(series, MAY, -54)
    recompute(at=NOW, stale_only=False)
    page = measure_page(measure, series.care_group, now=NOW)
    assert variance_words(page.standing, page.terms) == "+£3.5k"


@pytest.mark.parametrize(
    ("value", "shown", "terms", "distance"),
    [
        # Half-way between two digits a value is rounded up, and so is what lies between.
        ("91.25", "91.3%", {"value": 95}, "−3.7 percentage points"),
        ("91.35", "91.4%", {"value": 95}, "−3.6 percentage points"),
        ("98.75", "98.8%", {"value": 95}, "+3.8 percentage points"),
        ("94.96", "94.96%", {"value": 95}, "−0.04 percentage points"),
        ("95", "95.0%", {"value": 95}, "0.0 percentage points"),
        ("91.25", "91.3%", {"value": Decimal("95.55")}, "−4.30 percentage points"),
        (
            "89.25",
            "89.3%",
            {"value": 84, "upper_value": 88, "operator": "between"},
            "+1.3 percentage points",
        ),
        (
            "82.25",
            "82.3%",
            {"value": 84, "upper_value": 88, "operator": "between"},
            "−1.7 percentage points",
        ),
    ],
)
def test_the_distance_is_what_the_value_and_the_target_show(value, shown, terms, distance):
    band = "operator" in terms
    measure = MeasureFactory(
        unit="percent", decimals=1, direction="band" if band else "higher_is_better"
    )
    series = SeriesFactory(measure=measure)
    promised(measure, **{"operator": "ge", **terms})
    approved(series, MAY, Decimal(value))
    recompute(at=NOW, stale_only=False)
    page = measure_page(measure, series.care_group, now=NOW)
    assert page.tiles.latest == shown
    assert variance_words(page.standing, page.terms) == distance


def test_two_parts_that_are_no_share_are_divided_not_one_of_the_other():
    measure = RatioFactory(unit="days", roll_up="none", collection_level="trust", maximum=None)
    series = SeriesFactory(measure=measure, care_group=TrustFactory())
    approved(series, MAY, numerator=Decimal("999.5"), denominator=Decimal("22.5"))
    recompute(at=NOW, stale_only=False)
    page = measure_page(measure, series.care_group, now=NOW)
    assert parts_words(page.standing, page.terms) == "999.5 ÷ 22.5"


def test_a_baseline_keeps_its_digits_and_a_revision_its_words():
    measure = MeasureFactory(unit="percent", decimals=0)
    series = SeriesFactory(measure=measure)
    promised(measure, baseline=Decimal("92.45"), baseline_period="2022/23")
    page = measure_page(measure, series.care_group, now=NOW)
    (row,) = page.targets_table.rows
    assert "92.45%, 2022/23" in row
    built = MilestoneFactory()
    series = SeriesFactory(measure=built)
    for status in ("on_track", "at_risk"):
        approved(series, MAY, milestone_status=status)
    (row,) = measure_page(built, series.care_group, now=NOW).revisions_table.rows
    assert row[1:3] == ("On track", "At risk")


def test_the_line_of_a_row_ends_with_the_digits_of_the_figure_next_to_it(client):
    """94.96 against 95 is near target, and no page that rates it shows 95.0%."""
    acute = CareGroupFactory(code="acute")
    measure = RatioFactory(code="seen", roll_up="none", minimum=None, maximum=None)
    series = [SeriesFactory(measure=measure, care_group=group) for group in (TrustFactory(), acute)]
    target = promised(measure, care_group=TrustFactory())
    for row in series:
        for back in range(3):
            approved(row, MAY.plus(-back), numerator=Decimal("94.96"), denominator=Decimal(100))
    recompute(at=NOW, stale_only=False)
    client.force_login(person(Role.ANALYST))
    for address in (
        "/measures/seen/",
        "/measures/seen/?care_group=acute",
        "/measures/",
        f"/?plan={target.plan.code}&period=2026-05",
        f"/plans/{target.plan.code}/?section=standards",
    ):
        html = unescape(client.get(address).text)
        assert "94.96%" in html, address
        assert "95.0%" not in html, address


def test_the_caption_names_one_window_once_and_two_long_ones_apart(client):
    measure = MeasureFactory(code="beds", frequency="quarterly")
    series = SeriesFactory(measure=measure)
    windows = [
        Period.spanning(Month(2025, 10), Month(2025, 12)),
        Period.spanning(Month(2026, 1), Month(2026, 3)),
    ]
    captions = []
    client.force_login(person(Role.ANALYST))
    for window in windows:
        approved(series, window.last_month, 40, period=window)
        recompute(at=NOW, stale_only=False)
        page = unescape(client.get("/measures/beds/").text)
        captions.append(re.search(r"<figcaption[^>]*>\s*(.*?)\.", page)[1])
    assert captions == ["Beds, Oct to Dec 2025", "Beds, Oct to Dec 2025 until Jan to Mar 2026"]


def test_what_is_counted_of_months_is_not_said_of_the_year_that_is_rated(client):
    """The table rates the year to date: ten green months are not ten green rows."""
    measure = RatioFactory(
        code="seen", roll_up="none", collection_level="trust", judged_on="year_to_date"
    )
    series = SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="published")
    target = promised(measure)
    for back in range(24):
        parts = {"numerator": Decimal(87 + back % 9), "denominator": Decimal(100)}
        approved(series, MAY.plus(-back), origin="published", **parts)
    recompute(at=NOW, stale_only=False)
    client.force_login(person(Role.ANALYST))
    for address in ("/measures/seen/", f"/?plan={target.plan.code}&period=2026-05"):
        html = " ".join(unescape(client.get(address).text).split())
        counts = re.findall(r"(.{40})was met in \w+ of the last", html)
        assert counts, address
        assert ". It was met in" not in html, address
        assert "onth by month, " in html, address


@pytest.mark.parametrize(
    ("operator", "said"),
    [
        ("lt", "Exactly on the target, which asks for less."),
        ("le", "Exactly on the target."),
    ],
)
def test_a_strict_target_that_is_just_reached_asks_for_more(client, operator, said):
    measure = MeasureFactory(code="falls", direction="lower_is_better")
    series = SeriesFactory(measure=measure)
    promised(measure, operator=operator, value=Decimal(10))
    approved(series, MAY, 10)
    recompute(at=NOW, stale_only=False)
    client.force_login(person(Role.ANALYST))
    assert said in " ".join(client.get("/measures/falls/").text.split())
