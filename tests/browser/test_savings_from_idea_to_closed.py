"""A saving from idea to closed, by five people at their browsers."""

import pytest
from django.utils import timezone

from accounts.roles import Role
from cip.gate import Post
from cip.models import Allocation, Programme
from strategy.periods import FinancialYear, Month
from tests.factories.people import PostHoldingFactory, person

DOMAINS = ("Patient safety", "Clinical effectiveness", "Patient experience", "Staff experience")


@pytest.fixture
def programme(world) -> Programme:
    year = FinancialYear.of(timezone.localdate())
    made = Programme.objects.create(
        year=year.code, title=f"Savings {year.label}", printed_target_k=500
    )
    Allocation.objects.create(
        programme=made, care_group=world.acute, position=1, label_as_published="Acute",
        target_k=500,
    )  # fmt: skip
    return made


@pytest.fixture
def signatories(at_a_browser):
    people = []
    for post in Post:
        user = person(Role.QIA_SIGNATORY, username=post.value[-20:])
        PostHoldingFactory(user=user, post=post.value)
        people.append(at_a_browser(user))
    return people


@pytest.fixture
def finance(at_a_browser):
    return at_a_browser(person(Role.FINANCE_PMO, username="femi"))


def moves(reader, address: str, to: str):
    reader.opens(f"{address}stage/").chooses("Move to", to)
    reader.page.locator("#id_reason").fill("As agreed")
    return reader.presses("Move the scheme")


def test_a_saving_goes_from_idea_to_closed(programme, lead, finance, signatories, board):
    year, month = programme.year, Month.of(timezone.localdate())
    at = f"/cip/{year}/schemes/CIP-1/"
    lead.opens(f"/cip/{year}/schemes/new/").sign_in().finds_nothing_wrong()
    lead.types("Reference", "CIP-1").types("Title", "Ward rostering")
    lead.chooses("Care group", "Acute").ticks("Pay")
    for name in ("is_recurrent", "is_cash_releasing"):
        lead.page.locator(f"#id_{name}_0").check()
    lead.page.locator("#id_measures-search").fill("answered")
    assert not lead.page.get_by_text("New ward opened (ward)").is_visible()
    lead.ticks("Calls answered (calls)").presses("Add the scheme")
    assert lead.sees("Added, as an idea.")
    lead.types("Plan of the year, £000", "120").types("From", month.label)
    lead.presses("Spread over the grid").presses("Save")
    assert lead.sees("An idea: it does not count as identified yet.")
    assert lead.sees("Calls answered")
    for to in ("Outlined", "Quality impact assessment"):
        moves(lead, at, to)
    lead.opens(f"{at}stage/").ticks("Green")
    lead.page.locator("#rate_reason").fill("The rota is agreed")
    lead.presses("Rate the scheme").finds_nothing_wrong()

    lead.opens(f"{at}qia/edit/").types("Scope", "Two wards").types("Equality impact", "None found")
    for domain in DOMAINS:
        lead.types(f"{domain}: what could go wrong", "Gaps in a shift")
        lead.types(f"{domain}: what is done about it", "A safe minimum")
        lead.chooses(f"{domain}: likelihood before", "3 Possible")
        lead.chooses(f"{domain}: consequence before", "4 Major")
        lead.chooses(f"{domain}: likelihood after", "2 Unlikely")
        lead.chooses(f"{domain}: consequence after", "3 Moderate")
    lead.types("Guard measure 1", "calls").types("Baseline of guard measure 1", "33")
    lead.finds_nothing_wrong().presses("Save the assessment").presses("Submit to the panel")
    assert lead.sees("Submitted: the panel has it now.")

    finance.opens("/todo/").sign_in()
    assert finance.sees("Record the QIA panel: 1 decision")
    finance.opens(f"{at}qia/").finds_nothing_wrong().ticks("Approved").presses(
        "Record the decision"
    )

    board.opens(f"/cip/{year}/").sign_in()
    assert "Approved, 0 of 2 signed" in board.row("CIP-1")
    assert "£0k" in board.text, "it weighs nothing before both have signed"
    for signatory in signatories:
        signatory.opens(f"{at}qia/").sign_in()
        signatory.finds_nothing_wrong()
        signatory.types("Your password, again", signatory.password).presses("Sign")
        assert signatory.sees("Signed by")
    board.opens(f"/cip/{year}/").finds_nothing_wrong()
    assert "Approved, signed" in board.row("CIP-1")

    for to in ("Approved", "In delivery"):
        moves(lead, at, to)
    lead.opens(f"{at}phasing/").types(f"Actual of {month.label}", "15").presses("Save")
    finance.opens(f"/cip/{year}/months/?month={month}").finds_nothing_wrong()
    assert "15" in finance.row("Acute")
    moves(lead, at, "Closed")
    board.opens(at)
    assert board.sees("Closed, since")
    board.opens(f"{at}qia/").finds_nothing_wrong()
    assert board.sees("The gate is open: approved, and signed by both executives.")
