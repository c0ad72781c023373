"""The words of a plan change with a reason, on a day, and past moments keep those of then."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed, for_everyone
from accounts.roles import Role
from board.exports.datasets import DATASETS
from kmpt_tracker.ui.tabular import Format
from kpis.assessments.integrity import findings
from kpis.dated_changes.decide import ChangeRefused
from kpis.models import Target, TextChange
from kpis.plan_texts.change import (
    TextsMoved,
    approve_text,
    change_texts,
    reject_text,
    withdraw_text,
)
from kpis.plans.contents import contents
from kpis.plans.remarks import remark_words
from kpis.plans.texts import KINDS, texts_of
from strategy.exports.filters import Filters
from strategy.models import Outcome, Plan, PlanStatement, QualityPriority, Risk
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory
from tests.factories.people import access, performance_team, person
from tests.factories.plans import (
    AmbitionFactory,
    ObjectiveFactory,
    PlanFactory,
    TrustFactory,
)
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2099, 9, 1, 9, tzinfo=UTC)  # after every row of this test was recorded
BECAUSE = "The board asked for plain words"


@kept
def plan():
    """A plan with one row of every kind that has a text."""
    TrustFactory()
    plan = PlanFactory(
        code="caring",
        title="Caring",
        mission="To care",
        starts_on=date(2025, 4, 1),
        ends_on=date(2028, 3, 31),
    )
    ambition = AmbitionFactory(plan=plan, position=1, title="People we care for", statement="All")
    objective = ObjectiveFactory(
        plan=plan, ambition=ambition, reference="1.1", position=1, title="Care in time"
    )
    Outcome.objects.create(objective=objective, position=1, statement="Nobody waits")
    objective.actions.create(position=1, statement="Open a desk")
    PlanStatement.objects.create(plan=plan, position=1, kind="policy", text="As policy asks")
    QualityPriority.objects.create(plan=plan, position=1, domain="Safety", statement="Safe wards")
    Risk.objects.create(plan=plan, position=1, kind="quality", description="Too few nurses")
    measure = MeasureFactory(code="seen", name="Seen in time")
    SeriesFactory(measure=measure)
    TargetFactory(
        plan=plan,
        objective=objective,
        measure=measure,
        statement="95% are seen in time",
        value=Decimal(95),
    )
    return plan


@pytest.fixture
def people():
    return performance_team(first_name="Priya"), performance_team(first_name="Tom")


def row_of(plan, kind):
    return KINDS[kind].of(plan).get()


def changed(plan, kind, by, *, field="", new="Other words", at=AT, seen=None, reason=BECAUSE):
    row = row_of(plan, kind)
    field = field or type(row).texts[0]
    return change_texts(
        plan_id=plan.pk,
        kind=kind,
        row_id=row.pk,
        typed={field: new},
        seen=seen if seen is not None else texts_of(row),
        reason=reason,
        by=by,
        access=access(by),
        at=at,
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "target"])
def test_a_text_changes_at_once_and_says_who_when_why_and_from_what(plan, people, kind):
    field = type(row_of(plan, kind)).texts[0]
    was, found = texts_of(row_of(plan, kind))[field], set(findings())
    (change,) = changed(plan, kind, people[0])
    change.refresh_from_db()
    assert texts_of(row_of(plan, kind))[field] == "Other words"
    assert (change.old, change.new, change.reason) == (was, "Other words", BECAUSE)
    assert (change.proposed_by, change.decided_by, change.decided_at) == (people[0], people[0], AT)
    event = AuditEvent.objects.get(action="plan text changed")
    assert event.changes == [{"field": field, "old": was, "new": "Other words"}]
    assert event.given.text == BECAUSE
    new = {row for row in findings() if row.kind not in ("stale", "no provenance")} - found
    assert not new


def test_a_commitment_takes_two_and_stays_as_it_is_until_then(plan, people):
    one, two = people
    (change,) = changed(plan, "target", one)
    assert row_of(plan, "target").statement == "95% are seen in time"
    with pytest.raises(NotAllowed):
        approve_text(change_id=change.pk, by=one, access=access(one), at=AT)
    later = AT + timedelta(days=3)
    approve_text(change_id=change.pk, by=two, access=access(two), at=later)
    change.refresh_from_db()
    assert row_of(plan, "target").statement == "Other words"
    assert (change.effective_from, change.decided_by) == (later.date(), two)
    with pytest.raises(ChangeRefused, match="approved already"):
        approve_text(change_id=change.pk, by=two, access=access(two), at=later)


def test_other_targets_change_at_once(plan, people):
    Target.objects.update(role="interim")
    changed(plan, "target", people[0])
    assert row_of(plan, "target").statement == "Other words"


def test_targets_that_share_a_statement_change_together(plan, people):
    one, two = people
    first = row_of(plan, "target")
    TargetFactory(
        plan=plan, objective=first.objective, measure=first.measure, statement=first.statement
    )
    made = change_texts(
        plan_id=plan.pk,
        kind="target",
        row_id=first.pk,
        typed={"statement": "Seen by somebody"},
        seen=texts_of(first),
        reason=BECAUSE,
        by=one,
        access=access(one),
        at=AT,
    )
    assert len(made) == 2
    approve_text(change_id=made[1].pk, by=two, access=access(two), at=AT)
    assert set(Target.objects.values_list("statement", flat=True)) == {"Seen by somebody"}
    assert not TextChange.objects.filter(outcome="proposed").exists()


def test_what_is_not_approved_or_withdrawn_changes_nothing(plan, people):
    one, two = people
    (change,) = changed(plan, "target", one)
    with pytest.raises(ChangeRefused, match="already waiting"):
        changed(plan, "target", two, new="Yet others")
    with pytest.raises(ChangeRefused, match="why the change is not approved"):
        reject_text(change_id=change.pk, reason=" ", by=two, access=access(two), at=AT)
    reject_text(change_id=change.pk, reason="Not agreed", by=two, access=access(two), at=AT)
    (again,) = changed(plan, "target", one)
    with pytest.raises(NotAllowed):
        withdraw_text(change_id=again.pk, by=two, access=access(two), at=AT)
    withdraw_text(change_id=again.pk, by=one, access=access(one), at=AT)
    assert row_of(plan, "target").statement == "95% are seen in time"


@pytest.mark.parametrize(
    ("typed", "reason", "field", "says"),
    [
        ("Care in time", BECAUSE, "title", "Change the text"),
        ("", BECAUSE, "title", "is not emptied"),
        ("x" * 401, BECAUSE, "title", "400 characters or fewer"),
        ("Other", "  ", "reason", "why the text changes"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_box(plan, people, typed, reason, field, says):
    with pytest.raises(ChangeRefused, match=says) as refused:
        changed(plan, "objective", people[0], new=typed, reason=reason)
    assert refused.value.field == field
    assert not TextChange.objects.exists()


def test_two_people_and_one_text(plan, people):
    one, two = people
    seen = texts_of(row_of(plan, "objective"))
    changed(plan, "objective", one, new="Care at once")
    with pytest.raises(TextsMoved) as refused:
        changed(plan, "objective", two, new="Care soon", seen=seen)
    assert "Care at once" in str(refused.value)
    assert "Care soon" in str(refused.value)
    # What one left alone takes what the other saved.
    changed(plan, "objective", two, field="statement", new="We care", seen=seen)
    row = row_of(plan, "objective")
    assert (row.title, row.statement) == ("Care at once", "We care")


@pytest.mark.any_database
@pytest.mark.parametrize("kind", list(KINDS))
def test_pages_and_files_as_known_before_keep_their_words(client, plan, people, kind):
    one, two = people
    client.force_login(person(Role.ANALYST, username="reads"))
    before = timezone.now()
    told, filed = pages(client, before), files(before)
    for change in changed(plan, kind, one, new="Quite other words", at=timezone.now()):
        if change.needs_second_person:
            approve_text(change_id=change.pk, by=two, access=access(two), at=timezone.now())
    assert pages(client, before) == told
    assert files(before) == filed
    assert "Quite other words" in str(pages(client, None))
    assert "Quite other words" in str(files(None))
    assert "Quite other words" not in str(told) + str(filed)


def pages(client, known_at):
    found = {}
    plan = Plan.objects.get(code="caring")
    sections = [f"/plans/caring/{chapter.url}" for chapter in contents(plan, known_at)]
    assert len(sections) == 4
    for address in (*ADDRESSES, *sections):
        path, _, query = address.partition("?")
        asked = dict(part.split("=") for part in query.split("&") if part)
        asked |= {"as_at": f"{known_at:%Y-%m-%dT%H:%M:%S.%fZ}"} if known_at else {}
        response = client.get(path, asked)
        assert response.status_code == 200, (address, response.content[:400])
        text = response.content.decode()
        found[address] = re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"', "", text)
    return found


def files(known_at):
    return {
        name: b"".join(DATASETS[name].file(Filters(as_at=known_at), Format.CSV)).decode()
        for name in NAMED
    }


ADDRESSES = (
    "/plans/",
    "/plans/caring/",
    "/plans/caring/objectives/1.1/",
    "/plans/caring/ambitions/1/",
    "/measures/seen/",
    "/measures/",
    "/?plan=caring",
)
NAMED = (
    "plans",
    "objectives",
    "outcomes",
    "actions",
    "targets",
    "preambles",
    "statements",
    "quality_priorities",
    "risks",
)


def test_a_change_is_written_once(plan, people):
    (change,) = changed(plan, "plan", people[0], new="Caring for all")
    for spoilt in ({"new": "x"}, {"reason": "x"}, {"decided_at": AT + timedelta(days=1)}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            TextChange.objects.filter(pk=change.pk).update(**spoilt)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change.delete()


def test_only_those_who_may_edit_plans(client, plan):
    for role in (Role.ANALYST, Role.BOARD_MEMBER, Role.BOARD_SECRETARY, Role.CARE_GROUP_LEAD):
        someone = person(role, username=role.value)
        with pytest.raises(NotAllowed):
            changed(plan, "plan", someone)
        client.force_login(someone)
        assert client.get("/plans/caring/texts/").status_code == 403
        assert client.post(f"/plans/caring/texts/plan/{plan.pk}/", {}).status_code == 403


def form_of(client, address):
    """The boxes of the form, as its page shows them."""
    form = client.get(address).context["form"]
    return {name: form.initial.get(name, "") for name in form.fields}


def test_the_form_changes_a_text_and_its_page_lists_the_change(client, plan, people):
    client.force_login(people[0])
    address = f"/plans/caring/texts/objective/{row_of(plan, 'objective').pk}/"
    boxes = form_of(client, address)
    empty = client.post(address, {**boxes, "title": "Care at once"})
    assert "Enter why the text changes" in empty.content.decode()
    sent = {**boxes, "title": "Care at once", "reason": BECAUSE}
    assert client.post(address, sent).status_code == 302
    page = client.get("/plans/caring/texts/").content.decode()
    assert "“Care in time” → “Care at once”" in page
    assert BECAUSE in page
    again = client.post(address, {**sent, "title": "Care soon"})
    assert again.status_code == 409
    assert "You, in another tab, saved “Care at once”" in again.content.decode()
    # Saved again on top of what was saved meanwhile.
    form = again.context["form"]
    assert client.post(address, {**form.data}).status_code == 302
    assert row_of(plan, "objective").title == "Care soon"


def test_a_second_person_finds_the_words_of_a_commitment_to_agree(client, plan, people):
    one, two = people
    (change,) = changed(plan, "target", one)
    client.force_login(two)
    assert "the words of a promise of Caring" in client.get("/todo/").content.decode()
    address = "/plans/caring/texts/"
    client.force_login(one)
    own = client.post(address, {"action": "approve", "change": change.pk})
    assert own.status_code == 403
    client.force_login(two)
    unsaid = client.post(address, {"action": "reject", "change": change.pk})
    assert unsaid.status_code == 409
    assert client.post(address, {"action": "approve", "change": change.pk}).status_code == 302
    assert row_of(plan, "target").statement == "Other words"
    late = client.post(address, {"action": "approve", "change": change.pk})
    assert late.status_code == 409


def test_what_changed_lists_it_and_the_record_has_both_texts(client, plan, people):
    changed(plan, "plan", people[0], field="mission", new="To care for all", at=timezone.now())
    client.force_login(person(Role.ANALYST, username="reads"))
    today = timezone.localdate()
    page = client.get("/changes/", {"plan": "caring", "from": f"{today - timedelta(days=40)}"})
    text = page.content.decode()
    for words in ("Plan, mission", "To care", "To care for all", BECAUSE, "Priya"):
        assert words in text
    rows = b"".join(DATASETS["changes"].file(Filters(), Format.CSV)).decode()
    assert "mission,To care,To care for all" in rows


def test_everyone_reads_the_day_and_the_words_but_no_name_and_no_reason(plan, people):
    (change,) = changed(plan, "objective", people[0])
    change.refresh_from_db()
    assert remark_words(change) == (
        f"Objective, title changed on 1 Sep 2099 by Priya, because: {BECAUSE}. "
        "Before: “Care in time”."
    )
    with for_everyone():
        public = remark_words(change)
    assert public == "Objective, title changed on 1 Sep 2099. Before: “Care in time”."


def test_texts_take_as_many_queries_for_a_long_plan(
    client, plan, people, django_assert_max_num_queries
):
    client.force_login(people[0])
    with django_assert_max_num_queries(25) as few:
        client.get("/plans/caring/texts/")
    PlanStatement.objects.bulk_create(
        PlanStatement(plan=plan, position=place, kind="policy", text=f"Text {place}")
        for place in range(2, 60)
    )
    with django_assert_max_num_queries(len(few)):
        client.get("/plans/caring/texts/")
