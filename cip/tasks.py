"""Celery tasks: ids in, one call each, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from cip.qia.guards import reopen_for_signals


@shared_task(name="cip.tasks.check_guards")
def check_guards(*, series_ids: list[int] | None = None) -> int:
    """Reopen assessments whose guard measures show a special-cause concern; of these series, or
    of all, which finds what a lost message left."""
    return reopen_for_signals(series_ids=series_ids, at=timezone.now())
