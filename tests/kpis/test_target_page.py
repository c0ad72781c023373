"""The page where targets and limits are changed: who may, what is shown, what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.as_known import Known
from kpis.assessments.store import recompute
from kpis.measures.load import measure_page
from kpis.measures.reporting import due_words, reported_by
from kpis.models import Judgement, Measure, Rebase, Series, Target, TargetChange
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import performance_team, person
from tests.plugins.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
BACKEND = "django.contrib.auth.backends.ModelBackend"
HOME = "/measures/waiting-time/targets/"


@kept
def target():
    measure = MeasureFactory(code="waiting-time", name="Waiting time", maximum=Decimal(100))
    series = SeriesFactory(measure=measure)
    for month in range(3):
        approved(series, Month(2026, 1).plus(month), 92)
    return TargetFactory(measure=measure, value=Decimal(95), floor=Decimal(90))


@pytest.fixture
def team():
    return performance_team(username="anna"), performance_team(username="ben")


@pytest.fixture
def open_as(client):
    def sign_in(user):
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in


def form(target, **typed):
    return {
        "effective_from": "1/2/2026",
        "value": "92",
        "floor": "90",
        "starts_on": "",
        "due_on": "",
        "reason": "The standard was lowered",
        "version": target.version,
        **typed,
    }


def propose(client, target, **typed):
    return client.post(f"{HOME}{target.pk}/", form(target, **typed))


def test_a_change_is_proposed_by_one_and_approved_by_another(target, team, open_as):
    found = propose(open_as(team[0]), target)
    assert found.status_code == 302
    assert found.url == HOME
    change = TargetChange.objects.get()
    page = open_as(team[0]).get(HOME).content.decode()
    assert "value 95 → 92" in page
    assert "Somebody else approves it" in page
    assert 'value="approve"' not in page
    page = open_as(team[1]).get(HOME).content.decode()
    assert 'value="approve"' in page
    open_as(team[1]).post(HOME, {"action": "approve", "change": change.pk})
    change.refresh_from_db()
    assert (change.outcome, change.decided_by) == ("approved", team[1])
    page = open_as(team[1]).get(HOME).content.decode()
    assert "≥ 92" in page
    assert "Approved, ben" in page
    assert "The standard was lowered" in page


def test_the_proposer_is_told_why_they_may_not_approve(target, team, open_as):
    propose(open_as(team[0]), target)
    sent = {"action": "approve", "change": TargetChange.objects.get().pk}
    found = open_as(team[0]).post(HOME, sent)
    assert found.status_code == 403
    assert "You proposed this change yourself" in found.content.decode()


def test_the_form_holds_the_terms_in_effect(target, team, open_as):
    page = open_as(team[0]).get(f"{HOME}{target.pk}/").content.decode()
    assert 'value="95"' in page
    assert 'value="90"' in page
    assert "At least 95" in page
    assert "upper" not in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"value": "ninety"}, "Value must be a number"),
        ({"effective_from": ""}, "Enter the day from which the change holds"),
        ({"effective_from": "02/13/2026"}, "must be a real date"),
        ({"due_on": "31/06/2027"}, "Due date must be a real date"),
        ({"reason": " "}, "Enter why the target changes"),
        ({"reason": "x" * 1001}, "must be 1,000 characters or fewer"),
        ({"reason": "null \x00"}, "must not include characters that cannot be saved"),
        ({"floor": "93"}, "cannot be above the target"),
        ({"value": "95"}, "Change the value, the floor or a date"),
        ({"version": "7"}, "Someone else has changed this target"),
        (
            {"effective_from": "1/1/2026", "starts_on": "1/3/2026", "due_on": "1/2/2026"},
            "on or after",
        ),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(target, team, open_as, typed, said):
    found = propose(open_as(team[0]), target, **typed)
    page = found.content.decode()
    assert found.status_code == 200
    assert said in page
    assert "Error: " in page
    assert not TargetChange.objects.exists()
    for text in typed.values():
        assert not text.isdigit() or f'value="{text}"' in page


def test_a_target_outside_the_scale_is_judged_and_its_approver_warned(target, team, open_as):
    propose(open_as(team[0]), target, value="110")
    assert "110 is more than the most this measure can be (100)" in (
        open_as(team[1]).get(HOME).content.decode()
    )


def test_not_approving_needs_a_reason(target, team, open_as):
    propose(open_as(team[0]), target)
    sent = {"action": "reject", "change": TargetChange.objects.get().pk, "reason": ""}
    found = open_as(team[1]).post(HOME, sent)
    assert found.status_code == 409
    assert "Enter why the change is not approved" in found.content.decode()
    open_as(team[1]).post(HOME, {**sent, "reason": "Too low"})
    assert "Not approved, ben" in open_as(team[0]).get(HOME).content.decode()


def test_who_approves_is_told_which_months_change_their_colour(target, team, open_as):
    recompute(at=timezone.now(), stale_only=False)
    propose(open_as(team[0]), target, value="92", floor="91", effective_from="1/2/2026")
    page = open_as(team[1]).get(HOME).content.decode()
    assert "2 figures so far change their status:" in page
    assert "amber (near target) → green (on target) in Feb 2026, Mar 2026." in page
    open_as(team[0]).post(HOME, {"action": "withdraw", "change": TargetChange.objects.get().pk})
    propose(open_as(team[0]), target, value="92", floor="91", effective_from="1/2/2099")
    assert "No figure so far changes its status." in open_as(team[1]).get(HOME).content.decode()
    assert set(Judgement.objects.values_list("rag", flat=True)) == {"amber"}


def test_a_proposal_is_withdrawn_by_its_proposer(target, team, open_as):
    propose(open_as(team[0]), target)
    open_as(team[0]).post(HOME, {"action": "withdraw", "change": TargetChange.objects.get().pk})
    assert TargetChange.objects.get().outcome == "withdrawn"


def test_limits_are_recalculated_and_withdrawn_with_reasons(target, team, open_as):
    client = open_as(team[0])
    series = Series.objects.get()
    sent = {"series": series.pk, "starts_on": "1/2/2026", "reason": "A ward <closed>"}
    assert client.post(HOME, sent).status_code == 302
    assert Rebase.objects.get().starts_on == date(2026, 2, 1)
    assert "A ward &lt;closed&gt;" in client.get(HOME).content.decode()
    assert "already recalculated" in client.post(HOME, sent).content.decode()
    assert "Enter why the limits" in client.post(HOME, {**sent, "reason": ""}).content.decode()
    assert "Choose a care group" in client.post(HOME, {**sent, "series": "x"}).content.decode()
    sent = {"action": "withdraw-rebase", "rebase": Rebase.objects.get().pk, "reason": "Wrong month"}
    assert client.post(HOME, sent).status_code == 302
    assert Rebase.objects.get().withdrawn_at is not None


def test_limits_asked_for_within_a_month_are_said_to_begin_with_the_next(target, team, open_as):
    client = open_as(team[0])
    sent = {"series": Series.objects.get().pk, "starts_on": "15/2/2026", "reason": "A ward closed"}
    said = "15 Feb 2026 is within a month: the limits begin with the next one, Mar 2026."
    page = client.post(HOME, sent, follow=True).content.decode()
    assert page.count(said) == 2  # shown at once, and from then on next to the decision
    client.post(HOME, {**sent, "starts_on": "1/2/2026"})
    assert client.get(HOME).content.decode().count("is within a month") == 1
    page = measure_page(target.measure, Series.objects.get().care_group, now=timezone.now())
    assert [marker.on for marker in page.markers] == [date(2026, 2, 1), date(2026, 3, 1)]


def test_when_and_by_whom_limits_were_recalculated_is_the_servers(target, team, open_as):
    client = open_as(team[0])
    before = timezone.now()
    sent = {
        "series": Series.objects.get().pk, "starts_on": "1/2/2026", "reason": "A ward closed",
        "recorded_at": "2020-01-01", "recorded_at_0": "2020-01-01", "recorded_at_1": "00:00",
        "recorded_by": team[1].pk, "withdrawn_at": "2020-01-01",
    }  # fmt: skip
    client.post(HOME, sent)
    rebase = Rebase.objects.get()
    assert (rebase.recorded_by, rebase.withdrawn_at) == (team[0], None)
    assert rebase.recorded_at >= before
    assert not Known(before).rebases([rebase.series_id])
    for address in ("/admin/kpis/rebase/add/", f"/admin/kpis/rebase/{rebase.pk}/change/",
                    "/admin/kpis/fixedbaseline/add/", "/admin/kpis/targetchange/add/"):  # fmt: skip
        assert client.post(address, sent).status_code in (403, 404), address
    assert list(Rebase.objects.values_list("recorded_at", "recorded_by")) == [
        (rebase.recorded_at, team[0].pk)
    ]


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in ("performance_team", "administrator")]
)
def test_others_are_told_who_may(target, open_as, role):
    client = open_as(person(role))
    for address in (HOME, f"{HOME}{target.pk}/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {}).status_code == 403


def test_an_administrator_approves_too(target, team, open_as):
    propose(open_as(team[0]), target)
    boss = person(Role.ADMINISTRATOR)
    open_as(boss).post(HOME, {"action": "approve", "change": TargetChange.objects.get().pk})
    assert TargetChange.objects.get().outcome == "approved"


def test_what_is_not_there_is_not_found(target, team, open_as):
    client = open_as(team[0])
    other = TargetFactory(measure=MeasureFactory())
    assert client.get("/measures/nothing/targets/").status_code == 404
    assert client.get(f"{HOME}{other.pk}/").status_code == 404
    for key in ("", "x", "0", "999", "9" * 40):
        assert client.post(HOME, {"action": "approve", "change": key}).status_code == 404


def test_a_milestone_has_dates_and_no_limits(target, team, open_as):
    measure = MilestoneFactory(code="new-system")
    row = TargetFactory(measure=measure, operator="", value_is="", value=None)
    client = open_as(team[0])
    page = client.get("/measures/new-system/targets/").content.decode()
    assert "Recalculate" not in page
    sent = {**form(row), "due_on": "1 Mar 2027"}
    client.post(f"/measures/new-system/targets/{row.pk}/", sent)
    assert TargetChange.objects.get().due_on == date(2027, 3, 1)
    assert Target.objects.get(pk=row.pk).due_on is None


def test_the_measure_page_leads_there_for_those_who_may(target, team, open_as):
    address = "/measures/waiting-time/"
    assert HOME in open_as(team[0]).get(address).content.decode()
    assert HOME not in open_as(person(Role.BOARD_MEMBER)).get(address).content.decode()


def test_the_measure_page_says_how_good_and_how_prompt_the_figure_is(target, team, open_as):
    Measure.objects.update(kitemark_sign_off="sufficient", kitemark_audit="insufficient")
    page = open_as(team[0]).get("/measures/waiting-time/").content.decode()
    assert "Data quality sufficient on 1 of 4; not sufficient: audit; 2 not assessed" in page
    assert "when the monthly return closes" in page
    Measure.objects.update(reporting_lag_days=20)
    assert "20 days after the period ends" in (
        open_as(team[0]).get("/measures/waiting-time/").content.decode()
    )


@pytest.mark.parametrize(
    ("series", "who", "when"),
    [
        ({}, "Trust", "when the monthly return closes"),
        (
            {"fed_by": "published"},
            "Published figures: no return asks for it",
            "when it is published",
        ),
        ({"fed_by": "tracker"}, "", "when its month is locked"),
        ({"valid_to": date(2026, 4, 1)}, "Trust, until 31 Mar 2026", ""),
        ({"valid_to": date(2026, 11, 1)}, "Trust", "when the monthly return closes"),
    ],
)
def test_the_measure_page_asks_for_nothing_that_no_return_asks_for(series, who, when):
    measure = MeasureFactory.build()
    row = SeriesFactory.build(measure=measure, care_group=None, **series)
    assert reported_by(measure, row, Month(2026, 9)) == who
    assert due_words(measure, row, Month(2026, 9)) == when
