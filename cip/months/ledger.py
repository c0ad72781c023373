"""An extract of the ledger becomes the actuals of schemes: read, looked at, then saved whole.

An extract has a line for each posting: the reference of the scheme, its month, and the amount in
pounds (or in £000, in a column that says so). The lines of a scheme and month are summed, exactly,
and their sum in whole pounds is the month's actual. One line that cannot be right refuses the file.
Only the sums are kept, so memory does not grow with the lines.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.models import LedgerImport, Phasing, Programme, Scheme
from cip.schemes.phasing import Figure, actual_problem, saving_problem, write_figures
from cip.standing.hold import SchemeRefused, held_programme, held_scheme
from cip.standing.read import Standing, schemes_of, standing_of, standings
from cip.wording import thousands
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import format_count, format_list, import_text
from kmpt_tracker.ui.typed import NumberRules, parse_month_text, parse_number, tidy
from kpis.imports.files import read_file
from kpis.imports.headings import plain
from kpis.imports.place import TOTALS
from kpis.imports.sheets import FileRefused, Sheet, column_letter
from strategy.periods import Month

HEADINGS = {
    "scheme": "scheme",
    "reference": "scheme",
    "scheme reference": "scheme",
    "cip": "scheme",
    "cip reference": "scheme",
    "month": "month",
    "period": "month",
    "amount": "amount",
    "value": "amount",
    "actual": "amount",
    "£": "amount",
    "amount £": "amount",
    "amount k": "amount_k",
    "actual k": "amount_k",
    "£000": "amount_k",
    "amount £000": "amount_k",
}
# "M7", "P07", "Period 7".
_PERIOD = re.compile(r"(?P<mark>(?:m|p|month|period)\s?)?0?(?P<number>[1-9]|1[0-2])", re.IGNORECASE)
SEARCHED = 30
MOST_PROBLEMS = 50
PROGRESS_EVERY = 1000
THOUSAND, POUND = Decimal(1000), Decimal("0.001")
Sums = dict[tuple[str, Month], Decimal]
Say = Callable[[int], None]


@dataclass(frozen=True)
class Extract:
    """What a file says: the sum of each scheme and month in £000, and what is wrong with it."""

    sums: Mapping[tuple[str, Month], Decimal]
    lines: int
    problems: tuple[str, ...]


def read_extract(
    name: str, data: bytes, programme: Programme, *, say: Say = lambda lines: None
) -> Extract:
    """Sum the lines of a file. Raises FileRefused where it is no extract at all."""
    book = read_file(name, data)
    headed = [found for sheet in book.sheets if (found := _headed(sheet)) is not None]
    if len(headed) != 1:
        raise FileRefused(
            "The file needs one sheet with columns called “scheme”, “month” and “amount” (in "
            "pounds) or “amount £000”"
        )
    sheet, place, columns = headed[0]
    references = Scheme.objects.filter(programme=programme).values_list("reference", flat=True)
    known = {reference.casefold(): reference for reference in references}
    sums: Sums = {}
    problems: list[str] = []
    lines = 0
    for row in sheet.rows[place + 1 :]:
        lines += 1
        if lines % PROGRESS_EVERY == 0:
            say(lines)
        cells = {key: tidy(row.cell(at)) for key, at in columns.items()}
        try:
            key, amount = _line(cells, known, programme)
        except ValueError as problem:
            if len(problems) < MOST_PROBLEMS:
                problems.append(f"Row {row.number}: {problem}")
            continue
        sums[key] = sums.get(key, Decimal(0)) + amount
    problems += [problem.words for problem in sheet.problems]
    rounded = {key: amount.quantize(POUND, ROUND_HALF_UP) for key, amount in sums.items()}
    return Extract(rounded, lines, tuple(problems))


def _headed(sheet: Sheet) -> tuple[Sheet, int, dict[str, int]] | None:
    for place, row in enumerate(sheet.rows[:SEARCHED]):
        columns: dict[str, int] = {}
        for at, cell in enumerate(row.cells):
            name = HEADINGS.get(plain(cell).replace("(", "").replace(")", ""))
            if name and name in columns:
                letters = f"{column_letter(columns[name])} and {column_letter(at)}"
                raise FileRefused(f"The file has two columns for the {name}: {letters}")
            if name:
                columns[name] = at
        if {"scheme", "month"} <= set(columns) and {"amount", "amount_k"} & set(columns):
            if {"amount", "amount_k"} <= set(columns):
                raise FileRefused("The file has an amount in pounds and one in £000: keep one")
            return sheet, place, columns
    return None


def _line(
    cells: Mapping[str, str], known: Mapping[str, str], programme: Programme
) -> tuple[tuple[str, Month], Decimal]:
    written = import_text(cells["scheme"])
    reference = known.get(written.casefold())
    if reference is None and plain(written) in ("", *TOTALS):
        raise ValueError("a line without a scheme: leave out lines of totals, and notes")
    if reference is None:
        raise ValueError(f"there is no scheme “{written[:60]}” in {programme}")
    month = _month(cells["month"], programme)
    if month not in programme.financial_year.months:
        raise ValueError(f"{month.label} lies outside {programme.financial_year.label}")
    name = "amount_k" if "amount_k" in cells else "amount"
    rules = NumberRules(
        name="Amount",
        unit="pounds" if name == "amount" else "pounds_thousand",
        minimum=Decimal(-999_999_999_999),
        offers_no_data=False,
    )
    found = parse_number(cells[name], rules)
    if found.value is None:
        raise ValueError(found.error or "the amount is missing")
    return (reference, month), found.value / THOUSAND if name == "amount" else found.value


def _month(text: str, programme: Programme) -> Month:
    """A month as anywhere else, or as ledgers number them: M7 is October, the seventh of its year.

    A number alone is refused: 7 may be July.
    """
    months = programme.financial_year.months
    found = _PERIOD.fullmatch(text)
    if found and 1 <= (number := int(found["number"])) <= len(months):
        if found["mark"]:
            return months[number - 1]
        raise ValueError(
            f"month {text} may be period {number} ({months[number - 1].label}) or a month of the "
            f"calendar: write M{number} or the month’s name"
        )
    read = parse_month_text(text)
    if read.value is None:
        raise ValueError(read.error or "the month is missing")
    return Month.of(read.value)


@transaction.atomic
def read_ledger(
    *,
    programme_id: int,
    name: str,
    data: bytes,
    by: User,
    access: Access,
    at: datetime,
    say: Say = lambda lines: None,
) -> LedgerImport:
    """Read an extract for somebody to look at; no actual is recorded yet."""
    access.require(Capability.SIGN_OFF_SAVINGS)
    programme = Programme.objects.get(pk=programme_id)
    try:
        extract = read_extract(name, data, programme, say=say)
    except FileRefused as refused:
        raise SchemeRefused(str(refused), "file") from None
    problems = list(extract.problems)
    if not problems:
        problems = [problem for _, _, problem in _changes(programme, extract.sums, at) if problem]
    batch = LedgerImport.objects.create(
        programme=programme,
        file_name=name[-200:],
        file_hash=hashlib.sha256(data).hexdigest(),
        status=LedgerImport.Status.REFUSED if problems else LedgerImport.Status.READ,
        lines=extract.lines,
        sums=[
            [reference, str(month), f"{amount:f}"]
            for (reference, month), amount in sorted(extract.sums.items())
        ],
        problems=problems[:MOST_PROBLEMS],
        read_at=at,
        read_by=by,
    )
    change = audit.FieldChange.of("lines", "", extract.lines)
    action = "ledger refused" if problems else "ledger read"
    audit.record(at=at, by=by, action=action, obj=batch, changes=[change])
    return batch


def sums_of(batch: LedgerImport) -> Sums:
    return {
        (reference, Month.parse(month)): Decimal(amount) for reference, month, amount in batch.sums
    }


def _changes(
    programme: Programme, sums: Mapping[tuple[str, Month], Decimal], at: datetime
) -> Iterator[tuple[Standing, Figure, str]]:
    """Each scheme and month: the scheme's state, the figure, and why it cannot be recorded."""
    rows = standings(schemes_of(programme))
    held = {row.scheme.reference: row for row in rows}
    for (reference, month), amount in sorted(sums.items()):
        row = held[reference]
        now = row.money.actual.get(month)
        figure = Figure(Phasing.Kind.ACTUAL.value, month, now, amount)
        problem = ""
        if now != amount:
            problem = actual_problem(row, month, at) or saving_problem(row, month, amount)
        yield row, figure, f"{reference}: {problem}" if problem else ""


