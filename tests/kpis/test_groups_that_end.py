"""A care group never reports before it begins or after it ends, by form, paste or file."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.exports.actuals import ACTUALS
from kpis.fixtures.illustrative import illustrate_measures
from kpis.models import Actual, Assessment, Return, Series
from kpis.months.due import why_no_return
from kpis.returns.overview import period_overview
from kpis.returns.states import ReturnRefused, open_return
from strategy.exports.filters import Filters
from strategy.models import CareGroup
from strategy.periods import Month
from tests.cells import cells
from tests.factories.measures import (
    ActualFactory,
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    decide,
)
from tests.factories.people import access
from tests.factories.plans import CareGroupFactory, PlanFactory

pytestmark = pytest.mark.django_db
AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)
NOW = datetime(2026, 10, 5, 10, tzinfo=UTC)
ENDED = date(2026, 9, 1)
FIGURE = ("care_group", "period_end")


def end(scene, valid_to: date | None = ENDED, valid_from: date | None = None) -> None:
    change_care_group_dates(
        care_group_id=scene.acute.pk,
        valid_from=valid_from,
        valid_to=valid_to,
        reason="Merged",
        by=scene.team,
        access=access(scene.team),
        at=NOW,
    )
    scene.acute.refresh_from_db()
    recompute(at=NOW, stale_only=True)


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"valid_to": ENDED}, "Acute ended on 31 Aug 2026: it has no return for September 2026."),
        (
            {"valid_to": date(2026, 9, 30)},
            "Acute ended on 29 Sep 2026: it has no return for September 2026.",
        ),
        ({"valid_to": date(2026, 10, 1)}, ""),
        (
            {"valid_from": date(2026, 10, 1)},
            "Acute begins on 1 Oct 2026: it has no return for September 2026.",
        ),
        ({"valid_from": date(2026, 9, 30)}, ""),
        ({}, ""),
    ],
)
def test_a_month_counts_by_its_last_day(dates, words):
    assert why_no_return(CareGroup(name="Acute", **dates), SEPTEMBER) == words


@pytest.mark.parametrize(
    "dates", [{"valid_to": ENDED}, {"valid_to": None, "valid_from": date(2026, 10, 1)}]
)
def test_an_ended_group_has_no_return_page_no_row_and_takes_no_write(scene, client, dates):
    end(scene, **dates)
    client.force_login(scene.lead)
    address = f"/returns/{SEPTEMBER}/{scene.acute.code}/"
    for answer in (client.get(address), client.post(address, {"action": "save"})):
        assert answer.status_code == 404
        assert "it has no return for September 2026." in answer.content.decode()
    rows = period_overview(scene.period, access(scene.team), now=NOW)
    assert scene.acute not in [row.care_group for row in rows]
    client.force_login(scene.team)
    for page in ("/returns/", f"/returns/{SEPTEMBER}/"):
        assert f"/returns/{SEPTEMBER}/{scene.acute.code}/" not in client.get(page).content.decode()
    for write in (scene.fill, scene.submit, scene.approve, scene.send_back):
        with pytest.raises(ReturnRefused, match="it has no return for September 2026"):
            write()
    Return.objects.all().delete()
    with pytest.raises(ReturnRefused, match="no return"):
        open_return(period=scene.period, care_group=scene.acute)
    assert not Return.objects.exists()
    assert not Actual.objects.exists()


def test_what_was_submitted_before_the_end_was_known_is_not_approved_after(scene):
    scene.fill()
    assert scene.submit() == []
    end(scene)
    with pytest.raises(ReturnRefused, match="Acute ended on 31 Aug 2026"):
        scene.approve()


def test_the_last_month_of_a_group_is_reported_after_its_end(scene, client):
    end(scene, valid_to=date(2026, 10, 1))
    scene.fill()
    assert scene.submit() == []
    scene.approve()
    recompute(at=NOW, stale_only=True)
    assert Assessment.objects.filter(series=scene.calls, period_end=SEPTEMBER.end).exists()
    client.force_login(scene.lead)
    assert client.get(f"/returns/{SEPTEMBER}/{scene.acute.code}/").status_code == 200


def test_a_group_is_expected_in_the_windows_on_whose_last_day_it_was_there(scene):
    for month in (AUGUST, SEPTEMBER):
        approved(scene.other_ratio, month, numerator=Decimal(8), denominator=Decimal(10))
    approved(scene.ratio, AUGUST, numerator=Decimal(5), denominator=Decimal(10))
    recompute(at=NOW, stale_only=True)
    august = Assessment.objects.filter(series=scene.trust, period_end=AUGUST.end)
    before = august.values().get()
    end(scene)
    after = august.values().get()
    passing = {"id", "known_from"}
    assert {name: before[name] for name in before if name not in passing} == {
        name: after[name] for name in after if name not in passing
    }
    september = Assessment.objects.get(series=scene.trust, period_end=SEPTEMBER.end)
    assert (september.groups_reported, september.groups_expected) == (1, 1)


def test_a_quarter_in_which_a_group_ended_is_reported_by_whoever_is_there_at_its_end():
    ended, there = CareGroupFactory(valid_to=date(2026, 8, 15)), CareGroupFactory()
    measure = MeasureFactory(
        frequency="quarterly", roll_up="sum", over_time="sum", collection_level="care_group"
    )
    trust = SeriesFactory(measure=measure, fed_by="roll_up")
    parts = [SeriesFactory(measure=measure, care_group=group) for group in (ended, there)]
    for last in (Month(2026, 6), SEPTEMBER):
        for part in parts:
            window = (last.plus(-2).start, last.end)
            decide(
                ActualFactory(
                    series=part, period_start=window[0], period_end=window[1], value=Decimal(3)
                )
            )
    recompute(at=NOW, stale_only=False)
    rows = Assessment.objects.filter(series=trust).order_by("period_end")
    assert list(rows.values_list("value", "groups_expected")) == [(6, 2), (3, 1)]
    assert Assessment.objects.filter(series=parts[0]).count() == 1


# --- Made-up figures, and figures entered in another way ------------------------------------------


@pytest.fixture
def made_up(scene):
    """A plan's measure of two groups with made-up figures from April 2023 on."""
    plan = PlanFactory()
    for series in (scene.ratio, scene.calls):
        TargetFactory(measure=series.measure, plan=plan)
    scene.submission.delete()
    illustrate_measures(at=NOW, leave_open="nobody", say=lambda text: None)
    recompute(at=NOW, stale_only=True)
    return scene


