"""From signing in to the work that waits, in one click."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kpis.models import ReportingPeriod


@pytest.fixture(autouse=True)
def _entry_is_open(world):
    """On whatever day the tests run, the month still has five days to go."""
    ahead = [timezone.now() + timedelta(days=days) for days in (5, 7, 9)]
    dates = dict(zip(("closes_at", "sign_off_at", "freezes_at"), ahead, strict=True))
    ReportingPeriod.objects.filter(starts_on=world.month.start).update(**dates)


def test_a_lead_signs_in_and_is_one_click_from_the_return(world, lead):
    lead.opens("/accounts/sign-in/").sign_in()
    assert lead.heading == "To do"
    month = world.month.full_label
    assert lead.sees(f"1 thing waits for you. The {month} return of Acute is due on")
    assert lead.page.locator("nav .kt-n").inner_text().split() == ["1", "waiting"]
    lead.finds_nothing_wrong()
    lead.tabs_to(f"Start the {month} return of Acute").enters()
    assert lead.heading == f"Acute monthly return, {world.month.label}"
    lead.follows("To do 1 waiting").follows("Choose your e-mails").finds_nothing_wrong()
    opens = lead.page.get_by_label("A return of your care group opens")
    opens.uncheck()
    lead.presses("Save")
    assert lead.sees("Your choice is saved.")
    assert not opens.is_checked()


def test_whoever_has_nothing_to_do_is_told_so_and_led_to_the_board(performance):
    performance.opens("/accounts/sign-in/").sign_in()
    assert performance.sees("Nothing waits for you.")
    assert performance.sees("Acute: not started, closes")
    performance.finds_nothing_wrong().follows("Open the strategy on a page")
    assert performance.heading.startswith("Strategy on a page, ")
