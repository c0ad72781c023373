"""The page of a programme: from target to delivered pound, by care group and by scheme."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cip.models import Programme
from cip.money import (
    PrintedTotal,
    Rating,
    Stage,
    Step,
    gap_steps,
    identified,
    recurrent_gap,
    unidentified,
)
from cip.programmes.chart import cumulative, waterfall
from cip.programmes.printed import (
    COLUMNS,
    AllocationLine,
    allocations_known,
    money_of,
    printed_sections,
    programmes_known,
    said_of,
    sum_of,
    sum_words,
)
from cip.programmes.table import (
    CATEGORY_OPTIONS,
    QIA_OPTIONS,
    RATING_OPTIONS,
    STAGE_OPTIONS,
    Chosen,
    money,
    options,
    schemes_table,
    schemes_words,
    shown_rows,
)
from cip.programmes.targets import (
    TargetMove,
    changed,
    moved,
    moves_known,
    target_changes,
)
from cip.standing.read import Standing, schemes_of, schemes_with_parents, standings
from cip.wording import STAGES, STEPS
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import format_date, format_value
from kpis.plans.blocks import Section
from strategy.models import CareGroup, Note
from strategy.notes import Notes, notes_on
from strategy.periods import FinancialYear, Month

ZERO = Decimal(0)
TABS = (("", "Programme"), ("plan", "What the plan says"))


def pounds(value: Decimal | None, *, decimals: int = 0) -> str:
    """£2,822k; the exact amount is in the tables and files."""
    return format_value(value, "pounds_thousand", decimals)


@dataclass(frozen=True)
class Totals:
    """The sums of a set of schemes, and the target that they are compared with."""

    target: Decimal
    rows: tuple[Standing, ...]
    year: FinancialYear

    @cached_property
    def identified(self) -> Decimal:
        return identified((row.money for row in self.rows), self.year)

    @property
    def unidentified(self) -> Decimal:
        return unidentified(self.target, self.identified)

    @cached_property
    def risk_weighted(self) -> Decimal:
        return sum((row.risk_weighted for row in self.rows), ZERO)

    @property
    def gap(self) -> Decimal:
        return self.target - self.risk_weighted

    @cached_property
    def delivered(self) -> Decimal:
        return sum((row.delivered for row in self.rows), ZERO)

    @cached_property
    def forecast(self) -> Decimal:
        return sum((row.forecast for row in self.rows), ZERO)

    @cached_property
    def planned_to_date(self) -> Decimal:
        rows = (row for row in self.rows if row.money.is_identified)
        return sum((row.planned_to_date for row in rows), ZERO)

    @cached_property
    def carry_over(self) -> Decimal:
        """What next year still gains from the schemes that count."""
        return sum((row.carry_over for row in self.rows if row.money.is_identified), ZERO)

    def share(self, amount: Decimal) -> int:
        """The share of the target, in whole per cent."""
        return int((100 * amount / self.target).to_integral_value()) if self.target else 0

    @property
    def identified_share(self) -> int:
        return self.share(self.identified)


@dataclass(frozen=True)
class GroupLine:
    """A care group: its printed figures, and the tracked ones."""

    printed: AllocationLine
    totals: Totals
    moved: Decimal = ZERO

    @property
    def care_group(self) -> CareGroup:
        return self.printed.allocation.care_group

    @property
    def anchor(self) -> str:
        return f"group-{self.care_group.code}"

    @property
    def label(self) -> str:
        return self.printed.allocation.label_as_published or self.care_group.name

    @property
    def tracked(self) -> list[str]:
        found = self.totals
        values = (found.identified, found.unidentified, found.risk_weighted, found.gap)
        return [money(value) for value in (*values, found.forecast, found.delivered)]

    @property
    def moved_words(self) -> str:
        """ "£20k moved in since": the target now is the printed one and what changed."""
        if not self.moved:
            return ""
        way = "in" if self.moved > 0 else "out"
        return f"target now {money(self.totals.target)}: £{money(abs(self.moved))}k moved {way}"


@dataclass(frozen=True)
class RatingChange:
    """A change of a scheme's deliverability, and what it did to the weighted value."""

    row: Standing
    was: Rating | None
    now: Rating
    at: datetime
    reason: str

    @property
    def effect(self) -> Decimal:
        """The forecast of months not signed off by then × the change of weight."""
        weights = self.row.scheme.programme.weights
        coming = [
            month
            for month in self.row.year.months
            if (signed := self.row.signed_off.get(month)) is None or signed > self.at
        ]
        ahead = sum((self.row.money.forecast_of(month) for month in coming), ZERO)
        return ahead * (weights.of(self.now) - weights.of(self.was)) / 100


