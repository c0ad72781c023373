"""Figures from a spreadsheet, pasted or in a file, are shown before they are saved."""

import pytest

from kpis.models import ReturnCell
from tests.kpis.imports.books import csv_bytes

PASTE = """
(box, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text', text);
  box.focus();
  box.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}
"""

BEYOND = """() => {
  const table = document.querySelector('.kt-scroll');
  return table.scrollWidth - table.clientWidth;
}"""


@pytest.fixture
def at_the_return(world, lead):
    lead.opens("/accounts/sign-in/").sign_in()
    return lead.opens(world.address)


def test_a_block_is_shown_first_and_what_was_typed_before_is_kept(world, at_the_return):
    lead = at_the_return
    lead.page.locator(f"[name=s{world.calls.pk}-value]").fill("35")
    box = lead.page.locator(f"[name=s{world.seen.pk}-numerator]")
    with lead.page.expect_navigation():
        box.evaluate(f"box => ({PASTE})(box, {'470	500'!r})")
    assert lead.heading.startswith("Paste from Excel: Acute")
    assert lead.sees("470 of 500")
    lead.finds_nothing_wrong()
    screen = lead.page.viewport_size
    lead.page.set_viewport_size({"width": 390, "height": 844})
    assert lead.page.evaluate(BEYOND) <= 0, "the reasons are beside the screen"
    lead.finds_nothing_wrong()
    lead.page.set_viewport_size(screen)
    lead.presses("Save in the draft")
    assert lead.sees("1 figure is pasted into the draft.")
    cells = {cell.series_id: cell for cell in ReturnCell.objects.all()}
    assert cells[world.calls.pk].value_text == "35"
    assert cells[world.seen.pk].denominator_text == "500"


def test_a_file_is_chosen_looked_at_and_saved(world, at_the_return):
    lead = at_the_return
    figure = (world.calls.measure.name, "acute", str(world.month), "36")
    data = csv_bytes([("measure", "care group", "period", "value"), figure])
    lead.opens("/imports/").finds_nothing_wrong()
    lead.presses("Read the file")
    assert lead.sees("Select a file")
    lead.finds_nothing_wrong()
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": data}
    lead.page.locator("#file").set_input_files(file)
    lead.presses("Read the file")
    assert lead.heading == "1 figure to save, nothing refused"
    lead.finds_nothing_wrong()
    lead.presses("Save the drafts")
    assert lead.sees("1 figure is saved as a draft.")
    lead.finds_nothing_wrong()
