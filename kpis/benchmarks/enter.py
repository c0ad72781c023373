"""Entering figures of others: one as it is typed, or a whole file, all or nothing.

They are drawn and exported, never rated and never added up. A figure that was wrong is withdrawn
with a reason and entered again; pages as known before either stay as they were.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.formats import import_text
from kpis.benchmarks.rows import Counted, Figure, Line, headings, read_row
from kpis.imports.csv_text import decoded, read_csv
from kpis.imports.sheets import MOST_BYTES, FileRefused
from kpis.models import Benchmark, Measure
from strategy.models import SourceDocument
from strategy.periods import Period

MOST_ROWS = 2000


def counted_measures() -> dict[str, Counted]:
    """Every measure by its code and by its name, in small letters. A code goes before a name."""
    rows = list(Measure.objects.order_by("code"))
    found = {row.name.casefold(): row for row in rows} | {row.code: row for row in rows}
    return {
        key: Counted(row.pk, row.code, row.name, row.unit, row.is_milestone)
        for key, row in found.items()
    }


def read_lines(text: str, *, today: date) -> list[Line]:
    """Each row of a CSV file and what it would do. Raises Refused for what is no such file."""
    if len(text.encode()) > MOST_BYTES:
        raise Refused("The file must be smaller than 5MB", "file")
    try:
        (sheet,) = read_csv(text.encode()).sheets
    except FileRefused as problem:
        raise Refused(str(problem), "file") from problem
    rows = [row for row in sheet.rows if any(cell.strip() for cell in row.cells)]
    if len(rows) < 2:
        raise Refused("The file has no rows under its headings", "file")
    if len(rows) > MOST_ROWS + 1:
        raise Refused(f"A file has {MOST_ROWS:,} rows or fewer", "file")
    places, wrong = headings(rows[0].cells)
    if wrong:
        raise Refused(wrong, "file")
    measures, found = counted_measures(), []
    for row in rows[1:]:
        cells = {name: import_text(row.cell(place)) for name, place in places.items()}
        figure, faults = read_row(cells, measures, today=today)
        found.append(Line(row.number, cells, figure, tuple(words for _, words in faults)))
    return _compared(found)


def _compared(lines: Sequence[Line]) -> list[Line]:
    """Each line against what is stored and against the lines before it."""
    figures = [line.figure for line in lines if line.figure is not None]
    stored = _stored(figures)
    seen: dict[tuple, int] = {}
    found = []
    for line in lines:
        figure, faults, is_there = line.figure, line.faults, False
        if figure is not None:
            there = stored.get(figure.key)
            is_there = there is not None and there.value == figure.value
            if there is not None and there.value is not None and not is_there:
                faults = (
                    f"{figure.whose} has the figure {there.value.normalize():f} for that period: "
                    "withdraw it first",
                )
            if figure.key in seen:
                faults = (f"The same measure, period and “whose” as row {seen[figure.key]}",)
            seen.setdefault(figure.key, line.number)
        found.append(Line(line.number, line.cells, figure, faults, is_there))
    return found


def _stored(figures: Iterable[Figure]) -> dict[tuple, Benchmark]:
    measures = {figure.measure.pk for figure in figures}
    rows = Benchmark.objects.filter(measure__in=measures, withdrawn_at__isnull=True)
    return {
        (
            row.measure_id,
            row.whose.casefold(),
            Period(row.period_start, row.period_end)
            if row.period_start and row.period_end
            else None,
        ): row
        for row in rows
    }


@transaction.atomic
def enter_figures(
    *, figures: Sequence[Figure], by: User, access: Access, at: datetime
) -> list[Benchmark]:
    """Store figures of others, all or none. Raises Refused where one is there already."""
    access.require(Capability.EDIT_PLANS)
    # Of two people who enter the same, one waits here and is refused.
    keys = sorted({figure.measure.pk for figure in figures})
    list(Measure.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    stored = _stored(figures)
    made = []
    for figure in figures:
        if figure.key in stored:
            raise Refused(
                f"{figure.whose} has a figure of {figure.measure.name} for that period already: "
                "withdraw it first",
                "value",
            )
        row = Benchmark(
            code=_free_code(figure),
            measure_id=figure.measure.pk,
            whose=figure.whose,
            level=figure.level,
            period_start=figure.period.start if figure.period else None,
            period_end=figure.period.end if figure.period else None,
            value=figure.value,
            note=figure.note,
            source_document=_document(figure, at=at),
            source_section=figure.section,
            recorded_at=at,
            recorded_by=by,
        )
        row.full_clean(exclude=["measure", "source_document", "recorded_by"])
        row.save()
        made.append(row)
        audit.record(
            at=at,
            by=by,
            action="figure of others entered",
            obj=row,
            changes=audit.differences(
                {},
                {
                    "measure": figure.measure.code,
                    "value": figure.value,
                    "period_start": row.period_start,
                    "period_end": row.period_end,
                },
            ),
        )
    return made


@transaction.atomic
def withdraw_figure(
    *, benchmark_id: int, reason: str, by: User, access: Access, at: datetime
) -> Benchmark:
    """From now on it is on no page and in no file; pages as known before keep it."""
    access.require(Capability.EDIT_PLANS)
    rows = Benchmark.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=benchmark_id).first()
    if row is None:
        raise Refused("There is no figure of that number. Load the page again.")
    if not reason.strip():
        raise Refused("Enter why the figure is withdrawn", "reason")
    if row.withdrawn_at is not None:
        raise Refused("The figure is withdrawn already. Load the page again.")
    row.withdrawn_at, row.withdrawn_by = at, by
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record(
        at=at,
        by=by,
        action="figure of others withdrawn",
        obj=row,
        changes=[audit.FieldChange.of("value", row.value, None)],
        reason=reason,
    )
    return row


def _document(figure: Figure, *, at: datetime) -> SourceDocument:
    """The document of that title and day; a new one where there is none."""
    found = SourceDocument.objects.filter(title=figure.source, published_on=figure.published_on)
    row = found.order_by("pk").first()
    if row is not None:
        return row
    base = re.sub(r"[^a-z0-9]+", "-", figure.source.casefold()).strip("-")[:60] or "source"
    taken = set(SourceDocument.objects.filter(code__startswith=base).values_list("code", flat=True))
    code = next(
        code
        for code in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
        if code not in taken
    )
    return SourceDocument.objects.create(
        code=code,
        title=figure.source,
        published_on=figure.published_on,
        published_precision=SourceDocument.Precision.DAY if figure.published_on else "",
    )


def _free_code(figure: Figure) -> str:
    whose = re.sub(r"[^a-z0-9]+", "-", figure.whose.casefold()).strip("-")[:30] or "others"
    when = f"-{figure.period.end:%Y-%m}" if figure.period else ""
    base = f"{figure.measure.code[:60]}-{whose}{when}"
    taken = set(Benchmark.objects.filter(code__startswith=base).values_list("code", flat=True))
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def file_text(data: bytes) -> str:
    """The text of a file that was chosen. Raises Refused for what cannot be read."""
    if len(data) > MOST_BYTES:
        raise Refused("The file must be smaller than 5MB", "file")
    try:
        return decoded(data)
    except FileRefused as problem:
        raise Refused(str(problem), "file") from problem
