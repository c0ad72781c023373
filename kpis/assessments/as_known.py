"""What was recorded at a moment: definitions, structure, promises and values.

Actuals, decisions and changes of targets are append-only and are filtered by time. Other rows are
restored from the library's history. A row's first recorded state also counts for the time before
the tracker recorded it. Every question takes a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from kmpt_tracker.questions import answered_once, written_once
from kpis.models import (
    Actual,
    Decision,
    FixedBaseline,
    Measure,
    MeasureChange,
    Rebase,
    Series,
    Target,
    TargetChange,
    TargetPoint,
    ToleranceChange,
)
from kpis.models.dated import DatedChange
from kpis.revisions import Revision, Tolerance, Wording, in_effect
from kpis.targets import Point, Profile
from strategy.models import CareGroup, Plan
from strategy.periods import Month
from strategy.recorded import Row, restored, restored_parents, with_parent

# The columns of a target that its terms are made of, or that say since when it is known.
TERMS = (
    *("code", "measure", "role", "operator", "value", "upper_value", "value_is", "change"),
    *("baseline", "baseline_period", "floor", "effective_from", "due_on", "retired_on"),
    *("profile", "recurrent", "known_from", "care_group__code"),
    *("plan__code", "plan__starts_on", "plan__ends_on", "plan__default_tolerance_percent"),
    *("plan__published_on", "plan__opens_on", "plan__adopted_at"),
)
Change = TypeVar("Change", bound=DatedChange)


@dataclass(frozen=True)
class Known:
    """Values, promises, definitions and structure as known at a moment; `None` is now."""

    at: datetime | None = None

    def restored(self, rows: Iterable[Row]) -> list[Row]:
        """Rows of one model as recorded at the moment. Rows that have changed since are copies."""
        return restored(rows, self.at)

    def series(self, rows: Iterable[Series]) -> list[Series]:
        """Series with their measure and care group, all three as recorded at the moment."""
        found = list(rows)
        if self.at is None:
            return found
        found = restored_parents(self.restored(found), "measure", self.at)
        return restored_parents(found, "care_group", self.at)

    def with_changes_marked(self, series: QuerySet[Series]) -> QuerySet[Series]:
        """Series that say whether their measure was ever reworded and their limits ever
        recalculated or fixed, so that most need no second query.
        """
        reworded = decided(MeasureChange.objects.filter(measure=OuterRef("measure")), self.at)
        own = {"series": OuterRef("pk")}
        return series.annotate(
            was_reworded=Exists(reworded.order_by()),
            was_rebased=Exists(Rebase.objects.filter(**own)),
            was_fixed=Exists(FixedBaseline.objects.filter(**own)),
        )

    def without_newcomers(self, rows: Iterable[Series]) -> list[Series]:
        """Drop the series of care groups that were added later. Rows come with their care group.

        A series first recorded after the moment, when the trust's own series was already there, was
        not expected to report then. Series recorded at the same time as the trust's count from the
        beginning. Published series are kept, because their figures were public before the tracker
        recorded them.
        """
        found, at = list(rows), self.at
        if at is None or not found:
            return found
        added: dict[int, datetime] = {}
        began: dict[int, datetime] = {}
        for key, measure, level, on in _series_added({row.measure_id for row in found}):
            added[key] = on
            if level == CareGroup.Level.TRUST:
                began[measure] = on

        def joined_later(row: Series) -> bool:
            if row.care_group.is_trust or row.fed_by == Series.FedBy.PUBLISHED:
                return False
            start, own = began.get(row.measure_id), added.get(row.pk)
            return own is not None and start is not None and start <= at < own

        return [row for row in found if not joined_later(row)]

    def targets(self, measures: Iterable[int], *related: str) -> list[Target]:
        """The targets of some measures at the moment, with plan and care group: their terms only,
        or whole, with other rows that are related to them.
        """
        wanted = set(measures)
        rows = _targets_of(wanted, self.at, related=related)
        return [row for row in self.as_recorded(rows) if row.measure_id in wanted]

    def marked(self, targets: QuerySet[Target]) -> QuerySet[Target]:
        """Targets that say whether they were ever changed, so that most need no second query."""
        changes = decided(TargetChange.objects.filter(target=OuterRef("pk")), self.at)
        return targets.annotate(was_changed=Exists(changes.order_by()))

    def as_recorded(self, targets: Iterable[Target], *, on: date | None = None) -> list[Target]:
        """The targets that were published by the moment, with the rows that were read with them.

        With `on`, the approved changes in effect on that day are applied to the rows: for lists of
        promises. Judging leaves `on` out, because it applies the changes window by window.
        """
        rows = list(targets)
        if self.at is not None:
            rows = self.restored(rows)
            for name in ("plan", "measure", "objective"):
                if rows and getattr(Target, name).is_cached(rows[0]):
                    rows = restored_parents(rows, name, self.at)
            rows = [row for row in rows if self._was_published(row)]
        return rows if on is None else self.on_terms_of(rows, on)

    def on_terms_of(self, targets: Iterable[Target], on: date) -> list[Target]:
        """Targets that are as recorded, with the approved changes in effect on a day."""
        rows = list(targets)
        changes = self.revisions(rows)
        return [_revised(row, in_effect(changes.get(row.pk, ()), on)) for row in rows]

    def under_tolerated_plans(self, targets: Iterable[Target], on: date) -> list[Target]:
        """Targets with their plan, each plan with the tolerance in effect on a day."""
        rows = list(targets)
        held = {row.plan_id: row.plan for row in rows if row.plan is not None}
        plans = {plan.pk: plan for plan in self.tolerated(held.values(), on)}
        return [with_parent(row, "plan", plans.get(row.plan_id or 0)) for row in rows]

    def _was_published(self, target: Target) -> bool:
        """A target is known from its own publication date, else from its plan's."""
        known_from = target.known_from or (target.plan.known_from if target.plan else None)
        return self.at is None or known_from is None or known_from <= self.at

    def revisions(self, targets: Iterable[Target]) -> dict[int, tuple[Revision, ...]]:
        """The approved changes of targets, in the order in which they were decided."""
        found = defaultdict(list)
        changed = [row.pk for row in targets if getattr(row, "was_changed", True)]
        if not changed:
            return {}
        for row in _changes_of(changed, self.at):
            found[row.target_id].append(revision_of(row))
        return {key: tuple(changes) for key, changes in found.items()}

    def tolerances(self, plans: Iterable[int]) -> dict[int, tuple[Tolerance, ...]]:
        """The approved changes of plans' tolerances, in the order in which they were decided."""
        found = defaultdict(list)
        wanted = set(plans)
        if not wanted:
            return {}
        for row in _tolerances_of(wanted, self.at):
            found[row.plan_id].append(Tolerance(row.effective_from, row.new))
        return {key: tuple(changes) for key, changes in found.items()}

    def tolerated(self, plans: Iterable[Plan], on: date) -> list[Plan]:
        """Plans with the default tolerance in effect on a day. A plan whose tolerance differs is a
        copy.
        """
        rows = list(plans)
        changes = self.tolerances(row.pk for row in rows)
        return [_tolerated(row, in_effect(changes.get(row.pk, ()), on)) for row in rows]

    def worded(self, measures: Iterable[Measure], on: date) -> list[Measure]:
        """Measures with the wording in effect on a day; those with another are copies."""
        rows = list(measures)
        found: dict[int, dict[str, list[Wording]]] = defaultdict(lambda: defaultdict(list))
        for row in _wordings_of([row.pk for row in rows], self.at):
            said = Wording(row.effective_from, row.field, row.new)
            found[row.measure_id][row.field].append(said)
        return [_worded(row, found[row.pk], on) if row.pk in found else row for row in rows]

    def points(self, targets: Iterable[Target]) -> dict[int, tuple[Point, ...]]:
        """The explicit paths of targets. No query where no target has one."""
        keys = [row.pk for row in targets if row.profile == Profile.EXPLICIT_POINTS]
        if not keys:
            return {}
        rows: Iterable[tuple[int, date, Decimal | None]] = (
            _points_then(keys, self.at)
            if self.at is not None
            else TargetPoint.objects.filter(target__in=keys).values_list("target", "month", "value")
        )
        found = defaultdict(list)
        for key, month, value in rows:
            if value is not None:
                found[key].append(Point(Month.of(month), value))
        return {
            key: tuple(sorted(points, key=lambda point: point.month))
            for key, points in found.items()
        }

    def actuals(self, series: Iterable[int]) -> QuerySet[Actual]:
        found = Actual.objects.filter(
            series__in=series, decisions__outcome=Decision.Outcome.APPROVED
        )
        if self.at is not None:
            found = found.filter(decisions__known_from__lte=self.at)
        return found

    def rebases(
        self, series: Iterable[int], reworded: Iterable[int] | None = None
    ) -> dict[int, tuple[date, ...]]:
        """The days on which the limits of series start afresh: recalculated, or no longer
        comparable. `reworded`: those whose measure was, where that is known.
        """
        found = defaultdict(list)
        of_measures = series if reworded is None else reworded
        cut = MeasureChange.objects.filter(measure__series__in=of_measures, comparable=False)
        for key, on in decided(cut, self.at).values_list("measure__series", "effective_from"):
            found[key].append(on)
        rows = Rebase.objects.filter(series__in=series)
        if self.at is not None:
            rows = rows.filter(recorded_at__lte=self.at)
        for row in self.restored(rows):
            withdrawn = row.withdrawn_at
            if withdrawn is None or (self.at is not None and withdrawn > self.at):
                found[row.series_id].append(row.starts_on)
        return {key: tuple(sorted(set(dates))) for key, dates in found.items()}

    def fixed_baselines(self, series: Iterable[int]) -> dict[int, int]:
        """The number of points that the limits of series were fixed on."""
        rows = FixedBaseline.objects.standing(self.at).filter(series__in=series)
        return dict(rows.values_list("series", "points"))


