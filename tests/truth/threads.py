"""Golden threads held against the file of targets: plan by plan, by a comparison of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal

from tests.truth.paper import Node
from tests.truth.shown import MONTHS, is_rounded, label, operator_sign, period
from tests.truth.site import Report, Row, Site, asked

WORDS = {
    "new": "New",
    "tightened": "Tightened",
    "loosened": "Loosened",
    "same": "The same",
    "changed_in_kind": "Changed in kind",
    "dropped": "Dropped",
}
STRICT = {"gt": "ge", "lt": "le"}
BETTER = {"higher_is_better": "up", "lower_is_better": "down"}
Thread = list[tuple[str, list[Row], str]]
"""Plan by plan: its code, its promises, and what became of the promise."""


def hold_threads(report: Report, site: Site, address: str) -> None:
    """The page of all threads: what is in its file, and what its file does not say."""
    paper = site.page(address)
    rows = site.file_of(paper)
    found = threads_of(site, asked(address).get("as_at", ""))
    by_measure: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_measure[row["measure"]].append(row)
    for measure, own in by_measure.items():
        _hold_rows(report, own, found.get(measure, []), measure, address)
    if "q" not in asked(address):
        is_same = by_measure.keys() == found.keys()
        report.hold("threads", is_same, f"{by_measure.keys() ^ found.keys()}", address)
    names = {row["measure_name"]: row["measure"] for row in rows}
    alone = _hold_single(report, site, paper.main, names, found, address)
    families = paper.main.all("ol", "kt-chain")
    said = re.search(r"(\d+) famil(?:y|ies) .*?, (\d+) in one plan alone", paper.text)
    wanted = (len(families), alone)
    is_same = said is not None and tuple(map(int, said.groups())) == wanted
    report.hold("number of threads", is_same, f"{said and said[0]}: {wanted}", address)
    for card in paper.main.all("section", "kt-card"):
        _hold_family(report, site, card, names, found, address)


def hold_thread_of(report: Report, site: Site, address: str) -> None:
    """The thread on the page of a measure, and its targets in a table."""
    paper = site.page(address)
    measure = re.match(r"/measures/([^/?]+)/", address)
    steps = paper.main.first("ol", "kt-thread")
    if measure is None or steps is None:
        return
    thread = threads_of(site, asked(address).get("as_at", "")).get(measure[1], [])
    said = [_badge(step) for step in steps.parts if isinstance(step, Node) and step.tag == "li"]
    moves = [words.partition(",")[0] for words in said]
    wanted = [move for _, _, move in thread]
    shown = [words for words in moves if words.partition(":")[0] in WORDS.values()]
    report.hold("thread of a measure", shown == wanted, f"{shown} {wanted}", address)
    now = [step for step in steps.all("li") if "is-now" in step.classes]
    report.hold("target in force", len(now) <= 1, f"{len(now)} in force", address)


def threads_of(site: Site, as_at: str) -> dict[str, Thread]:
    """What became of each promise, worked out from the files of targets, plans and measures."""
    query = f"?as_at={as_at}" if as_at else ""
    plans = {row["plan"]: row for row in site.rows(f"/exports/plans.csv{query}")}
    order = sorted(plans, key=lambda plan: (plans[plan]["starts"], plan))
    better = {
        row["measure"]: row["direction"] for row in site.rows(f"/exports/measures.csv{query}")
    }
    first: dict[str, Row] = {}
    last: dict[str, Row] = {}
    for row in site.rows(f"/exports/targets.csv{query}"):
        first.setdefault(row["target"], row)
        last[row["target"]] = row
    promised: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in first.values():
        if row["measure"] and row["plan"] in plans:
            promised[row["measure"]][row["plan"]].append(row)
    found = {}
    for measure, by_plan in promised.items():
        thread: Thread = []
        before: Row | None = None
        for plan in order:
            rows = by_plan.get(plan, [])
            if rows:
                now = min(rows, key=lambda row: _preference(row, plans[plan]))
                move = "new" if before is None else moved(before, now, better[measure])
                thread.append((plan, rows, WORDS[move]))
                if before is None or not _is_no_commitment(before, now):
                    before = now
            elif thread and thread[-1][1]:
                thread.append((plan, [], _dropped(thread[-1][1], last)))
        found[measure] = thread
    return found


def moved(before: Row, now: Row, direction: str) -> str:
    """What became of one promise in the next (docs/rules.md, “From plan to plan”)."""
    if _is_no_commitment(before, now):
        return "changed_in_kind"
    terms = ("value", "upper_value", "operator", "value_is", "change", "care_group")
    one, two = ({name: row[name] for name in terms} for row in (before, now))
    for row in (one, two):
        row["change"] = "" if row["value_is"] == "absolute" else row["change"]
    levels = [Decimal(row["value"]) if row["value"] else None for row in (one, two)]
    rest = [{name: row[name] for name in terms if name != "value"} for row in (one, two)]
    if levels[0] == levels[1] and rest[0] == rest[1]:
        return "same"
    was, will = levels
    operators = [STRICT.get(row["operator"], row["operator"]) for row in (one, two)]
    is_alike = (
        direction in BETTER
        and not (one["upper_value"] or two["upper_value"])
        and all(one[name] == two[name] for name in ("care_group", "value_is", "change"))
        and operators[0] == operators[1]
        and two["change"] in ("", BETTER.get(direction))
    )
    if was is None or will is None or not is_alike:
        return "changed_in_kind"
    if was != will:
        asks_more_when_higher = bool(two["change"]) or direction == "higher_is_better"
        return "tightened" if (will > was) is asks_more_when_higher else "loosened"
    if two["operator"] in STRICT and one["operator"] not in STRICT:
        return "tightened"
    return "loosened"


def _is_no_commitment(before: Row, now: Row) -> bool:
    """A commitment stays in force where the next plan only reports, say, a national standard."""
    return before["role"] == "commitment" and now["role"] != "commitment"


def _preference(row: Row, plan: Row) -> tuple[bool, bool, bool, int]:
    due = row["due"] or plan["ends"]
    return (
        row["role"] != "commitment",
        not row["value"],
        row["care_group"] != "trust",
        -int(due.replace("-", "") or 0),
    )


def _dropped(rows: list[Row], last: dict[str, Row]) -> str:
    """Whether any commitment holds on: one without a day from which it holds no longer."""
    kinds = (("commitment", "carried forward"), ("national_standard", "the standard holds"))
    for role, left in kinds:
        ends = [last[row["target"]]["held_to"] for row in rows if row["role"] == role]
        if ends:
            return "Dropped: retired" if all(ends) else f"Dropped: {left}"
    return "Dropped"


def _hold_rows(report: Report, own: list[Row], thread: Thread, measure: str, at: str) -> None:
    """The file of the page: each promise once, and what became of it."""
    said = [(row["plan"], row["target"], row["what_happened"]) for row in own]
    words = {text: code for code, text in WORDS.items()}
    wanted = [
        (plan, row["target"] if row else "", words[move.partition(":")[0]])
        for plan, rows, move in thread
        for row in (rows or [None])
    ]
    report.hold("rows of a thread", sorted(said) == sorted(wanted), f"{measure}: {said}", at)


def _hold_single(
    report: Report, site: Site, main: Node, names: dict[str, str], found: dict[str, Thread], at: str
) -> int:
    """What one plan alone promises: folded by plan, with what became of it."""
    total = 0
    for fold in main.all("details"):
        title = fold.first("summary")
        count = re.match(r"(\d+) promised in this plan alone", title.read() if title else "")
        body = fold.first("tbody")
        if count is None or body is None:
            continue
        lines = body.all("tr")
        total += len(lines)
        report.hold("alone in a plan", int(count[1]) == len(lines), count[0], at)
        for line in lines:
            cells = [part for part in line.parts if isinstance(part, Node)]
            name, words, happened = (cell.read() for cell in cells)
            thread = found.get(names.get(name, ""), [])
            promised = [rows for _, rows, _ in thread if rows]
            report.hold("promised once", len(promised) == 1, name, at)
            move = thread[-1][2] if thread else ""
            is_same = happened == move or happened.startswith(f"{move}: ")
            report.hold("what happened", is_same, f"{name}: {happened}, {move}", at)
            if promised:
                terms = _terms(site, names[name])
                wanted = dict.fromkeys(asks_for(row, terms) for row in promised[0])
                is_same = set(words.split("; ")) == set(wanted)
                if terms["kind"] == "milestone":  # as printed; the file has the day agreed since
                    is_same = all(re.fullmatch(r"–|[A-Z][a-z]{2} \d\d", one) for one in wanted)
                report.hold("what is asked", is_same, f"{name}: {words}, {list(wanted)}", at)
    return total


def _hold_family(
    report: Report, site: Site, card: Node, names: dict[str, str], found: dict[str, Thread], at: str
) -> None:
    chain = card.first("ol", "kt-chain")
    if chain is None:
        return
    for strand in card.all("div", "kt-strand"):
        _hold_strand(report, site, strand.first("p"), names, at)
    for steps in card.all("ol", "kt-thread"):
        measure = names.get(steps.attrs.get("aria-label", ""), "")
        said = [_badge(step) for step in steps.parts if isinstance(step, Node) and step.tag == "li"]
        wanted = [move for _, _, move in found.get(measure, [])]
        report.hold("badges of a thread", said == wanted, f"{measure}: {said} {wanted}", at)
    for link in chain.all("li"):
        for asked_for in link.all("span"):
            words, name = asked_for.first("b"), asked_for.read(("kt-none",))
            if words is None:
                continue
            rest = name.removeprefix(words.read()).strip() or _title(card)
            measure = names.get(rest, "")
            terms = _terms(site, measure) if measure else None
            if terms is None:
                report.hold("measure of a chain", False, name, at)
                continue
            wanted = {
                asks_for(row, terms)
                for _, rows, _ in found.get(measure, [])
                for row in rows
                if asks_for(row, terms) != "–"
            } or {"no number"}
            said = set(words.read().split(", "))
            is_same = said <= wanted or words.read() in wanted or words.read() == "no number"
            report.hold("chain of a family", is_same, f"{rest}: {words.read()} {wanted}", at)


def _hold_strand(
    report: Report, site: Site, line: Node | None, names: dict[str, str], at: str
) -> None:
    """“130 months with a figure, Apr 2013 to Mar 2025: from 4.7% to 4.6%, between …”."""
    text = line.read() if line else ""
    name = max((one for one in names if text.startswith(f"{one}: ")), key=len, default="")
    if not report.hold("measure of a strand", bool(name), text, at):
        return
    as_at = asked(at).get("as_at", "")
    rows = real_figures(site, names[name], as_at)
    said = text.removeprefix(f"{name}: ")
    one = re.fullmatch(r"one figure, (.*) in (.*)\.", said)
    more = re.fullmatch(
        r"(\d+) [\w-]+ with a figure, (.*): from (.*) to (.*), between (.*) and (.*)\.", said
    )
    values = [Decimal(row["value"]) for row in rows]
    if one and rows:
        is_same = len(rows) == 1 and is_rounded(one[1], values[0])
        report.hold("one figure", is_same and one[2] == label(*period(rows[0])), said, at)
    elif more and rows:
        ends = [label(*period(row)) for row in (rows[0], rows[-1])]
        exact = (values[0], values[-1], min(values), max(values))
        is_same = int(more[1]) == len(rows) and all(end in more[2] for end in ends)
        is_same = is_same and all(map(is_rounded, more.groups()[2:], exact))
        report.hold("figures of a strand", is_same, f"{said} {len(rows)} {ends} {exact}", at)
    else:
        report.hold("figures of a strand", False, f"{said} {len(rows)}", at)


def real_figures(site: Site, measure: str, as_at: str) -> list[Row]:
    """The trust's complete figures of the measure's own frequency, without those made up."""
    query = f"?measure={measure}" + (f"&as_at={as_at}" if as_at else "")
    origins: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for row in site.rows(f"/exports/actuals.csv{query}"):
        if row["origin"] == "illustrative" or row["care_group"] == "trust":
            window = (row["period_start"], row["period_end"])
            origins[row["origin"] == "illustrative"].add(window)
    made_up = origins[True] - origins[False]
    rows = [
        row
        for row in site.own(measure, "trust", as_at)
        if row["value"]
        and row["is_primary"] != "false"
        and not (row["rag"] == "incomplete" and row["groups_reported"] != row["groups_expected"])
        and (row["period_start"], row["period_end"]) not in made_up
    ]
    return rows


def asks_for(row: Row, terms: Row) -> str:
    """What a promise asks for: “≥ 92%”, “−15% of baseline”; of a milestone its month."""
    if terms["kind"] == "milestone":
        due = row["due"]
        return f"{MONTHS[int(due[5:7]) - 1]} {due[2:4]}" if due else "–"
    if not row["value"]:
        return "–"
    value = Decimal(row["value"])
    text = _number(abs(value), terms["unit"])
    sign = "−" if value < 0 else ""
    if row["value_is"] == "absolute":
        shown = operator_sign(row["operator"], value, terms["unit"]) + sign + text
        if row["upper_value"]:
            return f"{sign}{text} to {_number(Decimal(row['upper_value']), terms['unit'])}"
        return shown
    way = "−" if row["change"] == "down" else "+"
    if row["value_is"] == "change_from_baseline":
        return f"{way}{_number(value, terms['unit'], change=True)}"
    share = f"{way}{_plain(value)}%"
    return (
        f"{share} each year" if row["value_is"] == "compound_each_year" else f"{share} of baseline"
    )


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(value: Decimal, unit: str, *, change: bool = False) -> str:
    text = _plain(value)
    pounds = {"pounds": "", "pounds_thousand": "k", "pounds_million": "m"}
    if unit in pounds:
        return f"£{text}{pounds[unit]}"
    if unit == "percent":
        return f"{text} percentage points" if change else f"{text}%"
    words = {
        "square_metres": " m²", "cubic_metres": " m³", "wte": " WTE",
        "per_100_000": " per 100,000", "per_1_000_bed_days": " per 1,000 bed days",
    }  # fmt: skip
    if unit in words:
        return text + words[unit]
    if unit in ("count", "score", "") or unit not in (
        "days", "hours", "minutes", "weeks", "months", "beds", "times", "tonnes",
    ):  # fmt: skip
        return text
    return f"{text} {unit[:-1] if value == 1 else unit}"


def _terms(site: Site, measure: str) -> Row:
    rows = {row["measure"]: row for row in site.rows("/exports/measures.csv")}
    return rows[measure]


def _badge(step: Node) -> str:
    tag = step.first("span", "kt-tag")
    return tag.read() if tag else ""


def _title(card: Node) -> str:
    title = card.first("h2")
    return title.read() if title else ""
