"""The strategy on a page on paper, on a phone and on a screen, as Chromium lays it out."""

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from accounts.roles import Role
from tests.factories.people import person
from tests.kpis.test_plan_browser import in_browser, serving
from tests.ui.test_components_browser import ORIGIN

__all__ = ["in_browser"]

pytestmark = [pytest.mark.browser, pytest.mark.any_database]
PLAN = "strategy-2023-26"
SHEETS = 4
# The height of a row of two lines at 1400 pixels: two lines of 20 pixels, and its padding.
TWO_LINES = 50
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def pages(seeded, client) -> dict[str, str]:
    client.force_login(person(Role.BOARD_MEMBER))
    return {"/": client.get("/").content.decode()}


def links_by_sheet(pdf: bytes) -> Iterator[list[tuple[str, float]]]:
    """The links of each sheet of a PDF, with their heights on it, as Chromium writes them."""
    objects = dict(re.findall(rb"(?:^|\n)(\d+) 0 obj\s*(.*?)endobj", pdf, re.DOTALL))
    (whole,) = (
        one for one in objects.values() if re.search(rb"/Type\s*/Pages\b.*/Count", one, re.S)
    )
    kids = re.search(rb"/Kids\s*\[(.*?)\]", whole, re.DOTALL)
    for number in re.findall(rb"(\d+) 0 R", kids[1]):
        listed = re.search(rb"/Annots\s*\[(.*?)\]", objects[number], re.DOTALL)
        found = []
        for link in re.findall(rb"(\d+) 0 R", listed[1]) if listed else ():
            address = re.search(rb"/URI\s*\((.*?)\)", objects[link])
            place = re.search(rb"/Rect\s*\[([^\]]*)\]", objects[link])
            if address and place:
                found.append((address[1].decode(), float(place[1].split()[1])))
        yield found


def test_the_strategy_prints_on_four_sheets_and_no_card_is_split(pages, in_browser):
    """The summary on the first, then two cards a sheet: each measure's link on the sheet of its
    card's heading, below it."""
    made = {}

    def printed(browser: Browser) -> None:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.route("**/*", serving(pages))
        page.goto(f"{ORIGIN}/")
        made["cards"] = page.eval_on_selector_all(
            ".kt-sheet > section",
            "cards => cards.map(card => [...card.querySelectorAll('a')].map(a => a.href))",
        )
        made["attention"] = page.eval_on_selector_all(
            ".kt-attn a", "links => links.map(link => link.href)"
        )
        made["pdf"] = page.pdf(prefer_css_page_size=True, print_background=True)

    in_browser(printed)
    sheets = list(links_by_sheet(made["pdf"]))
    assert len(sheets) == SHEETS
    assert set(made["attention"]) <= {address for address, _ in sheets[0]}
    placed = defaultdict(list)
    for number, links in enumerate(sheets):
        for address, height in links:
            placed[address].append((number, height))
    for place, card in enumerate(made["cards"]):
        own = 1 + place // 2
        ((_, top),) = (spot for spot in placed[card[0]] if spot[0] == own)
        for address in card[1:]:
            assert any(sheet == own and height < top for sheet, height in placed[address]), address
    assert len(made["cards"]) == 2 * (SHEETS - 1)


def test_the_first_worry_stands_on_the_first_screen_of_a_phone_and_rows_take_two_lines(
    pages, in_browser
):
    seen = {}

    def look(browser: Browser) -> None:
        page = browser.new_page(viewport=PHONE)
        page.route("**/*", serving(pages))
        page.goto(f"{ORIGIN}/")
        seen["end"] = page.evaluate(
            "document.querySelector('.kt-attn__say strong').getBoundingClientRect().bottom"
        )
        page.set_viewport_size({"width": 1400, "height": 900})
        seen["rows"] = page.eval_on_selector_all(
            ".kt-mt tbody tr:not(.kt-grp):not(.kt-line)",
            "rows => rows.map(row => [row.getBoundingClientRect().height, row.innerText])",
        )

    in_browser(look)
    assert seen["end"] <= PHONE["height"]
    taller = [row for row in seen["rows"] if row[0] > TWO_LINES]
    assert len(seen["rows"]) > 60
    assert taller == []


def test_its_links_stay_on_this_site(pages):
    for address in re.findall(r'href="([^"]*)"', pages["/"]):
        assert not urlsplit(address).netloc
