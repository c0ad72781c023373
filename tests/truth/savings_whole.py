"""A programme of savings added up again from its files: each scheme, and the whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.truth.paper import Node, Paper, Table
from tests.truth.shown import is_rounded, number
from tests.truth.site import Report, Row, Site, with_query

NOTHING = Decimal(0)


COUNTED = frozenset({"outlined", "qia", "approved", "in_delivery", "closed"})


STAGES = {
    "idea": "Idea",
    "outlined": "Outlined",
    "qia": "Quality impact assessment",
    "approved": "Approved",
    "in_delivery": "In delivery",
    "closed": "Closed",
    "rejected": "Rejected",
    "substituted": "Substituted",
}


POUNDS = r"−?£[\d,]+(?:\.\d+)?k"


@dataclass
class Saving:
    """A scheme: its row of the file, its months, and what its pages say beside them."""

    row: Row
    months: list[str]
    signed: set[str]
    is_open: bool
    is_stated: bool
    amounts: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def is_counted(self) -> bool:
        return self.row["stage"] in COUNTED

    @property
    def plan(self) -> Decimal:
        return sum(self.amounts["plan"].values(), NOTHING)

    def planned(self, months: Iterable[str]) -> Decimal:
        return sum((self.amounts["plan"].get(month, NOTHING) for month in months), NOTHING)

    def delivered_in(self, month: str) -> Decimal:
        return self.amounts["actual"].get(month, NOTHING) if month in self.signed else NOTHING

    def ahead_in(self, month: str) -> Decimal:
        if month in self.signed or not self.is_counted:
            return NOTHING
        planned = self.amounts["plan"].get(month, NOTHING)
        return self.amounts["forecast"].get(month, planned)

    @property
    def delivered(self) -> Decimal:
        return sum(map(self.delivered_in, self.months), NOTHING)

    @property
    def ahead(self) -> Decimal:
        return sum(map(self.ahead_in, self.months), NOTHING)

    @property
    def forecast(self) -> Decimal:
        return self.delivered + self.ahead

    def weighted(self, weights: dict[str, Decimal]) -> Decimal:
        share = weights.get(self.row["deliverability"], NOTHING) if self.is_open else NOTHING
        return self.delivered + self.ahead * share / 100

    @property
    def full_year(self) -> Decimal:
        if self.is_stated:
            return Decimal(self.row["full_year_effect_k"])
        phased = [month for month in self.months if month in self.amounts["plan"]]
        if self.row["recurrent"] != "true" or not phased:
            return NOTHING
        return 12 * self.amounts["plan"][phased[-1]]


@dataclass
class Whole:
    """The schemes of a year, as a page shows them."""

    year: str
    as_at: str
    savings: list[Saving]
    weights: dict[str, Decimal]
    months: list[str]
    names: dict[str, str]

    @property
    def counted(self) -> list[Saving]:
        return [one for one in self.savings if one.is_counted]

    def total(self, name: str) -> Decimal:
        if name == "weighted":
            return sum((one.weighted(self.weights) for one in self.savings), NOTHING)
        rows = self.counted if name in ("plan", "full_year") else self.savings
        return sum((getattr(one, name) for one in rows), NOTHING)


def whole_of(site: Site, year: str, given: dict[str, str], paper: Paper) -> Whole:
    as_at = given.get("as_at", "")
    more = f"?as_at={as_at}" if as_at else ""
    start = int(year[:4])
    months = [f"{start}-{month:02d}" for month in range(4, 13)]
    months += [f"{start + 1}-{month:02d}" for month in range(1, 4)]
    amounts: dict[str, dict[str, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for row in site.rows(f"/exports/cip_phasing.csv{more}"):
        for kind in ("plan", "forecast", "actual"):
            if row["year"] == year and row[f"{kind}_k"]:
                amounts[row["scheme"]][kind][row["month"][:7]] = Decimal(row[f"{kind}_k"])
    savings = []
    listed = _gates(site.page(with_query(f"/cip/{year}/schemes/", as_at=as_at)))
    for row in site.rows(f"/exports/cip_schemes.csv{more}"):
        if row["year"] != year:
            continue
        own = site.page(with_query(f"/cip/{year}/schemes/{row['scheme']}/", as_at=as_at))
        signed = _signed(own, months)
        if given.get("until"):
            signed = {month for month in signed if month <= given["until"]}
        savings.append(
            Saving(
                row, months, signed, listed[row["scheme"]], "as stated" in own.text,
                amounts[row["scheme"]],
            )
        )  # fmt: skip
    weights = {}
    shown = site.page(with_query(f"/cip/{year}/", as_at=as_at))
    for rating in ("green", "amber", "red"):
        said = re.search(rf"{rating} counts ([\d.]+)%", shown.text, re.IGNORECASE)
        weights[rating] = Decimal(said[1]) if said else NOTHING
    names = {row["care_group"]: row["name"] for row in site.rows("/exports/care_groups.csv")}
    return Whole(year, as_at, savings, weights, months, names)


def _gates(paper: Paper) -> dict[str, bool]:
    """Whether an approval and both signatures stand, by the last column of the table."""
    found = {}
    for line in _table(paper, "Schemes, with stage").lines:
        cells = {head.split(" ")[0]: node.read() for head, node in line.items()}
        said = cells["QIA"]
        found[cells["Scheme"].split()[0]] = said.startswith("Approved") and said.endswith(
            ", signed"
        )
    return found


def _signed(paper: Paper, months: list[str]) -> set[str]:
    for line in _table(paper, "Savings by month").lines:
        cells = [node.read() for node in line.values()]
        if cells[0] == "Signed off":
            return {month for month, cell in zip(months, cells[1:], strict=False) if cell}
    return set()


def _table(paper: Paper, caption: str) -> Table:
    found = next((one for one in paper.tables if one.caption.startswith(caption)), None)
    return found or Table("", [], [])


def target_of(site: Site, whole: Whole) -> Decimal:
    """What the plan printed as a total where it did, moved by what was changed since."""
    rows = _allocations(site, whole)
    now = sum((Decimal(row["target_k"]) for row in rows), NOTHING)
    printed = [row["published_target_k"] for row in rows]
    total = site.page(with_query(f"/cip/{whole.year}/", as_at=whole.as_at))
    found = next(
        (
            [cell.read() for cell in line.values()]
            for line in _group_lines(total)
            if next(iter(line.values())).read().startswith("Total")
        ),
        None,
    )
    if found is None or not all(printed):
        return now
    return number(found[1]) + now - sum(map(Decimal, printed), NOTHING)


def _allocations(site: Site, whole: Whole) -> list[Row]:
    more = f"?as_at={whole.as_at}" if whole.as_at else ""
    rows = site.rows(f"/exports/cip_allocations.csv{more}")
    return [row for row in rows if row["year"] == whole.year]


def _is_pounds(text: str, value: Decimal) -> bool:
    """Whether an amount in a text is the value, rounded; nothing that is not 0 reads as 0."""
    found = re.search(POUNDS, text)
    if found is None:
        return False
    is_hidden = number(found[0]) == 0 and value != 0
    return is_rounded(found[0], value) and not is_hidden


def hold_share(report: Report, text: str, part: Decimal, target: Decimal, at: str) -> None:
    """A share of the target in whole per cent; 100% is the whole, and 0% nothing."""
    found = re.search(r"(−?\d+)% of (?:the )?target", text)
    if found is None or not target:
        return
    said, exact = number(found[1]), 100 * part / target
    is_same = abs(said - exact) <= Decimal("0.5") or (abs(said - exact) < 1 and said in (1, 99))
    is_same = is_same and (said < 100 or exact >= 100) and (said > 0 or exact <= 0)
    report.hold("share of the target", is_same, f"{found[0]}: {exact}", at)


def hold_end(report: Report, text: str, gap: Decimal, target: Decimal, at: str) -> None:
    """“the year ends £3,197k short of the £5,950k target”."""
    found = re.search(
        rf"the year ends (?:({POUNDS}) (short of|above)|exactly at) the ({POUNDS}) target", text
    )
    if not report.hold("how the year ends", found is not None, text[:120], at) or not found:
        return
    side = "short of" if gap > 0 else "above" if gap else None
    is_same = found[2] == side and _is_pounds(found[3], target)
    is_same = is_same and (found[1] is None or _is_pounds(found[1], abs(gap)))
    report.hold("how the year ends", is_same, f"{found[0]} {gap} {target}", at)


def _amounts(table: Table) -> dict[str, list[str]]:
    """The cells of each line after its heading."""
    found = {}
    for line in table.lines:
        name, *cells = [node.read() for node in line.values()]
        found[name] = cells
    return found


def _group_lines(paper: Paper) -> list[dict[str, Node]]:
    """The table by care group: its headings stand in two rows."""
    for node in paper.main.all("table"):
        caption = node.first("caption")
        if caption is None or not caption.read().startswith("Savings by care group"):
            continue
        lines = []
        for row in node.all("tr"):
            cells = [part for part in row.parts if isinstance(part, Node)]
            if len(cells) > 3 and re.search(r"\d|–", cells[1].read()):
                lines.append({str(place): cell for place, cell in enumerate(cells)})
        return lines
    return []


def _hold_groups(report: Report, site: Site, paper: Paper, whole: Whole) -> None:
    """Each care group’s line against its allocation and its schemes, and their total."""
    at = paper.address
    rows = _allocations(site, whole)
    lines = [[cell.read() for cell in line.values()] for line in _group_lines(paper)]
    for row, cells in zip(rows, lines, strict=False):
        printed = [row[f"published_{name}_k"] for name in ("target", "identified", "unidentified")]
        for text, value in zip(cells[1:4], printed, strict=False):
            is_same = text == "–" if value == "" else is_rounded(text, Decimal(value))
            report.hold("printed figure of a group", is_same, f"{cells[0]} {text} {value}", at)
        own = [one for one in whole.savings if one.row["care_group"] == row["care_group"]]
        part = Whole(whole.year, whole.as_at, own, whole.weights, whole.months, whole.names)
        _hold_sums(report, cells, part, Decimal(row["target_k"]), len(whole.savings), at)
    total = next((cells for cells in lines if cells[0].startswith("Total")), None)
    if total is not None and whole.savings:
        _hold_sums(report, total, whole, target_of(site, whole), len(whole.savings), at)


def _hold_sums(
    report: Report, cells: list[str], part: Whole, target: Decimal, schemes: int, at: str
) -> None:
    if not schemes or len(cells) < 11:
        return
    identified, weighted = part.total("plan"), part.total("weighted")
    wanted = (
        identified, target - identified, weighted, target - weighted,
        part.total("forecast"), part.total("delivered"),
    )  # fmt: skip
    for text, value in zip(cells[5:], wanted, strict=True):
        is_same = is_rounded(text, value)
        report.hold("sum of a care group", is_same, f"{cells[0]}: {text} {value}", at)


def hold_scheme_table(report: Report, table: Table, paper: Paper, whole: Whole) -> None:
    at = paper.address
    known = {one.row["scheme"]: one for one in whole.savings}
    shown = []
    heads = ("Plan", "Full", "Risk-weighted", "Forecast", "Delivered")
    for line in table.lines:
        cells = {head.split(" ")[0]: node.read() for head, node in line.items()}
        one = known.get(cells["Scheme"].split()[0])
        if one is None:
            _hold_scheme_sums(report, [cells[name] for name in heads], cells, shown, whole, at)
            continue
        shown.append(one)
        stage = cells["Stage"]
        wanted = STAGES[one.row["stage"]]
        report.hold("stage of a scheme", stage.startswith(wanted), f"{stage} {wanted}", at)
        is_paused = one.row["stage"] == "in_delivery" and not one.is_open
        report.hold("pause of a scheme", ("paused" in stage) == is_paused, f"{cells}", at)
        values = (
            one.plan, one.full_year, one.weighted(whole.weights), one.forecast, one.delivered,
        )  # fmt: skip
        for name, value in zip(heads, values, strict=True):
            is_same = is_rounded(cells[name], value)
            words = f"{one.row['scheme']} {name}: {cells[name]} {value}"
            report.hold("figure of a scheme", is_same, words, at)


def _hold_scheme_sums(
    report: Report, texts: list[str], cells: dict[str, str], shown: list[Saving], whole: Whole,
    at: str,
) -> None:  # fmt: skip
    part = Whole(whole.year, whole.as_at, shown, whole.weights, whole.months, whole.names)
    found = re.match(r"(\d+)", cells["Scheme"])
    is_same = found is not None and int(found[1]) == len(part.counted)
    report.hold("schemes of a sum", is_same, f"{cells['Scheme']} {len(part.counted)}", at)
    for name, text in zip(
        ("plan", "full_year", "weighted", "forecast", "delivered"), texts, strict=True
    ):
        value = part.total(name)
        report.hold("sum of schemes", is_rounded(text, value), f"{name} {text} {value}", at)