def decided(rows: QuerySet[Change], at: datetime | None) -> QuerySet[Change]:
    """The rows of some dated changes that were approved by a moment, in the order of decision."""
    rows = rows.filter(outcome=TargetChange.Outcome.APPROVED)
    if at is not None:
        rows = rows.filter(decided_at__lte=at)
    return rows.order_by("decided_at", "pk")


def not_retired(targets: QuerySet[Target]) -> QuerySet[Target]:
    """Targets that the last of their approved changes does not end; their own rows keep what was
    published.
    """
    changes = decided(TargetChange.objects.filter(target=OuterRef("pk")), None).reverse()
    last = changes.values("retired_on")[:1]
    rows = targets.filter(retired_on__isnull=True).alias(ended_on=Subquery(last))
    return rows.filter(ended_on__isnull=True)


@answered_once
def _targets_of(
    measures: Collection[int], at: datetime | None, *, related: tuple[str, ...]
) -> QuerySet[Target]:
    of_measures = Q(measure__in=measures)
    if at is not None:
        # A target may have belonged to another measure then.
        of_measures |= Q(pk__in=Target.history.filter(measure__in=measures).values("id"))
    tolerated = decided(ToleranceChange.objects.filter(plan=OuterRef("plan")), at)
    rows = (
        Known(at)
        .marked(Target.objects.filter(of_measures))
        .select_related("plan", "care_group", *related)
        .annotate(tolerance_changed=Exists(tolerated.order_by()))
    )
    return rows if related else rows.only(*TERMS)


