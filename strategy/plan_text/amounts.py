"""Sums of money and spans of time that a promise asks for, with their units. Pure.

Read only where the words name no other number: of "95% are seen within 4 hours" the hours belong
to what is counted. A person confirms each, and chooses a measure in whose unit it can be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from strategy.plan_text.counts import COUNTS, number

_DIGITS = r"[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?"
SCALES = {"": "pounds", "k": "pounds_thousand", "thousand": "pounds_thousand"}
SCALES |= {"m": "pounds_million", "million": "pounds_million"}
_SUM = re.compile(
    rf"£\s?(?P<size>{_DIGITS})(?![0-9,.]*[0-9])\s?"
    r"(?P<scale>(?:k|m|bn|thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_PERIOD = r"20[0-9]{2}/[0-9]{2}|[A-Z][a-z]{2,8}\s+20[0-9]{2}"
# What stands before a baseline, and the period after it.
_FROM = re.compile(
    r"(?:\bfrom(?: a| the)?(?: baseline)?(?: of)?|\bbaseline(?: of|:| was| is)?"
    r"|\bcurrently(?: at)?)\s*$",
    re.IGNORECASE,
)
_OF_PERIOD = re.compile(rf"\s*\(?(?:(?:in|for)\s+)?(?P<period>{_PERIOD})\)?")
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)
_LIMITS = (
    ("ge", r"(?:at least|no (?:fewer|less) than|a minimum of|≥|>=)"),
    (
        "le",
        r"(?:at most|(?:no|not) (?:more|longer|later|higher) than|a maximum of|up to|≤|<=)",
    ),
    ("gt", r"(?:more than|above|over|exceed\w*|greater than|>)"),
    ("lt", r"(?:less than|fewer than|below|under|<)"),
)
_BEFORE = tuple(
    (operator, re.compile(rf"(?<!\w){words}\s*$", re.IGNORECASE)) for operator, words in _LIMITS
)
_AFTER = (
    ("ge", re.compile(r"\s*(?:or (?:more|above|higher|over)|and (?:above|over))\b", re.IGNORECASE)),
    ("le", re.compile(r"\s*or (?:fewer|less|below|lower|under|sooner)\b", re.IGNORECASE)),
)
_LESS = r"reduc\w+|decreas\w+|lower\w*|cut\w*|fall\w*|drop\w*|shrink\w*|shorten\w*|bring\w* down"
_MORE = r"increas\w+|improv\w+|rais\w+|grow\w*|ris\w+"
_MOVED = re.compile(
    rf"\b(?:(?P<less>{_LESS})|(?P<more>{_MORE}))\b[^.;]{{0,160}}?\b(?P<way>to|by)\s*$",
    re.IGNORECASE,
)
# Money that is meant to be so much or more, in whatever words.
_GAINED = re.compile(
    r"\b(?:sav(?:e|es|ed|ing|ings)|surplus|releas\w+|generat\w+|fundrais\w+|efficienc\w+)\b",
    re.IGNORECASE,
)
_EACH_YEAR = re.compile(r"\s*(?:(?:a|per|each|every)\s+year|annually|p\.?a\b)", re.IGNORECASE)
_SPAN = re.compile(
    rf"(?<![\w£.,/-])(?P<size>{_DIGITS}|{'|'.join(COUNTS)})[\s-]+"
    r"(?:(?P<kind>working|calendar|business)\s+)?(?P<unit>minute|hour|day|week|month)s?\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"\b(?P<word>within|in)\s*$", re.IGNORECASE)
# What is done in a span, where only "in" says so: "answered in two working days".
_DONE = re.compile(
    r"\b(?:answer|respon|repl|see[ns]?\b|assess|treat|triag|review|clos|complet|contact|acknowledg"
    r"|offer|fill|discharg|resolv|paid|pay|deliver)",
    re.IGNORECASE,
)

_TARGET = re.compile(r"\btarget:?\s*$", re.IGNORECASE)
# "Time to hire: 45 days": what is counted, and the number.
_ROW = re.compile(r"\w:\s*$")
# Another number, or words for a part of many.
_OTHER = re.compile(
    r"(?<![\w/.,-])[0-9]|\b(?:proportion|percentage|share|number|rate|most|majority"
    r"|(?:more|fewer)(?!\s+than)|half|thirds?|quarters?|fifths?|tenths?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Said:
    """One amount where it stands."""

    value: Decimal
    unit: str
    start: int
    end: int
    kind: str = ""


def amount_in(words: str) -> dict:
    """The one sum of money, else the one span of time, that a promise asks for; empty where it
    names several, or none.
    """
    return _money(words) or _span(words)


def _money(words: str) -> dict:
    sums = list(_sums(words))
    based = next((one for one in sums if _FROM.search(words, 0, one.start)), None)
    asked = [one for one in sums if one is not based and not _in_brackets(words, one)]
    found: dict = {}
    if len(asked) == 2 and asked[0].unit == asked[1].unit and _is_band(words, *asked):
        found = {"value": asked[0].value, "upper": asked[1].value, "operator": "between"}
    elif len(asked) == 1:
        found = _asked(words, asked[0], based)
    if not found:
        return {}
    found["unit"] = asked[0].unit
    if _EACH_YEAR.match(words, asked[-1].end):
        found["kind"] = "a year"
    if based is not None and based.unit == asked[0].unit:
        found["baseline"] = based.value
        if period := _OF_PERIOD.match(words, based.end):
            found["baseline_period"] = period["period"]
    return {"value_is": "absolute", **found}


def _sums(words: str) -> Iterator[_Said]:
    for found in _SUM.finditer(words):
        unit = SCALES.get((found["scale"] or "").lower())
        if unit:
            yield _Said(number(found["size"]), unit, found.start(), found.end())


def _span(words: str) -> dict:
    spans = [
        _Said(
            number(found["size"]),
            unit_of(found["unit"]),
            found.start(),
            found.end(),
            (found["kind"] or "").lower(),
        )
        for found in _SPAN.finditer(words)
    ]
    if _names_others(words, spans):
        return {}
    based = next((one for one in spans if _FROM.search(words, 0, one.start)), None)
    asked = [
        (one, said) for one in spans if one is not based and (said := _limited(words, one, based))
    ]
    if len(asked) != 1:
        return {}
    ((one, found),) = asked
    if based is not None and based.unit == one.unit:
        found["baseline"] = based.value
    kind = f"{one.kind} {one.unit}" if one.kind and one.kind != "calendar" else ""
    return {"value_is": "absolute", **found, "unit": one.unit, "kind": kind}


def _names_others(words: str, spans: Iterable[_Said]) -> bool:
    """Whether the words name another number, or a part of many: the span is what is counted."""
    rest = list(words)
    for one in spans:
        rest[one.start : one.end] = " " * (one.end - one.start)
    return bool(_OTHER.search("".join(rest)))


def _limited(words: str, one: _Said, based: _Said | None) -> dict:
    """What is asked of a span: nothing, where no word before or after it says so. So many months,
    or anything from the first word on, is when a thing will be done.
    """
    if _in_brackets(words, one):
        return {}
    if _TARGET.search(words, 0, one.start):
        return _asked(words, one, based)
    if within := _WITHIN.search(words, 0, one.start):
        is_asked = within["word"].lower() == "within" or _DONE.search(words, 0, within.start())
        is_due = within.start() == 0 or one.unit == "months"
        return {"value": one.value, "operator": "le"} if is_asked and not is_due else {}
    found = _asked(words, one, based)
    # More than so long is what should not be.
    if found["operator"] == "gt":
        return {}
    is_row = _ROW.search(words, 0, one.start) and not words[one.end :].strip(" .;")
    return found if found["operator"] or is_row else {}


def _asked(words: str, one: _Said, based: _Said | None) -> dict:
    """An amount with the side of it that is meant; no operator where the words leave that open."""
    for operator, after in _AFTER:
        if after.match(words, one.end):
            return {"value": one.value, "operator": operator}
    for operator, before in _BEFORE:
        if before.search(words, 0, one.start):
            return {"value": one.value, "operator": operator}
    if moved := _MOVED.search(words, 0, one.start):
        operator = "le" if moved["less"] else "ge"
        if moved["way"].lower() == "to":
            return {"value": one.value, "operator": operator}
        change = "down" if moved["less"] else "up"
        return {
            "value": one.value,
            "operator": operator,
            "value_is": "change_from_baseline",
            "change": change,
        }
    if based is not None and based.unit == one.unit:
        return {"value": one.value, "operator": "le" if one.value < based.value else "ge"}
    is_gained = one.unit.startswith("pounds") and _GAINED.search(words)
    return {"value": one.value, "operator": "ge" if is_gained else ""}


def _is_band(words: str, low: _Said, high: _Said) -> bool:
    between = words[low.end : high.start].strip().lower()
    is_said = _BETWEEN.search(words, 0, low.start) and between == "and"
    return bool(is_said or between in ("-", "–", "—")) and low.value < high.value


def _in_brackets(words: str, one: _Said) -> bool:
    """What stands in brackets is said beside the promise."""
    return words.count("(", 0, one.start) > words.count(")", 0, one.start)


_EXACT = Decimal("0.000001")
# How many of the smallest unit of its kind each unit is.
_SIZES = {
    "money": {"pounds": 1, "pounds_thousand": 1_000, "pounds_million": 1_000_000},
    "clock": {"minutes": 1, "hours": 60},
    "calendar": {"days": 1, "weeks": 7},
}


def unit_of(word: str) -> str:
    """The unit that a word for a span of time names: "weeks" for "Week"."""
    return f"{word.lower().rstrip('s')}s"


def in_unit(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """The same amount in another unit; None where that is something else, or inexact."""
    for sizes in _SIZES.values():
        if unit in sizes and wanted in sizes:
            other = (value * sizes[unit] / sizes[wanted]).quantize(_EXACT)
            return other if other * sizes[wanted] == value * sizes[unit] else None
    return value if unit == wanted else None
