"""Wordings and tolerances change from a day on, by two people, and nothing before moves."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.asked.address import Asked
from kpis.assessments.as_known import Known
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.dated_changes import decide as deciding
from kpis.dated_changes.changes_page import NOTHING, tolerance_page, wording_page
from kpis.dated_changes.decide import ChangeRefused
from kpis.exports.measures import MEASURES
from kpis.measures.load import measure_page
from kpis.measures.register import register
from kpis.models import (
    Assessment,
    Judgement,
    Measure,
    MeasureChange,
    Series,
    ToleranceChange,
)
from kpis.returns.in_hand import due_rows
from kpis.returns.states import open_return
from strategy.exports.filters import Filters
from strategy.models import Plan
from strategy.periods import Month
from tests.cells import cells
from tests.factories.measures import (
    MeasureFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import access, performance_team, person
from tests.factories.plans import PlanFactory
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"
FIRST, LAST = Month(2025, 1), Month(2026, 8)
CUT = Month(2026, 4)


@pytest.fixture
def people():
    return performance_team(), performance_team()


@kept
def series():
    plan = PlanFactory(starts_on=date(2025, 1, 1), ends_on=date(2028, 3, 31))
    measure = MeasureFactory(
        code="seen", name="Seen", definition="Everybody who came", decimals=1, maximum=Decimal(200)
    )
    row = SeriesFactory(measure=measure)
    for step in range(LAST.months_since(FIRST) + 1):
        approved(row, FIRST.plus(step), 92 + step % 3)
    TargetFactory(measure=measure, plan=plan, value=Decimal(96))
    recompute(at=AT, stale_only=False)
    return row


def reworded(series, people, *, on=CUT.start, comparable=True, at=AT, **wording):
    one, two = people
    version = Measure.objects.get(pk=series.measure_id).version
    changes = deciding.propose_wording(
        measure_id=series.measure_id,
        version=version,
        effective_from=on,
        comparable=comparable,
        wording=wording or {"definition": "Everybody who stayed"},
        reason="The register changed",
        by=one,
        access=access(one),
        at=at,
    )
    for change in changes:
        deciding.approve(
            kind=MeasureChange,
            change_id=change.pk,
            by=two,
            access=access(two),
            at=at + timedelta(hours=1),
        )
    recompute(at=LATER, stale_only=True)
    return changes


def tolerated(series, people, percent, *, on=CUT.start, at=AT):
    one, two = people
    plan = series.measure.targets.get().plan
    change = deciding.propose_tolerance(
        plan_id=plan.pk,
        percent=Decimal(percent),
        effective_from=on,
        reason="The board said so",
        by=one,
        access=access(one),
        at=at,
    )
    deciding.approve(
        kind=ToleranceChange,
        change_id=change.pk,
        by=two,
        access=access(two),
        at=at + timedelta(hours=1),
    )
    recompute(at=LATER, stale_only=True)
    return change


def colours(series):
    rows = Judgement.objects.filter(assessment__series=series)
    return dict(rows.values_list("assessment__period_end", "rag"))


def segments(series):
    rows = Assessment.objects.filter(series=series).order_by("period_start")
    return [(Month.of(row.period_start), row.spc_segment) for row in rows]


def test_a_month_keeps_the_wording_that_held_in_it(series, people):
    reworded(series, people)
    measure = Measure.objects.get(pk=series.measure_id)
    assert measure.definition == "Everybody who came"
    for month, said in ((CUT.plus(-1), "came"), (CUT, "stayed"), (CUT.plus(5), "stayed")):
        assert Known().worded([measure], month.end)[0].definition == f"Everybody who {said}"
        assert Known(AT).worded([measure], month.end)[0].definition == "Everybody who came"
    period = ReportingPeriodFactory(month=CUT.plus(-1))
    submission = open_return(period=period, care_group=series.care_group)
    assert due_rows(submission)[series.pk].measure.definition == "Everybody who came"
    later = open_return(period=ReportingPeriodFactory(month=CUT), care_group=series.care_group)
    assert due_rows(later)[series.pk].measure.definition == "Everybody who stayed"


def test_page_and_file_show_the_wording_known_and_in_force(series, people):
    reworded(series, people)
    now = timezone.now()

    def seen(known_at=None):
        page = measure_page(series.measure, series.care_group, now=now, known_at=known_at)
        row = cells(MEASURES, Filters(as_at=known_at))[0]
        assert page.measure.definition == row["definition"]
        return page

    assert seen().measure.definition == "Everybody who stayed"
    assert [change.new for change in seen().wordings] == ["Everybody who stayed"]
    assert [(marker.on, marker.text) for marker in seen().markers] == [
        (CUT.start, "definition changed")
    ]
    before = seen(AT)
    assert (before.measure.definition, before.wordings) == ("Everybody who came", ())
    assert before.markers == ()


def test_the_register_is_searched_for_the_wording_known_and_in_force(series, people):
    reworded(series, people, on=Month.of(timezone.localdate()).plus(-1).start)
    now = timezone.now()

    def found(words, known_at=None):
        asked = Asked(QueryDict(), now=now).as_known(known_at)
        return [row.measure.code for row in register(asked, words=words)]

    assert (found("STAYED"), found("who came"), found("seen")) == (["seen"], [], ["seen"])
    assert (found("stayed", AT), found("who came", AT)) == ([], ["seen"])


@pytest.mark.parametrize("comparable", [True, False])
def test_limits_begin_anew_only_where_figures_are_no_longer_comparable(series, people, comparable):
    untouched = colours(series)
    reworded(series, people, comparable=comparable, on=CUT.start + timedelta(days=14))
    found = segments(series)
    first = found[0][1]
    new = [month for month, segment in found if segment != first]
    assert new == ([] if comparable else [CUT.plus(n) for n in range(1, 5)])
    assert colours(series) == untouched
    assert list(findings()) == []
    page = measure_page(series.measure, series.care_group, now=timezone.now())
    texts = " ".join(marker.text for marker in page.markers)
    assert ("limits recalculated" in texts) is not comparable
    assert not Known(AT).rebases([series.pk])


def test_a_reason_that_was_taken_back_leaves_a_whole_sentence(series, people):
    reworded(series, people, comparable=False)
    MeasureChange.objects.update(reason="", is_text_withdrawn=True)
    page = measure_page(series.measure, series.care_group, now=AT + timedelta(days=10))
    assert [marker.text for marker in page.markers] == ["Definition changed, limits recalculated"]
    assert "Limits recalculated from April 2026: Definition changed." in page.said.reading


def test_a_tolerance_holds_from_its_day_and_nothing_before(series, people):
    before = colours(series)
    assert set(before.values()) == {"amber"}
    tolerated(series, people, 1)
    after = colours(series)
    assert {end: rag for end, rag in after.items() if end < CUT.start} == {
        end: rag for end, rag in before.items() if end < CUT.start
    }
    assert {rag for end, rag in after.items() if end >= CUT.start} == {"red"}
    assert Plan.objects.get().default_tolerance_percent == 5
    assert list(findings()) == []
    found = Known(AT).tolerances([Plan.objects.get().pk])
    assert found == {}


def test_the_approver_is_told_what_it_undoes(series, people):
    one, _ = people
    plan = Plan.objects.get()
    change = deciding.propose_tolerance(
        plan_id=plan.pk,
        percent=Decimal(3),
        effective_from=CUT.start,
        reason="Board",
        by=one,
        access=access(one),
        at=AT,
    )
    (row,) = tolerance_page(plan, today=AT.date()).waiting
    assert row.effects[0] == "4 figures so far change their status:"
    assert "Seen, " in row.effects[1]
    assert (
        "amber (near target) → red (off target) in Apr 2026, May 2026, Jul 2026, Aug 2026."
        in row.effects[1]
    )
    shown = colours(series)
    deciding.withdraw(
        kind=ToleranceChange, change_id=change.pk, by=one, access=access(one), at=LATER
    )
    deciding.propose_tolerance(
        plan_id=plan.pk,
        percent=Decimal(3),
        effective_from=date(2030, 1, 1),
        reason="Board",
        by=one,
        access=access(one),
        at=AT,
    )
    assert tolerance_page(plan, today=AT.date()).waiting[0].effects == (NOTHING,)
    assert colours(series) == shown


def test_each_decision_is_on_record_and_takes_a_second_person(series, people):
    one, two = people
    plan = Plan.objects.get()
    wording = deciding.propose_wording(
        measure_id=series.measure_id,
        version=1,
        effective_from=CUT.start,
        comparable=False,
        wording={"definition": "Others"},
        reason="New",
        by=one,
        access=access(one),
        at=AT,
    )[0]
    tolerance = deciding.propose_tolerance(
        plan_id=plan.pk,
        percent=Decimal(1),
        effective_from=CUT.start,
        reason="New",
        by=one,
        access=access(one),
        at=AT,
    )
    for kind, change in ((MeasureChange, wording), (ToleranceChange, tolerance)):
        given = {"kind": kind, "change_id": change.pk, "at": LATER}
        mine = {**given, "by": one, "access": access(one)}
        theirs = {**given, "by": two, "access": access(two)}
        with pytest.raises(NotAllowed, match="proposed this change yourself"):
            deciding.approve(**mine)
        with pytest.raises(NotAllowed, match="withdraw it instead"):
            deciding.reject(reason="No", **mine)
        with pytest.raises(NotAllowed, match="Only whoever proposed"):
            deciding.withdraw(**theirs)
        with pytest.raises(ChangeRefused, match="why the change is not approved"):
            deciding.reject(reason=" ", **theirs)
        outsider = person(Role.ANALYST)
        with pytest.raises(NotAllowed):
            deciding.approve(**{**given, "by": outsider, "access": access(outsider)})
        deciding.approve(**theirs)
        with pytest.raises(ChangeRefused, match="approved already"):
            deciding.reject(reason="Late", **theirs)
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [
        "definition change proposed",
        "tolerance change proposed",
        "definition change approved",
        "tolerance change approved",
    ]
    assert {"field": "comparable", "old": "", "new": "false"} in AuditEvent.objects.get(
        action="definition change approved"
    ).changes
    assert Series.objects.get(pk=series.pk).is_stale


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": " "}, "why the wording changes"),
        ({"wording": {"definition": " Everybody who came "}}, "Change the definition"),
        ({"wording": {"numerator": "people"}}, "two parts is fixed"),
        ({"wording": {"unit": "days"}}, "Change the definition"),
        ({"version": 9}, "Someone else has changed this measure"),
    ],
)
def test_what_is_no_change_of_wording_is_refused(series, people, given, said):
    asked = {
        "measure_id": series.measure_id,
        "version": 1,
        "effective_from": CUT.start,
        "comparable": True,
        "wording": {"definition": "Others"},
        "reason": "New",
        "by": people[0],
        "access": access(people[0]),
        "at": AT,
        **given,
    }
    with pytest.raises(ChangeRefused, match=said):
        deciding.propose_wording(**asked)
    assert not MeasureChange.objects.exists()


@pytest.mark.parametrize("percent", ["-1", "100.01", "4.555", "5"])
def test_an_impossible_tolerance_is_refused(series, people, percent):
    with pytest.raises(ChangeRefused, match=r"between 0 and 100|already"):
        deciding.propose_tolerance(
            plan_id=Plan.objects.get().pk,
            percent=Decimal(percent),
            effective_from=CUT.start,
            reason="New",
            by=people[0],
            access=access(people[0]),
            at=AT,
        )


def test_a_later_decision_replaces_the_earlier_from_its_own_day(series, people):
    reworded(series, people, on=CUT.plus(2).start, definition="Second")
    reworded(series, people, on=CUT.start, definition="Third", at=AT + timedelta(days=1))
    measure = Measure.objects.get(pk=series.measure_id)
    said = [Known().worded([measure], CUT.plus(n).end)[0].definition for n in (-1, 0, 2)]
    assert said == ["Everybody who came", "Third", "Third"]
    (newest, oldest) = wording_page(measure, today=AT.date()).decided
    assert (newest.change.new, oldest.change.new) == ("Third", "Second")


def test_the_pages_propose_refuse_and_decide(series, people, client):
    one, two = people
    client.force_login(one, backend=BACKEND)
    for address, typed, said in (
        (
            "/measures/seen/definition/",
            {"definition": "Others", "comparable": "no", "version": 1},
            "no longer comparable",
        ),
        (f"/plans/{Plan.objects.get().code}/tolerance/", {"percent": "3"}, "5% → 3%"),
    ):
        sent = {"effective_from": "1/4/2026", "reason": "Because <b>", **typed}
        for name, problem in (("effective_from", "Enter the day"), ("reason", "Enter why the")):
            page = client.post(address, {**sent, name: ""})
            assert problem in page.content.decode()
        page = client.post(address, sent, follow=True).content.decode()
        assert said in page
        assert "Because &lt;b&gt;" in page
        assert "Somebody else approves it." in page
        client.force_login(two, backend=BACKEND)
        kind = MeasureChange if "measures" in address else ToleranceChange
        decision = {"change": kind.objects.get().pk, "action": "reject"}
        refused = client.post(address, decision)
        assert (refused.status_code, "why the change is not" in refused.content.decode()) == (
            409,
            True,
        )
        client.post(address, {**decision, "action": "approve"})
        assert kind.objects.get().decided_by == two
        assert "Approved, " in client.get(address).content.decode()
        client.force_login(one, backend=BACKEND)
    assert "Change the definition" in client.get("/measures/seen/").content.decode()
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    shown = client.get("/measures/seen/").content.decode()
    assert "Change the definition" not in shown
    assert "no: limits begin anew" in shown
    assert client.get("/measures/seen/definition/").status_code == 403