@answered_once
def _changes_of(targets: Collection[int], at: datetime | None) -> QuerySet[TargetChange]:
    return decided(TargetChange.objects.filter(target__in=targets), at)


@answered_once
def _tolerances_of(plans: Collection[int], at: datetime | None) -> QuerySet[ToleranceChange]:
    return decided(ToleranceChange.objects.filter(plan__in=plans), at)


@answered_once
def _wordings_of(measures: Collection[int], at: datetime | None) -> QuerySet[MeasureChange]:
    return decided(MeasureChange.objects.filter(measure__in=measures), at)


@written_once
def _series_added(measures: Collection[int]) -> QuerySet[Any, tuple[int, int, str, datetime]]:
    """When each series of some measures was first recorded, with its measure and level."""
    rows = Series.history.filter(measure_id__in=measures, history_type="+")
    return rows.values_list("id", "measure_id", "care_group__level", "history_date")


def revision_of(change: TargetChange) -> Revision:
    """The complete terms of a change."""
    return Revision(
        effective_from=change.effective_from,
        value=change.value,
        upper_value=change.upper_value,
        floor=change.floor,
        starts_on=change.starts_on,
        due_on=change.due_on,
        retired_on=change.retired_on,
    )


def _points_then(keys: list[int], at: datetime) -> list[tuple[int, date, Decimal | None]]:
    """Points as recorded: deleted ones included, points recorded later on a known path left out."""
    records = list(
        TargetPoint.history.filter(target_id__in=keys)
        .order_by("history_date", "history_id")
        .values_list("id", "target_id", "month", "value", "history_type", "history_date")
    )
    began: dict[int, datetime] = {}
    states: dict[int, tuple] = {}
    for record in records:
        began.setdefault(record[1], record[5])
        if record[5] <= at or (record[0] not in states and began[record[1]] > at):
            states[record[0]] = record
    return [record[1:4] for record in states.values() if record[4] != "-"]


def _tolerated(plan: Plan, change: Tolerance | None) -> Plan:
    if change is None:
        return plan
    known = copy(plan)
    known.default_tolerance_percent = change.percent
    return known


def _worded(measure: Measure, changes: Mapping[str, Iterable[Wording]], on: date) -> Measure:
    known = copy(measure)
    for name, said in changes.items():
        held = in_effect(said, on)
        if held is not None:
            setattr(known, name, held.text)
    return known


def _revised(row: Target, change: Revision | None) -> Target:
    if change is None:
        return row
    known = copy(row)
    known.value, known.upper_value, known.floor = change.value, change.upper_value, change.floor
    known.effective_from, known.due_on = change.starts_on, change.due_on
    known.retired_on = change.retired_on
    return known
