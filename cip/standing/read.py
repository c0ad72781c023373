"""The state of schemes: stage, rating, money by month, months signed off, and the quality gate.

Read for many schemes at once in a fixed number of queries, as known now or at a past moment.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat, Round

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
    WeightChange,
)
from cip.money import (
    AddedUp,
    Rating,
    SchemeMoney,
    Stage,
    Weights,
    added_up,
    carry_over,
    full_year_effect,
    in_year,
    share_of,
)
from cip.standing.assessed import Assessed, assessments
from cip.standing.plain import Keys, as_text, moment_of, plain_rows
from strategy.models import CareGroup
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


class Weighted(NamedTuple):
    """Weights that hold from a moment on, with the same of it."""

    weights: Weights
    known_from: datetime
    by: int | None
    reason: str


@dataclass(frozen=True)
class Standing:
    """The state of a scheme."""

    scheme: Scheme
    year: FinancialYear
    set_up: Weights = Weights()  # noqa: RUF009 (it is frozen)
    weightings: tuple[Weighted, ...] = ()  # the changes since
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
    def weights(self) -> Weights:
        return self.weightings[-1].weights if self.weightings else self.set_up

    def weights_at(self, moment: datetime) -> Weights:
        """The weights that held at a moment."""
        held = [row.weights for row in self.weightings if row.known_from <= moment]
        return held[-1] if held else self.set_up

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
    def added_up(self) -> AddedUp:
        return added_up(self.money, self.year, signed_off=self.signed_off)

    @property
    def in_year_plan(self) -> Decimal:
        return self.added_up.plan

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

    @property
    def delivered(self) -> Decimal:
        return self.added_up.delivered

    @property
    def forecast(self) -> Decimal:
        return self.added_up.delivered + self.added_up.ahead

    @cached_property
    def risk_weighted(self) -> Decimal:
        return self.added_up.delivered + self.added_up.ahead * share_of(self.money, self.weights)

    @property
    def planned_to_date(self) -> Decimal:
        """The plan of the months signed off, which the delivered amount is compared with."""
        return self.added_up.planned_to_date


def schemes_with_parents() -> QuerySet[Scheme]:
    return Scheme.objects.select_related("programme", "care_group")


def schemes_of(programme: Programme) -> QuerySet[Scheme]:
    """The schemes of a programme that is read already; `standings` adds their care groups."""
    return programme.schemes.all()  # type: ignore[attr-defined]


def with_care_groups(schemes: list[Scheme], groups: Iterable[CareGroup] = ()) -> list[Scheme]:
    """Give each scheme its care group: one object for all of a group. They were half of what it
    took to read 500 schemes with a group each."""
    known = {group.pk: group for group in groups}
    without = [row for row in schemes if not Scheme.care_group.is_cached(row)]  # type: ignore[attr-defined]
    missing = {row.care_group_id for row in without} - known.keys()
    if missing:
        known |= CareGroup.objects.in_bulk(missing)
    for row in without:
        row.care_group = known[row.care_group_id]
    return schemes


def standing_of(scheme: Scheme, *, known_at: datetime | None = None) -> Standing:
    """The state of one scheme. A scheme not known at `known_at` has no stage."""
    return standings([scheme], known_at=known_at, is_kept=True)[0]


def standings(
    schemes: Iterable[Scheme],
    *,
    known_at: datetime | None = None,
    is_kept: bool = False,
    groups: Iterable[CareGroup] = (),
) -> list[Standing]:
    """The state of schemes, now or at `known_at`. Those without a stage then were not known yet,
    and are left out unless `is_kept`. `groups`: care groups that were read already."""
    found = with_care_groups(restored(schemes, known_at), groups)
    found = restored_parents(found, "care_group", known_at)
    if not found:
        return []
    # A query over hundreds of keys takes longer to write than to run.
    keys = schemes.values("pk") if isinstance(schemes, QuerySet) else [row.pk for row in found]
    record = recorded(keys, {scheme.programme_id for scheme in found}, known_at)
    known = [scheme for scheme in found if is_kept or scheme.pk in record.stages]
    phasing = phased(keys, known_at)
    programmes = {scheme.programme_id: scheme.programme for scheme in found}
    years = {key: programme.financial_year for key, programme in programmes.items()}
    weights = {key: programme.weights for key, programme in programmes.items()}
    planned = (
        (scheme, in_year(phasing.get(scheme.pk, {}).get(Kind.PLAN, {}), years[scheme.programme_id]))
        for scheme in known
    )
    assessed = assessments(planned, keys, known_at)
    return [
        Standing(
            scheme=scheme,
            year=years[scheme.programme_id],
            set_up=weights[scheme.programme_id],
            weightings=tuple(record.weightings.get(scheme.programme_id, ())),
            stages=tuple(record.stages.get(scheme.pk, ())),
            ratings=tuple(record.ratings.get(scheme.pk, ())),
            phasing=phasing.get(scheme.pk, {}),
            signed_off=record.signed_off.get((scheme.programme_id, scheme.care_group_id), {}),
            assessed=assessed.get(scheme.pk),
        )
        for scheme in known
    ]


@dataclass(frozen=True)
class Record:
    """What was entered for schemes and, by programme, the weights that changed, oldest first; and
    the months that finance signed off, with the moment of each, by programme and care group."""

    stages: dict[int, list[Entered]] = field(default_factory=dict)
    ratings: dict[int, list[Rated]] = field(default_factory=dict)
    signed_off: dict[tuple[int, int], dict[Month, datetime]] = field(default_factory=dict)
    weightings: dict[int, list[Weighted]] = field(default_factory=dict)


def recorded(keys: Keys, programmes: Collection[int], known_at: datetime | None = None) -> Record:
    """Every stage, rating, sign-off and change of weights, from one query."""
    columns = ("kind", "owner", "group", "code", "moment", "by", "why", "pk")
    nobody = Value(0, output_field=BigIntegerField())

    def rows(model: Any, kind: str, moment: str, **others: Any) -> QuerySet:
        found = model.objects.annotate(kind=Value(kind), moment=as_text(moment), **others)
        if known_at is not None:
            found = found.filter(**{f"{moment}__lte": known_at})
        return found.values_list(*columns)

    def entered(model: Any, kind: str) -> QuerySet:
        found = rows(
            model, kind, "known_from", owner=F("scheme_id"), group=nobody, code=F(kind),
            by=F("recorded_by_id"), why=F("reason"),
        )  # fmt: skip
        return found.filter(scheme__in=keys)

    signed = rows(
        MonthSignOff, "signed", "signed_at", owner=F("programme_id"), group=F("care_group_id"),
        code=as_text("month"), by=F("signed_by_id"), why=Value(""),
    ).filter(programme__in=programmes)  # fmt: skip
    weighted = rows(
        WeightChange, "weights", "known_from", owner=F("programme_id"), group=nobody,
        code=Concat(
            as_text("green"), Value(" "), as_text("amber"), Value(" "), as_text("red"),
            output_field=CharField(),
        ),
        by=F("recorded_by_id"), why=F("reason"),
    ).filter(programme__in=programmes)  # fmt: skip
    every = entered(SchemeStage, "stage").union(
        entered(Deliverability, "rating"), signed, weighted, all=True
    )
    record = Record()
    for kind, owner, group, code, at, by, why, _ in plain_rows(every.order_by("moment", "pk")):
        if kind == "stage":
            record.stages.setdefault(owner, []).append(Entered(code, moment_of(at), by, why))
        elif kind == "rating":
            record.ratings.setdefault(owner, []).append(Rated(code, moment_of(at), by, why))
        elif kind == "weights":
            weights = Weights(*(Decimal(share) for share in code.split()))
            record.weightings.setdefault(owner, []).append(
                Weighted(weights, moment_of(at), by, why)
            )
        else:
            record.signed_off.setdefault((owner, group), {})[_month(code)] = moment_of(at)
    return record


@lru_cache(maxsize=1024)
def _month(day: str) -> Month:
    """The month as its financial year holds it: the same object is found faster than an equal
    one, and a page of 500 schemes looks for a month 100,000 times."""
    month = Month.of(date.fromisoformat(day))
    return month.financial_year.months[(month.month - 4) % 12]


@lru_cache(maxsize=4096)
def _thousands(pounds: int) -> Decimal:
    return Decimal(pounds).scaleb(-3)


def phased(keys: Keys, known_at: datetime | None = None) -> Mapping[int, Phased]:
    """The latest version of each month, by scheme and kind."""
    rows = Phasing.objects.filter(scheme__in=keys)
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    # As a text and whole pounds: SQLite has neither dates nor decimals.
    columns = rows.annotate(
        first=as_text("month"),
        pounds=Cast(Round(F("amount_k") * 1000), BigIntegerField()),
    ).order_by("version")
    found: dict[int, dict[str, dict[Month, Decimal]]] = {}
    for scheme, kind, day, pounds in plain_rows(
        columns.values_list("scheme_id", "kind", "first", "pounds")
    ):
        held = found.get(scheme) or found.setdefault(scheme, {})
        months = held.get(kind) or held.setdefault(kind, {})
        months[_month(day)] = _thousands(pounds)
    return found
