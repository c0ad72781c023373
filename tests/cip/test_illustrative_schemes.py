"""Made-up schemes add up to what the plan prints, are at every stage, and can be removed."""

from collections import defaultdict
from decimal import Decimal
from http import HTTPStatus

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.record.copies import tampered
from accounts.roles import Role
from cip.fixtures.illustrative import clear_illustrative_schemes, illustrate_schemes
from cip.fixtures.made_up import MADE
from cip.gate import QiaStatus
from cip.models import Allocation, MonthSignOff, Phasing, Programme, QIASignature, Scheme
from cip.money import Stage
from cip.programmes.page import programme_page
from cip.standing.read import schemes_with_parents, standings
from cip.urls import urlpatterns
from strategy.models import PostHolding
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory

pytestmark = pytest.mark.django_db
# The table of section 5.2: identified by row, £000.
PRINTED = {
    "acute": 1053, "community-recovery": 209, "forensic-specialist": 1074, "older-people": 643,
    "support-services": 941, "stp-productivity": 81,
}  # fmt: skip


@pytest.fixture
def programme() -> Programme:
    made = Programme.objects.create(year="2019-20", title="CIP", printed_target_k=5950)
    for position, (code, identified) in enumerate(PRINTED.items(), 1):
        Allocation.objects.create(
            programme=made, care_group=CareGroupFactory(code=code, position=position),
            position=position, label_as_published=code, target_k=identified,
            published_identified_k=identified,
        )  # fmt: skip
    return made


def test_each_group_adds_up_to_what_is_printed_and_everything_occurs(programme):
    assert illustrate_schemes(at=timezone.now()) == len(MADE)
    found = standings(schemes_with_parents())
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in found:
        if row.money.is_identified:
            sums[row.scheme.care_group.code] += row.in_year_plan
    assert sums == PRINTED
    assert {row.stage for row in found} == set(Stage)
    assert {row.qia_status for row in found} == set(QiaStatus)
    assert all(row.scheme.is_illustrative for row in found)
    delivers = [row for row in found if row.stage in (Stage.IN_DELIVERY, Stage.CLOSED)]
    assert all(row.gate.is_allowed or row.is_paused for row in delivers)
    assert all(row.gate.is_allowed for row in delivers if row.qia_status is not QiaStatus.REOPENED)
    page = programme_page(programme)
    assert page.groups.differs == []
    assert page.totals.identified == 4001


def test_a_second_run_adds_nothing_and_a_real_scheme_keeps_them_away(programme):
    illustrate_schemes(at=timezone.now())
    assert illustrate_schemes(at=timezone.now()) == 0
    clear_illustrative_schemes(at=timezone.now())
    Scheme.objects.create(
        programme=programme, reference="CIP-1", title="Real", category="pay",
        care_group=programme.allocations.first().care_group, is_recurrent=True,
        is_cash_releasing=True,
    )  # fmt: skip
    assert illustrate_schemes(at=timezone.now()) == 0


def test_they_are_taken_away_with_all_that_belongs_to_them(programme):
    illustrate_schemes(at=timezone.now())
    assert clear_illustrative_schemes(at=timezone.now()) == len(MADE)
    for model in (Scheme, Phasing, QIASignature, MonthSignOff, PostHolding):
        assert not model.objects.exists(), model
    assert not User.objects.filter(username__startswith="illustrative").exists()
    assert list(tampered()) == []
    assert clear_illustrative_schemes(at=timezone.now()) == 0


# Pages of a programme on which no saving and no rating of a scheme stands.
NO_SAVINGS = {"programme-new", "transfers", "ledger", "calendar", "scheme-new"}


def test_every_page_that_shows_an_illustrative_scheme_says_so(programme, client):
    client.force_login(person(Role.FINANCE_PMO, Role.PERFORMANCE_TEAM, Role.QIA_SIGNATORY))
    named = {
        "year": programme.year, "reference": "CIP-A1", "kind": "programme", "month": "2019-10",
    }  # fmt: skip
    addresses = {
        route.name: reverse(
            f"cip:{route.name}", kwargs={name: named[name] for name in route.pattern.converters}
        )
        for route in urlpatterns
        if route.name not in NO_SAVINGS
    }

    def said() -> dict[str, bool]:
        pages = {name: client.get(address) for name, address in addresses.items()}
        return {
            name: "invented" in page.content.decode()
            for name, page in pages.items()
            if page.status_code == HTTPStatus.OK
        }

    real = said()
    assert not any(real.values())
    assert {"programme-list", "programme-detail", "months", "report"} <= set(real)
    illustrate_schemes(at=timezone.now())
    marked = said()
    assert set(real) < set(marked)
    assert {"scheme-detail", "scheme-edit", "scheme-stage", "scheme-phasing"} <= set(marked)
    assert {name for name, says in marked.items() if not says} == set()
