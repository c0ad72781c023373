"""What the pages of a measure, a plan and an objective show, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from kmpt_tracker.ui.sparkline import POINTS
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import boundaries_of, measure_terms, units_of
from kpis.assessments.read import SeriesHistory, clock_at, histories, last_month_of, windows_until
from kpis.assessments.recent import recent_histories
from kpis.judging.assess import MeasureTerms
from kpis.judging.boundaries import Boundary
from kpis.judging.bounds import Bounds, bounds_of
from kpis.judging.status import Clock, Standing
from kpis.judging.wording import (
    asked_words,
    chart_of,
    data_to_words,
    freshness_words,
    has_tolerance,
    lacking_words,
    milestone_words,
    value_words,
    when_words,
    window_words,
)
from kpis.measures.chart_labels import ChartTerms, Marker
from kpis.measures.limits import FixedLimits, NewLimits, fixed_limits, new_limits
from kpis.models import (
    Actual,
    Annotation,
    Commentary,
    Measure,
    MeasureChange,
    Rebase,
    Series,
    Target,
)
from kpis.plans.threads import Thread, links_known, thread_of
from kpis.rag import Rag
from kpis.sentences import headline, reading
from kpis.spc.words import FIRM_POINTS
from strategy.models import CareGroup, Note
from strategy.notes import notes_on
from strategy.periods import Month, london_date
from strategy.selectors import plans_known


@dataclass(frozen=True)
class GroupStanding:
    """One care group's line of a measure."""

    care_group: CareGroup
    terms: MeasureTerms
    standing: Standing
    windows: tuple[Standing, ...]

    @property
    def is_illustrative(self) -> bool:
        return self.standing.shown.origin == "illustrative"

    @property
    def data_to(self) -> str:
        return data_to_words(self.standing)

    @property
    def freshness(self) -> str:
        return freshness_words(self.standing, self.terms)


@dataclass(frozen=True)
class Correction:
    """A value and the version that replaced it."""

    before: Actual
    after: Actual


