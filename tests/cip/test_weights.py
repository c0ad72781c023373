"""What a delivery rating counts changes on record, from a moment on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from cip.models import WeightChange
from cip.money import Weights
from cip.programmes.page import programme_page
from cip.programmes.set_up import change_weights, weights_now
from cip.standing.hold import SchemeRefused
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def change(walk, green: str, amber: str, red: str, *, by=None, seen=None, reason="As delivered"):
    weights = {"green": Decimal(green), "amber": Decimal(amber), "red": Decimal(red)}
    return change_weights(
        programme_id=walk.programme.pk, weights=weights, reason=reason,
        seen=seen or weights_now(walk.programme), **walk.who(by or walk.finance),
    )  # fmt: skip


def test_a_change_counts_from_its_moment_on_and_what_it_did_is_shown(delivering):
    walk = delivering
    walk.rate("amber")
    before = programme_page(walk.programme)
    then = walk.now + timedelta(seconds=1)
    change(walk, "100", "75", "10")

    page = programme_page(walk.programme)
    assert page.weights == Weights(Decimal(100), Decimal(75), Decimal(10))
    gained = page.totals.risk_weighted - before.totals.risk_weighted
    assert gained == before.totals.forecast / 4 > 0
    assert page.headline.weights_words == "Green counts 100%, amber counts 75%, red counts 10%"
    ((_, was, now, effect, why),) = page.weightings.rows
    assert (was, now) == ("Green 100%, amber 50%, red 0%", "Green 100%, amber 75%, red 10%")
    assert (Decimal(effect.replace(",", "")), why) == (gained, "As delivered")

    past = programme_page(walk.programme, then)
    assert past.weights == before.weights
    assert past.headline.weights_words == before.headline.weights_words
    assert past.weightings is None


def test_a_change_of_rating_is_told_with_the_weights_of_its_day(delivering):
    walk = delivering
    walk.rate("amber")
    change(walk, "100", "75", "0")
    walk.rate("green")

    page = programme_page(walk.programme)
    effect = Decimal(page.ratings.rows[0][4].replace(",", ""))
    assert effect == page.totals.forecast / 4


def test_a_programme_without_schemes_reads_its_own_weights(walk):
    then = walk.now
    change(walk, "90", "40", "5")
    page = programme_page(walk.programme)
    assert page.weights == Weights(Decimal(90), Decimal(40), Decimal(5))
    assert page.headline.weights_words == "Green counts 90%, amber counts 40%, red counts 5%"
    ((_, was, now, effect, _),) = page.weightings.rows
    assert (was, now, Decimal(effect)) == (
        "Green 100%, amber 50%, red 0%", "Green 90%, amber 40%, red 5%", 0,
    )  # fmt: skip
    past = programme_page(walk.programme, then)
    assert (past.weights, past.weightings) == (Weights(), None)
    walk.add()
    assert programme_page(walk.programme).weights == page.weights


def test_what_was_printed_or_set_up_stays(walk):
    change(walk, "90", "40", "5")
    walk.programme.refresh_from_db()
    assert walk.programme.weight_green == 100
    assert weights_now(walk.programme).green == 90


@pytest.mark.parametrize(
    ("weights", "reason", "words"),
    [
        (("100", "50", "0"), "Again", "No weight is changed"),
        (("50", "60", "0"), "Turned", "Green weighs most"),
        (("101", "50", "0"), "More", "between 0 and 100"),
        (("100", "60", "0"), " ", "Enter why"),
    ],
)
def test_what_cannot_be_is_refused(walk, weights, reason, words):
    with pytest.raises(SchemeRefused, match=words):
        change(walk, *weights, reason=reason)
    assert not WeightChange.objects.exists()


def test_nobody_changes_weights_that_they_have_not_seen(walk):
    seen = weights_now(walk.programme)
    change(walk, "100", "60", "0")
    with pytest.raises(SchemeRefused, match="since you opened this page"):
        change(walk, "100", "70", "0", seen=seen)
    assert weights_now(walk.programme).amber == 60


def test_finance_changes_weights_and_nobody_else(walk):
    for somebody in (walk.lead, walk.medical, person(Role.PERFORMANCE_TEAM)):
        with pytest.raises(NotAllowed):
            change(walk, "100", "60", "0", by=somebody)
    change(walk, "100", "60", "0")
    assert AuditEvent.objects.get(action="weights changed").by == walk.finance


def test_the_database_keeps_a_change_as_it_was(walk):
    row = change(walk, "100", "60", "0")
    for act in (lambda: WeightChange.objects.update(amber=70), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        WeightChange.objects.create(
            programme=walk.programme, green=50, amber=60, red=0, reason="Turned",
            known_from=walk.now,
        )  # fmt: skip


@pytest.mark.any_database
def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(delivering):
    walk = delivering
    client = Client()
    client.force_login(walk.finance, backend="django.contrib.auth.backends.ModelBackend")
    url = f"/cip/{walk.programme.year}/transfers/"
    sent = {"action": "weights", "seen": "100 50 0", "green": "100", "amber": "sixty", "red": "0"}

    refused = client.post(url, sent)
    assert refused.status_code == 409
    assert 'value="sixty"' in refused.text
    assert "Enter why the weights change" in refused.text
    assert not WeightChange.objects.exists()

    client.post(url, sent | {"amber": "60", "reason": "Ambers deliver"})
    assert weights_now(walk.programme).amber == 60
    page = client.get(f"/cip/{walk.programme.year}/").text
    assert "Green 100%, amber 60%, red 0%" in page
    assert "Ambers deliver" in page
    stale = client.post(url, sent | {"amber": "70", "reason": "Once more"})
    assert stale.status_code == 409
    assert "since you opened this page" in stale.text