@dataclass(frozen=True)
class ProgrammePage:
    """Everything that the page of a programme shows."""

    programme: Programme
    lines: tuple[GroupLine, ...]
    rows: tuple[Standing, ...]
    moves: tuple[TargetMove, ...]
    notes: Notes
    choice: Chosen = field(default_factory=Chosen)
    sections: tuple[Section, ...] = ()
    tab: str = ""
    most: int | None = None  # schemes in the table; None: all
    signed: tuple[Month, ...] = ()  # by any care group, whichever month is asked for

    columns = COLUMNS
    stage_options = STAGE_OPTIONS
    qia_options = QIA_OPTIONS
    rating_options = RATING_OPTIONS
    category_options = CATEGORY_OPTIONS

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        url = self.programme.get_absolute_url()
        return [(f"{url}?show={code}" if code else url, words, code == self.tab)
                for code, words in TABS]  # fmt: skip

    @property
    def year(self) -> FinancialYear:
        return self.programme.financial_year

    @property
    def has_schemes(self) -> bool:
        return bool(self.rows)

    @property
    def has_illustrative(self) -> bool:
        return any(row.scheme.is_illustrative for row in self.rows)

    @cached_property
    def totals(self) -> Totals:
        printed = self.programme.printed_target_k
        target = sum((line.totals.target for line in self.lines), ZERO)
        whole = target if printed is None else printed + changed(self.moves)
        return Totals(whole, self.rows, self.year)

    @property
    def is_changed(self) -> bool:
        """Whether the target of the programme is no longer the printed one."""
        return bool(changed(self.moves))

    @property
    def moved_words(self) -> list[str]:
        """Every transfer and change of a target, oldest first."""
        names = {line.care_group.pk: line.care_group.name for line in self.lines}
        return [move.words(names) for move in self.moves]

    @property
    def month_options(self) -> list[tuple[str, str]]:
        """The months at whose end the page can be read."""
        return [("", "Latest"), *((str(month), month.label) for month in self.signed)]

    @property
    def other_choices(self) -> list[tuple[str, str]]:
        """What the form of the month keeps: filters and order of the schemes."""
        return [pair for pair in self.choice.query.items() if pair[0] != "until"]

    @property
    def month_words(self) -> str:
        """That the page is that of an earlier month; empty for the latest."""
        if not self.choice.until:
            return ""
        month = Month.parse(self.choice.until).full_label
        return f"As at the end of {month}: later months count as forecast, by their weight."

    @property
    def sentence(self) -> str:
        target, gap = pounds(self.totals.target), self.totals.gap
        if not self.has_schemes:
            printed = self.programme.printed_unidentified_k
            lacks = f": {pounds(printed)} was not identified when it was printed" if printed else ""
            return f"No scheme is tracked yet towards the {target} target{lacks}."
        if gap > 0:
            return (
                f"If every scheme delivers as rated, the year ends {pounds(gap)} short of the "
                f"{target} target."
            )
        over = f"{pounds(-gap)} above" if gap else "exactly at"
        return f"If every scheme delivers as rated, the year ends {over} the {target} target."

    @property
    def months_signed(self) -> list[Month]:
        """The months that a care group has signed off."""
        return sorted({month for row in self.rows for month in row.signed_off})

    @property
    def delivered_label(self) -> str:
        months = self.months_signed
        return f"Delivered to {months[-1].label}" if months else "Delivered"

    @property
    def delivered_words(self) -> str:
        totals = self.totals
        if not self.months_signed:
            return "No month is signed off yet"
        last = self.months_signed[-1]
        waiting = {
            row.scheme.care_group.name
            for row in self.rows
            if last not in row.signed_off and row.delivered_since is not None
        }
        groups = "1 group" if len(waiting) == 1 else f"{len(waiting)} groups"
        missing = f"; {last.label} not signed off for {groups}" if waiting else ""
        return f"of {pounds(totals.planned_to_date)} planned in months signed off{missing}"

    @property
    def counted(self) -> str:
        return schemes_words(sum(row.money.is_identified for row in self.rows))

    @property
    def weights_words(self) -> str:
        shares = [
            f"{rating.value} counts {format_value(self.programme.weights.of(rating), 'percent')}"
            for rating in Rating
        ]
        return ", ".join(shares).capitalize()

    @cached_property
    def recurrent_gap(self) -> Decimal | None:
        stated = self.programme.recurrent_target_k
        if stated is None and self.programme.printed_target_k is None:
            return None
        target = self.totals.target if stated is None else stated
        return recurrent_gap(target, (row.money for row in self.rows), self.year)

    # What the charts are drawn from, and their tables.

    @cached_property
    def steps(self) -> list[Step]:
        found = gap_steps(
            self.totals.target,
            ((row.money, row.signed_off) for row in self.rows),
            self.year,
            weights=self.programme.weights,
        )
        return [step for step in found if step.amount or step.code in ("target", "gap")]

    @property
    def waterfall(self) -> dict[str, Any]:
        return waterfall(self.steps)

    @property
    def waterfall_words(self) -> str:
        said = [f"{STEPS[step.code].lower()} {money(step.amount)}" for step in self.steps]
        return f"From the target to the gap, £000: {', '.join(said)}."

    @property
    def waterfall_table(self) -> Table:
        rows = [(STEPS[step.code], money(step.amount)) for step in self.steps]
        return Table("From target to gap, £000", ["Step", Column("£000", numeric=True)], rows)

    @cached_property
    def by_month(self) -> list[tuple[Month, Decimal, Decimal | None, Decimal | None]]:
        """Cumulative plan, delivered and forecast; delivered until the last month signed off."""
        counted = [row for row in self.rows if row.money.is_identified]
        last = self.months_signed[-1] if self.months_signed else None
        plan = delivered = forecast = ZERO
        found = []
        for month in self.year.months:
            plan += sum((row.money.plan.get(month, ZERO) for row in counted), ZERO)
            for row in self.rows:
                if month in row.signed_off:
                    amount = row.money.actual.get(month, ZERO)
                    delivered += amount
                else:
                    amount = row.money.forecast_of(month) if row.money.is_identified else ZERO
                forecast += amount
            is_past = last is not None and month <= last
            is_ahead = last is None or month >= last
            found.append(
                (month, plan, delivered if is_past else None, forecast if is_ahead else None)
            )
        return found

    @property
    def cumulative(self) -> dict[str, Any]:
        months, plan, delivered, forecast = zip(*self.by_month, strict=True)
        return cumulative(months, plan, delivered, forecast)

    @property
    def cumulative_words(self) -> str:
        _, plan, _, forecast = self.by_month[-1]
        return (
            f"By March the schemes plan {pounds(plan)} and forecast {pounds(forecast)}, "
            f"of a target of {pounds(self.totals.target)}."
        )

    @property
    def cumulative_table(self) -> Table:
        def cell(value: Decimal | None) -> str:
            return "–" if value is None else money(value)

        return Table(
            "Cumulative savings, £000",
            ["Month", *(Column(name, numeric=True) for name in ("Plan", "Delivered", "Forecast"))],
            [
                (month.label, cell(plan), cell(delivered), cell(forecast))
                for month, plan, delivered, forecast in self.by_month
            ],
        )

    @property
    def pipeline(self) -> Table:
        """How many schemes are at each stage, and what they are worth."""
        counts = Counter(row.stage for row in self.rows)
        plan: dict[Stage, Decimal] = defaultdict(Decimal)
        weighted: dict[Stage, Decimal] = defaultdict(Decimal)
        for row in self.rows:
            plan[row.stage] += row.in_year_plan
            weighted[row.stage] += row.risk_weighted
        return Table(
            "Schemes by stage, £000",
            [
                "Stage",
                *(Column(name, numeric=True) for name in ("Schemes", "Plan", "Risk-weighted")),
            ],
            [
                (STAGES[stage], counts[stage], money(plan[stage]), money(weighted[stage]))
                for stage in Stage
                if counts[stage]
            ],
        )

    @property
    def rating_changes(self) -> list[RatingChange]:
        """Every change of a rating, latest first; the first rating of a scheme is not a change."""
        found = []
        for row in self.rows:
            for before, after in zip(row.ratings, row.ratings[1:], strict=False):
                found.append(
                    RatingChange(
                        row,
                        Rating(before.rating),
                        Rating(after.rating),
                        after.known_from,
                        after.reason,
                    )
                )
        return sorted(found, key=lambda change: change.at, reverse=True)

    @property
    def rating_table(self) -> Table:
        return Table(
            "Changes of the delivery rating, and what each did to the weighted value",
            ["Scheme", "When", "From", "To", Column("Effect, £000", numeric=True), "Why"],
            [
                (
                    f"{change.row.scheme.reference} {change.row.scheme.title}",
                    format_date(change.at),
                    change.was.value if change.was else "not rated",
                    change.now.value,
                    money(change.effect),
                    change.reason,
                )
                for change in self.rating_changes
            ],
        )

    # The tables.

    @property
    def printed(self) -> tuple[Decimal | None, ...]:
        return tuple(column.printed(self.programme) for column in COLUMNS)

    @property
    def sums(self) -> list[str]:
        """What the rows add up to, and how far the printed total is from it: "5,949 (1 less)"."""
        rows = [line.printed.figures for line in self.lines]
        sums = [sum_of(figures) for figures in zip(*rows, strict=True)] or [None] * len(COLUMNS)
        return [sum_words(*pair) for pair in zip(sums, self.printed, strict=True)]

    @property
    def rounding(self) -> list[str]:
        """Where the printed rows and totals differ, in words."""
        found = []
        rows = [line.printed.figures for line in self.lines]
        for column, *figures in zip(COLUMNS, *rows, strict=True):
            total, printed = sum_of(figures), column.printed(self.programme)
            if total is not None and printed is not None and total != printed:
                said = PrintedTotal(printed, total).sentence
                found.append(f"{column.heading}: {said[:1].lower()}{said[1:]}")
        return found

    @property
    def tracked_total(self) -> list[str]:
        found = self.totals
        values = (found.identified, found.unidentified, found.risk_weighted, found.gap)
        return [money(value) for value in (*values, found.forecast, found.delivered)]

    @property
    def differs(self) -> list[str]:
        """Care groups whose schemes do not add up to what the plan printed."""
        found = []
        for line in self.lines:
            printed = line.printed.allocation.published_identified_k
            if self.has_schemes and printed is not None and printed != line.totals.identified:
                found.append(
                    f"{line.label}: {money(line.totals.identified)} identified by schemes, "
                    f"{money(printed)} printed"
                )
        return found

    @cached_property
    def shown(self) -> list[Standing]:
        return shown_rows(self.rows, self.choice)

    @property
    def schemes(self) -> Table:
        return schemes_table(self.shown, self.choice, most=self.most)

    @property
    def left_out(self) -> str:
        """How many schemes are on the page of schemes only; empty where all are here."""
        number = len(self.shown)
        if self.most is None or number <= self.most:
            return ""
        return f"The first {self.most} of {number} schemes are shown; the sums are those of all."

    @property
    def all_url(self) -> str:
        """The page of all schemes, with the same filters and order."""
        url = reverse("cip:scheme-list", args=[self.programme.year])
        return f"{url}?{urlencode(self.choice.query)}" if self.choice.query else url

    @property
    def is_filtered(self) -> bool:
        return bool(set(self.choice.query) - {"sort", "until"})

    @property
    def group_options(self) -> list[tuple[str, str]]:
        return options(((line.care_group.code, line.label) for line in self.lines), "All")

    @property
    def programme_notes(self) -> tuple[Note, ...]:
        return self.notes.at(self.programme)


