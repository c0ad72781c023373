"""A full recompute of a large trust against a plain bulk write of the rows it makes.

1,800 series of 60 months each, made up: 300 ratios, each reported by five care groups and rolled
up to the trust, each with a commitment. Both times are taken in this run.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

MEASURES, GROUPS, MONTHS = 300, 5, 60
GOAL = 2
ROUNDS = 3


def fill() -> None:
    """Add the series to the scratch database."""
    from kpis.models import Actual, Decision, Measure, Series, Target
    from strategy.models import CareGroup
    from strategy.periods import Month

    chance = random.Random(20260301)
    trust, _ = CareGroup.objects.get_or_create(
        level="trust", defaults={"code": "trust", "name": "Trust-wide"}
    )
    groups = [
        CareGroup.objects.create(code=f"bench-{n}", name=f"Group {n}", level="care_group")
        for n in range(GROUPS)
    ]
    measures = Measure.objects.bulk_create(
        Measure(
            code=f"bench-{n}",
            name=f"Measure {n}",
            unit="percent",
            decimals=1,
            direction="higher_is_better" if n % 2 else "lower_is_better",
            frequency="monthly",
            numerator="seen",
            denominator="referred",
            roll_up="ratio_of_sums",
            over_time="ratio_of_sums",
            collection_level="care_group",
        )
        for n in range(MEASURES)
    )
    Target.objects.bulk_create(
        Target(
            code=f"bench-{n}",
            measure=measure,
            care_group=trust,
            position=n,
            statement="Bench",
            operator="ge" if n % 2 else "le",
            value_is="absolute",
            value=Decimal(90),
            effective_from=date(2015, 1, 1),
        )
        for n, measure in enumerate(measures)
    )
    series = Series.objects.bulk_create(
        Series(measure=measure, care_group=group, fed_by="roll_up" if group is trust else "returns")
        for measure in measures
        for group in [*groups, trust]
    )
    months = [Month(2021, 1).plus(step) for step in range(MONTHS)]
    at = datetime(2026, 1, 20, tzinfo=UTC)
    actuals = []
    for row in series:
        if row.fed_by == "roll_up":
            continue
        for month in months:
            seen = chance.randint(800, 1000)
            actuals.append(
                Actual(
                    series=row,
                    period_start=month.start,
                    period_end=month.end,
                    version=1,
                    numerator=seen,
                    denominator=1000,
                    value=Decimal(seen) / 10,
                    origin="entered",
                    recorded_at=at,
                )
            )
    saved = Actual.objects.bulk_create(actuals, batch_size=2000)
    Decision.objects.bulk_create(
        (Decision(actual=row, outcome="approved", decided_at=at, known_from=at) for row in saved),
        batch_size=2000,
    )


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    from kpis.assessments.store import recompute
    from kpis.models import Assessment, Judgement, Series

    fill()
    keys = list(
        Series.objects.filter(measure__code__startswith="bench-").values_list("pk", flat=True)
    )

    def full() -> None:
        recompute(at=timezone.now(), stale_only=False, series_ids=keys)

    full()  # the first one finds nothing to replace
    times = [seconds(full) for _ in range(ROUNDS)]
    assessments = list(Assessment.objects.filter(series__in=keys))
    judgements = list(Judgement.objects.filter(assessment__series__in=keys))

    def write_again() -> None:
        Judgement.objects.filter(assessment__series__in=keys).delete()
        Assessment.objects.filter(series__in=keys).delete()
        Assessment.objects.bulk_create(assessments, batch_size=500)
        Judgement.objects.bulk_create(judgements, batch_size=500)

    def write_only() -> None:
        Assessment.objects.bulk_create(assessments, batch_size=500)
        Judgement.objects.bulk_create(judgements, batch_size=500)

    plain = []
    for _ in range(ROUNDS):
        with transaction.atomic():
            Judgement.objects.filter(assessment__series__in=keys).delete()
            Assessment.objects.filter(series__in=keys).delete()
            plain.append(seconds(write_only))
            transaction.set_rollback(True)
    with transaction.atomic():
        again = seconds(write_again)
        transaction.set_rollback(True)
    taken, written = statistics.median(times), statistics.median(plain)
    print(
        json.dumps(
            {
                "bench": "full recompute / plain bulk write of its rows",
                "series": len(keys),
                "months": MONTHS,
                "rows": len(assessments) + len(judgements),
                "recompute_s": round(taken, 2),
                "bulk_write_s": round(written, 2),
                "delete_and_bulk_write_s": round(again, 2),
                "ratio": round(taken / written, 2),
                "goal": GOAL,
                "met": taken / written <= GOAL,
            }
        ),
        flush=True,
    )
