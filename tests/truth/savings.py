"""Savings: every figure of a programme worked out again from the months of its schemes.

The files give each scheme's months, stage and rating; the pages give what the files lack: which
months are signed off, whether both signatures stand, what a rating counts.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tests.truth.paper import Paper
from tests.truth.savings_whole import (
    NOTHING,
    POUNDS,
    STAGES,
    Saving,
    Whole,
    _allocations,
    _amounts,
    _hold_groups,
    _is_pounds,
    _table,
    hold_end,
    hold_scheme_table,
    hold_share,
    target_of,
    whole_of,
)
from tests.truth.shown import MONTHS, is_rounded, number
from tests.truth.site import Report, Site, asked, with_query


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


def _hold_schemes(report: Report, paper: Paper, whole: Whole) -> None:
    """Each line of the table of schemes, and the line of sums below it."""
    hold_scheme_table(report, _table(paper, "Schemes, with stage"), paper, whole)


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
