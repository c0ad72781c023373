"""Quality impact assessments with what the gate asks of them: present state, signatures, authors.

Read for many schemes at once in a fixed number of queries, as known now or at a past moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Subquery

from cip.gate import (
    Changed,
    DomainScores,
    Permission,
    Post,
    QiaStatus,
    Score,
    Signature,
    Snapshot,
    change_since,
    may_deliver,
)
from cip.models import (
    QIAAuthor,
    QIADecision,
    QIADomain,
    QIASignature,
    QualityImpactAssessment,
    Scheme,
)
from strategy.periods import london_date
from strategy.recorded import restored


class DomainRow(NamedTuple):
    """One of the four domains of an assessment."""

    assessment_id: int
    domain: str
    description: str
    likelihood: int | None
    consequence: int | None
    mitigation: str
    residual_likelihood: int | None
    residual_consequence: int | None


class SignatureRow(NamedTuple):
    """A signature as it is stored, without what was signed: its hash says whether that differs."""

    pk: int
    assessment_id: int
    decision_id: int
    post: str
    signed_at: datetime
    snapshot_hash: str
    username: str
    first_name: str
    last_name: str

    @property
    def signed_by(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username


@dataclass(frozen=True)
class Assessed:
    """A scheme's quality impact assessment with what the gate asks of it."""

    qia: QualityImpactAssessment
    snapshot: Snapshot
    signatures: tuple[Signature, ...] = ()  # those on the panel's latest decision
    authors: frozenset[str] = frozenset()
    decision_id: int | None = None

    @property
    def status(self) -> QiaStatus:
        return QiaStatus(self.qia.status)

    @property
    def author(self) -> str:
        return self.qia.author_name if self.qia.author_id else ""  # type: ignore[attr-defined]

    @cached_property
    def gate(self) -> Permission:
        return may_deliver(
            self.status,
            self.signatures,
            author=self.author,
            co_authors=self.authors,
            now=self.snapshot,
        )

    @cached_property
    def changed(self) -> Changed:
        """The largest change since any signature that counts."""
        found = {change_since(signature.snapshot, self.snapshot) for signature in self.signatures}
        for change in (Changed.MATERIALLY, Changed.SLIGHTLY):
            if change in found:
                return change
        return Changed.NOT_AT_ALL

    def signed_by(self, post: Post) -> Signature | None:
        """The latest signature for a post that nothing material has voided since."""
        held = [s for s in self.signatures if s.post is post]
        valid = [
            s for s in held if change_since(s.snapshot, self.snapshot) is not Changed.MATERIALLY
        ]
        return valid[-1] if valid else None

    @property
    def unsigned(self) -> tuple[Post, ...]:
        """The posts whose signature an approved assessment still lacks."""
        return tuple(post for post in Post if self.signed_by(post) is None)


def snapshot_of(
    scheme: Scheme, planned_value: Decimal, scope: str, domains: Iterable[DomainRow | QIADomain]
) -> Snapshot:
    """What a signature covers now: the scheme in words, where, its planned value, its scores."""
    return Snapshot(
        description=f"{scheme.title}\n{scheme.description}".strip(),
        scope=f"{scheme.care_group.code}\n{scope}".strip(),
        planned_value=planned_value,
        domains=tuple(
            DomainScores(
                row.domain,
                row.description,
                _score(row.likelihood, row.consequence),
                row.mitigation,
                _score(row.residual_likelihood, row.residual_consequence),
            )
            for row in domains
        ),
    )


@lru_cache(maxsize=64)
def _score(likelihood: int | None, consequence: int | None) -> Score | None:
    if likelihood is None or consequence is None:
        return None
    return Score(likelihood, consequence)


