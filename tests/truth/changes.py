"""What changed between two looks: every cause worked out again from the files of both ends."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal

from tests.truth.change_ends import STILL, End, Promise, cause_of, ends_of, seen_at
from tests.truth.paper import Node, Paper
from tests.truth.shown import (
    GROUP_OF,
    GROUPS,
    MILESTONE,
    MONTHS,
    RATED,
    VARIATION,
    WORDS,
    has_unit,
    is_rounded,
    judged,
    label,
    long_day,
    operator_sign,
    period,
)
from tests.truth.site import Report, Row, Site, asked, with_query


def hold_changes_page(report: Report, site: Site, address: str) -> None:
    paper = site.page(address)
    first, last = ends_of(site, paper)
    hold_counts_between(report, site, paper, (first, last))
    promises = seen_at(site, asked(address)["plan"], first, last)
    redefined = {line["Measure"].read() for line in _lines(paper, "Measures counted differently")}
    for one in promises:
        one.cause = cause_of(one, is_redefined=one.row["measure_name"] in redefined)
    hold_lists(report, paper, promises)
    hold_head(report, paper, promises)
    hold_signals(report, paper, promises)
    hold_still_missing(report, paper, promises)
    hold_restated(report, site, paper, first, last)
    hold_moved_targets(report, site, paper, first, last)


def hold_lists(report: Report, paper: Paper, promises: list[Promise]) -> None:
    """Each list has the promises of its cause, with their two statuses and figures."""

    def is_worse(one: Promise) -> bool:
        ends = [GROUP_OF[row["rag"]] for row in (one.then, one.now) if row]
        return RATED.index(ends[1]) > RATED.index(ends[0])

    performed = [one for one in promises if one.cause == "performance"]
    wanted = {
        "Worse": [one for one in performed if is_worse(one)],
        "Better": [one for one in performed if not is_worse(one)],
        "Rated, or no longer": [one for one in promises if one.cause == "reporting"],
        "Known otherwise since, moved, added or dropped": [
            one for one in promises if one.cause in ("restated", "target", "measures")
        ],
    }
    for name, own in wanted.items():
        items = listed(paper, name)
        codes = [_code(item) for item in items]
        is_same = codes == [one.code for one in own]
        words = f"{name}: {sorted(set(codes) ^ {one.code for one in own})}"
        report.hold(f"list: {name}", is_same, words, paper.address)
        for item, one in zip(items, own, strict=False):
            if is_same:
                _hold_item(report, item, one, paper.address)


def listed(paper: Paper, heading: str) -> list[Node]:
    """The lines of the list under a heading, which says how many there are."""
    nodes = list(paper.main.walk())
    for place, node in enumerate(nodes):
        if node.tag == "h3" and node.read().startswith(f"{heading} ("):
            under = next(one for one in nodes[place:] if one.tag == "ul")
            return [part for part in under.parts if isinstance(part, Node) and part.tag == "li"]
    raise LookupError(f"No list “{heading}”: {paper.address}")


def _code(item: Node) -> str:
    link = item.first("a")
    found = re.match(r"/measures/([^/?]+)/", link.attrs["href"]) if link else None
    return found[1] if found else ""


def _hold_item(report: Report, item: Node, one: Promise, at: str) -> None:
    if one.then is None or one.now is None:
        word = "dropped" if one.now is None else "added"
        report.hold("added or dropped", word in item.read(), item.read()[:90], at)
        return
    link, small = item.first("a"), item.first("span", "kt-muted")
    name = link.read() if link else ""
    said = item.read().removeprefix(name).strip()
    is_milestone = one.is_milestone
    words = MILESTONE if is_milestone else WORDS
    wanted = f"{words[one.then['rag']]} to {words[one.now['rag']]}"
    report.hold("two statuses", said.startswith(wanted), f"{one.code}: {said}, {wanted}", at)
    text = small.read() if small else ""
    if is_milestone:
        _hold_milestone(report, text, one, at)
        return
    found = re.fullmatch(r"(.+?) to (.+?)(?:, against (.+))?", text)
    if not report.hold("two figures", found is not None, f"{one.code}: {text}", at) or not found:
        return
    for shown, row in ((found[1], one.then), (found[2], one.now)):
        value = judged(row) if row["rag"] not in ("late", "no_data", "not_due") else None
        if value is None:
            is_same = shown == WORDS[row["rag"]].lower()
        else:
            is_same = is_rounded(shown, value) and has_unit(shown, row["unit"])
        report.hold("one of two figures", is_same, f"{one.code}: {shown}, {value}", at)
    if not one.now["target"]:
        report.hold("no target to name", found[3] is None, f"{one.code}: {text}", at)
        return
    goal, unit = Decimal(one.now["target"]), one.now["unit"]
    sign = operator_sign(one.now["operator"], goal, unit)
    against = found[3] or ""
    is_same = against.startswith(sign) and is_rounded(against[len(sign) :], goal)
    report.hold("target of a change", is_same, f"{one.code}: {text}, {sign}{goal}", at)


def _hold_milestone(report: Report, text: str, one: Promise, at: str) -> None:
    """A milestone says no word twice; where its day has moved, from when to when."""
    assert one.then is not None
    assert one.now is not None
    is_moved = one.then["due_on"] != one.now["due_on"] and one.then["due_on"] and one.now["due_on"]
    wanted = ""
    if is_moved:
        days = [long_day(date.fromisoformat(row["due_on"])) for row in (one.then, one.now)]
        wanted = f"due {days[0]} to {days[1]}"
    report.hold("words of a milestone", text == wanted, f"{one.code}: {text}, {wanted}", at)


def hold_head(report: Report, paper: Paper, promises: list[Promise]) -> None:
    """The headline: better, worse and new signals, or what else the statuses moved with."""
    head = paper.main.first("h2", "kt-hero__say")
    text = head.read() if head else ""
    lists = {name: len(listed(paper, name)) for name in ("Better", "Worse", "New signals")}
    causes = Counter(one.cause for one in promises if one.cause)
    if sum(lists.values()):
        signals = lists["New signals"]
        wanted = f"Performance: {lists['Better']} better, {lists['Worse']} worse, and " + (
            f"{signals} new signals." if signals != 1 else "1 new signal."
        )
        report.hold("headline", text == wanted, f"{text} {wanted}", paper.address)
    elif not causes:
        is_said = text == "No status has changed, and there is no new signal."
        report.hold("headline", is_said, text, paper.address)
    else:
        is_data = not causes["target"] and not causes["measures"]
        is_said = ("Nothing changed but the data" in text) == is_data
        found = re.search(r"(\d+) status(?:es)?\b", text)
        is_said = is_said and found is not None and int(found[1]) == causes.total()
        report.hold("headline", is_said, f"{text} {dict(causes)}", paper.address)
    found = re.search(r"(\d+) targets? kept the same status", paper.text)
    said = int(found[1]) if found else -1
    kept = len(promises) - causes.total()
    report.hold("targets kept", said == kept, f"{said} {kept}", paper.address)


def hold_signals(report: Report, paper: Paper, promises: list[Promise]) -> None:
    """A new signal: a special cause where there was none, or one of another meaning."""

    def meaning(row: Row | None) -> str:
        kind = (row["variation"] if row else "").partition("_")[0]
        return "" if kind in ("", "none", "common") else kind

    wanted = [
        one
        for one in promises
        if one.now is not None
        and meaning(one.now)
        and judged(one.now) is not None
        and one.now["rag"] not in ("late", "no_data")
        and meaning(one.then) != meaning(one.now)
    ]
    items = listed(paper, "New signals")
    codes = [_code(item) for item in items]
    report.hold(
        "list: New signals",
        codes == [one.code for one in wanted],
        f"{sorted(set(codes) ^ {one.code for one in wanted})}",
        paper.address,
    )
    for item, one in zip(items, wanted, strict=False):
        assert one.now is not None
        word = VARIATION[one.now["variation"]]
        is_said = word in item.read()
        side = {"concern": "for the worse", "improvement": "for the better"}.get(meaning(one.now))
        if side and "mixed" not in item.read():
            other = "better" if side.endswith("worse") else "worse"
            is_said = is_said and f"for the {other}" not in item.read()
        report.hold("word of a new signal", is_said, item.read()[:120], paper.address)


def hold_still_missing(report: Report, paper: Paper, promises: list[Promise]) -> None:
    missing = Counter(
        one.row["rag"] for one in promises if one.now and not one.cause and one.row["rag"] in STILL
    )
    found: Counter[str] = Counter()
    for item in listed(paper, "Still missing"):
        rag = next(rag for rag, word in WORDS.items() if item.read().endswith(word))
        found[rag] = len(item.all("a"))
    report.hold("still missing", found == missing, f"{found} {missing}", paper.address)


def _lines(paper: Paper, caption: str) -> list[dict[str, Node]]:
    table = next((one for one in paper.tables if one.caption == caption), None)
    return table.lines if table else []


def hold_restated(report: Report, site: Site, paper: Paper, first: End, last: End) -> None:
    """Figures known then that are others now: a line each, from the versions of both moments."""
    at = paper.address
    lines = _lines(paper, "Figures that have changed since")
    if first.as_at == last.as_at:
        report.hold("restated between moments alone", not lines, f"{len(lines)}", at)
        return
    plan = asked(at)["plan"]
    known = []
    for as_at in (first.as_at, last.as_at):
        query = f"plan={plan}" + (f"&as_at={as_at}" if as_at else "")
        known.append({_window(row): row for row in site.rows(f"/exports/actuals.csv?{query}")})
    names = {row["measure"]: row["name"] for row in site.rows("/exports/measures.csv")}
    groups = {row["care_group"]: row["name"] for row in site.rows("/exports/care_groups.csv")}
    promised = {row["measure"] for row in site.rows(f"/exports/targets.csv?plan={plan}")}
    then, now = known
    wanted = {}
    for key, row in then.items():
        if row["period_end"] > first.last_day.isoformat() or row["measure"] not in promised:
            continue
        if key in now and now[key]["version"] != row["version"]:
            named = f"{names[row['measure']]}, {groups[row['care_group']]}"
            wanted[named, label(*period(row))] = (row, now[key])
    said = {(line["Measure"].read(), line["Period"].read()): line for line in lines}
    is_same = set(said) == set(wanted) and len(lines) == len(said)
    report.hold("restated figures", is_same, f"{sorted(set(said) ^ set(wanted))[:3]}", at)
    for key in set(said) & set(wanted):
        for head, row in zip(("Was", "Is"), wanted[key], strict=True):
            text = said[key][head].read()
            if row["value"]:
                is_same = is_rounded(text, Decimal(row["value"])) and has_unit(text, row["unit"])
            else:
                is_same = text.lower() == row["value_status"].replace("_", " ")
            report.hold("restated figure", is_same, f"{key} {head}: {text} {row['value']}", at)


def _window(row: Row) -> tuple[str, ...]:
    return row["measure"], row["care_group"], row["period_start"], row["period_end"]


def hold_moved_targets(report: Report, site: Site, paper: Paper, first: End, last: End) -> None:
    """Targets whose terms differ between two moments are the ones named, with the new terms."""
    at = paper.address
    lines = _lines(paper, "Targets, floors and tolerances decided")
    moved = [line for line in lines if not line["Promise"].read().startswith("Default tolerance")]
    if first.as_at == last.as_at:
        for line in moved:
            day = _day(line["From"].read())
            is_between = first.last_day < day <= last.last_day
            report.hold("target moved between", is_between, line["From"].read(), at)
        return
    plan = asked(at)["plan"]
    terms = []
    for as_at in (first.as_at, last.as_at):
        query = f"plan={plan}" + (f"&as_at={as_at}" if as_at else "")
        rows: dict[str, list[tuple[str, ...]]] = {}
        for row in site.rows(f"/exports/targets.csv?{query}"):
            rows.setdefault(row["target"], []).append(
                tuple(row[name] for name in ("value", "upper_value", "floor", "held_from", "due"))
            )
        terms.append(rows)
    then, now = terms
    has_tolerance = len(moved) != len(lines)
    differ = {code for code in then if now.get(code) != then[code]}
    if not has_tolerance:
        is_same = bool(differ) == bool(moved)
        report.hold("targets moved", is_same, f"{sorted(differ)} {len(moved)}", at)


def _day(text: str) -> date:
    day, month, year = text.split()
    return date(int(year), MONTHS.index(month) + 1, int(day))


def hold_counts_between(report: Report, site: Site, paper: Paper, ends: tuple[End, End]) -> None:
    """The counts of both ends, and that the steps between them add up."""
    address, plan = paper.address, asked(paper.address)["plan"]
    table = next((one for one in paper.tables if one.caption.startswith("Counts then")), None)
    if table is None:
        return
    lines = [[cell.read() for cell in line.values()] for line in table.lines]
    numbers = [[int(cell.replace("−", "-").replace("+", "")) for cell in one[1:]] for one in lines]
    for place, name in enumerate(GROUPS):
        first, *steps, last = [line[place] for line in numbers]
        report.hold(
            "steps add up", first + sum(steps) == last, f"{name}: {first} {steps} {last}", address
        )
    for place, end in zip((0, -1), ends, strict=True):
        board = with_query("/", plan=plan, period=end.month, as_at=end.as_at)
        rows = site.file_of(site.page(board))
        counts = [sum(GROUP_OF[row["rag"]] == name for row in rows) for name in GROUPS]
        report.hold(
            "counts of an end", numbers[place] == counts, f"{lines[place]} {counts}", address
        )
    _hold_sentence(report, paper.text, lines, address)
    for head in paper.main.all("h3"):
        found = re.search(r"\((\d+)\)$", head.read())
        if found is not None:
            _hold_listed(report, paper.main, head, int(found[1]), address)


def _hold_sentence(report: Report, text: str, lines: list[list[str]], at: str) -> None:
    moved = sum(
        int(found[1]) for line in lines if (found := re.search(r": (\d+)$", line[0])) is not None
    )
    found = re.search(r"(\d+) status(?:es)? moved", text)
    if found:
        report.hold("statuses moved", int(found[1]) == moved, f"{found[0]} {moved}", at)


def _hold_listed(report: Report, main: Node, head: Node, number: int, at: str) -> None:
    nodes = list(main.walk())
    after = nodes[nodes.index(head) :]
    listed = next((node for node in after if node.tag == "ul"), None)
    links = len(listed.all("a")) if listed is not None else 0
    report.hold("number of a list", number == links, f"{head.read()}: {links}", at)
