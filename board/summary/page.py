"""Every measure in one table with its icons, or every target of a plan; filtered and sorted; and
where each is in the matrix of variation and assurance.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from board.summary.targets import SummaryRow, target_rows
from kmpt_tracker.ui.components import ASSURANCE, STATUS, VARIATION
from kmpt_tracker.ui.formats import format_count
from kpis.asked.address import Asked, BadParameter, care_group_or_404
from kpis.asked.months import last_complete_month_of
from kpis.asked.opening import month_options, opening_plan
from kpis.judging.claims import Movement, movement_of
from kpis.judging.comments_asked import matrix_cell
from kpis.measures.register import register
from kpis.plans.counts import Tally, Unsure, group_of
from kpis.rag import Group, Rag
from strategy.models import Ambition, CareGroup, Plan
from strategy.periods import Month
from strategy.recorded import already_recorded, restored
from strategy.selectors import care_groups_in_order

FILTERS = (
    "plan",
    "ambition",
    "care_group",
    "period",
    "status",
    "icon",
    "tag",
    "owner",
    "age",
    "sort",
    "q",
    "rows",
)
TARGETS = "targets"
ROWS = {"": "Measures", TARGETS: "Targets of the plan"}
AGES = {"either": "Late or old", "late": "Late", "old": "Old: an earlier figure, overdue"}
SORTS = {"name": "Name", "status": "Status, off target first", "owner": "Owner"}
# The order of a list sorted by status: what is off target first, what cannot be rated last.
WORST_FIRST = (
    Rag.RED,
    Rag.AMBER,
    Rag.LATE,
    Rag.NO_DATA,
    Rag.INCOMPLETE,
    Rag.GREEN,
    Rag.BLUE,
    Rag.NOT_DUE,
    Rag.NEEDS_BASELINE,
    Rag.NO_TARGET,
    Rag.SUPPRESSED,
    Rag.NOT_APPLICABLE,
    Rag.NO_MEASURE,
)
# What the board counts together: the code in the address, the group, and its words.
TOGETHER = {
    "on_target": (Group.ON_TARGET, "On target or complete"),
    "missing": (Group.NO_DATA, "No data or late"),
    "not_rated": (Group.NOT_RATED, "Not rated"),
}
STATUSES = {
    **{code: words for code, (_, words) in TOGETHER.items()},
    **{rag.value: STATUS[rag].word for rag in WORST_FIRST},
    Unsure.RECALCULATING.value: "Being recalculated",
}
MOVEMENTS = {
    Movement.CONCERNING: "Concerning",
    Movement.COMMON_CAUSE: "No significant change",
    Movement.IMPROVING: "Improving",
    Movement.NEUTRAL: "Unusual, neither better nor worse",
}
NO_OWNER = "nobody"
FIRST_PAGE = 1  # the rank of what is getting worse and misses its target


@dataclass(frozen=True)
class Chosen:
    """What a reader chose above the table; empty for everything."""

    care_group: CareGroup
    plan: Plan | None = None
    ambition: str = ""
    status: str = ""
    icon: str = ""
    tag: str = ""
    owner: str = ""
    age: str = ""
    sort: str = ""
    words: str = ""
    of: str = ""

    def takes(self, row: SummaryRow) -> bool:
        return (
            (not self.ambition or self.ambition in row.ambitions)
            and (not self.status or self.status in statuses_of(row))
            and (not self.icon or self.icon in icons_of(row))
            and (not self.tag or self.tag in row.tags)
            and (not self.owner or self.owner == (row.owner or NO_OWNER))
            and (not self.age or self.age in ages_of(row))
        )


@dataclass(frozen=True)
class SummaryPage:
    """The measures that were asked for. `everything` are those before the last filters."""

    chosen: Chosen
    month: Month
    opens: Month
    plans: Sequence[Plan]
    ambitions: Sequence[Ambition]
    care_groups: Sequence[CareGroup]
    everything: Sequence[SummaryRow]

    @cached_property
    def rows(self) -> list[SummaryRow]:
        rows = [row for row in self.everything if self.chosen.takes(row)]
        orders: dict[str, Callable[[SummaryRow], object]] = {
            "name": lambda row: row.name.casefold(),
            "status": lambda row: WORST_FIRST.index(row.standing.rag),
            "owner": lambda row: (not row.owner, row.owner),
        }
        by = orders.get(self.chosen.sort)
        return sorted(rows, key=by) if by else rows  # type: ignore[arg-type]

    @property
    def heading(self) -> str:
        """ "17 of 130 measures, Acute, Sep 2026"."""
        of_all = len(self.everything)
        said = format_count(of_all, "target" if self.chosen.of else "measure")
        if len(self.rows) < of_all:
            said = f"{len(self.rows)} of {said}"
        return f"{said}, {self.chosen.care_group.name}, {self.month.label}"

    @cached_property
    def tally(self) -> Tally[SummaryRow]:
        return Tally(tuple(self.rows))

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.rows)

    @property
    def month_options(self) -> list[tuple[str, str]]:
        return month_options(self.opens, self.month)

    @property
    def plan_options(self) -> list[tuple[str, str]]:
        return [("", "All plans"), *((plan.code, plan.label) for plan in self.plans)]

    @property
    def ambition_options(self) -> list[tuple[str, str]]:
        named = ((row.number, f"{row.number}. {row.theme or row.title}") for row in self.ambitions)
        return [("", "All" if self.chosen.plan else "Choose a plan first"), *named]

    @property
    def care_group_options(self) -> list[tuple[str, str]]:
        return [(group.code, group.name) for group in self.care_groups]

    @property
    def status_options(self) -> list[tuple[str, str]]:
        return [("", "Any"), *STATUSES.items()]

    @property
    def icon_options(self) -> list[tuple[str, str]]:
        looks = {**VARIATION, **ASSURANCE}
        return [("", "Any"), *((name, looks[name].word) for name in looks if name != "none")]

    @property
    def tag_options(self) -> list[tuple[str, str]]:
        return [("", "Any"), *((tag, tag) for tag in tags_of(self.everything))]

    @property
    def owner_options(self) -> list[tuple[str, str]]:
        return [("", "Anyone"), *((owner, owner) for owner in owners_of(self.everything))]

    @property
    def age_options(self) -> list[tuple[str, str]]:
        return [("", "Any"), *AGES.items()]

    @property
    def sort_options(self) -> list[tuple[str, str]]:
        return [("", "Order of the plan"), *SORTS.items()] if self.chosen.of else [*SORTS.items()]

    @property
    def row_options(self) -> list[tuple[str, str]]:
        return list(ROWS.items())

    @cached_property
    def matrix(self) -> "Matrix":
        return Matrix(self.rows)


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: the measures in it, and what being there means."""

    assurance: str
    meaning: str
    rank: int
    rows: tuple[SummaryRow, ...]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def is_grave(self) -> bool:
        """Whether the board should read it first."""
        return bool(self.rows) and self.rank == FIRST_PAGE


