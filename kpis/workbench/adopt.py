"""Adoption: proposed with the board's decision and a day, adopted by a second person.

    draft → proposed → adopted; a proposed draft may be sent back to draft

Adoption writes the plan as others read it. The first page opens at it from the day that was named,
and its targets hold from that day at the earliest; nothing before is judged again.
"""

import re
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.roles import Capability
from kpis.models import DraftLine, PlanDraft, Succession, Target
from kpis.promises.add import create_target
from kpis.set_up.change import give_owner
from kpis.workbench.lines import promise_of
from kpis.workbench.locked import DraftConflict, DraftRefused, locked_draft
from kpis.workbench.outline import Line, Outline, outline_of
from kpis.workbench.retire import retire_dropped
from strategy.models import Ambition, Objective, Outcome, Plan, SourceDocument
from strategy.moments import london_date

Status = PlanDraft.Status


@transaction.atomic
def propose_draft(
    *,
    draft_id: int,
    version: int,
    adopts_on: date,
    decision: str,
    by: User,
    access: Access,
    at: datetime,
) -> PlanDraft:
    """Propose a draft for adoption from a day, with the board's decision. It is fixed from then.

    Raises DraftRefused while anything blocks adoption, for a day that has passed, and without a
    decision; DraftConflict where somebody changed the draft since it was read.
    """
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    if draft.version != version:
        raise DraftConflict(
            f"{draft.changed_by} has changed the draft since you opened it. Read it again first.",
            draft.title,
        )
    outline = outline_of(draft, now=at)
    if outline.blocks:
        raise DraftRefused(f"The draft is not finished: {outline.blocks[0]}")
    if not decision.strip():
        raise DraftRefused("Enter the board's decision: the meeting and its minute", "decision")
    if adopts_on < london_date(at):
        raise DraftRefused("Adoption cannot be from a day that has passed", "adopts_on")
    if adopts_on > draft.ends_on:
        raise DraftRefused("Adoption must be from a day before the plan ends", "adopts_on")
    draft.status, draft.adopts_on, draft.decision = Status.PROPOSED, adopts_on, decision.strip()
    draft.proposed_at, draft.proposed_by = at, by
    draft.version += 1
    draft.save()
    _record(draft, "plan proposed for adoption", Status.DRAFT, by=by, at=at)
    return draft


@transaction.atomic
def send_back(*, draft_id: int, by: User, access: Access, at: datetime) -> PlanDraft:
    """Open a proposed draft again: its proposer, or the second person, finds it unfinished."""
    access.require(Capability.EDIT_PLANS)
    draft = _proposed(draft_id)
    draft.status = Status.DRAFT
    draft.version += 1
    draft.save(update_fields=["status", "version"])
    _record(draft, "plan sent back to draft", Status.PROPOSED, by=by, at=at)
    return draft


@transaction.atomic
def adopt(*, draft_id: int, by: User, access: Access, at: datetime) -> Plan:
    """Adopt a proposed draft, as a second person: everybody reads it as a plan from now on.

    Raises NotAllowed for its proposer, and DraftRefused when its day has passed or something came
    to block it since.
    """
    access.require(Capability.EDIT_PLANS)
    draft = _proposed(draft_id)
    if draft.proposed_by_id == by.pk:
        raise NotAllowed(
            Capability.EDIT_PLANS,
            "You proposed this plan yourself. Someone else of the performance team, or an "
            "administrator, adopts it.",
        )
    today = london_date(at)
    outline = outline_of(draft, now=at)
    if outline.blocks:
        raise DraftRefused(f"The draft is not finished: {outline.blocks[0]}. Send it back")
    if draft.adopts_on is None or draft.adopts_on < today:
        raise DraftRefused("The day from which it was to be adopted has passed: send it back")
    plan = _written(draft, at=at)
    made = _outline(outline, plan, known_from=at)
    _keep_succession(outline, made, by=by, at=at)
    _name_owners(outline, plan, by=by, at=at)
    retire_dropped(draft, plan, by=by, at=at)
    draft.status, draft.adopted_at, draft.adopted_by = Status.ADOPTED, at, by
    draft.version += 1
    draft.save()
    _record(draft, "plan adopted", Status.PROPOSED, by=by, at=at)
    return plan


