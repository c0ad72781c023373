"""Where a plan opens: the last complete month, and what is said of one that is still open."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.asked.opening import MonthFacts, ReturnDue, opening_plan, opens_at
from strategy.periods import Month

JULY = Month(2025, 7)
APPROVED, SENT, MISSING = (
    ReturnDue("Acute", "approved"),
    ReturnDue("Older People", "submitted"),
    ReturnDue("Trust-wide"),
)
STATUSES = st.sampled_from(["not_started", "draft", "submitted", "approved", "returned"])


def facts(back: int, *returns: ReturnDue, locked: bool = False, figure: bool = True) -> MonthFacts:
    return MonthFacts(JULY.plus(-back), has_figure=figure, is_locked=locked, returns=returns)


@pytest.mark.parametrize(
    ("month", "complete"),
    [
        (facts(0, APPROVED, APPROVED), True),
        (facts(0, APPROVED, SENT), False),
        (facts(0, APPROVED, MISSING), False),
        (facts(0, ReturnDue("Acute", "draft")), False),
        (facts(0, ReturnDue("Acute", "returned")), False),
        (facts(0, MISSING, locked=True), True),
        (facts(0), True),
        (facts(0, APPROVED, figure=False), False),
        (facts(0, locked=True, figure=False), False),
    ],
)
def test_a_month_is_complete_with_a_figure_and_every_return_approved_or_locked(month, complete):
    assert month.is_complete is complete


def test_it_opens_at_the_last_complete_month_and_offers_the_open_one():
    months = [facts(0, APPROVED, SENT, MISSING), facts(1, locked=True), facts(2, locked=True)]
    opens = opens_at(months, first=Month(2023, 4))
    assert (opens.month, opens.is_complete, opens.has_figures) == (JULY.plus(-1), True, True)
    (still_open,) = opens.still_open
    assert still_open.month == JULY
    assert still_open.not_reported == ("Trust-wide",)
    assert still_open.not_approved == ("Older People",)


def test_a_later_month_that_is_locked_or_empty_of_returns_is_not_offered():
    later = facts(0, locked=True, figure=False)
    assert opens_at([later, facts(1, locked=True)], first=JULY).still_open == ()
    closed = facts(0, APPROVED, figure=False)
    assert opens_at([closed, facts(1, locked=True)], first=JULY).still_open == ()


def test_without_a_complete_month_the_latest_with_a_figure_is_shown_and_said_so():
    months = [facts(0, MISSING, figure=False), facts(1, MISSING), facts(2, SENT)]
    opens = opens_at(months, first=Month(2023, 4))
    assert (opens.month, opens.is_complete, opens.has_figures) == (JULY.plus(-1), False, True)
    assert [row.month for row in opens.still_open] == [JULY]


def test_without_any_figure_it_opens_at_the_first_month_with_nothing_to_show():
    opens = opens_at([facts(0, MISSING, figure=False)], first=Month(2025, 4))
    assert (opens.month, opens.is_complete, opens.has_figures) == (Month(2025, 4), False, False)
    assert opens_at([], first=JULY).month == JULY


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.lists(STATUSES, max_size=4)), max_size=12)
)
def test_no_later_month_is_complete_and_none_that_is_open_goes_unsaid(rows):
    months = [
        facts(
            back,
            *(ReturnDue(f"G{n}", status) for n, status in enumerate(stood)),
            locked=locked,
            figure=figure,
        )
        for back, (locked, figure, stood) in enumerate(rows)
    ]
    opens = opens_at(months, first=Month(2020, 4))
    by_month = {row.month: row for row in months}
    later = [row for row in months if row.month > opens.month]
    assert not any(row.is_complete for row in later)
    assert set(opens.still_open) == {
        row for row in later if not row.is_locked and {r.status for r in row.returns} - {"approved"}
    }
    if any(row.is_complete for row in months):
        assert by_month[opens.month].is_complete
    assert opens.has_figures == any(row.has_figure for row in months)
    for row in opens.still_open:
        assert row.not_reported or row.not_approved


@dataclass(frozen=True)
class Plan:
    code: str
    starts_on: date
    ends_on: date
    cited: bool = False
    published_on: date | None = None

    @property
    def known_on(self) -> date:
        return self.published_on or self.starts_on


LONG = Plan("long", date(2023, 4, 1), date(2026, 3, 31))
YEAR = Plan("year", date(2024, 4, 1), date(2025, 3, 31))
CITED = Plan("cited", date(2020, 4, 1), date(2030, 3, 31), cited=True)
OLD = Plan("old", date(2017, 4, 1), date(2019, 3, 31))
LATE = Plan("late", date(2019, 4, 1), date(2020, 3, 31), published_on=date(2019, 4, 4))
NEXT = Plan("next", date(2027, 4, 1), date(2030, 3, 31), published_on=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2024, 7, 1), "long"),
        (date(2025, 7, 1), "long"),
        (date(2026, 7, 1), "long"),
        (date(2022, 7, 1), "late"),
        (date(2019, 4, 3), "old"),
        (date(2019, 4, 4), "late"),
        (date(2027, 4, 1), "next"),
        (date(2026, 12, 24), "long"),
        (date(2010, 1, 1), "old"),
    ],
)
def test_of_the_plans_known_the_longest_in_force_else_the_last_to_end(on, code):
    plans = [LONG, YEAR, CITED, OLD, LATE, NEXT]
    for order in (plans, plans[::-1]):
        found = opening_plan(order, on)
        assert found is not None
        assert found.code == code


def test_a_plan_that_is_only_cited_is_never_opened():
    assert opening_plan([CITED], date(2024, 7, 1)) is None
    assert opening_plan([], date(2024, 7, 1)) is None
    assert opening_plan([NEXT], date(2026, 12, 24)) == NEXT
