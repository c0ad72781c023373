"""A block pasted over a scheme's phasing: every figure lands in its month, or none does."""

import pytest

from cip.schemes.block import BlockRefused, lay_block
from strategy.periods import FinancialYear, Month

YEAR = FinancialYear.parse("2026/27")
TWELVE = "\t".join(str(number) for number in range(1, 13))


def laid(*rows: str) -> dict[str, str]:
    return lay_block("\n".join(rows), YEAR)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["\tApr-26\tMay-26\tApr 2026", "plan\t1\t2\t3"], "Apr 2026 heads two columns"),
        (["\tApr\tApril 2026", "plan\t1\t2"], "Apr 2026 heads two columns"),
        ([f"plan\t{TWELVE}", f"Plans\t{TWELVE}"], "Rows 1 and 2 are both of the plan"),
        (["\tApr\tMay", "actual\t1\t2", "actual\t1\t2"], "Rows 2 and 3 are both of the actual"),
        (["\tApr\t\tJun", "plan\t1\t2\t3"], "“” is not a month: write it like Apr 2019"),
        (["\tApr 2026\tbanana\tJun 2026", "plan\t1\t2\t3"], "“banana” is not a month"),
        ([f"plan\t{TWELVE}\t79"], "Row 1: the months add up to 78, and the row says 79"),
        ([f"plan\t{TWELVE}\t78\t5"], "Row 1 has 14 cells"),
    ],
)
def test_a_block_that_could_lose_a_figure_is_refused(rows, words):
    with pytest.raises(BlockRefused, match=words):
        laid(*rows)


@pytest.mark.parametrize(
    "heads",
    [
        ["Mar", "Apr.", "January"],
        ["M12 2026/27", "2026/27 M1", "Month 10 2026/27"],
        ["Mar-27", "April 2026", "2027-01"],
        ["Mar", "Apr", "Jan", "Total"],
    ],
)
def test_months_go_by_name_in_any_order_and_without_a_year_are_those_of_the_programme(heads):
    total = ["6"] if heads[-1] == "Total" else []
    found = laid("\t".join(["", *heads]), "\t".join(["plan", "1", "2", "3", *total]))
    assert found == {"plan-2027-03": "1", "plan-2026-04": "2", "plan-2027-01": "3"}


@pytest.mark.parametrize("more", ["\t", "\t\t\t", "\t78", "\t78\t\t"])
def test_empty_cells_at_the_end_are_no_figures_and_no_sum(more):
    found = laid(f"plan\t{TWELVE}{more}")
    assert found == {f"plan-{month}": f"{n}" for n, month in enumerate(YEAR.months, 1)}
    assert Month(2026, 4) == YEAR.months[0]
