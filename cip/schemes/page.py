"""The page of a scheme: its stage, what it saves, what it risks, and what was done to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.urls import reverse

from accounts.models import AuditEvent, User
from cip.gate import APPROVALS, TRANSITIONS, QiaStatus, overdue_reviews
from cip.models import (
    Phasing,
    QIAReview,
    Scheme,
    SchemeMilestone,
    SchemeRisk,
)
from cip.money import Stage
from cip.programmes.chart import monthly
from cip.schemes.links import linked
from cip.schemes.milestones import MilestoneLine, RiskLine
from cip.schemes.phasing import actual_problem
from cip.schemes.stages import ENDED, move_allowed
from cip.standing.read import Entered, Rated, Standing, standing_of
from cip.standing.words import qia_words
from cip.wording import STAGES, thousands
from cip.wording import pounds as in_pounds
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.models import Measure
from strategy.models import Objective
from strategy.periods import Month, london_date
from strategy.recorded import recorded_by

Kind = Phasing.Kind
PROGRESS = (
    Stage.IDEA,
    Stage.OUTLINED,
    Stage.QIA,
    Stage.APPROVED,
    Stage.IN_DELIVERY,
    Stage.CLOSED,
)


def pounds(value: Decimal) -> str:
    return in_pounds(value, 0 if value == value.to_integral_value() else 1)


@dataclass(frozen=True)
class Event:
    """Something that was done to the scheme or its assessment."""

    event: AuditEvent

    @property
    def when(self) -> str:
        return format_moment(self.event.at)

    @property
    def by(self) -> str:
        return str(self.event.by or "The tracker")

    @property
    def what(self) -> str:
        """The act, and each field that is not text with its values."""
        said = [
            f"{change['field'].replace('_', ' ')}: {change['old'] or '–'} → {change['new'] or '–'}"
            for change in self.event.changes
        ]
        shown = said if len(said) <= 6 else [*said[:6], f"{len(said) - 6} more"]
        return f"{self.event.action.capitalize()}. {'; '.join(shown)}".strip()

    @property
    def reason(self) -> str:
        given = getattr(self.event, "given", None)
        return given.text if given else ""


@dataclass(frozen=True)
class SchemePage:
    """Everything that the page of a scheme shows."""

    standing: Standing
    milestones: tuple[MilestoneLine, ...]
    risks: tuple[RiskLine, ...]
    reviews: tuple[QIAReview, ...]
    events: tuple[Event, ...]
    people: Mapping[int | None, User]
    today: date
    objectives: Sequence[Objective] = ()
    measures: Sequence[Measure] = ()

    @property
    def scheme(self) -> Scheme:
        return self.standing.scheme

    @property
    def has_illustrative(self) -> bool:
        return self.scheme.is_illustrative

    @property
    def caption(self) -> str:
        scheme = self.scheme
        parts = [
            scheme.reference,
            scheme.care_group.name,
            scheme.get_category_display().lower(),
            "recurrent" if scheme.is_recurrent else "non-recurrent",
            "cash-releasing" if scheme.is_cash_releasing else "cost avoidance",
            f"lead: {scheme.lead}" if scheme.lead else "",
        ]
        return " · ".join(part for part in parts if part)

    @property
    def sentence(self) -> str:
        """Its stage, in one sentence."""
        row = self.standing
        if row.stage is Stage.SUBSTITUTED and self.scheme.substituted_by:
            by = self.scheme.substituted_by.reference
            return f"Substituted by {by}: {self._what_counts or 'it counts no longer'}."
        if row.stage is Stage.REJECTED:
            return (
                f"Rejected: it cannot be enacted, and {self._what_counts or 'counts for nothing'}."
            )
        if row.is_paused:
            return (
                "Delivery is paused: "
                + " ".join(row.gate.reasons)
                + " Coming months weigh nothing."
            )
        if row.stage is Stage.IDEA:
            return "An idea: it does not count as identified yet."
        if row.stage in (Stage.IN_DELIVERY, Stage.CLOSED):
            began = format_date(row.delivered_since)
            is_closed = row.stage is Stage.CLOSED
            if not row.signed_off:
                since = (
                    f"Closed, in delivery from {began}"
                    if is_closed
                    else f"In delivery since {began}"
                )
                return f"{since}; no month signed off."
            ahead = row.delivered - row.planned_to_date
            side = "ahead of" if ahead > 0 else "behind"
            against = f"{pounds(abs(ahead))} {side} plan" if ahead else "as planned"
            closed = "Closed: " if is_closed else ""
            return f"{closed}{pounds(row.delivered)} delivered in months signed off, {against}."
        return "Its savings weigh nothing yet. " + " ".join(row.gate.reasons)

    @property
    def _what_counts(self) -> str:
        """Of a scheme that has ended: that what it had delivered counts, and nothing more."""
        saved = self.standing.delivered
        return f"only the {pounds(saved)} that it delivered before counts" if saved else ""

    @property
    def stages(self) -> list[tuple[str, str, str]]:
        """Each stage of progress with its class and words; the last one where it has ended."""
        now = self.standing.stage
        path = list(PROGRESS) if now in PROGRESS else [*self._passed(), now]
        place = path.index(now)
        found = []
        for number, stage in enumerate(path):
            css = "is-now" if number == place else "is-done" if number < place else ""
            since = self.standing.stages[-1].known_from if self.standing.stages else None
            words = STAGES[stage]
            if number == place and since is not None:
                words = f"{words}, since {format_date(since)}"
            found.append((css, words, "step" if number == place else ""))
        return found

    def _passed(self) -> list[Stage]:
        seen = [Stage(row.stage) for row in self.standing.stages]
        return [stage for stage in PROGRESS if stage in seen]

    @property
    def qia_words(self) -> str:
        return qia_words(self.standing)

    @property
    def qia_url(self) -> str:
        return reverse("cip:qia-detail", args=[self.scheme.programme.year, self.scheme.reference])

    @property
    def weighted_words(self) -> str:
        return f"{pounds(self.standing.risk_weighted)} after risk"

    @property
    def rating_words(self) -> str:
        """Since when, and what it was before."""
        ratings = self.standing.ratings
        if not ratings:
            return "Unrated schemes weigh nothing"
        before = f", {ratings[-2].rating} before" if len(ratings) > 1 else ""
        return f"Since {format_date(ratings[-1].known_from)}{before}"

    @property
    def delivered_words(self) -> str:
        return f"of {pounds(self.standing.planned_to_date)} planned in months signed off"

    @property
    def facts(self) -> list[tuple[str, object]]:
        scheme, row = self.scheme, self.standing
        starts = Month.of(scheme.starts_on).label if scheme.starts_on else ""
        stated = scheme.stated_full_year_effect_k is not None
        return [
            ("Executive sponsor", scheme.executive_sponsor),
            ("Starts", starts),
            ("Whole-time equivalents", scheme.wte),
            (
                "Full-year effect",
                f"{pounds(row.full_year_effect)}, {'as stated' if stated else 'worked out'}",
            ),
            ("Carried into next year", pounds(row.carry_over)),
            ("Forecast of the year", pounds(row.forecast)),
        ]

    # Money by month.

    @property
    def months(self) -> tuple[Month, ...]:
        return self.standing.year.months

    def _of(self, kind: str) -> list[Decimal | None]:
        held = self.standing.months(kind)
        return [held.get(month) for month in self.months]

    @property
    def chart(self) -> dict[str, Any]:
        plan = [amount or Decimal(0) for amount in self._of(Kind.PLAN)]
        return monthly(self.months, plan, self._of(Kind.ACTUAL))

    @property
    def phasing_table(self) -> Table:
        heads = [Column(month.label.split()[0], numeric=True) for month in self.months]
        rows: list[list[object]] = []
        for kind in Kind:
            amounts = self._of(kind.value)
            entered = [amount for amount in amounts if amount is not None]
            cells = ["–" if amount is None else thousands(amount) for amount in amounts]
            total = thousands(sum(entered, Decimal(0))) if entered else "–"
            rows.append([kind.label, *cells, total])
        signed = ["✓" if month in self.standing.signed_off else "" for month in self.months]
        rows.append(["Signed off", *signed, ""])
        return Table("Savings by month, £000", ["", *heads, Column("Year", numeric=True)], rows)

    @property
    def chart_words(self) -> str:
        row = self.standing
        return (
            f"{pounds(row.in_year_plan)} planned for {row.year.label}; "
            f"{pounds(row.delivered)} delivered in months signed off."
        )

    @property
    def history(self) -> Table:
        """Every stage and rating, latest first."""
        rows: list[tuple[Entered | Rated, str]] = [
            *((row, f"Stage: {STAGES[Stage(row.stage)]}") for row in self.standing.stages),
            *((row, f"Rating: {row.rating.capitalize()}") for row in self.standing.ratings),
        ]
        # Of two at the same moment, the one that was entered last comes first.
        rows = sorted(rows, key=lambda pair: pair[0].known_from)[::-1]
        return Table(
            "Stages and ratings, latest first",
            ["When", "What", "Who", "Why"],
            [
                (
                    format_moment(row.known_from),
                    words,
                    str(self.people.get(row.by, "–")),
                    row.reason,
                )
                for row, words in rows
            ],
        )

    # What may come next.

    @property
    def is_ended(self) -> bool:
        return self.standing.stage in ENDED

    @property
    def next_stages(self) -> list[tuple[Stage, str]]:
        """The stages it may go to, each with why not."""
        order = list(Stage)
        found = []
        for stage in sorted(TRANSITIONS[self.standing.stage], key=order.index):
            found.append((stage, " ".join(move_allowed(self.standing, stage).reasons)))
        return found

    @property
    def blocked(self) -> list[tuple[str, str]]:
        return [(STAGES[stage], why) for stage, why in self.next_stages if why]

    @cached_property
    def open_boxes(self) -> Mapping[str, Sequence[Month]]:
        """The months that can be entered, by kind."""
        ends = () if self.is_ended else self.months
        at = datetime.combine(self.today, time(12), UTC)
        return {
            Kind.PLAN.value: ends,
            Kind.FORECAST.value: ends,
            Kind.ACTUAL.value: tuple(
                month for month in self.months if not actual_problem(self.standing, month, at)
            ),
        }

    @property
    def overdue(self) -> list[date]:
        due = [review.due_on for review in self.reviews]
        held = [review.due_on for review in self.reviews if review.held_on is not None]
        return list(overdue_reviews(due, held, self.today))

    @property
    def review_words(self) -> str:
        if not self.reviews:
            return ""
        held = sum(review.held_on is not None for review in self.reviews)
        late = f", {len(self.overdue)} overdue" if self.overdue else ""
        return f"{held} of {len(self.reviews)} reviews held{late}"

    @property
    def is_approved(self) -> bool:
        return self.standing.qia_status in APPROVALS

    @property
    def needs_assessment(self) -> bool:
        return self.standing.qia_status is QiaStatus.NOT_STARTED


def scheme_page(
    scheme: Scheme, *, known_at: datetime | None = None, today: date, reads_drafts: bool = True
) -> SchemePage:
    """`reads_drafts`: whether the reader may see what is done to an undecided assessment."""
    standing = standing_of(scheme, known_at=known_at)
    day = london_date(known_at) if known_at else today
    milestones = recorded_by(SchemeMilestone.objects.filter(scheme=scheme), known_at)
    risks = recorded_by(SchemeRisk.objects.filter(scheme=scheme), known_at)
    reviews: list[QIAReview] = []
    if standing.assessed is not None:
        rows = QIAReview.objects.filter(assessment=standing.assessed.qia)
        reviews = sorted(recorded_by(rows, known_at), key=lambda row: row.due_on)
    return SchemePage(
        standing=standing,
        milestones=tuple(
            MilestoneLine(row, day) for row in sorted(milestones, key=lambda row: row.due_on)
        ),
        risks=tuple(RiskLine(row) for row in sorted(risks, key=_by_score)),
        reviews=tuple(reviews),
        events=tuple(_events(scheme, known_at, reads_drafts=reads_drafts)),
        people=User.objects.in_bulk(
            {row.by for rows in (standing.stages, standing.ratings) for row in rows}
        ),
        today=day,
        objectives=linked(scheme, "objectives", known_at),
        measures=linked(scheme, "measures", known_at),
    )


def _by_score(risk: SchemeRisk) -> tuple[int, int]:
    return (-risk.likelihood * risk.consequence, risk.pk)


def _events(scheme: Scheme, known_at: datetime | None, *, reads_drafts: bool) -> Iterable[Event]:
    keys = [str(scheme)]
    if reads_drafts:
        keys.append(f"QIA of {scheme}")
    rows = AuditEvent.objects.filter(object_type__startswith="cip.", object_key__in=keys)
    if known_at is not None:
        rows = rows.filter(at__lte=known_at)
    rows = rows.select_related("by", "given").order_by("-at", "-pk")
    return (Event(row) for row in rows)
