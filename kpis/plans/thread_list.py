"""What the page of the golden threads shows: families of promises, with their figures beneath.

A family is what successive plans promise on one measure, or on measures that are related and
defined differently. What only one plan promises is folded, plan by plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kmpt_tracker.ui.components import Step
from kmpt_tracker.ui.formats import MISSING
from kpis.assessments.inputs import measure_terms
from kpis.judging.promised import promised_words
from kpis.models import Measure, MeasureLink, Target
from kpis.plans.thread_families import Family, families
from kpis.plans.thread_figures import Figures, figures_of
from kpis.plans.threads import Station, Thread, threads
from strategy.models import Plan

# So few families are opened at once when somebody looks for words.
FEW = 3
# Of several promises of one plan on one measure the chain names so many.
MOST_ASKED = 3


@dataclass(frozen=True)
class Link:
    """One plan in the chain of a family: what it asks for, of the family's measures."""

    plan: Plan
    asked: tuple[tuple[str, str], ...]
    """What is asked for, and the measure where it is not the one that names the family."""


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
    """What plans promise on a measure and on those related to it, and what the figures did."""

    measure: Measure
    members: tuple[Thread, ...]
    links: tuple[MeasureLink, ...]
    figures: tuple[Figures, ...]
    is_open: bool = False

    @property
    def id(self) -> str:
        return f"family-{self.measure.code}"

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def others(self) -> str:
        """The measures that are only related, by name."""
        names = (one.measure.name for one in self.members if one.measure.pk != self.measure.pk)
        return ", ".join(names)

    @property
    def chain(self) -> list[Link]:
        """Plan by plan, oldest first: "< 3.9%", then "≤ 4.3%", then "≤ 3.5%"."""
        asked: dict[Plan, list[tuple[str, str]]] = {}
        for thread in self.members:
            name = "" if thread.measure.pk == self.measure.pk else thread.measure.name
            for station in thread.promised:
                words = dict.fromkeys(_asked(one, thread.measure) for one in station.targets)
                numbers = [one for one in words if one != MISSING][:MOST_ASKED]
                said = (", ".join(numbers) or "no number", name)
                asked.setdefault(station.plan, []).append(said)
        plans = sorted(asked, key=lambda plan: (plan.starts_on, plan.code))
        return [Link(plan, tuple(asked[plan])) for plan in plans]

    @property
    def threads(self) -> list[tuple[Measure, list[Step]]]:
        """The measures that several plans promise something on, each with its thread."""
        return [
            (one.measure, [_step(station, one.measure) for station in one.stations])
            for one in self.members
            if one.is_shared
        ]

    @property
    def caption(self) -> str:
        return f"What each plan promises in other words: {self.name}"

    @property
    def plans(self) -> list[list[FamilyRow]]:
        """Every promise, plan by plan, where more than one measure is in the family."""
        if len(self.members) == 1:
            return []
        by_plan: dict[Plan, list[FamilyRow]] = {}
        for thread in self.members:
            for station in thread.promised:
                rows = [FamilyRow(station.plan, target) for target in station.targets]
                by_plan.setdefault(station.plan, []).extend(rows)
        return [
            by_plan[plan] for plan in sorted(by_plan, key=lambda one: (one.starts_on, one.code))
        ]

    def has(self, words: Sequence[str]) -> bool:
        return all(any(word in text for text in self._texts) for word in words)

    @property
    def _texts(self) -> list[str]:
        return [text for thread in self.members for text in _texts_of(thread)]


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
        """What became of the promise in the last plan that had a say, and why where it says so."""
        last = self.thread.stations[-1]
        return ": ".join(filter(None, (last.words, last.reason)))

    def has(self, words: Sequence[str]) -> bool:
        return all(any(word in text for text in _texts_of(self.thread)) for word in words)


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
        count = len(self.rows)
        return f"{count} promised in this plan alone: {self.plan.title}"

    @property
    def caption(self) -> str:
        return f"Promised in one plan alone: {self.plan.title}"


