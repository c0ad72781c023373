"""Keep an import between its preview and its confirmation, then fill the drafts: all or nothing.

An import is previewed by the same plan that saves it. When it is confirmed it is planned again: if
a month was locked or a figure changed in the meantime, the page says so, and nothing is saved.
The drafts are filled by the same verb as those typed into the boxes, so that versions, locks and
audit rows are the same; submitting and approving follow as usual.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability, Scope
from kmpt_tracker.dispatch import wake
from kmpt_tracker.ui.typed import can_be_kept
from kpis.imports.history import propose
from kpis.imports.kept import as_kept, from_kept
from kpis.imports.layouts import Laid
from kpis.imports.plan import Plan, Verdict
from kpis.imports.verdicts import plan_import
from kpis.models import ImportBatch
from kpis.models.imports import EMPTIED, WAITS
from kpis.returns.save import save_first_draft
from strategy.models import CareGroup
from strategy.periods import Month

Status = ImportBatch.Status
# A person's older imports are dropped: each may hold a file of many rows.
MOST_WAITING = 5
MOST_PROBLEMS = 5_000
# The rows of a longer file are checked in the background.
AT_ONCE = 1_000
READ = "kpis.tasks.read_import"
SAVE = "kpis.tasks.save_import"
NOT_HERE = "This import is not waiting any more. Choose the file again, or paste the block again."
BEING_SAVED = "This import is being saved already. Its page says how far it is."
CHANGED_SINCE = (
    "Nothing is saved: figures or months have changed since you looked at this import. Check it as "
    "it stands now, then confirm it again."
)


class ImportRefused(Refused):
    """An import cannot be saved."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the lines of an import are read: see `plan_import`."""

    swap: bool = False
    leaves_out: bool = False
    month: Month | None = None

    def as_kept(self) -> dict[str, Any]:
        month = str(self.month) if self.month else ""
        return {"swap": self.swap, "leaves_out": self.leaves_out, "month": month}

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> "Options":
        month = Month.parse(kept["month"]) if kept["month"] else None
        return cls(swap=kept["swap"], leaves_out=kept.get("leaves_out", False), month=month)


@transaction.atomic
def receive(
    *,
    name: str,
    data: bytes,
    door: str,
    laid: Laid | None = None,
    plan: Plan | None = None,
    sheets: Mapping[str, Laid] | None = None,
    options: Options | None = None,
    by: User,
    access: Access,
    at: datetime,
) -> ImportBatch:
    """Keep what was read and planned, for this person to confirm. Without a plan, or without lines,
    the planning is done in the background; the person first chooses one of several `sheets`.
    """
    access.require(Capability.ENTER_RETURNS)
    let_go(at=at)
    kept: dict[str, Any] = {"options": (options or Options()).as_kept()}
    if laid is not None:
        kept |= as_kept(laid)
    if sheets:
        kept["sheets"] = [[sheet, as_kept(held)] for sheet, held in sheets.items()]
    batch = ImportBatch(
        name=safe_name(name),
        sha256=hashlib.sha256(data).hexdigest(),
        door=door,
        read_at=at,
        read_by=by,
        kept=kept,
        status=Status.CHOOSING,
    )
    if plan is not None:
        describe(batch, plan)
    elif not sheets:
        batch.unread = data if laid is None else None
        read_in_background(batch)
    batch.save()
    if batch.status == Status.READING:
        wake(READ, batch_id=batch.pk)
    mine = _droppable().filter(read_by=by).order_by("-read_at", "-pk")
    older = list(mine.values_list("pk", flat=True)[MOST_WAITING:])
    ImportBatch.objects.filter(pk__in=older).update(**EMPTIED)
    return batch


def safe_name(name: str) -> str:
    """The name of a file without its folders, and without characters that no database keeps."""
    name = PurePath(name.replace("\\", "/")).name
    return name[:200] if can_be_kept(name) else "file"


