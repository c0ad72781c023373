"""What the pages of an import show: its preview, what came of it, and the imports before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_count, format_moment
from kpis.imports.batch import plan_again
from kpis.imports.history import figures_of
from kpis.imports.plan import Plan
from kpis.imports.preview import MOST_DRAWN, Preview, preview_of
from kpis.imports.register import figure_of
from kpis.models import ImportBatch
from kpis.models.imports import NOT_PLANNED, WAITS
from strategy.models import CareGroup
from strategy.periods import Month

# Nothing came of these once their rows are gone.
UNFINISHED = (*NOT_PLANNED, ImportBatch.Status.WAITING)


@dataclass(frozen=True)
class ImportPage:
    """One import: what it would do while it waits, or its result."""

    batch: ImportBatch
    shown: Preview | None
    touched: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...] = ()
    may_approve: bool = False
    may_send_back: bool = False

    @property
    def is_being_read(self) -> bool:
        """Whether its rows are checked in the background."""
        return self.batch.status == ImportBatch.Status.READING and bool(self.batch.kept)

    @property
    def is_being_saved(self) -> bool:
        """Whether it is confirmed, and its drafts are filled in the background."""
        return self.batch.status == ImportBatch.Status.SAVING and bool(self.batch.kept)

    @property
    def is_at_work(self) -> bool:
        """Whether something is done in the background, and the page says how far it is."""
        return self.is_being_read or self.is_being_saved

    @property
    def far_words(self) -> str:
        """After the number of rows that were checked so far, and of how many."""
        return "rows checked once more, then saved" if self.is_being_saved else "rows checked"

    @property
    def sheets(self) -> list[tuple[int, str, str]]:
        """The sheets to choose from: number, name, and how many rows each has."""
        if self.batch.status != ImportBatch.Status.CHOOSING:
            return []
        held = self.batch.kept.get("sheets", [])
        return [
            (at, name, format_count(len(kept["lines"]), "row"))
            for at, (name, kept) in enumerate(held)
        ]

    @property
    def title(self) -> str:
        batch = self.batch
        if self.is_being_read:
            return f"Reading {self.name}"
        if self.is_being_saved:
            return f"Saving {self.name}"
        if self.sheets:
            return f"Which sheet of {self.name}?"
        if self.shown:
            return self.shown.title
        if batch.status == ImportBatch.Status.SAVED:
            count = batch.added + batch.changed
            return (
                f"{format_count(count, 'figure')} saved as {'a draft' if count == 1 else 'drafts'}"
            )
        if batch.status in UNFINISHED:
            return "Not saved"
        if batch.figures:
            brought = format_count(batch.added + batch.changed, "figure")
            return f"{brought} of months before the tracker: {batch.get_status_display().lower()}"
        return batch.get_status_display()

    @property
    def name(self) -> str:
        return self.batch.name or self.batch.get_door_display()

    @property
    def may_confirm(self) -> bool:
        return self.shown is not None and not self.shown.is_refused and bool(self.shown.changes)

    @property
    def is_history(self) -> bool:
        """Whether confirming proposes the figures to a second person, and fills no draft."""
        return self.shown is not None and self.shown.is_history

    @property
    def figures_left(self) -> str:
        left = len(self.batch.figures) - len(self.figures)
        return f"{format_count(left, 'more figure')} in the file to download." if left else ""

    @property
    def facts(self) -> list[tuple[str, str]]:
        batch = self.batch
        saved = format_moment(batch.saved_at) if batch.saved_at else ""
        waits = format_moment(batch.read_at + WAITS) if self.may_confirm else ""
        return [
            ("File", self.name),
            ("Read", f"{format_moment(batch.read_at)}, {batch.read_by}"),
            ("Saved", saved),
            ("Decided", self._decided),
            ("Why", batch.decision_reason),
            ("Waits until", waits),
            ("Rows", f"{batch.rows:,}"),
            # In groups, so that it wraps on a phone.
            ("SHA-256", " ".join(batch.sha256[at : at + 8] for at in range(0, 64, 8))),
        ]

    @property
    def _decided(self) -> str:
        batch = self.batch
        return f"{format_moment(batch.decided_at)}, {batch.decided_by}" if batch.decided_at else ""

    @property
    def on_record(self) -> list[str]:
        """The refused rows with their reasons, once what was typed is gone."""
        if self.shown:
            return []
        found = (
            f"Row {row}{f', column {column}' if column else ''}: {words}" if row else words
            for row, column, words in self.batch.problems[:MOST_DRAWN]
        )
        return list(found)


def import_page(
    batch: ImportBatch, *, by: User, access: Access, at: datetime, plan: Plan | None = None
) -> ImportPage:
    """The page of an import; `plan` is the one made just now, if there is one."""
    shown = None
    if batch.read_by_id == by.pk and batch.is_held(at) and batch.status not in NOT_PLANNED:
        if plan is None and batch.preview:
            shown = Preview.from_kept(batch.preview)
        else:
            plan = plan or plan_again(batch, access=access, at=at)[1]
            shown = preview_of(plan, batch.name or "the block")
    decides = batch.status == ImportBatch.Status.PROPOSED
    decides = decides and access.may(Capability.APPROVE_RETURNS)
    return ImportPage(
        batch=batch,
        shown=shown,
        touched=tuple(_returns(batch)),
        figures=tuple(_figures(batch)),
        may_approve=decides and batch.read_by_id != by.pk,
        may_send_back=decides,
    )


def _figures(batch: ImportBatch) -> Iterator[tuple[str, str]]:
    """The figures of months before the tracker that are drawn: what each is of, and its words."""
    rows = figures_of(batch).select_related("series__measure", "series__care_group")[:MOST_DRAWN]
    for row in rows:
        measure, group = row.series.measure.name, row.series.care_group.name
        yield f"{measure}, {group}, {row.window_words}", figure_of(row).words


def _returns(batch: ImportBatch) -> Iterator[tuple[str, str]]:
    """The returns that an import touches: name and address."""
    codes = {code for _, code in batch.touched}
    names = dict(CareGroup.objects.filter(code__in=codes).values_list("code", "name"))
    for month, code in batch.touched:
        label = f"{names.get(code, code)}, {Month.parse(month).label}"
        yield label, reverse("kpis:return-detail", args=[month, code])


@dataclass(frozen=True)
class ImportList:
    """The page where a file is chosen, and the latest imports."""

    batches: tuple[ImportBatch, ...]

    @property
    def rows(self) -> list[tuple[ImportBatch, str, str]]:
        """Each import with its name and counts in words."""
        return [
            (
                batch,
                batch.name or batch.get_door_display(),
                ""
                if batch.status in NOT_PLANNED
                else f"{batch.added + batch.changed:,} to save, {batch.unchanged:,} unchanged, "
                f"{batch.refused:,} refused",
            )
            for batch in self.batches
        ]
