"""Generated series of every shape: every sentence about them is true of their points."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.assessments.read import calculated_standing
from kpis.judging.assess import assess
from kpis.judging.terms import MeasureTerms, Observation, SeriesInputs
from kpis.judging.wording import (
    asked_words,
    chart_of,
    has_tolerance,
    rule_words,
    untested,
    value_words,
    variance_words,
)
from kpis.models import Target
from kpis.rag import Direction
from kpis.rollup import OverTime
from kpis.sentences import headline, reading
from kpis.targets import Operator, Role, TargetTerms
from strategy.periods import Frequency, Month, Period
from tests.kpis.sentence_judge import Judge, table_of

FIRST = Month(2012, 4)
FREQUENCIES = [
    Frequency.MONTHLY,
    Frequency.MONTHLY,
    Frequency.QUARTERLY,
    Frequency.HALF_YEARLY,
    Frequency.ANNUAL,
]
UNITS = ["percent", "count", "days", "beds", "pounds_thousand", "pounds_million", "score"]


@st.composite
def shapes(draw) -> list[Decimal | None]:
    """Flat, stepped, drifting, to and fro, or anything; with or without gaps."""
    length = draw(st.integers(8, 60))
    level = draw(st.integers(-40, 90))
    noise = draw(st.lists(st.integers(-3, 3), min_size=length, max_size=length))
    kind = draw(st.sampled_from(["flat", "step", "drift", "zigzag", "noise", "wild"]))
    at = draw(st.integers(0, length))
    values = {
        "flat": [level] * length,
        "step": [level + noise[n] + (9 if n >= at else 0) for n in range(length)],
        "drift": [level + n * draw(st.sampled_from([-1, 1])) // 2 for n in range(length)],
        "zigzag": [level + 4 * (n % 2) for n in range(length)],
        "noise": [level + one for one in noise],
        "wild": [level + one * abs(one) * 9 for one in noise],
    }[kind]
    gaps = draw(st.sets(st.integers(1, length - 2), max_size=4))
    tenth = draw(st.sampled_from(["1", "0.1", "0.01"]))
    return [None if n in gaps else value * Decimal(tenth) for n, value in enumerate(values)]


@settings(max_examples=60)
@given(
    values=shapes(),
    frequency=st.sampled_from(FREQUENCIES),
    unit=st.sampled_from(UNITS),
    direction=st.sampled_from(list(Direction)),
    decimals=st.integers(0, 2),
    goals=st.lists(st.integers(-50, 90), min_size=1, max_size=2),
    cut=st.one_of(st.none(), st.integers(0, 60)),
    is_judged_on_a_span=st.booleans(),
)
def test_whatever_is_said_of_a_generated_series_stands_in_its_points(
    values, frequency, unit, direction, decimals, goals, cut, is_judged_on_a_span
):
    length = frequency.months
    windows = [
        Period.spanning(FIRST.plus(length * n), FIRST.plus(length * n + length - 1))
        for n in range(len(values))
    ]
    if unit not in ("pounds_thousand", "pounds_million"):
        values = [None if value is None else abs(value) for value in values]
        goals = [abs(goal) for goal in goals]
    operators = {Direction.LOWER_IS_BETTER: "le", Direction.BAND: "between"}
    operator = operators.get(direction, "ge")
    starts = [date(2010, 4, 1), windows[len(windows) // 2].start]
    targets = tuple(
        TargetTerms(
            code=f"t{n}",
            role=Role.COMMITMENT,
            care_group="trust",
            operator=Operator(operator),
            value=Decimal(goal),
            upper_value=Decimal(goal + 5) if operator == "between" else None,
            effective_from=starts[n],
            default_tolerance_percent=Decimal(5),
        )
        for n, goal in enumerate(goals)
    )
    terms = MeasureTerms(
        code="made-up",
        direction=direction,
        frequency=frequency,
        unit=unit,
        decimals=decimals,
        over_time=OverTime.SUM,
        judged_on="rolling_12" if is_judged_on_a_span else "month",
    )
    inputs = SeriesInputs(
        measure=terms,
        care_group="trust",
        observations=tuple(
            Observation(period=window, value=value)
            for window, value in zip(windows, values, strict=True)
            if value is not None
        ),
        targets=targets,
        rebases=() if cut is None else (FIRST.plus(length * cut).start,),
    )
    rows = {
        each.code: Target(pk=n, code=each.code, role="commitment", operator=operator)
        for n, each in enumerate(targets)
    }
    shown = [calculated_standing(item, rows) for item in assess(inputs)]
    table = table_of(shown, terms)
    for standing in shown:
        judge, chart = Judge(table, terms, standing), chart_of(standing, terms)
        if is_judged_on_a_span:
            assert f"every {judge.step}" not in reading(standing.rag, chart=chart)
        for text in (
            headline(
                "It",
                rag=standing.rag,
                chart=chart,
                asked=asked_words(standing, terms),
                latest=f"{value_words(standing, terms)} in {standing.period.label}",
                has_tolerance=has_tolerance(standing, terms),
            ),
            reading(standing.rag, chart=chart, has_tolerance=has_tolerance(standing, terms)),
            rule_words(standing, terms),
            variance_words(standing, terms).lstrip("+−"),
            untested(standing, terms)[1] if standing.assurance == "none" else "",
        ):
            judge.check(text)