def describe(batch: ImportBatch, plan: Plan) -> None:
    """What the plan would do, as it stays on record."""
    counts = plan.counts
    batch.added, batch.changed = counts[Verdict.ADDED], counts[Verdict.CHANGED]
    batch.unchanged, batch.refused = counts[Verdict.UNCHANGED], counts[Verdict.REFUSED]
    batch.asked = plan.asked
    batch.problems = [
        [problem.row, problem.column, problem.on_record]
        for problem in plan.problems[:MOST_PROBLEMS]
    ]
    batch.touched = sorted({(str(month), group.code) for month, group, _ in plan.by_return()})
    if plan.is_refused:
        batch.status = Status.REFUSED
    else:
        batch.status = Status.WAITING if plan.changing else Status.UNCHANGED


def let_go(*, at: datetime) -> int:
    """Empty the rows of imports that nobody confirmed in time."""
    return _droppable().filter(read_at__lte=at - WAITS).update(**EMPTIED)


def _droppable() -> QuerySet[ImportBatch]:
    """Imports that have their rows still; without those that are confirmed and being saved."""
    return ImportBatch.objects.exclude(kept={}).exclude(status=Status.SAVING)


def read_in_background(batch: ImportBatch) -> None:
    """Have its rows checked from the first on; the caller saves it and wakes the worker."""
    batch.status, batch.preview = Status.READING, {}
    batch.checked, batch.to_check, batch.worked_at = 0, len(batch.kept.get("lines", ())), None


def plan_again(
    batch: ImportBatch,
    *,
    access: Access,
    at: datetime,
    progress: Callable[[], object] | None = None,
) -> tuple[Laid, Plan]:
    """The plan of a kept import, worked out now."""
    laid = from_kept(batch.kept)
    options = Options.from_kept(batch.kept["options"])
    return laid, plan_import(
        laid,
        access=access,
        at=at,
        by=batch.read_by,
        swap=options.swap,
        leaves_out=options.leaves_out,
        month=options.month,
        progress=progress,
    )


@transaction.atomic
def answer(
    *, batch_id: int, option: str, by: User, access: Access, at: datetime
) -> tuple[ImportBatch, Plan | None]:
    """The person confirms that impossible pairs of parts are the wrong way round (`swap`), or that
    columns without a known heading are not read (`leaves_out`).
    """
    access.require(Capability.ENTER_RETURNS)
    batch = _held(batch_id, by=by, at=at)
    batch.kept["options"][option] = True
    return batch, _planned(batch, access=access, at=at)


@transaction.atomic
def choose_sheet(
    *, batch_id: int, sheet: str, by: User, access: Access, at: datetime
) -> ImportBatch:
    """The person says which sheet of a workbook is meant: the others are dropped."""
    access.require(Capability.ENTER_RETURNS)
    batch = _held(batch_id, by=by, at=at)
    sheets = batch.kept.get("sheets", [])
    if batch.status != Status.CHOOSING or sheet not in {str(at) for at in range(len(sheets))}:
        raise ImportRefused("Choose the sheet to import", "sheet")
    batch.kept = sheets[int(sheet)][1] | {"options": batch.kept["options"]}
    _planned(batch, access=access, at=at)
    return batch


@transaction.atomic
def read_again(*, batch_id: int, by: User, at: datetime) -> ImportBatch:
    """Check the rows of a long file against the current data."""
    batch = _held(batch_id, by=by, at=at)
    read_in_background(batch)
    batch.save()
    wake(READ, batch_id=batch.pk)
    return batch


def _planned(batch: ImportBatch, *, access: Access, at: datetime) -> Plan | None:
    """Plan a short import at once, and have a long one read in the background."""
    plan = None
    if len(batch.kept["lines"]) <= AT_ONCE:
        _, plan = plan_again(batch, access=access, at=at)
        describe(batch, plan)
    else:
        read_in_background(batch)
        wake(READ, batch_id=batch.pk)
    batch.save()
    return plan


