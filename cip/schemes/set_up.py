"""A scheme is added and changed: its words, its care group, its kind of saving, what it serves."""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.models import Allocation, MonthSignOff, Programme, Scheme, SchemeStage
from cip.money import Stage
from cip.standing.hold import SchemeRefused, held_programme, held_scheme, require_version
from cip.standing.read import Standing, standing_of
from cip.wording import STAGES
from kpis.models import Measure
from strategy.models import CareGroup, Objective
from strategy.periods import Month

REFERENCE = re.compile(r"[A-Za-z0-9][-A-Za-z0-9]{0,39}")
RESERVED = frozenset({"new", "edit", "adopt", "lock", "months", "data"})
ENDED = (Stage.CLOSED, Stage.REJECTED, Stage.SUBSTITUTED)
TEXTS = ("title", "description", "lead", "executive_sponsor")
LABELS = {
    "title": "Title",
    "description": "Description",
    "care_group": "Care group",
    "lead": "Lead",
    "executive_sponsor": "Executive sponsor",
    "category": "Kind of saving",
    "wte": "Whole-time equivalents",
    "is_recurrent": "Recurrent",
    "is_cash_releasing": "Cash-releasing",
    "starts_on": "Starts in",
    "stated_full_year_effect_k": "Full-year effect as stated, £000",
}


@dataclass(frozen=True, kw_only=True)
class SchemeEntry:
    """A scheme as a form sends it."""

    title: str
    description: str
    care_group: CareGroup
    lead: str = ""
    executive_sponsor: str = ""
    category: str
    wte: Decimal | None = None
    is_recurrent: bool
    is_cash_releasing: bool
    starts_on: date | None = None
    stated_full_year_effect_k: Decimal | None = None
    objectives: tuple[Objective, ...] = ()
    measures: tuple[Measure, ...] = ()

    @property
    def columns(self) -> dict[str, object]:
        links = ("objectives", "measures")
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in links}


@transaction.atomic
def add_scheme(
    *,
    programme_id: int,
    reference: str,
    entry: SchemeEntry,
    by: User,
    access: Access,
    at: datetime,
) -> Scheme:
    """Add a scheme to a programme. It begins as an idea, which counts for nothing yet."""
    access.require(Capability.EDIT_SCHEMES, care_group=entry.care_group.pk)
    programme = held_programme(programme_id)
    reference = reference.strip()
    if not REFERENCE.fullmatch(reference) or reference.lower() in RESERVED:
        raise SchemeRefused(
            "The reference must be letters, digits and hyphens, like CIP-A1", "reference"
        )
    if programme.schemes.filter(reference__iexact=reference).exists():
        raise SchemeRefused(f"{programme} already has a scheme {reference}", "reference")
    _check(programme, entry)
    scheme = Scheme.objects.create(
        programme=programme, reference=reference, author=by, **entry.columns
    )
    _link(scheme, entry)
    SchemeStage.objects.create(scheme=scheme, stage=Stage.IDEA.value, known_from=at, recorded_by=by)
    audit.record(
        at=at,
        by=by,
        action="scheme added",
        obj=scheme,
        changes=_changes({}, entry.columns),
    )
    return scheme


@transaction.atomic
def change_scheme(
    *,
    scheme_id: int,
    version: int,
    entry: SchemeEntry,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> Scheme:
    """Change a scheme, with a reason. What is material voids signatures by itself (`cip.gate`)."""
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    before = {name: getattr(scheme, name) for name in entry.columns}
    require_version(scheme, version, typed=entry.columns, labels=LABELS)
    standing = standing_of(scheme)
    if standing.stage in ENDED:
        raise SchemeRefused(f"The scheme is {STAGES[standing.stage].lower()} and stays as it is.")
    if not reason.strip():
        raise SchemeRefused("Enter why the scheme changes", "reason")
    if entry.care_group != scheme.care_group:
        access.require(Capability.EDIT_SCHEMES, care_group=entry.care_group.pk)
        if standing.money.actual:
            raise SchemeRefused(
                f"The scheme has actual savings in {scheme.care_group}, so it stays there. Add a "
                f"scheme of {entry.care_group}, then substitute this one by it",
                "care_group",
            )
        _check_signed_off(standing, entry.care_group)
    _check(scheme.programme, entry)
    for name, value in entry.columns.items():
        setattr(scheme, name, value)
    scheme.version += 1
    audit.give_reason(scheme, reason)
    scheme.save()
    links = _link(scheme, entry)
    audit.record(
        at=at,
        by=by,
        action="scheme changed",
        obj=scheme,
        changes=[*_changes(before, entry.columns), *links],
        reason=reason,
    )
    return scheme


def _check_signed_off(standing: Standing, group: CareGroup) -> None:
    """Refuse a care group that has signed off a month in which the scheme delivers: no actual could
    be recorded there any more.
    """
    since = standing.delivered_since
    if since is None:
        return
    signed = MonthSignOff.objects.filter(
        programme=standing.scheme.programme, care_group=group, month__gte=Month.of(since).start
    )
    day = signed.order_by("month").values_list("month", flat=True).first()
    if day is not None:
        raise SchemeRefused(
            f"{group} has signed off {Month.of(day).label}, in which the scheme delivers, so its "
            f"actual could not be recorded there. Add a scheme of {group}, then substitute this "
            "one by it",
            "care_group",
        )


def _check(programme: Programme, entry: SchemeEntry) -> None:
    if not entry.title.strip():
        raise SchemeRefused("Enter a title", "title")
    year = programme.financial_year
    if entry.starts_on is not None and Month.of(entry.starts_on) not in year.months:
        raise SchemeRefused(
            f"The start must be a month of {year.label}: {year.months[0].label} to "
            f"{year.months[-1].label}",
            "starts_on",
        )
    groups = Allocation.objects.filter(programme=programme)
    if not groups.filter(care_group=entry.care_group).exists():
        names = ", ".join(groups.order_by("position").values_list("care_group__name", flat=True))
        raise SchemeRefused(
            f"{entry.care_group} has no share of {programme}. Choose one of {names}", "care_group"
        )
    if entry.wte is not None and entry.wte < 0:
        raise SchemeRefused("Whole-time equivalents must be 0 or more", "wte")


def _link(scheme: Scheme, entry: SchemeEntry) -> list[audit.FieldChange]:
    """What the scheme serves, and what it moves: only differences are written."""
    found = []
    for name in ("objectives", "measures"):
        links, wanted = getattr(scheme, name), set(getattr(entry, name))
        held = set(links.all())
        if held != wanted:
            links.set(wanted)
            old, new = (", ".join(sorted(str(row.pk) for row in rows)) for rows in (held, wanted))
            found.append(audit.FieldChange.of(name, old, new))
    return found


def _changes(before: dict[str, object], after: dict[str, object]) -> list[audit.FieldChange]:
    found = []
    for name, value in after.items():
        old = before.get(name)
        if name in TEXTS:
            if (old or "") != value:
                found.append(audit.FieldChange.of_text(name, str(old or ""), str(value)))
            continue
        change = audit.FieldChange.of(name, _code(old), _code(value))
        if change.old != change.new:
            found.append(change)
    return found


def _code(value: object) -> object:
    return value.code if isinstance(value, CareGroup) else value
