"""Who has reported and who is late, what is missing and whom to ask; and the rates of a year."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F
from django.urls import reverse

from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_deadline, format_moment, format_value
from kpis.assessments.read import histories
from kpis.judging.status import Standing
from kpis.models import ReportingPeriod, Return, Series
from kpis.returns.overview import GroupReturn, MonthReturns, overview, period_overview
from kpis.returns.rates import COMPLETE, ON_TIME, RESTATED
from strategy.models import CareGroup, Membership
from strategy.models.organisation import in_force_on
from strategy.moments import london_date
from strategy.periods import Month

MONTHS_COUNTED = 12
NAMED = 3
ALMOST = Decimal("99.9")
RATES = {ON_TIME: "Returns on time", COMPLETE: "Figures reported", RESTATED: "Figures corrected"}


@dataclass(frozen=True)
class Line:
    """A care group's return, with what the performance team needs to chase it."""

    row: GroupReturn
    people: tuple[str, ...]

    @property
    def url(self) -> str:
        return reverse(
            "kpis:return-detail", args=[str(self.row.period.month), self.row.care_group.code]
        )

    @property
    def review_url(self) -> str:
        return reverse(
            "kpis:return-review", args=[str(self.row.period.month), self.row.care_group.code]
        )

    @property
    def is_done(self) -> bool:
        return not self.row.is_to_send

    @property
    def is_asked_now(self) -> bool:
        """Whether the care group has something left to do, and can still do it."""
        return self.row.is_to_send and not self.row.is_locked

    @property
    def missing_words(self) -> str:
        """ "Bed occupancy, Referrals and 4 more"; empty when nothing is missing."""
        names = self.row.missing
        if not names or self.is_done:
            return ""
        rest = len(names) - NAMED
        if rest > 1:
            return f"{', '.join(names[:NAMED])} and {rest} more"
        return ", ".join(names)

    @property
    def explained_words(self) -> str:
        count = self.row.explained
        return f"{count} not there, with a reason" if count else ""

    @property
    def chase_words(self) -> str:
        return ", ".join(self.people) if self.people else "nobody leads it today"

    @property
    def submitted_words(self) -> str:
        submission = self.row.submission
        if submission is None or submission.submitted_at is None:
            return ""
        return f"{format_moment(submission.submitted_at)}, {submission.submitted_words}"

    @property
    def approved_words(self) -> str:
        submission = self.row.submission
        if submission is None or submission.approved_at is None:
            return ""
        return f"{format_moment(submission.approved_at)}, {submission.approved_words}"


@dataclass(frozen=True)
class RateShown:
    """One rate of one care group over the months: its parts added up, and its trend."""

    code: str
    care_group: CareGroup
    windows: tuple[Standing, ...]

    @property
    def url(self) -> str:
        address = reverse("kpis:measure-detail", args=[self.code])
        return address if self.care_group.is_trust else f"{address}?care_group={self.group_code}"

    @property
    def group_code(self) -> str:
        return self.care_group.code

    @property
    def words(self) -> str:
        """ "91.7%"; 100% is the whole, and a dash where nothing has been counted yet."""
        part, total = self._sum("numerator"), self._sum("denominator")
        if not total:
            return "–"
        # One of 3,000 that is missing does not make it the whole.
        rate = 100 if part == total else min(100 * part / total, ALMOST)
        return format_value(rate, "percent", 1)

    @property
    def parts(self) -> str:
        total = self._sum("denominator")
        return f"{self._sum('numerator'):,.0f} of {total:,.0f}" if total else ""

    @property
    def values(self) -> list[float | None]:
        return [None if row.value is None else float(row.value) for row in self.windows]

    @property
    def is_illustrative(self) -> bool:
        return any(row.origin == "illustrative" for row in self.windows)

    @property
    def label(self) -> str:
        return f"{RATES[self.code]}, {self.care_group.name}: {self.words} over the months counted"

    def _sum(self, part: str) -> Decimal:
        return sum((getattr(row, part) or Decimal(0) for row in self.windows), Decimal(0))


@dataclass(frozen=True)
class Rates:
    """On time, complete and corrected, for the trust and each care group, over twelve months."""

    last: Month
    rows: tuple[tuple[CareGroup, tuple[RateShown, ...]], ...]

    @property
    def heads(self) -> list[str]:
        return list(RATES.values())

    @property
    def span(self) -> str:
        return f"{self.last.plus(1 - MONTHS_COUNTED).label} to {self.last.label}"

    @property
    def is_illustrative(self) -> bool:
        return any(rate.is_illustrative for _, rates in self.rows for rate in rates)


