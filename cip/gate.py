"""The quality gate: what a scheme may do next, and why not.

A scheme cannot enter delivery, and its savings weigh 0, until its quality impact assessment (QIA)
is approved and signed twice: by two different people who hold the two posts on that day, neither
of them its author. A signature covers the snapshot that was signed. Later states are compared
with that snapshot, so that many small changes cannot add up to a large one unnoticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from cip.money import Stage
from strategy.periods import Month

MATERIAL_CHANGE = Decimal("0.10")
REVIEW_EVERY_MONTHS = 3
REVIEWED_FOR_MONTHS = 12

TRANSITIONS: Mapping[Stage, frozenset[Stage]] = {
    Stage.IDEA: frozenset({Stage.OUTLINED, Stage.REJECTED}),
    Stage.OUTLINED: frozenset({Stage.IDEA, Stage.QIA, Stage.REJECTED, Stage.SUBSTITUTED}),
    Stage.QIA: frozenset({Stage.OUTLINED, Stage.APPROVED, Stage.REJECTED, Stage.SUBSTITUTED}),
    Stage.APPROVED: frozenset({Stage.QIA, Stage.IN_DELIVERY, Stage.REJECTED, Stage.SUBSTITUTED}),
    Stage.IN_DELIVERY: frozenset({Stage.CLOSED, Stage.REJECTED, Stage.SUBSTITUTED}),
    Stage.CLOSED: frozenset(),
    Stage.REJECTED: frozenset(),
    Stage.SUBSTITUTED: frozenset(),
}


class QiaStatus(StrEnum):
    """The status of a quality impact assessment."""

    NOT_STARTED = "not_started"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    MORE_DETAIL_ASKED = "more_detail_asked"
    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    REJECTED = "rejected"
    REOPENED = "reopened"


APPROVALS = frozenset({QiaStatus.APPROVED, QiaStatus.APPROVED_WITH_CONDITIONS})
# What the panel may decide on an assessment that was submitted.
OUTCOMES = frozenset({*APPROVALS, QiaStatus.MORE_DETAIL_ASKED, QiaStatus.REJECTED})
# The panel decides on what was submitted, and what it rejected stays rejected: neither may change.
WRITABLE = frozenset(QiaStatus) - {QiaStatus.SUBMITTED, QiaStatus.REJECTED}

QIA_TRANSITIONS: Mapping[QiaStatus, frozenset[QiaStatus]] = {
    QiaStatus.NOT_STARTED: frozenset({QiaStatus.DRAFT}),
    QiaStatus.DRAFT: frozenset({QiaStatus.SUBMITTED}),
    QiaStatus.SUBMITTED: frozenset({QiaStatus.MORE_DETAIL_ASKED, QiaStatus.REJECTED, *APPROVALS}),
    QiaStatus.MORE_DETAIL_ASKED: frozenset({QiaStatus.SUBMITTED}),
    QiaStatus.APPROVED: frozenset({QiaStatus.REOPENED}),
    QiaStatus.APPROVED_WITH_CONDITIONS: frozenset({QiaStatus.REOPENED}),
    QiaStatus.REJECTED: frozenset({QiaStatus.REOPENED}),
    QiaStatus.REOPENED: frozenset({QiaStatus.SUBMITTED, QiaStatus.REJECTED}),
}


class Post(StrEnum):
    """The two posts whose holders sign."""

    MEDICAL_DIRECTOR = "executive_medical_director"
    NURSING_DIRECTOR = "executive_director_of_nursing_and_quality"


@dataclass(frozen=True, slots=True)
class Score:
    """Likelihood × consequence, each from 1 to 5; ValueError outside that."""

    likelihood: int
    consequence: int

    def __post_init__(self) -> None:
        if not (1 <= self.likelihood <= 5 and 1 <= self.consequence <= 5):
            raise ValueError("Likelihood and consequence go from 1 to 5.")

    @property
    def value(self) -> int:
        return self.likelihood * self.consequence

    @property
    def content(self) -> dict[str, int]:
        return {"likelihood": self.likelihood, "consequence": self.consequence}

    @property
    def level(self) -> str:
        """1–3 low, 4–6 moderate, 8–12 high, 15–25 extreme."""
        if self.value <= 3:
            return "low"
        if self.value <= 6:
            return "moderate"
        return "high" if self.value <= 12 else "extreme"


# Words that were withdrawn from what was signed. Nobody can type them: a NUL is in no text.
WITHDRAWN = "\0withdrawn"
WITHDRAWN_WORDS = "(words that were withdrawn since)"


@dataclass(frozen=True, slots=True)
class DomainScores:
    """The assessment of one of the four domains of quality."""

    domain: str
    description: str
    before: Score | None
    mitigation: str = ""
    after: Score | None = None


@dataclass(frozen=True)
class Snapshot:
    """What a signature covers: description, scope, scores and planned value, not the forecast;
    what is said of equality, which measures guard the scheme, each with its baseline, and the terms
    on which it saves (None in signatures from before these were kept).
    """

    description: str
    scope: str
    planned_value: Decimal
    domains: tuple[DomainScores, ...]
    equality_impact: str | None = None
    guards: tuple[str, ...] | None = None
    terms: str | None = None

    @property
    def guard_words(self) -> str | None:
        return None if self.guards is None else "; ".join(self.guards) or "none"

    def kept_like(self, other: Snapshot) -> Snapshot:
        """Without what another one did not keep, so that the two can be compared."""
        return replace(
            self,
            equality_impact=None if other.equality_impact is None else self.equality_impact,
            guards=None if other.guards is None else self.guards,
            terms=None if other.terms is None else self.terms,
        )

    @property
    def content(self) -> dict[str, Any]:
        """What is kept with a signature: `Snapshot.of` reads it back."""
        later = {
            "equality_impact": self.equality_impact,
            "guards": None if self.guards is None else sorted(self.guards),
            "terms": self.terms,
        }
        return {
            **{name: said for name, said in later.items() if said is not None},
            "description": self.description,
            "scope": self.scope,
            "planned_value": f"{self.planned_value.normalize():f}",
            "domains": [
                {
                    "domain": row.domain,
                    "description": row.description,
                    "before": row.before.content if row.before else None,
                    "mitigation": row.mitigation,
                    "after": row.after.content if row.after else None,
                }
                for row in sorted(self.domains, key=lambda row: row.domain)
            ],
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Snapshot:
        """What was kept with a signature. Words that were taken out of it since are like no words,
        so that no state equals them.
        """

        def said(text: str | None) -> str:
            return WITHDRAWN if text is None else text

        return cls(
            said(content["description"]),
            said(content["scope"]),
            Decimal(content["planned_value"]),
            tuple(
                DomainScores(
                    row["domain"],
                    said(row["description"]),
                    Score(**row["before"]) if row["before"] else None,
                    said(row["mitigation"]),
                    Score(**row["after"]) if row["after"] else None,
                )
                for row in content["domains"]
            ),
            said(content["equality_impact"]) if "equality_impact" in content else None,
            tuple(content["guards"]) if "guards" in content else None,
            content.get("terms"),
        )

    @cached_property
    def hash(self) -> str:
        """Equal content gives an equal hash, whatever the form of decimals or order of domains."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature for a post; the caller looks up `held_post_that_day`.

    `person` identifies the person, because two people may share a `name`.
    """

    post: Post
    person: str
    signed_on: date
    held_post_that_day: bool
    snapshot: Snapshot
    name: str = ""

    @property
    def signed_by(self) -> str:
        return self.name or self.person


class Changed(StrEnum):
    """How the present state differs from the one that was signed."""

    NOT_AT_ALL = "not_at_all"
    SLIGHTLY = "slightly"
    MATERIALLY = "materially"


def change_since(signed: Snapshot, now: Snapshot) -> Changed:
    """Material: description, scope, scores, or planned value by more than 10% of what was signed.

    A mitigation text, equality impact, guard measures, the terms on which it saves, or a smaller
    change of value, shows as "changed since signature".
    """
    if signed is now:
        return Changed.NOT_AT_ALL
    if signed.description != now.description or signed.scope != now.scope:
        return Changed.MATERIALLY
    if _judged(signed) != _judged(now):
        return Changed.MATERIALLY
    moved = abs(now.planned_value - signed.planned_value)
    # Exactly 10% is not yet material.
    if moved > MATERIAL_CHANGE * abs(signed.planned_value):
        return Changed.MATERIALLY
    same = signed.hash == now.kept_like(signed).hash
    return Changed.NOT_AT_ALL if same else Changed.SLIGHTLY


def _judged(snapshot: Snapshot) -> dict[str, tuple[str, Score | None, Score | None]]:
    return {row.domain: (row.description, row.before, row.after) for row in snapshot.domains}


def signature_problems(
    signature: Signature, *, author: str, now: Snapshot, co_authors: Collection[str] = ()
) -> tuple[str, ...]:
    """Why a signature is not valid; empty when it is."""
    name = POST_NAMES[signature.post]
    problems = []
    if not signature.held_post_that_day:
        problems.append(f"{signature.signed_by} was not {name} on {signature.signed_on}.")
    if signature.person in (author, *co_authors):
        problems.append(f"{signature.signed_by} wrote the assessment and cannot sign it.")
    if change_since(signature.snapshot, now) is Changed.MATERIALLY:
        problems.append(f"The scheme changed materially since the {name} signed.")
    return tuple(problems)


POST_NAMES = {
    Post.MEDICAL_DIRECTOR: "Executive Medical Director",
    Post.NURSING_DIRECTOR: "Executive Director of Nursing and Quality",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """Allowed, or every reason why not."""

    reasons: tuple[str, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


def may_deliver(
    status: QiaStatus,
    signatures: Iterable[Signature],
    *,
    author: str,
    now: Snapshot,
    co_authors: Collection[str] = (),
) -> Permission:
    """Whether the assessment lets the scheme deliver; until then its savings weigh 0.

    `signatures` are those given on the panel's latest decision. Whoever wrote in the assessment is
    its author: who began it, and `co_authors`.
    """
    reasons = []
    status, given = QiaStatus(status), list(signatures)
    if status is QiaStatus.REJECTED:
        reasons.append("The panel found the scheme detrimental: it cannot be enacted.")
    elif status not in APPROVALS:
        reasons.append("The quality impact assessment is not approved.")
    valid: dict[Post, set[str]] = {post: set() for post in Post}
    for post in Post:
        problems: list[str] = []
        for signature in (s for s in given if s.post is post):
            found = signature_problems(signature, author=author, now=now, co_authors=co_authors)
            problems.extend(found)
            if not found:
                valid[post].add(signature.person)
        if not valid[post]:
            reasons.extend(problems or [f"The {POST_NAMES[post]} has not signed."])
    # One person may hold both posts at different times, so count people, not signatures.
    if all(valid.values()) and len(set.union(*valid.values())) < len(Post):
        reasons.append("The two signatures must be those of two different people.")
    return Permission(tuple(reasons))


def may_move(stage: Stage, to: Stage, *, gate: Permission, qia_status: QiaStatus) -> Permission:
    """Whether a scheme may go from one stage to another."""
    stage, to, qia_status = Stage(stage), Stage(to), QiaStatus(qia_status)
    if to not in TRANSITIONS[stage]:
        return Permission((f"A scheme cannot go from {_words(stage)} to {_words(to)}.",))
    if to is Stage.IN_DELIVERY:
        return gate
    if to is Stage.APPROVED and qia_status not in APPROVALS:
        return Permission(("The quality impact assessment is not approved.",))
    return Permission()


def may_enter_delivery(
    stage: Stage,
    status: QiaStatus,
    signatures: Iterable[Signature],
    *,
    author: str,
    now: Snapshot,
    co_authors: Collection[str] = (),
) -> Permission:
    """Whether delivery may start: the scheme is approved and the gate is open."""
    gate = may_deliver(status, signatures, author=author, now=now, co_authors=co_authors)
    wrong_stage = Stage(stage) is not Stage.APPROVED
    reasons = (f"The scheme is {_words(stage)}, not approved.",) if wrong_stage else ()
    return Permission((*reasons, *gate.reasons))


def is_paused(stage: Stage, gate: Permission) -> bool:
    """In delivery while the gate is closed again: coming months weigh 0, actuals still count."""
    return Stage(stage) is Stage.IN_DELIVERY and not gate.is_allowed


def qia_may_become(status: QiaStatus, to: QiaStatus) -> bool:
    """Whether an assessment may go from one status to another (docs/rules.md)."""
    return QiaStatus(to) in QIA_TRANSITIONS[QiaStatus(status)]


def may_sign(
    status: QiaStatus,
    post: Post,
    given: Iterable[Signature],
    *,
    person: str,
    holds_post: bool,
    author: str,
    now: Snapshot,
    co_authors: Collection[str] = (),
) -> Permission:
    """Whether a person may sign for a post now, on the panel's latest decision."""
    name, given = POST_NAMES[Post(post)], list(given)
    reasons = []
    if QiaStatus(status) not in APPROVALS:
        reasons.append("The panel has not approved the assessment, so there is nothing to sign.")
    if not holds_post:
        reasons.append(f"Only who holds the post of {name} today can sign for it.")
    if person in (author, *co_authors):
        reasons.append("You wrote in this assessment, so the other holder of the post signs it.")
    mine = [signature for signature in given if signature.person == person]
    if any(signature.post is not Post(post) for signature in mine):
        reasons.append("You have signed for the other post: two different people sign.")
    if any(
        s.post is Post(post) and change_since(s.snapshot, now) is Changed.NOT_AT_ALL for s in mine
    ):
        reasons.append("You have signed this already, and nothing has changed since.")
    return Permission(tuple(reasons))


