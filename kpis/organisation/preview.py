"""What a change of the structure will do: to totals, charts, returns and figures that are there."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Q

from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import format_date, format_deadline
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import units_of
from kpis.judging.boundaries import Unit, boundaries
from kpis.models import Actual, Measure, ReportingPeriod, Return, Series, Target
from kpis.months.clock import closing_times, usual_row
from kpis.months.due import asked_by, due_window
from kpis.organisation.reorganisation import Examined, Kind, Reorganisation
from strategy.models import CareGroup, Membership
from strategy.models.organisation import in_force_on
from strategy.moments import london_date
from strategy.periods import Month, Period

MONTHS_NAMED, LONGEST_WAIT = 3, 25
Choice = Mapping[str, frozenset[int]]


@dataclass(frozen=True)
class MeasureEffect:
    """What becomes of one measure: who reports it, how it adds up, what its charts will show."""

    measure: Measure
    before: tuple[str, ...]
    after: tuple[str, ...]
    ends: tuple[str, ...]
    begins: tuple[str, ...]
    marker: str
    limits_from: Period | None
    figures_outside: int

    @property
    def total(self) -> str:
        """The roll-up in words."""
        if self.measure.roll_up == Measure.RollUp.NONE:
            return "The trust's figure is its own"
        was, now = len(self.before), len(self.after)
        words = f"{was} of {was} until then, {now} of {now} from then"
        if not now:
            return f"{words}: the trust has no figure any more"
        if self.before == self.after:
            return "No change"
        return words

    @property
    def chart(self) -> str:
        if not self.marker:
            return "No boundary"
        anew = f"; limits start anew with {self.limits_from.label}" if self.limits_from else ""
        return f"“{self.marker}”{anew}"


@dataclass(frozen=True)
class ReturnDue:
    """A return that the new structure asks for."""

    month: Month
    care_group: str
    due: int
    period: ReportingPeriod

    @property
    def when(self) -> str:
        if self.period.locked_at is not None:
            return "The month is locked: its figures read No data until it is opened again"
        return f"Entry closes {format_deadline(self.period.closes_at)}"


@dataclass(frozen=True)
class Preview:
    """Everything that follows, and a digest by which whoever confirms has read what is true now."""

    plan: Examined
    measures: tuple[MeasureEffect, ...]
    returns: tuple[ReturnDue, ...]
    lost: tuple[str, ...]
    shared: tuple[str, ...]
    no_longer_asked: tuple[str, ...]
    outside: int
    made_up: int
    targets: tuple[str, ...]
    leads: tuple[str, ...]
    locked: tuple[Month, ...]
    silent: tuple[str, ...]

    @cached_property
    def sentences(self) -> list[str]:
        """What each person should know before they confirm."""
        day = format_date(self.plan.asked.on)
        last = format_date(self.plan.asked.on - timedelta(days=1))
        said = [
            f"{row.name} has its last day on {last}. Its figures stay." for row in self.plan.ending
        ]
        said += [f"{name} reports from {day}." for _, name in self.plan.taking_over]
        if self.outside:
            are = "figure is" if self.outside == 1 else "figures are"
            said.append(
                f"{self.outside:,} approved {are} of a window that ends on or after {day}, of a "
                "care group that is then gone: they stay on record, as known before, and no longer "
                "count."
            )
        if self.made_up:
            said.append(f"{self.made_up:,} made-up figures of those windows are deleted.")
        if self.locked:
            names = ", ".join(month.label for month in self.locked)
            said.append(f"Months that are locked are added up anew: {names}.")
        said += self.no_longer_asked
        said += self.targets
        said += self.leads
        said += self.silent
        return said

    @property
    def does_not_add_up(self) -> list[str]:
        """Where the parts do not make the whole: nobody, or only some, take a measure over."""
        return [*self.lost, *self.shared]

    @property
    def effects(self) -> Table:
        rows = [
            (
                row.measure.name,
                row.total,
                row.chart,
                ", ".join(row.ends) or "–",
                ", ".join(row.begins) or "–",
                row.figures_outside,
            )
            for row in self.measures
        ]
        heads = [
            "Measure",
            "The trust's total",
            "Its chart",
            "Series that end",
            "Series that begin",
            "Approved figures that no longer count",
        ]
        return Table("What becomes of each measure", heads, rows)

    @property
    def returns_due(self) -> Table:
        rows = [(row.month.full_label, row.care_group, row.due, row.when) for row in self.returns]
        return Table("Returns due", ["Month", "Care group", "Figures due", "When"], rows)

    @property
    def digest(self) -> str:
        facts = (
            self.sentences,
            self.does_not_add_up,
            [
                (row.measure.code, row.total, row.chart, row.ends, row.begins)
                for row in self.measures
            ],
            [(str(row.month), row.care_group, row.due) for row in self.returns],
            sorted((row.code, row.valid_from, row.valid_to) for row in self.plan.sources),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def dates_preview(
    group: CareGroup, valid_from: date | None, valid_to: date | None
) -> tuple[str, ...]:
    """What follows when the dates of a care group are corrected, in sentences."""

    def outside(begins: date | None, ends: date | None) -> Q:
        return Q(period_end__lt=begins or date.min) | Q(period_end__gte=ends or date.max)

    was, now = outside(group.valid_from, group.valid_to), outside(valid_from, valid_to)
    own = Actual.objects.current().filter(series__care_group=group)
    own = own.exclude(value_status=Actual.ValueStatus.WITHDRAWN)
    fall, come = own.filter(now).exclude(was).count(), own.filter(was).exclude(now).count()
    said = []
    if fall:
        said.append(
            f"{fall:,} approved {'figure lies' if fall == 1 else 'figures lie'} outside the new "
            "days: on record, as known before, and no longer counted (made-up ones are deleted)."
        )
    if come:
        said.append(f"{come:,} approved {'figure counts' if come == 1 else 'figures count'} again.")
    pairs = (
        (group.valid_from or date.min, valid_from or date.min),
        (group.valid_to or date.max, valid_to or date.max),
    )
    # From the first day on which it is there otherwise than before, to before the last.
    spans = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    series = Series.objects.filter(care_group=group).count()
    if series and spans:
        days = _listed(format_date(day) for day in (valid_from, valid_to) if day)
        where = f"; their charts show the boundary on {days}" if days else ""
        said.append(
            f"The totals of {series} {'measure' if series == 1 else 'measures'} expect it in other "
            f"windows{where}, and limits start anew there."
        )
    if spans:
        first = min(begins for begins, _ in spans)
        locked = [
            month.label
            for month in _locked(first)
            if any(begins <= month.end < ends for begins, ends in spans)
        ]
        if locked:
            said.append(f"Months that are locked are added up anew: {', '.join(locked)}.")
    if valid_to is not None and valid_to < (group.valid_to or date.max):
        asked = Reorganisation(kind=Kind.END, on=valid_to, sources=(group.pk,))
        said += _no_longer_asked(Examined(asked, (group,), (group,), None))
    return tuple(said or ["No figure, total or return changes."])


@dataclass(frozen=True)
class Reporting:
    """The series of care groups that returns feed, with measure and care group, on some day."""

    rows: tuple[Series, ...]
    on: date

    def measures_of(self, codes: Iterable[str]) -> dict[int, Measure]:
        wanted = set(codes)
        return {
            row.measure_id: row.measure
            for row in self.rows
            if row.care_group.code in wanted and row.valid_to is None
        }

    @cached_property
    def offered(self) -> list[Measure]:
        """What a care group may report: what is counted by care groups, or reported by one."""
        counted = Q(collection_level=Measure.CollectionLevel.CARE_GROUP)
        reported = Q(pk__in={row.measure_id for row in self.rows})
        own = Series.objects.filter(fed_by=Series.FedBy.TRACKER).values("measure")
        found = Measure.objects.filter(in_force_on(self.on), counted | reported)
        return list(found.exclude(pk__in=own).order_by("name"))


def reporting_on(on: date) -> Reporting:
    rows = (
        Series.objects.filter(fed_by=Series.FedBy.RETURNS)
        .exclude(care_group__level=CareGroup.Level.TRUST)
        .select_related("measure", "care_group")
        .order_by("care_group__position", "measure__name")
    )
    return Reporting(tuple(rows), on)


def proposed(plan: Examined, reporting: Reporting) -> Choice:
    """What each group that takes over would report: what those before it did; without any, what
    every care group reports.
    """
    offered = {row.pk for row in reporting.offered}
    before = reporting.measures_of(row.code for row in plan.sources)
    if not plan.sources:
        there = [row for row in plan.groups if not row.is_trust and _is_there(row, plan.asked.on)]
        reported = [set(reporting.measures_of([row.code])) for row in there]
        usual = set.intersection(*(keys for keys in reported if keys)) if any(reported) else set()
        return {code: frozenset(usual & offered) for code, _ in plan.taking_over}
    return {code: frozenset(set(before) & offered) for code, _ in plan.taking_over}


def _is_there(row: CareGroup, on: date) -> bool:
    return (row.valid_from or date.min) <= on < (row.valid_to or date.max)


def preview(plan: Examined, chosen: Choice, reporting: Reporting, *, at: datetime) -> Preview:
    """What follows from the plan with the measures chosen, in a fixed number of queries."""
    on = plan.asked.on
    ending = {row.code for row in plan.ending}
    names = {row.code: row.name for row in plan.groups} | dict(plan.taking_over)
    before, after = _units(plan)
    own = Actual.objects.current().filter(
        series__care_group__in=[row.pk for row in plan.ending], period_end__gte=on
    )
    outside, made_up = Counter[int](), 0
    kept = own.exclude(value_status=Actual.ValueStatus.WITHDRAWN)
    for key, origin in kept.values_list("series__measure", "origin"):
        if origin == Actual.Origin.ILLUSTRATIVE:
            made_up += 1
        else:
            outside[key] += 1
    touched = _measures_touched(plan, chosen, reporting)
    effects = []
    lost, shared = [], []
    taking = [code for code, _ in plan.taking_over]
    for measure in touched:
        rows = [row for row in reporting.rows if row.measure_id == measure.pk]
        was = {row.care_group.code for row in rows if _reports(row, on - timedelta(days=1))}
        taken = {code for code in taking if measure.pk in chosen.get(code, ())}
        now = {code for code in was if code not in ending} | taken
        now |= {row.care_group.code for row in rows if _reports(row, on)} - ending
        ends, begins = was & ending, taken - was
        effects.append(
            MeasureEffect(
                measure=measure,
                before=tuple(sorted(was)),
                after=tuple(sorted(now)),
                ends=tuple(names[code] for code in sorted(ends)),
                begins=tuple(names[code] for code in taking if code in begins),
                marker=_marker(on, was, now, before, after),
                limits_from=_first_window(measure, on),
                figures_outside=outside[measure.pk],
            )
        )
        if ends and plan.asked.kind is not Kind.END and not (taken or (set(taking) & now)):
            lost.append(
                f"{measure.name}: reported by {_listed(names[code] for code in sorted(ends))}, "
                "and by nobody who takes over. The trust's figure is without it from "
                f"{format_date(on)}."
            )
        elif ends and len(taking) > 1 and 0 < len(taken) < len(taking):
            left = _listed(names[code] for code in taking if code not in taken)
            shared.append(
                f"{measure.name}: {left} would not report it, so the parts make the whole only if "
                f"the figures of {_listed(names[code] for code in taking if code in taken)} hold "
                "all of it."
            )
    months = _months(on, london_date(at))
    return Preview(
        plan=plan,
        measures=tuple(effects),
        returns=_returns(plan, chosen, reporting, months, at=at),
        lost=tuple(lost),
        shared=tuple(shared),
        no_longer_asked=_no_longer_asked(plan),
        outside=sum(outside.values()),
        made_up=made_up,
        targets=_targets(plan),
        leads=_leads(plan),
        locked=_locked(on) if touched else (),
        silent=tuple(
            f"{name} would report no measure, so it has no return: choose what it reports, or add "
            "it on the pages of the measures."
            for code, name in plan.taking_over
            if not chosen.get(code)
            and not (plan.into is not None and reporting.measures_of([code]))
        ),
    )


def _reports(row: Series, on: date) -> bool:
    return _is_there(row.care_group, on) and (row.valid_from or date.min) <= on < (
        row.valid_to or date.max
    )


def _measures_touched(plan: Examined, chosen: Choice, reporting: Reporting) -> list[Measure]:
    concerned = dict(reporting.measures_of(row.code for row in plan.sources))
    wanted = set().union(*chosen.values()) if chosen else set()
    concerned |= {row.pk: row for row in reporting.offered if row.pk in wanted}
    return sorted(concerned.values(), key=lambda row: row.name)


def _units(plan: Examined) -> tuple[dict[str, Unit], dict[str, Unit]]:
    """The care groups as they are, and as they would be."""
    before = units_of(Known())
    after = dict(before)
    on, codes = plan.asked.on, frozenset(row.code for row in plan.sources)
    for row in plan.ending:
        after[row.code] = replace(after[row.code], ends=on)
    for new in plan.asked.new:
        after[new.code] = Unit(code=new.code, name=new.name, begins=on, predecessors=codes)
    if plan.into is not None:
        unit = after[plan.into.code]
        after[unit.code] = replace(unit, predecessors=unit.predecessors | codes)
    return before, after


def _marker(
    on: date,
    was: set[str],
    now: set[str],
    before: Mapping[str, Unit],
    after: Mapping[str, Unit],
) -> str:
    """The boundary that the trust's chart would show on the day."""
    units = []
    # In one order always: the words are part of what a person confirms.
    for code in (code for code in after if code in was | now):
        unit = after[code]
        if code in now and code not in was and code in before:
            unit = replace(unit, reports_from=on)
        units.append(unit)
    found = [row.text for row in boundaries(units) if row.on == on]
    return found[0] if found else ""