@dataclass(frozen=True)
class YearCard:
    """A programme on the landing page."""

    programme: Programme
    totals: Totals
    is_present: bool

    @property
    def words(self) -> str:
        found = self.totals
        if not found.rows:
            return f"{pounds(found.target)} target; no scheme is tracked yet."
        gap = f"{pounds(found.gap)} short" if found.gap > 0 else f"{pounds(-found.gap)} above"
        return (
            f"{pounds(found.target)} target, {pounds(found.delivered)} delivered, {gap} after risk."
        )


def landing(known_at: datetime | None, present: FinancialYear) -> list[YearCard]:
    """Every programme, this year's first and then newest first."""
    programmes = programmes_known(known_at)
    by_programme: dict[int, list[Standing]] = defaultdict(list)
    for row in standings(schemes_with_parents(), known_at=known_at):
        by_programme[row.scheme.programme_id].append(row)
    changes = target_changes(known_at)
    cards = [
        YearCard(
            programme,
            Totals(
                (programme.printed_target_k or ZERO) + changes.get(programme.pk, ZERO),
                tuple(by_programme[programme.pk]),
                programme.financial_year,
            ),
            programme.year == present.code,
        )
        for programme in programmes
    ]
    return sorted(cards, key=lambda card: not card.is_present)


def find_programme(year: str, known_at: datetime | None = None) -> Programme | None:
    """The programme of a financial year ("2019-20"), or None if there was none at `known_at`."""
    return next((row for row in programmes_known(known_at) if row.year == year), None)


