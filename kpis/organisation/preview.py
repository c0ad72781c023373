"""What a change of the structure will do: to totals, charts, returns and figures that are there."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import format_date, format_list
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import units_of
from kpis.judging.boundaries import Unit, boundaries
from kpis.models import Actual, Measure, Target
from kpis.months.due import due_window
from kpis.organisation.reorganisation import Examined, Kind
from kpis.organisation.reporting import Choice, Reporting, reports
from kpis.organisation.returns_asked import ReturnDue, locked_from, no_longer_asked, returns_due
from strategy.models import Membership
from strategy.models.organisation import in_force_on
from strategy.periods import Month, Period

LONGEST_WAIT = 25


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
class Preview:
    """Everything that follows. Its digest shows whether the person has read what is true now."""

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
        """Measures whose parts will not add up: nobody, or not everybody, takes them over."""
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
    wanted = set().union(*chosen.values()) if chosen else set()
    concerned = reporting.measures_of(row.code for row in plan.sources)
    concerned |= {row.pk: row for row in reporting.offered if row.pk in wanted}
    touched = sorted(concerned.values(), key=lambda row: row.name)
    effects = []
    lost, shared = [], []
    taking = [code for code, _ in plan.taking_over]
    for measure in touched:
        rows = [row for row in reporting.rows if row.measure_id == measure.pk]
        was = {row.care_group.code for row in rows if reports(row, on - timedelta(days=1))}
        taken = {code for code in taking if measure.pk in chosen.get(code, ())}
        now = {code for code in was if code not in ending} | taken
        now |= {row.care_group.code for row in rows if reports(row, on)} - ending
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
                f"{measure.name}: reported by {format_list(names[code] for code in sorted(ends))}, "
                "and by nobody who takes over. The trust's figure is without it from "
                f"{format_date(on)}."
            )
        elif ends and len(taking) > 1 and 0 < len(taken) < len(taking):
            left = format_list(names[code] for code in taking if code not in taken)
            shared.append(
                f"{measure.name}: {left} would not report it, so the parts make the whole only if "
                f"the figures of {format_list(names[code] for code in taking if code in taken)} "
                "hold all of it."
            )
    return Preview(
        plan=plan,
        measures=tuple(effects),
        returns=returns_due(plan, chosen, reporting, at=at),
        lost=tuple(lost),
        shared=tuple(shared),
        no_longer_asked=no_longer_asked(plan),
        outside=sum(outside.values()),
        made_up=made_up,
        targets=_targets(plan),
        leads=_leads(plan),
        locked=locked_from(on) if touched else (),
        silent=tuple(
            f"{name} would report no measure, so it has no return: choose what it reports, or add "
            "it on the pages of the measures."
            for code, name in plan.taking_over
            if not chosen.get(code)
            and not (plan.into is not None and reporting.measures_of([code]))
        ),
    )


def _units(plan: Examined) -> tuple[dict[str, Unit], dict[str, Unit]]:
    """The care groups as they are now, and as they would be afterwards."""
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
    # Always in the same order: the words are part of what a person confirms.
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
    people = format_list(dict.fromkeys(str(row.user) for row in rows))
    new = format_list(name for code, name in plan.taking_over if plan.into is None)
    if not new:
        return ()
    led = f" {people} led those before: that ends by itself." if people else ""
    return (f"Nobody leads {new} yet: appoint a lead for each.{led}",)
