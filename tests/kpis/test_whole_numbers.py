"""People are counted in whole numbers, by the measure's own setting; staff in WTE are not."""

from decimal import Decimal

import pytest

from kpis.judging.terms import MeasureTerms
from kpis.returns.cells import CellRules, CellText, read_cell
from strategy.fixtures.files import FixtureError, is_approximate
from tests.board.test_seed_problems import MEASURES, load
from tests.board.test_seed_problems import fixtures as fixtures
from tests.fixtures_data.proof import known_measures


def rules(*, whole, unit="percent", is_ratio=True, decimals=1):
    return CellRules(
        terms=MeasureTerms(
            code="seen",
            direction="higher_is_better",
            frequency="monthly",
            unit=unit,
            decimals=decimals,
            is_ratio=is_ratio,
        ),
        name="Seen in time",
        numerator_name="patients seen",
        denominator_name="patients referred",
        maximum=Decimal(100),
        whole_numbers_only=whole,
        period_label="October 2026",
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "field", "said"),
    [
        ("45.5", "50", "numerator", "Patients seen must be a whole number, like 12"),
        ("45", "50.5", "denominator", "Patients referred must be a whole number, like 12"),
        ("0.5", "50", "numerator", "Patients seen must be a whole number"),
    ],
)
def test_of_people_both_parts_are_whole(numerator, denominator, field, said):
    typed = CellText(numerator=numerator, denominator=denominator)
    read = read_cell(typed, rules(whole=True))
    assert read.error.startswith(said)
    assert read.error_field == field
    kept = read_cell(typed, rules(whole=False))
    assert (kept.error, kept.value is not None) == ("", True)


def test_noughts_after_the_point_are_no_part_of_a_person():
    read = read_cell(CellText(numerator="45.0", denominator="50"), rules(whole=True))
    assert (read.error, read.value) == ("", 90)


def test_a_percentage_typed_beside_whole_parts_keeps_its_decimals():
    read = read_cell(CellText(numerator="1", denominator="3", value="33.3"), rules(whole=True))
    assert read.error == ""


@pytest.mark.parametrize(("decimals", "whole"), [(0, False), (0, True), (1, True)])
def test_a_count_is_whole_where_it_is_shown_so_or_the_measure_says_so(decimals, whole):
    count = rules(whole=whole, unit="count", is_ratio=False, decimals=decimals)
    assert "must be a whole number, like 12" in read_cell(CellText(value="12.5"), count).error
    loose = rules(whole=False, unit="count", is_ratio=False, decimals=1)
    assert read_cell(CellText(value="12.5"), loose).value == Decimal("12.5")


# Staff in WTE, money, days, estimates: what may have decimals although it is out of something.
NOT_WHOLE = {
    "agency-spend-share",
    "apprenticeship-levy-used",
    "bed-occupancy",
    "cmht-posts-filled",
    "cmht-sickness-absence",
    "dementia-diagnosis-rate",
    "onward-transfer-stay",
    "sickness-absence",
    "vacancy-rate",
}
PEOPLE = {"ed-triage-1h", "early-intervention-two-weeks", "routine-referrals-4-weeks", "suicides"}


def test_the_seeded_measures_that_count_people_take_whole_numbers():
    rows = known_measures()
    whole = {
        code
        for code, row in rows.items()
        if row.get("whole_numbers_only", row.get("counts_people", False))
    }
    assert whole >= PEOPLE
    assert not whole & NOT_WHOLE
    for code in whole:
        assert rows[code]["unit"] in ("percent", "count"), code
        words = f"{rows[code].get('numerator', '')} {rows[code].get('denominator', '')}"
        assert not any(word in words for word in ("WTE", "£", "days", "estimated")), code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('numerator: "45.5", denominator: "50", printed: "91%"', "45.5 must be a whole number"),
        ('numerator: "45", denominator: "50.5", printed: "89%"', "50.5 must be a whole number"),
    ],
)
def test_a_published_part_of_a_person_is_a_fault_of_the_file(fixtures, row, said):
    (fixtures / "measures" / "m.yaml").write_text(
        MEASURES.replace(
            "unit: days,",
            "unit: percent, counts_people: true, numerator: Seen, denominator: Referred,",
        )
    )
    (fixtures / "actuals").mkdir()
    (fixtures / "actuals" / "a.yaml").write_text(
        "source: the-paper\nseries:\n- measure: waits\n  care_group: trust\n  rows:\n"
        f"  - {{start: 2019-04-01, end: 2019-04-30, {row}}}\n"
    )
    with pytest.raises(FixtureError, match=said):
        load(fixtures)


@pytest.mark.parametrize(
    ("printed", "statement"),
    [
        ("c£2.5m", ""),
        ("c. £2m", ""),
        ("circa 20", ""),
        ("around 25 days", ""),
        ("just under 60", ""),
        ("almost a quarter", ""),
        ("up to 15%", ""),
        ("one in three", ""),
        ("Approximately 1.8 million", ""),
        ("£2.5m", "a CIP impact of c£2.5m"),
        ("60", "just under 60 people"),
        ("15%", "by about 15% each year"),
    ],
)
def test_about_so_much_is_no_value(printed, statement):
    assert is_approximate(printed, statement)


@pytest.mark.parametrize(
    ("printed", "statement"),
    [
        ("95%", "95% of people presenting"),
        ("10 days", "to less than 10 days"),
        ("40", "No team member has caseload over 40"),
        ("CQC rating", ""),
        ("all", "all staff"),
        ("8", "some 8 weeks after the update"),
        ("", "around the clock"),
        ("2", "Band 2 and around"),
    ],
)
def test_a_bound_or_a_number_is_one(printed, statement):
    assert not is_approximate(printed, statement)
