"""Nothing that everyone may read gives away a count of few people, by any subtraction."""

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from kpis.judging.disclosure import Disclosure, disclosed, settled
from kpis.judging.terms import Observation
from kpis.rollup import Origin
from strategy.periods import Month, Period
from tests.documents import table

RULE = Disclosure()
JAN, MAR = Month(2026, 1), Month(2026, 3)
TABLES = 10_000
Table = dict[str, tuple[Observation, ...]]


def month(place: int) -> Period:
    return JAN.plus(place).period


def count(number: int, window: Period = JAN.period, **more) -> Observation:
    return Observation(period=window, value=Decimal(number), **more)


def share(top: int, bottom: int, window: Period = JAN.period) -> Observation:
    return Observation(period=window, numerator=Decimal(top), denominator=Decimal(bottom))


def shown(cells: Mapping[str, tuple[Observation, ...]], unit: str = "count") -> Table:
    return disclosed(cells, whole="trust", unit=unit, rule=RULE)


def is_hidden(seen: Observation) -> bool:
    numbers = (seen.value, seen.numerator, seen.denominator)
    assert (seen.status == "suppressed") == (numbers == (None, None, None))
    return seen.status == "suppressed"


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, 0), (1, None), (7, None), (8, 10), (10, 10), (12, 10), (13, 15), (1002, 1000), (-3, None)],
)
def test_small_counts_are_suppressed_and_others_rounded(number, said):
    (seen,) = shown({"acute": (count(number),)})["acute"]
    assert seen.value == said
    assert is_hidden(seen) == (said is None)


def test_a_count_with_decimals_below_eight_is_small():
    (seen,) = shown({"acute": (Observation(period=JAN.period, value=Decimal("7.5")),)})["acute"]
    assert is_hidden(seen)


def test_thresholds_are_those_of_the_installation():
    cells = {"acute": (count(9), count(14, month(1)))}
    seen = disclosed(cells, whole="trust", unit="count", rule=Disclosure(10, 3))["acute"]
    assert [row.value for row in seen] == [None, 15]


@pytest.mark.parametrize(
    ("top", "bottom", "said"),
    [
        (3, 50, None),  # few of many
        (3, 5, None),
        (0, 5, None),  # of few
        (0, 50, (0, 50, 0)),
        (0, 0, (0, 0, None)),
        (48, 52, (50, 50, 100)),  # the share of the rounded parts, not the exact one
        (12, 37, (10, 35, Decimal("28.571429"))),
    ],
)
def test_a_share_is_that_of_its_rounded_parts(top, bottom, said):
    (seen,) = shown({"acute": (share(top, bottom),)}, "percent")["acute"]
    assert is_hidden(seen) == (said is None)
    assert said is None or (seen.numerator, seen.denominator, seen.value) == said


def test_a_share_of_an_unknown_number_is_read_only_where_it_was_printed():
    entered = count(43)
    printed = count(43, month(1), origin=Origin.PUBLISHED)
    seen = shown({"acute": (entered, printed)}, "percent")["acute"]
    assert [row.value for row in seen] == [None, 43]


def test_whatever_holds_a_suppressed_count_is_suppressed():
    quarter = Period(JAN.start, MAR.end)
    cells = {
        "trust": (count(123), count(140, month(1)), count(400, quarter)),
        "acute": (count(3), count(20, month(1)), count(40, quarter)),
        "older": (count(120), count(120, month(1)), count(360, quarter)),
    }
    seen = shown(cells)
    assert [is_hidden(row) for row in seen["acute"]] == [True, False, True]
    assert [is_hidden(row) for row in seen["older"]] == [False, False, False]
    # The quarter of Acute is hidden, so every figure of the trust within it is.
    assert [is_hidden(row) for row in seen["trust"]] == [True, True, True]


def test_other_windows_of_the_trust_stay():
    cells = {
        "trust": (count(123), count(140, month(1))),
        "acute": (count(3), count(20, month(1))),
    }
    assert [is_hidden(row) for row in shown(cells)["trust"]] == [True, False]


def test_a_figure_that_is_not_final_cannot_be_subtracted():
    quarter = Period(JAN.start, MAR.end)
    cells = {
        "trust": (count(123), count(140, month(1)), count(400, quarter)),
        "acute": (count(3), count(20, month(1)), count(40, quarter)),
        "older": (count(120), count(120, month(1)), count(120, month(2)), count(360, quarter)),
    }
    opened = cells["acute"][0]
    read = settled(
        cells,
        whole="trust",
        is_final=lambda code, seen: seen is not opened,
        reports=lambda code, at: True,
    )
    assert read["acute"] == cells["acute"][1:2]
    assert read["trust"] == cells["trust"][1:2]
    assert read["older"] == cells["older"]