def batch_of(programme: Programme, key: int) -> LedgerImport | None:
    return LedgerImport.objects.filter(programme=programme, pk=key).first()


@dataclass(frozen=True)
class Look:
    """What saving an extract would do: each scheme's state, figure, and why it cannot be."""

    changes: tuple[tuple[Standing, Figure, str], ...]

    @classmethod
    def at(cls, batch: LedgerImport, at: datetime) -> "Look":
        return cls(tuple(_changes(batch.programme, sums_of(batch), at)))

    @property
    def mark(self) -> str:
        """Of the figures that were recorded then: whoever saves has seen these."""
        recorded = [(row.scheme.reference, str(f.month), str(f.seen)) for row, f, _ in self.changes]
        return hashlib.sha256(repr(recorded).encode()).hexdigest()

    @property
    def below(self) -> str:
        """The actuals below 0 that would be recorded: "CIP-A1 in Sep 2019"; each asks for a reason,
        as it does where it is typed.
        """
        found = (
            f"{row.scheme.reference} in {figure.month.label}"
            for row, figure, _ in self.changes
            if figure.is_changed and figure.typed is not None and figure.typed < 0
        )
        return format_list([*found])

    @property
    def table(self) -> Table:
        def shown(amount: Decimal | None) -> str:
            return "–" if amount is None else thousands(amount)

        return Table(
            "What saving would record, £000",
            ["Scheme", "Month", Column("Recorded now", True), Column("Extract", True), "It would"],
            [
                (
                    row.scheme.reference,
                    figure.month.label,
                    shown(figure.seen),
                    shown(figure.typed),
                    problem or _does(figure),
                )
                for row, figure, problem in self.changes
            ],
        )