@dataclass(frozen=True)
class MatrixRow:
    heading: str
    cells: tuple[Cell, ...]
    sides: tuple[str, ...]  # the codes of its icons


@dataclass(frozen=True)
class Matrix:
    """Measures by variation and assurance; those without icons are listed apart, and why."""

    measures: Sequence[SummaryRow]

    @cached_property
    def placed(self) -> dict[tuple[Movement, str], list[SummaryRow]]:
        found: dict[tuple[Movement, str], list[SummaryRow]] = {}
        for row in self.measures:
            if (place := place_of(row)) is not None:
                found.setdefault(place, []).append(row)
        return found

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The code of each column's icon, and its word."""
        return [(code, look.word) for code, look in ASSURANCE.items()]

    @property
    def rows(self) -> list[MatrixRow]:
        rows = []
        for movement, heading in MOVEMENTS.items():
            sides = [code for code in VARIATION if movement_of(code) is movement]
            cells = []
            for assurance in ASSURANCE:
                meant = matrix_cell(sides[0], assurance)
                held = tuple(self.placed.get((movement, assurance), ()))
                if meant is None and not held:
                    cells.append(Cell(assurance, "", 0, ()))
                    continue
                meaning, rank = (meant.meaning, meant.rank) if meant else ("", 0)
                cells.append(Cell(assurance, meaning, rank, held))
            rows.append(MatrixRow(heading, tuple(cells), tuple(sides)))
        return rows

    @property
    def count(self) -> int:
        return sum(map(len, self.placed.values()))

    @property
    def unplaced(self) -> list[SummaryRow]:
        return [row for row in self.measures if place_of(row) is None]

    @property
    def unplaced_heading(self) -> str:
        return f"{format_count(len(self.unplaced), 'measure')} without a place"

    @property
    def heading(self) -> str:
        """ "61 of 130 measures can be placed"."""
        return f"{self.count} of {format_count(len(self.measures), 'measure')} can be placed"

    @property
    def why_unplaced(self) -> list[tuple[str, list[SummaryRow]]]:
        """The measures that cannot be placed, by reason, the commonest first."""
        found: dict[str, list[SummaryRow]] = {}
        for row in self.unplaced:
            found.setdefault(why_unplaced(row), []).append(row)
        return sorted(found.items(), key=lambda item: -len(item[1]))


