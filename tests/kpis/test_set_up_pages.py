"""The pages on which a measure is set up, changed and ended."""

from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from kpis.models import DraftLine, Measure
from kpis.promises.promise import Promise
from kpis.workbench.lines import NewLine, add_lines
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import access, lead_of, performance_team, person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory
from tests.kpis.drafting import begin
from tests.kpis.test_set_up import COUNT, change, groups, make

__all__ = ["groups"]
pytestmark = pytest.mark.django_db
BOXES = {
    "name": "Urgent referrals seen in 24 hours",
    "kind": "quantitative",
    "unit": "percent",
    "decimals": "1",
    "numerator": "Seen within 24 hours",
    "denominator": "All urgent referrals",
    "direction": "higher_is_better",
    "judged_on": "month",
    "over_time": "ratio_of_sums",
    "year_end_month": "3",
    "collection_level": "care_group",
    "roll_up": "ratio_of_sums",
    "frequency": "monthly",
    "reason": "The board asked for it",
}


@pytest.fixture
def team_client(client):
    client.force_login(performance_team(), backend=BACKEND)
    return client


def test_a_measure_is_set_up_on_its_page_and_says_what_it_lacks(groups, team_client):
    sent = {**BOXES, "care_groups": [groups[0].pk, groups[1].pk], "action": "save"}
    sent |= {"cqc": ["Safe", "Well-led"], "risk": "BAF 12", "other_tags": "urgent care"}
    response = team_client.post("/measures/new/", sent)
    measure = Measure.objects.get()
    assert response["Location"] == f"/measures/{measure.code}/edit/"
    assert measure.tags == ["urgent care", "CQC: Safe", "CQC: Well-led", "Risk: BAF 12"]
    text = team_client.get(response["Location"]).content.decode()
    for lacks in ("Nobody answers for it", "never looked at", "Not reported by", "Nobody is named"):
        assert lacks in text
    assert "2 care groups report it every month." in text


def test_a_long_name_and_a_wrong_box_keep_what_was_typed(groups, team_client):
    sent = {**BOXES, "name": "n" * 200, "minimum": "about 5", "action": "save"}
    text = team_client.post("/measures/new/", sent).content.decode()
    assert "Name must be 160 characters or fewer" in text
    assert "n" * 200 in text
    assert "about 5" in text
    assert not Measure.objects.exists()
    sent = {**BOXES, "name": "n" * 160, "care_groups": [groups[0].pk], "action": "save"}
    assert team_client.post("/measures/new/", sent).status_code == 302


def test_the_example_answers_as_a_part_and_by_its_button(groups, team_client):
    sent = {**BOXES, "action": "try", "example_numerator": "45", "example_denominator": "50"}
    sent |= {"example_target": "85", "care_groups": [groups[0].pk]}
    part = team_client.post("/measures/new/", sent, headers={"X-Part": "example"})
    assert "90.0% against ≥ 85%" in part.content.decode()
    assert "On target" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "90.0% against ≥ 85%" in team_client.post("/measures/new/", sent).content.decode()
    assert not Measure.objects.exists()


def test_the_page_changes_what_it_may_and_conflicts_with_409(groups, team_client):
    team = performance_team()
    measure = make(COUNT, team)
    address = f"/measures/{measure.code}/edit/"
    form = team_client.get(address).context["form"]
    boxes = {name: form[name].value() for name in form.fields if form[name].value()}
    change(measure, team, data_source="Telephony")
    sent = {**boxes, "action": "save", "data_source": "Switchboard"}
    response = team_client.post(address, sent)
    assert response.status_code == 409
    assert "“Telephony”" in response.content.decode()
    again = {**sent, "seen": response.context["form"]["seen"].value()}
    assert team_client.post(address, again).status_code == 302
    measure.refresh_from_db()
    assert measure.data_source == "Switchboard"


def test_a_lead_and_a_board_member_are_refused(groups, client):
    measure = make(COUNT, performance_team())
    for reader in (lead_of(groups[0]), person(Role.BOARD_MEMBER)):
        client.force_login(reader, backend=BACKEND)
        for address in ("/measures/new/", f"/measures/{measure.code}/edit/"):
            assert client.get(address).status_code == 403
            assert client.post(address, BOXES).status_code == 403


