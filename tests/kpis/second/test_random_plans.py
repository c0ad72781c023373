"""Random plans judged twice: what is stored, and what was known at any moment, is what a second,
slow implementation of the rules gives when it replays values, edits and changes."""

import random
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from kpis.assessments.integrity import findings
from kpis.assessments.read import histories
from kpis.judging.status import Standing
from kpis.models import Series
from tests.kpis.second.judging import Cell, judged
from tests.kpis.second.loading import load
from tests.kpis.second.world import event_moments, moments, random_world

NOW = datetime(2021, 1, 11, 9, tzinfo=UTC)
# Stored values have six decimals; what was judged has every digit.
STORED = Fraction(51, 10**8)
# Random dates of groups leave figures outside them, and no row has a person's reason.
IN_MADE_UP_WORLDS = ("orphan", "no provenance", "outside its time", "approved by nobody")


def shown(standing: Standing) -> Cell:
    target = standing.target
    return Cell(
        rag=standing.rag.value,
        value=standing.value,
        judged=standing.judged_value,
        reported=standing.groups_reported,
        expected=standing.groups_expected,
        stands=standing.milestone_status,
        is_point=standing.value is not None and not standing.is_part_sum,
        target=target.code if target else "",
        asked=target.value if target else None,
        upper=target.upper if target else None,
        floor=target.floor if target else None,
        variance=target.variance if target else None,
        carried_forward=bool(target and target.carried_forward),
        due_date_passed=bool(target and target.due_date_passed),
        further={other.code: other.rag.value for other in standing.further},
        average=standing.spc_mean,
        lowest=standing.spc_lower,
        highest=standing.spc_upper,
        limits=standing.limits_status,
    )


def differences(found: Cell, wanted: Cell) -> dict[str, tuple]:
    """The fields that differ, for numbers by more than rounding."""
    pairs = {
        name: (getattr(found, name), getattr(wanted, name)) for name in wanted.__dataclass_fields__
    }
    numbers = (
        "value",
        "judged",
        "asked",
        "upper",
        "floor",
        "variance",
        "average",
        "lowest",
        "highest",
    )
    return {
        name: (one, two)
        for name, (one, two) in pairs.items()
        if one != two
        and not (
            name in numbers
            and None not in (one, two)
            and abs(Fraction(one) - Fraction(two)) < STORED
        )
    }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 4])
def test_any_moment_reads_as_the_second_rules_replay_it(seed):
    chance = random.Random(seed)
    world = random_world(chance)
    load(world, at=NOW)
    series = list(Series.objects.select_related("measure", "care_group"))
    seen = set()
    for moment in (None, *moments(chance, 3), *event_moments(chance, world, 5)):
        wanted = judged(world, moment)
        for row in histories(series, known_at=moment).values():
            key = (row.series.measure.code, row.series.care_group.code)
            cells = {
                (window.period.start, window.period.end): shown(window)
                for window in row.history.windows
            }
            assert cells.keys() == wanted[key].keys(), (moment, key)
            for window, cell in cells.items():
                assert differences(cell, wanted[key][window]) == {}, (moment, key, window)
                seen.add(cell.rag)
    assert seen >= {"green", "amber", "red", "incomplete", "not_applicable", "suppressed"}
    assert [found for found in findings() if found.kind not in IN_MADE_UP_WORLDS] == []


@pytest.mark.django_db
def test_as_known_now_is_the_present():
    load(random_world(random.Random(3)), at=NOW)
    series = list(Series.objects.select_related("measure", "care_group"))
    present, known = histories(series), histories(series, known_at=NOW)
    assert {key: row.history for key, row in present.items()} == {
        key: row.history for key, row in known.items()
    }