@dataclass(frozen=True)
class MeasurePage:
    """Everything the page of one measure shows for one care group."""

    measure: Measure
    terms: MeasureTerms
    care_group: CareGroup
    series: Series | None
    month: Month
    known_at: datetime | None
    standing: Standing
    windows: tuple[Standing, ...]
    care_groups: tuple[CareGroup, ...]
    groups: tuple[GroupStanding, ...]
    targets: tuple[Target, ...]
    notes: tuple[Note, ...]
    thread: Thread
    commentary: Commentary | None
    revisions: tuple[Correction, ...]
    sources: tuple[Actual, ...]
    rebases: tuple[NewLimits, ...]
    fixed: FixedLimits | None
    markers: tuple[Marker, ...]
    wordings: tuple[MeasureChange, ...]
    boundaries: tuple[Boundary, ...]

    @property
    def is_past(self) -> bool:
        """The shown figure is overdue, or its care group has closed.

        It is then described in the past, without icons or outlook.
        """
        return self.standing.rag in (Rag.LATE, Rag.NO_DATA) or self.standing.is_ended

    @property
    def has_signals(self) -> bool:
        """Whether the chart says something about the figure that is shown."""
        return self.standing.shown.has_value and not (self.is_past or self.terms.is_milestone)

    @property
    def aimed(self) -> Standing:
        """The window whose target is shown: that of the figure; for an old figure, the one asked
        for.
        """
        return self.standing if self.is_past else self.standing.shown

    @property
    def charted(self) -> tuple[Standing, ...]:
        """The windows in the chart: only those of the measure's own frequency."""
        return tuple(row for row in self.windows if self.terms.frequency.is_window(row.period))

    @property
    def headline(self) -> str:
        shown = self.standing.shown
        where = "" if self.care_group.is_trust else f" in {self.care_group.name}"
        if self.standing.is_absent and self.standing.other is not None:
            return f"{self.measure.name}{where}: {self.standing.lateness or 'not due yet'}."
        if self.is_past and shown.has_value:
            since = "no longer reported" if self.standing.is_ended else self.standing.lateness
            asked = asked_words(shown, self.terms)
            against = f", against {asked}" if asked and not self.terms.is_milestone else ""
            last = f"The last figure was {self._latest_words(shown)}{against}."
            return f"{self.measure.name}{where}: {since}. {last}"
        return headline(
            f"{self.measure.name}{where}",
            rag=self.standing.read.rag,
            chart=chart_of(shown, self.terms),
            asked=asked_words(shown, self.terms),
            latest=self._latest_words(shown),
            has_tolerance=has_tolerance(shown),
            milestone="" if self.is_past else milestone_words(shown),
            lacking=lacking_words(self.standing.read, self.terms),
        )

    def _latest_words(self, shown: Standing) -> str:
        if not shown.has_value:
            return ""
        return f"{value_words(shown, self.terms)} {when_words(shown, self.terms)}"

    @property
    def reading(self) -> str:
        shown = self.standing.shown
        fed = self.series is not None and self.series.fed_by == Series.FedBy.PUBLISHED
        if fed and self.standing.rag is Rag.NO_DATA:
            return "No data: the next publication is overdue."
        said = reading(
            self.standing.read.rag,
            chart=chart_of(shown, self.terms),
            is_milestone=self.terms.is_milestone,
            has_tolerance=has_tolerance(shown),
            milestone=milestone_words(shown),
            lacking=lacking_words(self.standing.read, self.terms),
        )
        if self._recalculated and not self.is_past:
            said = f"{said} {self._recalculated}"
        if not self.standing.is_awaited:
            return said
        waits = "Awaiting the next publication" if fed else "The next figure is not due yet"
        return f"{waits}: this is about {window_words(shown, self.terms)}. {said}"

    @property
    def _recalculated(self) -> str:
        """The sentence for recently recalculated limits: from which window on, and why.

        Given as long as there are fewer than 13 points.
        """
        month = self.standing.shown.period.last_month
        for rebase in reversed(self.rebases):
            first = Month.of(rebase.begins.start)
            if 0 <= month.months_since(first) < FIRM_POINTS:
                said = f"Limits recalculated from {first.full_label}"
                return f"{': '.join(filter(None, (said, rebase.reason.rstrip('.'))))}."
        return self._begun_anew

    @property
    def _begun_anew(self) -> str:
        """The sentence for limits that a reorganisation started afresh: when, and what happened."""
        shown = self.standing.shown
        of_segment = [row for row in self.windows if row.spc_segment == shown.spc_segment]
        if shown.spc_segment is None or not of_segment:
            return ""
        begins = of_segment[0].period
        for boundary in reversed(self.boundaries):
            if begins.contains(boundary.on) and len(of_segment) < FIRM_POINTS:
                return f"{boundary.text}: the limits start anew with {begins.label}."
        return ""

    @property
    def is_illustrative(self) -> bool:
        return any(standing.origin == "illustrative" for standing in self.windows) or any(
            group.is_illustrative for group in self.groups
        )

    @cached_property
    def bounds(self) -> Bounds:
        """The range of the measure, given the figures of the trust and of its care groups."""
        windows = [self.windows, *(group.windows for group in self.groups)]
        measure = self.measure
        return bounds_of(
            measure.unit,
            measure.minimum,
            measure.maximum,
            (window.value for held in windows for window in held),
        )

    @property
    def chart_terms(self) -> ChartTerms:
        return ChartTerms(
            name=self.measure.name,
            unit=self.terms.unit,
            decimals=self.terms.decimals,
            bounds=self.bounds,
            direction=self.terms.direction,
            has_targets=not self.terms.adds_up_a_span,
        )

    @property
    def table(self) -> list[Standing]:
        return list(reversed(self.windows))


def measure_page(
    measure: Measure, care_group: CareGroup, *, now: datetime, known_at: datetime | None = None
) -> MeasurePage:
    """A measure as one care group reports it, up to the last month that has ended."""
    moment = known_at or now
    month = last_month_of(care_group, now=now, known_at=known_at)
    all_series = list(
        Series.objects.filter(measure=measure)
        .select_related("measure", "care_group")
        .order_by("care_group__position")
    )
    found = histories(Known(known_at).without_newcomers(all_series), known_at=known_at)
    all_series = [row.series for row in found.values()]
    measure, care_group = _as_recorded(measure, care_group, known_at)
    today = london_date(moment)
    wordings = _wordings(measure, moment)
    measure = Known(known_at).worded([measure], today)[0]
    clock = clock_at(now, known_at=known_at)
    series = next((row for row in all_series if row.care_group_id == care_group.pk), None)
    held = found.get(series.pk) if series else None
    targets = _targets(measure, known_at, moment)
    terms = measure_terms(measure)
    rebases = _rebases(series, wordings, moment)
    windows = tuple(windows_until(held, clock, month)) if held else ()
    crossed = _boundaries(series, all_series, windows, known_at)
    return MeasurePage(
        measure=measure,
        terms=terms,
        care_group=care_group,
        series=series,
        month=month,
        known_at=known_at,
        standing=held.at(month, clock) if held else Standing(period=month.period, rag=Rag.NO_DATA),
        windows=windows,
        care_groups=tuple(row.care_group for row in all_series),
        groups=_groups(all_series, found, terms, month, clock),
        targets=tuple(targets),
        notes=notes_on([measure, *targets], known_at).all,
        thread=thread_of(measure, targets, links_known(known_at, measure)),
        commentary=_commentary(series, moment),
        revisions=_revisions(series, known_at),
        sources=_sources(series, known_at),
        rebases=rebases,
        fixed=fixed_limits(series, terms, windows, rebases, known_at=known_at),
        markers=_markers(series, rebases, wordings, crossed, moment),
        wordings=wordings,
        boundaries=crossed,
    )


