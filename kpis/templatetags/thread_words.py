"""Words of the golden threads."""

from collections.abc import Iterable

from django import template

from kmpt_tracker.ui.components import Step
from kpis.assessments.inputs import measure_terms
from kpis.models import Target
from kpis.plans.movement import Movement
from kpis.plans.thread_families import Family
from kpis.plans.threads import Station, Thread
from kpis.templatetags.tracker_words import promised_words

register = template.Library()
WORDS = {
    Movement.NEW: "New",
    Movement.TIGHTENED: "Tightened",
    Movement.LOOSENED: "Loosened",
    Movement.SAME: "The same",
    Movement.CHANGED_IN_KIND: "Changed in kind",
    Movement.DROPPED: "Dropped: carried forward",
}


@register.filter
def thread_id(thread: Thread) -> str:
    return f"thread-{thread.measure.code}"


@register.filter
def family_id(family: Family) -> str:
    return f"family-{family.measure.code}"


@register.filter
def family_of(thread: Thread, families: Iterable[Family]) -> Family | None:
    """The family that tells what else is promised beside this thread."""
    return next((one for one in families if thread.measure.pk in one.measures), None)


@register.filter
def asks_for(target: Target) -> str:
    """What one promise asks for."""
    return promised_words(target, measure_terms(target.measure)) if target.measure else "–"


@register.filter
def thread_steps(thread: Thread, in_force: str = "") -> list[Step]:
    """The stations as a timeline; the target in force, where one is named, is marked."""
    return [_step(thread, station, in_force) for station in thread.stations]


def _step(thread: Thread, station: Station, in_force: str) -> Step:
    targets = station.targets
    holder = station.compared.objective if station.compared else None
    is_now = any(target.code == in_force for target in targets)
    badge = WORDS[station.movement]
    return Step(
        title=station.plan.title,
        quote="”, “".join(dict.fromkeys(target.statement for target in targets)),
        source="; ".join(dict.fromkeys(_words(thread, target) for target in targets)),
        badge=f"{badge}, in force" if is_now else badge,
        url=(holder or station.plan).get_absolute_url(),
        is_now=is_now,
        notes=list(
            dict.fromkeys(
                target.interpretation_note for target in targets if target.interpretation_note
            )
        ),
    )


def _words(thread: Thread, target: Target) -> str:
    asked = promised_words(target, measure_terms(thread.measure))
    parts = [f"asks for {asked}" if asked != "–" else "asks for no number"]
    if target.role != "commitment":
        parts.append(f"({target.get_role_display().lower()})")
    if not target.care_group.is_trust:
        parts.append(f"of {target.care_group.name}")
    words = " ".join(parts)
    document = target.source_document.title if target.source_document else ""
    return ", ".join(part for part in (words, document, target.source_section) if part)


@register.filter
def prefixed(words: str, before: str) -> str:
    return f"{before}{words}"


@register.filter
def asked_once(thread: Thread) -> str:
    """What the one plan on the thread asks for."""
    terms = measure_terms(thread.measure)
    asked = (promised_words(target, terms) for target in thread.promised[0].targets)
    return "; ".join(dict.fromkeys(asked))


@register.filter
def happened(thread: Thread) -> str:
    """What became of the promise in the last plan that had a say."""
    return WORDS[thread.stations[-1].movement]
