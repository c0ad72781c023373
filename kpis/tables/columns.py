"""The columns of the tables of measures, each defined once with its cell.

A row has a standing, the terms of its measure, and whatever else its table's columns ask for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Protocol

from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kmpt_tracker.ui.escaped import escaped
from kmpt_tracker.ui.formats import MISSING, format_value
from kmpt_tracker.ui.tags.boxes import note_mark
from kmpt_tracker.ui.tags.charts import sparkline
from kmpt_tracker.ui.tags.status import fresh, spc_icons, status
from kpis.judging import wording
from kpis.judging.promised import Promised, promised_words
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms

TRENDS_KEPT = 1000


class MeasureRow(Protocol):
    """A row of any table of measures; a promise that nothing measures has no terms."""

    @property
    def standing(self) -> Standing: ...
    @property
    def terms(self) -> MeasureTerms | None: ...


class NamedRow(MeasureRow, Protocol):
    """A row that begins with its name; the notes on it are opened there."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def notes(self) -> Sequence[Any]: ...


class TrendRow(MeasureRow, Protocol):
    """A row with the last windows as a small line."""

    @property
    def trend(self) -> tuple[float | None, ...]: ...
    @property
    def cuts(self) -> tuple[int, ...]: ...


class PromisedRow(MeasureRow, Protocol):
    """A row of a plan's promise."""

    @property
    def target(self) -> Promised: ...
    @property
    def is_recalculating(self) -> bool: ...
    @property
    def accepted_note(self) -> str: ...
    @property
    def not_in_force(self) -> str: ...


@dataclass(frozen=True)
class MeasureColumn:
    """A heading, and its cell in a row; `asides` are shown below the cell's words, smaller."""

    heading: str
    words: Callable[[Any], str]
    asides: Callable[[Any], Sequence[str]] | None = None
    short_for: str = ""
    is_number: bool = False
    is_value: bool = False

    @property
    def css(self) -> str:
        """The CSS classes of its cells."""
        number = "kt-num" if self.is_number else ""
        return f"{number} kt-val" if self.is_value else number


@dataclass(frozen=True)
class MeasureTable:
    """The columns of one table after its first. On a phone a row becomes a block; ARIA roles
    still say that it is a row, and a labelled cell names its column."""

    columns: tuple[MeasureColumn, ...]
    has_roles: bool = True
    is_labelled: bool = False

    def lines(self, rows: Iterable[NamedRow]) -> SafeString:
        """A line for each row: its name, which links to its page, its notes, and its cells.

        Put together here: a template of its own for each line made the register a quarter slower,
        and the escaping of `format_html` costs more than what a cell says.
        """
        return mark_safe("\n".join(self._line(row) for row in rows))  # noqa: S308 (escaped below)

    def _line(self, row: NamedRow) -> str:
        stale = ' class="is-stale"' if row.standing.stands_in else ""
        mark = note_mark(row.notes, row.name) if row.notes else ""
        return (
            f'<tr role="row"{stale}>\n<th scope="row" role="rowheader">'
            f'<a href="{escaped(row.url)}">{escaped(row.name)}</a>{mark}</th>\n'
            f"{self.cells(row)}\n</tr>"
        )

    def cells(self, row: MeasureRow) -> SafeString:
        """The cells of one row."""
        cells = []
        for column, opening in self._openings:
            words = escaped(column.words(row))
            asides = _asides(column.asides(row)) if column.asides else ""
            cells.append(f"{opening}{words}{asides}</td>")
        return mark_safe("\n".join(cells))  # noqa: S308 (escaped above)

    @cached_property
    def _openings(self) -> list[tuple[MeasureColumn, str]]:
        return [
            (
                column,
                format_html(
                    "<td{}>",
                    flatatt(
                        {
                            "role": "cell" if self.has_roles else None,
                            "class": column.css or None,
                            "data-l": column.heading if self.is_labelled else None,
                        }
                    ),
                ),
            )
            for column in self.columns
        ]


def _asides(words: Iterable[str]) -> str:
    return "".join(f'<span class="kt-was">{escaped(one)}</span>' for one in words if one)


def latest(row: MeasureRow) -> str:
    return MISSING if row.terms is None else wording.value_words(row.standing.shown, row.terms)


def target(row: MeasureRow) -> str:
    """What was in force in the window."""
    return MISSING if row.terms is None else wording.target_words(row.standing.target, row.terms)


def promised(row: PromisedRow) -> str:
    """What was in force, or what the plan promises while nothing is."""
    if row.terms is None or row.standing.target is not None:
        return target(row)
    return promised_words(row.target, row.terms)


def is_milestone(row: MeasureRow) -> bool:
    return row.terms is not None and row.terms.is_milestone


def status_mark(row: MeasureRow) -> SafeString:
    return status(row.standing.rag, kind="milestone" if is_milestone(row) else "measure")


