"""What the words of a promise say in numbers: proposed to a person, who confirms it. Pure.

Only what the words say is recognised. How many weeks something may take is not a target; where
the meaning of a number is open, the person decides.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_MONTHS = [name.lower() for name in month_name[1:]]
_SIZE = r"(?P<size>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<share>%|per\s?cent\b)?"
_NO_SPAN = (
    r"(?!\s*(?:-|–)?\s*(?:(?:working|calendar)\s)?"
    r"(?:hour|day|week|month|year|minute|bed night)s?\b)"
    r"(?![0-9/,.]*[0-9])"
)
_CHANGE = re.compile(
    r"\b(?P<verb>reduc\w+|decreas\w+|lower\w*|cut\w*|fewer|fall\w*|increas\w+|improv\w+|rais\w+|grow\w*"
    r"|more)\b[^.;]*?\bby\s+(?:at least\s+|up to\s+)?" + _SIZE + _NO_SPAN,
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"\b(?P<verb>reduc\w+|decreas\w+|lower\w*|cut\w*|fall\w*|increas\w+|improv\w+|rais\w+|grow\w*)\b"
    r"[^.;]*?\bto\s+(?:at least\s+|no more than\s+)?" + _SIZE + _NO_SPAN,
    re.IGNORECASE,
)
_LIMITS = (
    ("ge", r"(?:at least|no (?:fewer|less) than|a minimum of|≥|>=)\s*"),
    ("le", r"(?:at most|no more than|not more than|a maximum of|up to|≤|<=)\s*"),
    ("gt", r"(?:more than|above|over|exceed\w*|greater than|>)\s*"),
    ("lt", r"(?:less than|fewer than|below|under|<)\s*"),
)
_AFTER = (
    (
        "ge",
        re.compile(
            _SIZE + r"\s*(?:or (?:more|above|higher|over)|and (?:above|over))", re.IGNORECASE
        ),
    ),
    ("le", re.compile(_SIZE + r"\s*(?:or (?:fewer|less|below|lower|under))", re.IGNORECASE)),
)
_BETWEEN = re.compile(
    r"\bbetween\s+(?P<low>[0-9][0-9,.]*)\s*%?\s+and\s+(?P<high>[0-9][0-9,]*(?:\.[0-9]+)?)\s*%?"
    + _NO_SPAN,
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:eliminat\w+|zero|no (?:inappropriate|more|avoidable|patients|people))\b", re.IGNORECASE
)
_PLAIN = re.compile(r"(?<![0-9/.,£])" + _SIZE + _NO_SPAN, re.IGNORECASE)
_BASELINE = re.compile(
    r"(?:\bfrom(?: a| the)? baseline(?: of)?|\bbaseline(?: of|:| was| is)?|\bfrom)\s+"
    + _SIZE
    + r"(?:\s*\(?(?:in|for)?\s*(?P<period>20[0-9]{2}/[0-9]{2}|(?:"
    + "|".join(_MONTHS)
    + r")\s+20[0-9]{2}))?",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"\b(?:by|before|until)\s+(?:the end of\s+)?"
    r"(?P<words>(?:(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\s+)?"
    r"(?P<month>"
    + "|".join(_MONTHS)
    + r")\s+(?P<year>20[0-9]{2})|(?P<first>20[0-9]{2})/(?P<second>[0-9]{2})"
    r"|20[0-9]{2})\b",
    re.IGNORECASE,
)
_EACH_YEAR = re.compile(r"\b(?:each|every|per) year\b|\byear on year\b|\bannually\b", re.IGNORECASE)
_DOWN = ("reduc", "decreas", "lower", "cut", "fewer", "fall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The numbers in a promise; empty where it gives none."""

    value: Decimal | None = None
    upper: Decimal | None = None
    is_share: bool = False
    operator: str = ""
    value_is: str = ""
    change: str = ""
    baseline: Decimal | None = None
    baseline_period: str = ""
    due_on: date | None = None
    due_words: str = ""


def recognise(words: str) -> Recognised:
    """What the words of one promise say in numbers."""
    due_on, due_words = _due(words)
    baseline, period, rest = _baseline(words)
    found = _asked(rest)
    return Recognised(
        **found,
        baseline=baseline,
        baseline_period=period,
        due_on=due_on,
        due_words=due_words,
    )


def _asked(words: str) -> dict:
    """The number that is asked for, and how."""
    bare = _DUE.sub(lambda found: " " * len(found[0]), words)
    change = _CHANGE.search(bare)
    if change:
        is_share = bool(change["share"])
        kind = "relative_to_baseline" if is_share else "change_from_baseline"
        if is_share and _EACH_YEAR.search(bare):
            kind = "compound_each_year"
        way = "down" if change["verb"].lower().startswith(_DOWN) else "up"
        operator = "le" if way == "down" else "ge"
        return {
            "value": _number(change["size"]),
            "is_share": is_share,
            "value_is": kind,
            "change": way,
            "operator": operator,
        }
    band = _BETWEEN.search(bare)
    if band and _number(band["low"]) < _number(band["high"]):
        return {
            "value": _number(band["low"]),
            "upper": _number(band["high"]),
            "is_share": "%" in band[0],
            "operator": "between",
            "value_is": "absolute",
        }
    for operator, pattern in _AFTER:
        after = pattern.search(bare)
        if after:
            return _level(after, operator)
    for operator, before in _LIMITS:
        limit = re.search(before + _SIZE + _NO_SPAN, bare, re.IGNORECASE)
        if limit:
            return _level(limit, operator)
    level = _LEVEL.search(bare)
    if level:
        return _level(level, "le" if level["verb"].lower().startswith(_DOWN) else "ge")
    shares = [found for found in _PLAIN.finditer(bare) if found["share"]]
    if len(shares) == 1:
        # Which side is meant is not said: the person chooses.
        return _level(shares[0], "")
    if _NONE.search(bare) and not shares:
        return {"value": Decimal(0), "operator": "le", "value_is": "absolute"}
    return {}


def _level(found: re.Match[str], operator: str) -> dict:
    return {
        "value": _number(found["size"]),
        "is_share": bool(found["share"]),
        "operator": operator,
        "value_is": "absolute",
    }


def _number(text: str) -> Decimal:
    return Decimal(text.rstrip(".,").replace(",", ""))


def _baseline(words: str) -> tuple[Decimal | None, str, str]:
    """The baseline, its period as written, and the words without it."""
    found = _BASELINE.search(words)
    if found is None or re.fullmatch(r"20[0-9]{2}", found["size"]):
        return None, "", words
    rest = words[: found.start()] + " " + words[found.end() :]
    return _number(found["size"]), found["period"] or "", rest


def _due(words: str) -> tuple[date | None, str]:
    """The day it is due, where month or financial year are named; a year alone stays words."""
    named = list(_DUE.finditer(words))
    if not named:
        return None, ""
    found = named[-1]
    if found["month"]:
        year, month = int(found["year"]), _MONTHS.index(found["month"].lower()) + 1
        last = monthrange(year, month)[1]
        day = int(found["day"]) if found["day"] else last
        return (date(year, month, day) if 0 < day <= last else None), found[0]
    if found["first"] and (int(found["first"]) + 1) % 100 == int(found["second"]):
        return date(int(found["first"]) + 1, 3, 31), found[0]
    return None, found[0]
