"""What the page of a measure says of its figure: the headline, and the reading below it."""

from dataclasses import dataclass

from kpis.judging.boundaries import Boundary
from kpis.judging.claims import span_within_sentence
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import (
    asked_words,
    chart_of,
    has_tolerance,
    lacking_words,
    milestone_words,
    value_words,
    when_words,
    window_words,
)
from kpis.measures.limits import NewLimits
from kpis.models import Series
from kpis.rag import Rag
from kpis.sentences import headline, reading
from kpis.spc.words import FIRM_POINTS
from strategy.periods import Month


def reading_of(
    standing: Standing,
    terms: MeasureTerms,
    series: Series | None,
    *,
    lacking: str = "",
    also: str = "",
) -> str:
    """What a figure and its chart mean together, and what is awaited or overdue since.

    A published series has no month that closes: it waits for a publication.
    """
    shown = standing.shown
    fed = series is not None and series.fed_by == Series.FedBy.PUBLISHED
    if fed and standing.rag is Rag.NO_DATA:
        return "No data: the next publication is overdue."
    said = reading(
        standing.read.rag,
        chart=chart_of(shown, terms),
        is_milestone=terms.is_milestone,
        has_tolerance=has_tolerance(shown, terms),
        milestone=milestone_words(shown),
        lacking=lacking or lacking_words(standing.read, terms),
    )
    said = f"{said} {also}" if also else said
    if not standing.is_awaited:
        return said
    waits = "Awaiting the next publication" if fed else "The next figure is not due yet"
    return f"{waits}: this is about {window_words(shown, terms)}. {said}"


@dataclass(frozen=True, kw_only=True)
class Said:
    """The sentences about one measure, as one care group reports it.

    `name` names both: "Waiting times in Acute".
    """

    name: str
    terms: MeasureTerms
    standing: Standing
    series: Series | None
    windows: tuple[Standing, ...]
    rebases: tuple[NewLimits, ...]
    boundaries: tuple[Boundary, ...]
    # The target that holds only after the window: "< 11% holds only from 29 Nov 2026".
    held_later: str = ""

    @property
    def _lacking(self) -> str:
        if self.standing.read.rag is Rag.NO_TARGET and self.held_later:
            return self.held_later
        return lacking_words(self.standing.read, self.terms)

    @property
    def is_past(self) -> bool:
        """The shown figure is overdue, or its care group has closed.

        It is then described in the past, without icons or outlook.
        """
        return self.standing.rag in (Rag.LATE, Rag.NO_DATA) or self.standing.is_ended

    @property
    def headline(self) -> str:
        shown = self.standing.shown
        if self.standing.is_absent and self.standing.other is not None:
            return f"{self.name}: {self.standing.lateness or 'not due yet'}."
        if self.is_past and shown.has_value:
            since = "no longer reported" if self.standing.is_ended else self.standing.lateness
            asked = asked_words(shown, self.terms)
            against = f", against {asked}" if asked and not self.terms.is_milestone else ""
            last = f"The last figure was {self._latest_words(shown)}{against}."
            return f"{self.name}: {since}. {last}"
        return headline(
            self.name,
            rag=self.standing.read.rag,
            chart=chart_of(shown, self.terms),
            asked=asked_words(shown, self.terms),
            latest=self._latest_words(shown),
            has_tolerance=has_tolerance(shown, self.terms),
            milestone="" if self.is_past else milestone_words(shown),
            lacking=self._lacking,
        )

    def _latest_words(self, shown: Standing) -> str:
        if not shown.has_value:
            return ""
        return f"{value_words(shown, self.terms)} {when_words(shown, self.terms)}"

    @property
    def reading(self) -> str:
        return reading_of(
            self.standing,
            self.terms,
            self.series,
            lacking=self._lacking,
            also="" if self.is_past else self._recalculated,
        )

    @property
    def below(self) -> str:
        """The reading below the headline; empty where the headline says it already."""
        return "" if self.reading.rstrip(".") in self.headline else self.reading

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
                start = span_within_sentence(begins.label)
                return f"{boundary.text}: the limits start anew with {start}."
        return ""
