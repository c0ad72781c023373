"""A signature and an edit of what is signed, at the same time, on both databases.

`RACE_ROUNDS=300` runs them longer.
"""

import os
import random
import time
from decimal import Decimal

import pytest

from cip.gate import Changed, Post, change_since
from cip.models import Phasing, QIADecision, QIASignature, Scheme, SchemeStage
from cip.standing.hold import SchemeRefused
from cip.standing.read import standing_of
from strategy.periods import Month
from tests.cip.walk import SEPTEMBER, Walk
from tests.factories.people import PostHoldingFactory
from tests.kpis.test_return_races import at_once

ROUNDS = int(os.environ.get("RACE_ROUNDS", "4"))
EDITS = {
    "description": lambda walk, number: walk.change(description=f"Fewer beds {number}"),
    "scope": lambda walk, number: walk.write(scope=f"Wards {number}"),
    "plan": lambda walk, number: walk.phase({SEPTEMBER: str(100 + number)}),
}


@pytest.fixture
def walk(transactional_db) -> Walk:
    return Walk.begin()


def soon(act):
    def late():
        time.sleep(random.uniform(0, 0.01))
        return act()

    return late


@pytest.mark.parametrize("name", EDITS)
def test_nobody_signs_what_somebody_else_is_changing(walk, name):
    """Either the page is out of date and the signature is refused, or it covers what was shown."""
    for number in range(ROUNDS):
        walk.to_submitted(f"{name}-{number}")
        walk.decide()
        walk.sign(walk.nursing)
        shown = walk.mark
        signed, edited = at_once(
            soon(lambda: walk.sign(walk.medical, seen=shown)),  # noqa: B023
            soon(lambda: EDITS[name](walk, number)),  # noqa: B023
        )
        assert not isinstance(edited, Exception), edited
        standing = walk.standing
        assert standing.assessed.changed is Changed.MATERIALLY
        assert not standing.gate.is_allowed
        assert standing.risk_weighted == 0
        if isinstance(signed, QIASignature):
            assert signed.snapshot_hash == shown
        else:
            assert isinstance(signed, SchemeRefused), signed
        for held in standing.assessed.signatures:
            assert held.snapshot.hash == shown
            assert change_since(held.snapshot, standing.assessed.snapshot) is Changed.MATERIALLY


def test_one_person_in_both_posts_signs_once_however_fast(walk):
    PostHoldingFactory(user=walk.medical, post="executive_director_of_nursing_and_quality")
    for number in range(ROUNDS):
        walk.to_submitted(f"twice-{number}")
        walk.decide()
        shown = walk.mark
        outcomes = at_once(
            *(
                soon(lambda post=post: walk.sign(walk.medical, post, seen=shown))  # noqa: B023
                for post in Post
            )
        )
        assert sum(isinstance(outcome, QIASignature) for outcome in outcomes) == 1, outcomes
        assert not walk.standing.gate.is_allowed


def test_no_actual_lands_behind_a_months_sign_off(walk):
    october = Month(2019, 10)
    walk.to_delivery("late-0")
    for number, month in enumerate((SEPTEMBER, october)):
        walk.now = walk.now.replace(year=2019, month=12, day=1 + number)
        walk.phase({month: "15"}, "actual")
        written, signed = at_once(
            soon(lambda: walk.phase({month: "16"}, "actual")),  # noqa: B023
            soon(lambda: walk.sign_off(month, seen="15")),  # noqa: B023
        )
        rows = Phasing.objects.filter(kind="actual", month=month.start)
        latest = rows.order_by("-version").values_list("amount_k", flat=True)[0]
        if isinstance(signed, SchemeRefused):
            assert "have changed" in str(signed)
            assert latest == Decimal(16)
        else:
            assert not isinstance(signed, Exception), signed
            assert isinstance(written, SchemeRefused)
            assert latest == Decimal(15)
    assert standing_of(Scheme.objects.get()).stage == "in_delivery"


TWICE = {
    "sign": lambda walk, shown: walk.sign(walk.medical, seen=shown),
    "decide": lambda walk, shown: walk.decide(),
    "plan": lambda walk, shown: walk.phase({SEPTEMBER: "31"}),
    "stage": lambda walk, shown: walk.move("approved"),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_form_that_is_sent_twice_at_once_is_saved_once(walk, name):
    """A double click: one is saved, the other is refused in words, and nothing is there twice."""
    for number in range(ROUNDS):
        walk.to_submitted(f"twice-{name}-{number}")
        if name != "decide":
            walk.decide()
        shown = walk.mark
        before = _written()
        outcomes = at_once(*(soon(lambda: TWICE[name](walk, shown)) for _ in range(2)))  # noqa: B023
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert all(isinstance(outcome, SchemeRefused) for outcome in refused), outcomes
        assert len(refused) == 1 or (name == "plan" and 0 in outcomes), outcomes
        assert _written() == before + 1


def _written() -> int:
    rows = (QIASignature, QIADecision, Phasing, SchemeStage)
    return sum(model.objects.count() for model in rows)
