"""Who answers for what a draft promises: named in its outline, from the day of the plan on."""

from datetime import UTC, date, datetime

import pytest

from accounts.permissions import for_everyone
from kpis.assessments.as_known import Known
from kpis.judging.history import Clock
from kpis.models import DraftLine, Measure, PlannedOwner, Target
from kpis.plans.status import plan_status
from kpis.promises.promise import Promise
from kpis.set_up.change import take_over_owners
from kpis.workbench.adopt import propose_draft
from kpis.workbench.lines import NewLine, add_lines, save_line
from kpis.workbench.locked import DraftRefused
from kpis.workbench.outline import outline_of
from strategy.models import Objective
from strategy.periods import Month
from tests.factories.people import access, performance_team
from tests.factories.plans import TrustFactory
from tests.kpis.drafting import AT, LATER, adopted, author, begin, ended, finished, proposed
from tests.kpis.test_plan_text_kept import boxes

__all__ = ["author", "ended"]
pytestmark = pytest.mark.django_db


def post(client, line, **boxes):
    page = client.get("/plans/next/edit/", {"line": line.pk})
    shown = {name: value or "" for name, value in page.context["form"].initial.items()}
    sent = {**shown, "action": "save", "line": line.pk, "source_section": "Page 3", **boxes}
    return client.post("/plans/next/edit/", sent)


def test_the_owner_of_a_measure_is_another_from_the_day_of_the_plan(client, ended, author):
    draft = finished(author, ended)
    line = draft.lines.filter(kind="promise").first()
    Measure.objects.filter(pk=line.measure_id).update(owner="Medical Director")
    client.force_login(author)
    assert post(client, line).status_code == 302
    line.refresh_from_db()
    assert line.owner == ""  # the box showed the owner of the measure
    both = "Chief Nurse and Chief Operating Officer"
    assert post(client, line, owner=both).status_code == 302
    page = " ".join(client.get("/plans/next/edit/").content.decode().split())
    assert f"Owner: {both}, now Medical Director" in page
    assert Measure.objects.get(pk=line.measure_id).owner == "Medical Director"
    draft.refresh_from_db()
    adopted(proposed(draft, author), performance_team())
    assert Measure.objects.get(pk=line.measure_id).owner == "Medical Director"
    planned = PlannedOwner.objects.get(measure=line.measure_id)
    assert (planned.owner, planned.starts_on) == (both, date(2026, 4, 1))
    assert take_over_owners(at=datetime(2026, 4, 1, 9, tzinfo=UTC)) == 1
    assert Measure.objects.get(pk=line.measure_id).owner == both


def test_a_plan_that_opens_today_changes_the_owner_at_once(client, ended, author):
    draft = finished(author, ended)
    line = draft.lines.filter(kind="promise").first()
    DraftLine.objects.filter(pk=line.pk).update(owner="Chief Nurse")
    at = datetime(2026, 4, 3, 9, tzinfo=UTC)
    proposed(draft, author, adopts_on=date(2026, 4, 3), at=at)
    adopted(draft, performance_team(), at=at)
    measure = Measure.objects.get(pk=line.measure_id)
    assert measure.owner == "Chief Nurse"
    assert measure.history.latest().owner == "Chief Nurse"
    assert not PlannedOwner.objects.exists()


def test_two_promises_of_one_measure_cannot_name_two_owners(ended, author):
    draft = finished(author, ended)
    first, second = draft.lines.filter(kind="promise").order_by("position")
    DraftLine.objects.filter(pk=first.pk).update(owner="Chief Nurse")
    DraftLine.objects.filter(pk=second.pk).update(owner="Chief Executive", measure=first.measure)
    stops = [line.stops for line in outline_of(draft, now=AT).promises]
    assert all("name several owners: Chief Executive; Chief Nurse" in row[-1] for row in stops)
    with pytest.raises(DraftRefused, match="not finished"):
        propose_draft(
            draft_id=draft.pk,
            version=draft.version,
            adopts_on=date(2026, 4, 1),
            decision="Board",
            by=author,
            access=access(author),
            at=AT,
        )
    DraftLine.objects.filter(pk=second.pk).update(owner="")
    assert not any(line.stops for line in outline_of(draft, now=AT).promises)


