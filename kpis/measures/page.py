"""What the page of one measure shows."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from accounts.permissions import reads_publicly
from kmpt_tracker.ui.components import Step, Table
from kmpt_tracker.ui.formats import format_count
from kpis.assessments.published import disclosure
from kpis.judging.accepted import Accepted, accepted_words, covers, in_effect
from kpis.judging.boundaries import Boundary
from kpis.judging.bounds import Bounds, bounds_of
from kpis.judging.claims import span_within_sentence
from kpis.judging.kitemark import kitemark_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import counted
from kpis.measures.ahead import Ahead, ahead
from kpis.measures.benchmarks import Benchmarks
from kpis.measures.chart_labels import ChartTerms, Marker, drawn_markers
from kpis.measures.comments import Comment
from kpis.measures.group_charts import GroupCharts, GroupStanding
from kpis.measures.limits import FixedLimits, NewLimits
from kpis.measures.page_tables import (
    Correction,
    accepted_table,
    revisions_table,
    targets_table,
    wordings_table,
)
from kpis.measures.read import (
    held_later,
)
from kpis.measures.reporting import due_words, reported_by
from kpis.measures.said import Said
from kpis.measures.tiles import Tiles
from kpis.measures.timeline import timeline
from kpis.measures.trend import Trend
from kpis.measures.view import ALL, MONTHS, RARER, RECENT, recent
from kpis.models import Actual, Measure, MeasureChange, Series, Target
from kpis.plans.threads import Thread
from kpis.rag import Rag
from strategy.models import CareGroup
from strategy.notes import Remark
from strategy.periods import Frequency, Month


@dataclass(frozen=True)
class View:
    """One of the two views of the figures, as its link says it."""

    code: str
    words: str
    is_shown: bool


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
    notes: tuple[Remark, ...]
    thread: Thread
    owner_ahead: str
    comments: tuple[Comment, ...]
    revisions: tuple[Correction, ...]
    sources: tuple[Actual, ...]
    rebases: tuple[NewLimits, ...]
    fixed: FixedLimits | None
    markers: tuple[Marker, ...]
    wordings: tuple[MeasureChange, ...]
    boundaries: tuple[Boundary, ...]
    benchmarks: Benchmarks
    accepted: tuple[Accepted, ...] = ()
    is_whole: bool = False
    parts_note: str = ""

    @cached_property
    def said(self) -> Said:
        where = "" if self.care_group.is_trust else f" in {self.care_group.name}"
        return Said(
            name=f"{self.measure.name}{where}",
            standing=self.standing,
            terms=self.terms,
            series=self.series,
            windows=self.windows,
            rebases=self.rebases,
            boundaries=self.boundaries,
            held_later=held_later(self.targets, self.terms, self.care_group, self.standing),
        )

    @property
    def is_counted_here(self) -> bool:
        """The tracker counts the figure from its own records; nobody enters it."""
        return self.series is not None and self.series.fed_by == Series.FedBy.TRACKER

    @property
    def has_signals(self) -> bool:
        """Whether the chart says something about the figure that is shown."""
        return self.standing.shown.has_value and not (self.said.is_past or self.terms.is_milestone)

    @property
    def aimed(self) -> Standing:
        """The window whose target is shown: that of the figure; for an old figure, the one asked
        for.
        """
        return self.standing if self.said.is_past else self.standing.shown

    @cached_property
    def viewed(self) -> tuple[Standing, ...]:
        """The windows that are drawn and listed: those of the last 36 months, unless all are
        asked for.
        """
        return self.windows if self.is_whole else self._opening

    @cached_property
    def _opening(self) -> tuple[Standing, ...]:
        return recent(self.windows, self.terms.frequency)

    @cached_property
    def charted(self) -> tuple[Standing, ...]:
        """Every window of the measure's own frequency, in view or not."""
        is_window = self.terms.frequency.is_window
        return tuple(row for row in self.windows if is_window(row.period))

    @property
    def views(self) -> list[View]:
        """The two views of the figures; none where there are no more than the page opens with."""
        if len(self._opening) == len(self.windows) or not self.charted:
            return []
        reach = MONTHS if self.terms.frequency is Frequency.MONTHLY else RARER
        first = next(row for row in self.charted if row.has_value)
        since = span_within_sentence(first.period.label)
        return [
            View(RECENT, counted(reach, self.terms), not self.is_whole),
            View(ALL, f"All since {since}", self.is_whole),
        ]

    @cached_property
    def tiles(self) -> Tiles:
        return Tiles(standing=self.standing, aimed=self.aimed, terms=self.terms, bounds=self.bounds)

    @cached_property
    def trend(self) -> Trend:
        return Trend(
            where="whole trust" if self.care_group.is_trust else self.care_group.name,
            terms=self.terms,
            chart_terms=self.chart_terms,
            windows=self.viewed,
            markers=self.markers,
            fixed=self.fixed,
            rests_on=self.charted,
            others=self.benchmarks.drawn,
            ahead=self.ahead.found.expected if self.ahead and self.ahead.words else (),
        )

    @cached_property
    def ahead(self) -> Ahead | None:
        """What may be said of the figures to come."""
        if not self.has_signals:
            return None
        return ahead(
            self.charted,
            self.aimed.target,
            self.terms,
            self.bounds,
            fix_after_n_points=self.fixed.decided.points if self.fixed else None,
        )

    @property
    def outlook(self) -> str:
        """The sentence about the figures to come; empty where they allow none."""
        return self.ahead.words if self.ahead else ""

    @property
    def group_charts(self) -> GroupCharts:
        return GroupCharts(self.groups, self.terms, self.bounds, self.month)

    @property
    def title(self) -> str:
        where = "" if self.care_group.is_trust else f", {self.care_group.name}"
        return f"{self.measure.name}{where}"

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
        """The windows in view, latest first, as in the file of the page."""
        return list(reversed(self.viewed))

    @property
    def group_options(self) -> list[tuple[str, str]]:
        """Whoever has a series of the measure, and last the one shown if it has none."""
        rows = dict.fromkeys((*self.care_groups, self.care_group))
        return [(group.code, group.name) for group in rows]

    @property
    def reorganised(self) -> str:
        """The reorganisations that the chart crosses: "Older People ended, Mar 2026"."""
        if not self.viewed:
            return ""
        first, last = self.viewed[0].period.start, self.viewed[-1].period.end
        return "; ".join(row.text for row in self.boundaries if first <= row.on <= last)

    @property
    def marks(self) -> list[Marker]:
        """The dated remarks on the chart, in full: a chart cuts long ones."""
        within = {marker.on for marker in drawn_markers(self.markers, self.trend.charted)}
        return [marker for marker in self.markers if marker.on in within]

    @property
    def earlier(self) -> tuple[Comment, ...]:
        return self.comments[1:]

    @property
    def earlier_title(self) -> str:
        """ "11 earlier comments"."""
        count = len(self.earlier)
        return format_count(count, "earlier comment")

    @property
    def steps(self) -> list[Step]:
        """What successive plans promised on this measure, and what became of it."""
        aimed = self.aimed.target
        return timeline(self.thread, self.targets, in_force=aimed.code if aimed else "")

    @property
    def disclosed(self) -> str:
        """How small counts are kept back where everyone reads the page; nothing for staff."""
        if not (reads_publicly() and self.measure.counts_people):
            return ""
        rule = disclosure()
        return (
            f"Shown without small counts of people: 1 to {rule.suppress_up_to} is suppressed, with "
            f"whatever would give it away; others are rounded to the nearest {rule.round_to}."
        )

    @property
    def facts(self) -> list[tuple[str, str]]:
        measure = self.measure
        counts = (
            "people" if measure.counts_people else "",
            "in whole numbers" if measure.whole_numbers_only else "",
        )
        return [
            ("Definition", measure.definition),
            ("Numerator", measure.numerator),
            ("Denominator", measure.denominator),
            ("Counts", ", ".join(filter(None, counts))),
            ("Reported by", reported_by(measure, self.series, self.month)),
            ("Rolled up by", measure.get_roll_up_display() if measure.roll_up != "none" else ""),
            ("Data source", measure.data_source),
            ("Limits", self.fixed.words if self.fixed else ""),
            ("Due", due_words(measure, self.series, self.month)),
            ("Data quality", kitemark_words(measure)),
            ("Tags", ", ".join(measure.tags)),
            ("How we read it", measure.interpretation_note),
        ]

    @property
    def wordings_table(self) -> Table:
        return wordings_table(reversed(self.wordings))

    @property
    def targets_table(self) -> Table:
        return targets_table(self.targets, self.terms)

    @property
    def revisions_table(self) -> Table:
        return revisions_table(self.revisions, self.terms)

    @property
    def accepted_now(self) -> str:
        """Beside a colour off target: whether the board accepts the figure, and until when."""
        shown = self.standing.shown
        held = in_effect(self.accepted, shown.period.end) if self.care_group.is_trust else None
        if held is None or shown.rag not in (Rag.RED, Rag.AMBER):
            return ""
        said = accepted_words(held, self.terms)
        if covers(held, shown, self.terms.direction):
            return f"{said}."
        return f"{said}; this figure is worse."

    @property
    def accepted_table(self) -> Table:
        return accepted_table(self.accepted, self.terms)

    @property
    def sources_note(self) -> str:
        count = len(self.sources)
        return format_count(count, "publication")
