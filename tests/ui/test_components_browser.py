"""The gallery in a real browser, under the real policy: accessible, whole at every width, and
readable without scripts."""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import RequestFactory

from accounts.permissions import Access
from accounts.roles import Role
from kmpt_tracker.middleware import content_security_policy
from kmpt_tracker.ui import views
from tests.ui.test_components_pages import Reader

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "tests/vendor/axe-core/4.14.1/axe.min.js").read_text()
ORIGIN = "http://127.0.0.1:9"
OPTIONS = {
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag2aaa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
    "rules": {
        "color-contrast-enhanced": {"enabled": False},
        "target-size": {"enabled": True},
        "label-content-name-mismatch": {"enabled": True},
        "table-fake-caption": {"enabled": True},
        "td-has-header": {"enabled": True},
        "css-orientation-lock": {"enabled": True},
    },
}
STATEMENTS = {
    "/components/": views.components,
    "/symbols/": views.symbols,
    "/accessibility/": views.accessibility,
    "/data-quality/": views.data_quality,
}


def serve(route):
    """Pages from the views, static files from where they lie, each with the policy."""
    address = urlsplit(route.request.url).path
    headers = {"Content-Security-Policy": content_security_policy()}
    if address in STATEMENTS:
        request = RequestFactory().get(address)
        request.user = Reader()
        request.access = Access(roles=frozenset([Role.PERFORMANCE_TEAM]))
        body = STATEMENTS[address](request).content
        route.fulfill(body=body, headers={**headers, "Content-Type": "text/html; charset=utf-8"})
        return
    file = ROOT / "static" / address.removeprefix("/static/")
    if address.startswith("/static/") and file.is_file():
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(body=file.read_bytes(), headers={**headers, "Content-Type": kind})
    else:
        route.fulfill(status=404, body="")


@pytest.fixture
def gallery(page):
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.route("**/*", serve)
    return page


def opened(page, address, width=1280):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(ORIGIN + address)
    page.wait_for_load_state()
    return page


# axe takes longest: it examines a page as a phone and as a screen show it.
WIDTHS = {320: True, 768: False, 1400: True}


@pytest.mark.parametrize("address", STATEMENTS)
def test_a_page_has_no_violations_and_fits_every_width(gallery, address):
    opened(gallery, address)
    assert gallery.complaints == []
    gallery.evaluate(AXE)
    for width, is_examined in WIDTHS.items():
        gallery.set_viewport_size({"width": width, "height": 900})
        assert gallery.evaluate("document.documentElement.scrollWidth") <= width
        if is_examined:
            found = gallery.evaluate(
                "options => axe.run({exclude: ['.js-plotly-plot .main-svg']}, options)", OPTIONS
            )
            assert [
                (width, violation["id"], [node["html"][:120] for node in violation["nodes"]])
                for violation in found["violations"]
            ] == []


def test_only_tables_and_charts_scroll_sideways_and_the_keyboard_reaches_them(gallery):
    opened(gallery, "/components/", 320)
    scrollers = gallery.evaluate(
        """() => [...document.querySelectorAll('main *, header *, footer *')]
        .filter(e => e.scrollWidth > e.clientWidth + 1
            && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
        .map(e => [e.className, e.tabIndex])"""
    )
    assert scrollers
    assert all("kt-scroll" in name and index == 0 for name, index in scrollers)


def test_plotly_takes_over_the_chart_in_view_and_its_table_opens_when_asked_for(gallery):
    opened(gallery, "/components/")
    gallery.locator("#sample").scroll_into_view_if_needed()
    gallery.locator("#sample .main-svg").first.wait_for()
    assert not gallery.locator("#sample > svg").is_visible()
    gallery.emulate_media(media="print")
    assert gallery.locator("#sample > svg").is_visible()
    assert not gallery.locator("#sample .main-svg").first.is_visible()
    gallery.emulate_media(media="screen")
    assert gallery.locator("#sample .modebar").count() == 0
    assert not gallery.locator("#sample-data table").is_visible()
    gallery.locator("#sample-data summary").click()
    assert gallery.locator("#sample-data table").is_visible()


def test_the_picture_of_a_chart_can_be_kept(gallery):
    opened(gallery, "/components/")
    with gallery.expect_download() as download:
        gallery.locator("[data-png=sample]").click()
    assert download.value.suggested_filename == "kmpt-sample.png"
    assert gallery.complaints == []


def test_the_first_tab_leads_to_the_content_and_what_is_wrong_has_the_focus(gallery):
    opened(gallery, "/symbols/")
    gallery.keyboard.press("Tab")
    assert gallery.evaluate("document.activeElement.textContent") == "Skip to main content"
    gallery.keyboard.press("Enter")
    assert gallery.evaluate("document.activeElement.id") == "maincontent"
    opened(gallery, "/components/")
    assert gallery.evaluate("document.activeElement.className") == "nhsuk-error-summary"


def test_the_summary_leads_into_the_field(gallery):
    opened(gallery, "/components/")
    gallery.locator(".nhsuk-error-summary a").first.click()
    assert gallery.evaluate("document.activeElement.id") == "id_typed-number"


def test_without_scripts_the_drawing_is_there_and_its_table_opens(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", serve)
    page.goto(ORIGIN + "/components/")
    assert page.locator("#sample > svg").is_visible()
    page.locator("#sample-data summary").click()
    assert page.locator("#sample-data table").is_visible()
    assert not page.get_by_role("button", name="Print").is_visible()
    context.close()


def test_printed_pages_have_their_own_head_and_no_menu(gallery):
    opened(gallery, "/components/")
    gallery.emulate_media(media="print")
    assert gallery.locator(".kt-printhead").is_visible()
    for hidden in (".nhsuk-header", ".kt-context", ".kt-footer", "[data-print]"):
        assert not gallery.locator(hidden).first.is_visible()
