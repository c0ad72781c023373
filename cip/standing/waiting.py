"""What waits for people in the savings programme: read once for every kind of work."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from cip.gate import Post, QiaStatus, may_sign
from cip.models import MonthSignOff, Programme, QIAReopening, QIAReview
from cip.money import Stage
from cip.standing.read import Standing, schemes_with_parents, standings
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month

# Months and reviews are asked for until a year after the programme's own; decisions and signatures
# whenever they wait.
ASKED_FOR = timedelta(days=365)
REVIEW_AHEAD = timedelta(days=14)
START_AHEAD = timedelta(days=31)
LATELY = timedelta(days=31)
BEFORE_DELIVERY = (Stage.OUTLINED, Stage.QIA, Stage.APPROVED)
DELIVERING = (Stage.IN_DELIVERY, Stage.CLOSED)
ENDED = (Stage.REJECTED, Stage.SUBSTITUTED, Stage.CLOSED)


@dataclass(frozen=True)
class UnsignedMonth:
    """A month of a programme that is over, and the care groups that it is not signed off for."""

    programme: Programme
    month: Month
    groups: tuple[CareGroup, ...]


@dataclass(frozen=True)
class InHand:
    """Every scheme that somebody may have to do something for; with care groups, only theirs."""

    now: datetime
    care_groups: frozenset[int] | None = None

    @property
    def today(self) -> date:
        return london_date(self.now)

    @cached_property
    def schemes(self) -> list[Standing]:
        schemes = schemes_with_parents()
        if self.care_groups is not None:
            schemes = schemes.filter(care_group__in=self.care_groups)
        return [row for row in standings(schemes) if row.stage not in ENDED]

    def is_asked(self, programme: Programme) -> bool:
        return programme.financial_year.end >= self.today - ASKED_FOR

    def to_sign(self, person: str, posts: list[Post]) -> list[tuple[Standing, Post]]:
        """The approved assessments that lack this person's signature for a post of theirs."""
        found = []
        for row in self.schemes:
            assessed = row.assessed
            if assessed is None:
                continue
            for post in posts:
                if post not in assessed.unsigned:
                    continue
                allowed = may_sign(
                    assessed.status,
                    post,
                    assessed.signatures,
                    person=person,
                    holds_post=True,
                    author=assessed.author,
                    co_authors=assessed.authors,
                    now=assessed.snapshot,
                )
                if allowed.is_allowed:
                    found.append((row, post))
        return found

    def with_status(self, *statuses: QiaStatus) -> list[Standing]:
        return [row for row in self.schemes if row.qia_status in statuses]

    @cached_property
    def reopened(self) -> list[tuple[Standing, QIAReopening]]:
        """Assessments that a guard measure has reopened, and that are not back with the panel."""
        rows = {
            row.assessed.qia.pk: row
            for row in self.with_status(QiaStatus.REOPENED)
            if row.assessed is not None
        }
        if not rows:
            return []
        latest: dict[int, QIAReopening] = {}
        found = QIAReopening.objects.filter(assessment__in=rows).select_related("guard__measure")
        for reopening in found.order_by("pk"):
            latest[reopening.assessment_id] = reopening
        return [(rows[key], row) for key, row in latest.items() if row.guard is not None]

    @cached_property
    def reviews(self) -> list[tuple[Standing, QIAReview]]:
        """Reviews that are due within two weeks, or overdue."""
        rows = {
            row.assessed.qia.pk: row
            for row in self.schemes
            if row.assessed is not None and self.is_asked(row.scheme.programme)
        }
        if not rows:
            return []
        due = QIAReview.objects.filter(
            assessment__in=rows, held_on__isnull=True, due_on__lte=self.today + REVIEW_AHEAD
        )
        return [(rows[review.assessment_id], review) for review in due.order_by("due_on", "pk")]

    @cached_property
    def unsigned_months(self) -> list[UnsignedMonth]:
        """For each programme the months that are over and unsigned where a scheme delivers."""
        groups: dict[tuple[int, Month], dict[int, CareGroup]] = {}
        programmes = {}
        for row in self.schemes:
            programme = row.scheme.programme
            since = row.delivered_since
            if since is None or not self.is_asked(programme):
                continue
            programmes[programme.pk] = programme
            for month in row.year.months:
                is_over = Month.of(since) <= month and month.end < self.today
                if is_over and month not in row.signed_off:
                    key, group = (programme.pk, month), row.scheme.care_group
                    groups.setdefault(key, {})[group.pk] = group
        return [
            UnsignedMonth(programmes[programme], month, tuple(found.values()))
            for (programme, month), found in sorted(groups.items())
        ]

    @cached_property
    def starting_ungated(self) -> list[tuple[Standing, Month]]:
        """Schemes whose savings are planned from a month that begins within a month from now, or
        has begun, and that may not deliver; with that month."""
        found = []
        for row in self.schemes:
            planned = [month for month, amount in row.money.plan.items() if amount]
            if row.scheme.starts_on is not None:
                planned.append(Month.of(row.scheme.starts_on))
            if not planned or row.gate.is_allowed or row.stage not in BEFORE_DELIVERY:
                continue
            first = min(planned)
            if first.start <= self.today + START_AHEAD and self.is_asked(row.scheme.programme):
                found.append((row, first))
        return sorted(found, key=lambda pair: (pair[1], pair[0].scheme.reference))

    @cached_property
    def signed_lately(self) -> list[MonthSignOff]:
        """The months that finance has signed off for a care group in the last 31 days."""
        rows = MonthSignOff.objects.filter(signed_at__gt=self.now - LATELY)
        return list(
            rows.select_related("programme", "care_group").order_by(
                "-signed_at", "programme", "-month", "care_group__position"
            )
        )

    def without_actual(self, groups: frozenset[int]) -> dict[Month, list[Standing]]:
        """The schemes of care groups that deliver and lack an actual of a month that is over."""
        found: dict[Month, list[Standing]] = {}
        for row in self.schemes:
            since = row.delivered_since
            if row.scheme.care_group_id not in groups or since is None:
                continue
            if not self.is_asked(row.scheme.programme) or row.is_paused:
                continue
            for month in row.year.months:
                is_over = Month.of(since) <= month and month.end < self.today
                if is_over and month not in row.money.actual and month not in row.signed_off:
                    found.setdefault(month, []).append(row)
        return dict(sorted(found.items()))
