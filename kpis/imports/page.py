"""What the pages of an import show: its preview, what came of it, and the imports before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_moment
from kpis.imports.batch import plan_again
from kpis.imports.history import figures_of
from kpis.imports.plan import Plan, Planned, Verdict
from kpis.imports.register import figure_of
from kpis.imports.sheets import counted
from kpis.models import ImportBatch
from kpis.models.imports import WAITS
from strategy.models import CareGroup
from strategy.periods import Month

# Rows that are drawn; the file to download has them all.
MOST_DRAWN = 200
_FIRST = {Verdict.REFUSED: 0, Verdict.CHANGED: 2, Verdict.ADDED: 2, Verdict.UNCHANGED: 3}


@dataclass(frozen=True)
class PlanRow:
    """A row of the preview."""

    planned: Planned

    @property
    def number(self) -> int:
        return self.planned.line.row

    @property
    def verdict(self) -> str:
        return "asked" if self.planned.questions else self.planned.verdict.value

    @property
    def what(self) -> str:
        row = self.planned
        return f"{row.measure}, {row.care_group}, {row.window}"

    @property
    def why(self) -> list[str]:
        """The reasons of a refusal, or the questions that the return will ask."""
        row = self.planned
        said = [_at(problem.column, problem.message) for problem in row.problems]
        if row.is_swapped:
            said.append("the number and what it is out of were taken the other way round")
        return [*said, *row.questions]


def _at(column: str, words: str) -> str:
    return f"Column {column}: {words}" if column else words


@dataclass(frozen=True)
class PlanPage:
    """A plan in words, drawn on the page of an import and on the page of a pasted block."""

    plan: Plan
    name: str

    @property
    def is_refused(self) -> bool:
        return self.plan.is_refused

    @property
    def changes(self) -> int:
        return len(self.plan.changing)

    @property
    def title(self) -> str:
        """ "There are 3 problems in october.csv", "No changes: 120 rows already match"."""
        problems, same = len(self.plan.problems), self.plan.counts[Verdict.UNCHANGED]
        if problems:
            verb = "is" if problems == 1 else "are"
            return f"There {verb} {counted(problems, 'problem')} in {self.name}"
        if not self.changes:
            verb = "matches" if same == 1 else "match"
            return f"No changes: {counted(same, 'row')} already {verb}"
        return f"{counted(self.changes, 'figure')} to save, nothing refused"

    @property
    def counts(self) -> list[tuple[str, int]]:
        counts = self.plan.counts
        return [
            ("Added", counts[Verdict.ADDED]),
            ("Changed", counts[Verdict.CHANGED]),
            ("Unchanged", counts[Verdict.UNCHANGED]),
            ("Refused", counts[Verdict.REFUSED]),
            ("To confirm on the return", self.plan.asked),
        ]

    @property
    def other_problems(self) -> list[str]:
        """Problems of the file, which belong to no row of the table."""
        of_rows = {problem for row in self.plan.rows for problem in row.problems}
        return [p.words for p in self.plan.problems if p not in of_rows][:MOST_DRAWN]

    @property
    def hint(self) -> str:
        """What to look at first, when most rows are refused for the same column."""
        rows = [row for row in self.plan.rows if row.problems]
        columns = {problem.column for row in rows for problem in row.problems[:1]}
        if len(rows) < 3 or len(rows) * 2 < len(self.plan.rows) or len(columns) != 1:
            return ""
        (column,) = columns
        return (
            f"All of them are in column {column}: is it under the right heading?" if column else ""
        )

    @property
    def swap_words(self) -> str:
        """The question about parts that are the wrong way round."""
        count = self.plan.may_swap
        if not count:
            return ""
        have = "row has" if count == 1 else "rows have"
        return (
            f"{count:,} {have} a number larger than what it is out of, and would be sound with the "
            "two the other way round. Are the columns the wrong way round?"
        )

    @property
    def rows(self) -> list[PlanRow]:
        """The rows to draw: refused first, then those asked about, changed and added."""
        ordered = sorted(
            self.plan.rows, key=lambda row: 1 if row.questions else _FIRST[row.verdict]
        )
        return [PlanRow(row) for row in ordered[:MOST_DRAWN]]

    @property
    def left_out(self) -> str:
        left = len(self.plan.rows) - MOST_DRAWN
        return f"{counted(left, 'more row')} in the file to download." if left > 0 else ""


@dataclass(frozen=True)
class ImportPage:
    """One import: what it would do, as long as it waits, or what came of it."""

    batch: ImportBatch
    shown: PlanPage | None
    touched: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...] = ()
    may_approve: bool = False
    may_send_back: bool = False

    @property
    def title(self) -> str:
        if self.shown:
            return self.shown.title
        batch = self.batch
        if batch.status == ImportBatch.Status.SAVED:
            count = batch.added + batch.changed
            return f"{counted(count, 'figure')} saved as {'a draft' if count == 1 else 'drafts'}"
        if batch.status == ImportBatch.Status.WAITING:
            return "Not saved"
        if batch.figures:
            brought = counted(batch.added + batch.changed, "figure")
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
        return self.shown is not None and bool(self.shown.plan.history)

    @property
    def figures_left(self) -> str:
        left = len(self.batch.figures) - len(self.figures)
        return f"{counted(left, 'more figure')} in the file to download." if left else ""

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
    """The page of an import; `plan` saves working it out again where it was made just now."""
    shown = None
    if batch.read_by_id == by.pk and batch.is_held(at):
        plan = plan or plan_again(batch, access=access, at=at)[1]
        shown = PlanPage(plan, batch.name or "the block")
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
                f"{batch.added + batch.changed:,} to save, {batch.unchanged:,} unchanged, "
                f"{batch.refused:,} refused",
            )
            for batch in self.batches
        ]
