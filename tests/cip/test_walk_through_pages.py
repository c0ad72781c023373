"""A scheme goes from idea to closed through the forms of its pages; what each form refuses."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from cip.models import Phasing, QIASignature, Scheme
from cip.standing.read import standing_of
from tests.cip.walk import PASSWORD, SEPTEMBER, YEAR
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
BACKEND = "django.contrib.auth.backends.ModelBackend"
AT = "/cip/2019-20/schemes/CIP-B1/"
DOMAINS = ("patient_safety", "clinical_effectiveness", "patient_experience", "staff_experience")


class Desk:
    """One person at their browser."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user, backend=BACKEND)

    def see(self, address: str) -> str:
        response = self.client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response.content.decode()

    def fill(self, address: str, typed: dict, *, action: str = "") -> tuple[int, str]:
        """Send a form as its page draws it, with some boxes changed."""
        page = self.see(address)
        sent = {}
        for box in re.findall(r"<input[^>]*>", page):
            name, value = (re.search(f'{key}="([^"]*)"', box) for key in ("name", "value"))
            kind = re.search(r'type="(\w+)"', box)
            is_set = "checked" in box or (kind and kind[1] not in ("radio", "checkbox"))
            if name and is_set and name[1] not in ("q", "csrfmiddlewaretoken"):
                sent.setdefault(name[1], value[1] if value else "")
        form = {**sent, **typed}
        if action:
            form = {**typed, "action": action}
            for box in re.findall(r"<input[^>]*>", page):
                if f'id="id_{action}_' in box or f'id="{action}_' in box:
                    name, value = (re.search(f'{key}="([^"]*)"', box) for key in ("name", "value"))
                    if name and 'type="hidden"' in box:
                        form.setdefault(name[1], value[1] if value else "")
        response = self.client.post(address, form, follow=True)
        return response.status_code, response.content.decode()


