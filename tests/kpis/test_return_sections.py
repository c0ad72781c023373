"""The trust's return in sections by the owner of its measures; memberships for named measures."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from kpis.completion.effects import effects_of
from kpis.completion.lock import send_corrections_back
from kpis.fixtures.illustrative import clear_illustrative_measures, illustrate_owners
from kpis.models import (
    Actual,
    Measure,
    NamedMeasure,
    ReportingPeriod,
    Return,
    ReturnCell,
    ReturnSection,
    Series,
)
from kpis.returns import approve as approval
from kpis.returns import recall as recalling
from kpis.returns import submit as submitting
from kpis.returns.cells import CellText
from kpis.returns.in_hand import find_return
from kpis.returns.merging import CellEntry
from kpis.returns.nil import submit_nil
from kpis.returns.overview import every_return
from kpis.returns.save import save_first_draft
from kpis.returns.sections import sections_due, sections_for
from kpis.returns.states import ReturnRefused
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, ReportingPeriodFactory, SeriesFactory
from tests.factories.people import MembershipFactory, access, lead_of, performance_team
from tests.factories.plans import TrustFactory

REFUSED = ReturnRefused
MONTH = Month(2026, 9)
MONEY, PEOPLE = "director-of-finance", "director-of-people"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class World:
    trust: object
    rows: dict[str, Series]
    lead: object
    team: object
    clock: datetime = field(default=datetime(2026, 10, 5, 10, 0, tzinfo=UTC))

    def asked(self, by=None, **more):
        by = by or self.lead
        self.clock += timedelta(minutes=1)
        return {"by": by, "access": access(by), "at": self.clock, **more}

    def save(self, section="", by=None, **texts):
        entries = [self.entry(name, value) for name, value in texts.items()]
        return save_first_draft(
            month=MONTH, care_group=self.trust, entries=entries, **self.asked(by, section=section)
        )

    def entry(self, name, value):
        series = self.rows[name]
        cell = ReturnCell.objects.filter(series=series).first()
        why = "Recount" if cell else ""
        text = CellText(value=value, change_reason=why)
        return CellEntry(series.pk, cell.version if cell else 0, text)

    def part(self, section) -> Return:
        period = Return.objects.get().period
        return find_return(period=period, care_group=self.trust, section=section)

    def do(self, verb, section, by=None, **more):
        part = self.part(section)
        return verb(
            submission_id=part.pk, version=part.version, **self.asked(by, section=section, **more)
        )

    def submit(self, section, by=None):
        return self.do(submitting.submit, section, by)

    def approve(self, section, **more):
        return self.do(approval.approve, section, self.team, **more)

    def listed(self):
        (row,) = [row for row in every_return(MONTH, MONTH, now=self.clock) if row.submission]
        return row


@pytest.fixture
def world(db):
    trust = TrustFactory()
    rows = {}
    for name, owner in (
        ("cost", "Director of Finance"),
        ("savings", "Director of Finance"),
        ("staff", "Director of People"),
    ):
        measure = MeasureFactory(
            code=name, name=name.capitalize(), owner=owner,
            collection_level=Measure.CollectionLevel.TRUST,
        )  # fmt: skip
        rows[name] = SeriesFactory(measure=measure, care_group=trust)
    ReportingPeriodFactory(month=MONTH)
    return World(trust, rows, lead_of(trust), performance_team())


def test_each_section_goes_its_own_way_and_the_return_stands_as_the_least_advanced(world):
    world.save(MONEY, cost="12", savings="30")
    assert world.listed().status_label == "Not started"
    assert world.submit(MONEY) == []
    assert world.listed().status_label == "Not started, 1 section waiting"
    assert (world.listed().entered, world.listed().due) == (2, 3)
    world.approve(MONEY)
    assert {row.value for row in Actual.objects.current()} == {12, 30}
    assert (world.part(MONEY).status, world.part(PEOPLE).status) == ("approved", "not_started")
    assert world.listed().submission.approved_at is None
    world.save(PEOPLE, staff="400")
    assert [item.field for item in world.submit(PEOPLE)] == []
    assert world.listed().status == "submitted"
    first = world.clock
    world.do(approval.send_back, PEOPLE, world.team, reason="Check the bank staff")
    assert world.listed().status == "returned"
    world.save(PEOPLE, staff="401")
    world.submit(PEOPLE)
    world.approve(PEOPLE)
    whole = Return.objects.get()
    assert (whole.status, whole.approved_at) == ("approved", world.clock)
    assert whole.submitted_at == first
    assert whole.approved_by == world.team
    keys = set(AuditEvent.objects.values_list("object_key", flat=True))
    assert keys == {f"2026-09 trust {MONEY}", f"2026-09 trust {PEOPLE}"}


def test_one_section_neither_submits_nor_withdraws_what_is_in_another(world):
    world.save(MONEY, cost="12", savings="30")
    world.save(PEOPLE, staff="400")
    world.submit(MONEY)
    world.submit(PEOPLE)
    world.do(recalling.recall, MONEY)
    assert (world.part(MONEY).status, world.part(PEOPLE).status) == ("draft", "submitted")
    assert list(Actual.objects.filter(decisions__isnull=True)) == [
        Actual.objects.get(series=world.rows["staff"])
    ]
    world.approve(PEOPLE)
    with pytest.raises(REFUSED, match="Choose a section of this return: Director of Finance, Dir"):
        world.submit("")
    with pytest.raises(REFUSED, match="Choose a section"):
        world.part("nonsense")


def test_a_correction_of_one_section_waits_and_goes_back_when_the_month_is_locked(world):
    world.save(MONEY, cost="12", savings="30")
    world.submit(MONEY)
    world.approve(MONEY)
    world.save(MONEY, cost="13")
    world.submit(MONEY)
    assert world.part(MONEY).status == "approved"
    who = {"by": world.team, "at": world.clock, "reason": "The month was locked"}
    assert send_corrections_back(Return.objects.get(), **who) == 1
    assert Actual.objects.get(value=13).decisions.get().outcome == "returned"


def test_what_comes_without_a_section_is_saved_in_the_sections_of_its_rows(world):
    """As an import does."""
    saved = world.save(cost="12", staff="400")
    assert len(saved.changed) == 2
    assert set(ReturnSection.objects.values_list("code", "status")) == {
        (MONEY, "draft"),
        (PEOPLE, "draft"),
    }
    assert world.listed().status == "draft"


def test_a_section_may_be_nil(world):
    assert submit_nil(
        month=MONTH, care_group=world.trust, reason="Year end", **world.asked(section=PEOPLE)
    ) == []  # fmt: skip
    assert (world.part(PEOPLE).status, world.part(PEOPLE).is_nil) == ("submitted", True)
    assert world.part(MONEY).status == "not_started"
    assert not Return.objects.get().is_nil


def test_a_return_approved_before_there_were_owners_stays_approved(world):
    Measure.objects.update(owner="")
    world.save(cost="12", savings="30", staff="400")
    world.submit("")
    world.approve("")
    for series in world.rows.values():
        owner = "Director of People" if series == world.rows["staff"] else "Director of Finance"
        Measure.objects.filter(pk=series.measure_id).update(owner=owner)
    assert [world.part(code).status for code in (MONEY, PEOPLE)] == ["approved", "approved"]
    world.save(PEOPLE, staff="401")
    assert world.submit(PEOPLE) == []
    assert Return.objects.get().status == "approved"
    assert world.part(MONEY).status == "approved"


def test_whoever_has_named_measures_enters_and_submits_only_these(world):
    person = lead_of(world.trust)
    membership = person.memberships.get()
    NamedMeasure.objects.create(membership=membership, measure=world.rows["staff"].measure)
    with pytest.raises(REFUSED, match="Cost is entered by somebody else"):
        world.save(MONEY, by=person, cost="12")
    world.save(MONEY, cost="12", savings="30")
    with pytest.raises(REFUSED, match="Entered by somebody else, who submits it: Cost, Savings"):
        world.submit(MONEY, by=person)
    world.save(PEOPLE, by=person, staff="400")
    assert world.submit(PEOPLE, by=person) == []
    shown = sections_for(world.part(MONEY), person)
    assert [part.words for part in shown] == [
        "Director of People: submitted, yours",
        "Director of Finance: draft",
    ]
    NamedMeasure.objects.update(ends_on=world.clock.date())
    with pytest.raises(REFUSED, match="Staff is entered by somebody else"):
        world.save(PEOPLE, by=person, staff="401")
    # A second membership that names no measure is for all measures.
    MembershipFactory(user=person, care_group=world.trust, starts_on="2016-01-01")
    world.save(MONEY, by=person, cost="13")


def test_the_page_opens_the_readers_own_section_and_the_review_the_one_that_waits(world, client):
    address = f"/returns/{MONTH}/trust/"
    client.force_login(world.lead, backend=BACKEND)
    page = client.get(address, follow=True)
    assert page.redirect_chain == [(f"{address}?section={MONEY}", 302)]
    assert "Cost" in page.text
    assert "Staff" not in page.text.partition("<tbody")[2]
    assert f"{address}?section={PEOPLE}" in page.text
    series = world.rows["cost"].pk
    sent = {f"s{series}-version": "0", f"s{series}-value": "12", "action": "save"}
    saved = client.post(f"{address}?section={MONEY}", sent, follow=True)
    assert saved.redirect_chain == [(f"{address}?section={MONEY}", 302)]
    assert ReturnCell.objects.get().value == 12
    assert client.get(f"{address}?section=nonsense").status_code == 404
    world.save(PEOPLE, staff="400")
    world.submit(PEOPLE)
    client.force_login(world.team, backend=BACKEND)
    page = client.get(f"{address}review/", follow=True)
    assert page.redirect_chain == [(f"{address}review/?section={PEOPLE}", 302)]
    assert "Review: Trust-wide, Director of People" in page.text
    decision = {"do": "approve", "version": world.part(PEOPLE).version}
    client.post(f"{address}review/?section={PEOPLE}", decision)
    assert world.part(PEOPLE).status == "approved"


def test_a_draft_keeps_itself_in_its_section_while_another_is_submitted(world, client):
    world.save(PEOPLE, staff="400")
    world.submit(PEOPLE)
    client.force_login(world.lead, backend=BACKEND)
    page = client.get(f"/returns/{MONTH}/trust/?section={MONEY}").text
    address = f"/returns/{MONTH}/trust/draft/?section={MONEY}"
    assert f'data-keep="{address}"' in page
    series = world.rows["cost"].pk
    sent = {f"s{series}-version": "0", f"s{series}-value": "12"}
    answer = client.post(address.replace("draft", "result"), sent)
    assert "<b>12</b>" in " ".join(answer.text.split())
    assert client.post(address, sent).json()["said"].startswith("Draft saved")
    assert ReturnCell.objects.get(series=series).value == 12
    assert (world.part(MONEY).status, world.part(PEOPLE).status) == ("draft", "submitted")


def test_a_change_of_owners_moves_no_row_of_a_month_whose_entry_has_closed(world):
    world.save(MONEY, cost="12", savings="30")
    world.submit(MONEY)
    measure = world.rows["savings"].measure
    measure.owner = "Director of Estates"
    measure.save()
    assert list(sections_due(world.part(MONEY))) == [MONEY, PEOPLE]
    period = ReportingPeriodFactory(month=MONTH.plus(1))
    ReportingPeriod.objects.filter(pk=period.pk).update(
        **dict.fromkeys(
            ("closes_at", "sign_off_at", "freezes_at"), timezone.now() + timedelta(days=1)
        )
    )
    period.refresh_from_db()
    still_open = Return(period=period, care_group=world.trust)
    assert list(sections_due(still_open)) == ["director-of-estates", MONEY, PEOPLE]


def test_a_correction_in_an_approved_section_is_counted_while_others_are_unfinished(world):
    world.save(MONEY, cost="12", savings="30")
    world.submit(MONEY)
    world.approve(MONEY)
    world.save(MONEY, cost="14")
    world.submit(MONEY)
    listed = world.listed()
    assert listed.status_label == "Not started, 1 correction waiting"
    assert listed.waits
    effects = effects_of(Return.objects.get().period, at=world.clock)
    assert [group.corrections for group in effects.groups] == [1]
    world.approve(MONEY)
    assert world.listed().status_label == "Not started"


def test_made_up_owners_divide_what_nobody_answers_for_and_leave_with_the_made_up_figures(world):
    SeriesFactory(measure=MeasureFactory(code="unowned"), care_group=world.trust)

    def sections() -> set[str]:
        period = ReportingPeriod.objects.get()
        return set(sections_due(find_return(period=period, care_group=world.trust)).values())

    owned = {"Director of Finance", "Director of People"}
    assert sections() == owned | {"No owner named"}
    made_up = {"unowned": "Director of Digital", "cost": "Somebody else", "nothing": "Nobody"}
    assert (illustrate_owners(made_up), illustrate_owners(made_up)) == (1, 0)
    assert sections() == owned | {"Director of Digital (illustrative)"}
    clear_illustrative_measures(at=world.clock)
    assert sections() == owned | {"No owner named"}
