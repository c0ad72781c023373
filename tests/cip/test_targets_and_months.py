"""The target of a year changes on record, and a programme is read as at the end of a month."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from cip.models import TargetChange
from cip.programmes.landing import landing
from cip.programmes.page import programme_page
from cip.programmes.set_up import change_targets, move_target
from cip.programmes.targets import targets_now
from cip.standing.hold import SchemeRefused
from strategy.periods import FinancialYear, Month
from tests.cip.walk import SEPTEMBER
from tests.factories.people import person

pytestmark = pytest.mark.django_db
OCTOBER = Month(2019, 10)


def targets(walk) -> dict[int, Decimal]:
    return {group.pk: amount for group, amount in targets_now(walk.programme).items()}


def change(walk, *, by=None, seen=None, recurrent=None, reason="Agreed by the board", **amounts):
    groups = {"acute": walk.acute.pk, "older": walk.older.pk}
    wanted = targets(walk) | {groups[name]: Decimal(text) for name, text in amounts.items()}
    return change_targets(
        programme_id=walk.programme.pk, seen=targets(walk) if seen is None else seen,
        targets=wanted, recurrent=recurrent, reason=reason, **walk.who(by or walk.finance),
    )  # fmt: skip


def move(walk, amount: str):
    return move_target(
        programme_id=walk.programme.pk, from_group=walk.acute.pk, to_group=walk.older.pk,
        amount=Decimal(amount), reason="One ward moves", **walk.who(walk.finance),
    )  # fmt: skip


def test_a_change_keeps_what_was_printed_and_reaches_every_sum(delivering):
    walk = delivering
    before = walk.now + timedelta(seconds=1)
    move(walk, "50")
    assert change(walk, acute="700", older="440") == 1140
    walk.programme.refresh_from_db()
    page = programme_page(walk.programme)
    assert [line.totals.target for line in page.lines] == [700, 440]
    assert (page.totals.target, page.totals.unidentified) == (1140, 1000)
    assert page.headline.recurrent_gap == 1140 - 240
    assert page.progress.steps[0].amount == 1140
    assert page.groups.printed[0] == 1000
    said = " ".join(page.groups.moved_words)
    assert "£50k from Acute to Older People" in said
    assert "£150k added to the target of Acute" in said
    assert "£10k taken off the target of Older People" in said
    assert "Agreed by the board" in said
    assert landing(None, FinancialYear(2019)).cards[0].totals.target == 1140
    then = programme_page(walk.programme, before)
    assert (then.totals.target, then.groups.moved_words) == (1000, [])
    event = AuditEvent.objects.get(action="target changed")
    assert {row["field"] for row in event.changes} == {"target_k.acute", "target_k.older-people"}


def test_a_change_that_cannot_be_right_is_refused_whole(walk):
    for changed, words in (
        ({}, "No target is changed"),
        ({"acute": "-1"}, "must be 0 or more"),
        ({"acute": "0", "older": "0"}, "must be more than 0"),
        ({"acute": "700", "recurrent": Decimal(1101)}, "between 0 and the target, 1,100"),
        ({"acute": "700", "reason": " "}, "Enter why"),
    ):
        with pytest.raises(SchemeRefused, match=words):
            change(walk, **changed)
    old = targets(walk)
    move(walk, "50")
    with pytest.raises(SchemeRefused, match="since you opened this page"):
        change(walk, seen=old, acute="700")
    for other in (walk.lead, walk.medical):
        with pytest.raises(NotAllowed):
            change(walk, by=other, acute="700")
    assert not TargetChange.objects.exists()
    change(walk, acute="700")
    for act in (TargetChange.objects.all().delete, lambda: TargetChange.objects.update(amount_k=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    with pytest.raises(SchemeRefused, match="Its target is £700k"):
        move(walk, "701")


def test_finance_changes_the_target_on_the_page(walk):
    client = Client()
    client.force_login(walk.finance, backend="django.contrib.auth.backends.ModelBackend")
    address = "/cip/2019-20/transfers/"
    acute, older = walk.acute.pk, walk.older.pk
    typed = {
        "action": "change", f"target-{acute}": "650", f"target-{older}": "abc",
        f"seen-{acute}": "600", f"seen-{older}": "400", "recurrent": "", "reason": "More beds",
    }  # fmt: skip
    wrong = client.post(address, typed)
    assert wrong.status_code == 409
    assert 'value="650"' in wrong.content.decode(), "what was typed is kept"
    assert client.post(address, typed | {f"target-{older}": "400"}).status_code == 302
    page = client.get("/cip/2019-20/").content.decode()
    assert "£1,050k" in page
    assert "£1,000k before it was changed" in page


def test_the_end_of_a_month_leaves_later_sign_offs_out(delivering):
    walk = delivering
    walk.later(date(2019, 11, 4))
    walk.phase({SEPTEMBER: "15", OCTOBER: "10"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")
    walk.sign_off(OCTOBER, seen="10")
    client = Client()
    client.force_login(
        person(Role.BOARD_MEMBER), backend="django.contrib.auth.backends.ModelBackend"
    )

    def read(query=""):
        return client.get(f"/cip/2019-20/{query}").content.decode()

    latest, earlier = read(), read("?until=2019-09&sort=-plan")
    assert "Delivered to Oct 2019" in latest
    assert "£25k" in latest
    assert "Delivered to Sep 2019" in earlier
    assert "As at the end of September 2019" in earlier
    assert "£135k" in earlier, "15 delivered, and six months of 20 to come"
    assert "?until=2019-09&amp;sort=plan" in earlier, "a heading keeps the month"
    rows = b"".join(client.get("/cip/2019-20/data.csv?until=2019-09")).decode().splitlines()
    assert rows[1].split(",")[-3:] == ["135", "15", "135"]
    bad = client.get("/cip/2019-20/?until=2021-09")
    assert bad.status_code == 400
    assert "“until” cannot be “2021-09”" in bad.content.decode()
    report = client.get("/cip/2019-20/reports/programme/2019-09/").content.decode()
    assert "135" in report


def test_a_scheme_does_not_move_where_its_month_is_signed_off(delivering):
    """No actual of it could be recorded there any more."""
    walk = delivering
    walk.later(date(2019, 11, 4))
    walk.sign_off(SEPTEMBER, group=walk.older, seen="0")
    words = "Older People has signed off Sep 2019, in which the scheme delivers"
    with pytest.raises(SchemeRefused, match=words) as refused:
        walk.change(by=walk.finance, care_group=walk.older)
    assert refused.value.field == "care_group"
    assert walk.standing.scheme.care_group == walk.acute
    # A scheme that does not deliver yet has nothing to record in it.
    walk.to_signed("CIP-A2")
    walk.change(by=walk.finance, care_group=walk.older)
    assert walk.standing.scheme.care_group == walk.older


def test_a_scheme_that_moves_needs_new_signatures_and_stays_where_its_actuals_are(delivering):
    walk = delivering
    walk.change(by=walk.finance, care_group=walk.older)
    assert not walk.standing.gate.is_allowed
    walk.change(by=walk.finance, care_group=walk.acute)
    walk.later(date(2019, 11, 4))
    walk.phase({SEPTEMBER: "5"}, "actual")
    with pytest.raises(SchemeRefused, match="actual savings in Acute, so it stays there"):
        walk.change(by=walk.finance, care_group=walk.older)