def test_the_trusts_own_figure_waits_for_every_care_group_that_reports():
    quarter = Period(JAN.start, MAR.end)
    before = count(90, month(-1), origin=Origin.PUBLISHED)
    own = (count(123), count(140, month(1)), count(137, month(2)), count(400, quarter))
    cells = {
        "trust": (before, *own),
        "acute": (count(110), count(120, month(1)), count(130, month(2))),
        "older": (count(20, month(1)), count(20, month(2))),
        "ended": (),
    }

    def read(first_reported: Month) -> tuple[Observation, ...]:
        def reports(code: str, at: Month) -> bool:
            return code == "acute" or (code == "older" and first_reported <= at)

        return settled(cells, whole="trust", is_final=lambda *_: True, reports=reports)["trust"]

    # Of January Older People is missing; before that no care group reported.
    assert read(JAN) == (before, *own[1:3])
    assert read(JAN.plus(1)) == (before, *own)


def test_only_what_was_printed_stays_from_before_any_care_group_reported():
    printed, entered = count(90, origin=Origin.PUBLISHED), count(91, month(1))
    cells = {"trust": (printed, entered), "acute": (), "older": ()}

    def read(**more: tuple[Observation, ...]) -> Table:
        every = {"is_final": lambda *_: True, "reports": lambda code, at: code == "acute"}
        return settled({**cells, **more}, whole="trust", **every)

    assert read()["trust"] == (printed,)
    # Once it has come in, the trust's own waits for nobody; a printed one waits for it too.
    assert read(acute=(count(40, month(1)),))["trust"] == (printed, entered)
    assert read(older=(count(40),))["trust"] == ()
    assert settled(
        cells, whole="trust", is_final=lambda *_: True, reports=lambda code, at: False
    ) == {"trust": (printed, entered), "acute": (), "older": ()}


@pytest.mark.parametrize("whose", ["acute", "trust"])
def test_a_longer_window_waits_for_every_shorter_one_in_it(whose):
    quarter = Period(JAN.start, MAR.end)
    months = (count(20), count(20, month(1)))
    whole, printed = count(43, quarter), count(43, quarter, origin=Origin.PUBLISHED)

    def read(*found: Observation) -> tuple[Observation, ...]:
        every = {"is_final": lambda *_: True, "reports": lambda code, at: False}
        return settled({whose: found}, whole="trust", **every)[whose]

    # March would be 43 less 40.
    assert read(*months, whole) == months
    assert read(*months, printed) == (*months, printed)
    assert read(*months, count(3, month(2)), whole) == (*months, count(3, month(2)), whole)
    assert read(whole) == (whole,)


