"""Quality impact assessments with what the gate asks of them: present state, signatures, authors.

Read for many schemes at once in a fixed number of queries, as known now or at a past moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from cip.gate import (
    WITHDRAWN,
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
    GuardMeasure,
    QIAAuthor,
    QIADecision,
    QIADomain,
    QIASignature,
    QualityImpactAssessment,
    Scheme,
)
from cip.standing.guarding import guards_known
from cip.standing.plain import Keys, as_text, moment_of, plain_rows
from kmpt_tracker.ui.formats import export_number
from strategy.periods import london_date
from strategy.recorded import recorded_by

GUARD = "guard"


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
    moment: str
    snapshot_hash: str
    username: str
    first_name: str
    last_name: str

    @property
    def signed_at(self) -> datetime:
        return moment_of(self.moment)

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
    scheme: Scheme,
    planned_value: Decimal,
    qia: QualityImpactAssessment,
    domains: Iterable[DomainRow],
    guards: Iterable[str],
) -> Snapshot:
    """What a signature covers now: the scheme in words, where, its planned value, its scores, what
    is said of equality, which measures guard it, and the terms on which it saves.
    """
    return _snapshot(
        f"{scheme.title}\n{scheme.description}".strip(),
        f"{scheme.care_group.code}\n{qia.scope}".strip(),
        planned_value,
        tuple(domains),
        qia.equality_impact,
        tuple(sorted(guards)),
        terms_of(scheme),
    )


def terms_of(scheme: Scheme) -> str:
    """The terms on which a scheme saves, which its description need not say."""
    said = [
        scheme.get_category_display(),  # type: ignore[attr-defined]
        "no posts" if scheme.wte is None else f"{export_number(scheme.wte)} WTE",
        "recurrent" if scheme.is_recurrent else "non-recurrent",
        "cash-releasing" if scheme.is_cash_releasing else "cost avoidance",
    ]
    if scheme.stated_full_year_effect_k is not None:
        said.append(f"£{export_number(scheme.stated_full_year_effect_k)}k in a full year")
    return ", ".join(said)


@lru_cache(maxsize=2048)
def _snapshot(
    description: str,
    scope: str,
    planned_value: Decimal,
    domains: tuple[DomainRow, ...],
    equality_impact: str,
    guards: tuple[str, ...],
    terms: str,
) -> Snapshot:
    """Made once for the same content, as its hash is: that of 400 assessments takes 20 ms, and a
    page that was drawn before finds all but what has changed since."""
    return Snapshot(
        description=description,
        scope=scope,
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
        equality_impact=equality_impact,
        guards=guards,
        terms=terms,
    )


@lru_cache(maxsize=64)
def _score(likelihood: int | None, consequence: int | None) -> Score | None:
    if likelihood is None or consequence is None:
        return None
    return Score(likelihood, consequence)


def assessments(
    planned: Iterable[tuple[Scheme, Decimal]], keys: Keys, known_at: datetime | None
) -> dict[int, Assessed]:
    """The assessments of schemes, each with its plan of the year in £000, by scheme; `keys` name
    the same schemes, or more."""
    by_scheme = {scheme.pk: (scheme, value) for scheme, value in planned}
    decisions = QIADecision.objects.filter(assessment=OuterRef("pk"))
    if known_at is not None:
        decisions = decisions.filter(recorded_at__lte=known_at)
    rows = QualityImpactAssessment.objects.filter(scheme__in=keys).annotate(
        author_name=F("author__username"),
        latest_decision=Subquery(decisions.order_by("-pk").values("pk")[:1]),
    )
    qias = [qia for qia in recorded_by(rows, known_at) if qia.scheme_id in by_scheme]
    if not qias:
        return {}
    domains: dict[int, list[DomainRow]] = defaultdict(list)
    for row in _domains(keys, known_at):
        domains[row.assessment_id].append(row)
    signatures, authors, guards = signed(keys, known_at)
    if known_at is not None:
        guards = defaultdict(list)
        for guard in guards_known([qia.pk for qia in qias], known_at):
            words = _guard_words(guard.measure.code, guard.baseline, guard.baseline_period)
            guards[guard.assessment_id].append(words)
    snapshots: dict[int, Snapshot] = {}
    counted: dict[int, list[SignatureRow]] = {}
    for qia in qias:
        # A page about a scheme names it: the row that was loaded with its parents.
        qia.scheme, value = by_scheme[qia.scheme_id]
        snapshots[qia.pk] = snapshot_of(qia.scheme, value, qia, domains[qia.pk], guards[qia.pk])
        counted[qia.pk] = [
            row for row in signatures[qia.pk] if row.decision_id == qia.latest_decision
        ]
    rows_given = [row for rows in counted.values() for row in rows]
    given = gate_signatures(rows_given, snapshots, known_at)
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


def _domains(keys: Keys, known_at: datetime | None) -> list[DomainRow]:
    rows = QIADomain.objects.filter(assessment__scheme__in=keys)
    names = DomainRow._fields
    if known_at is None:
        return [DomainRow(*row) for row in plain_rows(rows.values_list(*names))]
    then = recorded_by(rows, known_at)
    return [DomainRow(*(getattr(row, name) for name in names)) for row in then]


def signed(
    keys: Keys, known_at: datetime | None = None
) -> tuple[Mapping[int, list[SignatureRow]], Mapping[int, set[str]], Mapping[int, list[str]]]:
    """Every signature, on whichever decision, oldest first, the user names of those who wrote, and
    the guard measures of the present: each by assessment, from one query."""
    given = QIASignature.objects.filter(assessment__scheme__in=keys)
    wrote = QIAAuthor.objects.filter(assessment__scheme__in=keys)
    if known_at is not None:
        given, wrote = given.filter(signed_at__lte=known_at), wrote.filter(since__lte=known_at)
    person = ("username", "first_name", "last_name")
    nothing = {name: Value(0, output_field=BigIntegerField()) for name in ("first", "decision")}
    every = given.values_list(
        *("pk", "assessment_id", "decision_id", "post", as_text("signed_at"), "snapshot_hash"),
        *(f"signed_by__{name}" for name in person),
    ).union(
        wrote.annotate(
            **nothing, **{name: Value("") for name in ("role", "moment", "mark")}
        ).values_list(
            *("first", "assessment_id", "decision", "role", "moment", "mark"),
            *(f"person__{name}" for name in person),
        ),
        GuardMeasure.objects.filter(assessment__scheme__in=keys)
        .annotate(
            **nothing,
            **{name: Value(text) for name, text in (("role", GUARD), ("moment", ""), ("mark", ""))},
            amount=Coalesce(as_text("baseline"), Value("")),
        )
        .values_list(
            *("first", "assessment_id", "decision", "role", "moment", "mark"),
            *("measure__code", "amount", "baseline_period"),
        ),
        all=True,
    )
    signatures: dict[int, list[SignatureRow]] = defaultdict(list)
    authors: dict[int, set[str]] = defaultdict(set)
    guards: dict[int, list[str]] = defaultdict(list)
    for row in sorted(plain_rows(every)):
        if row[3] == GUARD:
            code, amount, period = row[6:]
            words = _guard_words(code, Decimal(amount) if amount else None, period)
            guards[row[1]].append(words)
        elif row[3]:
            signatures[row[1]].append(SignatureRow(*row))
        else:
            authors[row[1]].add(row[6])
    return signatures, authors, guards


def _guard_words(measure: str, baseline: Decimal | None, period: str) -> str:
    """A guard as a signature keeps it: sickness-absence from 4.2 (Mar 2019)."""
    amount = "no baseline" if baseline is None else export_number(baseline)
    return f"{measure} from {amount}" + (f" ({period})" if period else "")


def gate_signatures(
    rows: Iterable[SignatureRow], now: Mapping[int, Snapshot], known_at: datetime | None = None
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
            snapshot=_signed(contents[row.pk], now[row.assessment_id], known_at)
            if row.pk in contents
            else now[row.assessment_id],
            name=row.signed_by,
        )
        for row in found
    }


def _signed(content: Mapping[str, Any], then: Snapshot, known_at: datetime | None) -> Snapshot:
    """What was signed. Words that were withdrawn are gone from every past state; when a past moment
    is read they are so in what was signed too: what stood then stands.
    """
    found = Snapshot.of(content)
    if known_at is None:
        return found

    def words(text: str) -> str:
        return "" if text == WITHDRAWN else text

    def line(text: str, present: str) -> str:
        """A title or a care group, which nothing follows now."""
        return present if text == WITHDRAWN and "\n" not in present else text

    return replace(
        found,
        description=line(found.description, then.description),
        scope=line(found.scope, then.scope),
        equality_impact=None if found.equality_impact is None else words(found.equality_impact),
        domains=tuple(
            replace(row, description=words(row.description), mitigation=words(row.mitigation))
            for row in found.domains
        ),
    )
