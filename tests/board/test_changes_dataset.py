"""The record of changes as a dataset: what it says of drafts is for those who may read these."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from accounts import audit
from accounts.permissions import Access
from accounts.roles import Capability, Role, roles_with
from board.exports.datasets import DATASETS
from cip.models import QualityImpactAssessment
from kpis.promises.promise import Promise
from kpis.workbench.dropped import drop_promise, keep_promise
from kpis.workbench.lines import NewLine, add_lines, remove_line
from kpis.workbench.start import Header, discard_draft, start_draft
from strategy.exports.filters import Filters
from tests.factories.measures import ReturnFactory, TargetFactory
from tests.factories.people import access, performance_team
from tests.factories.plans import PlanFactory

AT = datetime(2025, 9, 1, 9, 30, tzinfo=UTC)
READERS = roles_with(Capability.USE_DATASETS)


def actions_read(role: Role) -> set[str]:
    filters = Filters(access=Access(roles=frozenset({role})))
    return {row.event.action for row in DATASETS["changes"].rows(filters)}


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("action", ["draft saved", "submitted", "corrections submitted"])
def test_what_was_typed_into_a_return_is_no_change_for_those_without_drafts(world, role, action):
    typed = [audit.FieldChange.of("seen-in-time", "", "45")]
    with transaction.atomic():
        submission = ReturnFactory(care_group=world.acute)
        for act in (action, "approved"):
            audit.record(at=AT, by=None, action=act, obj=submission, changes=typed)
    assert "approved" in actions_read(role)
    assert (action in actions_read(role)) == (role in roles_with(Capability.READ_DRAFTS))


@pytest.mark.parametrize("role", READERS)
def test_the_next_plan_is_no_change_for_those_who_do_not_draft_it(db, role):
    before = PlanFactory(code="before", starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    ended = TargetFactory(plan=before)
    author = performance_team()
    by = {"by": author, "access": access(author), "at": AT}
    header = Header(
        title="The next plan",
        starts_on=date(2026, 4, 1),
        ends_on=date(2029, 3, 31),
        document="Strategy 2026 to 2029",
    )
    draft = start_draft(code="next", header=header, follows_id=before.pk, copies=False, **by)
    lines = [
        NewLine(kind="ambition", promise=Promise(statement=words)) for words in ("First", "Second")
    ]
    add_lines(draft_id=draft.pk, lines=lines, **by)
    remove_line(line_id=draft.lines.first().pk, **by)
    dropped = {"draft_id": draft.pk, "ended_id": ended.pk}
    drop_promise(**dropped, reason="Counted by others", **by)
    keep_promise(**dropped, **by)
    discard_draft(draft_id=draft.pk, **by)
    drafting = {
        "plan draft started",
        "plan draft lines added",
        "plan draft line removed",
        "promise dropped",
        "promise dropped no longer",
        "plan draft given up",
    }
    with transaction.atomic():
        audit.record(at=AT, by=author, action="plan adopted", obj=draft, key="next")
    found = actions_read(role)
    assert "plan adopted" in found
    assert found & drafting == (drafting if role in roles_with(Capability.EDIT_PLANS) else set())


@pytest.mark.parametrize("role", READERS)
def test_scores_of_an_assessment_are_no_change_before_its_panel_decided(db, role):
    scored = [audit.FieldChange.of("patient_safety.likelihood", 2, 4)]
    with transaction.atomic():
        for act in ("assessment saved", "panel decision recorded"):
            audit.record(
                at=AT, by=None, action=act, obj=QualityImpactAssessment(), key="x", changes=scored
            )
    found = actions_read(role)
    assert "panel decision recorded" in found
    assert ("assessment saved" in found) == (role is Role.FINANCE_PMO)
