"""The quality gate: who must sign what before a saving may start, and what voids a signature."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip.gate import (
    QIA_TRANSITIONS,
    TRANSITIONS,
    Changed,
    DomainScores,
    Permission,
    Post,
    QiaStatus,
    Score,
    Signature,
    Snapshot,
    change_since,
    is_paused,
    may_deliver,
    may_enter_delivery,
    may_move,
    overdue_reviews,
    qia_may_become,
    reopens_qia,
    review_dates,
)
from cip.money import Stage
from strategy.periods import Month

SAFETY = DomainScores("patient_safety", "Early discharge", Score(3, 4), "Ring in 72h", Score(2, 4))
SIGNED = Snapshot(
    "Shorter stays", "Older adult wards", Decimal(100), (SAFETY,), "None found", ("falls from 4",),
    "Pay, 2 WTE",
)  # fmt: skip
MEDICAL, NURSING = Post.MEDICAL_DIRECTOR, Post.NURSING_DIRECTOR


def signature(post, person, **changed):
    terms = {"signed_on": date(2019, 5, 14), "held_post_that_day": True, "snapshot": SIGNED}
    return Signature(post=post, person=person, **(terms | changed))


BOTH = (signature(MEDICAL, "afifa"), signature(NURSING, "mary"))


def gate(status=QiaStatus.APPROVED, signatures=BOTH, author="lead", now=SIGNED):
    return may_deliver(status, signatures, author=author, now=now)


@pytest.mark.parametrize("status", [QiaStatus.APPROVED, QiaStatus.APPROVED_WITH_CONDITIONS])
def test_approved_and_signed_by_both_opens_the_gate(status):
    assert gate(status).is_allowed
    assert (
        may_enter_delivery(Stage.APPROVED, status, BOTH, author="lead", now=SIGNED) == Permission()
    )


@pytest.mark.parametrize(
    "status",
    [s for s in QiaStatus if s not in (QiaStatus.APPROVED, QiaStatus.APPROVED_WITH_CONDITIONS)],
)
def test_nothing_but_an_approval_opens_it(status):
    found = gate(status)
    assert not found.is_allowed
    word = "detrimental" if status is QiaStatus.REJECTED else "not approved"
    assert word in found.reasons[0]


@pytest.mark.parametrize(
    ("signatures", "reasons"),
    [
        (
            (),
            [
                "The Executive Medical Director has not signed.",
                "The Executive Director of Nursing and Quality has not signed.",
            ],
        ),
        (BOTH[:1], ["The Executive Director of Nursing and Quality has not signed."]),
        (
            (BOTH[0], signature(NURSING, "afifa")),
            ["The two signatures must be those of two different people."],
        ),
        (
            (BOTH[0], signature(NURSING, "lead")),
            ["lead wrote the assessment and cannot sign it."],
        ),
        (
            (BOTH[0], signature(NURSING, "mary", held_post_that_day=False)),
            ["mary was not Executive Director of Nursing and Quality on 2019-05-14."],
        ),
    ],
)
def test_every_missing_or_weak_signature_is_named(signatures, reasons):
    assert list(gate(signatures=signatures).reasons) == reasons


def test_a_second_good_signature_heals_a_weak_one():
    weak = signature(NURSING, "lead")
    assert gate(signatures=(*BOTH, weak)).is_allowed
    # One person holds both posts and another holds one of them: two people can sign.
    assert gate(signatures=(*BOTH, signature(NURSING, "afifa"))).is_allowed


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (SIGNED, Changed.NOT_AT_ALL),
        (replace(SIGNED, planned_value=Decimal("100.000")), Changed.NOT_AT_ALL),
        (replace(SIGNED, planned_value=Decimal("100.01")), Changed.SLIGHTLY),
        (replace(SIGNED, planned_value=Decimal(110)), Changed.SLIGHTLY),
        (replace(SIGNED, planned_value=Decimal("110.001")), Changed.MATERIALLY),
        (replace(SIGNED, planned_value=Decimal(90)), Changed.SLIGHTLY),
        (replace(SIGNED, planned_value=Decimal("89.999")), Changed.MATERIALLY),
        (replace(SIGNED, description="Shorter stay"), Changed.MATERIALLY),
        (replace(SIGNED, scope="All wards"), Changed.MATERIALLY),
        (replace(SIGNED, domains=()), Changed.MATERIALLY),
        (replace(SIGNED, domains=(replace(SAFETY, before=Score(4, 4)),)), Changed.MATERIALLY),
        (replace(SIGNED, domains=(replace(SAFETY, after=None),)), Changed.MATERIALLY),
        (replace(SIGNED, domains=(replace(SAFETY, mitigation="Visit"),)), Changed.SLIGHTLY),
        (replace(SIGNED, equality_impact="Older people wait"), Changed.SLIGHTLY),
        (replace(SIGNED, guards=()), Changed.SLIGHTLY),
        (replace(SIGNED, guards=("falls from 5",)), Changed.SLIGHTLY),
        (replace(SIGNED, terms="Pay, 80 WTE"), Changed.SLIGHTLY),
    ],
)
def test_a_change_since_the_signature_is_slight_or_material(now, changed):
    assert change_since(SIGNED, now) is changed
    assert gate(now=now).is_allowed is (changed is not Changed.MATERIALLY)


def test_what_earlier_signatures_did_not_keep_is_no_change():
    earlier = Snapshot.of({
        name: said
        for name, said in SIGNED.content.items()
        if name not in ("equality_impact", "guards", "terms")
    })  # fmt: skip
    assert (earlier.equality_impact, earlier.guards, earlier.terms) == (None, None, None)
    assert change_since(earlier, SIGNED) is Changed.NOT_AT_ALL
    assert change_since(earlier, replace(SIGNED, planned_value=Decimal(101))) is Changed.SLIGHTLY
    assert Snapshot.of(SIGNED.content) == SIGNED


def test_small_steps_add_up_against_what_was_signed():
    first, second = (replace(SIGNED, planned_value=Decimal(v)) for v in (108, 116))
    assert change_since(first, second) is Changed.SLIGHTLY
    assert change_since(SIGNED, second) is Changed.MATERIALLY


def test_from_nothing_any_value_is_material():
    nothing = replace(SIGNED, planned_value=Decimal(0))
    assert change_since(nothing, replace(SIGNED, planned_value=Decimal(1))) is Changed.MATERIALLY
    assert change_since(nothing, nothing) is Changed.NOT_AT_ALL


def test_the_order_of_the_domains_does_not_change_the_hash():
    staff = DomainScores("staff_experience", "More turnover", Score(3, 4))
    one = replace(SIGNED, domains=(SAFETY, staff))
    other = replace(SIGNED, domains=(staff, SAFETY))
    assert one.hash == other.hash != SIGNED.hash
    assert change_since(one, other) is Changed.NOT_AT_ALL


@given(st.decimals(1, 10_000, places=3), st.decimals(1, 10_000, places=3))
def test_more_than_a_tenth_is_material(signed, now):
    found = change_since(replace(SIGNED, planned_value=signed), replace(SIGNED, planned_value=now))
    assert (found is Changed.MATERIALLY) is (10 * abs(now - signed) > signed)


def test_voided_during_delivery_pauses_the_scheme():
    voided = gate(now=replace(SIGNED, scope="All wards"))
    assert is_paused(Stage.IN_DELIVERY, voided)
    assert not is_paused(Stage.IN_DELIVERY, gate())
    assert not is_paused(Stage.APPROVED, voided)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("to", Stage)
def test_a_scheme_moves_along_the_table_only(stage, to):
    found = may_move(stage, to, gate=Permission(), qia_status=QiaStatus.APPROVED)
    assert found.is_allowed is (to in TRANSITIONS[stage])
    if to not in TRANSITIONS[stage]:
        assert found.reasons[0].startswith("A scheme cannot go from")


def test_delivery_waits_for_the_gate_and_approval_for_the_panel():
    shut = gate(signatures=())
    open_status, draft = QiaStatus.APPROVED, QiaStatus.DRAFT
    assert may_move(Stage.APPROVED, Stage.IN_DELIVERY, gate=shut, qia_status=open_status) == shut
    refused = may_move(Stage.QIA, Stage.APPROVED, gate=shut, qia_status=draft)
    assert refused.reasons == ("The quality impact assessment is not approved.",)
    assert may_move(Stage.QIA, Stage.REJECTED, gate=shut, qia_status=draft).is_allowed
    found = may_enter_delivery(Stage.OUTLINED, draft, (), author="lead", now=SIGNED)
    assert found.reasons[0] == "The scheme is outlined, not approved."
    assert len(found.reasons) == 4


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.SUBSTITUTED, Stage.CLOSED])
def test_what_has_ended_stays_ended(stage):
    assert not TRANSITIONS[stage]


def test_only_approved_schemes_lead_into_delivery():
    assert [s for s in Stage if Stage.IN_DELIVERY in TRANSITIONS[s]] == [Stage.APPROVED]


def test_the_panel_decides_on_what_was_submitted():
    decided = {
        QiaStatus.APPROVED,
        QiaStatus.APPROVED_WITH_CONDITIONS,
        QiaStatus.MORE_DETAIL_ASKED,
        QiaStatus.REJECTED,
    }
    assert QIA_TRANSITIONS[QiaStatus.SUBMITTED] == decided
    assert not qia_may_become(QiaStatus.DRAFT, QiaStatus.APPROVED)
    assert qia_may_become(QiaStatus.APPROVED, QiaStatus.REOPENED)
    rejected = QIA_TRANSITIONS[QiaStatus.REJECTED]
    assert rejected == {QiaStatus.REOPENED}  # once, by finance: `may_reopen`
    assert set(QIA_TRANSITIONS) == set(QiaStatus)


@pytest.mark.parametrize(
    ("likelihood", "consequence", "value", "level"),
    [
        (1, 1, 1, "low"),
        (3, 1, 3, "low"),
        (2, 2, 4, "moderate"),
        (2, 3, 6, "moderate"),
        (2, 4, 8, "high"),
        (3, 4, 12, "high"),
        (3, 5, 15, "extreme"),
        (5, 5, 25, "extreme"),
    ],
)
def test_a_score_is_likelihood_times_consequence(likelihood, consequence, value, level):
    score = Score(likelihood, consequence)
    assert (score.value, score.level) == (value, level)


@pytest.mark.parametrize(("likelihood", "consequence"), [(0, 1), (1, 6), (6, 1), (1, 0)])
def test_a_score_outside_the_grid_is_refused(likelihood, consequence):
    with pytest.raises(ValueError, match="1 to 5"):
        Score(likelihood, consequence)


@pytest.mark.parametrize(
    ("started", "dates"),
    [
        (
            date(2019, 6, 1),
            [date(2019, 9, 1), date(2019, 12, 1), date(2020, 3, 1), date(2020, 6, 1)],
        ),
        (
            date(2019, 11, 30),
            [date(2020, 2, 29), date(2020, 5, 30), date(2020, 8, 30), date(2020, 11, 30)],
        ),
    ],
)
def test_four_reviews_each_quarter_for_twelve_months(started, dates):
    assert list(review_dates(started)) == dates


def test_a_review_is_overdue_the_day_after_it_was_due():
    due = review_dates(date(2019, 6, 1))
    assert overdue_reviews(due, [], date(2019, 9, 1)) == ()
    assert overdue_reviews(due, [], date(2019, 12, 2)) == due[:2]
    assert overdue_reviews(due, [due[0]], date(2019, 12, 2)) == due[1:2]


def test_a_guard_measure_reopens_the_assessment_once_per_signal():
    approved, began = QiaStatus.APPROVED, Month(2019, 10)
    assert reopens_qia(approved, signal_began=began, last_reopened_for=None)
    assert not reopens_qia(approved, signal_began=began, last_reopened_for=began)
    assert reopens_qia(approved, signal_began=Month(2020, 2), last_reopened_for=began)
    assert not reopens_qia(approved, signal_began=None, last_reopened_for=None)
    assert not reopens_qia(QiaStatus.REOPENED, signal_began=began, last_reopened_for=None)