def quoted_asides(row: PromisedRow) -> Sequence[str]:
    """Whether the target still runs, shown below the plan's own words."""
    recalculated = "being recalculated" if row.is_recalculating else ""
    of_target = row.not_in_force or _lapsed(row)
    return (recalculated, row.accepted_note, _last(row), of_target, _share(row))


def _last(row: MeasureRow) -> str:
    shown = row.standing.shown
    if row.standing.is_awaited and shown.rag.is_coloured:
        return f"last: {wording.brief_status(shown, row.terms)}"
    return ""


def _lapsed(row: MeasureRow) -> str:
    asked = row.standing.target
    if asked is None:
        return ""
    if asked.due_date_passed and not is_milestone(row):
        return "due date passed"
    return "carried forward" if asked.carried_forward else ""


def _share(row: MeasureRow) -> str:
    """That the target is a part of the year's."""
    return "" if row.terms is None else wording.share_words(row.standing, row.terms)


def spc(row: MeasureRow) -> str:
    standing = row.standing
    if is_milestone(row) or not standing.has_value or standing.variation == "none":
        return MISSING
    return spc_icons(standing.variation, standing.assurance)


def trend(row: TrendRow) -> str:
    """An empty trend need not mean that data are missing: incomplete figures are not drawn."""
    is_drawn = any(value is not None for value in row.trend)
    return trend_of(row) if is_drawn and not is_milestone(row) else MISSING


def data_to(row: MeasureRow) -> str:
    standing = row.standing
    if not standing.shown.has_value:
        other = standing.other
        return fresh(other.label, "another period: on its page") if other else MISSING
    note = wording.freshness_words(standing, row.terms)
    return fresh(wording.data_to_words(standing), note, standing.is_late)


def trend_of(row: Any) -> SafeString:
    """A row's sparkline, and the same in words."""
    drawn = wording.drawn_target(row.standing, row.terms)
    # As many digits as the figure in the next column: 94.96%, not 95.0%.
    decimals = wording.decimals_of(row.standing.shown, row.terms)
    return _trend(row.trend, row.cuts, drawn, row.terms.unit, decimals)


@lru_cache(TRENDS_KEPT)
def _trend(
    values: tuple[float | None, ...],
    cuts: tuple[int, ...],
    drawn: Decimal | None,
    unit: str,
    decimals: int,
) -> SafeString:
    """Kept once drawn: a new figure changes one trend of a page. 138 µs each, 1 µs when kept."""
    known = [value for value in values if value is not None]
    label = ""
    if known:
        first, last, low, high = (
            format_value(Decimal(str(value)), unit, decimals)
            for value in (known[0], known[-1], min(known), max(known))
        )
        label = f"Trend: from {first} to {last}, lowest {low}, highest {high}"
    return sparkline(values, drawn, label, cuts)


LATEST = MeasureColumn("Latest", latest, is_number=True, is_value=True)
TARGET = MeasureColumn("Target", target, is_number=True)
PROMISED = replace(TARGET, words=promised)
STATUS = MeasureColumn("Status", status_mark)
SPC = MeasureColumn("SPC", spc)
TREND = MeasureColumn("Trend", trend)
DATA_TO = MeasureColumn("Data to", data_to)


def owners(row: Any) -> str:
    """Who answers for it, and who will from a day to come."""
    return ", ".join(words for words in (row.owner, row.owner_ahead) if words) or MISSING


TABLES: dict[str, MeasureTable] = {
    "promises": MeasureTable(
        (
            replace(LATEST, asides=lambda row: row.figure_remarks),
            replace(PROMISED, asides=lambda row: (row.target_remark,)),
            replace(STATUS, asides=lambda row: (row.remarks,)),
            replace(SPC, short_for="Statistical process control: variation and assurance"),
            TREND,
        ),
        is_labelled=True,
    ),
    "quoted": MeasureTable(
        (LATEST, PROMISED, replace(STATUS, asides=quoted_asides), DATA_TO), has_roles=False
    ),
    "register": MeasureTable(
        (
            LATEST,
            TARGET,
            STATUS,
            SPC,
            DATA_TO,
            MeasureColumn("How often", lambda row: row.measure.get_frequency_display()),
            MeasureColumn("Promised in", lambda row: ", ".join(row.plans) or MISSING),
        )
    ),
    "summary": MeasureTable(
        (
            LATEST,
            TARGET,
            STATUS,
            SPC,
            TREND,
            DATA_TO,
            MeasureColumn("Owner", owners),
        )
    ),
    "care group": MeasureTable((LATEST, TARGET, STATUS, SPC, TREND, DATA_TO)),
    "milestones": MeasureTable(
        (
            MeasureColumn("Stands", latest),
            MeasureColumn("Due", target),
            STATUS,
            DATA_TO,
        ),
        has_roles=False,
    ),
}
