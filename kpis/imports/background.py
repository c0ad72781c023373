"""Open a long file and check its rows in the background, and report progress."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kpis.imports.batch import describe, plan_again
from kpis.imports.files import lay_file
from kpis.imports.kept import as_kept
from kpis.imports.layouts import ManySheets
from kpis.imports.preview import preview_of
from kpis.imports.sheets import FileRefused
from kpis.models import ImportBatch
from strategy.access import access_of
from strategy.moments import london_date

Status = ImportBatch.Status
# Work that has not moved for this long was lost with its process.
LOST_AFTER = timedelta(minutes=2)
SAID_EVERY = 0.4  # seconds


def read_import(batch_id: int, *, at: datetime) -> bool:
    """Plan an import that is being read. False where it is no longer waiting, or another has it.

    It may run twice with the same result: the plan writes nothing but itself.
    """
    mine = _unread(at).filter(pk=batch_id)
    if not mine.update(worked_at=at):
        return False
    batch = ImportBatch.objects.select_related("read_by").get(pk=batch_id)
    if batch.unread is not None and not _open(batch):
        return True
    access = access_of(batch.read_by, london_date(at))
    _, plan = plan_again(batch, access=access, at=at, progress=_Progress(batch_id, at))
    describe(batch, plan)
    batch.checked = batch.to_check
    batch.preview = preview_of(plan, batch.name or "the block").as_kept()
    return _kept(batch)


def _open(batch: ImportBatch) -> bool:
    """Lay out the lines of its file, then drop the file. False where that is all for now."""
    data, batch.unread = bytes(batch.unread or b""), None
    try:
        batch.kept |= as_kept(lay_file(batch.name, data))
        batch.to_check = len(batch.kept["lines"])
    except ManySheets as several:
        batch.kept["sheets"] = [[name, as_kept(laid)] for name, laid in several.sheets.items()]
        batch.status = Status.CHOOSING
    except FileRefused as refused:
        batch.status, batch.kept, batch.problems = Status.REFUSED, {}, [[0, "", str(refused)]]
    return _kept(batch) and batch.status == Status.READING


def _kept(batch: ImportBatch) -> bool:
    """Save what was found, unless the rows were dropped meanwhile: their person has brought in
    newer ones, or words were withdrawn.
    """
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
        if held.status != Status.READING or not held.kept:
            return False
        batch.save()
    return True


def read_what_was_lost(*, at: datetime) -> int:
    """Read the imports whose message never arrived, or whose process ended."""
    return sum(read_import(pk, at=at) for pk in _unread(at).values_list("pk", flat=True)[:20])


def _unread(at: datetime):  # type: ignore[no-untyped-def]
    rows = ImportBatch.objects.filter(status=Status.READING).exclude(kept={})
    return rows.filter(Q(worked_at__isnull=True) | Q(worked_at__lte=at - LOST_AFTER))


class _Progress:
    """Called for each row; now and then reports how many there were."""

    def __init__(self, batch_id: int, at: datetime) -> None:
        self._batch_id, self._at = batch_id, at
        self._began = self._said = time.monotonic()
        self._rows = 0

    def __call__(self) -> None:
        self._rows += 1
        now = time.monotonic()
        if now - self._said < SAID_EVERY:
            return
        self._said = now
        moved = self._at + timedelta(seconds=now - self._began)
        ImportBatch.objects.filter(pk=self._batch_id).update(checked=self._rows, worked_at=moved)