def test_what_was_made_up_after_an_end_goes_with_it_and_the_months_before_stay(made_up):
    held = Actual.objects.filter(series__care_group=made_up.acute)
    before = held.filter(period_end__lt=date(2026, 1, 1)).count()
    end(made_up, valid_to=date(2026, 1, 1))
    assert held.count() == before > 20
    assert not Return.objects.filter(
        care_group=made_up.acute, period__starts_on__gte=date(2026, 1, 1)
    ).exists()
    assert Return.objects.filter(care_group=made_up.acute).count() == 33
    assert illustrate_measures(at=NOW, leave_open="nobody", say=lambda text: None) == 0
    assert list(findings()) == []


def test_a_return_that_a_person_worked_on_stays_when_its_group_ends(made_up):
    submission = Return.objects.filter(care_group=made_up.acute).latest("period__starts_on")
    submission.cells.filter(series=made_up.calls).update(saved_by=made_up.lead)
    end(made_up, valid_to=date(2026, 1, 1))
    assert Return.objects.filter(pk=submission.pk).exists()


def test_a_figure_recorded_after_the_end_was_known_is_found(scene):
    end(scene)
    late = approved(scene.calls, SEPTEMBER, 5, known_from=datetime.now(UTC) + timedelta(days=1))
    recompute(at=NOW, stale_only=False)
    assert [str(found) for found in findings()] == [
        f"outside its time: actual {late}: acute was not there to report it".replace(
            "acute was", f"{scene.acute.name} was"
        )
    ]


def figures_in_file() -> list[tuple[str, str]]:
    return [tuple(str(row[name]) for name in FIGURE) for row in cells(ACTUALS, Filters())]


def test_a_figure_recorded_before_the_end_was_known_does_not_count_and_is_no_fault(scene):
    approved(scene.calls, AUGUST, 5)
    approved(scene.calls, SEPTEMBER, 5)
    recompute(at=NOW, stale_only=True)
    assert Assessment.objects.filter(series=scene.calls).exists()
    assert figures_in_file() == [(scene.acute.code, "2026-08-31"), (scene.acute.code, "2026-09-30")]
    end(scene)
    assert not Assessment.objects.filter(series=scene.calls, period_end=SEPTEMBER.end).exists()
    assert list(findings()) == []
    assert figures_in_file() == [(scene.acute.code, "2026-08-31")]


# --- What goes out of date ------------------------------------------------------------------------


def stale() -> set[int]:
    return set(Series.objects.stale().values_list("pk", flat=True))


def test_a_new_reporter_changes_whom_the_trusts_line_expects(scene):
    approved(scene.ratio, AUGUST, numerator=Decimal(5), denominator=Decimal(10))
    recompute(at=NOW, stale_only=True)
    new = SeriesFactory(measure=scene.ratio.measure, care_group=CareGroupFactory())
    assert stale() == {scene.trust.pk, new.pk}
    recompute(at=NOW, stale_only=True)
    assert Assessment.objects.get(series=scene.trust).groups_expected == 3
    assert list(findings()) == []


def test_a_reporter_that_stops_marks_its_line_and_the_trusts(scene):
    recompute(at=NOW, stale_only=True)
    series = Series.objects.get(pk=scene.ratio.pk)
    series.valid_to = ENDED
    series.save()
    assert stale() == {scene.ratio.pk, scene.trust.pk}


def test_descent_is_read_anew_where_it_is_entered_and_where_its_dates_move(scene):
    recompute(at=NOW, stale_only=True)
    scene.older.predecessors.add(scene.acute)
    both = {scene.ratio.pk, scene.other_ratio.pk, scene.calls.pk, scene.trust.pk}
    assert stale() == both
    recompute(at=NOW, stale_only=True)
    scene.acute.valid_to = ENDED
    scene.acute.save()
    assert stale() == both