def _proposed(draft_id: int) -> PlanDraft:
    draft = PlanDraft.objects.select_for_update(of=("self",), no_key=True).get(pk=draft_id)
    if draft.status != Status.PROPOSED:
        raise DraftRefused(
            f"This plan is {draft.get_status_display().lower()}, not proposed. Load the page again."
        )
    return draft


def _written(draft: PlanDraft, *, at: datetime) -> Plan:
    document = SourceDocument.objects.create(
        code=_free_code(draft.code),
        title=draft.document,
        published_on=draft.published_on,
        published_precision=SourceDocument.Precision.DAY if draft.published_on else "",
    )
    return Plan.objects.create(
        code=draft.code,
        title=draft.title,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        published_on=draft.published_on,
        mission=draft.mission,
        vision=draft.vision,
        default_tolerance_percent=draft.default_tolerance_percent,
        source_document=document,
        adopted_at=at,
        opens_on=draft.adopts_on,
    )


def _free_code(code: str) -> str:
    taken = set(SourceDocument.objects.filter(code__startswith=code).values_list("code", flat=True))
    found, number = code, 2
    while found in taken:
        found, number = f"{code}-{number}", number + 1
    return found


def _outline(outline: Outline, plan: Plan, *, known_from: datetime) -> dict[int, Target]:
    """Write the outline as rows of the plan; the targets by the line that promised them."""
    made: dict[int, Target] = {}
    references: set[str] = set()
    starts_on = max(plan.opens_on or plan.starts_on, plan.starts_on)
    for place, ambition in enumerate(outline.ambitions, 1):
        heading = Ambition.objects.create(
            plan=plan,
            kind=Ambition.Kind.AMBITION,
            position=place,
            number=ambition.row.number[:10],
            title=ambition.row.statement[:300],
            **_place_of(ambition.row, plan),
        )
        for number, line in enumerate(ambition.children, 1):
            objective = Objective.objects.create(
                plan=plan,
                ambition=heading,
                reference=_reference(line, references),
                position=number,
                title=line.row.statement[:400],
                owner=line.row.owner or None,
                **_place_of(line.row, plan),
            )
            for position, outcome in enumerate(line.others, 1):
                Outcome.objects.create(
                    objective=objective,
                    position=position,
                    statement=outcome.row.statement,
                    **_place_of(outcome.row, plan),
                )
            for promise in line.promises:
                row = promise.row
                made[row.pk] = create_target(
                    promise_of(row),
                    plan=plan,
                    objective=objective,
                    measure=row.measure,
                    care_group=row.care_group,
                    starts_on=max(starts_on, row.starts_on or starts_on),
                    known_from=known_from,
                    owner=row.owner or row.finder,
                )
    return made


def _name_owners(outline: Outline, plan: Plan, *, by: User, at: datetime) -> None:
    """Whom the draft names answers for a measure from the day the plan holds from."""
    named = {
        line.row.measure_id: line.row.owner
        for line in outline.promises
        if line.row.measure_id and line.row.owner
    }
    day = max(plan.opens_on or plan.starts_on, plan.starts_on)
    for measure, owner in sorted(named.items()):
        give_owner(measure_id=measure, owner=owner, starts_on=day, by=by, at=at)


def _place_of(row: DraftLine, plan: Plan) -> dict:
    return {"source_document": plan.source_document, "source_section": row.source_section}


def _reference(line: Line, taken: set[str]) -> str:
    """The number as printed, else the words as part of an address; always unique."""
    wanted = line.row.number
    if not re.fullmatch(r"[0-9A-Za-z][-.\w]*", wanted, re.ASCII):
        words = re.sub(r"[^0-9a-z]+", "-", line.row.statement.casefold())
        wanted = words[:60].strip("-") or "objective"
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    taken.add(found)
    return found


def _keep_succession(outline: Outline, made: dict[int, Target], *, by: User, at: datetime) -> None:
    """Record what each commitment taken up became, and which target follows it."""
    for ended, line, what in outline.taken_up:
        Succession.objects.create(
            draft=outline.draft,
            ended=ended,
            decision=what.value,
            successor=made[line.row.pk],
            decided_at=at,
            decided_by=by,
        )


def _record(draft: PlanDraft, action: str, was: str, *, by: User, at: datetime) -> None:
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=draft,
        changes=[
            audit.FieldChange.of("status", str(was), str(draft.status)),
            audit.FieldChange.of("opens_on", None, draft.adopts_on),
        ],
        reason=draft.decision,
    )
