"""Savings: every figure of a programme worked out again from the months of its schemes.

The files give each scheme's months, stage and rating; the pages give what the files lack: which
months are signed off, whether both signatures stand, what a rating counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.truth.paper import Node, Paper, Table
from tests.truth.shown import LONG, MONTHS, is_rounded, number
from tests.truth.site import Report, Row, Site, asked, with_query

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


def hold_savings(report: Report, site: Site, address: str) -> None:
    """A programme’s page: tiles, charts as tables, care groups, and its table of schemes."""
    paper = site.page(address)
    found = re.match(r"/cip/(\d{4}-\d\d)/", address)
    if found is None:
        _hold_landing(report, site, paper)
        return
    whole = whole_of(site, found[1], asked(address), paper)
    if address.startswith(f"/cip/{found[1]}/schemes/"):
        _hold_schemes(report, paper, whole)
        return
    if whole.savings:
        _hold_files(report, site, whole, address)
        _hold_tiles(report, site, paper, whole)
        _hold_steps(report, paper, whole, target_of(site, whole))
        _hold_cumulative(report, paper, whole)
        _hold_pipeline(report, paper, whole)
    _hold_groups(report, site, paper, whole)
    _hold_schemes(report, paper, whole)


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


def _hold_files(report: Report, site: Site, whole: Whole, at: str) -> None:
    """The sums in the file of schemes are those of its months, where no month is asked for."""
    if asked(at).get("until"):
        return
    for one in whole.savings:
        for name, value in (
            ("in_year_plan_k", one.plan),
            ("full_year_effect_k", one.full_year),
            ("carry_over_k", one.full_year - one.plan),
            ("forecast_k", one.forecast),
            ("delivered_to_date_k", one.delivered),
            ("risk_weighted_k", one.weighted(whole.weights)),
        ):
            is_same = Decimal(one.row[name]) == value
            words = f"{one.row['scheme']} {name}: {one.row[name]}, {value}"
            report.hold("sum of a scheme in the file", is_same, words, at)
    for row in _allocations(site, whole):
        own = [one for one in whole.savings if one.row["care_group"] == row["care_group"]]
        part = Whole(whole.year, whole.as_at, own, whole.weights, whole.months, whole.names)
        for name, value in (
            ("identified_k", part.total("plan")),
            ("unidentified_k", Decimal(row["target_k"]) - part.total("plan")),
            ("risk_weighted_k", part.total("weighted")),
            ("delivered_to_date_k", part.total("delivered")),
            ("forecast_k", part.total("forecast")),
        ):
            is_same = Decimal(row[name]) == value
            words = f"{row['care_group']} {name}: {row[name]}, {value}"
            report.hold("sum of a care group in the file", is_same, words, at)


def _is_pounds(text: str, value: Decimal) -> bool:
    """Whether an amount in a text is the value, rounded; nothing that is not 0 reads as 0."""
    found = re.search(POUNDS, text)
    if found is None:
        return False
    is_hidden = number(found[0]) == 0 and value != 0
    return is_rounded(found[0], value) and not is_hidden


def _hold_tiles(report: Report, site: Site, paper: Paper, whole: Whole) -> None:
    at, target = paper.address, target_of(site, whole)
    weighted, plan = whole.total("weighted"), whole.total("plan")
    tiles = {}
    for tile in paper.main.all("dl"):
        heads, bodies = tile.all("dt"), tile.all("dd")
        for head, body in zip(heads, bodies, strict=False):
            tiles[re.sub(r" to \w{3} \d{4}$", "", head.read())] = body.read()
    full = whole.total("full_year")
    for name, value in (
        ("Target", target),
        ("Identified", plan),
        ("Unidentified", target - plan),
        ("Risk-weighted", weighted),
        ("Delivered", whole.total("delivered")),
        ("Forecast for the year", whole.total("forecast")),
        ("Carried into next year", full - plan),
    ):
        text = tiles.get(name, "")
        report.hold("tile of a programme", _is_pounds(text, value), f"{name}: {text} {value}", at)
    hold_share(report, tiles.get("Identified", ""), plan, target, at)
    found = re.search(r"(\d+) schemes?", tiles.get("Identified", ""))
    said = int(found[1]) if found else -1
    report.hold("schemes that count", said == len(whole.counted), f"{said}", at)
    is_over = "More is identified" in tiles.get("Unidentified", "")
    report.hold("more than the target", is_over == (plan > target), tiles["Unidentified"], at)
    found = re.search(rf"({POUNDS}) of it by schemes that have ended", tiles.get("Delivered", ""))
    ended = sum((one.delivered for one in whole.savings if not one.is_counted), NOTHING)
    is_same = _is_pounds(found[1], ended) if found else not ended
    report.hold("delivered by schemes that ended", is_same, f"{found} {ended}", at)
    if "Recurrent gap" in tiles:
        effects = [one.full_year for one in whole.counted if one.row["recurrent"] == "true"]
        stated = re.search(rf"recurrent target (?:of )?({POUNDS})", tiles["Recurrent gap"])
        goal = number(stated[1]) if stated else target
        gap = goal - sum(effects, NOTHING)
        text = tiles["Recurrent gap"]
        report.hold("recurrent gap", _is_pounds(text, gap), f"{text} {gap}", at)
    found = re.search(rf"of ({POUNDS}) planned in months signed off", tiles.get("Delivered", ""))
    if found:
        value = sum((one.planned(one.signed) for one in whole.counted), NOTHING)
        report.hold("planned so far", _is_pounds(found[1], value), f"{found[0]} {value}", at)
    hold_end(report, paper.text, target - weighted, target, at)


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


def _hold_steps(report: Report, paper: Paper, whole: Whole, target: Decimal) -> None:
    """The waterfall: each step, and that both halves of it come to the gap."""
    at = paper.address
    steps = {
        name: cells[0] for name, cells in _amounts(_table(paper, "From target to gap")).items()
    }
    weights, counted = whole.weights, whole.counted

    def rated(rating: str) -> list[Saving]:
        return [one for one in counted if one.is_open and one.row["deliverability"] == rating]

    wanted = {
        "Target": target,
        "Delivered, months signed off": -whole.total("delivered"),
        "Gap after risk": target - whole.total("weighted"),
        "Behind plan so far": sum(
            (one.planned(one.signed) if one.is_counted else NOTHING) - one.delivered
            for one in whole.savings
        ),
        "Forecast below plan": sum(
            one.plan - one.planned(one.signed) - one.ahead for one in counted
        ),
        "Schemes without a rating": sum(one.ahead for one in rated("")),
        "No open quality gate": sum(one.ahead for one in counted if not one.is_open),
        "Not identified": target - whole.total("plan"),
    }
    for rating in ("green", "amber", "red"):
        ahead = sum((one.ahead for one in rated(rating)), NOTHING)
        wanted[f"{rating.capitalize()} schemes to come"] = -ahead * weights[rating] / 100
        wanted[f"Held back of {rating}"] = ahead * (100 - weights[rating]) / 100
    for name, value in wanted.items():
        text = steps.pop(name, "0")
        is_same = is_rounded(text, Decimal(value))
        report.hold("step to the gap", is_same, f"{name}: {text} {value}", at)
    report.hold("steps that are known", not steps, f"{steps}", at)


def _hold_cumulative(report: Report, paper: Paper, whole: Whole) -> None:
    at = paper.address
    lines = _amounts(_table(paper, "Cumulative savings"))
    signed = [month for one in whole.savings for month in one.signed]
    last = max(signed, default="")
    plan = delivered = ahead = NOTHING
    for month in whole.months:
        plan += sum((one.planned([month]) for one in whole.counted), NOTHING)
        delivered += sum((one.delivered_in(month) for one in whole.savings), NOTHING)
        ahead += sum((one.ahead_in(month) for one in whole.savings), NOTHING)
        named = f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"
        cells = lines[named]
        wanted = (
            plan,
            delivered if last and month <= last else None,
            delivered + ahead if not last or month >= last else None,
        )
        for text, value in zip(cells, wanted, strict=True):
            is_same = text == "–" if value is None else is_rounded(text, value)
            report.hold("cumulative saving", is_same, f"{named}: {text} {value}", at)
    waits = {
        one.row["care_group"]
        for one in whole.savings
        if last and last not in one.signed
        if one.row["stage"] in ("in_delivery", "closed") or one.amounts["actual"]
    }
    found = re.search(r"(\d+) groups? (?:has|have) not signed off \w{3} \d{4}:", paper.text)
    said = int(found[1]) if found else 0
    report.hold("who has not signed off", said == len(waits), f"{found} {sorted(waits)}", at)


def _hold_pipeline(report: Report, paper: Paper, whole: Whole) -> None:
    lines = _amounts(_table(paper, "Schemes by stage"))
    for stage, words in STAGES.items():
        own = [one for one in whole.savings if one.row["stage"] == stage]
        cells = lines.pop(words, ["0", "0", "0"])
        value = sum((one.weighted(whole.weights) for one in own), NOTHING)
        is_same = int(cells[0]) == len(own) and is_rounded(
            cells[1], sum((one.plan for one in own), NOTHING)
        )
        is_same = is_same and is_rounded(cells[2], value)
        report.hold("stage of the pipeline", is_same, f"{words} {cells} {value}", paper.address)


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


def _hold_schemes(report: Report, paper: Paper, whole: Whole) -> None:
    """Each line of the table of schemes, and the line of sums below it."""
    hold_scheme_table(report, _table(paper, "Schemes, with stage"), paper, whole)


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


def _hold_landing(report: Report, site: Site, paper: Paper) -> None:
    as_at = asked(paper.address).get("as_at", "")
    for card in paper.main.all("section", "kt-card"):
        link = next(
            (
                found[1]
                for node in card.all("a")
                if (found := re.match(r"/cip/(\d{4}-\d\d)/", node.attrs.get("href", "")))
            ),
            None,
        )
        if link is None:
            continue
        own = site.page(with_query(f"/cip/{link}/", as_at=as_at))
        whole = whole_of(site, link, {"as_at": as_at} if as_at else {}, own)
        target, text = target_of(site, whole), card.read()
        gap = target - whole.total("weighted")
        found = re.search(
            rf"({POUNDS}) target, ({POUNDS}) delivered, ({POUNDS}) (short|above) after risk", text
        )
        if whole.savings:
            is_same = (
                found is not None
                and _is_pounds(found[1], target)
                and _is_pounds(found[2], whole.total("delivered"))
                and _is_pounds(found[3], abs(gap))
                and (found[4] == "short") == (gap > 0)
            )
            report.hold("card of a year", is_same, f"{text[:140]} {gap}", paper.address)


def hold_scheme(report: Report, site: Site, address: str) -> None:
    """A scheme’s page: its sentence, its facts, and its months with their sums."""
    paper = site.page(address)
    found = re.match(r"/cip/(\d{4}-\d\d)/schemes/([^/]+)/", address)
    assert found is not None
    whole = whole_of(site, found[1], asked(address), paper)
    one = next((each for each in whole.savings if each.row["scheme"] == found[2]), None)
    if one is None:
        return
    lines = _amounts(_table(paper, "Savings by month"))
    for kind in ("Plan", "Forecast", "Actual"):
        amounts = one.amounts[kind.lower()]
        *cells, year = lines[kind]
        for month, text in zip(whole.months, cells, strict=True):
            value = amounts.get(month)
            is_same = text == "–" if value is None else is_rounded(text, value)
            report.hold("month of a scheme", is_same, f"{kind} {month} {text} {value}", address)
        total = sum(amounts.values(), NOTHING)
        is_same = is_rounded(year, total) if amounts else year == "–"
        report.hold("year of a scheme", is_same, f"{kind} {year} {total}", address)
    for words, value in (
        (rf"Full-year effect ({POUNDS})", one.full_year),
        (rf"Carried into next year ({POUNDS})", one.full_year - one.plan),
        (rf"Forecast of the year ({POUNDS})", one.forecast),
        (rf"({POUNDS}) after risk", one.weighted(whole.weights)),
        (rf"({POUNDS}) delivered in months signed off", one.delivered),
        (rf"({POUNDS}) planned for {found[1][:4]}", one.plan),
        (rf"of ({POUNDS}) planned in months signed off", one.planned(one.signed)),
    ):
        for text in re.findall(words, paper.text):
            is_same = _is_pounds(text, value)
            report.hold("amount of a scheme", is_same, f"{words} {text} {value}", address)
    _hold_said(report, paper, one)


def _hold_said(report: Report, paper: Paper, one: Saving) -> None:
    head = paper.main.first("h2", "kt-hero__say")
    text = head.read() if head else ""
    ahead = one.delivered - one.planned(one.signed)
    found = re.search(rf"({POUNDS}) (ahead of|behind) plan", text)
    if found:
        is_same = found[2] == ("ahead of" if ahead > 0 else "behind")
        is_same = is_same and _is_pounds(found[1], abs(ahead))
        report.hold("ahead or behind", is_same, f"{text} {ahead}", paper.address)
    if "as planned" in text:
        report.hold("ahead or behind", not ahead, f"{text} {ahead}", paper.address)
    is_nothing = bool(re.search(r"counts? (?:no longer|for nothing)|weigh nothing yet", text))
    is_ended = one.row["stage"] in ("rejected", "substituted")
    if is_nothing and is_ended:
        report.hold("counts for nothing", not one.delivered, text, paper.address)


def hold_report(report: Report, site: Site, address: str) -> None:
    """The monthly report of a programme: that of the end of its month."""
    paper = site.page(address)
    found = re.match(r"/cip/(\d{4}-\d\d)/reports/programme/(\d{4}-\d\d)/", address)
    assert found is not None
    year, month = found[1], found[2]
    whole = whole_of(site, year, {**asked(address), "until": month}, paper)
    _hold_groups(report, site, paper, whole)
    if not whole.savings:
        return
    target, plan = target_of(site, whole), whole.total("plan")
    hold_end(report, paper.text, target - whole.total("weighted"), target, address)
    hold_share(report, paper.text, plan, target, address)
    for words, value in (
        (rf"({POUNDS}) is identified by", plan),
        (r"of the target; (.*?) is not\.", target - plan),
        (rf"forecast of the year, unweighted, is ({POUNDS})", whole.total("forecast")),
        (rf"Delivered to \w+ \d+: ({POUNDS})", whole.total("delivered")),
    ):
        for text in re.findall(words, paper.text):
            is_same = _is_pounds(text, value)
            report.hold("amount of a report", is_same, f"{words} {text} {value}", address)
    named = f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"
    report.hold(
        "month of a report", f"{LONG[int(month[5:]) - 1]} {month[:4]}" in paper.text, named, address
    )
    known = {one.row["scheme"]: one for one in whole.savings}
    heads = ("Month plan", "Month actual", "Year plan", "Forecast", "Risk-weighted")
    shown: list[Saving] = []
    for line in _table(paper, "Schemes in").lines:
        cells = {head: node.read() for head, node in line.items()}
        one = known.get(cells["Scheme"].split()[0])
        rows = [one] if one else whole.savings
        counted = [one] if one else whole.counted
        if one:
            shown.append(one)
        wanted = (
            sum((each.amounts["plan"].get(month, NOTHING) for each in counted), NOTHING),
            sum((each.amounts["actual"].get(month, NOTHING) for each in rows), NOTHING),
            sum((each.plan for each in counted), NOTHING),
            sum((each.forecast for each in rows), NOTHING),
            sum((each.weighted(whole.weights) for each in rows), NOTHING),
        )
        for head, value in zip(heads, wanted, strict=True):
            is_same = (cells[head] == "–" and not value) or is_rounded(cells[head], value)
            words = f"{cells['Scheme'][:20]} {head}: {cells[head]} {value}"
            report.hold("figure of a report", is_same, words, address)
    report.hold("schemes of a report", len(shown) == len(known), f"{len(shown)}", address)