@transaction.atomic
def save_import(*, batch_id: int, seen: str, by: User, access: Access, at: datetime) -> ImportBatch:
    """Fill the drafts of the returns that an import touches; of a long one in the background.

    `seen` is the signature of the plan that the person looked at. Raises ImportRefused when the
    import is not this person's, no longer waits, is refused, or would now do something else; and
    ReturnRefused as the return does.
    """
    access.require(Capability.ENTER_RETURNS)
    batch = _held(batch_id, by=by, at=at)
    if len(batch.kept.get("lines", ())) > AT_ONCE:
        if batch.status != Status.WAITING or batch.preview.get("signature") != seen:
            raise ImportRefused(CHANGED_SINCE)
        batch.status, batch.preview, batch.checked, batch.worked_at = Status.SAVING, {}, 0, None
        batch.kept |= {"seen": seen, "refusal": ""}
        batch.save()
        wake(SAVE, batch_id=batch.pk)
        return batch
    _, plan = plan_again(batch, access=access, at=at)
    fill_drafts(batch, plan, seen=seen, by=by, access=access, at=at)
    return batch


def fill_drafts(
    batch: ImportBatch, plan: Plan, *, seen: str, by: User, access: Access, at: datetime
) -> None:
    """Save the drafts, month by month, and the import with its audit row, in one transaction.

    Figures of months before the tracker are proposed to a second person instead.
    """
    is_confirmed = batch.status in (Status.WAITING, Status.SAVING)
    if not is_confirmed or plan.signature != seen or plan.is_refused:
        raise ImportRefused(CHANGED_SINCE)
    with transaction.atomic(), _door(batch.door):
        if plan.history:
            propose(batch, plan, by=by, access=access, at=at)
            return
        for month, group, entries in plan.by_return():
            saved = save_first_draft(
                month=month, care_group=group, entries=entries, by=by, access=access, at=at
            )
            # The plan was made a moment ago, before the rows were locked.
            if saved.conflicts or saved.unkept or len(saved.changed) != len(entries):
                raise ImportRefused(CHANGED_SINCE)
        batch.status, batch.saved_at, batch.kept, batch.preview = Status.SAVED, at, {}, {}
        batch.save()
        counted = ("added", "changed", "unchanged", "asked")
        audit.record(
            at=at,
            by=by,
            action="import saved",
            obj=batch,
            changes=[audit.FieldChange.of(name, None, getattr(batch, name)) for name in counted],
        )


@contextmanager
def _door(name: str) -> Iterator[None]:
    token = audit.door.set(name)
    try:
        yield
    finally:
        audit.door.reset(token)


def _held(batch_id: int, *, by: User, at: datetime) -> ImportBatch:
    """An import whose rows this person may still confirm, locked."""
    rows = ImportBatch.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(pk=batch_id, read_by=by).first()
    if batch is None or not batch.is_held(at):
        raise ImportRefused(NOT_HERE)
    if batch.status == Status.SAVING:
        raise ImportRefused(BEING_SAVED)
    return batch


def find_batch(batch_id: int, *, by: User, access: Access) -> ImportBatch | None:
    """An import that the person may read: their own, and one of care groups they enter for."""
    batch = ImportBatch.objects.filter(pk=batch_id).select_related("read_by").first()
    if batch is None or not _may_read(batch, by=by, access=access):
        return None
    return batch


def recent_imports(*, by: User, access: Access, most: int = 30) -> list[ImportBatch]:
    """The latest imports that the person may read."""
    rows = ImportBatch.objects.select_related("read_by").order_by("-read_at", "-pk")
    if access.scope(Capability.ENTER_RETURNS) is not Scope.ANY:
        rows = rows.filter(read_by=by)
    return list(rows.defer("kept", "preview", "unread", "problems")[:most])


def _may_read(batch: ImportBatch, *, by: User, access: Access) -> bool:
    if batch.read_by_id == by.pk or access.scope(Capability.ENTER_RETURNS) is Scope.ANY:
        return True
    codes = {code for _, code in batch.touched}
    groups = CareGroup.objects.filter(code__in=codes).values_list("pk", flat=True)
    return bool(codes) and all(
        access.may(Capability.ENTER_RETURNS, care_group=group) for group in groups
    )