def _first_window(measure: Measure, on: date) -> Period | None:
    """The window with which limits start anew: the first that ends on or after the day."""
    first = Month.of(on)
    windows = (due_window(measure, first.plus(later)) for later in range(LONGEST_WAIT))
    return next((window for window in windows if window is not None and window.end >= on), None)


def _months(on: date, today: date) -> list[Month]:
    """The first months of the new structure: those that have passed, and the next to report."""
    first, current = Month.of(on), Month.of(today)
    early = {first.plus(step) for step in range(MONTHS_NAMED)}
    late = {current.plus(-step) for step in range(MONTHS_NAMED)}
    return sorted(month for month in early | late if month >= first)


def _returns(
    plan: Examined, chosen: Choice, reporting: Reporting, months: Sequence[Month], *, at: datetime
) -> tuple[ReturnDue, ...]:
    closes_of = closing_times()
    held = {row.month: row for row in ReportingPeriod.objects.all()}
    measures = {row.pk: row for row in reporting.offered}
    rows = []
    for code, name in plan.taking_over:
        group = CareGroup(code=code, name=name, valid_from=plan.asked.on)
        if plan.into is not None:
            group.valid_from = plan.into.valid_from
        rows += [
            Series(measure=measures[key], care_group=group, valid_from=plan.asked.on)
            for key in chosen.get(code, ())
            if key in measures
        ]
    found = []
    for month in months:
        due = Counter(row.series.care_group.name for row in asked_by(rows, month, closes_of))
        period = held.get(month) or ReportingPeriod(starts_on=month.start, **usual_row(month, at))
        found += [
            ReturnDue(month, name, due[name], period) for _, name in plan.taking_over if due[name]
        ]
    return tuple(found)


