"""A return entered by keyboard: focus order, results while typing, drafts that save themselves."""

from django.utils import timezone
from playwright.sync_api import expect

from kpis.models import ReportingPeriod, ReturnCell
from tests.factories.people import lead_of

# The row of the control that has the focus, and which control it is.
FOCUSED = """() => {
  const at = document.activeElement, row = at.closest('[data-row], [data-below]');
  const name = at.tagName === 'BUTTON' ? at.textContent.trim() : at.name;
  return [row ? row.dataset.row || row.dataset.below : '', name];
}"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll(
  '.kt-ret :is(input:not([type=hidden], [type=checkbox]), select, label:has([type=checkbox]))'
)].filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height))"""


def starts_typing(world, lead):
    lead.opens(world.address).sign_in()
    lead.box("Calls answered: figure").focus()
    return lead.page


def kept(page):
    return page.locator("[data-kept]")


def test_a_row_of_which_nothing_is_asked_has_two_stops_and_enter_leads_through_them(world, lead):
    page = starts_typing(world, lead)
    lead.page.locator(".kt-pair input").first.focus()
    reached = [page.evaluate(FOCUSED)]
    while reached[-1][0]:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    by_row = [row for row, _ in reached[:-1]]
    assert {by_row.count(row) for row in by_row} == {1, 2}
    assert reached[-1][1] == "Save draft"
    lead.page.locator(".kt-pair input").first.focus()
    by_enter = [page.evaluate(FOCUSED)]
    while by_enter[-1][0]:
        page.keyboard.press("Enter")
        by_enter.append(page.evaluate(FOCUSED))
    assert by_enter == reached
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Enter")
    assert page.evaluate(FOCUSED) == reached[-3]


def test_a_result_stands_there_while_typing_and_the_draft_keeps_itself(world, lead):
    page = starts_typing(world, lead)
    lead.keys("900")
    row = page.locator(f"[data-row=s{world.calls.pk}]")
    expect(row).to_contain_text("Would be unusually high")
    expect(page.get_by_text("900 is unusual.")).to_be_visible()
    expect(page.locator("[data-left]")).to_contain_text("1 figure to confirm")
    expect(page.locator("[data-left]")).to_contain_text("1 comment to write")
    assert not ReturnCell.objects.exists()
    lead.box("Seen in time: number").focus()
    expect(kept(page)).to_contain_text("Draft saved")
    assert ReturnCell.objects.get().value == 900
    # A percentage is not a count; a missing part is not an error until the row is left.
    lead.keys("84%")
    expect(page.locator(f"#s{world.seen.pk}-faults")).to_contain_text("84% is a percentage")
    lead.hits("Control+a").keys("478")
    page.wait_for_timeout(300)
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    lead.hits("Enter").keys("500").hits("Enter")
    expect(page.locator(f"[data-row=s{world.seen.pk}]")).to_contain_text("95.6%")
    expect(page.locator("[data-said]")).to_contain_text("Seen in time")
    lead.finds_nothing_wrong()
    lead.opens(world.address)
    assert lead.value("Seen in time: number") == "478"


def test_rare_choices_are_reached_from_a_box_without_a_stop(world, lead):
    page = starts_typing(world, lead)
    lead.hits("Alt+ArrowDown")
    assert page.evaluate("document.activeElement.dataset.opens") == "none"
    lead.hits("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.opens") == "comment"
    lead.hits("Escape")
    assert page.evaluate("document.activeElement.name") == f"s{world.calls.pk}-value"
    lead.hits("Alt+ArrowDown").hits("Space").keys("The system was down").hits("Enter")
    expect(page.locator(f"[data-row=s{world.calls.pk}]")).to_contain_text("No data")
    expect(kept(page)).to_contain_text("Draft saved")
    assert ReturnCell.objects.get().no_data_reason == "The system was down"


def test_what_stands_in_the_way_of_a_draft_is_told_and_nothing_typed_is_lost(world, lead):
    page = starts_typing(world, lead)
    lead.keys("34")
    page.context.clear_cookies(name="session")
    lead.hits("Enter").hits("Enter").hits("Enter")
    expect(kept(page)).to_contain_text("Not saved, and still on this page: you are signed out.")
    assert lead.value("Calls answered: figure") == "34"
    lead.complaints.clear()  # the browser names each refused request


def test_a_month_locked_meanwhile_is_told_while_typing(world, lead):
    page = starts_typing(world, lead)
    ReportingPeriod.objects.filter(starts_on=world.month.start).update(locked_at=timezone.now())
    lead.keys("34").hits("Enter").hits("Enter").hits("Enter")
    expect(kept(page)).to_contain_text(f"{world.month.full_label} is locked.")
    assert lead.value("Calls answered: figure") == "34"
    lead.complaints.clear()


def test_somebody_elses_figure_is_told_in_the_row(world, lead, at_a_browser):
    page = starts_typing(world, lead)
    other = at_a_browser(lead_of(world.acute, username="owen", first_name="Owen"))
    other.opens(world.address).sign_in()
    other.types("Calls answered: figure", "31").presses("Save draft")
    lead.keys("34").hits("Enter").hits("Enter").hits("Enter")
    expect(page.get_by_text("Owen saved 31")).to_be_visible()
    assert lead.value("Calls answered: figure") == "34"
    assert ReturnCell.objects.get().value == 31
    lead.presses("Save draft")
    assert ReturnCell.objects.get().value == 34


def test_on_a_phone_every_target_is_large_enough_for_a_finger(world, lead):
    page = starts_typing(world, lead)
    page.set_viewport_size({"width": 390, "height": 844})
    lead.keys("900")
    expect(page.get_by_text("900 is unusual.")).to_be_visible()
    assert page.evaluate(SMALLEST) >= 44
    lead.finds_nothing_wrong()