def may_reopen(status: QiaStatus, *, was_reopened_after_rejection: bool) -> Permission:
    """Whether finance may reopen an assessment: an approved one, and a rejected one once."""
    status = QiaStatus(status)
    if not qia_may_become(status, QiaStatus.REOPENED):
        return Permission(("Only an assessment that the panel has decided on can be reopened.",))
    if status is QiaStatus.REJECTED and was_reopened_after_rejection:
        return Permission(("A rejected assessment can be reopened once, and this one was.",))
    return Permission()


def review_dates(started_on: date, *, every: int = REVIEW_EVERY_MONTHS) -> tuple[date, ...]:
    """The reviews of the first twelve months, on the same day of the month or its last day.

    One each quarter, so four, unless the panel asks for another rhythm.
    """
    if not 1 <= every <= REVIEWED_FOR_MONTHS:
        raise ValueError(f"Reviews are held every 1 to {REVIEWED_FOR_MONTHS} months.")
    start = Month.of(started_on)
    dates = []
    for number in range(1, REVIEWED_FOR_MONTHS // every + 1):
        month = start.plus(number * every)
        dates.append(month.start.replace(day=min(started_on.day, month.end.day)))
    return tuple(dates)


def overdue_reviews(due: Iterable[date], held: Collection[date], on: date) -> tuple[date, ...]:
    """Reviews past their due day that were not held; `held` lists the due days of those held."""
    return tuple(sorted(day for day in due if day < on and day not in held))


def reopens_qia(
    status: QiaStatus, *, signal_began: Month | None, last_reopened_for: Month | None
) -> bool:
    """A special-cause concern in a guard measure reopens an approved QIA once per signal run.

    A run may turn out to have begun earlier once more of it is seen: one that reopened the QIA at a
    later month is the same run.
    """
    if QiaStatus(status) not in APPROVALS or signal_began is None:
        return False
    return last_reopened_for is None or last_reopened_for < signal_began


def _words(stage: Stage) -> str:
    return Stage(stage).value.replace("_", " ").replace("qia", "QIA")
