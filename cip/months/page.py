"""The page on which finance signs a month off, and the monthly report of a programme."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from cip.gate import APPROVALS, QiaStatus, overdue_reviews
from cip.models import Programme, QIAReview
from cip.months.sign_off import GroupMonth, group_months, signed_off
from cip.programmes.chosen import Chosen
from cip.programmes.page import ProgrammePage, programme_page
from cip.programmes.table import LEFT_OUT
from cip.programmes.totals import Totals
from cip.standing.read import Standing, schemes_of, standings
from cip.standing.words import qia_words, schemes_words
from cip.wording import QIA, STAGES, pounds, thousands
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import format_count, format_date
from strategy.periods import Month, london_date
from strategy.recorded import recorded_by

ZERO = Decimal(0)
WAITS_FOR = {
    QiaStatus.NOT_STARTED: "The care group’s assessment.",
    QiaStatus.DRAFT: "The care group, to submit it to the panel.",
    QiaStatus.SUBMITTED: "The panel’s decision.",
    QiaStatus.MORE_DETAIL_ASKED: "The care group, to give the detail that the panel asked for.",
    QiaStatus.REJECTED: "Nothing: the panel rejected it, and it cannot be enacted.",
    QiaStatus.REOPENED: "The care group, to submit it to the panel again.",
}


@dataclass(frozen=True)
class GroupLine:
    """A care group on the page of a month."""

    group: GroupMonth

    @property
    def state(self) -> str:
        if self.group.is_signed_off:
            return "Signed off"
        missing = len(self.group.without_actual)
        if missing:
            noun = "scheme" if missing == 1 else "schemes"
            return f"{missing} {noun} without an actual"
        return "Ready"

    @property
    def is_ready(self) -> bool:
        return not self.group.is_signed_off and not self.group.without_actual

    @property
    def planned(self) -> str:
        return thousands(self.group.planned)

    @property
    def delivered(self) -> str:
        return thousands(self.group.delivered)

    @property
    def seen(self) -> str:
        """The exact sum that is signed."""
        return f"{self.group.delivered:f}"


@dataclass(frozen=True)
class MonthPage:
    """A month of a programme, to be signed off group by group."""

    programme: Programme
    month: Month
    lines: tuple[GroupLine, ...]
    has_illustrative: bool
    is_past: bool = False  # as known at a past moment: nothing can be signed

    @property
    def months(self) -> list[tuple[str, str]]:
        return [(str(month), month.label) for month in self.programme.financial_year.months]

    @property
    def waiting(self) -> int:
        return sum(not line.group.is_signed_off for line in self.lines)

    @property
    def sentence(self) -> str:
        if not self.waiting:
            return f"{self.month.full_label} is signed off for every care group."
        noun = "group is" if self.waiting == 1 else "groups are"
        if self.is_past:
            noun = "group was" if self.waiting == 1 else "groups were"
            return f"{self.waiting} {noun} unsigned for {self.month.full_label} then."
        return (
            f"{self.waiting} {noun} unsigned for {self.month.full_label}. Until you sign, their "
            "savings count as forecast, not as delivered."
        )


def month_page(programme: Programme, month: Month, known_at: datetime | None = None) -> MonthPage:
    found = standings(schemes_of(programme), known_at=known_at)
    groups = group_months(programme, found, month, known_at=known_at)
    return MonthPage(
        programme,
        month,
        tuple(GroupLine(group) for group in groups),
        any(row.scheme.is_illustrative for row in found),
        known_at is not None,
    )


def next_unsigned(programme: Programme, today: date, known_at: datetime | None = None) -> Month:
    """The first month that is over and not signed off for every care group, else the last one."""
    groups = set(programme.allocations.values_list("care_group_id", flat=True))  # type: ignore[attr-defined]
    signed = signed_off(programme, known_at)
    over = [month for month in programme.financial_year.months if month.end < today]
    for month in over:
        if groups - signed.get(month, set()):
            return month
    return over[-1] if over else programme.financial_year.months[0]


@dataclass(frozen=True)
class ReportPage:
    """The monthly report: of the programme to the executive team, of quality to its committee."""

    page: ProgrammePage
    month: Month
    kind: str
    on: date  # whose stages, ratings and assessments it shows
    # By scheme the days on which its overdue reviews were due.
    overdue: Mapping[int, tuple[date, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        name = "QIA report" if self.kind == "quality" else "Programme report"
        return f"{name}, {self.month.full_label}"

    @property
    def reader(self) -> str:
        return "Quality Committee" if self.kind == "quality" else "Executive team"

    @property
    def has_illustrative(self) -> bool:
        return self.page.has_illustrative

    @property
    def rows(self) -> Sequence[Standing]:
        order = sorted(
            self.page.rows, key=lambda row: (row.scheme.care_group.position, row.scheme.reference)
        )
        if self.kind == "quality":
            return [row for row in order if row.qia_status is not QiaStatus.NOT_STARTED]
        return order

    @property
    def table(self) -> Table:
        if self.kind == "quality":
            return self._quality

        def amount(row: Standing, kind: str) -> str:
            held = row.months(kind).get(self.month)
            return "–" if held is None else thousands(held)

        heads = ("Month plan", "Month actual", "Year plan", "Forecast", "Risk-weighted")
        totals, counted = self.page.totals, self.page.totals.counted
        left_out = len(self.rows) - len(counted)

        def of_all(kind: str) -> Decimal:
            rows = counted if kind == "plan" else self.rows
            return sum((row.months(kind).get(self.month, ZERO) for row in rows), ZERO)

        sums = (
            *(of_all("plan"), of_all("actual")),
            *(totals.identified, totals.forecast, totals.risk_weighted),
        )
        said = f"{len(counted)} that count" if left_out else schemes_words(len(counted))
        return Table(
            f"Schemes in {self.month.label}, £000",
            ["Scheme", "Care group", "Stage", "Rating", *(Column(h, numeric=True) for h in heads)],
            [
                (
                    _named(row),
                    row.scheme.care_group.name,
                    STAGES[row.stage],
                    row.rating.value if row.rating else "not rated",
                    amount(row, "plan"),
                    amount(row, "actual"),
                    thousands(row.in_year_plan),
                    thousands(row.forecast),
                    thousands(row.risk_weighted),
                )
                for row in self.rows
            ],
            (said, "", "", "", *(thousands(amount) for amount in sums)) if self.rows else (),
            LEFT_OUT if left_out else "",
        )

    @property
    def _quality(self) -> Table:
        return Table(
            "Quality impact assessments",
            [
                "Scheme",
                "Care group",
                "Stage",
                "Assessment",
                "Highest risk left",
                "What it waits for",
            ],
            [
                (
                    _named(row),
                    row.scheme.care_group.name,
                    STAGES[row.stage],
                    qia_words(row),
                    _highest(row),
                    self._waits_for(row),
                )
                for row in self.rows
            ],
        )

    def _waits_for(self, row: Standing) -> str:
        """What keeps the gate shut, who has to act, and which reviews nobody has held."""
        said = [_keeps_shut(row)]
        if days := self.overdue.get(row.scheme.pk):
            said.append(
                f"{format_count(len(days), 'review')} overdue, since {format_date(days[0])}."
            )
        return " ".join(words for words in said if words)

    @property
    def _as_on(self) -> str:
        return f"Stages, ratings and assessments are those of {format_date(self.on)}."

    @property
    def _of_programme(self) -> list[str]:
        """The year in sentences: where it ends, what is identified, and what was delivered."""
        headline, totals = self.page.headline, self.page.totals
        found = [f"{headline.month_words} {self._as_on}", headline.sentence]
        if totals.rows:
            found.append(
                f"{pounds(totals.identified)} is identified by {headline.counted}, "
                f"{totals.identified_share}% of the target; {_not_identified(totals)}. "
                f"The forecast of the year, unweighted, is {pounds(totals.forecast)}."
            )
            found.append(
                f"{headline.delivered_label}: {pounds(totals.delivered)} "
                f"{headline.delivered_words}."
                if totals.months_signed
                else f"{headline.delivered_words}."
            )
        return [*found, *(f"{words}." for words in self.page.groups.differs)]

    @property
    def sentences(self) -> list[str]:
        """What the page says before the table."""
        if self.kind != "quality":
            return self._of_programme
        counts = dict.fromkeys(QiaStatus, 0)
        for row in self.page.rows:
            counts[row.qia_status] += 1
        said = [f"{QIA[status].lower()}: {number}" for status, number in counts.items() if number]
        paused = [row for row in self.page.rows if row.is_paused]
        shut = [row for row in self.page.totals.counted if not row.gate.is_allowed]
        never = [row for row in shut if row.qia_status is QiaStatus.REJECTED]
        waiting = sum((row.in_year_plan for row in shut if row not in never), ZERO)
        found = [self._as_on, f"Assessments by state: {', '.join(said)}."]
        found.append(f"£{thousands(waiting)}k of planned savings wait for an open gate.")
        if never:
            names = ", ".join(row.scheme.reference for row in never)
            lost = sum((row.in_year_plan for row in never), ZERO)
            found.append(
                f"£{thousands(lost)}k is planned by schemes that the panel rejected, which cannot "
                f"be enacted: {names}."
            )
        if paused:
            names = ", ".join(row.scheme.reference for row in paused)
            found.append(f"Delivery is paused: {names}.")
        unsigned = [
            row.scheme.reference
            for row in self.page.rows
            if row.qia_status in APPROVALS and row.assessed and row.assessed.unsigned
        ]
        if unsigned:
            found.append(f"Approved, and a signature is missing: {', '.join(unsigned)}.")
        late = [row.scheme for row in self.page.rows if row.scheme.pk in self.overdue]
        if late:
            number = format_count(sum(map(len, self.overdue.values())), "review")
            names = ", ".join(scheme.reference for scheme in late)
            found.append(f"Overdue: {number}, of {names}.")
        return found


def _not_identified(totals: Totals) -> str:
    if totals.unidentified < 0:
        return f"that is {pounds(-totals.unidentified)} more than the target"
    return f"{pounds(totals.unidentified)} is not" if totals.unidentified else "nothing is left"


def _keeps_shut(row: Standing) -> str:
    """What keeps the gate shut, and who has to act."""
    if row.gate.is_allowed:
        return ""
    if row.qia_status in APPROVALS:
        return " ".join(row.gate.reasons)
    return WAITS_FOR[row.qia_status]


def _named(row: Standing) -> str:
    """On paper there is no band at the top of the page: each made-up scheme says so."""
    mark = " (illustrative)" if row.scheme.is_illustrative else ""
    return f"{row.scheme.reference} {row.scheme.title}{mark}"


def _highest(row: Standing) -> str:
    if row.assessed is None:
        return ""
    scores = [line.after for line in row.assessed.snapshot.domains if line.after is not None]
    if not scores:
        return "not scored"
    worst = max(scores, key=lambda score: score.value)
    return f"{worst.value} {worst.level}"


def report_page(
    programme: Programme, month: Month, kind: str, *, today: date, known_at: datetime | None = None
) -> ReportPage:
    """The report as at the end of its month: later months are forecast, also once signed off."""
    at_its_end = Chosen(until=str(month))
    page = programme_page(programme, known_at, choose=lambda _: at_its_end)
    on = london_date(known_at) if known_at else today
    overdue = _overdue(page.rows, on, known_at) if kind == "quality" else {}
    return ReportPage(page, month, kind, on, overdue)


def _overdue(
    rows: Iterable[Standing], on: date, known_at: datetime | None
) -> dict[int, tuple[date, ...]]:
    """By scheme the days of its reviews that were due before a day and not held (one query)."""
    schemes = {row.assessed.qia.pk: row.scheme.pk for row in rows if row.assessed is not None}
    found: dict[int, list[QIAReview]] = defaultdict(list)
    for review in recorded_by(QIAReview.objects.filter(assessment__in=schemes), known_at):
        found[schemes[review.assessment_id]].append(review)
    late = {
        scheme: overdue_reviews(
            [review.due_on for review in reviews],
            [review.due_on for review in reviews if review.held_on],
            on,
        )
        for scheme, reviews in found.items()
    }
    return {scheme: days for scheme, days in late.items() if days}
