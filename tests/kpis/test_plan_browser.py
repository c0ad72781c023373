"""The pages of plans in a real browser: accessible, whole on a phone, readable without scripts."""

import mimetypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, sync_playwright

from cip.models import Allocation, Programme
from kpis.assessments.store import recompute
from kpis.models import Measure
from tests.factories.measures import TargetFactory
from tests.factories.paper import noted, paper
from tests.factories.people import performance_team
from tests.factories.plans import PlanFactory
from tests.factories.rows import MOMENT, row
from tests.ui.test_components_browser import AXE, OPTIONS, ORIGIN, ROOT

pytestmark = pytest.mark.browser
PLAN = "/plans/the-plan/"
ADDRESSES = (
    PLAN,
    f"{PLAN}?section=risks",
    f"{PLAN}?section=grouping-1",
    f"{PLAN}?section=money",
    f"{PLAN}objectives/aim-1/",
    "/threads/",
    "/cip/2019-20/",
    "/measures/",
    "/?plan=the-plan",
)


@pytest.fixture
def in_browser(browser_type_launch_args):
    """Run work with a browser in its own thread, as Django refuses queries in an event loop."""

    def run(work: Callable[[Browser], None]) -> None:
        def open_and_work() -> None:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(**browser_type_launch_args)
                work(browser)
                browser.close()

        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(open_and_work).result()

    return run


@pytest.fixture
def pages(db, client) -> dict[str, str]:
    plan = paper(2, code="the-plan", mission="We deliver", mission_section="Page 1")
    later = PlanFactory(starts_on=date(2020, 4, 1), ends_on=date(2023, 3, 31))
    TargetFactory(measure=Measure.objects.first(), plan=later, value=Decimal(97))
    programme = row(Programme, year="2019-20", plan=plan)
    noted(row(Allocation, programme=programme, label_as_published="Acute"))
    recompute(stale_only=True, at=MOMENT)
    client.force_login(performance_team(), backend="django.contrib.auth.backends.ModelBackend")
    found = {}
    for address in ADDRESSES:
        response = client.get(address)
        assert response.status_code == 200, address
        found[address] = response.content.decode()
    return found


def serving(pages: dict[str, str]):
    def serve(route) -> None:
        asked = urlsplit(route.request.url)
        address = f"{asked.path}?{asked.query}" if asked.query else asked.path
        file = ROOT / "static" / asked.path.removeprefix("/static/")
        if address in pages:
            route.fulfill(body=pages[address], content_type="text/html; charset=utf-8")
        elif asked.path.startswith("/static/") and file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        else:
            route.fulfill(status=404, body="")

    return serve


def test_the_pages_have_no_violations_and_fit_a_phone(pages, in_browser):
    problems = []

    def look(browser: Browser) -> None:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.route("**/*", serving(pages))
        for address in ADDRESSES:
            page.goto(ORIGIN + address)
            page.evaluate(AXE)
            for width in (390, 1400):
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    problems.append((width, address, "scrolls sideways"))
                found = page.evaluate("options => axe.run(document, options)", OPTIONS)
                for one in found["violations"]:
                    problems.append((width, address, one["id"], one["nodes"][0]["html"]))

    in_browser(look)
    assert problems == []


def test_a_reader_without_scripts_follows_the_contents_and_opens_a_note(pages, in_browser):
    def read(browser: Browser) -> None:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.route("**/*", serving(pages))
        page.goto(ORIGIN + PLAN)
        contents = page.get_by_role("navigation", name="The plan as published")
        contents.get_by_role("link", name="Risks", exact=True).click()
        assert page.url.endswith("?section=risks")
        assert page.get_by_role("heading", level=1).inner_text() == "Risks"
        page.goto(f"{ORIGIN}/?plan=the-plan")
        note = page.locator(".kt-notemark").first
        words = note.get_by_text("The text says two things")
        assert not words.is_visible()
        note.locator("summary").click()
        assert words.is_visible()

    in_browser(read)
