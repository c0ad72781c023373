"""Words of the golden threads."""

from django import template

from kmpt_tracker.ui.components import Step
from kpis.models import Target
from kpis.services.inputs import measure_terms
from kpis.templatetags.tracker_words import promised_words
from kpis.threads import Movement, Station, Thread

register = template.Library()
WORDS = {
    Movement.FIRST: "",
    Movement.TIGHTENED: "Tightened",
    Movement.LOOSENED: "Loosened",
    Movement.KEPT: "Kept",
    Movement.CHANGED: "Put differently",
    Movement.DROPPED: "Not taken up: carried forward",
}


@register.filter
def thread_id(thread: Thread) -> str:
    return f"thread-{thread.measure.code}"


@register.filter
def thread_steps(thread: Thread) -> list[Step]:
    return [_step(thread, station) for station in thread.stations]


def _step(thread: Thread, station: Station) -> Step:
    words = "; ".join(_words(thread, target) for target in station.targets)
    return Step(
        title=station.plan.title,
        quote="”, “".join(dict.fromkeys(target.statement for target in station.targets)),
        source=words,
        badge=WORDS[station.movement],
        url=station.plan.get_absolute_url(),
        is_now=station is thread.stations[-1] and bool(station.targets),
        notes=[
            target.interpretation_note for target in station.targets if target.interpretation_note
        ],
    )


def _words(thread: Thread, target: Target) -> str:
    asked = promised_words(target, measure_terms(thread.measure))
    kind = "" if target.role == "commitment" else f" ({target.get_role_display().lower()})"
    return f"asks for {asked}{kind}" if asked != "–" else f"asks for no number{kind}"
