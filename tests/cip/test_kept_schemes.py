"""Schemes are kept while pages are read: of which something was written since is read again.

In transactions of their own, as it is their end that numbers the audit record.
"""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cip.money import Weights
from cip.programmes.set_up import change_weights, weights_now
from cip.standing import kept as keeping
from cip.standing.kept import standings_now
from cip.standing.read import schemes_of, standings
from kmpt_tracker.answers import forget, kept_under
from strategy.periods import Month
from tests.cip.walk import SEPTEMBER, Walk

pytestmark = pytest.mark.django_db(transaction=True)
APRIL = Month(2019, 4)


@pytest.fixture
def walk():
    """Two schemes that are planned, one of them in delivery."""
    forget()
    found = Walk.begin()
    for reference in ("CIP-A1", "CIP-A2"):
        found.add(reference)
        found.plan_level()
    yield found
    forget()


def said(rows) -> list[tuple]:
    return [
        (
            str(row.scheme), row.scheme.title, row.stage, row.rating, row.in_year_plan,
            row.delivered, row.forecast, row.risk_weighted, row.gate, sorted(row.signed_off),
            row.phasing, row.weights,
        )
        for row in rows
    ]  # fmt: skip


def page(walk: Walk) -> tuple[list[tuple], list[str]]:
    """What a page reads, which is what the database says, and the schemes whose money it read."""
    with kept_under(lambda: "one page after the other"), CaptureQueriesContext(connection) as asked:
        found = said(standings_now(walk.programme, ()))
    assert found == said(standings(schemes_of(walk.programme)))
    return found, [query["sql"] for query in asked if "cip_phasing" in query["sql"]]


def test_what_is_written_of_one_scheme_is_read_alone(walk):
    _, asked = page(walk)
    assert len(asked) == 1
    assert page(walk)[1] == []
    walk.phase({SEPTEMBER: "35"})
    second = walk.scheme.pk
    before, asked = page(walk)
    assert f"IN ({second})" in asked[0]
    assert before[1][4] == Decimal(155)
    walk.change(title="Stays that are shorter")
    assert page(walk)[0][1][1] == "Stays that are shorter"
    walk.rate("green")
    walk.move("outlined")
    after, _ = page(walk)
    assert [row[2] for row in after] == ["idea", "outlined"]


def test_a_new_scheme_and_other_weights_are_seen(walk):
    page(walk)
    walk.add("CIP-A3")
    assert [row[0][-6:] for row in page(walk)[0]] == ["CIP-A1", "CIP-A2", "CIP-A3"]
    weights = {"green": Decimal(90), "amber": Decimal(40), "red": Decimal(10)}
    change_weights(
        programme_id=walk.programme.pk, seen=weights_now(walk.programme), weights=weights,
        reason="As delivered", **walk.who(walk.finance),
    )  # fmt: skip
    assert {row[-1] for row in page(walk)[0]} == {Weights(*weights.values())}


def test_each_step_of_an_assessment_and_a_month_signed_off_are_seen(walk):
    """That is compared with the database after each."""
    page(walk)
    walk.rate("green")
    walk.move("outlined", "qia")
    for step in (walk.write, walk.submit, walk.decide):
        step()
        page(walk)
    for signatory in (walk.medical, walk.nursing):
        walk.sign(signatory)
        page(walk)
    assert page(walk)[0][1][8].is_allowed
    walk.change(title="Another scheme altogether")
    assert not page(walk)[0][1][8].is_allowed, "what was signed is void"
    walk.sign_off(APRIL)
    assert page(walk)[0][1][9] == [APRIL]


def test_what_is_taken_back_was_never_kept(walk):
    before, _ = page(walk)
    with transaction.atomic():
        walk.phase({SEPTEMBER: "35"})
        assert page(walk)[0] != before
        transaction.set_rollback(True)
    assert page(walk)[0] == before


def test_who_writes_without_a_record_is_seen_after_five_minutes(walk, monkeypatch):
    page(walk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cip_scheme SET title = 'Typed'")
    with kept_under(lambda: "one page after the other"):
        assert {row.scheme.title for row in standings_now(walk.programme, ())} == {"Shorter stays"}
        later = keeping.time.monotonic() + keeping.KEPT_SECONDS
        monkeypatch.setattr(keeping.time, "monotonic", lambda: later)
        assert {row.scheme.title for row in standings_now(walk.programme, ())} == {"Typed"}


def test_outside_a_page_nothing_is_kept(walk):
    standings_now(walk.programme, ())
    assert not keeping.KEPT.kept
