"""Whichever of 1 to 7 a suppressed count is, everyone reads the same on every page and in its file.

Words, charts, sources and files alike: what does not change with a count cannot give it away, by
whatever subtraction.
"""

import os
import random
import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.models import Measure, Series
from strategy.models import CareGroup
from strategy.periods import Month, Period
from tests.board.test_public_view import (
    FIRST,
    LOCKED,
    NOW,
    body,
    public_addresses,
)
from tests.board.test_public_view import published as published
from tests.factories.measures import (
    MeasureFactory,
    RatioFactory,
    TargetFactory,
    approved,
)
from tests.factories.plans import CareGroupFactory

# Python alone decides what is suppressed, rounded and said.
pytestmark = pytest.mark.any_database
DRAWS = int(os.environ.get("PUBLIC_DRAWS", "1"))
# What says when a figure was known or assessed, and what differs from page to page by chance.
BY_CHANCE = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z?|nonce=\"[^\"]*\"|csrfmiddlewaretoken[^>]*>")


def people(**more) -> Measure:
    return MeasureFactory(
        counts_people=True, roll_up="sum", over_time="sum", direction="lower_is_better", **more
    )


@pytest.fixture
def tables(published, settings, monkeypatch) -> list[tuple[Series, Period, bool]]:
    """More counts of few: of a year to date, of quarters, of a care group that ends, the trust's
    own, and a total that the trust reports itself; with targets and charts. Each cell is a count,
    or the share of one in so many.
    """
    settings.PUBLIC_DASHBOARD = True
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    place, trust = published.place, CareGroup.objects.get(level=CareGroup.Level.TRUST)
    acute, older, plan = place.world.acute, place.world.older, place.world.plan
    ended = CareGroupFactory(code="ended", valid_to=FIRST.plus(3).start)
    acute.predecessors.add(ended)
    of_year = people(code="of-year", judged_on="year_to_date", collection_level="care_group")
    of_quarter = people(code="of-quarter", frequency="quarterly", collection_level="care_group")
    alone, total = people(code="alone"), people(code="own-total", collection_level="care_group")
    share = RatioFactory(code="in-share", counts_people=True)
    shown = [published.count, published.share, of_year, of_quarter, alone, total, share]
    objective = plan.objectives.first()
    for number, measure in enumerate(shown[2:], start=5):
        TargetFactory(
            code=f"strategy-2023-26/1.1.{number}", measure=measure, plan=plan, objective=objective,
            care_group=trust, position=number, value=Decimal(50),
            operator="ge" if measure == share else "le",
        )  # fmt: skip
    cells = []
    for measure in shown:
        groups = [trust] if measure == alone else [acute, older, ended]
        if measure != alone:
            Series.objects.get_or_create(
                measure=measure,
                care_group=trust,
                defaults={"fed_by": "returns" if measure == total else "roll_up"},
            )
        for group in groups:
            series, _ = Series.objects.get_or_create(measure=measure, care_group=group)
            months = 3 if measure == of_quarter else 1
            for first in range(0, LOCKED.months_since(FIRST) + 1 - (months - 1), months):
                start = Month(2025, 4).plus(first) if months == 3 else FIRST.plus(first)
                window = Period.spanning(start, start.plus(months - 1))
                if window.end > LOCKED.end or (group == ended and window.end >= ended.valid_to):
                    continue
                cells.append((series, window, measure.numerator != ""))
    return cells


def write(cells, numbers, late: int | None = None) -> None:
    """`late`: the cell that has not come in, though the trust's own total holds it."""
    more = {"known_from": NOW - timedelta(days=9)}
    own_total, totals = (
        Series.objects.get(measure__code="own-total", care_group__code="trust"),
        Counter(),
    )
    for place, ((series, window, is_share), number) in enumerate(zip(cells, numbers, strict=True)):
        more["period"] = window
        if series.measure_id == own_total.measure_id:
            totals[window] += number
        if place == late:
            continue
        if is_share:
            parts = {"numerator": Decimal(number), "denominator": Decimal(number + 613)}
            approved(series, Month.of(window.end), **parts, **more)
        else:
            approved(series, Month.of(window.end), Decimal(number), **more)
    for window, number in totals.items():
        approved(own_total, Month.of(window.end), Decimal(number), **{**more, "period": window})
    recompute(stale_only=False, at=NOW)
    for one in ("default", "answers"):
        caches[one].clear()


def read(addresses: list[str]) -> dict[str, str]:
    client = Client()
    found = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        found[address] = BY_CHANCE.sub("", body(response))
    return found


def test_everything_that_everyone_reads_is_the_same_whichever_the_small_counts_are(
    published, tables
):
    pick = random.Random(20_251_003)
    addresses = public_addresses(published)
    for measure in ("of-year", "of-quarter", "alone", "own-total", "in-share"):
        addresses += [f"/measures/{measure}/", f"/measures/{measure}/data.csv"]
        addresses += [
            f"/measures/{measure}/?care_group={code}"
            for code in ("acute", "ended")
            if measure != "alone"
        ]
    addresses += ["/care-groups/ended/", "/care-groups/acute/"]
    hidden = 0
    for _ in range(DRAWS):
        share = pick.choice([0.05, 0.2, 0.5])
        numbers = [
            pick.randint(1, 7) if pick.random() < share else pick.choice([0, pick.randint(8, 400)])
            for _ in tables
        ]
        write(tables, numbers)
        before = read(addresses)
        hidden += sum("uppressed" in text for text in before.values())
        write(tables, [pick.randint(1, 7) if 1 <= one <= 7 else one for one in numbers])
        after = read(addresses)
        differ = [address for address in addresses if before[address] != after[address]]
        assert not differ
    assert hidden > DRAWS * 10


def test_a_figure_that_has_not_come_in_cannot_be_subtracted(published, tables):
    pick = random.Random(20_261_130)
    own = [place for place, (row, *_) in enumerate(tables) if row.measure.code == "own-total"]
    late = pick.choice([place for place in own if tables[place][0].care_group.code == "acute"])
    addresses = ["/measures/own-total/", "/measures/own-total/data.csv", "/heatmap/data.csv"]
    numbers = [pick.randint(20, 400) for _ in tables]
    said = []
    for number in (1, 7):
        numbers[late] = number
        write(tables, numbers, late)
        said.append(read(addresses))
    assert said[0] == said[1]
    write(tables, numbers)
    assert read(addresses) != said[1]