def place_of(row: SummaryRow) -> tuple[Movement, str] | None:
    """Its place in the matrix; None without an icon to go by."""
    standing = row.standing
    if (
        row.terms is None
        or row.terms.is_milestone
        or not standing.has_value
        or standing.variation == "none"
    ):
        return None
    return movement_of(standing.variation), standing.assurance


def why_unplaced(row: SummaryRow) -> str:
    standing = row.standing
    if row.terms is None:
        return STATUS[standing.rag].word
    if row.terms.is_milestone:
        return "Milestones have no control chart"
    if not standing.has_value or standing.is_part_sum:
        return STATUS[standing.rag].word
    if standing.limits_status == "collapsed":
        return "The figures do not vary enough for limits"
    return "Too few points for firm limits"


def statuses_of(row: SummaryRow) -> tuple[str, ...]:
    """Its status, and the statuses that are counted with it."""
    group = group_of(row.counted)
    return (row.counted, *(code for code, (found, _) in TOGETHER.items() if found is group))


def icons_of(row: SummaryRow) -> tuple[str, ...]:
    place = place_of(row)
    return () if place is None else (row.standing.variation, row.standing.assurance)


def ages_of(row: SummaryRow) -> tuple[str, ...]:
    standing = row.standing
    is_old = standing.stands_in and standing.rag.is_overdue
    is_late = standing.rag is Rag.LATE
    found = {"either": is_late or is_old, "late": is_late, "old": is_old}
    return tuple(name for name, holds in found.items() if holds)


def tags_of(rows: Iterable[SummaryRow]) -> list[str]:
    return sorted({tag for row in rows for tag in row.tags})


def owners_of(rows: Iterable[SummaryRow]) -> list[str]:
    owners = Counter(row.owner or NO_OWNER for row in rows)
    return sorted(owners, key=lambda owner: (owner == NO_OWNER, owner))


def summary_page(asked: Asked) -> SummaryPage:
    """The table that an address asks for. An ambition is one of the plan that is chosen."""
    plans = asked.every_plan
    plan = asked.row("plan", plans)
    groups = restored(already_recorded(care_groups_in_order(), asked.known_at), asked.known_at)
    care_group = asked.row("care_group", groups) or care_group_or_404("trust")
    words = asked.words("q")
    opens = _opens(asked, care_group, plan)
    month = asked.month(default=opens)
    of = asked.choice("rows", [TARGETS])
    everything: Sequence[SummaryRow]
    if not of:
        everything = register(
            asked,
            plan=plan.code if plan else "",
            words=words,
            care_group=care_group,
            month=month,
        )
    elif plan is None:
        raise BadParameter("rows", "Choose a plan first: targets are listed by plan.")
    else:
        everything = target_rows(plan, month, asked, care_group, words)
    ambitions = list(plan.ambitions.order_by("position")) if plan else []
    ambition = asked.text("ambition")
    if ambition and not plan:
        raise BadParameter("ambition", "Choose a plan first: ambitions are numbered within a plan.")
    chosen = Chosen(
        care_group=care_group,
        plan=plan,
        ambition=asked.choice("ambition", [row.number for row in ambitions]),
        status=asked.choice("status", STATUSES),
        icon=asked.choice("icon", [name for name in (*VARIATION, *ASSURANCE) if name != "none"]),
        tag=asked.choice("tag", tags_of(everything)),
        owner=asked.choice("owner", owners_of(everything)),
        age=asked.choice("age", AGES),
        sort=asked.choice("sort", SORTS),
        words=words,
        of=of,
    )
    return SummaryPage(
        chosen=chosen,
        month=month,
        opens=opens,
        plans=plans,
        ambitions=ambitions,
        care_groups=groups,
        everything=everything,
    )


def _opens(asked: Asked, care_group: CareGroup, plan: Plan | None) -> Month:
    """The last complete month: a care group's own, or the plan's for the trust."""
    if not care_group.is_trust:
        return last_complete_month_of(
            care_group, asked.clock, now=asked.now, known_at=asked.known_at
        )[0]
    shown = plan or opening_plan(asked.plans, asked.day)
    if shown is None:
        return asked.last_month
    return asked.opens(shown).month
