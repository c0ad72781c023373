"""No saving is recorded of a month in which the gate was closed, or after a scheme was given up."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from cip.models import Phasing
from cip.months.ledger import read_ledger
from cip.standing.hold import SchemeRefused
from strategy.periods import Month
from tests.cip.walk import Walk

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = Month(2019, 10), Month(2019, 11), Month(2019, 12)


@pytest.fixture(autouse=True)
def _its_own_time(walk, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: walk.now)


@pytest.fixture
def paused(walk) -> Walk:
    """Delivers since May; what it does was rewritten on 20 November, and it is 10 January."""
    walk.to_delivery()
    walk.later(date(2019, 11, 20))
    walk.change(title="Something else, and ten times the size")
    walk.later(date(2020, 1, 10))
    assert walk.standing.is_paused
    return walk


def test_while_delivery_is_paused_only_months_that_began_with_an_open_gate_save(paused):
    paused.phase({OCTOBER: "15", NOVEMBER: "15"}, "actual")
    with pytest.raises(SchemeRefused, match="is paused since before Dec 2019"):
        paused.phase({DECEMBER: "15"}, "actual")
    assert DECEMBER not in paused.standing.money.actual
    paused.phase({DECEMBER: "0"}, "actual")
    paused.sign_off(DECEMBER)
    assert paused.standing.delivered == 0


def test_when_both_have_signed_again_the_month_is_recorded(paused):
    paused.sign(paused.medical)
    paused.sign(paused.nursing)
    paused.phase({DECEMBER: "15"}, "actual")
    assert paused.standing.money.actual[DECEMBER] == 15


@pytest.mark.parametrize("to", ["rejected", "substituted"])
def test_a_scheme_that_was_given_up_saves_nothing_after_that_month(walk, to):
    walk.add("CIP-B2")
    walk.to_delivery()
    walk.later(date(2019, 11, 20))
    walk.move(to, **({"substitute": "CIP-B2"} if to == "substituted" else {}))
    walk.later(date(2020, 1, 10))
    walk.phase({NOVEMBER: "15"}, "actual")
    with pytest.raises(SchemeRefused, match=f"was {to} in Nov 2019, so it saved nothing in Dec"):
        walk.phase({DECEMBER: "15"}, "actual")
    with pytest.raises(DatabaseError, match="given up saves nothing"), transaction.atomic():
        Phasing.objects.create(
            scheme=walk.scheme, kind="actual", month=DECEMBER.start, amount_k=15, version=1,
            known_from=walk.now,
        )  # fmt: skip
    walk.phase({DECEMBER: "-2"}, "actual")
    assert walk.standing.money.actual == {NOVEMBER: Decimal(15), DECEMBER: Decimal(-2)}


def test_a_closed_scheme_goes_on_saving(walk):
    walk.to_delivery()
    walk.later(date(2019, 11, 20))
    walk.move("closed")
    walk.later(date(2020, 1, 10))
    walk.phase({DECEMBER: "15"}, "actual")
    assert walk.standing.money.actual == {DECEMBER: Decimal(15)}


def test_an_extract_of_the_ledger_records_no_saving_past_the_gate_either(paused):
    data = b"scheme,month,amount\nCIP-A1,Nov 2019,1000\nCIP-A1,Dec 2019,2000\n"
    batch = read_ledger(
        programme_id=paused.programme.pk, name="l.csv", data=data, **paused.who(paused.finance)
    )
    (problem,) = batch.problems
    assert problem.startswith("CIP-A1: The delivery of CIP-A1 is paused since before Dec 2019")
    assert batch.status == "refused"
