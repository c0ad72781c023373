"""The page of a scheme, and the report of a month, each held against its months."""

from __future__ import annotations

import re

from tests.truth.paper import Paper
from tests.truth.savings_whole import (
    NOTHING,
    POUNDS,
    Saving,
    _amounts,
    _hold_groups,
    _is_pounds,
    _table,
    hold_end,
    hold_share,
    target_of,
    whole_of,
)
from tests.truth.shown import LONG, MONTHS, is_rounded
from tests.truth.site import Report, Site, asked


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
