"""The tracker's own measures are counted when a month is locked; nobody enters them."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from kpis.assessments.clocks import clock_at
from kpis.assessments.integrity import findings
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.completion.effects import effects_of
from kpis.completion.lock import lock_month, reopen_month
from kpis.models import Actual, Series
from kpis.months.clock import data_clock
from kpis.returns.rates import COMPLETE, NOTHING, ON_TIME, RESTATED
from kpis.returns.reopen import close_return, reopen_return
from tests.factories.measures import RatioFactory, SeriesFactory
from tests.factories.people import access, performance_team
from tests.kpis.conftest import SEPTEMBER

CLOCK = data_clock(SEPTEMBER)
LATER = CLOCK["freezes_at"].astimezone(UTC)


@pytest.fixture
def counted(scene):
    """The three measures, with series of the trust and Acute, but none of Older People yet."""
    for code in NOTHING:
        measure = RatioFactory(code=code)
        for series in (scene.trust, scene.ratio):
            SeriesFactory(measure=measure, care_group=series.care_group, fed_by="tracker")
    return scene


def lock(scene, at) -> None:
    effects = effects_of(scene.period, at=at)
    who = {"period_id": scene.period.pk, "by": scene.team, "access": access(scene.team)}
    lock_month(**who, confirmed=effects.digest, at=at)


def reopen(scene, at) -> None:
    who = {"period_id": scene.period.pk, "by": scene.team, "access": access(scene.team)}
    reopen_month(**who, at=at, reason="Late audit")


def rates(scene) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """Every version of each rate, by measure and care group."""
    found: dict = {}
    for row in Actual.objects.filter(series__fed_by="tracker").order_by("version"):
        of = found.setdefault(row.series.measure.code, {})
        parts = (
            (int(row.numerator), int(row.denominator))
            if row.denominator is not None
            else row.status_reason
        )
        of.setdefault(row.series.care_group.code, []).append(parts)
    return found


def test_locking_counts_the_rates_of_the_month_once(counted):
    """Acute has sent both figures in time; Older owes one and has sent nothing."""
    counted.fill()
    counted.submit()
    counted.approve()
    lock(counted, LATER)
    first = {
        ON_TIME: {"acute": [(1, 1)], "older": [(0, 1)]},
        COMPLETE: {"acute": [(2, 2)], "older": [(0, 1)]},
        RESTATED: {"acute": [(0, 2)], "older": ["No figure was approved"]},
    }
    assert rates(counted) == first
    reopen(counted, LATER + timedelta(hours=1))
    lock(counted, LATER + timedelta(hours=2))
    assert rates(counted) == first
    recompute(at=LATER, stale_only=True)
    assert list(findings()) == []


def test_a_correction_is_counted_when_the_month_is_locked_again(counted):
    counted.fill()
    counted.submit()
    counted.approve()
    lock(counted, LATER)
    reopen(counted, LATER + timedelta(hours=1))
    counted.clock = LATER + timedelta(hours=1)
    counted.fill(numerator="40", change_reason="Recounted")
    counted.submit()
    counted.approve()
    lock(counted, LATER + timedelta(hours=2))
    found = rates(counted)
    assert found[RESTATED]["acute"] == [(0, 2), (1, 2)]
    # When the return was first submitted does not change.
    assert found[ON_TIME]["acute"] == [(1, 1)]
    again = Actual.objects.get(series__measure__code=RESTATED, version=2)
    assert (
        again.change_reason
        == "Counted again when the month was locked again, or a return of it closed again"
    )


def test_the_trust_adds_the_rates_up_as_known_at_any_moment(counted):
    counted.fill()
    counted.submit()
    counted.approve()
    trust = Series.objects.get(measure__code=ON_TIME, care_group__level="trust")

    def reads(now, at=None):
        held = histories([trust], known_at=at)[trust.pk]
        return held.at(SEPTEMBER, clock_at(now, known_at=at))

    recompute(at=LATER, stale_only=True)
    assert reads(LATER).rag == "not_due"
    lock(counted, LATER)
    recompute(at=LATER, stale_only=True)
    standing = reads(LATER)
    assert (standing.value, standing.groups_reported) == (Decimal(50), 2)
    assert standing.value_status == "final"
    assert reads(LATER, at=LATER - timedelta(hours=1)).rag == "not_due"


def test_a_return_that_came_after_the_close_is_not_on_time(counted):
    counted.clock = CLOCK["closes_at"]
    counted.fill()
    counted.submit()
    counted.approve()
    lock(counted, LATER)
    assert rates(counted)[ON_TIME]["acute"] == [(0, 1)]


@pytest.mark.parametrize(
    ("row", "made_up"), [("period", {"acute", "older"}), ("submission", {"acute"})]
)
def test_what_is_made_up_has_made_up_rates(counted, row, made_up):
    """A made-up month as a whole, or a made-up return of a month that a person keeps."""
    held = getattr(counted, row)
    held.is_illustrative = True
    held.save()
    lock(counted, LATER)
    found = Actual.objects.filter(series__fed_by="tracker", origin="illustrative")
    assert set(found.values_list("series__care_group__code", flat=True)) == made_up
    assert not found.filter(decisions__decided_by__isnull=False).exists()


def test_a_return_that_is_opened_alone_is_counted_when_it_is_closed(counted):
    """Acute's return comes after the lock: late, and whole."""
    lock(counted, LATER)
    who = {"month": SEPTEMBER, "care_group": counted.acute}
    by = {"by": counted.team, "access": access(counted.team)}
    counted.clock = LATER + timedelta(hours=1)
    reopen_return(**who, **by, at=counted.clock, reason="Left out")
    counted.fill()
    counted.submit()
    counted.approve(by=performance_team())
    assert rates(counted)[COMPLETE]["acute"] == [(0, 2)]
    close_return(**who, **by, at=LATER + timedelta(hours=2))
    found = rates(counted)
    assert found[COMPLETE]["acute"] == [(0, 2), (2, 2)]
    assert found[ON_TIME]["acute"] == [(0, 1)]


def test_the_trusts_own_return_counts_in_the_trusts_line(counted):
    """Acute has sent two figures, Older owes one, and the trust owes one of its own."""
    measure = RatioFactory(code="spend", collection_level="trust")
    SeriesFactory(measure=measure, care_group=counted.trust.care_group)
    counted.fill()
    counted.submit()
    counted.approve()
    lock(counted, LATER)
    of_trust = {code: by_group["trust"] for code, by_group in rates(counted).items()}
    assert of_trust == {ON_TIME: [(1, 3)], COMPLETE: [(2, 4)], RESTATED: [(0, 2)]}
    recompute(at=LATER, stale_only=True)
    assert list(findings()) == []
    of = Series.objects.get(measure__code=ON_TIME, care_group=counted.trust.care_group)
    standing = histories([of])[of.pk].at(SEPTEMBER, clock_at(LATER))
    assert (standing.value, standing.groups_expected) == (Decimal("33.333333"), 1)
