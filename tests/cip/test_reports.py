"""The monthly reports: each sentence says what the figures of its table say."""

from datetime import date

import pytest

from cip.models import QIAReview, SchemeMilestone
from cip.months.page import report_page
from cip.qia.reviewing import record_review
from cip.schemes.milestones import MilestoneLine
from cip.schemes.page import scheme_page
from strategy.periods import Month
from tests.cip.walk import SEPTEMBER, Walk
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
TODAY = date(2019, 11, 5)
OCTOBER = Month(2019, 10)


@kept
def delivering() -> Walk:
    """CIP-A1 delivers 15 of 20 planned in September, CIP-A2 is with the panel, CIP-A3 an idea."""
    walk = Walk.begin().to_delivery("CIP-A1")
    walk.later(date(2019, 10, 3))
    walk.phase({SEPTEMBER: "15"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")
    walk.to_submitted("CIP-A2")
    walk.add("CIP-A3")
    walk.plan_level("5")
    return walk


def report(walk, kind: str, month: Month = SEPTEMBER):
    return report_page(walk.programme, month, kind, today=TODAY)


def test_the_programmes_report_says_what_its_table_adds_up_to(delivering):
    page = report(delivering, "programme")
    first, gap, identified, delivered, *_ = page.sentences

    assert first.startswith("As at the end of September 2019:")
    assert first.endswith("Stages, ratings and assessments are those of 5 Nov 2019.")
    # 15 delivered, 6 months of 20 to come of a green scheme, nothing yet of the one at the panel.
    assert (
        gap == "If every scheme delivers as rated, the year ends £865k short of the £1,000k target."
    )
    assert identified == (
        "£280k is identified by 2 schemes, 28% of the target; £720k is not. "
        "The forecast of the year, unweighted, is £255k."
    )
    assert delivered == "Delivered to Sep 2019: £15k of £40k planned in months signed off."
    table = page.table
    assert table.total == ("2 that count", "", "", "", "40", "15", "280", "255", "135")
    assert "not counted as identified" in table.note


def test_the_report_of_an_earlier_month_leaves_out_later_sign_offs(delivering):
    delivering.later(date(2019, 11, 4))
    delivering.scheme = delivering.made[0]
    delivering.phase({OCTOBER: "10"}, "actual")
    delivering.sign_off(OCTOBER, seen="10")

    assert "Delivered to Sep 2019: £15k" in " ".join(report(delivering, "programme").sentences)
    later = " ".join(report(delivering, "programme", OCTOBER).sentences)
    assert "Delivered to Oct 2019: £25k" in later


def test_the_quality_report_says_who_has_to_act(delivering):
    delivering.to_submitted("CIP-A4")
    delivering.decide("rejected", "Not safe")
    delivering.to_submitted("CIP-A5")
    delivering.decide()
    page = report(delivering, "quality")
    waits = {row[0].split()[0]: row[-1] for row in page.table.rows}

    assert "overdue" in waits["CIP-A1"]
    assert waits["CIP-A2"] == "The panel’s decision."
    assert waits["CIP-A4"] == "Nothing: the panel rejected it, and it cannot be enacted."
    assert "has not signed" in waits["CIP-A5"]
    said = " ".join(page.sentences)
    assert "£280k of planned savings wait for an open gate." in said
    assert "£140k is planned by schemes that the panel rejected" in said
    assert "Approved, and a signature is missing: CIP-A5." in said


def test_a_closed_scheme_says_so_and_what_happened_last_comes_first(delivering):
    delivering.scheme = delivering.made[0]
    delivering.move("closed")
    page = scheme_page(delivering.scheme, today=TODAY)

    assert page.sentence == "Closed: £15k delivered in months signed off, £5k behind plan."
    assert page.history.rows[0][1] == "Stage: Closed"


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({}, "4 days over, not done"),
        ({"due_on": date(2018, 11, 1)}, "more than a year over, not done"),
        ({"due_on": date(2019, 11, 4)}, "1 day over, not done"),
        ({"forecast_on": date(2019, 11, 4)}, "4 days over, not done"),
        ({"forecast_on": date(2019, 11, 9)}, "8 days late"),
        ({"completed_on": date(2019, 11, 1)}, "on the day"),
        ({"completed_on": date(2019, 10, 31)}, "1 day early"),
    ],
)
def test_a_milestone_says_how_far_it_is_from_its_day(dates, words):
    milestone = SchemeMilestone(**{"title": "Rota agreed", "due_on": date(2019, 11, 1)} | dates)
    assert MilestoneLine(milestone, TODAY).deviation == words


def test_the_quality_report_names_reviews_that_nobody_held(delivering):
    """Delivery began on 1 May 2019: reviews are due on 1 August and 1 November."""
    page = report(delivering, "quality")
    assert page.sentences[-1] == "Overdue: 2 reviews, of CIP-A1."
    waits = {row[0].split()[0]: row[-1] for row in page.table.rows}
    assert waits["CIP-A1"] == "2 reviews overdue, since 1 Aug 2019."
    assert waits["CIP-A2"] == "The panel’s decision."
    first = QIAReview.objects.order_by("due_on").first()
    record_review(
        review_id=first.pk,
        version=first.version,
        held_on=date(2019, 10, 3),
        findings="As expected",
        **delivering.who(delivering.lead),
    )
    assert report(delivering, "quality").sentences[-1] == "Overdue: 1 review, of CIP-A1."
    assert "reviews" not in " ".join(report(delivering, "programme").sentences)
