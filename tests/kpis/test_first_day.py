"""The first day: from an empty database to the board, with nothing but what its pages offer.

Every person is invited and sets a password, every form is sent as its page showed it, and nothing
is written past the pages.
"""

import re
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kmpt_tracker.ui.formats import format_date
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.models import Measure, PlanDraft, Series, Target
from strategy.models import CareGroup, Plan
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.people import performance_team

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TODAY = timezone.localdate()
LAST = Month.of(TODAY).plus(-1)
PASSWORD = "a horse that battery staples"
STRATEGY = """Northmoor NHS Foundation Trust
Priority 1: Better access
1.1 Shorter waits
What this will look like:
• Nobody falls between two services
How we will know:
• At least 90% of urgent referrals are seen within 24 hours
• People tell us that they were listened to
Priority 2: A great place to work
2.1 Supported staff
How we will know:
• Staff turnover below 11%
"""


class Browser:
    """Somebody at a page: its forms are sent with everything that it shows in them."""

    def __init__(self) -> None:
        self.client = Client()

    def opens(self, address: str) -> "Browser":
        self.address = address
        self.response = self.client.get(address, follow=True)
        assert self.response.status_code == 200, (address, self.response.status_code)
        return self

    @property
    def text(self) -> str:
        return unescape(re.sub(r"\s+", " ", self.response.content.decode()))

    def sends(self, button: str, **typed: Any) -> "Browser":
        """Send the form that has this button, with what its boxes show, and what is typed."""
        page = self.response.content.decode()
        forms = re.findall(r"<form\b.*?</form>", page, re.DOTALL)
        form = next(one for one in forms if button in re.sub(r"\s+", " ", one))
        pressed = next(
            tag
            for tag, words in re.findall(r"(<button\b[^>]*>)(.*?)</button>", form, re.DOTALL)
            if button in re.sub(r"\s+", " ", words)
        )
        data = {**shown_in(form), **attributes_of(pressed), **typed}
        path = self.response.redirect_chain[-1][0] if self.response.redirect_chain else self.address
        self.address = path.partition("#")[0]
        self.response = self.client.post(self.address, data, follow=True)
        assert self.response.status_code == 200, self.errors
        assert not self.errors, self.errors
        return self

    @property
    def errors(self) -> list[str]:
        context = self.response.context or {}
        return [str(error) for error in context.get("errors", ())]


def attributes_of(tag: str) -> dict[str, str]:
    found = dict(re.findall(r'\b(name|value)="([^"]*)"', tag))
    return {found["name"]: unescape(found.get("value", ""))} if "name" in found else {}


