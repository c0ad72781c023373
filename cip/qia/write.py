"""Writing a quality impact assessment, and handing it to the panel.

    not started → draft → submitted → approved (with conditions or without) | rejected
                            ↑   ↓         ↓
              more detail asked       reopened → submitted

Whoever saves or submits an assessment is an author of it, and never signs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.gate import WRITABLE, QiaStatus, qia_may_become
from cip.models import GuardMeasure, QIAAuthor, QIADomain, QualityImpactAssessment, Scheme
from cip.money import Stage
from cip.standing.hold import SchemeRefused, held_scheme, require_version
from cip.standing.read import standing_of
from kpis.models import Measure

Domain = QIADomain.Domain
SCORES = ("likelihood", "consequence", "residual_likelihood", "residual_consequence")
TEXTS = ("description", "mitigation")
LABELS = {
    "scope": "Scope",
    "equality_impact": "Equality impact",
    "description": "What could go wrong",
    "mitigation": "What is done about it",
    "likelihood": "Likelihood before",
    "consequence": "Consequence before",
    "residual_likelihood": "Likelihood after",
    "residual_consequence": "Consequence after",
}
ENDED = (Stage.REJECTED, Stage.SUBSTITUTED, Stage.CLOSED)
MOST_GUARDS = 8
FIRST_GUARD = "guard-0-measure"  # the field of a form where what is wrong with guards is said


@dataclass(frozen=True, kw_only=True)
class DomainEntry:
    """One domain as a form sends it."""

    description: str = ""
    likelihood: int | None = None
    consequence: int | None = None
    mitigation: str = ""
    residual_likelihood: int | None = None
    residual_consequence: int | None = None


@dataclass(frozen=True, kw_only=True)
class GuardEntry:
    """A measure that is watched while the scheme delivers, with its baseline."""

    measure: str
    baseline: Decimal | None = None
    baseline_period: str = ""


@dataclass(frozen=True, kw_only=True)
class AssessmentEntry:
    """An assessment as a form sends it, whole."""

    scope: str = ""
    equality_impact: str = ""
    domains: Mapping[str, DomainEntry] = field(default_factory=dict)
    guards: tuple[GuardEntry, ...] = ()


@transaction.atomic
def save_assessment(
    *,
    scheme_id: int,
    version: int,
    entry: AssessmentEntry,
    by: User,
    access: Access,
    at: datetime,
) -> QualityImpactAssessment:
    """Save the assessment; `version` is that of the page, 0 where it was not started.

    One that is approved can still be written in: what is material voids its signatures by itself.
    Raises SchemeRefused while the panel has it, and where it was rejected or the scheme has ended.
    """
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    qia = QualityImpactAssessment.objects.filter(scheme=scheme).first()
    held = {row.domain: row for row in qia.domains.all()} if qia else {}
    require_version(
        qia or QualityImpactAssessment(scheme=scheme, version=0),
        version,
        typed=_flat(entry),
        labels={name: _label(name) for name in _flat(entry)},
        kept=_stored(qia, held),
    )
    _require_writable(scheme, qia)
    _check(entry)
    changes = _text_changes(qia, held, entry)
    if qia is None:
        qia = QualityImpactAssessment(scheme=scheme, author=by, version=0)
    elif qia.author is None:
        qia.author = by
    if qia.status == QiaStatus.NOT_STARTED:
        changes.append(audit.FieldChange.of("status", qia.status, QiaStatus.DRAFT.value))
        qia.status = QiaStatus.DRAFT.value
    qia.scope, qia.equality_impact = entry.scope.strip(), entry.equality_impact.strip()
    qia.version += 1
    qia.save()
    for domain in Domain.values:
        typed = entry.domains.get(domain, DomainEntry())
        row = held.get(domain) or QIADomain(assessment=qia, domain=domain)
        before = {name: getattr(row, name) for name in (*TEXTS, *SCORES)}
        after = {name: getattr(typed, name) for name in (*TEXTS, *SCORES)}
        if row.pk is None or before != after:
            for name, value in after.items():
                setattr(row, name, value)
            row.save()
        changes += [
            audit.FieldChange.of(f"{domain}.{name}", before[name], after[name])
            for name in SCORES
            if before[name] != after[name]
        ]
    changes += _save_guards(qia, entry)
    _now_an_author(qia, by, at)
    audit.record(at=at, by=by, action="assessment saved", obj=qia, changes=changes)
    return qia


def _require_writable(scheme: Scheme, qia: QualityImpactAssessment | None) -> None:
    if standing_of(scheme).stage in ENDED:
        raise SchemeRefused("The scheme has ended, so its assessment stays as it is.")
    if qia is None or QiaStatus(qia.status) in WRITABLE:
        return
    raise SchemeRefused(
        "The panel has the assessment: it decides on what was submitted. Ask the finance team to "
        "record that more detail is asked, then change it."
        if qia.status == QiaStatus.SUBMITTED
        else "The panel rejected the assessment. The finance team may reopen it once."
    )


def _check(entry: AssessmentEntry) -> None:
    for domain, typed in entry.domains.items():
        if domain not in Domain.values:
            raise SchemeRefused(f"There is no domain called “{domain}”.")
        for name in SCORES:
            value = getattr(typed, name)
            if value is not None and not 1 <= value <= 5:
                raise SchemeRefused("Scores go from 1 to 5.", f"{domain}-{name}")
    codes = [guard.measure for guard in entry.guards]
    if len(codes) != len(set(codes)):
        raise SchemeRefused("A measure guards the scheme once.", FIRST_GUARD)
    if len(codes) > MOST_GUARDS:
        raise SchemeRefused(f"Choose at most {MOST_GUARDS} guard measures.", FIRST_GUARD)


def _flat(entry: AssessmentEntry) -> dict[str, object]:
    found: dict[str, object] = {"scope": entry.scope, "equality_impact": entry.equality_impact}
    for domain, typed in entry.domains.items():
        found |= {f"{domain}.{name}": getattr(typed, name) for name in (*TEXTS, *SCORES)}
    return found


def _stored(
    qia: QualityImpactAssessment | None, held: Mapping[str, QIADomain]
) -> dict[str, object]:
    found: dict[str, object] = {
        "scope": qia.scope if qia else "",
        "equality_impact": qia.equality_impact if qia else "",
    }
    for domain in Domain.values:
        row = held.get(domain) or QIADomain(domain=domain)
        found |= {f"{domain}.{name}": getattr(row, name) for name in (*TEXTS, *SCORES)}
    return found


def _label(name: str) -> str:
    domain, _, part = name.rpartition(".")
    words = LABELS[part]
    return f"{Domain(domain).label}: {words.lower()}" if domain else words


def _text_changes(
    qia: QualityImpactAssessment | None, held: Mapping[str, QIADomain], entry: AssessmentEntry
) -> list[audit.FieldChange]:
    """Which texts changed; audit rows never hold the text itself."""
    before, after = _stored(qia, held), _flat(entry)
    return [
        audit.FieldChange.of_text(name, str(before.get(name) or ""), str(value or ""))
        for name, value in after.items()
        if name.rpartition(".")[2] not in SCORES and (before.get(name) or "") != (value or "")
    ]


def _save_guards(qia: QualityImpactAssessment, entry: AssessmentEntry) -> list[audit.FieldChange]:
    """A guard that has reopened the assessment stays: its signal is part of the record."""
    measures = {
        m.code: m for m in Measure.objects.filter(code__in=[g.measure for g in entry.guards])
    }
    for guard in entry.guards:
        if guard.measure not in measures:
            raise SchemeRefused(f"There is no measure called “{guard.measure}”.", FIRST_GUARD)
    held = {row.measure.code: row for row in qia.guards.select_related("measure")}
    wanted = {guard.measure for guard in entry.guards}
    for code, row in held.items():
        if code not in wanted:
            if row.reopenings.exists():
                raise SchemeRefused(
                    f"{row.measure.name} has reopened the assessment, so it stays its guard.",
                    FIRST_GUARD,
                )
            row.delete()
    for guard in entry.guards:
        row = held.get(guard.measure) or GuardMeasure(
            assessment=qia, measure=measures[guard.measure]
        )
        before = (row.baseline, row.baseline_period)
        row.baseline, row.baseline_period = guard.baseline, guard.baseline_period.strip()
        if row.pk is None or before != (row.baseline, row.baseline_period):
            row.save()
    old, new = ", ".join(sorted(held)), ", ".join(sorted(wanted))
    return [audit.FieldChange.of("guards", old, new)] if old != new else []


def _now_an_author(qia: QualityImpactAssessment, by: User, at: datetime) -> None:
    QIAAuthor.objects.get_or_create(assessment=qia, person=by, defaults={"since": at})


@transaction.atomic
def submit_assessment(
    *, scheme_id: int, version: int, by: User, access: Access, at: datetime
) -> QualityImpactAssessment:
    """Hand the assessment to the panel, complete. Raises SchemeRefused with all that is missing."""
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    qia = QualityImpactAssessment.objects.filter(scheme=scheme).first()
    if qia is None:
        raise SchemeRefused("The assessment is not started.")
    require_version(qia, version, typed={}, labels={})
    standing = standing_of(scheme)
    if not qia_may_become(QiaStatus(qia.status), QiaStatus.SUBMITTED):
        words = qia.get_status_display().lower()
        raise SchemeRefused(f"The assessment is {words}, so it cannot be submitted.")
    if standing.stage in (Stage.IDEA, Stage.OUTLINED, *ENDED):
        raise SchemeRefused("Move the scheme to the stage Quality impact assessment first.")
    missing = missing_in(qia)
    if standing.in_year_plan <= 0:
        missing.append("The savings that are planned, by month")
    if missing:
        raise SchemeRefused(f"Still missing: {'; '.join(missing)}.")
    before = qia.status
    qia.status, qia.submitted_at, qia.version = QiaStatus.SUBMITTED.value, at, qia.version + 1
    qia.save()
    _now_an_author(qia, by, at)
    change = audit.FieldChange.of("status", before, qia.status)
    audit.record(at=at, by=by, action="assessment submitted", obj=qia, changes=[change])
    return qia


def missing_in(qia: QualityImpactAssessment) -> list[str]:
    """What the panel would miss, in words."""
    found = [
        LABELS[name] for name in ("scope", "equality_impact") if not getattr(qia, name).strip()
    ]
    held = {row.domain: row for row in qia.domains.all()}
    for domain in Domain:
        row = held.get(domain.value) or QIADomain(domain=domain.value)
        parts = [LABELS[name].lower() for name in TEXTS if not getattr(row, name).strip()]
        parts += [LABELS[name].lower() for name in SCORES if getattr(row, name) is None]
        if parts:
            found.append(f"{domain.label} ({', '.join(parts)})")
    return found
