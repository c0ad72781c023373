"""The golden thread on the page of a measure: what successive plans promised, target by target."""

from collections.abc import Iterable, Mapping
from datetime import date

from kmpt_tracker.ui.components import Step
from kmpt_tracker.ui.formats import format_date
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
    """What was promised on a measure, and what became of it; the target in force is marked, and
    one that was retired. The targets come on the terms of the day.
    """
    terms = list(targets)
    ended = {row.pk: row.retired_on for row in terms if row.retired_on is not None}
    steps = [_step(target, "", in_force, ended) for target in terms if target.plan is None]
    for station in thread.stations:
        words = station.words
        if not station.targets:
            plan = station.plan
            because = [f"Because: {station.reason}"] if station.reason else []
            url = plan.get_absolute_url()
            steps.append(Step(title=plan.title, badge=words, url=url, notes=because))
        steps += [
            _step(target, words if target is station.compared else "", in_force, ended)
            for target in station.targets
        ]
    return steps


def _step(target: Target, movement: str, in_force: str, ended: Mapping[int, date]) -> Step:
    is_now = target.code == in_force
    day = ended.get(target.pk)
    state = "in force" if is_now else f"retired from {format_date(day)}" if day else ""
    document = target.source_document.title if target.source_document else ""
    # The page that shows the promise: its objective's, else its plan's.
    holder = target.objective or target.plan
    return Step(
        title=target.plan.title if target.plan else "National standard",
        quote=target.statement,
        source=_listed(document, target.source_section),
        badge=_listed(movement, ROLES.get(target.role, ""), state),
        url=holder.get_absolute_url() if holder else "",
        is_now=is_now,
        notes=[target.interpretation_note] if target.interpretation_note else [],
    )


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)