def _as_recorded(
    measure: Measure, care_group: CareGroup, known_at: datetime | None
) -> tuple[Measure, CareGroup]:
    known = Known(known_at)
    return known.restored([measure])[0], known.restored([care_group])[0]


def _groups(
    all_series: Sequence[Series],
    found: Mapping[int, SeriesHistory],
    terms: MeasureTerms,
    month: Month,
    clock: Clock,
) -> tuple[GroupStanding, ...]:
    """The care groups that report it in the month; after a reorganisation, the new ones."""
    return tuple(
        GroupStanding(
            care_group=row.care_group,
            terms=terms,
            standing=found[row.pk].at(month, clock),
            windows=_own_windows(found[row.pk], clock, month)[-POINTS:],
        )
        for row in all_series
        if not row.care_group.is_trust and found[row.pk].history.is_expected(month.period)
    )


def _own_windows(found: SeriesHistory, clock: Clock, month: Month) -> tuple[Standing, ...]:
    rhythm = found.history.frequency
    windows = windows_until(found, clock, month)
    return tuple(window for window in windows if rhythm.is_window(window.period))


def _targets(measure: Measure, known_at: datetime | None, moment: datetime) -> list[Target]:
    rows = (
        Target.objects.filter(measure=measure)
        .select_related(
            "plan", "objective__ambition", "objective__plan", "care_group", "source_document"
        )
        .order_by("plan__starts_on", "position", "part")
    )
    known, today = Known(known_at), london_date(moment)
    return known.under_tolerated_plans(known.as_recorded(rows, on=today), today)


def notes_of(measures: Iterable[Measure]) -> dict[int, tuple[Note, ...]]:
    """The notes on measures and on their targets, in two queries."""
    rows = {row.pk: row for row in measures}
    targets: dict[int, list[Target]] = defaultdict(list)
    for target in Target.objects.filter(measure__in=rows).only("code", "measure").order_by("pk"):
        if target.measure_id is not None:
            target.measure = rows[target.measure_id]
            targets[target.measure_id].append(target)
    promised = (target for found in targets.values() for target in found)
    notes = notes_on([*rows.values(), *promised], known_at)
    return {pk: notes.at(row, *targets[pk]) for pk, row in rows.items()}


def _commentary(series: Series | None, moment: datetime) -> Commentary | None:
    if series is None:
        return None
    return (
        Commentary.objects.current(moment)
        .filter(series=series)
        .select_related("written_by")
        .order_by("-period_end", "-written_at")
        .first()
    )


def _revisions(series: Series | None, known_at: datetime | None) -> tuple[Correction, ...]:
    """Corrected values: the version before and after, with who and why."""
    if series is None:
        return ()
    rows = Actual.objects.approved(known_at=known_at).filter(series=series)
    by_window = defaultdict(list)
    for row in rows.select_related("recorded_by", "source_document").order_by("version"):
        by_window[(row.period_start, row.period_end)].append(row)
    found = []
    for versions in by_window.values():
        found += [Correction(before, after) for before, after in pairwise(versions)]
    return tuple(sorted(found, key=lambda row: row.after.period_end, reverse=True))


def _sources(series: Series | None, known_at: datetime | None) -> tuple[Actual, ...]:
    """One published value of each publication, with its document and how it was mapped."""
    if series is None:
        return ()
    rows = (
        Actual.objects.approved(known_at=known_at)
        .filter(series=series, source_document__isnull=False)
        .select_related("source_document")
    )
    seen: dict[int, Actual] = {}
    for row in rows.order_by("period_end"):
        if row.source_document_id is not None:
            seen.setdefault(row.source_document_id, row)
    return tuple(seen.values())


def _wordings(measure: Measure, moment: datetime) -> tuple[MeasureChange, ...]:
    """The changes of its wording that were approved and in effect at a moment, oldest first."""
    return tuple(
        measure.changes.filter(
            outcome=MeasureChange.Outcome.APPROVED,
            decided_at__lte=moment,
            effective_from__lte=london_date(moment),
        ).order_by("effective_from", "decided_at", "pk")
    )


