"""The addresses that the drill opens: plans, months, moments, care groups, measures."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from tests.truth.site import Site

MOMENTS = ("2019-06-30", "2023-10-31", "2024-05-15", "2025-08-31", "2026-04-01")
MOMENTS_BETWEEN = (
    ("2020-01-31", "2021-06-10"), ("2024-03-31", "2025-06-10"), ("2025-06-30", "2026-04-30"),
    ("2025-12-31", "2026-11-20"), ("2025-06", "2026-04-30"),
)  # fmt: skip
MONTHS = ("2016-12", "2018-03", "2019-12", "2023-06", "2024-03", "2025-03", "2026-03", "2026-08")


def addresses(site: Site) -> dict[str, list[str]]:
    plans = [row["plan"] for row in site.rows("/exports/plans.csv")]
    shown = [plan for plan in plans if site.opens(f"/?plan={plan}")]
    boards = [f"/?{urlencode({'plan': plan})}" for plan in shown]
    boards += [
        f"/?{urlencode({'plan': plan, 'period': month})}" for plan in shown for month in MONTHS
    ]
    lists, ambitions, whole = ["/measures/", "/summary/"], [], []
    for moment in MOMENTS:
        for plan in shown:
            address = f"/?{urlencode({'plan': plan, 'as_at': moment})}"
            if site.opens(address):
                boards.append(address)
                whole.append(f"/plans/{plan}/?as_at={moment}")
        lists += [f"/measures/?as_at={moment}", f"/summary/?as_at={moment}"]
    groups = [row["care_group"] for row in site.rows("/exports/care_groups.csv")]
    lists += [f"/care-groups/{group}/" for group in groups if group != "trust"]
    lists += [f"/summary/?care_group={group}" for group in groups]
    lists += [f"/measures/?plan={plan}" for plan in shown]
    lists += [f"/summary/?plan={plan}&rows=targets" for plan in shown]
    for plan in shown:
        page = site.page(f"/plans/{plan}/")
        links = {href.partition("?")[0] for href, _ in page.links}
        pattern = rf"/plans/{plan}/(objectives|ambitions)/[^/]+/"
        for link in sorted(link for link in links if re.fullmatch(pattern, link)):
            (ambitions if "/ambitions/" in link else lists).append(link)
        whole.append(f"/plans/{plan}/")
    ambitions += [
        f"{link}?period={month}" for link in list(ambitions) for month in ("2019-03", "2025-06")
    ]
    heatmaps = [f"/heatmap/?plan={plan}" for plan in shown]
    heatmaps += [f"/heatmap/?plan={plan}&care_group={group}" for plan in shown for group in groups]
    measures = []
    for measure, group in sorted(
        {(row["measure"], row["care_group"]) for row in site.rows("/exports/assessments.csv")}
    ):
        if measure:
            more = {} if group == "trust" else {"care_group": group}
            measures.append(f"/measures/{measure}/" + (f"?{urlencode(more)}" if more else ""))
    pairs = (("2018-12", "2019-03"), ("2024-03", "2025-03"), ("2026-03", "2026-09"))
    changes = [
        f"/changes/?{urlencode({'plan': plan, 'from': first, 'to': last})}"
        for plan in shown
        for first, last in pairs
    ]
    changes.append(f"{changes[-1]}&as_at=2026-10-01")
    changes += [
        f"/changes/?{urlencode({'plan': plan, 'from': first, 'to': last})}"
        for plan in shown
        for first, last in MOMENTS_BETWEEN
        if site.opens(f"/?plan={plan}&as_at={first}")
    ]
    matrices = ["/matrix/", *(f"/matrix/?as_at={moment}" for moment in MOMENTS)]
    matrices += [f"/matrix/?care_group={group}" for group in groups]
    reported = sorted({row["period"] for row in site.rows("/exports/returns.csv")})
    savings: dict[str, list[str]] = {}
    for year in sorted({row["year"] for row in site.rows("/exports/cip_schemes.csv")}):
        start = int(year[:4])
        moments = (f"{start}-08-31", f"{start}-11-20", f"{start}-12-31")
        for kind, found in savings_of(site, year, moments).items():
            savings.setdefault(kind, []).extend(found)
    return {
        **savings,
        "returns": ["/returns/", *(f"/returns/{month}/" for month in reported)],
        "threads": ["/threads/", *(f"/threads/?as_at={moment}" for moment in MOMENTS)],
        "board": boards,
        "list": lists,
        "ambition": ambitions,
        "plan": whole,
        "changes": changes,
        "matrix": matrices,
        "heatmap": heatmaps,
        "measure": measures,
    }


def savings_of(site: Site, year: str, moments: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """The pages of a programme of savings; its own also as known at some moments."""
    start = int(year[:4])
    own = f"/cip/{year}/"
    savings = ["/cip/", own, f"{own}?until={start}-08", f"{own}?as_at={start + 1}-02-20"]
    savings += [f"{own}schemes/", *(f"{own}?as_at={moment}" for moment in moments)]
    rows = [row for row in site.rows("/exports/cip_schemes.csv") if row["year"] == year]
    schemes = [f"{own}schemes/{row['scheme']}/" for row in rows]
    months = (f"{start}-05", f"{start}-12", f"{start + 1}-03")
    reports = [f"{own}reports/programme/{month}/" for month in months]
    return {"savings": savings, "scheme": schemes, "report": reports}


def addresses_made(site: Site) -> dict[str, list[str]]:
    """Every page of the plan of awkward measures (made.py), in several months."""
    months = ("2023-06", "2024-03", "2025-10", "2026-06", "2026-09", "2026-10")
    boards = [f"/?plan=made&period={month}" for month in months]
    boards += ["/?plan=made", "/?plan=made&as_at=2025-06-30"]
    page = site.page("/plans/made/")
    links = {href.partition("?")[0] for href, _ in page.links}
    objectives = sorted(link for link in links if link.startswith("/plans/made/objectives/"))
    codes = sorted({row["measure"] for row in site.rows("/exports/assessments.csv?plan=made")})
    measures = [f"/measures/{code}/" for code in codes if code]
    measures += [f"{address}?as_at=2025-12-31" for address in measures]
    return {
        "board": boards,
        "list": [*objectives, "/measures/?plan=made", "/summary/?plan=made&rows=targets"],
        "ambition": [f"/plans/made/ambitions/1/?period={month}" for month in months],
        "plan": ["/plans/made/"],
        "changes": changes_made(),
        "matrix": ["/matrix/?plan=made"],
        "threads": ["/threads/?q=made"],
        "heatmap": ["/heatmap/?plan=made"],
        "measure": measures,
    }


def changes_made() -> list[str]:
    """What changed among the awkward measures: between months, and between moments."""
    today = timezone.localdate()
    days = {"week": today - timedelta(days=7), "before": today - timedelta(days=12), "now": today}
    pairs = (
        ("2026-03", "2026-09"), ("2025-12", "2026-03"), ("2025-11", "2026-02"),
        ("2024-06", "2025-02"), ("2024-03", "2024-05"), ("2026-02", "2026-04"),
        (f"{days['before']}", f"{days['now']}"), (f"{days['week']}", f"{days['now']}"),
        ("2026-02-20", f"{days['now']}"), ("2026-03", f"{days['before']}"),
    )  # fmt: skip
    return [f"/changes/?plan=made&from={first}&to={last}" for first, last in pairs]
