"""The small charts of an ambition: drawn by the server, and by Plotly once they are in view."""

import re

import plotly.graph_objects as go
import pytest
from playwright.sync_api import Browser

from accounts.roles import Role
from board.ambitions.page import ambition_page
from kpis.assessments.clocks import clock_at
from strategy.models import Plan
from strategy.periods import Month
from tests.board.test_board_on_paper import links_by_sheet
from tests.factories.people import person
from tests.kpis.test_plan_browser import in_browser, serving
from tests.ui.test_components_browser import ORIGIN

__all__ = ["in_browser"]

pytestmark = [pytest.mark.browser, pytest.mark.any_database]
ADDRESS = "/plans/strategy-2023-26/ambitions/1/"


@pytest.fixture
def pages(seeded, client) -> dict[str, str]:
    client.force_login(person(Role.BOARD_MEMBER))
    return {ADDRESS: client.get(ADDRESS).content.decode()}


@pytest.mark.usefixtures("seeded")
def test_each_figure_is_one_that_plotly_knows_and_shows_what_the_drawing_shows():
    from datetime import UTC, datetime

    now = datetime(2026, 11, 20, tzinfo=UTC)
    plan = Plan.objects.get(code="strategy-2023-26")
    drawn = 0
    for position in (1, 2):
        page = ambition_page(plan, position, Month(2026, 9), clock_at(now))
        for panel in (panel for group in page.objectives for panel in group.panels if panel.drawn):
            figure = go.Figure(panel.drawn.figure)
            (points,) = (trace for trace in figure.data if trace.text)
            windows = panel.drawn.chart.group.windows
            assert list(points.y) == [
                None if window.value is None else float(window.value) for window in windows
            ]
            assert {trace.type for trace in figure.data} == {"scatter"}
            low, high = figure.layout.yaxis.range
            assert all(low <= value <= high for value in points.y if value is not None)
            drawn += 1
    assert drawn > 20


def test_plotly_takes_over_in_view_and_the_keys_read_a_chart(pages, in_browser):
    seen = {}

    def look(browser: Browser) -> None:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("pageerror", lambda error: seen.setdefault("errors", []).append(str(error)))
        page.route("**/*", serving(pages))
        page.goto(ORIGIN + ADDRESS)
        page.locator(".is-taken").first.wait_for()
        page.wait_for_timeout(1000)
        seen["first"] = page.locator(".is-taken").count()
        seen["all"] = page.locator(".kt-drawn").count()
        chart = page.locator(".kt-drawn").first
        chart.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        seen["said"] = page.locator(".kt-drawn + [role=status]").first.inner_text()
        page.locator(".hovertext").first.wait_for()
        seen["hidden"] = chart.locator("> svg").is_visible()
        last = page.locator(".kt-drawn").last
        last.scroll_into_view_if_needed()
        page.locator(".kt-drawn.is-taken").last.wait_for()
        page.emulate_media(media="print")
        seen["printed"] = (
            chart.locator("> svg").is_visible(),
            chart.locator(".kt-taken").is_visible(),
        )

    in_browser(look)
    assert "errors" not in seen
    assert 0 < seen["first"] < seen["all"], "only what is in view"
    window = re.search(r"<td[^>]*>", pages[ADDRESS])
    assert window
    assert re.match(r"[A-Z][a-z]{2} \d{4}: \d", seen["said"])
    assert not seen["hidden"]
    assert seen["printed"] == (True, False)


def test_without_scripts_the_drawings_stay_and_it_prints_a_slide_an_objective(pages, in_browser):
    seen = {}

    def look(browser: Browser) -> None:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.route("**/*", serving(pages))
        page.goto(ORIGIN + ADDRESS)
        seen["drawn"] = page.locator(".kt-drawn > svg").count()
        seen["visible"] = page.locator(".kt-drawn > svg").first.is_visible()
        seen["stops"] = page.locator(".kt-drawn[tabindex]").count()
        seen["pdf"] = page.pdf(prefer_css_page_size=True, print_background=True)

    in_browser(look)
    assert seen["drawn"] > 10
    assert seen["visible"]
    assert seen["stops"] == 0
    sheets = list(links_by_sheet(seen["pdf"]))
    objectives = [{place for place, _ in links if "/objectives/" in place} for links in sheets]
    assert [len(found) for found in objectives] == [1] * len(sheets)
    assert len(set.union(*objectives)) == len(sheets)
