"""The state of schemes: stage, rating, money by month, months signed off, and the quality gate.

Read for many schemes at once in a fixed number of queries, as known now or at a past moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Round

from cip.gate import (
    Permission,
    QiaStatus,
    is_paused,
)
from cip.models import (
    Deliverability,
    MonthSignOff,
    Phasing,
    Programme,
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
from cip.standing.assessed import Assessed, assessments
from strategy.periods import FinancialYear, Month, london_date
from strategy.recorded import restored, restored_parents

Kind = Phasing.Kind
Phased = Mapping[str, Mapping[Month, Decimal]]
NOT_STARTED = Permission(("The quality impact assessment is not started.",))


class Entered(NamedTuple):
    """A stage that a scheme entered: since when, by whom (the key of the person), and why.

    A page of 500 schemes reads thousands of these: tuples, as rows of a model take five times as
    long to make.
    """

    stage: str
    known_from: datetime
    by: int | None
    reason: str


class Rated(NamedTuple):
    """A rating that a scheme was given, with the same of it."""

    rating: str
    known_from: datetime
    by: int | None
    reason: str


@dataclass(frozen=True)
class Standing:
    """The state of a scheme."""

    scheme: Scheme
    year: FinancialYear
    stages: tuple[Entered, ...] = ()
    ratings: tuple[Rated, ...] = ()
    phasing: Phased = field(default_factory=dict)
    signed_off: Mapping[Month, datetime] = field(default_factory=dict)
    assessed: Assessed | None = None

    @cached_property
    def stage(self) -> Stage:
        return Stage(self.stages[-1].stage) if self.stages else Stage.IDEA

    @cached_property
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

    @cached_property
    def delivered_since(self) -> date | None:
        """The day on which delivery began; None before it."""
        for row in self.stages:
            if row.stage == Stage.IN_DELIVERY:
                return london_date(row.known_from)
        return None

    def until(self, month: Month) -> "Standing":
        """As at the end of a month: later ones are forecast, also where they are signed off."""
        signed_off = {held: at for held, at in self.signed_off.items() if held <= month}
        return replace(self, signed_off=signed_off)

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
    return Scheme.objects.select_related("programme", "care_group")


def schemes_of(programme: Programme) -> QuerySet[Scheme]:
    """The schemes of a programme that is read already, with their care groups."""
    return programme.schemes.select_related("care_group")  # type: ignore[attr-defined]


def standing_of(scheme: Scheme, *, known_at: datetime | None = None) -> Standing:
    """The state of one scheme. A scheme not known at `known_at` has no stage."""
    return standings([scheme], known_at=known_at, is_kept=True)[0]


def standings(
    schemes: Iterable[Scheme], *, known_at: datetime | None = None, is_kept: bool = False
) -> list[Standing]:
    """The state of schemes, now or at `known_at`. Those without a stage then were not known yet,
    and are left out unless `is_kept`."""
    found = restored_parents(restored(schemes, known_at), "care_group", known_at)
    if not found:
        return []
    keys = [scheme.pk for scheme in found]
    stages, ratings = entered(keys, known_at)
    phasing = phased(keys, known_at)
    signed = signed_off_months({scheme.programme_id for scheme in found}, known_at)
    years = {scheme.programme_id: scheme.programme.financial_year for scheme in found}
    bare = [
        Standing(
            scheme=scheme,
            year=years[scheme.programme_id],
            stages=tuple(stages.get(scheme.pk, ())),
            ratings=tuple(ratings.get(scheme.pk, ())),
            phasing=phasing.get(scheme.pk, {}),
            signed_off=signed.get((scheme.programme_id, scheme.care_group_id), {}),
        )
        for scheme in found
        if is_kept or scheme.pk in stages
    ]
    assessed = assessments(((row.scheme, row.in_year_plan) for row in bare), known_at)
    return [replace(row, assessed=assessed.get(row.scheme.pk)) for row in bare]


def entered(
    keys: Sequence[int], known_at: datetime | None = None
) -> tuple[dict[int, list[Entered]], dict[int, list[Rated]]]:
    """Every stage and rating of schemes, oldest first, from one query."""
    columns = ("kind", "scheme_id", "code", "known_from", "recorded_by_id", "reason", "pk")

    def rows(model: Any, kind: str, code: str) -> QuerySet:
        found = model.objects.filter(scheme__in=keys)
        if known_at is not None:
            found = found.filter(known_from__lte=known_at)
        return found.annotate(kind=Value(kind), code=F(code)).values_list(*columns)

    both = rows(SchemeStage, "stage", "stage").union(
        rows(Deliverability, "rating", "rating"), all=True
    )
    stages: dict[int, list[Entered]] = {}
    ratings: dict[int, list[Rated]] = {}
    for kind, scheme, *row, _ in both.order_by("known_from", "pk"):
        if kind == "stage":
            stages.setdefault(scheme, []).append(Entered(*row))
        else:
            ratings.setdefault(scheme, []).append(Rated(*row))
    return stages, ratings


@lru_cache(maxsize=1024)
def _month(day: date | str) -> Month:
    """The month as its financial year holds it: the same object is found faster than an equal
    one, and a page of 500 schemes looks for a month 100,000 times."""
    month = Month.of(date.fromisoformat(day) if isinstance(day, str) else day)
    return month.financial_year.months[(month.month - 4) % 12]


def phased(keys: Sequence[int], known_at: datetime | None = None) -> Mapping[int, Phased]:
    """The latest version of each month, by scheme and kind."""
    rows = Phasing.objects.filter(scheme__in=keys)
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    found: dict[int, dict[str, dict[Month, Decimal]]] = {}
    # As a text and whole pounds: SQLite has neither dates nor decimals, and making them of what it
    # gives takes half of the time (65 ms of 14,800 months; 45 ms so).
    columns = rows.annotate(
        first=Cast("month", CharField()),
        pounds=Cast(Round(F("amount_k") * 1000), BigIntegerField()),
    ).order_by("version")
    for scheme, kind, day, pounds in columns.values_list(
        "scheme_id", "kind", "first", "pounds"
    ).iterator(chunk_size=5000):
        held = found.get(scheme) or found.setdefault(scheme, {})
        months = held.get(kind) or held.setdefault(kind, {})
        months[_month(day)] = Decimal(pounds).scaleb(-3)
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
        found[programme, group][_month(day)] = signed_at
    return found
