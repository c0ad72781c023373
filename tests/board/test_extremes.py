"""The board's pages with hard content: long names, no data at all, a single figure."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Browser

from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.models import Target
from strategy.periods import Month
from tests.browser.axe import CONTEXT, OPTIONS, SCRIPT
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, ObjectiveFactory, PlanFactory
from tests.kpis.test_plan_browser import in_browser, serving
from tests.ui.test_components_browser import ORIGIN

__all__ = ["in_browser"]

pytestmark = [pytest.mark.browser, pytest.mark.any_database]
LATER = datetime(2025, 9, 20, tzinfo=UTC)
LONG = ("An extraordinarily long name of something that is counted " * 5)[:200].strip()
BARE = "Trust" * 40  # two hundred letters without a place to break
PLAN = "/?plan=strategy-2023-26"
PAGES = (
    PLAN,
    f"{PLAN}&period=2024-02",  # a month without data
    "/?plan=empty",  # a plan without measures
    "/plans/strategy-2023-26/ambitions/1/?period=2025-07",
    "/plans/strategy-2023-26/ambitions/1/?period=2024-02",
    "/summary/?period=2025-07",
    "/summary/?plan=strategy-2023-26&rows=targets&period=2025-07",
    "/summary/?q=nothing+of+the+kind",
    "/matrix/?period=2025-07",
    "/matrix/?q=nothing+of+the+kind",
    "/heatmap/?plan=strategy-2023-26&period=2025-07",
    "/heatmap/?plan=strategy-2023-26&q=nothing+of+the+kind",
    "/heatmap/?plan=empty",
    "/changes/?plan=strategy-2023-26&from=2025-05&to=2025-07",
    "/changes/?plan=empty",
    "/care-groups/acute/",
    "/care-groups/ended/",
    "/measures/",
)


@pytest.fixture
def pages(world, client) -> dict[str, str]:
    """The small trust with one measure of each kind that is hard to draw."""
    promise = Target.objects.get()
    trust, objective = promise.care_group, promise.objective
    ended = CareGroupFactory(code="ended", name=LONG[:120], position=3, valid_to=date(2025, 6, 1))
    for position, (code, name, values) in enumerate(
        (
            ("long", LONG[:160], (3, 9, 4, 8, 5)),
            ("bare", BARE[:160], (3, 9, 4, 8, 5)),
            ("single", "One figure", (7,)),
            ("constant", "Always seven", (7,) * 15),
            ("none", "Never a figure", ()),
        ),
        start=2,
    ):
        measure = MeasureFactory(code=code, name=name, owner=LONG[:160])
        series = SeriesFactory(measure=measure, care_group=trust)
        own = SeriesFactory(measure=measure, care_group=ended)
        for back, value in enumerate(reversed(values)):
            approved(series, Month(2025, 7).plus(-back), Decimal(value))
        if values:
            approved(own, Month(2025, 5), Decimal(values[0]))
        TargetFactory(
            measure=measure, plan=world.plan, objective=objective, care_group=trust,
            position=position, statement=LONG, value=None if code == "single" else Decimal(5),
            value_is="" if code == "single" else "absolute",
            operator="" if code == "single" else "ge",
        )  # fmt: skip
    TargetFactory(
        measure=None, plan=world.plan, objective=objective, care_group=trust, position=9,
        statement=BARE, operator="", value_is="", value=None,
    )  # fmt: skip
    ObjectiveFactory(ambition=objective.ambition, reference="1.2", position=2, title=LONG)
    PlanFactory(code="empty", title=LONG, starts_on=date(2019, 4, 1), ends_on=date(2020, 3, 31))
    recompute(stale_only=False, at=LATER)
    client.force_login(person(Role.BOARD_MEMBER))
    found = {}
    for address in PAGES:
        response = client.get(address)
        assert response.status_code == 200, address
        found[address] = response.content.decode()
    return found


def test_each_page_stays_whole_and_says_what_is_so_in_words(pages, in_browser):
    for address, page in pages.items():
        main = re.sub(r"<[^>]*>", " ", page.partition("<main")[2])
        assert not re.search(r"manage\.py|seed command|\bNone\b(?! of)|\bnan\b|Traceback", main), (
            address
        )
    for address in PAGES:
        if "nothing" in address:
            assert "No measures match" in pages[address], address
    problems = []

    def look(browser: Browser) -> None:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.route("**/*", serving(pages))
        for address in PAGES:
            page.goto(ORIGIN + address)
            for width in (1400, 390, 320):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    problems.append((address, width, f"is {wide} wide"))
            page.evaluate(SCRIPT)
            # Every page is looked at in both widths elsewhere; hard content is hardest on a phone.
            page.set_viewport_size({"width": 390, "height": 900})
            found = page.evaluate("given => axe.run(...given)", [CONTEXT, OPTIONS])
            problems.extend(
                (address, one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]
            )

    in_browser(look)
    assert problems == [], "\n".join(map(str, problems))
