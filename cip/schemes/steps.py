"""Milestones and risks of a scheme: added and changed by those who may change the scheme."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.models import SchemeMilestone, SchemeRisk
from cip.standing.hold import SchemeRefused, held_scheme, require_version
from strategy.periods import london_date


@dataclass(frozen=True, kw_only=True)
class MilestoneEntry:
    title: str
    owner: str = ""
    due_on: date
    forecast_on: date | None = None
    completed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RiskEntry:
    description: str
    likelihood: int
    consequence: int
    mitigation: str = ""


@transaction.atomic
def save_milestone(
    *,
    scheme_id: int,
    milestone_id: int | None,
    version: int,
    entry: MilestoneEntry,
    by: User,
    access: Access,
    at: datetime,
) -> SchemeMilestone:
    """Add a milestone, or change one. Its due day stays as first promised: what is expected now is
    its forecast, and the difference is the deviation."""
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    if milestone_id is None:
        milestone = SchemeMilestone(scheme=scheme, version=0)
    else:
        milestone = SchemeMilestone.objects.get(pk=milestone_id, scheme=scheme)
        require_version(milestone, version, typed={}, labels={})
        if entry.due_on != milestone.due_on:
            raise SchemeRefused("The day it was due stays: enter when it is expected now", "due_on")
    if not entry.title.strip():
        raise SchemeRefused("Enter what is to be done", "title")
    if entry.completed_on is not None and entry.completed_on > london_date(at):
        raise SchemeRefused("The day it was done must be today or earlier", "completed_on")
    columns = {name: getattr(entry, name) for name in ("due_on", "forecast_on", "completed_on")}
    before = {name: getattr(milestone, name) for name in columns} if milestone.pk else {}
    changes = audit.differences(before, columns)
    changes.append(audit.FieldChange.of_text("title", milestone.title, entry.title.strip()))
    for name, value in {**columns, "title": entry.title.strip(), "owner": entry.owner}.items():
        setattr(milestone, name, value)
    milestone.version += 1
    milestone.save()
    audit.record(
        at=at, by=by, action="milestone saved", obj=milestone, key=str(scheme), changes=changes
    )
    return milestone


@transaction.atomic
def save_risk(
    *,
    scheme_id: int,
    risk_id: int | None,
    version: int,
    entry: RiskEntry,
    by: User,
    access: Access,
    at: datetime,
) -> SchemeRisk:
    """Add a risk to the scheme's delivery, or change one."""
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    if risk_id is None:
        risk = SchemeRisk(scheme=scheme, version=0)
    else:
        risk = SchemeRisk.objects.get(pk=risk_id, scheme=scheme)
        require_version(risk, version, typed={}, labels={})
    if not entry.description.strip():
        raise SchemeRefused("Enter what could go wrong", "description")
    for name in ("likelihood", "consequence"):
        if not 1 <= getattr(entry, name) <= 5:
            raise SchemeRefused("Scores go from 1 to 5", name)
    scores = {name: getattr(entry, name) for name in ("likelihood", "consequence")}
    before = {name: getattr(risk, name) for name in scores} if risk.pk else {}
    changes = audit.differences(before, scores)
    for name in ("description", "mitigation"):
        held, typed = getattr(risk, name), getattr(entry, name).strip()
        if held != typed:
            changes.append(audit.FieldChange.of_text(name, held, typed))
    for name, value in scores.items():
        setattr(risk, name, value)
    risk.description, risk.mitigation = entry.description.strip(), entry.mitigation.strip()
    risk.version += 1
    risk.save()
    audit.record(at=at, by=by, action="risk saved", obj=risk, key=str(scheme), changes=changes)
    return risk
