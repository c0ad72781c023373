"""Figures of months before the tracker's first one: proposed as one batch, approved as a whole.

No return asks for these months. One member of the performance team brings the figures in as
versions without a decision; another approves them all, or sends them all back with a reason.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts import audit
from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.refusals import Refused
from accounts.roles import Capability
from kpis.assessments.store import held, touch
from kpis.imports.plan import Brought, Plan
from kpis.imports.register import waiting_of
from kpis.models import Actual, Decision, ImportBatch

Status = ImportBatch.Status
CHUNK = 500


WAITS_ALREADY = "Nothing is saved: some of these figures wait for a second person already."


class DecisionRefused(Refused):
    """An import cannot be decided on."""


def propose(batch: ImportBatch, plan: Plan, *, by: User, access: Access, at: datetime) -> None:
    """Write the figures as versions that wait for somebody else's decision."""
    access.require(Capability.APPROVE_RETURNS)
    brought = plan.history
    held(row.series_id for row in brought)
    keys = {(row.series_id, row.window.start, row.window.end) for row in brought}
    # Planned a moment ago, before the series were locked.
    if waiting_of(keys) & keys:
        raise DecisionRefused(WAITS_ALREADY)
    last = _last_versions(brought)
    actuals = Actual.objects.bulk_create(
        [_version(row, last, by=by, at=at) for row in brought], batch_size=CHUNK
    )
    batch.status, batch.saved_at, batch.kept, batch.preview = Status.PROPOSED, at, {}, {}
    batch.figures = [actual.pk for actual in actuals]
    batch.save()
    _record(batch, "import proposed", by=by, at=at)


def _last_versions(brought: list[Brought]) -> dict[tuple, int]:
    """The latest version of each window that has any."""
    rows = (
        Actual.objects.filter(
            series__in={row.series_id for row in brought},
            period_end__gte=min(row.window.end for row in brought),
            period_end__lte=max(row.window.end for row in brought),
        )
        .values_list("series_id", "period_start", "period_end")
        .annotate(last=Max("version"))
    )
    return {(series, start, end): last for series, start, end, last in rows}


def _version(row: Brought, last: dict[tuple, int], *, by: User, at: datetime) -> Actual:
    figure = row.figure
    before = last.get((row.series_id, row.window.start, row.window.end), 0)
    is_none = bool(figure.absence)
    return Actual(
        series_id=row.series_id,
        period_start=row.window.start,
        period_end=row.window.end,
        version=before + 1,
        numerator=figure.numerator,
        denominator=figure.denominator,
        value=figure.value,
        milestone_status=figure.milestone_status,
        forecast_on=figure.forecast,
        completed_on=figure.completed,
        value_status=figure.absence if is_none else Actual.ValueStatus.FINAL,
        status_reason="No cases: 0 of 0" if is_none else "",
        origin=Actual.Origin.IMPORTED,
        recorded_at=at,
        recorded_by=by,
        change_reason=(row.change_reason or "Imported again") if before else "",
    )


@transaction.atomic
def decide_import(
    *, batch_id: int, approves: bool, reason: str, by: User, access: Access, at: datetime
) -> ImportBatch:
    """Approve all figures of an import, or send them all back with a reason.

    Raises DecisionRefused when it was decided already or goes back without a reason, and
    NotAllowed for the person who brought it in and would approve it.
    """
    access.require(Capability.APPROVE_RETURNS)
    rows = ImportBatch.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(pk=batch_id, status=Status.PROPOSED).first()
    if batch is None:
        raise DecisionRefused("This import is decided already. Load the page again.")
    if approves and batch.read_by_id == by.pk:
        raise NotAllowed(
            Capability.APPROVE_RETURNS,
            "You brought these figures in yourself. Someone else of the performance team decides.",
        )
    if not approves and not reason.strip():
        raise DecisionRefused("Enter why the figures go back", "reason")
    figures = list(figures_of(batch))
    if approves:
        touch(figure.series_id for figure in figures)
    outcome = Decision.Outcome.APPROVED if approves else Decision.Outcome.RETURNED
    Decision.objects.bulk_create(
        [
            Decision(
                actual=figure,
                outcome=outcome,
                decided_at=at,
                decided_by=by,
                known_from=at,
                reason=reason.strip(),
            )
            for figure in figures
        ],
        batch_size=CHUNK,
    )
    batch.status = Status.APPROVED if approves else Status.RETURNED
    batch.decided_at, batch.decided_by, batch.decision_reason = at, by, reason.strip()
    batch.save()
    done = "import approved" if approves else "import sent back"
    _record(batch, done, by=by, at=at, reason=reason)
    return batch


def figures_of(batch: ImportBatch) -> QuerySet[Actual]:
    """The versions that an import brought in, in the order of its rows."""
    # A file may hold more figures than a statement takes keys; they were written in one go.
    if not batch.figures:
        return Actual.objects.none()
    return Actual.objects.filter(
        pk__gte=min(batch.figures),
        pk__lte=max(batch.figures),
        origin=Actual.Origin.IMPORTED,
        recorded_by=batch.read_by_id,
        recorded_at=batch.saved_at or batch.read_at,
    ).order_by("pk")


def _record(batch: ImportBatch, done: str, *, by: User, at: datetime, reason: str = "") -> None:
    counted = ("added", "changed", "unchanged")
    audit.record(
        at=at,
        by=by,
        action=done,
        obj=batch,
        changes=[audit.FieldChange.of(name, None, getattr(batch, name)) for name in counted],
        reason=reason,
    )