@dataclass(frozen=True)
class ThreadListPage:
    """Every family and what one plan alone promises; `other_links` are outside the families."""

    families: tuple[FamilyCard, ...]
    other_links: tuple[MeasureLink, ...]
    single: tuple[SinglePlan, ...]
    words: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The measures whose threads are shown: those of the page's file."""
        own = (one.measure.code for card in self.families for one in card.members)
        alone = (row.measure.code for plan in self.single for row in plan.rows)
        return frozenset((*own, *alone))

    @property
    def lead(self) -> str:
        """How many there are of each."""
        count, alone = len(self.families), sum(len(plan.rows) for plan in self.single)
        said = f"{count} famil{'y' if count == 1 else 'ies'} of promises in several plans"
        return f"{said}, {alone} in one plan alone"

    @property
    def is_empty(self) -> bool:
        return not (self.families or self.single)


def thread_list_page(known_at: datetime | None = None, words: str = "") -> ThreadListPage:
    """The threads as known now or at a past moment, in a fixed number of queries.

    With words: the families and promises that hold all of them, in a name or a statement.
    """
    found = threads(known_at)
    joined = families((*found.shared, *found.single), found.links)
    by_measure = {thread.measure.pk: thread for thread in (*found.shared, *found.single)}
    held = {pk for family in joined for pk in family.measures}
    figures = figures_of([thread.measure for thread in by_measure.values()], known_at)
    cards = [_card(family, by_measure, figures) for family in joined]
    cards += [
        FamilyCard(one.measure, (one,), (), _figures((one,), figures))
        for one in found.shared
        if one.measure.pk not in held
    ]
    sought = words.casefold().split()
    shown = [card for card in cards if card.has(sought)]
    inside = {link.pk for family in joined for link in family.links}
    single = (
        SinglePlan(plan, tuple(row for one in alone for row in [SingleRow(one)] if row.has(sought)))
        for plan, alone in found.by_plan
    )
    return ThreadListPage(
        families=tuple(
            replace(card, is_open=bool(sought) and len(shown) <= FEW)
            for card in sorted(shown, key=lambda card: card.name.casefold())
        ),
        other_links=() if sought else tuple(link for link in found.links if link.pk not in inside),
        single=tuple(plan for plan in single if plan.rows),
        words=words,
    )


def _card(
    family: Family, by_measure: Mapping[int, Thread], figures: Mapping[int, Figures]
) -> FamilyCard:
    """The measure that names the family first, then the others by name."""
    members = sorted(
        (by_measure[pk] for pk in family.measures),
        key=lambda one: (one.measure.pk != family.measure.pk, one.measure.name.casefold()),
    )
    return FamilyCard(family.measure, tuple(members), family.links, _figures(members, figures))


def _figures(members: Iterable[Thread], figures: Mapping[int, Figures]) -> tuple[Figures, ...]:
    return tuple(figures[one.measure.pk] for one in members if one.measure.pk in figures)


def _texts_of(thread: Thread) -> list[str]:
    """What can be looked for in a thread, in small letters."""
    said = (target.statement for station in thread.promised for target in station.targets)
    return [text.casefold() for text in (thread.measure.name, *said)]


def _asked(target: Target, measure: Measure | None) -> str:
    """What one promise asks for."""
    return promised_words(target, measure_terms(measure)) if measure else MISSING


def _step(station: Station, measure: Measure) -> Step:
    """One plan on a thread; every sentence, source and note once."""
    targets = station.targets
    holder = station.compared.objective if station.compared else None
    notes = (station.reason, *(target.interpretation_note for target in targets))
    return Step(
        title=station.plan.title,
        quote="”, “".join(dict.fromkeys(target.statement for target in targets)),
        source="; ".join(dict.fromkeys(_source(target, measure) for target in targets)),
        badge=station.words,
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