def _no_longer_asked(plan: Examined) -> tuple[str, ...]:
    """Returns of the ended groups that somebody has begun, for months in which they are gone."""
    rows = Return.objects.filter(
        care_group__in=[row.pk for row in plan.ending],
        period__starts_on__gte=Month.of(plan.asked.on).start,
        is_illustrative=False,
    ).select_related("period", "care_group")
    by_group = defaultdict(list)
    for row in rows.order_by("period__starts_on"):
        if row.status != Return.Status.NOT_STARTED:
            state = Return.Status(row.status).label.lower()
            by_group[row.care_group.name].append(f"{row.period.month.label} ({state})")
    return tuple(
        f"The returns of {name} for {', '.join(states)} are no longer asked for, and nobody can "
        "approve what is in them."
        for name, states in by_group.items()
    )


def _targets(plan: Examined) -> tuple[str, ...]:
    rows = Target.objects.filter(care_group__in=[row.pk for row in plan.ending])
    counted = Counter(rows.values_list("care_group__name", flat=True))
    return tuple(
        f"{number} {'target is' if number == 1 else 'targets are'} set for {name} itself: nobody "
        "takes them over. Set those of the new care groups on the pages of their measures."
        for name, number in counted.items()
    )


def _leads(plan: Examined) -> tuple[str, ...]:
    if not plan.taking_over:
        return ()
    rows = Membership.objects.filter(
        in_force_on(plan.asked.on, starts="starts_on", ends="ends_on"),
        care_group__in=[row.pk for row in plan.ending],
    ).select_related("user", "care_group")
    people = _listed(dict.fromkeys(str(row.user) for row in rows))
    new = _listed(name for code, name in plan.taking_over if plan.into is None)
    if not new:
        return ()
    led = f" {people} led those before: that ends by itself." if people else ""
    return (f"Nobody leads {new} yet: appoint a lead for each.{led}",)


def _locked(on: date) -> tuple[Month, ...]:
    rows = ReportingPeriod.objects.filter(
        locked_at__isnull=False, starts_on__gte=Month.of(on).start
    ).order_by("starts_on")
    return tuple(row.month for row in rows)


def _listed(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
