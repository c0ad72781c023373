"""The page of a savings programme: what is printed, with or without a plan behind it."""

from decimal import Decimal

import pytest

from cip.models import Allocation, Programme
from cip.programmes.groups import share_of
from cip.programmes.totals import Totals
from cip.wording import pounds, whole_percent
from strategy.models import PlanStatement
from strategy.periods import FinancialYear
from tests.factories.paper import noted
from tests.factories.people import performance_team
from tests.factories.plans import PlanFactory
from tests.factories.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def reader(client):
    client.force_login(performance_team(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def says(plan, kind: str, text: str, **fields) -> PlanStatement:
    return row(
        PlanStatement,
        plan=plan,
        kind=kind,
        text=text,
        source_document=plan.source_document,
        source_section="Section 3.3",
        **fields,
    )


def test_a_programme_of_no_plan_has_its_page(reader):
    programme = row(Programme, plan=None, title="Savings of the year")

    page = reader.get(f"/cip/{programme.year}/")

    assert page.status_code == 200
    assert "Savings of the year" in page.text


def test_a_year_without_a_programme_is_not_found(reader):
    assert reader.get("/cip/1999-00/").status_code == 404


def test_the_rules_and_the_calendar_of_its_plan_stand_on_its_page(reader):
    plan = PlanFactory()
    rules = [{"title": "", "statement": "Every idea is assessed. No harm.", "section": "3.3"}]
    programme = row(Programme, year="2019-20", plan=plan, rules=rules)
    says(plan, "cip_rule", "Every idea is assessed.")
    rule = says(plan, "cip_rule", "Schemes are rated each month.")
    says(plan, "governance", "CIP meetings are held", title="CIP meeting", when="Fortnightly")
    says(plan, "principle", "Openness")
    noted(rule, text="Rated or rerated")

    page = reader.get(f"/cip/{programme.year}/?show=plan").text

    assert page.count("Every idea is assessed.") == 1
    for words in (
        "Schemes are rated each month.",
        "Fortnightly",
        "Section 3.3",
        "Rated or rerated",
    ):
        assert words in page, words
    assert "Openness" not in page


def test_a_note_shows_at_the_programme_and_at_the_row_it_touches(reader):
    allocation = row(Allocation)
    noted(allocation, text="Not a care group")
    noted(allocation.programme, text="The rows do not add up")

    page = reader.get(f"/cip/{allocation.programme.year}/").text
    of_group = reader.get(allocation.care_group.get_absolute_url()).text

    assert "Not a care group" in page
    assert "The rows do not add up" in page
    assert "Not a care group" in of_group


def test_the_share_identified_of_each_target_has_a_bar_as_printed_or_else_as_tracked(reader):
    printed = row(
        Allocation,
        target_k=1158,
        published_identified_k=1053,
        published_unidentified_k=105,
        programme=row(Programme, year="2019-20", printed_target_k=1158, printed_identified_k=1053),
    )
    row(Allocation, target_k=0, programme=printed.programme)

    lines = reader.get("/cip/2019-20/").context["groups"].lines
    shares = {line.printed.allocation.target_k: line.share for line in lines}
    page = " ".join(reader.get("/cip/2019-20/").text.split())

    assert (round(shares[1158], 1), shares[0]) == (Decimal("90.9"), None)
    assert page.count('<span class="kt-num">91%</span>') == 2  # the row and the printed total
    assert share_of(None, Decimal(50), Totals(Decimal(50), (), FinancialYear(2026))) == 0


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "£0k"), ("0.4", "£0.4k"), ("-0.04", "−£0.040k"), ("0.5", "£0.5k"), ("0.6", "£1k"),
        ("-1203.6", "−£1,204k"), ("0.0004", "£0.000400k"),
    ],
)  # fmt: skip
def test_only_nothing_reads_as_0(amount, words):
    assert pounds(Decimal(amount)) == words


@pytest.mark.parametrize(
    ("share", "whole"),
    [("99.6", 99), ("99.4", 99), ("100", 100), ("100.4", 100), ("0", 0), ("0.2", 1), ("62.5", 63),
     ("-0.4", 0), ("142.5", 143)],
)  # fmt: skip
def test_a_share_is_100_only_when_it_is_the_whole(share, whole):
    assert whole_percent(Decimal(share)) == whole