def _does(figure: Figure) -> str:
    if not figure.is_changed:
        return "stay"
    return "be added" if figure.seen is None else "change"


@transaction.atomic
def save_ledger(
    *, batch_id: int, seen: str, reason: str = "", by: User, access: Access, at: datetime
) -> LedgerImport:
    """Save an extract that was looked at: every figure, or none. `seen` is the mark of what was
    looked at: a figure that somebody has recorded since is not replaced unseen. An actual below 0
    asks for a reason."""
    access.require(Capability.SIGN_OFF_SAVINGS)
    batch = LedgerImport.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)
    if batch.status != LedgerImport.Status.READ:
        raise SchemeRefused(f"This extract is {batch.get_status_display().lower()} already")
    held_programme(batch.programme_id)
    by_scheme: dict[str, list[Figure]] = {}
    look = Look.at(batch, at)
    for _, _, problem in look.changes:
        if problem:
            raise SchemeRefused(f"{problem}. Nothing was saved")
    if look.mark != seen:
        raise SchemeRefused(
            "Actuals have been recorded since you looked at what the extract would do. Nothing was "
            "saved: look again, then save"
        )
    reason = reason.strip()
    if look.below and not reason:
        raise SchemeRefused(f"Below 0: {look.below}. Enter the reason", "reason")
    for row, figure, _ in look.changes:
        if figure.is_changed:
            by_scheme.setdefault(row.scheme.reference, []).append(figure)
    reason = f"Ledger extract {batch.file_name}" + (f": {reason}" if reason else "")
    keys = Scheme.objects.filter(programme=batch.programme_id, reference__in=by_scheme)
    for key in keys.order_by("pk").values_list("pk", flat=True):
        scheme = held_scheme(key)
        figures = by_scheme[scheme.reference]
        write_figures(
            scheme, standing_of(scheme), figures, reason=reason, by=by, at=at, ledger=batch
        )
        audit.record(
            at=at,
            by=by,
            action="actuals imported",
            obj=scheme,
            changes=[audit.FieldChange.of(f.box, f.seen, f.typed) for f in figures],
            reason=reason,
        )
    batch.status, batch.saved_at = LedgerImport.Status.SAVED, at
    batch.save()
    number = sum(map(len, by_scheme.values()))
    change = audit.FieldChange.of("figures", "", format_count(number, "figure"))
    audit.record(at=at, by=by, action="ledger saved", obj=batch, changes=[change])
    return batch
