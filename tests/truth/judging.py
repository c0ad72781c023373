"""A window's sentences held against the rows of the files: the reader of sentence_judge.py, fed by
the files alone.
"""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

from kpis.rag import Direction
from strategy.periods import Frequency, Period
from tests.kpis.sentence_judge import Judge
from tests.kpis.sentence_judge import Row as Point
from tests.truth.shown import period
from tests.truth.site import Report, Row, Site


def hold_said(report: Report, judge: Judge, text: str, name: str, at: str) -> None:
    """One text about one window; the measure’s name may hold numbers of its own."""
    said = text.replace(name, "It").replace("the year's", "the whole")
    said = said.replace(" per 1,000 bed days", " weeks")
    try:
        judge.check(said)
    except (AssertionError, IndexError, KeyError, TypeError) as problem:
        report.hold("sentence", False, f"{text} ({type(problem).__name__})", at)
    else:
        report.hold("sentence", True, text, at)


def judge_of(site: Site, shown: Row, as_at: str = "") -> Judge:
    """Whoever judges the sentences about a row of a file."""
    group = shown["care_group"] or "trust"
    rows = [row for row in site.own(shown["measure"], group, as_at) if row["is_primary"] != "false"]
    named = {one["measure"]: one for one in site.rows("/exports/measures.csv")}[shown["measure"]]
    direction = Direction(named["direction"])
    terms = SimpleNamespace(
        unit=shown["unit"].replace("per_1_000_bed_days", "weeks"),
        decimals=int(named["decimals"] or 0),
        direction=direction,
        frequency=Frequency(named["frequency"]),
        is_milestone=False,
    )
    target = None
    if shown["target_id"]:
        target = SimpleNamespace(
            value=Decimal(shown["target"]) if shown["target"] else None,
            floor=Decimal(shown["floor"]) if shown["floor"] else None,
        )
    standing = SimpleNamespace(
        spc_segment=shown["spc_segment"], period=Period(*period(shown)), target=target
    )
    points = [_point(row) for row in rows if _is_point(row)]
    return Judge(points, terms, standing)  # type: ignore[arg-type]


def _is_point(row: Row) -> bool:
    return bool(
        row["value"]
        and row["spc_segment"]
        and row["point_type"]
        and row["rag"] not in ("suppressed", "not_applicable")
        and not (row["rag"] == "incomplete" and row["groups_reported"] != row["groups_expected"])
    )


def _point(row: Row) -> Point:
    def real(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    met = None
    if row["rag"] in ("green", "amber", "red") and row["target"]:
        value, goal = Decimal(row["value"]), Decimal(row["target"])
        met = {
            "ge": value >= goal,
            "gt": value > goal,
            "le": value <= goal,
            "lt": value < goal,
            "eq": value == goal,
            "between": bool(row["upper_value"])
            and goal <= value <= Decimal(row["upper_value"] or 0),
        }[row["operator"]]
    return Point(
        Period(*period(row)),
        Decimal(row["value"]),
        met,
        (row["operator"], row["target"], row["upper_value"]),
        real("spc_mean"),
        real("spc_lower"),
        real("spc_upper"),
        row["spc_segment"],  # type: ignore[arg-type]
    )