@pytest.fixture
def clock(monkeypatch, walk):
    """Set the time that pages go by."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(walk.now)
    return set_to


@pytest.fixture
def people(walk, clock):
    return {
        "lead": Desk(walk.lead),
        "finance": Desk(walk.finance),
        "medical": Desk(walk.medical),
        "nursing": Desk(walk.nursing),
        "board": Desk(person(Role.BOARD_MEMBER)),
    }


def described(**changed) -> dict:
    whole = {
        "reference": "CIP-B1", "title": "Ward rostering", "description": "Rota by need",
        "care_group": "acute", "category": "pay", "is_recurrent": "yes",
        "is_cash_releasing": "yes", "starts_on": "Sep 2019",
    }  # fmt: skip
    return whole | changed


def scored() -> dict:
    found = {"scope": "Two wards", "equality_impact": "None found"}
    for domain in DOMAINS:
        found |= {
            f"{domain}-description": "Gaps in a shift", f"{domain}-mitigation": "A safe minimum",
            f"{domain}-likelihood": "3", f"{domain}-consequence": "4",
            f"{domain}-residual_likelihood": "2", f"{domain}-residual_consequence": "3",
        }  # fmt: skip
    return found


def planned(amount: str = "20", **more) -> dict:
    months = [month for month in YEAR.months if month >= SEPTEMBER]
    return {f"plan-{month}": amount for month in months} | {"stated": "140"} | more


def to_panel(people) -> None:
    lead = people["lead"]
    assert "as an idea" in lead.fill("/cip/2019-20/schemes/new/", described())[1]
    assert lead.fill(f"{AT}phasing/", planned())[0] == 200
    for to in ("outlined", "qia"):
        lead.fill(f"{AT}stage/", {"to": to, "reason": "Agreed", "action": "move",
                                  "seen": standing().stage.value})  # fmt: skip
    lead.fill(f"{AT}stage/", {"action": "rate", "rating": "green", "reason": "Rota agreed",
                              "seen": ""})  # fmt: skip
    lead.fill(f"{AT}qia/edit/", scored())
    version = standing().assessed.qia.version
    assert (
        "the panel has it now" in lead.fill(f"{AT}qia/", {"version": version}, action="submit")[1]
    )


def standing():
    return standing_of(Scheme.objects.get(reference="CIP-B1"))


def mark() -> str:
    return standing().assessed.snapshot.hash


def decide(people, outcome="approved", **more):
    typed = {"outcome": outcome, "words": "", "decided_on": "1/5/2019", "seen": mark(), **more}
    return people["finance"].fill(f"{AT}qia/", typed, action="decide")


def sign(people, who, post, **more):
    typed = {"post": post, "password": PASSWORD, "seen": mark(), **more}
    return people[who].fill(f"{AT}qia/", typed, action="sign")


MEDICAL = "executive_medical_director"
NURSING = "executive_director_of_nursing_and_quality"


def test_five_people_take_a_scheme_from_idea_to_closed(people, clock, walk):
    to_panel(people)
    assert people["board"].client.get(f"{AT}qia/").status_code == 404
    assert "Risk to quality" not in people["board"].see(AT)
    assert "PS after" in people["finance"].see(AT)
    assert "Recorded." in decide(people)[1]
    assert "Approved, 0 of 2 signed" in people["board"].see(AT)
    assert "Signed." in sign(people, "medical", MEDICAL)[1]
    assert "Signed." in sign(people, "nursing", NURSING)[1]
    assert "The gate is open" in people["board"].see(f"{AT}qia/")
    scheme = people["board"].see(AT)
    for words in ("A safe minimum", "PS before", "Approved on 1 May 2019", "Signed by"):
        assert words in scheme
    assert 'name="password"' not in scheme
    for to in ("approved", "in_delivery"):
        people["lead"].fill(f"{AT}stage/", {"to": to, "reason": "Agreed", "action": "move",
                                            "seen": standing().stage.value})  # fmt: skip
    assert "In delivery, since 1 May 2019" in people["board"].see(AT)
    clock(datetime(2019, 10, 4, 9, tzinfo=UTC))
    people |= {name: Desk(getattr(walk, name)) for name in ("lead", "finance")}
    people["lead"].fill(f"{AT}phasing/", {"actual-2019-09": "18.5"})
    for month in ("2019-04", "2019-05"):
        assert "Sign off" in people["finance"].see(f"/cip/2019-20/months/?month={month}")
    scheme = Scheme.objects.get()
    _status, page = people["finance"].fill(
        "/cip/2019-20/months/?month=2019-09",
        {"care_group": scheme.care_group_id, "month": "2019-09", "seen": "18.5"},
    )
    assert "Sep 2019 is signed off for Acute" in page
    assert "£18.5k delivered in months signed off, £1.5k behind plan." in people["lead"].see(AT)
    page = people["lead"].see("/cip/2019-20/")
    assert "If every scheme delivers as rated, the year ends £862k short" in page
    people["lead"].fill(f"{AT}stage/", {"to": "closed", "reason": "Done", "action": "move",
                                        "seen": "in_delivery"})  # fmt: skip
    assert standing().stage == "closed"


def test_each_form_says_what_is_wrong_and_keeps_nothing(people):
    lead = people["lead"]
    new = "/cip/2019-20/schemes/new/"
    for changed, words in (
        ({"title": " "}, "Enter a title"),
        ({"reference": "new"}, "The reference must be letters"),
        ({"starts_on": "May 2020"}, "The start must be a month of 2019/20"),
        ({"care_group": "older-people"}, "Choose a care group"),
        ({"measures": "no-such"}, "Choose measures from the list"),
        ({"objectives": "1.1"}, "Choose objectives from the list"),
        ({"category": "gold"}, "Choose the kind of saving"),
        ({"wte": "two"}, "must be a number"),
    ):
        status, page = lead.fill(new, described(**changed))
        assert (status, words in page) == (409, True), (changed, words)
        assert "There is a problem" in page
    assert not Scheme.objects.exists()
    lead.fill(new, described())
    for typed, words in (
        (planned(stated="150"), "The months add up to 140, and the year is stated as 150: 10 less"),
        (planned(amount="abc"), "must be thousands of pounds"),
        (planned(amount="-1"), "must be 0 or more"),
        ({"forecast-2019-09": "-5"}, "is below 0: enter the reason"),
    ):
        status, page = lead.fill(f"{AT}phasing/", typed)
        assert (status, words in page) == (409, True), (words, status)
    assert not Phasing.objects.exists()


BLOCKS = (
    ("plan\t" + "\t".join(["1"] * 12), 200, "Apr 2019"),
    ("plan\t" + "\t".join(["1"] * 12) + "\t13", 422, "add up to 12, and the row says 13"),
    ("plan\t" + "\t".join(["1"] * 11 + ["nil"]), 422, "Plan of Mar 2020 must be thousands"),
    ("savings\t1", 422, "must begin with plan, forecast or actual"),
    ("plan\t1\t2", 422, "it must have one for each of 12 months"),
    ("\tApr 2020\nplan\t4", 422, "Apr 2020 lies outside 2019/20"),
    ("\tApr 2019\tMay 2019\nforecast\t4\t5", 200, "Apr 2019"),
    ("", 422, "Paste at least one row"),
)  # fmt: skip


@pytest.mark.parametrize(("block", "status", "words"), BLOCKS)
def test_a_pasted_block_fills_the_grid_or_says_which_cell_is_wrong(people, block, status, words):
    lead = people["lead"]
    lead.fill("/cip/2019-20/schemes/new/", described())
    response = lead.client.post(f"{AT}phasing/", {"action": "paste", "block": block})
    assert (response.status_code, words in response.content.decode()) == (status, True)
    assert not Phasing.objects.exists()


def test_a_figure_of_a_month_that_was_signed_off_meanwhile_is_refused_and_stays_typed(walk, clock):
    walk.to_delivery("CIP-B1")
    clock(datetime(2019, 10, 4, 9, tzinfo=UTC))
    walk.now = datetime(2019, 10, 4, 9, tzinfo=UTC)
    walk.phase({SEPTEMBER: "15"}, "actual")
    lead = Desk(walk.lead)
    page = lead.see(f"{AT}phasing/")
    assert 'name="actual-2019-09" value="15"' in page
    walk.sign_off(SEPTEMBER, seen="15")

    typed = {"actual-2019-09": "16", "seen-actual-2019-09": "15", "reason": "Counted again"}
    status, page = lead.fill(f"{AT}phasing/", typed)
    assert status == 409
    assert "Sep 2019 is signed off for Acute, so its actuals stay" in page
    assert 'name="actual-2019-09" value="16"' in page
    assert "Counted again" in page
    status, page = lead.fill(f"{AT}phasing/", {})
    assert (status, "No figure is changed, so nothing was saved" in page) == (409, True)
    block = "actual\t" + "\t".join(["1"] * 12)
    sent = lead.client.post(f"{AT}phasing/", {"action": "paste", "block": block}).text
    assert "Left out, as they cannot be entered now: Actual of Apr 2019" in sent
    assert Phasing.objects.filter(kind="actual").count() == 1


def test_a_years_plan_is_spread_to_the_pound(people):
    lead = people["lead"]
    lead.fill("/cip/2019-20/schemes/new/", described())
    level = {"action": "level", "total": "100", "first": "Feb 2019"}
    response = lead.client.post(f"{AT}phasing/", level)
    assert (response.status_code, "Feb 2019 lies outside" in response.content.decode()) == (
        422,
        True,
    )
    page = lead.client.post(f"{AT}phasing/", level | {"first": "Jan 2020"}).content.decode()
    held = dict(re.findall(r'name="plan-(20\d\d-\d\d)" value="([^"]*)"', page))
    assert [held[month] for month in ("2019-12", "2020-01", "2020-02", "2020-03")] == [
        "0", "33.333", "33.333", "33.334",
    ]  # fmt: skip
    assert not Phasing.objects.exists()


def test_the_wrong_password_and_a_page_that_is_out_of_date_sign_nothing(people, walk):
    to_panel(people)
    decide(people)
    shown = mark()
    status, page = sign(people, "medical", MEDICAL, password="guess")
    assert (status, "Enter your own password" in page) == (409, True)
    walk.scheme = Scheme.objects.get()
    walk.change(description="Fewer beds", title="Ward rostering", category="pay")
    status, page = sign(people, "medical", MEDICAL, seen=shown)
    assert (status, "has changed since you opened this page" in page) == (409, True)
    assert not QIASignature.objects.exists()
    for who in ("lead", "finance", "board"):
        typed = {"action": "sign", "post": MEDICAL, "password": PASSWORD, "seen": mark()}
        assert people[who].client.post(f"{AT}qia/", typed).status_code in (403, 404)


def test_finance_sets_up_a_year_and_moves_a_target(people, walk):
    finance = people["finance"]
    year = {
        "year": "2020/21", "target": "100", "green": "100", "amber": "50", "red": "0",
        "share-acute": "60", "share-older-people": "40", "first_meeting_on": "7/4/2020",
    }  # fmt: skip
    for changed, words in (
        ({"share-acute": "50"}, "The shares add up to 90, and the target is 100"),
        ({"year": "2020/22"}, "is not a financial year"),
        ({"year": "2019/20"}, "There is a programme for 2019/20 already"),
        ({"amber": "101"}, "must be between 0 and 100"),
        ({"green": "10"}, "Green weighs most"),
        ({"first_meeting_on": "7/4/2019"}, "must lie in 2020/21"),
    ):
        status, page = finance.fill("/cip/new/", year | changed)
        assert (status, words in page) == (409, True), words
    assert "Set up." in finance.fill("/cip/new/", year)[1]
    assert "21 Apr 2020" in finance.see("/cip/2020-21/calendar/")
    groups = {"from_group": walk.acute.pk, "to_group": walk.older.pk, "reason": "Beds moved"}
    move = "/cip/2020-21/transfers/"
    assert "no more can be moved" in finance.fill(move, groups | {"amount": "61"})[1]
    assert "Moved." in finance.fill(move, groups | {"amount": "10"})[1]
    assert "£10k moved out" in finance.see("/cip/2020-21/")


def test_a_page_of_savings_is_never_public(settings):
    settings.PUBLIC_DASHBOARD = True
    for address in ("/cip/", "/cip/2019-20/", AT, f"{AT}qia/"):
        assert Client().get(address).status_code == 302


@pytest.mark.parametrize(
    "address",
    ["/cip/2019-20/?stage=nowhere", "/cip/2019-20/schemes/?sort=colour",
     "/cip/2019-20/months/?month=2021-01", "/cip/2019-20/?rating=blue"],
)  # fmt: skip
def test_a_bad_filter_is_named(people, address):
    response = people["finance"].client.get(address)
    name = re.search(r"\?(\w+)=", address)[1]
    assert response.status_code == 400
    assert f"“{name}”" in response.content.decode()
