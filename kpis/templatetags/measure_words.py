"""Words and tables of the measure page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template

from kmpt_tracker.ui.components import Column, Step, Table
from kmpt_tracker.ui.formats import (
    MISSING,
    format_change,
    format_date,
    format_moment,
    format_value,
)
from kpis.judging.assess import MeasureTerms
from kpis.judging.promised import promised_words
from kpis.judging.status import Standing
from kpis.judging.wording import (
    MILESTONE_WORDS,
    MOST_PRINTED,
    from_to,
    kitemark_words,
    lacking_words,
    lag_words,
    own_value_words,
    parts_words,
    places,
    reported_words,
    share_words,
    span_words,
    target_words,
    value_words,
    window_words,
)
from kpis.measures.chart_targets import NAMES
from kpis.measures.page import Correction, MeasurePage
from kpis.models import Actual, Commentary, Measure, Target
from kpis.rag import Direction, Rag
from strategy.periods import Period

register = template.Library()
_ROLES = {"national_standard": "national standard", "interim": "interim", "local": "local"}
RAG_WORDS = {
    Rag.GREEN: "On target",
    Rag.AMBER: "Near target",
    Rag.RED: "Off target",
    Rag.BLUE: "Complete",
    Rag.NO_MEASURE: "No measure",
    Rag.NOT_APPLICABLE: "Not applicable",
    Rag.SUPPRESSED: "Suppressed",
    Rag.NOT_DUE: "Not due",
    Rag.LATE: "Late",
    Rag.NO_DATA: "No data",
    Rag.INCOMPLETE: "Incomplete",
    Rag.NEEDS_BASELINE: "Needs a baseline",
    Rag.NO_TARGET: "No target",
}


@register.filter
def group_options(page: MeasurePage) -> list[tuple[str, str]]:
    """Whoever has a series of the measure, and last the one shown if it has none."""
    rows = dict.fromkeys((*page.care_groups, page.care_group))
    return [(group.code, group.name) for group in rows]


@register.filter
def target_label(word: str, standing: Standing) -> str:
    """ "Target, 2025/26": the year of the window that was judged."""
    return f"{word}, {standing.period.financial_year.label}"


@register.filter
def latest_label(standing: Standing, terms: MeasureTerms) -> str:
    """ "Latest, Aug 2026", or what the rated value covers: "Latest, 12 months to Aug 2026".

    An old one is only the last.
    """
    word = "Last" if standing.is_old else "Latest"
    if not standing.has_value:
        return f"{word}, {standing.period.label}"
    return f"{word}, {window_words(standing, terms)}"


@register.filter
def own_words(standing: Standing, terms: MeasureTerms) -> str:
    """What the window's own value is made of, and that value where another is rated."""
    parts = parts_words(standing, terms)
    if window_words(standing, terms) == standing.period.label or standing.value is None:
        return f"{parts}." if parts else ""
    own = f"{standing.period.label} alone: {own_value_words(standing, terms)}"
    return f"{own}, {parts}." if parts else f"{own}."


@register.filter
def floor_words(standing: Standing, terms: MeasureTerms) -> str:
    """Where near target ends, and whether the plan set it."""
    target = standing.target
    if target is None or target.floor is None:
        return ""
    own = places(target.floor)
    decimals = own if own <= MOST_PRINTED else terms.decimals + 1
    floor = format_value(target.floor, terms.unit, max(terms.decimals, decimals))
    set_by = "default tolerance, not set by the plan" if target.floor_is_default else "set for it"
    if target.upper is not None or terms.direction is Direction.BAND:
        distance = format_change(target.floor, terms.unit, places(target.floor)).lstrip("+")
        return f"Near target reaches {distance} beyond the range ({set_by})."
    return f"Near target reaches to {floor} ({set_by})."


@register.filter
def any_value(windows: Sequence[Standing]) -> bool:
    return any(window.value is not None for window in windows)


@register.filter
def next_asked_words(page: MeasurePage) -> str:
    """What the window asks for that is awaited, where that is another target than the shown one."""
    standing, terms = page.standing, page.terms
    asked = target_words(standing.target, terms)
    if not standing.is_awaited or asked in (MISSING, target_words(standing.shown.target, terms)):
        return ""
    return f"{standing.period.label} asks for {asked}."


@register.filter
def share_line(standing: Standing, terms: MeasureTerms) -> str:
    """Under the target: "Share of the year's 480: 5 of 12 months."."""
    said = share_words(standing, terms)
    return f"{said[0].upper()}{said[1:]}." if said else ""


