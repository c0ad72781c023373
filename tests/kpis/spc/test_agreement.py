"""The engine, the vectorised engine and a slow second version say the same of any series."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.spc import MDC_EXCEL, analyse, analyse_many
from tests.kpis.spc.series import cases, column, frame_of
from tests.kpis.spc.slow import COLUMNS, slow_analysis

DATA = Path(__file__).parents[2] / "data"
EXAMPLES = json.loads((DATA / "spc_examples.json").read_text())["cases"]
AE_SERIES = json.loads((DATA / "ae_series.json").read_text())["series"]
BETTER = {"performance": "increase", "breaches": "decrease", "attendances": "neutral"}
OPTIONS = (
    {},
    dict(MDC_EXCEL),
    {"trend_length": 6, "shift_length": 8},
    {"trend_length": 3, "shift_length": 3, "two_sigma_counts_outside": True},
)
PER_SERIES = ("variation_type", "variation_icon", "assurance_type", "assurance_icon", "warning")


def close(found, expected):
    """Numbers within 1e-12, everything else exactly."""
    if isinstance(expected, float) and isinstance(found, float):
        return found == pytest.approx(expected, rel=1e-12, abs=0)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(close, found, expected))
    return type(found) is type(expected) and found == expected


def real_case(key):
    series = AE_SERIES[key]
    return {
        "values": series["values"],
        "dates": [date.fromisoformat(on) for on in series["dates"]],
        "improvement_direction": BETTER[key.split("|")[2]],
        "target": 0.95,
        "rebase": [date(2017, 10, 1)],
        "fix_after_n_points": None,
        "screen_outliers": True,
    }


def assert_same_columns(frame, analyses):
    for name in ("rebase_group", *COLUMNS):
        expected = [cell for analysis in analyses for cell in getattr(analysis, name)]
        assert column(frame, name) == expected, name
    rules = ["; ".join(names) for analysis in analyses for names in analysis.rules]
    assert column(frame, "rules") == rules
    for name in PER_SERIES:
        expected = [getattr(analysis, name) for analysis in analyses for _ in analysis.values]
        assert column(frame, name) == expected, name
    for name in analyses[0].groups[0].as_dict():
        if name != "rebase_group":
            segments = [segment for analysis in analyses for segment in analysis.groups]
            expected = [getattr(segment, name) for segment in segments for _ in range(segment.n)]
            assert column(frame, f"segment_{name}") == expected, name


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["id"])
def test_every_field_of_the_reference_examples(case):
    found = analyse(**case["input"]).as_dict()
    for name, expected in case["expected"].items():
        if name != "source":
            assert close(found[name], expected), name


def test_the_reference_examples_all_at_once():
    given_cases = [
        case["input"]
        | {
            "dates": [date.fromisoformat(on) for on in case["input"]["dates"]],
            "rebase": [date.fromisoformat(on) for on in case["input"]["rebase"]],
        }
        for case in EXAMPLES
    ]
    assert_same_columns(
        analyse_many(frame_of(given_cases)), [analyse(**case["input"]) for case in EXAMPLES]
    )


@pytest.mark.parametrize("key", AE_SERIES)
def test_real_series_as_the_slow_version(key):
    case = real_case(key)
    found, expected = analyse(**case).as_dict(), slow_analysis(case)
    assert {name: found[name] for name in expected} == expected


def test_real_series_all_at_once():
    listed = [real_case(key) for key in AE_SERIES]
    assert_same_columns(analyse_many(frame_of(listed)), [analyse(**case) for case in listed])


@settings(max_examples=400, deadline=None)
@given(cases(), st.sampled_from(OPTIONS))
def test_any_series_as_the_slow_version(case, options):
    case = case | options
    found, expected = analyse(**case).as_dict(), slow_analysis(case)
    assert {name: found[name] for name in expected} == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=6), st.sampled_from(OPTIONS), st.randoms())
def test_any_set_of_series_at_once_in_any_order(listed, options, random):
    if "screen_outliers" in options:
        options = dict(options)
        screening = options.pop("screen_outliers")
        listed = [case | {"screen_outliers": screening} for case in listed]
    frame = frame_of(listed)
    order = list(frame.index)
    random.shuffle(order)
    found = analyse_many(frame.loc[order], **options)
    assert list(found.index) == order
    assert_same_columns(found.sort_index(), [analyse(**case, **options) for case in listed])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_values_of_any_size_agree(values):
    """Sums that overflow or vanish in doubles are worked out exactly."""
    case = {"values": values, "dates": [date(2018, 1, day + 1) for day in range(len(values))]}
    case |= {"improvement_direction": "increase", "target": None, "rebase": []}
    case |= {"fix_after_n_points": None, "screen_outliers": True}
    assert_same_columns(analyse_many(frame_of([case])), [analyse(**case)])
