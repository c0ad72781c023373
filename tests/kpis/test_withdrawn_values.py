"""A wrong figure is withdrawn by two people, and then reads as never reported."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import NotAllowed
from kpis.assessments.inputs import load_inputs
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.exports.actuals import ACTUALS
from kpis.measures.load import measure_page
from kpis.models import Actual, Assessment
from kpis.returns.page import return_page
from kpis.withdrawals.figures import (
    decide_withdrawal,
    propose_withdrawal,
    waiting_withdrawals,
    withdrawable,
)
from strategy.exports.filters import Filters
from tests.cells import cells
from tests.factories.measures import approved
from tests.factories.people import access, performance_team
from tests.factories.plans import PlanFactory

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def observed(series, known_at=None) -> list[Decimal | None]:
    return [seen.value for seen in load_inputs([series], known_at=known_at)[series.pk].observations]


def judged(scene, series) -> list[Decimal | None]:
    recompute(at=scene.clock, stale_only=True)
    rows = Assessment.objects.filter(series=series).order_by("period_end")
    return list(rows.values_list("value", flat=True))


def tick(scene, *, reason="It was another ward’s"):
    from kpis.returns.in_hand import cells_of

    version = cells_of(scene.submission)[scene.ratio.pk].version
    return scene.save(
        (
            scene.ratio,
            version,
            {"numerator": "45", "denominator": "50", "withdrawn": True, "change_reason": reason},
        )
    )


@pytest.fixture
def reported(scene):
    scene.fill()
    scene.submit()
    scene.approve()
    approved(scene.other_ratio, scene.period.month, numerator=Decimal(30), denominator=Decimal(50))
    return scene


def test_an_entered_figure_is_withdrawn_by_return_and_approved_by_somebody_else(reported):
    scene, before = reported, reported.clock
    assert judged(scene, scene.trust) == [Decimal(75)]
    tick(scene)
    assert scene.submit() == []
    assert observed(scene.ratio) == [Decimal(90)]
    with pytest.raises(NotAllowed):
        scene.approve(by=scene.lead)
    scene.approve()
    assert (observed(scene.ratio), observed(scene.ratio, before)) == ([], [Decimal(90)])
    withdrawn = Actual.objects.current().get(series=scene.ratio)
    assert (withdrawn.version, withdrawn.value_status, withdrawn.value) == (2, "withdrawn", None)
    assert withdrawn.status_reason == withdrawn.change_reason == "It was another ward’s"


def test_a_group_whose_figure_is_withdrawn_has_not_reported(reported):
    scene = reported
    tick(scene)
    scene.submit()
    scene.approve()
    assert judged(scene, scene.ratio) == []
    assert judged(scene, scene.trust) == [Decimal(60)]
    total = Assessment.objects.get(series=scene.trust)
    assert (total.state, total.groups_reported, total.groups_expected) == ("incomplete", 1, 2)
    assert total.spc_mean is None


def test_the_page_of_the_measure_reads_as_before_the_figure_was_reported(reported):
    scene, before = reported, reported.clock
    tick(scene)
    scene.submit()
    scene.approve()
    recompute(at=scene.clock, stale_only=True)
    page = measure_page(scene.ratio.measure, scene.acute, now=scene.clock)
    assert not page.standing.has_value
    then = measure_page(scene.ratio.measure, scene.acute, now=scene.clock, known_at=before)
    assert then.standing.shown.value == Decimal(90)
    (revision,) = page.revisions
    assert revision.after.is_withdrawn


def test_a_withdrawal_takes_a_reason_and_an_approved_figure(scene):
    scene.fill()
    tick(scene, reason="")
    assert ["withdraw" in item.message for item in scene.submit()] == [True]
    scene.fill()
    scene.submit()
    scene.approve()
    tick(scene, reason="")
    assert [item.message for item in scene.submit()] == [
        "Seen: say why the approved figure is withdrawn"
    ]


def test_what_was_withdrawn_is_due_again_and_entered_like_a_first_figure(reported):
    scene = reported
    tick(scene)
    scene.submit()
    scene.approve()
    row = next(
        row
        for row in return_page(scene.submission, now=timezone.now()).rows
        if row.series == scene.ratio
    )
    assert row.held is None
    scene.fill(numerator="40")
    assert scene.submit() == []
    scene.approve()
    assert observed(scene.ratio) == [Decimal(80)]
    assert Actual.objects.current().get(series=scene.ratio).version == 3


def test_sent_back_the_figure_stands(reported):
    scene = reported
    tick(scene)
    scene.submit()
    scene.send_back()
    assert observed(scene.ratio) == [Decimal(90)]


def test_files_give_the_version_without_a_value_and_why(reported):
    scene, before = reported, reported.clock
    tick(scene)
    scene.submit()
    scene.approve()

    def rows(as_at=None):
        asked = Filters(
            measure="seen-in-time", care_group="acute", as_at=as_at, access=access(scene.team)
        )
        return cells(ACTUALS, asked)

    (now,) = rows()
    assert (now["value"], now["value_status"], now["is_current"]) == (None, "withdrawn", True)
    assert (now["version"], now["change_reason"]) == (2, "It was another ward’s")
    assert [row["value"] for row in rows(before)] == [Decimal(90)]


@pytest.fixture
def published(scene):
    plan = PlanFactory()
    return approved(
        scene.calls,
        scene.period.month.plus(-1),
        Decimal("82.4"),
        origin="published",
        printed_as="82.4",
        source_document=plan.source_document,
        known_from=scene.clock,
    )


def propose(scene, actual, *, by=None, reason="Of another trust"):
    by = by or scene.team
    return propose_withdrawal(
        actual_id=actual.pk, reason=reason, by=by, access=access(by), at=scene.tick()
    )


def decide(scene, actual, *, by, approves=True, reason=""):
    return decide_withdrawal(
        actual_id=actual.pk,
        approves=approves,
        reason=reason,
        by=by,
        access=access(by),
        at=scene.tick(),
    )


def test_a_published_figure_is_withdrawn_by_two_of_the_team(scene, published):
    before, second = scene.clock, performance_team()
    assert judged(scene, scene.calls) == [Decimal("82.4")]
    proposal = propose(scene, published)
    assert judged(scene, scene.calls) == [Decimal("82.4")]
    with pytest.raises(NotAllowed):
        decide(scene, proposal, by=scene.team)
    decide(scene, proposal, by=second)
    assert judged(scene, scene.calls) == []
    assert observed(scene.calls, before) == [Decimal("82.4")]
    assert not withdrawable().exists()
    assert not waiting_withdrawals().exists()
    kinds = {found.kind for found in findings()}
    assert not kinds & {"tampered", "approved by nobody", "missing version", "not as printed"}


def test_a_withdrawal_is_proposed_once_decided_once_and_refused_with_a_reason(scene, published):
    second = performance_team()
    with pytest.raises(NotAllowed):
        propose(scene, published, by=scene.lead)
    with pytest.raises(ChangeRefused, match="Enter why"):
        propose(scene, published, reason=" ")
    proposal = propose(scene, published)
    with pytest.raises(ChangeRefused, match="waiting already"):
        propose(scene, published, by=second)
    with pytest.raises(ChangeRefused, match="not withdrawn"):
        decide(scene, proposal, by=second, approves=False)
    decide(scene, proposal, by=second, approves=False, reason="It is ours")
    with pytest.raises(ChangeRefused, match="decided already"):
        decide(scene, proposal, by=second)
    assert observed(scene.calls) == [Decimal("82.4")]
    assert propose(scene, published).version == 3


def test_an_entered_figure_is_withdrawn_on_its_return_alone(reported):
    with pytest.raises(ChangeRefused, match="corrected or withdrawn"):
        propose(reported, Actual.objects.current().get(series=reported.ratio))


def test_the_page_walks_the_withdrawal_of_a_published_figure(scene, published, client):
    address = reverse("kpis:figures", args=["calls"])
    client.force_login(scene.team, backend=BACKEND)
    assert "82.4" in client.get(address).text
    refused = client.post(address, {"action": "propose", "figure": published.pk})
    assert (refused.status_code, "Enter why" in refused.text) == (409, True)
    asked = {"action": "propose", "figure": published.pk, "reason": "Of another trust"}
    assert "Someone else" in client.post(address, asked, follow=True).text
    proposal = waiting_withdrawals().get()
    own = client.post(address, {"action": "approve", "figure": proposal.pk})
    assert own.status_code == 403
    client.force_login(performance_team(), backend=BACKEND)
    done = client.post(address, {"action": "approve", "figure": proposal.pk}, follow=True)
    assert "never reported" in done.text
    assert "82.4" not in client.get(address).text
