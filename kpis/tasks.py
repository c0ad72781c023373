"""Celery tasks: ids in, one call each, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.imports import background
from kpis.imports.background import go_on_with_what_was_lost
from kpis.imports.batch import let_go
from kpis.set_up.change import take_over_owners


@shared_task(name="kpis.tasks.assess_series")
def assess_series(*, series_ids: list[int]) -> int:
    """Assess the series that are stale among these."""
    return recompute(series_ids=series_ids, stale_only=True, at=timezone.now())


@shared_task(name="kpis.tasks.read_import")
def read_import(*, batch_id: int) -> bool:
    """Check the rows of a long file."""
    return background.read_import(batch_id, at=timezone.now())


@shared_task(name="kpis.tasks.save_import")
def save_import(*, batch_id: int) -> bool:
    """Save a long import that its person has confirmed."""
    return background.save_confirmed(batch_id, at=timezone.now())


@shared_task(name="kpis.tasks.sweep")
def sweep() -> int:
    """Assess every stale series, including those whose message never arrived.

    Rows of imports that nobody confirmed in time are dropped; long files whose message never
    arrived are read, and saved where they are confirmed. Measures take over the owners whose day
    has come.
    """
    let_go(at=timezone.now())
    take_over_owners(at=timezone.now())
    go_on_with_what_was_lost(at=timezone.now())
    return recompute(stale_only=True, at=timezone.now())
