"""Open a long file, check its rows and save them in the background, and report progress."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.permissions import Access, NotAllowed
from accounts.refusals import Refused
from kmpt_tracker.dispatch import wake
from kpis.imports.batch import READ, describe, fill_drafts, plan_again, read_in_background
from kpis.imports.files import lay_file
from kpis.imports.kept import as_kept
from kpis.imports.layouts import ManySheets
from kpis.imports.preview import preview_of
from kpis.imports.register import defaults_of
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
    access = access_of(batch.read_by, london_date(at))
    if batch.unread is not None and not _open(batch, access):
        return True
    _, plan = plan_again(batch, access=access, at=at, progress=_Progress(batch_id, at))
    describe(batch, plan)
    batch.checked = batch.to_check
    batch.preview = preview_of(plan, batch.name or "the block").as_kept()
    return _kept(batch)


def _open(batch: ImportBatch, access: Access) -> bool:
    """Lay out the lines of its file, then drop the file. False where that is all for now."""
    data, batch.unread = bytes(batch.unread or b""), None
    try:
        batch.kept |= as_kept(lay_file(batch.name, data, defaults_of(access)))
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
        if not _is_held(batch.pk, Status.READING):
            return False
        batch.save()
    return True


def _is_held(batch_id: int, status: str) -> bool:
    """Whether it still has its rows and this status; locked, within a transaction."""
    held = ImportBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)
    return held.status == status and bool(held.kept)


def save_confirmed(batch_id: int, *, at: datetime) -> bool:
    """Save an import that its person has confirmed. False where it does not wait for that any more,
    or another has it.

    It may run twice and saves once, all or nothing. Where it is refused, as figures or months have
    changed, its rows are checked again and its page says why nothing was saved.
    """
    mine = _unsaved(at).filter(pk=batch_id)
    if not mine.update(worked_at=at):
        return False
    batch = ImportBatch.objects.select_related("read_by").get(pk=batch_id)
    seen, who = batch.kept["seen"], access_of(batch.read_by, london_date(at))
    # Planned before anything is locked, so that others work on while the rows are checked.
    _, plan = plan_again(batch, access=who, at=at, progress=_Progress(batch_id, at))
    try:
        with transaction.atomic():
            if not _is_held(batch_id, Status.SAVING):
                return False
            fill_drafts(batch, plan, seen=seen, by=batch.read_by, access=who, at=at)
    except (Refused, NotAllowed) as refused:
        with transaction.atomic():
            if _is_held(batch_id, Status.SAVING):
                batch = ImportBatch.objects.get(pk=batch_id)
                batch.kept["refusal"] = str(refused)
                read_in_background(batch)
                batch.save()
                wake(READ, batch_id=batch_id)
    return True


def go_on_with_what_was_lost(*, at: datetime) -> int:
    """Read and save the imports whose message never arrived, or whose process ended."""
    return sum(
        work(pk, at=at)
        for work, rows in ((read_import, _unread(at)), (save_confirmed, _unsaved(at)))
        for pk in list(rows.values_list("pk", flat=True)[:20])
    )


def _unread(at: datetime) -> QuerySet[ImportBatch]:
    return _lost(at).filter(status=Status.READING)


def _unsaved(at: datetime) -> QuerySet[ImportBatch]:
    return _lost(at).filter(status=Status.SAVING)


def _lost(at: datetime) -> QuerySet[ImportBatch]:
    """Imports with their rows that nobody works on."""
    rows = ImportBatch.objects.exclude(kept={})
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
