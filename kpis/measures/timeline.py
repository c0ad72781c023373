"""The golden thread on the page of a measure: what successive plans promised, target by target."""

from collections.abc import Iterable

from kmpt_tracker.ui.components import Step
from kpis.models import Target
from kpis.plans.threads import Thread
from kpis.targets import Role

# A commitment is what a plan promises anyway.
ROLES: dict[str, str] = {
    Role.NATIONAL_STANDARD: "national standard",
    Role.INTERIM: "interim",
    Role.LOCAL: "local",
}


def timeline(thread: Thread, targets: Iterable[Target], *, in_force: str) -> list[Step]:
    """What was promised on a measure, and what became of it; the target in force is marked."""
    steps = [_step(target, "", in_force) for target in targets if target.plan is None]
    for station in thread.stations:
        words = station.movement.words
        if not station.targets:
            plan = station.plan
            because = [f"Because: {station.reason}"] if station.reason else []
            url = plan.get_absolute_url()
            steps.append(Step(title=plan.title, badge=words, url=url, notes=because))
        steps += [
            _step(target, words if target is station.compared else "", in_force)
            for target in station.targets
        ]
    return steps


def _step(target: Target, movement: str, in_force: str) -> Step:
    is_now = target.code == in_force
    document = target.source_document.title if target.source_document else ""
    # The page that shows the promise: its objective's, else its plan's.
    holder = target.objective or target.plan
    return Step(
        title=target.plan.title if target.plan else "National standard",
        quote=target.statement,
        source=_listed(document, target.source_section),
        badge=_listed(movement, ROLES.get(target.role, ""), "in force" if is_now else ""),
        url=holder.get_absolute_url() if holder else "",
        is_now=is_now,
        notes=[target.interpretation_note] if target.interpretation_note else [],
    )


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)
