"""The state of schemes: stage, rating, money by month, months signed off, and the quality gate.

Read for many schemes at once in a fixed number of queries, as known now or at a past moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import QuerySet

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
    is_paused,
    may_deliver,
)
from cip.models import (
    Deliverability,
    MonthSignOff,
    Phasing,
    QIAAuthor,
    QIADecision,
    QIADomain,
    QIASignature,
    QualityImpactAssessment,
    Scheme,
    SchemeStage,
)
from cip.money import (
    Rating,
    SchemeMoney,
    Stage,
    carry_over,
    delivered_to_date,
    full_year_effect,
    in_year,
    outturn,
    risk_weighted,
)
from strategy.periods import FinancialYear, Month, london_date
from strategy.recorded import restored, restored_parents

Kind = Phasing.Kind
Phased = Mapping[str, Mapping[Month, Decimal]]
NOT_STARTED = Permission(("The quality impact assessment is not started.",))


@dataclass(frozen=True)
class Assessed:
    """A scheme's quality impact assessment with what the gate asks of it."""

    qia: QualityImpactAssessment
    snapshot: Snapshot
    signatures: tuple[Signature, ...] = ()  # those on the panel's latest decision
    authors: frozenset[str] = frozenset()
    decision: QIADecision | None = None

    @property
    def status(self) -> QiaStatus:
        return QiaStatus(self.qia.status)

    @property
    def author(self) -> str:
        return self.qia.author.username if self.qia.author else ""

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


@dataclass(frozen=True)
class Standing:
    """The state of a scheme."""

    scheme: Scheme
    year: FinancialYear
    stages: tuple[SchemeStage, ...] = ()
    ratings: tuple[Deliverability, ...] = ()
    phasing: Phased = field(default_factory=dict)
    signed_off: Mapping[Month, datetime] = field(default_factory=dict)
    assessed: Assessed | None = None

    @property
    def stage(self) -> Stage:
        return Stage(self.stages[-1].stage) if self.stages else Stage.IDEA

    @property
    def rating(self) -> Rating | None:
        return Rating(self.ratings[-1].rating) if self.ratings else None

    @property
    def qia_status(self) -> QiaStatus:
        return self.assessed.status if self.assessed else QiaStatus.NOT_STARTED

    @property
    def gate(self) -> Permission:
        return self.assessed.gate if self.assessed else NOT_STARTED

    @property
    def is_paused(self) -> bool:
        return is_paused(self.stage, self.gate)

    @property
    def delivered_since(self) -> date | None:
        """The day on which delivery began; None before it."""
        for row in self.stages:
            if row.stage == Stage.IN_DELIVERY:
                return london_date(row.known_from)
        return None

    def months(self, kind: str) -> Mapping[Month, Decimal]:
        return self.phasing.get(kind, {})

    @cached_property
    def money(self) -> SchemeMoney:
        return SchemeMoney(
            stage=self.stage,
            rating=self.rating,
            is_recurrent=self.scheme.is_recurrent,
            may_deliver=self.gate.is_allowed,
            stated_full_year_effect=self.scheme.stated_full_year_effect_k,
            plan=self.months(Kind.PLAN),
            forecast=self.months(Kind.FORECAST),
            actual=self.months(Kind.ACTUAL),
        )

    @cached_property
    def in_year_plan(self) -> Decimal:
        return in_year(self.money.plan, self.year)

    @cached_property
    def full_year_effect(self) -> Decimal:
        return full_year_effect(
            self.money.plan,
            self.year,
            is_recurrent=self.scheme.is_recurrent,
            stated=self.scheme.stated_full_year_effect_k,
        )

    @property
    def carry_over(self) -> Decimal:
        return carry_over(self.full_year_effect, self.in_year_plan)

    @cached_property
    def delivered(self) -> Decimal:
        return delivered_to_date(self.money, self.year, signed_off=self.signed_off)

    @cached_property
    def forecast(self) -> Decimal:
        return outturn(self.money, self.year, signed_off=self.signed_off)

    @cached_property
    def risk_weighted(self) -> Decimal:
        return risk_weighted(
            self.money,
            self.year,
            signed_off=self.signed_off,
            weights=self.scheme.programme.weights,
        )

    @cached_property
    def planned_to_date(self) -> Decimal:
        """The plan of the months signed off, which the delivered amount is compared with."""
        months = [month for month in self.year.months if month in self.signed_off]
        return sum((self.money.plan.get(month, Decimal(0)) for month in months), Decimal(0))


def schemes_with_parents() -> QuerySet[Scheme]:
    return Scheme.objects.select_related("programme", "care_group", "substituted_by")


def standing_of(scheme: Scheme, *, known_at: datetime | None = None) -> Standing:
    """The state of one scheme. A scheme not known at `known_at` has no stage."""
    return standings([scheme], known_at=known_at, is_kept=True)[0]


def standings(
    schemes: Iterable[Scheme], *, known_at: datetime | None = None, is_kept: bool = False
) -> list[Standing]:
    """The state of schemes, now or at `known_at`. Those without a stage then were not known yet,
    and are left out unless `is_kept`."""
    found = restored_parents(restored(schemes, known_at), "care_group", known_at)
    keys = [scheme.pk for scheme in found]
    stages = _by_scheme(SchemeStage.objects.filter(scheme__in=keys), known_at)
    ratings = _by_scheme(Deliverability.objects.filter(scheme__in=keys), known_at)
    phasing = phased(keys, known_at)
    signed = signed_off_months({scheme.programme_id for scheme in found}, known_at)
    bare = [
        Standing(
            scheme=scheme,
            year=scheme.programme.financial_year,
            stages=tuple(stages[scheme.pk]),
            ratings=tuple(ratings[scheme.pk]),
            phasing=phasing.get(scheme.pk, {}),
            signed_off=signed.get((scheme.programme_id, scheme.care_group_id), {}),
        )
        for scheme in found
        if is_kept or stages[scheme.pk]
    ]
    assessed = _assessed(bare, known_at)
    return [replace(row, assessed=assessed.get(row.scheme.pk)) for row in bare]


