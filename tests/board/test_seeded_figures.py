"""What `seed --illustrative` makes up from the project's fixtures: complete and plausible."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from django.utils import timezone

from board.fixtures.illustrative import illustrative_scales
from kpis.fixtures.sketch import Scale
from kpis.models import Actual, Measure, ReportingPeriod, Return, ReturnCell, Target
from kpis.returns.overview import period_overview
from strategy.periods import Month, months_between
from tests.board.test_seed_refuses import FIXTURES
from tests.factories.people import access, performance_team

pytestmark = pytest.mark.any_database

# A figure has the right size within this factor of what is printed for the measure.
FACTOR = 2
# From this count on, chance moves it by a third at most; smaller counts by their own size.
FIRM_COUNT = 20


@pytest.mark.usefixtures("seeded")
def test_the_demonstration_agrees_with_itself_and_with_sense():
    made = Actual.objects.filter(origin="illustrative")
    scales = illustrative_scales(FIXTURES)
    the_completion_page_says_of_every_month_what_the_board_says()
    the_last_month_is_open_and_waits_for_the_lead()
    no_box_is_wrong()
    rows = list(
        made.filter(value__isnull=False).select_related("series__measure", "series__care_group")
    )
    assert len(rows) > 3_000
    for row in rows:
        could_be(row)
    every_measure_has_a_size(rows, scales)
    for row in rows:
        is_of_its_size(row, scales.get(row.series.measure.code, Scale()))
    is_as_large_as_what_is_printed(rows)
    of_a_trust_of_four_thousand(rows)


def the_completion_page_says_of_every_month_what_the_board_says() -> None:
    """Every care group with a figure has an approved return; one is left to enter."""
    team = access(performance_team())
    last = Month.of(timezone.localdate()).plus(-1)
    periods = list(ReportingPeriod.objects.order_by("starts_on"))
    assert [row.month for row in periods] == list(months_between(Month(2023, 4), last))
    made = set(
        Actual.objects.filter(origin="illustrative").values_list(
            "series__care_group__code", "period_end"
        )
    )
    for period in periods:
        rows = period_overview(period, team, now=timezone.now())
        reported = {row.care_group.code for row in rows if row.status == "approved"}
        assert not any(row.is_late for row in rows)
        assert {code for code, end in made if end == period.month.end} <= reported
        waiting = {row.care_group.code for row in rows} - reported
        assert waiting == ({"acute"} if period.month == last else set())


def the_last_month_is_open_and_waits_for_the_lead() -> None:
    last = Month.of(timezone.localdate()).plus(-1)
    period = ReportingPeriod.objects.get(starts_on=last.start)
    assert period.locked_at is None
    assert period.opens_at <= timezone.now() < period.closes_at
    made = Actual.objects.filter(origin="illustrative", period_end=last.end)
    assert made.exists()
    assert not made.filter(series__care_group__code="acute").exists()
    assert not Return.objects.filter(period=period, care_group__code="acute").exists()


def no_box_is_wrong() -> None:
    """Made-up figures pass the checks of the entry form."""
    assert ReturnCell.objects.exists()
    assert not ReturnCell.objects.exclude(error="").exists()


def could_be(row: Actual) -> None:
    measure, value = row.series.measure, row.value
    assert value is not None
    assert measure.minimum is None or value >= measure.minimum, row
    assert measure.maximum is None or value <= measure.maximum, row
    if measure.unit == "percent" and measure.code != "bed-occupancy":
        assert 0 <= value <= 100, row
    if measure.is_ratio:
        top, bottom = row.numerator, row.denominator
        assert top is not None, row
        assert bottom is not None, row
        assert top == top.to_integral() >= 0, row
        assert bottom == bottom.to_integral() > 0, row
        assert measure.numerator_may_exceed_denominator or top <= bottom, row
    else:
        assert value == round(value, measure.decimals), row


def every_measure_has_a_size(rows: Iterable[Actual], scales: dict[str, Scale]) -> None:
    """Sizes come from targets that are levels, else from the file; shares are of some group."""
    # The tracker's own measures count returns.
    for measure in {row.series.measure for row in rows if row.series.fed_by != "tracker"}:
        scale = scales.get(measure.code, Scale())
        levels = Target.objects.filter(measure=measure, value_is="absolute", value__gt=0)
        assert scale.level or scale.levels or levels.exists(), measure
        if measure.is_ratio:
            groups = {row.series.care_group.code for row in rows if row.series.measure == measure}
            assert groups <= set(scale.of), measure


def is_of_its_size(row: Actual, scale: Scale) -> None:
    code = row.series.care_group.code
    level = scale.levels.get(code, scale.level)
    value = row.value or Decimal(0)
    if level is not None and level >= FIRM_COUNT:
        assert level / FACTOR <= value <= level * FACTOR, row
    elif level is not None:
        assert value <= level * 4, row
    if code in scale.of and row.denominator is not None:
        assert abs(row.denominator - scale.of[code]) <= scale.of[code] / 20 + 1, row
    assert scale.most is None or value <= scale.most, row


def is_as_large_as_what_is_printed(rows: Iterable[Actual]) -> None:
    """A made-up figure is near what is published or promised for the same measure."""
    printed: dict[int, set[Decimal]] = {}
    for measure, value in [
        *Actual.objects.filter(origin="published", value__gt=0).values_list(
            "series__measure", "value"
        ),
        *Target.objects.filter(value_is="absolute", value__gt=0, measure__isnull=False).values_list(
            "measure", "value"
        ),
        *Target.objects.filter(baseline__gt=0, measure__isnull=False).values_list(
            "measure", "baseline"
        ),
    ]:
        printed.setdefault(measure, set()).add(value)
    compared = 0
    for row in rows:
        if known := printed.get(row.series.measure_id):
            compared += 1
            assert min(known) / FACTOR <= row.value <= max(known) * FACTOR, (row, row.value)
    assert compared > 1_000


def of_a_trust_of_four_thousand(rows: Iterable[Actual]) -> None:
    """The size of the trust in the plans: goals, pay, staff, space, beds."""

    def numbers(code: str, name: str = "value") -> list[Decimal]:
        found = [getattr(row, name) for row in rows if row.series.measure.code == code]
        assert found, code
        return found

    assert max(numbers("levelling-up-goals")) <= 14
    assert 12 * min(numbers("agency-spend-share", "denominator")) > 100_000
    assert 12 * max(numbers("agency-spend-share", "denominator")) < 400_000
    assert 5_000 < min(numbers("office-space")) < min(numbers("clinical-space"))
    assert 3_000 < min(numbers("autism-awareness-training", "denominator")) < 5_000
    beds = {
        row.period_end: Decimal(0) for row in rows if row.series.measure.code == "bed-occupancy"
    }
    for row in rows:
        if row.series.measure.code == "bed-occupancy":
            beds[row.period_end] += row.denominator or 0
    assert all(200 < days / 91 < 600 for days in beds.values())
    assert Measure.objects.get(code="levelling-up-goals").unit == "count"