def test_ending_on_its_page_asks_first(groups, team_client):
    measure = make(COUNT, performance_team())
    address = f"/measures/{measure.code}/edit/"
    sent = {"action": "end", "last_day": "31/3/2027", "reason": "Nobody asks any more"}
    response = team_client.post(address, sent)
    assert "Nothing is saved yet" in response.content.decode()
    confirmed = response.context["end"]["confirmed"].value()
    assert team_client.post(address, {**sent, "confirmed": confirmed}).status_code == 302
    measure.refresh_from_db()
    assert measure.valid_to == date(2027, 4, 1)
    assert "is counted until 31 Mar 2027" in team_client.get(address).content.decode()


def test_the_page_asks_as_often_with_twenty_series_as_with_two(groups, team_client):
    numbers = []
    for count in (2, 20):
        measure = MeasureFactory(collection_level="care_group", roll_up="sum")
        SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="roll_up")
        for place in range(count):
            group = CareGroupFactory(code=f"g{count}-{place}", position=place + 10)
            series = SeriesFactory(measure=measure, care_group=group)
            approved(series, Month.of(timezone.localdate()).plus(-2), place + 1)
            TargetFactory(measure=measure, plan=PlanFactory(code=f"plan-{count}-{place}"))
        team_client.get(f"/measures/{measure.code}/edit/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert team_client.get(f"/measures/{measure.code}/edit/").status_code == 200
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


def test_what_is_promised_of_the_trust_needs_a_figure_of_the_trust(client):
    group = CareGroupFactory()
    TrustFactory()
    measure = MeasureFactory(collection_level="care_group", code="seen", owner="Chief Nurse")
    SeriesFactory(measure=measure, care_group=group)
    TargetFactory(measure=measure, plan=PlanFactory(), statement="Everybody is seen")
    client.force_login(performance_team(), backend=BACKEND)
    page = client.get("/measures/seen/edit/").content.decode()
    assert "“Everybody is seen” is asked of Trust-wide, which has no figure of it" in page
    assert "/measures/new/?follows=seen" in page


@pytest.mark.parametrize(
    ("words", "boxes"),
    [
        ("At least 95% of patients are seen in four hours", ("percent", "higher_is_better")),
        ("Agency spending of no more than £1.2m", ("pounds_million", "lower_is_better")),
        ("Between 85% and 92% of beds are in use", ("percent", "band")),
        ("A rise of 10% on last year in referrals", ("", "higher_is_better")),
        ("At least 8.5 out of 10 from patients", ("", "higher_is_better")),
        ("Staff feel that they are listened to", ("", "")),
    ],
)
def test_a_measure_is_set_up_for_a_promise_of_a_draft(groups, team_client, words, boxes):
    line = outlined(words)
    page = team_client.get(f"/measures/new/?for={line.pk}")
    form = page.context["form"]
    assert (form["unit"].value() or "", form["direction"].value() or "") == boxes
    assert not form["name"].value(), "its name is nobody's to guess"
    assert words in unescape(page.content.decode())
    sent = {**BOXES, "care_groups": [groups[0].pk], "action": "save"}
    response = team_client.post(f"/measures/new/?for={line.pk}", sent)
    measure = Measure.objects.get()
    assert f"?line={line.pk}&measure={measure.code}#edit" in response["Location"]
    form = team_client.get(response["Location"]).context["form"]
    assert form["measure"].value() == str(measure.pk)
    line.refresh_from_db()
    assert line.measure is None, "a person keeps the line"


@pytest.mark.parametrize("key", ["0", "x", "²", "9" * 30])
def test_no_measure_is_set_up_for_a_promise_that_is_not_there(groups, team_client, key):
    line = outlined("At least 95%")
    response = team_client.get("/measures/new/", {"for": key})
    assert response.status_code == 400
    assert "No draft has a promise of that number" in response.content.decode()
    DraftLine.objects.filter(pk=line.pk).update(measure=MeasureFactory())
    assert team_client.get(f"/measures/new/?for={line.pk}").status_code == 400


def outlined(words: str) -> DraftLine:
    """A promise of a draft, by its words alone."""
    by = performance_team()
    lines = [
        NewLine(kind="ambition", promise=Promise(statement="Care")),
        NewLine(kind="objective", promise=Promise(statement="Seen sooner"), under=0),
        NewLine(kind="promise", promise=Promise(statement=words), under=1),
    ]
    written = {"by": by, "access": access(by), "at": timezone.now()}
    return add_lines(draft_id=begin(by).pk, lines=lines, **written)[-1]
