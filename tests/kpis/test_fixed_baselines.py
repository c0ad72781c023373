"""Limits fixed on the first points: who decides it, what it changes, what readers see."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.assessments.integrity import findings
from kpis.assessments.read import histories
from kpis.assessments.store import recompute
from kpis.dated_changes.recalculation import add_rebase, fix_baseline, withdraw_baseline
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.models import Assessment, FixedBaseline, Judgement, Series
from strategy.periods import Month
from tests.factories.measures import MilestoneFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import access, performance_team, person
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
HOME = "/measures/waits/targets/"
AT = datetime(2026, 1, 11, 9, tzinfo=UTC)
LOW, HIGH = [20, 22] * 6, [30, 32] * 6
OPEN, FIXED = {26.0}, {21.0}


@pytest.fixture
def team():
    return performance_team(username="anna")


@kept
def waits():
    """A year of figures near 21, then a year near 31."""
    series = SeriesFactory(measure__code="waits")
    for place, value in enumerate([*LOW, *HIGH]):
        approved(series, Month(2024, 1).plus(place), Decimal(value))
    TargetFactory(measure=series.measure, value=Decimal(25))
    recompute(at=AT, stale_only=False)
    return series


@pytest.fixture
def reader(client, team):
    client.force_login(team, backend="django.contrib.auth.backends.ModelBackend")
    return client


def decide(act, team, *, at=AT, **given):
    return act(**{"reason": "A project", "by": team, "access": access(team), "at": at, **given})


def averages(series) -> set[float]:
    """The stored averages, after everything out of date was assessed again."""
    recompute(at=AT, stale_only=True)
    return set(Assessment.objects.filter(series=series).values_list("spc_mean", flat=True))


def form(fixed, **typed):
    sent = {"action": "fix-limits", "series": fixed.pk, "points": "12", "reason": "A project"}
    return {**sent, **typed}


def test_limits_are_fixed_replaced_and_withdrawn_with_reasons(waits, reader):
    assert averages(waits) == OPEN
    assert reader.post(HOME, form(waits, reason="A <project>")).status_code == 302
    assert averages(waits) == FIXED
    page = reader.get(HOME).text
    assert "on the first 12 months" in page
    assert "A &lt;project&gt;" in page
    assert "already fixed on the first 12 points" in reader.post(HOME, form(waits)).text
    assert reader.post(HOME, form(waits, points="13")).status_code == 302
    assert averages(waits) == {(21 * 12 + 30) / 13}
    (standing,) = FixedBaseline.objects.standing()
    assert "Limits that are fixed no longer" in reader.get(HOME).text
    sent = {"action": "release-limits", "baseline": standing.pk, "reason": " "}
    assert "Enter why the limits are no longer fixed" in reader.post(HOME, sent).text
    assert reader.post(HOME, {**sent, "reason": "It is over"}).status_code == 302
    assert averages(waits) == OPEN
    assert "fixed no longer" in reader.post(HOME, {**sent, "reason": "Again"}).text
    events = AuditEvent.objects.order_by("pk").values_list("action", "given__text")
    assert list(events) == [
        ("limits fixed", "A <project>"),
        ("limits fixed", "A project"),
        ("limits fixed no longer", "It is over"),
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"points": ""}, "Enter number of points"),
        ({"points": "11"}, "Number of points must be between 12 and 999"),
        ({"points": "1000"}, "Number of points must be between 12 and 999"),
        ({"points": "12.5"}, "Number of points must be a whole number"),
        ({"points": "twelve"}, "Number of points must be a number, like 24"),
        ({"points": "9" * 40}, "Number of points must be between 12 and 999"),
        ({"reason": " "}, "Enter why the limits are fixed"),
        ({"reason": "x" * 1001}, "must be 1,000 characters or fewer"),
        ({"series": "x"}, "Choose a care group of the list"),
    ],
)
def test_what_is_wrong_is_said_with_a_way_to_its_box_and_what_was_typed_stays(
    waits, reader, typed, said
):
    page = reader.post(HOME, form(waits, **typed)).text
    (name,) = typed
    assert f'<a href="#fix_{name}">' in page
    assert said in page
    assert re.search(r"<title>\s*Error: ", page)
    assert page.count(f'id="fix_{name}"') == 1
    if name == "points" and typed["points"]:
        assert f'value="{typed["points"]}"' in page
    assert not FixedBaseline.objects.exists()
    assert not Series.objects.stale().exists()


def test_the_service_asks_for_the_role_a_reason_points_and_a_chart(waits, team):
    outsider = person(Role.BOARD_MEMBER)
    with pytest.raises(NotAllowed):
        decide(fix_baseline, outsider, series_id=waits.pk, points=12)
    milestone = SeriesFactory(measure=MilestoneFactory())
    for given in (
        {"series_id": waits.pk, "points": 11},
        {"series_id": waits.pk, "points": 12, "reason": " "},
        {"series_id": milestone.pk, "points": 12},
    ):
        with pytest.raises(ChangeRefused):
            decide(fix_baseline, team, **given)
    assert not FixedBaseline.objects.exists()
    assert not Series.objects.stale().filter(pk=waits.pk).exists()


def test_no_status_and_no_other_chart_changes(waits, team):
    other = SeriesFactory(measure__code="other")
    for place, value in enumerate([*LOW, *HIGH]):
        approved(other, Month(2024, 1).plus(place), Decimal(value))
    assert averages(other) == OPEN
    statuses = list(Judgement.objects.order_by("pk").values_list("rag", "variance"))
    fixed = decide(fix_baseline, team, series_id=waits.pk, points=12)
    assert list(Series.objects.stale()) == [waits]
    assert (averages(waits), averages(other)) == (FIXED, OPEN)
    assert list(Judgement.objects.order_by("pk").values_list("rag", "variance")) == statuses
    assert {row.kind for row in findings()} <= {"no provenance"}
    decide(withdraw_baseline, team, baseline_id=fixed.pk)
    assert averages(waits) == OPEN


def test_a_past_moment_has_the_decision_known_then(waits, team):
    day = timedelta(days=1)
    decide(fix_baseline, team, series_id=waits.pk, points=12)
    later = decide(fix_baseline, team, series_id=waits.pk, points=14, at=AT + day)
    decide(withdraw_baseline, team, baseline_id=later.pk, at=AT + 2 * day)

    def known(at):
        found = histories([waits], known_at=at)[waits.pk].history.windows
        return {window.spc_mean for window in found}

    second = {round((21 * 12 + 30 + 32) / 14, 9)}
    moment = timedelta(microseconds=1)
    assert known(AT - moment) == known(AT + 2 * day) == OPEN
    assert known(AT) == known(AT + day - moment) == FIXED
    assert {round(mean, 9) for mean in known(AT + day)} == second
    assert {round(mean, 9) for mean in known(AT + 2 * day - moment)} == second


def test_the_measure_page_says_what_limits_are_fixed_on_why_and_by_whom(waits, team, reader):
    address = waits.measure.get_absolute_url()
    assert "Fixed on" not in reader.get(address).text
    decide(fix_baseline, team, series_id=waits.pk, points=24, reason="A new pathway.")
    recompute(at=AT, stale_only=True)
    page = reader.get(address).text
    assert "Fixed on the first 24 months. A new pathway. anna, 11 Jan 2026." in page
    assert "mean moving range of the first 24 months, large" in page
    decide(fix_baseline, team, series_id=waits.pk, points=25, at=AT + timedelta(hours=1))
    page = reader.get(address).text
    assert "To be fixed on the first 25 months; 24 so far, and until then all count." in page
    assert "mean moving range, large" in page
    as_known = reader.get(address, {"as_at": "2026-01-10"}).text
    assert "first 25 months" not in as_known


def test_each_part_between_recalculations_has_its_own_first_points(waits, team, reader):
    approved(waits, Month(2026, 1), Decimal(90))
    decide(add_rebase, team, series_id=waits.pk, starts_on=date(2024, 12, 20))
    decide(fix_baseline, team, series_id=waits.pk, points=12)
    assert averages(waits) == {21.0, 31.0}
    page = reader.get(waits.measure.get_absolute_url()).text
    assert "Fixed on the first 12 months of each part between recalculations" in page
    decide(fix_baseline, team, series_id=waits.pk, points=14)
    page = reader.get(waits.measure.get_absolute_url()).text
    assert "13 so far" in page