@register.filter
def chart_title(page: MeasurePage) -> str:
    count = len([window for window in page.charted if window.has_value])
    where = "whole trust" if page.care_group.is_trust else page.care_group.name
    return f"{count} figure{'' if count == 1 else 's'}, {where}"


@register.filter
def chart_summary(page: MeasurePage) -> str:
    """The caption: what is drawn, how it is calculated, what is missing."""
    held = [window for window in page.charted if window.value is not None]
    if not held:
        return ""
    parts = [f"{page.measure.name}, {from_to(held[0].period, held[-1].period)}."]
    if held[-1].limits_status in ("ok", "trial"):
        parts.append(
            "XmR chart: mean ± 2.66 × mean moving range"
            f"{_baseline_words(page)}, large moving ranges screened out; "
            "the grey band is where 99 points in 100 should fall if nothing changes."
        )
    if any(page.bounds.cuts(end) for w in held for end in (w.spc_lower, w.spc_upper)):
        parts.append("Limits are drawn no further than the measure can go.")
    paths = {NAMES[row.role].lower() for w in held for row in w.beside if row.is_path}
    if paths and not page.terms.adds_up_a_span:
        parts.append(f"Dashed: {' and '.join(sorted(paths))}.")
    missing = sum(window.rag.is_overdue for window in page.charted)
    if missing:
        parts.append(f"{missing} missing {'window' if missing == 1 else 'windows'} left as gaps.")
    partial = sum(window.is_part_sum for window in held)
    if partial:
        parts.append(
            f"{partial} incomplete {'figure is a cross' if partial == 1 else 'figures are crosses'}"
            " beside the line."
        )
    parts.append(page.reading)
    return " ".join(parts)


def _baseline_words(page: MeasurePage) -> str:
    fixed = page.fixed
    return f" of {fixed.baseline}" if fixed and fixed.is_reached else ""


@register.filter
def chart_table(page: MeasurePage) -> Table:
    """The chart's figures, latest first: the same numbers as the files."""
    terms = page.terms
    columns: Sequence[Any] = [
        "Period",
        Column("Value", numeric=True),
        Column("Target", numeric=True),
        "Status",
        "Number",
        Column("Lower limit", numeric=True),
        Column("Average", numeric=True),
        Column("Upper limit", numeric=True),
        "Origin",
    ]
    if terms.is_milestone:
        columns = ["Period", "Status", "Due", "Origin"]
        rows = [
            (
                window.period.label,
                value_words(window, terms),
                target_words(window.target, terms),
                window.origin or MISSING,
            )
            for window in page.table
        ]
        return Table(f"{page.measure.name}: how it stood", columns, rows)
    if span := span_words(terms):
        columns = [*columns[:2], Column(span.capitalize(), numeric=True), *columns[2:]]
    return Table(
        f"{page.measure.name}: every figure", columns, [_chart_row(w, page) for w in page.table]
    )


def _chart_row(window: Standing, page: MeasurePage) -> tuple[str, ...]:
    terms = page.terms
    status = RAG_WORDS[window.rag]
    if window.is_part_sum:
        status = f"{status}, {reported_words(window)}"
    elif lacking := lacking_words(window, terms):
        status = f"{status}, {lacking}"
    is_charted = terms.frequency.is_window(window.period)
    return (
        window.period.label if is_charted else f"{window.period.label}, not in the chart",
        own_value_words(window, terms),
        *([value_words(window, terms)] if span_words(terms) else []),
        target_words(window.target, terms),
        status,
        parts_words(window, terms) or MISSING,
        *(_limit(limit, page) for limit in (window.spc_lower, window.spc_mean, window.spc_upper)),
        f"{window.origin}, provisional"
        if window.value_status == "provisional"
        else window.origin or MISSING,
    )


def _limit(value: float | None, page: MeasurePage) -> str:
    """Limits as they are drawn; an average lies within them anyway."""
    clipped = page.bounds.clip(value)
    if clipped is None:
        return MISSING
    return format_value(Decimal(str(clipped)), page.terms.unit, page.terms.decimals + 1)


@register.filter
def commentary_facts(row: Commentary) -> list[tuple[str, Any]]:
    return [
        ("What happened", row.what_happened),
        ("Why", row.why),
        ("What is being done", row.action),
        ("Who", row.owner),
        ("Recovery expected", format_date(row.recovery_expected) if row.recovery_expected else ""),
        ("Written", f"{row.written_by or 'the tracker'}, {format_moment(row.written_at)}"),
        ("About", row.period_end and Period(row.period_start, row.period_end).label),
    ]