def shown_in(form: str) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched."""
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        kind = re.search(r'\btype="(\w+)"', tag)
        is_ticked = kind is not None and kind[1] in ("checkbox", "radio")
        if is_ticked and not re.search(r"\bchecked\b", tag):
            continue
        for name, value in attributes_of(tag).items():
            data[name] = [*data.get(name, []), value] if is_ticked else value
    for name, text in re.findall(
        r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL
    ):
        data[name] = unescape(text).strip("\n")
    for head, options in re.findall(r"<select\b([^>]*)>(.*?)</select>", form, re.DOTALL):
        (name,) = attributes_of(head)
        chosen = re.search(r'<option\s+value="([^"]*)"\s+selected', options)
        data[name] = unescape(chosen[1]) if chosen else ""
    return data


def invited(admin: Browser, name: str, role: Role) -> Browser:
    """A person who is invited, is given a role, and sets their own password."""
    box = {"first_name": name, "last_name": "Person", "username": name.lower()}
    admin.opens("/accounts/people/invite/").sends(
        "Send the invitation", **box, email=f"{name}@example.nhs.uk"
    )
    admin.sends("Give the role", role=role.value)
    link = re.search(r"https?://\S+?(/accounts/invitation/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    found = Browser()
    found.opens(link[1]).sends("password", new_password1=PASSWORD, new_password2=PASSWORD)
    found.opens("/accounts/sign-in/")
    found.sends("Sign in", username=name.lower(), password=PASSWORD)
    return found


def begins(by: Browser, name: str) -> CareGroup:
    by.opens("/organisation/reorganise/begin/")
    by.sends(
        "See what it will do",
        on=f"{LAST.plus(-6).start:%d/%m/%Y}",
        name_1=name,
        level="care_group",
        reason="The trust as it is",
    )
    by.sends("Change the structure")
    return CareGroup.objects.get(name=name)


def set_up(by: Browser, **typed: Any) -> Measure:
    usual = {"kind": "quantitative", "unit": "percent", "frequency": "monthly", "decimals": "1"}
    by.opens("/measures/new/").sends("Set it up", **usual, reason="The board follows it", **typed)
    return Measure.objects.get(name=typed["name"])


def test_from_an_empty_database_to_the_board_on_pages_alone(django_capture_on_commit_callbacks):
    User.objects.create_superuser("admin", "admin@example.nhs.uk", PASSWORD)  # createsuperuser
    admin = Browser()
    admin.opens("/accounts/sign-in/").sends("Sign in", username="admin", password=PASSWORD)
    assert "A care group begins" in admin.opens("/organisation/").text
    admin.opens("/organisation/name/")
    named = {"name": "Northmoor NHS Foundation Trust", "short_name": "Northmoor", "reason": "Ours"}
    admin.sends("Name the trust", **named)
    admin.sends("Name the trust")  # shown first, and sent again
    ann = invited(admin, "Ann", Role.PERFORMANCE_TEAM)
    assert "tracker of Northmoor NHS Foundation Trust" in mail.outbox[-1].body
    bob = invited(admin, "Bob", Role.PERFORMANCE_TEAM)
    lea = invited(admin, "Lea", Role.CARE_GROUP_LEAD)
    ben = invited(admin, "Ben", Role.BOARD_MEMBER)

    groups = [begins(admin, "Community"), begins(admin, "Inpatients")]
    lead = User.objects.get(username="lea").pk
    for group in groups:
        admin.opens(f"/organisation/care-groups/{group.code}/leads/")
        first = f"{LAST.plus(-6).start:%d/%m/%Y}"
        admin.sends("Appoint", user=lead, kind="lead", starts_on=first)

    referrals = set_up(
        ann,
        name="Urgent referrals seen in 24 hours",
        numerator="Seen within 24 hours",
        denominator="Urgent referrals",
        direction="higher_is_better",
        over_time="ratio_of_sums",
        collection_level="care_group",
        roll_up="ratio_of_sums",
    )
    turnover = set_up(
        ann, name="Staff turnover", direction="lower_is_better", collection_level="trust"
    )
    assert Series.objects.filter(measure=referrals).count() == 3

    ann.opens("/plans/new/").sends(
        "Start the draft",
        title="Closer to home",
        code="closer",
        starts_on=f"{LAST.plus(-3).start:%d/%m/%Y}",
        ends_on=f"{LAST.plus(32).end:%d/%m/%Y}",
        document="Our strategy",
    )
    ann.sends("Read it", text=STRATEGY, place="Pages 3 to 9")
    ann.sends("Keep these lines")
    draft = PlanDraft.objects.get()
    for words, measure in (("urgent referrals", referrals), ("turnover", turnover)):
        line = draft.lines.get(kind="promise", statement__icontains=words)
        ann.opens(f"/plans/closer/edit/?line={line.pk}")
        ann.sends("Keep this line", measure=str(measure.pk))
    ann.opens("/plans/closer/edit/").sends("Name them for these", finder="Chief Nurse")
    assert "Nothing blocks adoption" in ann.text
    ann.opens("/plans/closer/adopt/").sends(
        "Propose the plan", adopts_on=f"{TODAY:%d/%m/%Y}", decision="Board, minute 9"
    )
    assert "To adopt: Closer to home" in bob.opens("/todo/").text
    bob.opens("/plans/closer/adopt/").sends("Adopt the plan")
    targets = {row.measure: (row.value, row.operator) for row in Target.objects.all()}
    assert targets[referrals] == (90, "ge")
    assert targets[turnover] == (11, "lt")
    assert Plan.objects.get().opens_on == TODAY

    ann.opens(f"/returns/{LAST}/")
    if "Open " in ann.text and " again" in ann.text:
        ann.opens(f"/returns/{LAST}/lock/").sends("Open the month again", reason="We begin here")
    for group, seen in zip(groups, ("182", "45"), strict=True):
        lea.opens(f"/returns/{LAST}/{group.code}/")
        series = Series.objects.get(measure=referrals, care_group=group)
        boxes = {f"s{series.pk}-numerator": seen, f"s{series.pk}-denominator": "200"}
        lea.sends("Submit", **boxes)
    whole = Series.objects.get(measure=turnover)
    ann.opens(f"/returns/{LAST}/trust/").sends("Submit", **{f"s{whole.pk}-value": "12.4"})
    with django_capture_on_commit_callbacks(execute=True):
        for group in ("trust", *(group.code for group in groups)):
            bob.opens(f"/returns/{LAST}/{group}/review/").sends("Approve")
    recompute(at=timezone.now(), stale_only=True)

    board = ben.opens("/").text
    assert "Closer to home" in board
    assert LAST.label in board
    assert "<p>Northmoor NHS Foundation Trust</p>" in board
    assert f"The targets of this plan hold only from {format_date(TODAY)}." in board
    page = ben.opens(referrals.get_absolute_url()).text
    assert "56.8%" in page  # 227 of 400
    assert "2 of 2 reported" in page
    assert "12.4%" in ben.opens(turnover.get_absolute_url()).text
    # The plan holds from today: a figure of last month is shown, and says from when it is rated.
    assert f"11% holds only from {format_date(TODAY)}" in ben.text
    assert not [row for row in findings() if row.kind != "no provenance"]


def test_a_measure_of_care_groups_says_what_becomes_of_the_trust(client):
    client.force_login(performance_team(), backend=BACKEND)
    boxes = {
        "name": "Seen",
        "kind": "quantitative",
        "unit": "count",
        "direction": "higher_is_better",
        "collection_level": "care_group",
        "frequency": "monthly",
        "reason": "The board asked for it",
        "action": "save",
    }
    page = unescape(client.post("/measures/new/", boxes).content.decode())
    assert "Choose how they make the trust's figure" in page
    page = unescape(client.post("/measures/new/", {**boxes, "roll_up": "none"}).content.decode())
    assert "There is no care group yet" in page
    assert not Measure.objects.exists()