def test_a_promise_without_a_measure_and_an_objective_keep_their_own(client, ended, author):
    draft = finished(author, ended)
    objective = draft.lines.get(kind="objective")
    lines = [
        NewLine(kind="promise", parent_id=objective.pk, promise=Promise(statement=words))
        for words in ("Everyone is heard", "Nobody is turned away")
    ]
    heard, turned = add_lines(
        draft_id=draft.pk, lines=lines, by=author, access=access(author), at=AT
    )
    client.force_login(author)
    assert post(client, heard, owner="Director of People", finder="Head of data").status_code == 302
    assert post(client, turned, finder="Head of data").status_code == 302
    assert post(client, objective, owner="Chief Nurse").status_code == 302
    printed = " ".join(client.get("/plans/next/edit/?show=page").content.decode().split())
    assert "Owner: Chief Nurse" in printed
    assert "<td>Director of People</td>" in printed
    draft.refresh_from_db()
    plan = adopted(proposed(draft, author), performance_team())
    assert Target.objects.get(statement="Everyone is heard").owner == "Director of People"
    # Who finds a measure answers for the promise until somebody else is named.
    assert Target.objects.get(statement="Nobody is turned away").owner == "Head of data"
    month = Month.of(plan.ends_on)
    rows = plan_status(plan, month, Clock(now=LATER)).rows
    unmeasured = next(row for row in rows if row.target.statement == "Nobody is turned away")
    assert unmeasured.owner == "Head of data"
    with for_everyone():  # who may be a person, whom the public does not read
        assert unmeasured.owner == ""
    row = Objective.objects.get(plan=plan)
    assert row.owner == "Chief Nurse"
    page = client.get(row.get_absolute_url()).content.decode()
    assert "Owner: Chief Nurse" in page
    assert "Owner: Head of data" in page
    assert Target.objects.filter(plan=plan, measure__isnull=False, owner__isnull=False).count() == 0
    (known,) = Known(LATER).as_recorded([Target.objects.get(statement="Everyone is heard")])
    assert known.owner == "Director of People"


def test_the_owner_of_the_measure_before_is_not_given_to_another_measure(client, ended, author):
    draft = finished(author, ended)
    first, second = draft.lines.filter(kind="promise").order_by("position")
    Measure.objects.filter(pk=first.measure_id).update(owner="Medical Director")
    client.force_login(author)
    assert post(client, first, measure=str(second.measure_id)).status_code == 302
    first.refresh_from_db()
    assert (first.measure_id, first.owner) == (second.measure_id, "")


def test_the_next_draft_copies_the_owners_of_what_has_no_measure(ended, author):
    Objective.objects.filter(plan=ended).update(owner="Chief Nurse")
    first = Target.objects.filter(plan=ended).order_by("pk").first()
    Target.objects.filter(pk=first.pk).update(
        measure=None, value=None, operator="", value_is="", owner="Head of data"
    )
    draft = begin(author, ended)
    assert draft.lines.get(kind="objective").owner == "Chief Nurse"
    assert draft.lines.get(statement=first.statement).owner == "Head of data"
    line = draft.lines.filter(kind="promise").last()
    with pytest.raises(DraftRefused):
        save_line(
            line_id=line.pk,
            version=line.version,
            promise=Promise(statement=" "),
            number="",
            measure_id=line.measure_id,
            care_group_id=line.care_group_id,
            finder="",
            owner="Somebody",
            by=author,
            access=access(author),
            at=AT,
        )
    line.refresh_from_db()
    assert line.owner == ""


def test_an_owner_that_a_table_names_is_kept_with_its_line(client, author):
    TrustFactory()
    begin(author)
    client.force_login(author)
    text = (
        "Objective 1: A workforce that stays\n"
        "KPI\tBaseline 2025/26\tTarget 2026/27\tTarget 2027/28\tExecutive lead\n"
        "Turnover\t15%\t14%\t13%\tDirector of People\n"
        "Sickness\t6%\t5.5%\t5%\t\n"
    )
    page = client.post("/plans/next/edit/", {"action": "read", "text": text, "place": "Page 2"})
    assert "owner Director of People" in page.content.decode()
    sent = {"action": "take", "place": "Page 2", **boxes(page.content.decode())}
    client.post("/plans/next/edit/", sent)
    owners = dict(DraftLine.objects.filter(kind="promise").values_list("statement", "owner"))
    assert [*owners.values()] == ["Director of People", ""]
    line = DraftLine.objects.get(owner="Director of People")
    form = client.get("/plans/next/edit/", {"line": line.pk}).context["form"]
    assert form.initial["owner"] == "Director of People"
