"""What the page shows where a measure's targets and limits are changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse

from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import MISSING, format_date, format_moment, format_number, format_value
from kpis.assessments.as_known import Known, revision_of
from kpis.assessments.inputs import measure_terms
from kpis.dated_changes.changes_page import PROPOSED, ChangeRow, DatedPage, target_effects
from kpis.dated_changes.target_changes import published_terms
from kpis.judging.promised import promised_words
from kpis.judging.wording import counted, places
from kpis.measures.limits import moved_words
from kpis.models import FixedBaseline, Measure, Rebase, Series, Target, TargetChange
from kpis.models.targets import BY_PLAN
from kpis.revisions import Revision

NAMES = {
    "value": "value",
    "upper_value": "upper value",
    "floor": "floor",
    "starts_on": "in force from",
    "due_on": "due date",
    "retired_on": "retired from",
}


@dataclass(frozen=True)
class TargetRow:
    """A target on the terms of today, as the person who changes it reads it."""

    target: Target

    @property
    def words(self) -> str:
        """The target by what its plan says, as readers know it; a code is for files."""
        return promise_words(self.target)

    @property
    def name(self) -> str:
        """The same with the care group that it is asked of."""
        group = self.target.care_group
        return self.words if group.is_trust else f"{self.words}, {group.name}"

    @property
    def set_by(self) -> str:
        return self.target.plan.title if self.target.plan else "National"

    @property
    def kind(self) -> str:
        return self.target.get_role_display()

    @property
    def facts(self) -> str:
        """Who set it, what kind of target it is, and of whom it is asked."""
        return f"{self.set_by} · {self.kind.lower()} · {self.target.care_group.name}"

    @property
    def asked(self) -> str:
        """What the target asks for, or that it is over."""
        target = self.target
        if target.retired_on:
            return f"retired from {format_date(target.retired_on)}"
        return promised_words(target, measure_terms(target.measure)) if target.measure else MISSING

    @property
    def floor(self) -> str:
        floor, measure = self.target.floor, self.target.measure
        if floor is None or measure is None:
            return MISSING
        return format_value(floor, measure.unit, max(measure.decimals, places(floor)))

    @property
    def due(self) -> str:
        return format_date(self.target.due)

    @property
    def what_holds(self) -> str:
        """Whether a change of it waits for a second person."""
        if self.target.role == "commitment":
            return "This is a commitment: somebody else approves the change before it holds."
        return "This is no commitment: the change holds at once."

    @property
    def url(self) -> str:
        """Where it is changed."""
        measure = self.target.measure
        return reverse("kpis:target-change", args=[measure.code, self.target.pk]) if measure else ""


@dataclass(frozen=True)
class TargetsPage(DatedPage):
    """The targets of one measure, the changes that wait or were decided, and the limits."""

    measure: Measure
    targets: tuple[TargetRow, ...]
    series: tuple[Series, ...]
    rebases: tuple[Rebase, ...]
    baselines: tuple[FixedBaseline, ...]

    @property
    def limits(self) -> list[tuple[Rebase, str]]:
        """Recalculations that were not withdrawn, with the window each moved to where it was
        mid-window.
        """
        return [
            (row, moved_words(self.measure, row.starts_on))
            for row in self.rebases
            if row.withdrawn_at is None
        ]

    @property
    def withdrawn(self) -> Table:
        rows = [
            (
                row.series.care_group.name,
                format_date(row.starts_on),
                row.reason,
                format_moment(row.withdrawn_at),
            )
            for row in self.rebases
            if row.withdrawn_at is not None
        ]
        columns = ["Care group", "From", "Reason", "Withdrawn"]
        return Table("Recalculations that were withdrawn", columns, rows)

    @property
    def fixed(self) -> list[tuple[FixedBaseline, str]]:
        """Limits that are fixed, with the points they are fixed on: "the first 24 months"."""
        return [(row, self._first(row)) for row in self.baselines if row.withdrawn_at is None]

    @property
    def fixed_before(self) -> Table:
        rows = [
            (
                row.series.care_group.name,
                self._first(row),
                row.reason,
                format_moment(row.recorded_at),
                format_moment(row.withdrawn_at),
            )
            for row in self.baselines
            if row.withdrawn_at is not None
        ]
        columns = ["Care group", "Fixed on", "Reason", "From", "Until"]
        return Table("Limits that are fixed no longer", columns, rows)

    def _first(self, row: FixedBaseline) -> str:
        return f"the first {counted(row.points, measure_terms(self.measure))}"


def promise_words(target: Target) -> str:
    return f"“{target.statement}”" if target.statement else target.code


def changes_of(measure: Measure) -> QuerySet[TargetChange]:
    """Every change that was proposed for the measure's targets."""
    return TargetChange.objects.filter(target__measure=measure)


