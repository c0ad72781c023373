"""A measure is set up, changed, reported by others, succeeded and ended on its own pages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.refusals import Refused
from accounts.roles import Role
from kpis.models import Measure, MeasureLink, PlannedOwner, Series
from kpis.set_up.change import (
    SetUpMoved,
    change_measure,
    definition_of,
    shown_of,
    take_over_owners,
    withdraw_planned_owner,
)
from kpis.set_up.create import set_up_measure
from kpis.set_up.definition import RESERVED, Definition, code_from, code_problem, problems
from kpis.set_up.end import end_measure, ending, stop_reporting
from kpis.set_up.example import ExampleText, judged
from kpis.set_up.likely import likely
from kpis.set_up.tags import labels_of, read_words
from strategy.models import Committee
from strategy.periods import Month
from tests.factories.measures import TargetFactory, approved
from tests.factories.people import access, performance_team, person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
TODAY = date(2026, 5, 4)
RATIO = Definition(
    name="Urgent referrals seen in 24 hours",
    definition="Face to face or by video.",
    unit="percent",
    decimals=1,
    numerator="Urgent referrals seen within 24 hours",
    denominator="All urgent referrals",
    direction="higher_is_better",
    frequency="monthly",
    collection_level="care_group",
    roll_up="ratio_of_sums",
    over_time="ratio_of_sums",
)
COUNT = Definition(
    name="Calls answered", unit="count", direction="higher_is_better", frequency="monthly"
)


@kept
def groups():
    TrustFactory()
    return [CareGroupFactory(code=code, position=place) for place, code in enumerate("abc", 1)]


def make(asked, by, *, code="", groups=(), **fields):
    usual = {"begins_on": None, "reason": "The board asked for it", "at": AT}
    return set_up_measure(
        asked=asked,
        code=code,
        care_groups=[group.pk for group in groups],
        by=by,
        access=access(by),
        **{**usual, **fields},
    )


def change(measure, by, *, seen=None, at=AT, **typed):
    owner_from = typed.pop("owner_from", None)
    return change_measure(
        measure_id=measure.pk,
        typed=typed,
        seen=seen or shown_of(measure),
        owner_from=owner_from,
        by=by,
        access=access(by),
        at=at,
    )


def wrong(asked, today=TODAY):
    return [field for field, _ in problems(asked, today=today)]


def test_every_series_that_is_needed_is_made(groups):
    team = performance_team()
    measure = make(RATIO, team, groups=groups[:2], begins_on=date(2026, 4, 1))
    made = {
        row.care_group.code: (row.fed_by, row.valid_from)
        for row in Series.objects.filter(measure=measure).select_related("care_group")
    }
    since = date(2026, 4, 1)
    assert made == {
        "trust": ("roll_up", None),
        "a": ("returns", since),
        "b": ("returns", since),
    }
    assert (measure.code, measure.valid_from) == ("urgent-referrals-seen-in-24-hours", since)
    of_trust = make(COUNT, team, code="calls")
    assert [row.care_group.code for row in of_trust.series.all()] == ["trust"]
    assert of_trust.series.get().fed_by == "returns"
    assert AuditEvent.objects.filter(action="measure set up").count() == 2
    assert AuditEvent.objects.filter(action="series added").count() == 4


def test_without_adding_up_the_trust_has_no_series(groups):
    measure = make(replace(RATIO, roll_up="none"), performance_team(), groups=groups)
    assert {row.care_group.code for row in measure.series.all()} == {"a", "b", "c"}


@pytest.mark.parametrize("code", [*sorted(RESERVED), "Up", "a b", "-a", "x" * 81])
def test_a_code_that_addresses_use_or_cannot_hold_is_refused(groups, code):
    assert code_problem(code)
    with pytest.raises(Refused) as refused:
        make(COUNT, performance_team(), code=code)
    assert refused.value.field == "code"
    assert not Measure.objects.exists()


def test_a_code_is_made_of_the_name_and_given_once(groups):
    team = performance_team()
    assert make(COUNT, team).code == "calls-answered"
    with pytest.raises(Refused) as refused:
        make(COUNT, team)
    assert refused.value.field == "code"
    assert len(code_from("word " * 40)) <= 80
    assert code_problem(code_from("x" * 200)) == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"unit": ""}, "unit"),
        ({"direction": ""}, "direction"),
        ({"frequency": ""}, "frequency"),
        ({"denominator": ""}, "denominator"),
        ({"numerator": ""}, "numerator"),
        ({"roll_up": "sum"}, "roll_up"),
        ({"numerator": "", "denominator": "", "over_time": "last"}, "roll_up"),
        ({"numerator": "", "denominator": "", "roll_up": "sum", "over_time": "last"}, "roll_up"),
        ({"over_time": "sum"}, "over_time"),
        ({"judged_on": "rolling_12", "frequency": "annual"}, "judged_on"),
        ({"judged_on": "rolling_12", "over_time": "last"}, "over_time"),
        ({"minimum": Decimal(5), "maximum": Decimal(5)}, "maximum"),
        ({"reporting_lag_days": 731}, "reporting_lag_days"),
        ({"kitemark_sign_off": "sufficient"}, "kitemark_on"),
        ({"kitemark_on": TODAY}, "kitemark_sign_off"),
        ({"kitemark_audit": "sufficient", "kitemark_on": date(2026, 5, 5)}, "kitemark_on"),
        ({"kind": "milestone"}, "unit"),
    ],
)
def test_what_cannot_be_right_names_its_box(fields, field):
    assert wrong(RATIO) == []
    assert wrong(replace(RATIO, **fields))[0] == field


def test_only_who_edits_plans_sets_a_measure_up(groups):
    for role in set(Role) - {Role.PERFORMANCE_TEAM, Role.ADMINISTRATOR}:
        with pytest.raises(NotAllowed):
            make(COUNT, person(role))
    assert make(COUNT, person(Role.ADMINISTRATOR)).pk


def test_what_figures_rest_on_is_not_overwritten(groups):
    team = performance_team()
    measure = make(COUNT, team)
    change(measure, team, unit="days")
    approved(measure.series.get(), Month(2026, 4), 12)
    measure.refresh_from_db()
    with pytest.raises(Refused) as refused:
        change(measure, team, unit="hours")
    assert refused.value.field == "unit"
    assert "start a successor" in str(refused.value)
    change(measure, team, name="Calls picked up", minimum=Decimal(0), tags=("CQC: Safe",))
    measure.refresh_from_db()
    assert (measure.name, measure.minimum, measure.tags) == ("Calls picked up", 0, ["CQC: Safe"])
    assert measure.history.order_by("history_id").first().name == "Calls answered"


def test_a_box_that_was_left_alone_takes_what_somebody_else_saved(groups):
    one, other = performance_team(first_name="Ann"), performance_team(first_name="Bob")
    measure = make(COUNT, one)
    seen = shown_of(measure)
    change(measure, one, name="Calls picked up")
    # The other's page shows the old name, which they leave alone.
    change(measure, other, seen=seen, name="Calls answered", data_source="Telephony")
    measure.refresh_from_db()
    assert (measure.name, measure.data_source) == ("Calls picked up", "Telephony")
    with pytest.raises(SetUpMoved) as moved:
        change(measure, other, seen=seen, name="Calls", data_source="Switchboard")
    assert set(moved.value.clashes) == {"name", "data_source"}
    assert "“Calls picked up”" in moved.value.clashes["name"]
    assert "“Calls”" in moved.value.clashes["name"]
    measure.refresh_from_db()
    assert (measure.name, measure.data_source) == ("Calls picked up", "Telephony")


def test_an_owner_is_planned_and_taken_over_on_the_day(groups):
    team = performance_team()
    measure = make(COUNT, team)
    change(measure, team, owner="Chief Nurse")
    day = TODAY + timedelta(days=10)
    measure.refresh_from_db()
    change(measure, team, owner="Medical Director", owner_from=day)
    measure.refresh_from_db()
    assert measure.owner == "Chief Nurse"
    assert take_over_owners(at=AT + timedelta(days=9)) == 0
    assert take_over_owners(at=AT + timedelta(days=10)) == 1
    assert take_over_owners(at=AT + timedelta(days=10)) == 0
    measure.refresh_from_db()
    assert measure.owner == "Medical Director"
    assert [row.owner for row in measure.history.order_by("-history_id")[:2]] == [
        "Medical Director",
        "Chief Nurse",
    ]


def test_a_planned_owner_is_replaced_and_withdrawn(groups):
    team = performance_team()
    measure = make(COUNT, team)
    for owner in ("One", "Two"):
        change(measure, team, owner=owner, owner_from=TODAY + timedelta(days=3))
    assert PlannedOwner.objects.get(outcome="waiting").owner == "Two"
    withdraw_planned_owner(measure_id=measure.pk, by=team, access=access(team), at=AT)
    with pytest.raises(Refused):
        withdraw_planned_owner(measure_id=measure.pk, by=team, access=access(team), at=AT)
    assert take_over_owners(at=AT + timedelta(days=9)) == 0


def test_a_measure_ends_with_its_series_and_says_what_follows(groups):
    team = performance_team()
    measure = make(RATIO, team, groups=groups[:2])
    series = measure.series.get(care_group__code="a")
    approved(series, Month(2026, 3), numerator=Decimal(4), denominator=Decimal(5))
    plan = PlanFactory(code="plan", starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    TargetFactory(measure=measure, plan=plan, statement="95% in a day")
    who = {"by": team, "access": access(team), "at": AT, "reason": "Nobody asks any more"}
    with pytest.raises(Refused) as refused:
        end_measure(measure_id=measure.pk, ends_on=date(2026, 3, 31), **who)
    assert refused.value.field == "last_day"
    read = ending(measure, date(2026, 4, 1))
    assert any("95% in a day" in sentence for sentence in read.sentences)
    with pytest.raises(Refused):
        end_measure(measure_id=measure.pk, ends_on=date(2026, 4, 1), confirmed="other", **who)
    end_measure(measure_id=measure.pk, ends_on=date(2026, 4, 1), confirmed=read.digest, **who)
    measure.refresh_from_db()
    assert measure.valid_to == date(2026, 4, 1)
    assert set(measure.series.values_list("valid_to", flat=True)) == {date(2026, 4, 1)}
    with pytest.raises(Refused):
        end_measure(measure_id=measure.pk, ends_on=date(2026, 6, 1), **who)


def test_a_successor_ends_the_one_before_and_is_linked_to_it(groups):
    team = performance_team()
    before = make(COUNT, team)
    approved(before.series.get(), Month(2026, 4), 12)
    asked = replace(COUNT, name="Calls answered in a minute", unit="percent")
    with pytest.raises(Refused) as refused:
        make(asked, team, follows_id=before.pk)
    assert refused.value.field == "valid_from"
    with pytest.raises(Refused) as refused:
        make(asked, team, follows_id=before.pk, begins_on=date(2026, 4, 30))
    assert refused.value.field == "last_day"
    assert not Measure.objects.filter(name=asked.name).exists()
    after = make(asked, team, follows_id=before.pk, begins_on=date(2026, 5, 1))
    before.refresh_from_db()
    assert before.valid_to == after.valid_from == date(2026, 5, 1)
    link = MeasureLink.objects.get()
    assert (link.from_measure, link.to_measure) == (before, after)


def test_one_care_group_stops_and_the_others_go_on(groups):
    team = performance_team()
    measure = make(RATIO, team, groups=groups[:2])
    series = measure.series.get(care_group__code="a")
    who = {"by": team, "access": access(team), "at": AT, "reason": "The team closed"}
    stop_reporting(series_id=series.pk, ends_on=date(2026, 4, 1), **who)
    assert measure.series.filter(valid_to__isnull=True).count() == 2
    with pytest.raises(Refused):
        stop_reporting(series_id=series.pk, ends_on=date(2026, 4, 1), **who)
    trust = measure.series.get(care_group__code="trust")
    with pytest.raises(Refused):
        stop_reporting(series_id=trust.pk, ends_on=date(2026, 4, 1), **who)


def test_the_range_goes_beyond_the_figures_and_never_past_the_unit():
    values = [Decimal(number) for number in (10, 43, 20, 31, 25, 40)]
    found = likely("count", values)
    assert (found.low, found.high) == (0, 150)
    assert found.words("count", 0).startswith("6 approved figures lie between 10 and 43:")
    invented = likely("count", values, is_illustrative=True)
    assert invented.words("count", 0).startswith("6 illustrative figures lie between 10 and 43:")
    found = likely("percent", [Decimal(number) for number in (78, 79, 80, 83, 84, 81)])
    assert (found.low, found.high) == (60, 100)
    assert (likely("pounds", [Decimal(-12)] * 6).low, likely("pounds", []).low) == (-48, None)
    few = likely("percent", values[:5])
    assert (few.low, few.high, few.is_from_figures) == (0, 100, False)
    over = likely("percent", [Decimal(number) for number in (98, 99, 104, 101, 97, 100)])
    assert over.high == 130


@pytest.mark.parametrize(
    ("figure", "rag"),
    [("92.4", "green"), ("85", "green"), ("84.999", "amber"), ("80.75", "amber"), ("80.7", "red")],
)
def test_an_example_is_judged_by_the_rules_of_returns(figure, rag):
    asked = Definition(
        name="Seen", unit="percent", decimals=1, direction="higher_is_better", frequency="monthly"
    )
    found = judged(ExampleText(value=figure, target="85", floor="80.75"), asked)
    assert (found.rag, found.faults) == (rag, ())


def test_an_example_says_what_is_wrong_with_it():
    found = judged(ExampleText(numerator="6", denominator="5"), RATIO)
    assert "must be the same as or fewer" in found.faults[0]
    assert judged(ExampleText(numerator="0", denominator="0"), RATIO).rag == "not_applicable"
    assert judged(ExampleText(value="12"), Definition(name="x")).faults == (
        "Choose the unit and which way is better first",
    )
    found = judged(ExampleText(value="12", target="5", floor="6"), COUNT)
    assert "cannot be above" in found.faults[0]
    found = judged(ExampleText(value="12", target="5", operator="le"), COUNT)
    assert "asks for less" in found.faults[0]


def test_tags_are_told_apart_by_how_they_begin():
    tags = ("workforce", "CQC: Safe", "Oversight framework: S035a", "Risk: BAF 12")
    labels = labels_of(tags)
    assert (labels.cqc, labels.oversight, labels.risk) == (("Safe",), "S035a", "BAF 12")
    assert labels.tags == tags
    assert read_words(" people , people,  out of  area ") == ("people", "out of area")
    for text in ("CQC: Safe", "x" * 61, ",".join(str(number) for number in range(21))):
        with pytest.raises(ValueError, match=r"box of its own|too long|or fewer"):
            read_words(text)


def test_committees_are_chosen_and_recorded(groups):
    team = performance_team()
    measure = make(COUNT, team)
    quality = Committee.objects.create(code="quality", name="Quality Committee")
    change(measure, team, committees=[quality.pk])
    assert list(measure.committees.all()) == [quality]
    event = AuditEvent.objects.filter(action="measure changed").latest("pk")
    assert event.changes == [{"field": "committees", "old": "", "new": "quality"}]


def test_a_definition_is_the_row_it_came_from(groups):
    measure = make(RATIO, performance_team(), groups=groups)
    assert definition_of(measure) == RATIO