def assessments(
    planned: Iterable[tuple[Scheme, Decimal]], known_at: datetime | None
) -> dict[int, Assessed]:
    """The assessments of schemes, each with its plan of the year in £000, by scheme."""
    by_scheme = {scheme.pk: (scheme, value) for scheme, value in planned}
    decisions = QIADecision.objects.filter(assessment=OuterRef("pk"))
    if known_at is not None:
        decisions = decisions.filter(recorded_at__lte=known_at)
    rows = QualityImpactAssessment.objects.filter(scheme__in=by_scheme).annotate(
        author_name=F("author__username"),
        latest_decision=Subquery(decisions.order_by("-pk").values("pk")[:1]),
    )
    qias = restored(rows, known_at)
    if not qias:
        return {}
    keys = [qia.pk for qia in qias]
    domains: dict[int, list[DomainRow | QIADomain]] = defaultdict(list)
    for row in _domains(keys, known_at):
        domains[row.assessment_id].append(row)
    signatures, authors = signed(keys, known_at), _authors(keys, known_at)
    snapshots: dict[int, Snapshot] = {}
    counted: dict[int, list[SignatureRow]] = {}
    for qia in qias:
        # A page about a scheme names it: the row that was loaded with its parents.
        qia.scheme, value = by_scheme[qia.scheme_id]
        snapshots[qia.pk] = snapshot_of(qia.scheme, value, qia.scope, domains[qia.pk])
        counted[qia.pk] = [
            row for row in signatures[qia.pk] if row.decision_id == qia.latest_decision
        ]
    given = gate_signatures([row for rows in counted.values() for row in rows], snapshots)
    return {
        qia.scheme_id: Assessed(
            qia=qia,
            snapshot=snapshots[qia.pk],
            signatures=tuple(given[row.pk] for row in counted[qia.pk]),
            authors=frozenset(authors[qia.pk]),
            decision_id=qia.latest_decision,
        )
        for qia in qias
    }


def _domains(keys: Sequence[int], known_at: datetime | None) -> Iterable[DomainRow | QIADomain]:
    rows = QIADomain.objects.filter(assessment__in=keys)
    if known_at is not None:
        return restored(rows, known_at)
    return (DomainRow(*row) for row in rows.values_list(*DomainRow._fields))


def signed(
    keys: Sequence[int], known_at: datetime | None = None
) -> Mapping[int, list[SignatureRow]]:
    """Every signature, on whichever decision, by assessment, oldest first."""
    rows = QIASignature.objects.filter(assessment__in=keys)
    if known_at is not None:
        rows = rows.filter(signed_at__lte=known_at)
    person = tuple(f"signed_by__{name}" for name in SignatureRow._fields[-3:])
    found: dict[int, list[SignatureRow]] = defaultdict(list)
    for row in rows.order_by("pk").values_list(*SignatureRow._fields[:-3], *person):
        found[row[1]].append(SignatureRow(*row))
    return found


def _authors(keys: Sequence[int], known_at: datetime | None) -> Mapping[int, set[str]]:
    """The user names of those who wrote in each assessment."""
    wrote = QIAAuthor.objects.filter(assessment__in=keys)
    if known_at is not None:
        wrote = wrote.filter(since__lte=known_at)
    authors: dict[int, set[str]] = defaultdict(set)
    for assessment, name in wrote.values_list("assessment_id", "person__username"):
        authors[assessment].add(name)
    return authors


def gate_signatures(
    rows: Iterable[SignatureRow], now: Mapping[int, Snapshot]
) -> dict[int, Signature]:
    """Signatures as the gate knows them, by key; `now`: the present state of each assessment.

    What was signed is read only where its hash is not that of the present state. That the post was
    held that day was asked, of the database too, when it was given: a holding that is corrected
    later takes back no signature.
    """
    found = list(rows)
    others = [row.pk for row in found if row.snapshot_hash != now[row.assessment_id].hash]
    contents: dict[int, Any] = {}
    if others:
        stored = QIASignature.objects.filter(pk__in=others)
        contents = dict(stored.values_list("pk", "snapshot"))
    return {
        row.pk: Signature(
            post=Post(row.post),
            person=row.username,
            signed_on=london_date(row.signed_at),
            held_post_that_day=True,
            snapshot=Snapshot.of(contents[row.pk])
            if row.pk in contents
            else now[row.assessment_id],
            name=row.signed_by,
        )
        for row in found
    }