def rebases_of(measure: Measure) -> QuerySet[Rebase]:
    """Every recalculation of limits of the measure's series, withdrawn ones included."""
    return Rebase.objects.filter(series__measure=measure)


def baselines_of(measure: Measure) -> QuerySet[FixedBaseline]:
    """Every decision to fix the limits of the measure's series, ended ones included."""
    return FixedBaseline.objects.filter(series__measure=measure)


def targets_page(measure: Measure, *, today: date) -> TargetsPage:
    """The page of a measure on a day, in a fixed number of queries."""
    rows = Target.objects.filter(measure=measure).select_related("plan", "care_group", "measure")
    targets = list(rows.order_by(BY_PLAN, "position", "part", "pk"))
    changes = list(
        changes_of(measure)
        .select_related("target__measure", "proposed_by", "decided_by")
        .order_by("decided_at", "pk")
    )
    series = list(
        Series.objects.filter(measure=measure)
        .select_related("measure", "care_group")
        .order_by("care_group__position")
    )
    shown = _in_words(targets, changes, series)
    return TargetsPage(
        measure=measure,
        targets=tuple(TargetRow(row) for row in Known().as_recorded(targets, on=today)),
        waiting=tuple(row for row in shown if row.change.outcome == PROPOSED),
        decided=tuple(row for row in reversed(shown) if row.change.outcome != PROPOSED),
        caption="Changes of targets, latest first",
        series=tuple(series),
        rebases=tuple(
            rebases_of(measure)
            .select_related("series__care_group", "recorded_by")
            .order_by("-starts_on", "-pk")
        ),
        baselines=tuple(
            baselines_of(measure)
            .select_related("series__care_group", "recorded_by")
            .order_by("-recorded_at", "-pk")
        ),
    )


def _in_words(
    targets: Sequence[Target], changes: Iterable[TargetChange], series: Sequence[Series]
) -> list[ChangeRow]:
    """Each change with the terms that it replaces; waiting changes come last.

    A waiting change shows what it would undo, which the approver sees before approving.
    """
    terms: dict[int, Revision | TargetChange] = {row.pk: published_terms(row) for row in targets}
    ordered = sorted(changes, key=lambda row: (row.decided_at is None, row.decided_at or 0, row.pk))
    found = []
    for change in ordered:
        before = terms[change.target_id]
        parts = []
        for name, words in NAMES.items():
            old, new = getattr(before, name), getattr(change, name)
            if old != new:
                parts.append(f"{words} {_shown(old)} → {_shown(new)}")
        effects: tuple[str, ...] = ()
        if change.outcome == PROPOSED:
            effects = target_effects(change.target, revision_of(change), series)
        found.append(
            ChangeRow(
                change,
                promise_words(change.target),
                ", ".join(parts) or "the same terms",
                _warning(change),
                effects,
            )
        )
        if change.outcome == TargetChange.Outcome.APPROVED:
            terms[change.target_id] = change
    return found


def _shown(value: Decimal | date | None) -> str:
    if isinstance(value, Decimal):
        return format_number(value.normalize())
    return format_date(value) if value else MISSING


def _warning(change: TargetChange) -> str:
    """A warning for the approver: the new value is outside the measure's range.

    It is judged as entered all the same.
    """
    target, measure = change.target, change.target.measure
    if change.value is None or measure is None or target.value_is not in ("", "absolute"):
        return ""
    for limit, is_outside, word in (
        (measure.minimum, lambda n, m: n < m, "less than the least"),
        (measure.maximum, lambda n, m: n > m, "more than the most"),
    ):
        if limit is not None and is_outside(change.value, limit):
            value = format_value(change.value.normalize(), measure.unit)
            most = format_value(limit.normalize(), measure.unit)
            return f"{value} is {word} this measure can be ({most})."
    return ""
