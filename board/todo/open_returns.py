"""The months that can be reported on now, and the return of each care group in each of them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from board.todo.asked import returns_asked
from kpis.asked.stamps import Stamps
from kpis.models import Actual, ReportingPeriod, Return, ReturnSection
from kpis.months.clock import data_clock, usual_period
from kpis.returns.waiting import corrections_waiting
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month

DONE = (Return.Status.SUBMITTED, Return.Status.APPROVED)


@dataclass(frozen=True)
class OpenReturn:
    """A care group's return of a month that is not locked, started or not."""

    period: ReportingPeriod
    care_group: CareGroup
    due: int
    submission: Return | None
    corrections: int = 0  # rows that wait for a decision while the return stays approved
    # Of the trust's return in sections: the least advanced of those that the reader enters.
    section: ReturnSection | None = None

    @property
    def state(self) -> Return | ReturnSection | None:
        return self.section or self.submission

    @property
    def status(self) -> str:
        return self.state.status if self.state else Return.Status.NOT_STARTED

    @property
    def entered(self) -> int:
        return getattr(self.submission, "entered", 0)

    @property
    def last_saved(self) -> datetime | None:
        return getattr(self.submission, "last_saved", None)

    @property
    def is_in(self) -> bool:
        return self.status in DONE

    @property
    def is_reopened(self) -> bool:
        """Whether it is open by itself while its month is locked."""
        return self.submission is not None and self.submission.is_reopened

    @property
    def is_to_send(self) -> bool:
        """Whether the care group owes it: not begun, a draft, or sent back."""
        return not self.is_in

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide: on the return, on rows of it, or on corrections."""
        return self.is_sent or self.is_correction

    @property
    def is_sent(self) -> bool:
        """Whether the return waits, or a part of it that nobody has decided on yet."""
        return self.status == Return.Status.SUBMITTED or self.is_part

    @property
    def is_part(self) -> bool:
        """Whether rows, or sections, wait for a decision while others went back or are not in."""
        if self.status == Return.Status.RETURNED and getattr(self.submission, "waiting", False):
            return True
        return not self.is_in and getattr(self.submission, "section_waits", False)

    @property
    def is_correction(self) -> bool:
        """Whether it is approved, and corrections of approved figures wait."""
        return self.corrections > 0

    @property
    def sent_back(self) -> int:
        """How many rows were sent back on their own since it was last submitted."""
        return getattr(self.submission, "sent_back", 0)

    @property
    def is_unsent(self) -> bool:
        """Whether somebody has typed into an approved return and not submitted it."""
        return self.status == Return.Status.APPROVED and bool(getattr(self.submission, "typed", 0))

    @property
    def url(self) -> str:
        address = reverse("kpis:return-detail", args=[str(self.period.month), self.care_group.code])
        return f"{address}?section={self.section.code}" if self.section else address

    @property
    def review_url(self) -> str:
        """Where somebody decides on it."""
        return reverse("kpis:return-review", args=[str(self.period.month), self.care_group.code])

    @property
    def reopen_url(self) -> str:
        """Where the performance team closes it again."""
        return reverse("kpis:return-reopen", args=[str(self.period.month), self.care_group.code])

    @property
    def progress(self) -> str:
        """ "4 of 15 figures entered", "not started"."""
        if self.status == Return.Status.NOT_STARTED:
            return "not started"
        return f"{self.entered} of {self.due} entered"


@dataclass(frozen=True)
class OpenMonths:
    """The months that can be reported on now, and every return that they ask for.

    With care groups only theirs. `written`: the stamps of the moment, where they are known.
    """

    now: datetime
    written: Stamps | None = None
    care_groups: frozenset[int] | None = None

    @cached_property
    def held(self) -> dict[Month, ReportingPeriod]:
        """Every month stored, and the month that ended last, each by its own clock."""
        found = {row.month: row for row in ReportingPeriod.objects.all()}
        last = Month.of(london_date(self.now)).plus(-1)
        if last not in found:
            found[last] = usual_period(last, at=self.now)
        return found

    @cached_property
    def periods(self) -> list[ReportingPeriod]:
        """The months that are open, oldest first."""
        found = [row for row in self.held.values() if row.is_open(self.now)]
        return sorted(found, key=lambda row: row.starts_on)

    @cached_property
    def returns(self) -> list[OpenReturn]:
        """Those of the open months, and those of locked ones that are open by themselves.

        In the order of the months, then of the care groups.
        """
        started = self._started()
        alone = {key for key, submission in started.items() if submission.is_reopened}
        of = {row.pk: row for row in self.held.values()}
        months = {row.month: row for row in [*self.periods, *(of[pk] for pk, _ in alone)]}
        periods = [months[month] for month in sorted(months)]
        if not periods:
            return []
        corrections = corrections_waiting(started.values())
        found = []
        for row in returns_asked(periods, self._closes_at, self.written):
            period, key = months[row.month], (months[row.month].pk, row.care_group.pk)
            if period.locked_at is not None and key not in alone:
                continue
            if self.care_groups is not None and row.care_group.pk not in self.care_groups:
                continue
            submission = started.get(key)
            waiting = corrections.get(submission.pk, 0) if submission else 0
            found.append(OpenReturn(period, row.care_group, row.due, submission, waiting))
        return found

    def _closes_at(self, month: Month) -> datetime:
        held = self.held.get(month)
        return held.closes_at if held else data_clock(month)["closes_at"]

    def _started(self) -> dict[tuple[int, int], Return]:
        has_value = Q(cells__value__isnull=False) | ~Q(cells__milestone_status="")
        # 0 of 0 is a figure too: nobody came.
        has_figure = has_value | Q(cells__denominator=0)
        since_sent_in = Q(cells__returned_at__gt=F("last_submitted_at")) | Q(
            cells__returned_at__isnull=False, last_submitted_at__isnull=True
        )
        typed = Q(
            cells__saved_by__isnull=False,
            cells__saved_at__gt=Coalesce(F("last_submitted_at"), F("submitted_at")),
        )
        undecided = Actual.objects.filter(submission=OuterRef("pk"), decisions__isnull=True)
        sections = ReturnSection.objects.filter(
            submission=OuterRef("pk"), status=Return.Status.SUBMITTED
        )
        rows = Return.objects.filter(period__in=[row.pk for row in self.periods if row.pk])
        rows |= Return.objects.reopened()
        if self.care_groups is not None:
            rows = rows.filter(care_group__in=self.care_groups)
        people = ("submitted_by", "last_submitted_by", "returned_by", "reopened_by")
        rows = rows.select_related(*people, "period", "care_group").annotate(
            entered=Count("cells", filter=has_figure & Q(cells__isnull=False)),
            last_saved=Max("cells__saved_at"),
            sent_back=Count("cells", filter=since_sent_in),
            typed=Count("cells", filter=typed),
            waiting=Exists(undecided),
            section_waits=Exists(sections),
        )
        return {(row.period_id, row.care_group_id): row for row in rows}