def _rebases(
    series: Series | None, wordings: Iterable[MeasureChange], moment: datetime
) -> tuple[NewLimits, ...]:
    """The days on which the limits started afresh, as known at a moment, oldest first."""
    if series is None:
        return ()
    found = [
        new_limits(series.measure, row.starts_on, row.reason)
        for row in Rebase.objects.filter(series=series, recorded_at__lte=moment)
        if row.withdrawn_at is None or row.withdrawn_at > moment
    ]
    found += [
        new_limits(
            series.measure,
            change.effective_from,
            ": ".join(filter(None, (f"{change.get_field_display()} changed", change.reason))),
        )
        for change in wordings
        if not change.comparable
    ]
    return tuple(sorted(found, key=lambda row: row.starts_on))


def _boundaries(
    series: Series | None,
    all_series: Iterable[Series],
    windows: Sequence[Standing],
    known_at: datetime | None,
) -> tuple[Boundary, ...]:
    """The reorganisations within the chart of a series, as known at the moment."""
    if series is None or not windows:
        return ()
    parts = [row for row in all_series if not row.care_group.is_trust]
    found = boundaries_of(series, parts, units_of(Known(known_at)))
    first, last = windows[0].period, windows[-1].period
    return tuple(row for row in found if first.start <= row.on <= last.end)


def _markers(
    series: Series | None,
    rebases: Sequence[NewLimits],
    wordings: Iterable[MeasureChange],
    crossed: Iterable[Boundary],
    moment: datetime,
) -> tuple[Marker, ...]:
    """Dated remarks on the chart: limits recalculated, annotations, reorganisations."""
    if series is None:
        return ()
    # A reason that was withdrawn is empty.
    markers = [
        Marker(row.begins.start, ", ".join(filter(None, (row.reason, "limits recalculated"))))
        for row in rebases
    ]
    markers += [
        Marker(change.effective_from, f"{change.get_field_display().lower()} changed")
        for change in wordings
        if change.comparable
    ]
    markers += [
        Marker(row.on, row.text)
        for row in Annotation.objects.filter(series=series, recorded_at__lte=moment)
    ]
    # Drawn at the first of the month: a window counts by its last day, and is drawn at its last
    # month.
    markers += [Marker(row.month.start, row.text, is_dated=True) for row in crossed]
    return tuple(sorted(markers, key=lambda marker: marker.on))


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register of measures; `series` is the trust's, None where it has none."""

    measure: Measure
    series: Series | None
    terms: MeasureTerms
    standing: Standing
    plans: tuple[str, ...]  # short names of the plans, oldest first
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def url(self) -> str:
        return self.measure.get_absolute_url()


def register(
    *, now: datetime, known_at: datetime | None = None, plan: str = "", words: str = ""
) -> list[RegisterRow]:
    """Every measure with the trust's figure today, filtered by plan and by words."""
    moment = known_at or now
    month = Month.of(london_date(moment)).plus(-1)
    measures = Measure.objects.order_by("name")
    if plan:
        measures = measures.filter(targets__plan__code=plan).distinct()
    known = Known(known_at)
    rows = known.worded(known.put_back(measures), month.end)
    if known_at is not None:
        rows.sort(key=lambda measure: measure.name)  # by the names they had
    if words:
        measures = measures.filter(
            Q(name__icontains=words) | Q(code__icontains=words) | Q(definition__icontains=words)
        )
    rows = Known(known_at).restored(measures)
    series = {
        row.measure_id: row
        for row in Series.objects.filter(
            measure__in=[measure.pk for measure in rows], care_group__level=CareGroup.Level.TRUST
        ).select_related("measure", "care_group")
    }
    found = recent_histories(series.values(), month, known_at=known_at)
    clock = clock_at(now, known_at=known_at)
    titles = {plan.pk: (plan.starts_on, plan.label) for plan in plans_known(known_at)}
    plans = defaultdict(set)
    for pk, plan_id in Target.objects.filter(
        measure__in=[measure.pk for measure in rows], plan__in=titles
    ).values_list("measure", "plan"):
        plans[pk].add(titles[plan_id])
    notes = notes_of(rows, known_at)
    return [
        RegisterRow(
            measure=measure,
            series=found[series[measure.pk].pk].found.series if measure.pk in series else None,
            terms=measure_terms(measure),
            standing=(
                found[series[measure.pk].pk].at(month, clock)
                if measure.pk in series
                else Standing(period=month.period, rag=Rag.NO_DATA)
            ),
            plans=tuple(title for _, title in sorted(plans[measure.pk])),
            notes=notes[measure.pk],
        )
        for measure in rows
    ]
