"""A draft as a whole: begun from nothing or from an earlier plan, what it says of itself, given up.

Every write names the version that its person saw. A draft that is proposed is fixed.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.assessments.as_known import not_retired
from kpis.models import DraftLine, PlanDraft, Target
from kpis.workbench.locked import (
    DraftConflict,
    DraftRefused,
    locked_draft,
    record_changes,
    saved_meanwhile,
    touch,
)
from strategy.models import CareGroup, Plan

RESERVED = frozenset({"new", "edit", "adopt", "lock", "months", "data"})
Kind = DraftLine.Kind


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a plan says of itself."""

    title: str
    starts_on: date
    ends_on: date
    document: str
    published_on: date | None = None
    mission: str = ""
    vision: str = ""
    default_tolerance_percent: Decimal = Decimal(5)


HEADER = tuple(Header.__dataclass_fields__)


@transaction.atomic
def start_draft(
    *,
    code: str,
    header: Header,
    follows_id: int | None,
    copies: bool,
    by: User,
    access: Access,
    at: datetime,
) -> PlanDraft:
    """Begin a draft: empty, or with the outline and the commitments of the plan before.

    Raises DraftRefused for a code that is taken or reserved, and for dates in the wrong order.
    """
    access.require(Capability.EDIT_PLANS)
    if code in RESERVED:
        raise DraftRefused(f"“{code}” is an address of the tracker: choose another code", "code")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code):
        raise DraftRefused("Write the code in small letters, digits and hyphens", "code")
    taken = Plan.objects.filter(code=code).exists()
    if taken or PlanDraft.objects.filter(code=code).exists():
        raise DraftRefused("Another plan has this code", "code")
    _check(header)
    follows = Plan.objects.get(pk=follows_id) if follows_id else None
    draft = PlanDraft.objects.create(
        code=code,
        follows=follows,
        changed_at=at,
        changed_by=by,
        **{name: getattr(header, name) for name in HEADER},
    )
    if follows is not None and copies:
        _copy(follows, draft, by=by, at=at)
    audit.record(
        at=at,
        by=by,
        action="plan draft started",
        obj=draft,
        changes=[audit.FieldChange.of("follows", None, follows and follows.code)],
    )
    return draft


@transaction.atomic
def save_header(
    *, draft_id: int, version: int, header: Header, by: User, access: Access, at: datetime
) -> PlanDraft:
    """Save what the plan says of itself. No page of a plan changes, because it is a draft."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    if draft.version != version:
        theirs = f"{draft.title}, {draft.starts_on} to {draft.ends_on}"
        raise DraftConflict(saved_meanwhile(draft.changed_by, reader=by), theirs)
    _check(header)
    before = {name: getattr(draft, name) for name in HEADER}
    after = {name: getattr(header, name) for name in HEADER}
    for name, value in after.items():
        setattr(draft, name, value)
    touch(draft, by=by, at=at)
    record_changes(draft, "plan draft changed", before, after, by=by, at=at)
    return draft


@transaction.atomic
def discard_draft(*, draft_id: int, by: User, access: Access, at: datetime) -> None:
    """Delete a draft. It was never shown as a plan, so nothing of it is kept."""
    access.require(Capability.EDIT_PLANS)
    draft = locked_draft(draft_id)
    audit.record(at=at, by=by, action="plan draft given up", obj=draft)
    draft.lines.filter(parent__parent__isnull=False).delete()
    draft.lines.filter(parent__isnull=False).delete()
    draft.delete()


def _copy(plan: Plan, draft: PlanDraft, *, by: User, at: datetime) -> None:
    """The outline of a plan: its groupings, objectives and commitments. Texts are as printed; dates
    are not carried over, as they are the ended plan's.
    """
    trust = CareGroup.objects.trust()

    def add(parent: DraftLine | None, kind: str, words: str, number: str, **more: Any) -> DraftLine:
        return DraftLine.objects.create(
            draft=draft,
            parent=parent,
            kind=kind,
            statement=words,
            number=number,
            position=draft.lines.filter(parent=parent).count() + 1,
            source_section="",
            changed_at=at,
            changed_by=by,
            **{"care_group": trust, **more},
        )

    ambitions = {
        row.pk: add(None, Kind.AMBITION, row.title, row.number)
        for row in plan.ambitions.order_by("position")
    }
    objectives = {}
    for row in plan.objectives.order_by("ambition__position", "position"):
        number = row.reference if row.reference[:1].isdigit() else ""
        objectives[row.pk] = add(
            ambitions[row.ambition_id], Kind.OBJECTIVE, row.title, number, owner=row.owner or ""
        )
    commitments = not_retired(Target.objects.filter(plan=plan, role="commitment"))
    rows = commitments.exclude(objective=None).select_related("measure", "care_group")
    for target in rows.order_by("position", "part", "pk"):
        copied = (
            *("measure", "care_group", "operator", "value_is", "change"),
            *("value", "upper_value", "floor"),
        )
        add(
            objectives[target.objective_id or 0],
            Kind.PROMISE,
            target.statement,
            "",
            profile="step",
            owner=target.owner or "",
            **{name: getattr(target, name) for name in copied},
        )


def _check(header: Header) -> None:
    if not header.title.strip():
        raise DraftRefused("Enter what the plan is called", "title")
    if not header.document.strip():
        raise DraftRefused("Enter the document that the plan is published in", "document")
    if header.ends_on <= header.starts_on:
        raise DraftRefused("The plan must end after it starts", "ends_on")
    if not 0 <= header.default_tolerance_percent <= 100:
        raise DraftRefused("Tolerance must be between 0 and 100", "default_tolerance_percent")
