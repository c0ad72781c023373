"""The tables on the page of a measure: each column with its cells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from kmpt_tracker.ui.components import STATUS, Column, Table, table_of
from kmpt_tracker.ui.formats import (
    MISSING,
    format_change,
    format_date,
    format_moment,
    format_value,
)
from kpis.judging.accepted import Accepted, accepted_level
from kpis.judging.bounds import Bounds
from kpis.judging.digits import decimals_beside
from kpis.judging.promised import promised_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    MILESTONE_WORDS,
    drawn_target,
    lacking_words,
    own_value_words,
    parts_words,
    places,
    reported_words,
    span_words,
    target_words,
    value_words,
)
from kpis.models import Actual, MeasureChange, Target
from kpis.rag import Direction
from strategy.periods import Period


@dataclass(frozen=True)
class Correction:
    """A value and the version that replaced it."""

    before: Actual
    after: Actual


def milestone_table(name: str, windows: Iterable[Standing], terms: MeasureTerms) -> Table:
    return table_of(
        f"{name}: how it stood",
        [
            ("Period", lambda row: row.period.label),
            ("Status", lambda row: value_words(row, terms)),
            ("Due", lambda row: target_words(row.target, terms)),
            ("Origin", lambda row: row.origin or MISSING),
        ],
        windows,
    )


def figures_table(
    name: str,
    windows: Iterable[Standing],
    terms: MeasureTerms,
    bounds: Bounds,
    *,
    is_whole: bool,
) -> Table:
    """The figures of a chart: the same numbers as in the files. `is_whole`: all that there are."""

    def period(row: Standing) -> str:
        is_charted = terms.frequency.is_window(row.period)
        return row.period.label if is_charted else f"{row.period.label}, not in the chart"

    def status(row: Standing) -> str:
        lacking = reported_words(row) if row.is_part_sum else lacking_words(row, terms)
        return ", ".join(filter(None, (STATUS[row.rag].word, lacking)))

    def limit(row: Standing, value: float | None) -> str:
        """As it is drawn; an average lies within the limits anyway."""
        clipped = bounds.clip(value)
        if clipped is None:
            return MISSING
        exact, asked = Decimal(str(clipped)), drawn_target(row, terms)
        decimals = decimals_beside(exact, terms.decimals + 1, asked=[asked])
        return format_value(exact, terms.unit, decimals)

    def origin(row: Standing) -> str:
        is_provisional = row.value_status == "provisional"
        return f"{row.origin}, provisional" if is_provisional else row.origin or MISSING

    span = span_words(terms)
    rated: list[tuple[Column | str, Callable[[Standing], object]]] = (
        [(Column(span.capitalize(), numeric=True), lambda row: value_words(row, terms))]
        if span
        else []
    )
    return table_of(
        f"{name}: {'every figure' if is_whole else 'the latest figures'}",
        [
            ("Period", period),
            (Column("Value", numeric=True), lambda row: own_value_words(row, terms)),
            *rated,
            (Column("Target", numeric=True), lambda row: target_words(row.target, terms)),
            ("Status", status),
            ("Number", lambda row: parts_words(row, terms) or MISSING),
            (Column("Lower limit", numeric=True), lambda row: limit(row, row.spc_lower)),
            (Column("Average", numeric=True), lambda row: limit(row, row.spc_mean)),
            (Column("Upper limit", numeric=True), lambda row: limit(row, row.spc_upper)),
            ("Origin", origin),
        ],
        windows,
    )


def wordings_table(changes: Iterable[MeasureChange]) -> Table:
    """How the wording changed: the months before keep the earlier one."""
    return table_of(
        "Changes of the wording",
        [
            ("From", lambda row: format_date(row.effective_from)),
            ("What", lambda row: row.get_field_display()),
            ("Before", lambda row: row.old or MISSING),
            ("After", lambda row: row.new or MISSING),
            ("Comparable", lambda row: "yes" if row.comparable else "no: limits begin anew"),
        ],
        changes,
    )


def targets_table(targets: Iterable[Target], terms: MeasureTerms) -> Table:
    """Every target of a measure: what it asks, due when, set by whom."""
    return table_of(
        "Targets of this measure",
        [
            ("Set by", _set_by),
            (Column("Asks for", numeric=True), lambda row: promised_words(row, terms)),
            ("Baseline", lambda row: _baseline(row, terms)),
            ("Due", _due),
            ("Near target", lambda row: _tolerance(row, terms)),
        ],
        targets,
    )


def _due(target: Target) -> str:
    """The day as the plan prints it, and the day from which a retired target holds no longer."""
    due = target.due_as_published or format_date(target.due)
    retired = f"retired from {format_date(target.retired_on)}" if target.retired_on else ""
    return "; ".join(part for part in (due, retired) if part not in ("", MISSING)) or MISSING


def _set_by(target: Target) -> str:
    return (target.plan.short_title or target.plan.title) if target.plan else "National"


def _baseline(target: Target, terms: MeasureTerms) -> str:
    if target.baseline is None:
        return "needs a baseline" if target.value_is not in ("", "absolute") else MISSING
    period = f", {target.baseline_period}" if target.baseline_period else ", no period printed"
    decimals = max(terms.decimals, places(target.baseline))
    return format_value(target.baseline, terms.unit, decimals) + period


def _tolerance(target: Target, terms: MeasureTerms) -> str:
    if terms.is_milestone or target.value is None:
        return MISSING
    if target.floor is not None:
        decimals = max(terms.decimals, places(target.floor))
        if target.upper_value is not None or terms.direction is Direction.BAND:
            distance = format_change(target.floor, terms.unit, decimals).lstrip("+")
            return f"{distance} beyond the range"
        return format_value(target.floor, terms.unit, decimals)
    if target.value == 0 or target.plan is None:
        return "none"
    percent = format_value(target.plan.default_tolerance_percent, "percent")
    return f"default tolerance {percent}, not set by the plan"


def revisions_table(corrections: Iterable[Correction], terms: MeasureTerms) -> Table:
    def words(row: Actual) -> str:
        if row.is_withdrawn:
            return "withdrawn"
        if row.milestone_status:
            return MILESTONE_WORDS[row.milestone_status]
        if row.value is None:
            return row.get_value_status_display()
        return format_value(row.value, terms.unit, max(terms.decimals, places(row.value)))

    def period(row: Correction) -> str:
        return Period(row.after.period_start, row.after.period_end).label

    def recorded_by(row: Correction) -> str:
        return str(row.after.recorded_by or row.after.source_document or "the tracker")

    return table_of(
        "Corrected figures",
        [
            ("Period", period),
            (Column("Was", numeric=True), lambda row: words(row.before)),
            (Column("Now", numeric=True), lambda row: words(row.after)),
            ("Recorded", lambda row: format_moment(row.after.recorded_at)),
            ("By", recorded_by),
            ("Reason", lambda row: row.after.change_reason),
        ],
        corrections,
    )


def accepted_table(levels: Iterable[Accepted], terms: MeasureTerms) -> Table:
    """The levels that the board has accepted, latest decision first."""
    return table_of(
        "Levels that the board accepts or has accepted",
        [
            ("Level", lambda row: accepted_level(row, terms)),
            ("From", lambda row: format_date(row.since)),
            ("To", lambda row: format_date(row.until)),
            ("Meeting", lambda row: row.meeting),
            ("Why", lambda row: row.reason or MISSING),
        ],
        list(reversed(tuple(levels))),
    )