def test_no_moment_says_more_of_a_suppressed_count_than_another():
    """Before a care group's figure is there, or once it is withdrawn; while its return is open
    again; and once it counts: whichever of 1 to 7 it is, everyone reads the same each time. So it
    is from the first month on, and where care groups begin and end.
    """
    pick, hidden, shown_then = random.Random(12), 0, 0
    every = ("trust", "months", "quarters", "rolling", "year")
    for _ in range(TABLES // 10):
        base, months = random_table(pick, lives=True)
        small = [cell for cell, number in base.items() if 1 <= number <= 7]
        if not small:
            continue
        late = pick.choice(small)
        kinds = frozenset(kind for kind in every if pick.random() < 0.7)
        other = pick.choice([number for number in range(1, 8) if number != base[late]])
        # The longer windows may come in before the month.
        is_alone = pick.random() < 0.5

        def moments(
            counts: Mapping[tuple[str, int], int],
            late: tuple[str, int] = late,
            months: int = months,
            kinds: frozenset[str] = kinds,
            is_alone: bool = is_alone,
        ) -> list[Table]:
            code, place = late
            cells = reported(counts, months, kinds)
            own = month(place)
            absent = {
                name: tuple(
                    seen
                    for seen in found
                    if name != code
                    or not (seen.period.start <= own.start <= seen.period.end)
                    or (is_alone and seen.period != own)
                )
                for name, found in cells.items()
            }
            found = []
            for seen_then, is_open in ((absent, False), (cells, True), (cells, False)):
                read = settled(
                    seen_then,
                    whole="trust",
                    is_final=lambda name, seen, is_open=is_open: (
                        not is_open or (name, seen.period) != (code, own)
                    ),
                    reports=lambda name, at: (name, at.months_since(JAN)) in counts,
                )
                found.append(shown(read))
            return found

        before, after = moments(base), moments({**base, late: other})
        assert before == after, (base, late, kinds, is_alone)
        hidden += 1
        shown_then += sum(not is_hidden(seen) for seen in before[0].get("trust", ()))
    assert hidden > TABLES // 20
    assert shown_then > 100


def random_table(
    pick: random.Random, *, lives: bool = False
) -> tuple[dict[tuple[str, int], int], int]:
    """Counts by care group and month, many of them small. `lives`: of groups that begin and end."""
    groups = [f"group-{place}" for place in range(pick.randint(1, 3))]
    months = pick.choice([3, 3, 3, 6])
    counts = {}
    for group in groups:
        first, end = (
            (pick.choice([0, 0, 1, 2]), months - pick.choice([0, 0, 1])) if lives else (0, months)
        )
        for place in range(first, end):
            counts[group, place] = pick.choice([0, pick.randint(1, 7), pick.randint(8, 400)])
    return counts, months


def published_of(base: Mapping[tuple[str, int], int], months: int, kinds: frozenset[str]) -> Table:
    return shown(reported(base, months, kinds))


def reported(base: Mapping[tuple[str, int], int], months: int, kinds: frozenset[str]) -> Table:
    """Everything that is reported of the counts: months, quarters and the year, by care group and
    by the trust itself.
    """
    groups = sorted({group for group, _ in base})
    cells: Table = {}
    for code in [*groups, "trust"]:
        of = groups if code == "trust" else [code]
        if code == "trust" and "trust" not in kinds:
            continue
        spans = []
        if "months" in kinds or code != "trust":
            spans += [(place, place) for place in range(months)]
        if "quarters" in kinds:
            spans += [(place, place + 2) for place in range(0, months, 3)]
        if "rolling" in kinds:
            spans += [(place, place + 2) for place in range(1, months - 2)]
        if "year" in kinds:
            spans.append((0, months - 1))
        cells[code] = tuple(
            count(
                sum(base.get((group, at), 0) for group in of for at in range(first, last + 1)),
                Period(month(first).start, month(last).end),
            )
            for first, last in dict.fromkeys(spans)
            if code == "trust" or all((code, at) in base for at in range(first, last + 1))
        )
    return cells


def test_no_table_says_more_of_a_suppressed_count_than_that_it_is_one():
    """Whichever of 1 to 7 it is, everyone reads the same: so no subtraction can tell them apart."""
    pick, hidden, left = random.Random(7), 0, 0
    every = ("trust", "months", "quarters", "rolling", "year")
    for _ in range(TABLES):
        base, months = random_table(pick)
        kinds = frozenset(kind for kind in every if pick.random() < 0.7)
        read = published_of(base, months, kinds)
        left += sum(not is_hidden(seen) for found in read.values() for seen in found)
        small = [cell for cell, number in base.items() if 1 <= number <= 7]
        for cell in small[:1]:
            hidden += 1
            other = pick.choice([number for number in range(1, 8) if number != base[cell]])
            assert published_of({**base, cell: other}, months, kinds) == read, (base, cell, kinds)
    # Of so many cells most can still be read.
    assert hidden > TABLES * 8 // 10
    assert left > TABLES


def test_no_share_says_more_of_its_parts():
    pick = random.Random(8)
    for _ in range(TABLES):
        bottom = pick.randint(8, 300)
        cells = {
            "acute": (share(pick.randint(1, 7), bottom),),
            "older": (share(pick.randint(8, 400), 400),),
            "trust": (share(pick.randint(8, 700), bottom + 400),),
        }
        read = shown(cells, "percent")
        others = {
            **cells,
            "acute": (replace(cells["acute"][0], numerator=Decimal(pick.randint(1, 7))),),
        }
        assert shown(others, "percent") == read
        assert is_hidden(read["acute"][0])
        assert is_hidden(read["trust"][0])


def test_the_documented_figures_are_read_so():
    for figure, said in table("public.md", "disclosure"):
        top, _, bottom = figure.partition(" of ")
        cell = share(int(top), int(bottom)) if bottom else count(int(top))
        (seen,) = shown({"acute": (cell,)}, "percent" if bottom else "count")["acute"]
        parts = (seen.numerator, seen.denominator) if bottom else (seen.value,)
        read = "suppressed" if is_hidden(seen) else " of ".join(f"{part:f}" for part in parts)
        assert read == said, figure
