"""Changes with an effective date, as their pages show them: what waits, and what it would undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kmpt_tracker.ui.components import STATUS, Table
from kmpt_tracker.ui.formats import MISSING, format_date, format_moment, format_value
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import load_inputs
from kpis.dated_changes.effects import (
    Recoloured,
    counted,
    recoloured,
    with_revision,
    with_tolerance,
)
from kpis.judging.bounds import bounds_of
from kpis.judging.capability import capability
from kpis.judging.terms import SeriesInputs
from kpis.measures.limits import moved_words
from kpis.models import DatedChange, Measure, Series, Target, ToleranceChange
from kpis.revisions import Revision, Tolerance
from strategy.models import Plan
from strategy.periods import Month

PROPOSED = DatedChange.Outcome.PROPOSED
# With more windows than this the text gives their first and last, not every one.
MOST_NAMED = 12
NOTHING = "No figure so far changes its status."


@dataclass(frozen=True)
class ChangeRow:
    """A change in words, what is unusual about it, and what it would undo."""

    change: DatedChange
    title: str
    words: str
    warning: str = ""
    effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatedPage:
    """The changes of one thing: those that wait for approval, and those that were decided."""

    waiting: tuple[ChangeRow, ...]
    decided: tuple[ChangeRow, ...]
    caption: str

    @property
    def history(self) -> Table:
        rows = [
            (
                row.title,
                row.words,
                format_date(row.change.effective_from),
                f"{row.change.proposed_by}, {format_moment(row.change.proposed_at)}: "
                f"{row.change.reason}",
                decision_words(row.change),
            )
            for row in self.decided
        ]
        return Table(self.caption, ["What", "Change", "From", "Proposed by", "Decision"], rows)


@dataclass(frozen=True)
class WordingPage(DatedPage):
    """A measure's wording in effect today, and its changes."""

    measure: Measure

    @property
    def wording(self) -> list[tuple[str, str]]:
        """Each part that is written down, with its name."""
        measure = self.measure
        parts = (("Numerator", measure.numerator), ("Denominator", measure.denominator))
        said = [(name, words) for name, words in parts if words]
        return [("Definition", measure.definition or "Not written down"), *said]


@dataclass(frozen=True)
class TolerancePage(DatedPage):
    """A plan's default tolerance in effect today, and its changes."""

    plan: Plan


def wording_page(measure: Measure, *, today: date) -> WordingPage:
    changes = list(
        measure.changes.select_related("proposed_by", "decided_by", "measure").order_by(
            "decided_at", "pk"
        )
    )
    anew = "figures are no longer comparable: the limits begin anew"
    remains = "figures stay comparable: the limits go on"
    rows = []
    for change in changes:
        words = f"“{change.old or MISSING}” → “{change.new or MISSING}”"
        words = f"{words}; {remains if change.comparable else anew}"
        moved = "" if change.comparable else moved_words(measure, change.effective_from)
        effects = (moved,) if moved else ()
        rows.append(ChangeRow(change, change.get_field_display(), words, effects=effects))
    return WordingPage(
        waiting=tuple(row for row in rows if row.change.outcome == PROPOSED),
        decided=tuple(row for row in reversed(rows) if row.change.outcome != PROPOSED),
        caption="Changes of the wording, latest first",
        measure=Known().worded([measure], today)[0],
    )


def tolerance_page(plan: Plan, *, today: date) -> TolerancePage:
    changes = list(
        plan.tolerance_changes.select_related("proposed_by", "decided_by", "plan").order_by(
            "decided_at", "pk"
        )
    )
    rows = []
    for change in changes:
        words = " → ".join(
            format_value(percent.normalize(), "percent") for percent in (change.old, change.new)
        )
        effects = _tolerance_effects(change) if change.outcome == PROPOSED else ()
        rows.append(ChangeRow(change, "Default tolerance", words, effects=effects))
    return TolerancePage(
        waiting=tuple(row for row in rows if row.change.outcome == PROPOSED),
        decided=tuple(row for row in reversed(rows) if row.change.outcome != PROPOSED),
        caption="Changes of the default tolerance, latest first",
        plan=Known().tolerated([plan], today)[0],
    )


def _tolerance_effects(change: ToleranceChange) -> tuple[str, ...]:
    """The effects of a tolerance change on every series that the plan's targets are judged on."""
    promised = Target.objects.filter(plan=change.plan, measure__isnull=False)
    series = list(
        Series.objects.filter(measure__in=promised.values("measure"))
        .select_related("measure", "care_group")
        .order_by("measure__name", "care_group__position")
    )
    tolerance = Tolerance(change.effective_from, change.new)
    inputs = load_inputs(series)
    after = {
        key: with_tolerance(given, change.plan.code, tolerance) for key, given in inputs.items()
    }
    return effect_words(series, inputs, after, with_measure=True)


def target_effects(target: Target, revision: Revision, series: Sequence[Series]) -> tuple[str, ...]:
    """Whether the process can meet new terms of a target, and what they would undo."""
    inputs = load_inputs(series)
    after = {key: with_revision(given, target.code, revision) for key, given in inputs.items()}
    said = effect_words(series, inputs, after)
    own = next((row for row in series if row.care_group_id == target.care_group_id), None)
    if own is None or revision.retired_on is not None or target.operator == "":
        return said
    given = after[own.pk]
    terms = next((row for row in given.targets if row.code == target.code), None)
    if terms is None:
        return said
    held = terms.on(revision.effective_from)
    on = Month.of(held.due or max(revision.effective_from, held.starts_on))
    measure = own.measure
    bounds = bounds_of(
        measure.unit, measure.minimum, measure.maximum, (seen.value for seen in given.observations)
    )
    return (*said, capability(given, held, on, bounds=bounds).words)


def effect_words(
    series: Iterable[Series],
    before: Mapping[int, SeriesInputs],
    after: Mapping[int, SeriesInputs],
    *,
    with_measure: bool = False,
) -> tuple[str, ...]:
    """The total first, then one line a series: from which status to which, and in which windows."""
    lines: list[str] = []
    all_changes: list[Recoloured] = []
    for row in series:
        changes = recoloured(before[row.pk], after[row.pk])
        all_changes += changes
        who = row.care_group.name
        who = f"{row.measure.name}, {who}" if with_measure else who
        lines += [f"{who}: {_moved(change)} in {_windows(change)}." for change in changes]
    if not lines:
        return (NOTHING,)
    count = counted(all_changes)
    figures = "figure so far changes its" if count == 1 else "figures so far change their"
    return (f"{count} {figures} status:", *lines)


def _moved(change: Recoloured) -> str:
    """A move between statuses: "amber (near target) → red (off target)"."""
    return " → ".join(
        f"{rag.value.replace('_', ' ')} ({STATUS[rag.value].word.lower()})"
        if rag.value in ("green", "amber", "red")
        else STATUS[rag.value].word.lower()
        for rag in (change.was, change.now)
    )


def _windows(change: Recoloured) -> str:
    labels = [window.label for window in change.windows]
    if len(labels) > MOST_NAMED:
        return f"{len(labels)} windows, {labels[0]} to {labels[-1]}"
    return ", ".join(labels)


def decision_words(change: DatedChange) -> str:
    who = f"{change.get_outcome_display()}, {change.decided_by}, {format_moment(change.decided_at)}"
    return f"{who}: {change.decision_reason}" if change.decision_reason else who