def rates_until(last: Month) -> Rates:
    """The rates of the twelve months up to one, in a fixed number of queries."""
    series = list(
        Series.objects.filter(fed_by=Series.FedBy.TRACKER, measure__code__in=RATES)
        .select_related("measure", "care_group")
        .order_by("care_group__position", "care_group__pk")
    )
    first = last.plus(1 - MONTHS_COUNTED).start
    found = histories(series, since=first, until=last.end) if series else {}
    by_group: dict[CareGroup, dict[str, RateShown]] = defaultdict(dict)
    for row in series:
        windows = found[row.pk].history.windows
        by_group[row.care_group][row.measure.code] = RateShown(
            row.measure.code, row.care_group, windows
        )
    return Rates(
        last,
        tuple(
            (group, tuple(rates[code] for code in RATES if code in rates))
            for group, rates in by_group.items()
            if any(rate.windows for rate in rates.values())
        ),
    )


@dataclass(frozen=True)
class CompletionPage:
    """One month: the state of each return, and what may be done with the month as a whole."""

    period: ReportingPeriod
    lines: tuple[Line, ...]
    rates: Rates
    may_decide: bool
    may_edit_clock: bool
    now: datetime

    @property
    def month(self) -> Month:
        return self.period.month

    @property
    def clock_words(self) -> str:
        period = self.period
        if period.locked_at is not None:
            return f"Locked {format_moment(period.locked_at)}"
        verb = "closed" if self.now > period.closes_at else "closes"
        return f"Entry {verb} {format_deadline(period.closes_at)}"

    @property
    def more_time_words(self) -> str:
        first = self.period.first_closed_at
        if first is None:
            return ""
        return f"Entry closed first {format_moment(first)}; lateness is counted from then."

    @property
    def summary(self) -> str:
        """ "2 of 5 approved, 1 submitted, 2 to come: 1 late."."""
        rows = [line.row for line in self.lines]
        approved = sum(row.status == Return.Status.APPROVED for row in rows)
        submitted = sum(row.status == Return.Status.SUBMITTED for row in rows)
        said = f"{approved} of {len(rows)} approved, {submitted} submitted"
        to_send = [row for row in rows if row.is_to_send]
        if self.period.locked_at is not None and to_send:
            return f"{said}, {_after_the_lock(to_send)}"
        late = sum(row.is_late for row in rows)
        said = f"{said}, {len(to_send)} to come"
        return f"{said}: {late} late" if late else said


def _after_the_lock(to_send: Sequence[GroupReturn]) -> str:
    """A locked month takes no more returns: "1 not in when it was locked, 1 open again"."""
    again = sum(row.is_reopened for row in to_send)
    counts = ((len(to_send) - again, "not in when it was locked"), (again, "open again"))
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def completion_page(period: ReportingPeriod, access: Access, *, now: datetime) -> CompletionPage:
    rows = period_overview(period, access, now=now)
    people = people_of({row.care_group.pk for row in rows}, london_date(now))
    return CompletionPage(
        period=period,
        lines=tuple(Line(row, people.get(row.care_group.pk, ())) for row in rows),
        rates=rates_until(period.month),
        may_decide=access.may(Capability.APPROVE_RETURNS),
        may_edit_clock=access.may(Capability.EDIT_MONTHS),
        now=now,
    )


@dataclass(frozen=True)
class ReturnsPage:
    """The last months, latest first, and the rates over twelve of them."""

    months: Sequence[MonthReturns]
    rates: Rates
    enters: bool
    now: datetime


def returns_page(access: Access, *, now: datetime) -> ReturnsPage:
    months = overview(access, now=now)
    return ReturnsPage(
        months=months,
        rates=rates_until(months[0].period.month),
        enters=access.may(Capability.ENTER_RETURNS),
        now=now,
    )


def people_of(care_groups: Iterable[int], on: date) -> Mapping[int, tuple[str, ...]]:
    """Who enters the figures of each care group on a day: its leads, then who covers for them."""
    rows = (
        Membership.objects.filter(
            in_force_on(on, starts="starts_on", ends="ends_on"),
            care_group__in=list(care_groups),
            user__is_active=True,
        )
        .select_related("user")
        .order_by(F("kind").desc(), "starts_on", "pk")
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        cover = " (cover)" if row.kind == Membership.Kind.DELEGATE else ""
        found[row.care_group_id] = (*found.get(row.care_group_id, ()), f"{row.user}{cover}")
    return found