def programme_page(
    programme: Programme,
    known_at: datetime | None = None,
    *,
    choose: Any = None,
    tab: str = "",
    most: int | None = None,
) -> ProgrammePage:
    """`choose` reads the filters, once the care groups are known."""
    allocations = allocations_known(
        programme.allocations.select_related("care_group", "programme__plan").order_by("position"),  # type: ignore[attr-defined]
        known_at,
    )
    moves = moves_known(programme, known_at)
    choice = choose([row.care_group for row in allocations]) if choose else Chosen()
    rows: Sequence[Standing] = ()
    if tab == "":
        rows = standings(schemes_of(programme), known_at=known_at)
    signed = tuple(sorted({month for row in rows for month in row.signed_off}))
    if choice.until:
        rows = [row.until(Month.parse(choice.until)) for row in rows]
    statements = said_of(programme) if tab == "plan" else []
    stated = money_of(programme) if tab == "plan" else []
    notes = notes_on([programme, *allocations, *statements, *stated], known_at)
    return ProgrammePage(
        programme=programme,
        lines=tuple(_lines(programme, allocations, moves, rows, notes)),
        rows=tuple(rows),
        moves=tuple(moves),
        signed=signed,
        notes=notes,
        choice=choice,
        sections=tuple(printed_sections(statements, stated, notes)),
        tab=tab,
        most=most,
    )


def _lines(
    programme: Programme,
    allocations: Iterable[Any],
    moves: Sequence[TargetMove],
    rows: Iterable[Standing],
    notes: Notes,
) -> Iterable[GroupLine]:
    by_group: dict[int, list[Standing]] = defaultdict(list)
    for row in rows:
        by_group[row.scheme.care_group_id].append(row)
    for allocation in allocations:
        group = allocation.care_group_id
        shift = moved(moves, group)
        target = allocation.target_k + shift
        totals = Totals(target, tuple(by_group[group]), programme.financial_year)
        yield GroupLine(AllocationLine(allocation, notes.at(allocation)), totals, shift)
