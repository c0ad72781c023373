"""Two people who edit one outline: what each typed is kept, told to the other, or laid together."""

from html import unescape

import pytest
from django.test import Client

from kpis.models import DraftLine
from tests.factories.people import performance_team
from tests.kpis.drafting import author, begin, ended

__all__ = ["author", "ended"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/plans/next/edit/"


class Tab:
    """A line, or the header, as one person has it on the screen."""

    def __init__(self, someone, line=None):
        self.client = Client()
        self.client.force_login(someone)
        self.line = line
        page = self.client.get(PAGE, {"line": line.pk} if line else {})
        self.boxes = self._shown(page.context["form" if line else "header"].initial)

    def _shown(self, boxes):
        return {name: value for name, value in boxes.items() if value is not None}

    def send(self, **typed):
        self.boxes |= typed
        own = {"action": "save", "line": self.line.pk} if self.line else {"action": "header"}
        self.answer = self.client.post(PAGE, {**self.boxes, **own})
        self.page = unescape(self.answer.content.decode())
        if form := self.answer.context and self.answer.context.get("form"):  # shown again
            self.boxes = self._shown({name: form.data.get(name) for name in self.boxes})
        return self


@pytest.fixture
def line(ended, author):
    draft = begin(author, ended)
    return draft.lines.filter(kind="promise").first()


def test_boxes_that_only_one_of_them_changed_are_laid_together(line, author):
    one, two = Tab(author, line), Tab(performance_team(first_name="Priya"), line)
    one.send(source_section="Page 4")
    assert two.send(value="88").answer.status_code == 302
    line.refresh_from_db()
    assert (line.source_section, line.value, line.version) == ("Page 4", 88, 3)


def test_a_box_that_both_changed_is_told_to_the_second_and_saved_when_sent_again(line, author):
    one, two = Tab(author, line), Tab(performance_team(first_name="Priya"), line)
    one.send(value="88", source_section="Page 4")
    two.send(value="85")
    assert two.answer.status_code == 409
    assert f"{author} saved “88” since you opened it" in two.page
    assert "You typed “85”, which is in the box and not saved" in two.page
    assert "Take what was saved instead" in two.page
    assert two.boxes["value"] == "85"
    line.refresh_from_db()
    assert (line.value, line.version) == (88, 2)
    assert two.send().answer.status_code == 302
    line.refresh_from_db()
    assert (line.value, line.source_section) == (85, "Page 4")


def test_ones_own_other_tab_is_called_that_and_a_list_says_its_words(line, author):
    one, two = Tab(author, line), Tab(author, line)
    one.send(operator="le")
    two.send(operator="lt")
    assert "You, in another tab, saved “at most” since you opened it" in two.page
    assert "You typed “less than”" in two.page


def test_a_form_that_does_not_say_what_it_showed_replaces_nothing(line, author):
    one, two = Tab(author, line), Tab(author, line)
    one.send(value="88")
    for seen in ("", "made:up", two.boxes["seen"] + "x"):
        two.boxes |= {"seen": seen, "version": 1}
        assert two.send(value="85").answer.status_code == 409
        line.refresh_from_db()
        assert line.value == 88


def test_words_of_a_heading_that_both_changed_are_both_shown(line, author):
    heading = line.parent
    one, two = Tab(author, heading), Tab(performance_team(), heading)
    one.send(statement="Care when it is needed")
    two.send(statement="Care in time")
    assert "“Care when it is needed”" in two.page
    assert "“Care in time”" in two.page
    heading.refresh_from_db()
    assert heading.statement == "Care when it is needed"


def test_a_line_removed_meanwhile_gives_back_what_was_typed(line, author):
    tab = Tab(author, line)
    DraftLine.objects.filter(pk=line.pk).delete()
    tab.send(statement="Nobody waits longer than four weeks")
    assert tab.answer.status_code == 409
    assert "You typed “Nobody waits longer than four weeks”" in tab.page


def test_the_header_is_saved_though_somebody_edits_lines_meanwhile(line, author):
    header, other = Tab(author), Tab(performance_team())
    Tab(author, line).send(value="88")
    assert header.send(title="Closer to home").answer.status_code == 302
    other.send(title="Nearer")
    assert other.answer.status_code == 409
    assert "saved “Closer to home” since you opened it" in other.page
    line.draft.refresh_from_db()
    assert line.draft.title == "Closer to home"
