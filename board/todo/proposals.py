"""What one person proposed and another decides on: changes of targets, of meanings, of tolerances,
and figures to withdraw. Nobody is asked to decide on what they proposed themselves."""

from collections import defaultdict
from datetime import datetime

from django.urls import reverse

from board.todo.desk import Desk, Proposed
from board.todo.items import Item, Line, day_words
from kmpt_tracker.ui.formats import format_count
from kpis.models import Actual, Measure, MeasureChange, TargetChange, TargetProposal, TextChange
from strategy.moments import london_date, london_day_start


def to_agree(desk: Desk) -> list[Item]:
    """Targets, changes and plans that somebody else proposed."""
    found = [
        _to_agree(change, desk.now)
        for change in desk.proposed
        if change.proposed_by_id != desk.person.pk
    ]
    return found + [
        Item(
            title=f"To adopt: {draft.title}",
            what=f"the adoption of {draft.title}",
            url=reverse("kpis:plan-adopt", args=[draft.code]),
            button="Read",
            due_at=london_day_start(draft.adopts_on) if draft.adopts_on else None,
            words=f"{draft.proposed_by} proposed it. It needs a second person: you did not propose "
            "it, so you may adopt it.",
        )
        for draft in desk.plans
        if draft.proposed_by_id != desk.person.pk
    ]


def levels_to_agree(desk: Desk) -> list[Item]:
    """Levels that the board accepts, recorded by somebody else."""
    return [
        Item(
            title=f"To agree: an accepted level of {row.measure.name}",
            what=f"the accepted level of {row.measure.name}",
            url=row.get_absolute_url(),
            button="Read",
            no_date=f"since {day_words(row.proposed_at, desk.now)}",
            words=f"{row.proposed_by} recorded that the board accepts it. It needs a second "
            "person: you did not record it, so you may agree.",
        )
        for row in desk.levels
        if row.proposed_by_id != desk.person.pk
    ]


def _to_agree(change: Proposed, now: datetime) -> Item:
    starts = change.effective_from
    is_ahead = starts > london_date(now)
    since = day_words(change.proposed_at, now)
    return Item(
        title=f"To agree: {_of(change)}",
        what=f"the change of {_of(change)}",
        url=change.get_absolute_url(),
        button="Read",
        due_at=london_day_start(starts) if is_ahead else None,
        no_date="" if is_ahead else f"since {since}",
        words=f"{change.proposed_by} proposed it on {since}, to hold from "
        f"{day_words(starts, now)}. It needs a second person: you did not propose it, so you may "
        "agree.",
    )


def _of(change: Proposed) -> str:
    """What is to be changed. Never the reason, which somebody typed."""
    if isinstance(change, TargetChange):
        target = change.target
        return f"the target of {target.measure.name}" if target.measure else f"the target {target}"
    if isinstance(change, MeasureChange):
        return f"the {change.get_field_display().lower()} of {change.measure.name}"
    if isinstance(change, TargetProposal):
        return f"a new target of {change.plan}"
    if isinstance(change, TextChange):
        return f"the words of a promise of {change.plan}"
    return f"the default tolerance of {change.plan}"


def to_withdraw(desk: Desk) -> list[Item]:
    """Published or imported figures that somebody else wants withdrawn; one entry a measure."""
    of_measure: dict[Measure, list[Actual]] = defaultdict(list)
    for row in desk.to_withdraw:
        if row.recorded_by_id != desk.person.pk:
            of_measure[row.series.measure].append(row)
    return [_to_withdraw(measure, rows, desk.now) for measure, rows in of_measure.items()]


def _to_withdraw(measure: Measure, rows: list[Actual], now: datetime) -> Item:
    number = format_count(len(rows), "figure")
    return Item(
        title=f"{number} to withdraw: {measure.name}",
        what=f"the withdrawal of {number} of {measure.name}",
        url=reverse("kpis:figures", args=[measure.code]),
        button="Read",
        no_date=f"since {day_words(min(row.recorded_at for row in rows), now)}",
        lines=tuple(
            Line(
                words=f"{row.series.care_group.name}, {row.window_words}",
                note=f"proposed by {row.recorded_by}",
            )
            for row in rows
        ),
    )


def with_others(desk: Desk) -> list[Line]:
    """What this person proposed, and a colleague has to decide on."""
    changes, note = desk.proposed, "you proposed it, a colleague must agree"
    found = [
        Line(words=f"Change of {_of(change)}", note=note, url=change.get_absolute_url())
        for change in changes
        if change.proposed_by_id == desk.person.pk
    ]
    for draft in desk.plans:
        if draft.proposed_by_id == desk.person.pk:
            url = reverse("kpis:plan-adopt", args=[draft.code])
            found.append(Line(words=f"Adoption of {draft.title}", note=note, url=url))
    for level in desk.levels:
        if level.proposed_by_id == desk.person.pk:
            words = f"Accepted level of {level.measure.name}"
            found.append(Line(words=words, note=note, url=level.get_absolute_url()))
    for row in desk.to_withdraw:
        if row.recorded_by_id == desk.person.pk:
            measure = row.series.measure
            words = f"Withdrawal of {measure.name}, {row.window_words}"
            url = reverse("kpis:figures", args=[measure.code])
            found.append(Line(words=words, note=note, url=url))
    return found
