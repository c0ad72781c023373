"""Two editors or tabs of one return: nothing that was typed is lost or undone."""

import html
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from kpis.models import Actual, ReportingPeriod, Return, ReturnCell
from kpis.months.clock import data_clock, lock_period
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    rolled_up,
)
from tests.factories.people import lead_of, performance_team
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
BACKEND = "django.contrib.auth.backends.ModelBackend"
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/acute/"
INPUT = re.compile(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"')
AREA = re.compile(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)


class Tab:
    """The page of a return in a browser: every box as it was drawn, until it is typed in."""

    def __init__(self, person):
        self.client = Client()
        self.client.force_login(person, backend=BACKEND)
        self.load()

    def load(self) -> "Tab":
        return self._drawn(self.client.get(ADDRESS))

    def _drawn(self, response) -> "Tab":
        self.response = response
        self.page = html.unescape(response.content.decode())
        form = response.content.decode().partition("data-return")[2].partition("</form>")[0]
        self.boxes = {
            name: html.unescape(value)
            for pattern in (INPUT, AREA)
            for name, value in pattern.findall(form)
        }
        return self

    def type(self, series, **boxes: str) -> "Tab":
        for box, text in boxes.items():
            assert f"s{series.pk}-{box}" in self.boxes, box
            self.boxes[f"s{series.pk}-{box}"] = text
        return self

    def send(self, action: str = "save") -> "Tab":
        return self._drawn(self.client.post(ADDRESS, {**self.boxes, "action": action}, follow=True))

    def box(self, series, name: str) -> str:
        return self.boxes[f"s{series.pk}-{name}"]


@pytest.fixture
def acute(db):
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    return CareGroupFactory(code="acute", name="Acute")


@pytest.fixture
def calls(acute):
    return SeriesFactory(measure=MeasureFactory(code="calls", name="Calls"), care_group=acute)


@pytest.fixture
def seen(acute):
    _, _, (series,) = rolled_up(acute, code="seen", name="Seen")
    return series


@pytest.fixture
def amara(acute):
    return lead_of(acute, first_name="Amara")


def cell(series) -> ReturnCell:
    return ReturnCell.objects.get(series=series)


def test_another_row_saved_from_an_older_page_takes_nothing_back(calls, seen, amara):
    one, two = Tab(amara), Tab(performance_team())
    one.type(calls, value="60").send()
    two.type(seen, numerator="45", denominator="50").send()
    assert two.response.status_code == 200
    assert (cell(calls).value, cell(seen).value) == (60, 90)
    assert two.box(calls, "value") == "60"
    two.send()
    assert cell(calls).value_text == "60"


def test_one_changes_the_number_and_the_other_the_comment_of_one_row(seen, amara):
    Tab(amara).type(seen, numerator="45", denominator="50").send()
    one, two = Tab(amara), Tab(performance_team())
    one.type(seen, numerator="44").send()
    two.type(seen, comment="Two wards closed").send()
    assert two.response.status_code == 200
    saved = cell(seen)
    assert (saved.numerator_text, saved.denominator_text, saved.comment) == (
        "44", "50", "Two wards closed",
    )  # fmt: skip
    assert (saved.value, saved.version) == (88, 3)


def test_after_a_conflict_a_second_save_loses_nothing_of_the_rows_not_touched(calls, seen, amara):
    one, two = Tab(amara), Tab(performance_team(first_name="Priya"))
    one.type(calls, value="60").type(seen, numerator="45", denominator="50").send()
    two.type(calls, value="61").send()
    assert two.response.status_code == 409
    assert "Calls: Amara saved 60 while you were typing" in two.page
    assert "You typed 61, which is in the box and not saved." in two.page
    assert (two.box(calls, "value"), two.box(seen, "numerator")) == ("61", "45")
    assert (cell(calls).value, cell(calls).saved_by.first_name) == (60, "Amara")
    two.send()
    assert two.response.status_code == 200
    assert (cell(calls).value, cell(seen).value) == (61, 90)


def test_beside_a_conflict_the_other_rows_are_saved_and_the_page_says_so(calls, seen, amara):
    one, two = Tab(amara), Tab(performance_team())
    one.type(calls, value="60").send()
    two.type(calls, value="61").type(seen, numerator="45", denominator="50").send()
    assert two.response.status_code == 409
    assert "Draft saved: 1 figure changed." in two.page
    assert (cell(calls).value, cell(seen).value) == (60, 90)


def test_a_conflict_in_one_box_keeps_what_is_newer_in_the_others(seen, amara):
    one, two = Tab(amara), Tab(performance_team())
    one.type(seen, numerator="45", denominator="50", comment="Two wards closed").send()
    two.type(seen, comment="One ward closed").send()
    assert two.response.status_code == 409
    assert "Seen: Amara saved the comment “Two wards closed” while you were typing" in two.page
    assert two.box(seen, "numerator") == "45"
    two.send()
    assert (cell(seen).numerator_text, cell(seen).comment) == ("45", "One ward closed")


def test_the_parts_of_one_figure_are_one_box(seen, amara):
    Tab(amara).type(seen, numerator="40", denominator="50").send()
    one, two = Tab(amara), Tab(performance_team())
    one.type(seen, denominator="60").send()
    two.type(seen, numerator="45").send()
    assert two.response.status_code == 409
    assert "Seen: Amara saved 40 of 60 while you were typing" in two.page
    assert "You typed 45 of 50, which is in the box and not saved." in two.page
    assert (two.box(seen, "numerator"), two.box(seen, "denominator")) == ("45", "50")
    assert (cell(seen).numerator_text, cell(seen).denominator_text) == ("40", "60")
    two.send()
    assert (cell(seen).numerator_text, cell(seen).denominator_text) == ("45", "50")


def test_a_part_changed_in_ones_own_other_tab_is_called_that(seen, amara):
    Tab(performance_team()).type(seen, numerator="40", denominator="50").send()
    one, two = Tab(amara), Tab(amara)
    one.type(seen, denominator="60").send()
    two.type(seen, numerator="45").send()
    assert "You have changed a figure in another tab" in two.page


def test_who_saved_a_box_is_told_though_another_saved_the_row_since(seen, amara):
    late = Tab(performance_team())
    Tab(amara).type(seen, numerator="45", denominator="50").send()
    Tab(performance_team(first_name="Priya")).type(seen, comment="Two wards closed").send()
    late.type(seen, numerator="44", denominator="50").send()
    assert "Seen: Amara saved 45 of 50 while you were typing" in late.page


def test_ones_own_other_tab_is_called_that(calls, amara):
    one, two = Tab(amara), Tab(amara)
    one.type(calls, value="60").send()
    two.type(calls, value="61").send()
    assert two.response.status_code == 409
    assert "You have changed a figure in another tab" in two.page
    assert "Calls: You saved 60 in another tab" in two.page
    assert "Someone else" not in two.page


@pytest.mark.parametrize("claimed", ["2", "9", "999999999", "x", "-1", "1.0"])
def test_a_version_that_is_made_up_overwrites_nothing(calls, amara, claimed):
    two = Tab(performance_team())
    Tab(amara).type(calls, value="60").send()
    two.type(calls, value="61", version=claimed).send()
    assert two.response.status_code == 409
    assert cell(calls).value == 60


def test_the_same_form_sent_again_changes_nothing(calls, amara):
    one = Tab(amara).type(calls, value="60")
    sent = dict(one.boxes)
    one.send()
    events = AuditEvent.objects.count()
    assert (
        "Everything you entered is saved, last" in one.client.post(ADDRESS, sent, follow=True).text
    )
    Tab(performance_team()).type(calls, value="61").send()
    assert one.client.post(ADDRESS, sent).status_code == 409
    assert (cell(calls).value, AuditEvent.objects.count()) == (61, events + 1)


def test_a_button_pressed_twice_is_done_once(calls, amara):
    one = Tab(amara).type(calls, value="60")
    sent = {**one.boxes, "action": "submit"}
    for _ in range(2):
        assert "Submitted." in one.client.post(ADDRESS, sent, follow=True).text
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == [
        "draft saved", "submitted",
    ]  # fmt: skip
    team = Tab(performance_team())
    decision = {"do": "approve", "version": Return.objects.get().version}
    for _ in range(2):
        done = team.client.post(f"{ADDRESS}review/", decision, follow=True)
        assert "Approved: Acute" in done.text
    assert AuditEvent.objects.filter(action="approved").count() == 1
    assert Actual.objects.current().get().value == 60


def test_what_somebody_else_changed_since_is_looked_at_before_it_is_submitted(calls, seen, amara):
    two = Tab(performance_team())
    Tab(amara).type(calls, value="60").send()
    two.type(seen, numerator="45", denominator="50").send("submit")
    assert two.response.status_code == 409
    assert "Your figures are saved and not submitted: someone else has changed" in two.page
    assert two.box(calls, "value") == "60"
    assert not Actual.objects.exists()
    assert "Submitted." in two.send("submit").page


def test_a_save_that_holds_nothing_begins_no_return_and_no_month(calls, amara, monkeypatch):
    ReportingPeriod.objects.all().delete()
    monkeypatch.setattr("django.utils.timezone.now", lambda: data_clock(MONTH)["opens_at"])
    tab = Tab(amara)
    for sent in ({"action": "save"}, {}, {**tab.boxes, "action": "save"}, {"s1-version": "0"}):
        assert "There is nothing to save yet" in tab.client.post(ADDRESS, sent, follow=True).text
    assert "Calls: enter a figure, or say why there is none" in tab.send("submit").page
    team = Tab(performance_team())
    for act in ("approve", "back"):
        sent = {"do": act, "version": 1, "scope": "all", "why": "Check"}
        assert team.client.post(f"{ADDRESS}review/", sent).status_code == 409
    for model in (Return, ReportingPeriod, ReturnCell, AuditEvent):
        assert not model.objects.exists()


def test_what_was_typed_for_a_month_locked_since_is_shown_and_said_not_to_be_saved(calls, amara):
    Tab(amara).type(calls, value="60").send()
    tab = Tab(amara).type(calls, value="61")
    period = ReportingPeriod.objects.get()
    lock_period(period_id=period.pk, by=performance_team(), at=timezone.now())
    tab.send()
    assert tab.response.status_code == 409
    assert "You typed 61, which is not saved." in tab.page
    assert cell(calls).value == 60


def test_a_browser_does_not_restore_typed_figures_by_itself(calls, amara):
    """After Back, it would send them with a version of the page to which they do not belong."""
    form = Tab(amara).page.partition("data-return")[0].rpartition("<form")[2]
    assert 'autocomplete="off"' in form
