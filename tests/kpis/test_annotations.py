"""Remarks on a chart: who writes them, where they are shown, and how they are removed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import Access, NotAllowed
from accounts.refusals import Refused
from accounts.roles import Role
from kpis.annotations.annotate import annotate
from kpis.assessments.store import recompute
from kpis.models import Annotation
from kpis.withdrawals.words import withdraw_text
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import approved, rolled_up
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory

TODAY = timezone.localdate()
LAST = Month.of(TODAY).plus(-1)


@pytest.fixture
def series(db):
    acute = CareGroupFactory(code="acute", name="Acute", position=1)
    *_, (series,) = rolled_up(acute, code="seen", name="Seen")
    for back in range(14):
        approved(series, LAST.plus(-back), numerator=40 + back % 7, denominator=50)
    recompute(stale_only=False, at=timezone.now())
    return series


def write(series, *, role=Role.PERFORMANCE_TEAM, on=None, text="New ward opened"):
    return annotate(
        series_id=series.pk,
        on=on or LAST.start,
        text=text,
        by=person(role),
        access=Access(roles=frozenset({role})),
        at=timezone.now(),
    )


def test_a_remark_is_marked_on_the_chart_listed_below_it_and_audited(client, series):
    client.force_login(person(Role.PERFORMANCE_TEAM), backend=BACKEND)
    at = "/measures/seen/annotations/"
    sent = {"series": series.pk, "on": f"{LAST.start:%d/%m/%Y}", "text": "  New  ward <opened> "}
    assert client.post(at, sent).status_code == 302
    (event,) = AuditEvent.objects.filter(action="annotated")
    assert "ward" not in str(event.changes)
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    page = client.get("/measures/seen/?care_group=acute").text
    listed = page.partition("Marked on the chart")[2].partition("</ul>")[0]
    assert f"{LAST.start:%b %Y}: New ward &lt;opened&gt;" in listed
    assert "Add or withdraw a remark" not in page
    assert "New ward" not in client.get("/measures/seen/").text
    before = client.get(f"/measures/seen/?care_group=acute&as_at={TODAY - timedelta(days=1)}").text
    assert "New ward" not in before


def test_words_that_are_withdrawn_leave_no_mark(client, series):
    remark = write(series)
    withdraw_text(
        tokens=[f"kpis.annotation.{remark.pk}.text"],
        why="mistake",
        by=person(Role.PERFORMANCE_TEAM),
        access=Access(roles=frozenset({Role.PERFORMANCE_TEAM})),
        at=timezone.now(),
    )
    client.force_login(person(Role.PERFORMANCE_TEAM), backend=BACKEND)
    assert "Marked on the chart" not in client.get("/measures/seen/?care_group=acute").text
    assert "have no remark" in client.get("/measures/seen/annotations/").text


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"text": " \t "}, "text"),
        ({"on": TODAY + timedelta(days=2)}, "on"),
        ({"text": "New  ward opened"}, "text"),  # the same again
    ],
)
def test_what_is_no_remark_is_refused_at_its_box(series, how, field):
    write(series)
    with pytest.raises(Refused) as refused:
        write(series, **how)
    assert refused.value.field == field
    assert Annotation.objects.count() == 1


def test_only_those_who_run_the_plans_write_remarks(series):
    with pytest.raises(NotAllowed):
        write(series, role=Role.CARE_GROUP_LEAD)
    assert write(series, role=Role.ADMINISTRATOR).text == "New ward opened"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"on": "1/4/2020", "text": "x"}, "Choose a care group"),
        ({"series": "999", "on": "1/4/2020", "text": "x"}, "Choose a care group of the list"),
        ({"on": "31/2/2020", "text": "x"}, "Day"),
        ({"on": "", "text": "x"}, "Enter the day on which it happened"),
        ({"on": "1/4/2020", "text": ""}, "Enter what happened"),
        ({"on": "1/4/2020", "text": "x" * 201}, "must be 200 characters or fewer"),
        ({"on": "1/4/2020", "text": "a\x00b"}, "characters that cannot be saved"),
    ],
)
def test_a_form_that_cannot_be_meant_says_which_box(client, series, sent, said):
    client.force_login(person(Role.PERFORMANCE_TEAM), backend=BACKEND)
    form = {"series": series.pk, **sent} if said != "Choose a care group" else sent
    page = client.post("/measures/seen/annotations/", form)
    assert page.status_code == 200
    assert "There is a problem" in page.text
    assert said in page.text
    assert not Annotation.objects.exists()