@register.filter
def thread(page: MeasurePage) -> list[Step]:
    """The golden thread: what successive plans promised on this measure, and what became of it."""
    shown = page.standing.shown.target
    in_force = shown.code if shown else ""
    steps = [_thread_step(target, "", in_force) for target in page.targets if target.plan is None]
    for station in page.thread.stations:
        words = station.movement.words
        if not station.targets:
            plan = station.plan
            steps.append(Step(title=plan.title, badge=words, url=plan.get_absolute_url()))
        steps += [
            _thread_step(target, words if target is station.compared else "", in_force)
            for target in station.targets
        ]
    return steps


def _thread_step(target: Target, movement: str, in_force: str) -> Step:
    is_now = target.code == in_force
    role = _ROLES.get(target.role, "")
    return Step(
        title=target.plan.title if target.plan else "National standard",
        quote=target.statement,
        source=_source(target),
        badge=", ".join(word for word in (movement, role, "in force" if is_now else "") if word),
        url=_printed_at(target),
        is_now=is_now,
        notes=[target.interpretation_note] if target.interpretation_note else [],
    )


def _printed_at(target: Target) -> str:
    """The page on which the promise stands: its objective's, else its plan's."""
    holder = target.objective or target.plan
    return holder.get_absolute_url() if holder else ""


def _source(target: Target) -> str:
    document = target.source_document.title if target.source_document else ""
    return ", ".join(part for part in (document, target.source_section) if part)


@register.filter
def measure_facts(page: MeasurePage) -> list[tuple[str, Any]]:
    measure = page.measure
    return [
        ("Definition", measure.definition),
        ("Numerator", measure.numerator),
        ("Denominator", measure.denominator),
        ("Counts", _counts(measure)),
        ("Reported by", measure.get_collection_level_display()),
        ("Rolled up by", measure.get_roll_up_display() if measure.roll_up != "none" else ""),
        ("Data source", measure.data_source),
        ("Limits", page.fixed.words if page.fixed else ""),
        ("Due", lag_words(measure)),
        ("Data quality", kitemark_words(measure)),
        ("How we read it", measure.interpretation_note),
    ]


@register.filter
def wordings_table(page: MeasurePage) -> Table:
    """How its wording changed, latest first: the months before keep the earlier one."""
    rows = [
        (
            format_date(change.effective_from),
            change.get_field_display(),
            change.old or MISSING,
            change.new or MISSING,
            "yes" if change.comparable else "no: limits begin anew",
        )
        for change in reversed(page.wordings)
    ]
    columns = ["From", "What", "Before", "After", "Comparable"]
    return Table("Changes of the wording", columns, rows)


def _counts(measure: Measure) -> str:
    whole = "in whole numbers" if measure.whole_numbers_only else ""
    return ", ".join(word for word in ("people" if measure.counts_people else "", whole) if word)


@register.filter
def targets_table(page: MeasurePage) -> Table:
    """Every target of the measure: what it asks, from when, due when, set by whom."""
    rows = [
        (
            target.plan.short_title or target.plan.title if target.plan else "National",
            promised_words(target, page.terms),
            _baseline(target, page.terms),
            target.due_as_published or format_date(target.due),
            _tolerance(target, page.terms),
        )
        for target in page.targets
    ]
    columns = ("Set by", Column("Asks for", numeric=True), "Baseline", "Due", "Near target")
    return Table("Targets of this measure", columns, rows)


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


@register.filter
def revisions_table(page: MeasurePage) -> Table:
    rows = [_revision_row(correction, page.terms) for correction in page.revisions]
    columns: list[Column | str] = [
        "Period",
        Column("Was", numeric=True),
        Column("Now", numeric=True),
        "Recorded",
        "By",
        "Reason",
    ]
    return Table("Corrected figures", columns, rows)


def _revision_row(correction: Correction, terms: MeasureTerms) -> tuple[str, ...]:
    actual = correction.after

    def words(row: Actual) -> str:
        if row.is_withdrawn:
            return "withdrawn"
        if row.milestone_status:
            return MILESTONE_WORDS[row.milestone_status]
        if row.value is None:
            return row.get_value_status_display()
        return format_value(row.value, terms.unit, max(terms.decimals, places(row.value)))

    return (
        Period(actual.period_start, actual.period_end).label,
        words(correction.before),
        words(actual),
        format_moment(actual.recorded_at),
        str(actual.recorded_by or (actual.source_document or "the tracker")),
        actual.change_reason,
    )


@register.filter
def sources_note(page: MeasurePage) -> str:
    """How many publications, and the span they were published in."""
    count = len(page.sources)
    return f"{count} publication{'' if count == 1 else 's'}"
