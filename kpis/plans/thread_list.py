"""What the page of the golden threads shows: threads, families, what one plan alone promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kmpt_tracker.ui.components import Step
from kmpt_tracker.ui.formats import MISSING
from kpis.assessments.inputs import measure_terms
from kpis.judging.promised import promised_words
from kpis.models import Measure, MeasureLink, Target
from kpis.plans.thread_families import Family, families
from kpis.plans.threads import Station, Thread, threads
from strategy.models import Plan


@dataclass(frozen=True)
class FamilyRow:
    """One promise of a family."""

    plan: Plan
    target: Target

    @property
    def asked(self) -> str:
        return _asked(self.target, self.target.measure)


@dataclass(frozen=True)
class FamilyCard:
    """What plans promise in other words, plan by plan."""

    family: Family

    @property
    def id(self) -> str:
        return f"family-{self.family.measure.code}"

    @property
    def name(self) -> str:
        return self.family.measure.name

    @property
    def title(self) -> str:
        return f"In other words: {self.name}"

    @property
    def caption(self) -> str:
        return f"What each plan promises in other words: {self.name}"

    @property
    def plans(self) -> list[list[FamilyRow]]:
        """The rows of each plan."""
        return [
            [FamilyRow(plan, target) for target in targets]
            for plan, targets in self.family.promises
        ]


@dataclass(frozen=True)
class ThreadCard:
    """A measure that several plans promise something on; the family says what else is promised."""

    thread: Thread
    family: FamilyCard | None

    @property
    def id(self) -> str:
        return f"thread-{self.thread.measure.code}"

    @property
    def name(self) -> str:
        return self.thread.measure.name

    @property
    def url(self) -> str:
        return self.thread.measure.get_absolute_url()

    @property
    def steps(self) -> list[Step]:
        return [_step(station, self.thread.measure) for station in self.thread.stations]


@dataclass(frozen=True)
class SingleRow:
    """A measure that one plan alone promises something on."""

    thread: Thread

    @property
    def measure(self) -> Measure:
        return self.thread.measure

    @property
    def asked(self) -> str:
        """What the one plan asks for."""
        targets = self.thread.promised[0].targets
        return "; ".join(dict.fromkeys(_asked(target, self.measure) for target in targets))

    @property
    def happened(self) -> str:
        """What became of the promise in the last plan that had a say."""
        return self.thread.stations[-1].movement.words


@dataclass(frozen=True)
class SinglePlan:
    """What one plan promises that no other plan does."""

    plan: Plan
    rows: tuple[SingleRow, ...]

    @property
    def id(self) -> str:
        return f"single-{self.plan.code}"

    @property
    def title(self) -> str:
        return f"Promised in this plan alone: {self.plan.title}"

    @property
    def caption(self) -> str:
        return f"Promised in one plan alone: {self.plan.title}"


@dataclass(frozen=True)
class ThreadListPage:
    """Every thread and family; `other_links` are related measures outside the families."""

    shared: tuple[ThreadCard, ...]
    families: tuple[FamilyCard, ...]
    other_links: tuple[MeasureLink, ...]
    single: tuple[SinglePlan, ...]


def thread_list_page(known_at: datetime | None = None) -> ThreadListPage:
    """The threads as known now or at a past moment, in a fixed number of queries."""
    found = threads(known_at)
    cards = [FamilyCard(one) for one in families((*found.shared, *found.single), found.links)]
    in_families = {link.pk for card in cards for link in card.family.links}
    return ThreadListPage(
        shared=tuple(ThreadCard(thread, _family_of(thread, cards)) for thread in found.shared),
        families=tuple(cards),
        other_links=tuple(link for link in found.links if link.pk not in in_families),
        single=tuple(
            SinglePlan(plan, tuple(SingleRow(thread) for thread in alone))
            for plan, alone in found.by_plan
        ),
    )


def _family_of(thread: Thread, cards: list[FamilyCard]) -> FamilyCard | None:
    return next((card for card in cards if thread.measure.pk in card.family.measures), None)


def _asked(target: Target, measure: Measure | None) -> str:
    """What one promise asks for."""
    return promised_words(target, measure_terms(measure)) if measure else MISSING


def _step(station: Station, measure: Measure) -> Step:
    """One plan on a thread; every sentence, source and note once."""
    targets = station.targets
    holder = station.compared.objective if station.compared else None
    notes = (target.interpretation_note for target in targets)
    return Step(
        title=station.plan.title,
        quote="”, “".join(dict.fromkeys(target.statement for target in targets)),
        source="; ".join(dict.fromkeys(_source(target, measure) for target in targets)),
        badge=station.movement.words,
        url=(holder or station.plan).get_absolute_url(),
        notes=list(dict.fromkeys(note for note in notes if note)),
    )


def _source(target: Target, measure: Measure) -> str:
    """What the promise asks for, of whom, and where it is printed."""
    asked = _asked(target, measure)
    parts = ["asks for no number" if asked == MISSING else f"asks for {asked}"]
    if target.role != "commitment":
        parts.append(f"({target.get_role_display().lower()})")
    if not target.care_group.is_trust:
        parts.append(f"of {target.care_group.name}")
    document = target.source_document.title if target.source_document else ""
    return ", ".join(part for part in (" ".join(parts), document, target.source_section) if part)