def _by_scheme(rows: QuerySet, known_at: datetime | None) -> dict[int, list]:
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    found: dict[int, list] = defaultdict(list)
    for row in rows.select_related("recorded_by").order_by("known_from", "pk"):
        found[row.scheme_id].append(row)
    return found


def phased(keys: Sequence[int], known_at: datetime | None = None) -> Mapping[int, Phased]:
    """The latest version of each month, by scheme and kind."""
    rows = Phasing.objects.filter(scheme__in=keys)
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    found: dict[int, dict[str, dict[Month, Decimal]]] = {}
    months: dict[date, Month] = {}
    columns = rows.order_by("version").values_list("scheme_id", "kind", "month", "amount_k")
    for scheme, kind, day, amount in columns.iterator(chunk_size=5000):
        month = months.get(day) or months.setdefault(day, Month.of(day))
        found.setdefault(scheme, {}).setdefault(kind, {})[month] = amount
    return found


def signed_off_months(
    programmes: Iterable[int], known_at: datetime | None = None
) -> Mapping[tuple[int, int], Mapping[Month, datetime]]:
    """The months that finance has signed off, and when, by programme and care group."""
    rows = MonthSignOff.objects.filter(programme__in=list(programmes))
    if known_at is not None:
        rows = rows.filter(signed_at__lte=known_at)
    found: dict[tuple[int, int], dict[Month, datetime]] = defaultdict(dict)
    columns = rows.values_list("programme_id", "care_group_id", "month", "signed_at")
    for programme, group, day, signed_at in columns:
        found[programme, group][Month.of(day)] = signed_at
    return found


def snapshot_of(standing: Standing, scope: str, domains: Iterable[QIADomain]) -> Snapshot:
    """What a signature covers now: the scheme in words, where, its planned value, its scores."""
    scheme = standing.scheme
    return Snapshot(
        description=f"{scheme.title}\n{scheme.description}".strip(),
        scope=f"{scheme.care_group.code}\n{scope}".strip(),
        planned_value=standing.in_year_plan,
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


def _score(likelihood: int | None, consequence: int | None) -> Score | None:
    if likelihood is None or consequence is None:
        return None
    return Score(likelihood, consequence)


def _assessed(bare: Sequence[Standing], known_at: datetime | None) -> dict[int, Assessed]:
    """The assessments of schemes, by scheme."""
    by_scheme = {standing.scheme.pk: standing for standing in bare}
    rows = QualityImpactAssessment.objects.filter(scheme__in=by_scheme).select_related("author")
    qias = restored(rows, known_at)
    if not qias:
        return {}
    keys = [qia.pk for qia in qias]
    domains: dict[int, list[QIADomain]] = defaultdict(list)
    for row in restored(QIADomain.objects.filter(assessment__in=keys), known_at):
        domains[row.assessment_id].append(row)
    decisions, signatures, authors = decided(keys, known_at)
    found = {}
    for qia in qias:
        standing = by_scheme[qia.scheme_id]
        # A page about a scheme names it: the row that was loaded with its parents.
        qia.scheme = standing.scheme
        decision = decisions.get(qia.pk)
        found[qia.scheme_id] = Assessed(
            qia=qia,
            snapshot=snapshot_of(standing, qia.scope, domains[qia.pk]),
            signatures=tuple(
                gate_signature(row)
                for row in signatures[qia.pk]
                if decision is not None and row.decision_id == decision.pk
            ),
            authors=frozenset(authors[qia.pk]),
            decision=decision,
        )
    return found


def decided(
    keys: Sequence[int], known_at: datetime | None = None
) -> tuple[dict[int, QIADecision], dict[int, list[QIASignature]], dict[int, set[str]]]:
    """The latest decision on each assessment, every signature, and who wrote in it."""
    decisions = QIADecision.objects.filter(assessment__in=keys)
    signed = QIASignature.objects.filter(assessment__in=keys).select_related("signed_by")
    wrote = QIAAuthor.objects.filter(assessment__in=keys)
    if known_at is not None:
        decisions = decisions.filter(recorded_at__lte=known_at)
        signed = signed.filter(signed_at__lte=known_at)
        wrote = wrote.filter(since__lte=known_at)
    latest = {row.assessment_id: row for row in decisions.order_by("pk")}
    signatures: dict[int, list[QIASignature]] = defaultdict(list)
    for row in signed.order_by("pk"):
        signatures[row.assessment_id].append(row)
    authors: dict[int, set[str]] = defaultdict(set)
    for assessment, name in wrote.values_list("assessment_id", "person__username"):
        authors[assessment].add(name)
    return latest, signatures, authors


def gate_signature(row: QIASignature) -> Signature:
    """A signature as the gate knows it. That the post was held that day was asked, of the database
    too, when it was given: a holding that is corrected later takes back no signature."""
    return Signature(
        post=Post(row.post),
        person=row.signed_by.username,
        signed_on=london_date(row.signed_at),
        held_post_that_day=True,
        snapshot=Snapshot.of(row.snapshot),
        name=str(row.signed_by),
    )
