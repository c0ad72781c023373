"""Figures of others: drawn, listed and exported, never rated and never taken for a figure."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.measures.load import measure_page
from kpis.models import Assessment, Benchmark
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import approved, rolled_up
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, SourceDocumentFactory

LAST = Month.of(timezone.localdate()).plus(-1)


@pytest.fixture
def compared(db):
    acute = CareGroupFactory(code="acute", name="Acute", position=1)
    measure, _, (series,) = rolled_up(acute, code="seen", name="Seen")
    for back in range(20):
        approved(
            series, LAST.plus(-back), numerator=Decimal(40 + 3 * back % 7), denominator=Decimal(50)
        )
    document = SourceDocumentFactory(code="report", title="A report", published_on=date(2024, 6, 1))
    printed = {"measure": measure, "source_document": document, "source_section": "page 3"}
    month = LAST.plus(-3)
    Benchmark.objects.create(
        code="dated", whose="National Average", level="national", value=Decimal("12.5"),
        period_start=month.start, period_end=month.end, **printed,
    )  # fmt: skip
    Benchmark.objects.create(
        code="undated", whose="<Best> trust", level="peer", value=Decimal("99.25"), **printed
    )
    recompute(stale_only=False, at=timezone.now())
    return measure, series, month


def drawn(page) -> dict:
    return {trace["name"]: trace for trace in page.trend.figure["data"]}


def test_it_is_drawn_over_its_period_within_the_axis_and_named(compared):
    measure, series, month = compared
    page = measure_page(measure, series.care_group, now=timezone.now())
    line = drawn(page)["National Average"]
    assert line["x"][0] == month.start.isoformat()
    assert line["y"] == [12.5, 12.5]
    low, _ = page.trend.figure["layout"]["yaxis"]["range"]
    assert low < 12.5
    assert "National Average 12.5%" in [
        note["text"] for note in page.trend.figure["layout"]["annotations"]
    ]
    assert "Figures of others are drawn beside it, and never rated." in page.trend.summary
    assert "<Best> trust" not in drawn(page)


def test_no_assessment_takes_it(client, compared):
    before = list(Assessment.objects.values_list("value", "spc_mean").order_by("pk"))
    Benchmark.objects.all().delete()
    recompute(stale_only=False, at=timezone.now())
    assert list(Assessment.objects.values_list("value", "spc_mean").order_by("pk")) == before
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    assert "Figures of others" not in client.get("/measures/seen/?care_group=acute").text


def test_the_page_and_the_file_say_the_same_and_honour_the_moment(client, compared):
    client.force_login(person(Role.ANALYST, Role.BOARD_MEMBER), backend=BACKEND)
    page = client.get("/measures/seen/?care_group=acute").text
    assert "&lt;Best&gt; trust" in page
    assert "none printed" in page
    rows = client.get("/exports/benchmarks.csv").getvalue().decode().splitlines()
    assert rows[0] == "measure,period_start,period_end,value,unit,whose,source,published_on"
    assert rows[1].endswith(',12.5,percent,National Average,"A report, page 3",2024-06-01')
    assert rows[2].startswith("seen,,,99.25,percent,<Best> trust,")
    early = client.get("/exports/benchmarks.csv?as_at=2024-05-31").getvalue().decode()
    assert early.count("\n") == 1
    then = client.get("/measures/seen/?care_group=acute&as_at=2024-05-31").text
    assert "Figures of others" not in then


def test_the_outlook_is_dashed_and_never_a_figure(compared):
    measure, series, _ = compared
    page = measure_page(measure, series.care_group, now=timezone.now())
    assert page.outlook.startswith("As the process stands")
    lines = drawn(page)
    likely = lines["Outlook, likely"]
    assert likely["line"]["dash"] == "8px,6px"
    assert likely["x"][0] == LAST.start.isoformat()
    assert len(likely["x"]) == 13
    assert max(lines["Seen"]["x"]) == LAST.start.isoformat()
    assert (
        lines["Outlook, lower end"]["y"][1] <= likely["y"][1] <= lines["Outlook, upper end"]["y"][1]
    )
    assert "Dashed in blue: the outlook, no figures." in page.trend.summary
