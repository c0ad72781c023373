"""What the words of a promise say in numbers: proposed to a person, who confirms it. Pure.

Only what the words say is recognised; where the meaning of a number is open, the person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from strategy.plan_text.amounts import amount_in, unit_of
from strategy.plan_text.counts import COUNTS, number, percentages
from strategy.plan_text.days import DUE, PERIOD, due_in
from strategy.plan_text.paths import Values, path_of

_SHARE = r"\s*(?P<share>%|per\s?cent\b)?"
# No number of a plan is longer; a longer run of digits would be tried from each of them.
_DIGITS = r"[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?"
_SIZE = rf"(?P<size>{_DIGITS}){_SHARE}"
# A number from its first digit on.
_WHOLE = r"(?<![0-9.,])"
_NO_SPAN = (
    r"(?!\s*(?:-|–)?\s*(?:(?:working|calendar)\s)?"
    r"(?:hour|day|week|month|year|minute|bed night)s?\b)"
    r"(?![0-9/,.]*[0-9])(?!(?:st|nd|rd|th)\b)"
)
_POINTS = re.compile(r"\s*(?:percentage\s+points?|points?|ppts?|pp)\b", re.IGNORECASE)
_VERB = (
    r"reduc\w+|decreas\w+|lower\w*|cut\w*|fall\w*|fell|drop\w*|shrink\w*|increas\w+|improv\w+"
    r"|rais\w+|grow\w*|grew|ris\w+|rose"
)
# What may stand between the verb and its number.
_NEAR = r"[^.;]{0,160}?"
_NOUN = r"reduction|decrease|fall|cut|increase|rise|improvement|growth"
_CHANGES = (
    re.compile(
        rf"\b(?P<verb>{_VERB}|fewer|more|(?:down|up)(?=\s+by))\b{_NEAR}\bby\s+"
        r"(?:at least\s+|up to\s+)?" + _SIZE + _NO_SPAN,
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![0-9/.,£]){_SIZE}{_NO_SPAN}(?:\s+percentage\s+points?)?\s+(?P<verb>{_NOUN})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<verb>{_NOUN})\s+of\s+(?:at least\s+|up to\s+)?" + _SIZE + _NO_SPAN,
        re.IGNORECASE,
    ),
    # "25% lower", and than a baseline; than anything else is a comparison with others.
    re.compile(
        rf"(?<![0-9/.,£]){_SIZE}{_NO_SPAN}\s+"
        r"(?P<verb>lower|fewer|less|smaller|shorter|higher|more|larger|bigger)\b"
        rf"(?!\s+than\b(?!\s+(?:in\s+|the\s+|our\s+)?(?:{PERIOD}|baseline)))",
        re.IGNORECASE,
    ),
)
_TO_A_LEVEL = re.compile(
    r"(?:\s*(?:percentage\s+)?points?)?,?\s+to\s+" + _SIZE + _NO_SPAN, re.IGNORECASE
)
_LEVEL = re.compile(
    rf"\b(?P<verb>{_VERB})\b{_NEAR}\bto\s+(?:at least\s+|no more than\s+)?" + _SIZE + _NO_SPAN,
    re.IGNORECASE,
)
_TO = re.compile(r"(?:\bto|→|->)\s*" + _SIZE + _NO_SPAN, re.IGNORECASE)
_FROM_TO_SPAN = re.compile(
    r"\bfrom\s+(?P<base>[0-9][0-9,.]{0,14})\s*(?P<unit>(?:hour|day|week|month|minute)s?)\s+to\s+"
    r"(?P<size>[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?)\s*(?P=unit)\b",
    re.IGNORECASE,
)
_TIMES = (
    (re.compile(r"\bhalv(?:e|es|ed|ing)\b", re.IGNORECASE), 50, "down"),
    (re.compile(r"\bdoubl(?:e|es|ed|ing)\b", re.IGNORECASE), 100, "up"),
)
_SCORE = re.compile(
    r"\b(?:scores?|ratings?|averages?|means?|rates?|index)\s+(?:of|at)\s+" + _SIZE + _NO_SPAN,
    re.IGNORECASE,
)
_COUNTED = (
    rf"(?P<size>{_DIGITS}|(?:{'|'.join(COUNTS)})\b"
    r"(?![\s-](?:half|halves|thirds?|quarters?|fifths?|tenths?)\b))" + _SHARE
)
_LIMITS = (
    ("ge", r"(?:at least|no (?:fewer|less) than|a minimum of|≥|>=)\s*"),
    ("le", r"(?:at most|no more than|not more than|a maximum of|up to|no higher than|≤|<=)\s*"),
    ("gt", r"(?:more than|above|over|exceed\w*|greater than|>)\s*"),
    ("lt", r"(?:less than|fewer than|below|under|<)\s*"),
)
_BEFORE = tuple(
    (operator, re.compile(before + _COUNTED + _NO_SPAN, re.IGNORECASE))
    for operator, before in _LIMITS
)
_AFTER = (
    (
        "ge",
        re.compile(
            _WHOLE + _SIZE + r"\s*(?:or (?:more|above|higher|over)|and (?:above|over))",
            re.IGNORECASE,
        ),
    ),
    (
        "le",
        re.compile(_WHOLE + _SIZE + r"\s*(?:or (?:fewer|less|below|lower|under))", re.IGNORECASE),
    ),
)
_OF_WHOM = re.compile(
    r"\b(?:aged?|ages|band|grade|category|level|stage|tier|step|class|type|phase)s?\s*$",
    re.IGNORECASE,
)
# "The top 20% of trusts" is a place among others.
_PLACE = re.compile(r"\b(?:top|bottom|best|worst|highest|lowest)\s+[0-9]{1,2}\s?%", re.IGNORECASE)
# What is said of the number before it, and no other promise.
_OF_WHICH = re.compile(r",?\s+of which\b[^.;]*", re.IGNORECASE)
# "85–90%" is a band; a range of anything else is no number.
_RANGE = re.compile(rf"(?<![0-9/.,£]){_DIGITS}\s?%?\s?[-–—]\s?{_DIGITS}\s?%?")
_RANGE_OF = re.compile(
    r"(?<![0-9/.,£])(?P<low>[0-9]{1,4}(?:\.[0-9]{1,4})?)\s?%?\s?[-–—]\s?"
    r"(?P<high>[0-9]{1,4}(?:\.[0-9]{1,4})?)\s?(?:%|per\s?cent\b)",
    re.IGNORECASE,
)
# What is asked for year by year is a path, which a person gives.
_IN_YEAR = re.compile(
    r"%\s*(?:in|by|for)\s+(?:the\s+)?(?:year\s+(?:[1-9]|one|two|three|four|five)\b"
    r"|(?:first|second|third|fourth|fifth|final)\s+year|20[0-9]{2})",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"[,:;]\s*target(?:\s+20[0-9]{2}(?:/[0-9]{2})?)?:?\s+(?=[^,;]*[0-9])", re.IGNORECASE
)
_UP_FROM = re.compile(r"\b(?P<way>up|down)\s+from\b", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\bbetween\s+(?P<low>[0-9][0-9,.]{0,14})\s*%?\s+and\s+(?P<high>[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?)\s*%?"
    + _NO_SPAN,
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:eliminat\w+|zero|nobody|no[\s-]one"
    r"|no (?:inappropriate|more(?!\s+than)|avoidable|patients?|people|person|child(?:ren)?|adults?)"
    r"|end(?:ed|ing)? (?:all |any |the use of )?(?:inappropriate|avoidable|out[\s-]of[\s-]area))\b",
    re.IGNORECASE,
)
# How long something takes is a number where it is the average of many.
_AVERAGE = re.compile(
    r"\b(?:average|mean|median|length of stay)\b[^.;]{0,100}?\b(?P<limit>at most|no (?:more|longer)"
    r" than|less than|below|under|within|to)\s+(?P<size>[0-9]{1,4}(?:\.[0-9]{1,2})?)(?P<share>)\s+"
    r"(?P<unit>hour|day|week|month|minute)s?\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(?<![0-9/.,£])" + _SIZE + _NO_SPAN, re.IGNORECASE)
# Each gives the baseline, and the period where it is named; the first that holds is taken.
_BASELINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\(?(?P<period>{PERIOD})\s+baseline(?:\s+of|:|\s+was|\s+is)?\s+{_SIZE}",
        rf"\bbaseline\s*\(?(?:in\s+|for\s+)?(?P<period>{PERIOD})\)?\s*(?:of|:|was|is)?\s*{_SIZE}",
        rf"(?<![0-9/.,£]){_SIZE}(?P<period>)\s*(?=(?:→|->)\s*[0-9])",
        rf"\((?P<period>{PERIOD}|20[0-9]{{2}}):\s*{_SIZE}",
        rf"\({_SIZE}\s+(?:in|for|at)\s+(?P<period>{PERIOD}|20[0-9]{{2}})\)",
        r"(?:\bfrom(?: a| the)? baseline(?: of)?|\bbaseline(?: of|:| was| is)?"
        r"|\bcurrently(?: at)?|\bfrom)\s+"
        rf"{_SIZE}(?:\s*\(?(?:in|for)?\s*(?P<period>{PERIOD}))?",
    )
)
_AGAINST = re.compile(
    r"\b(?:against|compared\s+(?:with|to)|relative\s+to|versus|on|from)\s+(?:the\s+|a\s+|our\s+)?"
    rf"(?P<period>{PERIOD})\b",
    re.IGNORECASE,
)
_EACH_YEAR = re.compile(r"\b(?:each|every|per) year\b|\byear on year\b|\bannually\b", re.IGNORECASE)
_DOWN = (
    *(
        "reduc",
        "decreas",
        "lower",
        "cut",
        "fewer",
        "fall",
        "fell",
        "down",
        "less",
        "small",
        "short",
    ),
    *("drop", "shrink", "shrunk"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The numbers in a promise; empty where it gives none. `path`: values year by year. `unit`: of
    a sum of money or a span of time; `kind`: working days, or how often.
    """

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
    path: Values = ()
    unit: str = ""
    kind: str = ""


def recognise(words: str) -> Recognised:
    """What the words of one promise say in numbers."""
    due_on, due_words = due_in(words)
    if path := path_of(words):
        return Recognised(
            due_on=due_on,
            due_words=due_words,
            path=path.values,
            unit=path.unit,
            operator=path.operator,
            baseline=path.baseline,
            baseline_period=path.baseline_period,
        )
    baseline, period, rest = _baseline(words)
    found = _asked(rest, baseline, _UP_FROM.search(words))
    if not found and (span := _FROM_TO_SPAN.search(words)):
        baseline = number(span["base"])
        size = number(span["size"])
        found = {"value": size, "operator": _way(size, baseline), "value_is": "absolute"}
        found["unit"] = unit_of(span["unit"])
    if not found:
        found = amount_in(DUE.sub(_blank, words))
        baseline = found.pop("baseline", baseline)
        period = found.pop("baseline_period", period)
    if found.get("change") and not period and (against := _AGAINST.search(rest)):
        period = against["period"]
    return Recognised(
        **found,
        baseline=baseline,
        baseline_period=period,
        due_on=due_on,
        due_words=due_words,
    )


def _asked(words: str, baseline: Decimal | None, moved: re.Match[str] | None) -> dict:
    """The number that is asked for, and how: the first reading that holds. `moved`: the words that
    say which way it lies from its baseline.
    """
    if len(_IN_YEAR.findall(words)) > 1:
        return {}
    bare = _bare(words)
    if (average := _AVERAGE.search(bare)) and not _FROM_TO_SPAN.search(words):
        is_below = average["limit"].lower() in ("less than", "below", "under")
        return {
            **_level(average, "lt" if is_below else "le"),
            "unit": unit_of(average["unit"]),
        }
    if found := _change(bare) or _band(bare):
        return found
    bare = _RANGE.sub(_blank, bare)
    return _limit(bare) or _led_to(bare, baseline) or _times(bare) or _plain(bare, baseline, moved)


def _bare(words: str) -> str:
    """The words without periods and due dates, which are no numbers; of a row of a table that names
    its number, only what follows: what stands before it is what is counted.
    """
    for said in (DUE, _AGAINST, _PLACE, _OF_WHICH):
        words = said.sub(_blank, words)
    target = _TARGET.search(words)
    return percentages(words[target.end() :] if target else words)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _band(bare: str) -> dict:
    found = _BETWEEN.search(bare) or _RANGE_OF.search(bare)
    if found is None or number(found["low"]) >= number(found["high"]):
        return {}
    return {
        "value": number(found["low"]),
        "upper": number(found["high"]),
        "is_share": "%" in found[0],
        "operator": "between",
        "value_is": "absolute",
    }


def _limit(bare: str) -> dict:
    """A number with the side of it that is meant, in words after or before it."""
    for operator, pattern in (*_AFTER, *_BEFORE):
        for found in pattern.finditer(bare):
            # "Grade 2 and above", "aged over 65" say who is counted.
            if not _OF_WHOM.search(bare, 0, found.start()):
                return _level(found, operator)
    return {}


def _led_to(bare: str, baseline: Decimal | None) -> dict:
    """The level that something is brought to."""
    if level := _LEVEL.search(bare):
        return _level(level, _verb_way(level["verb"]))
    if baseline is not None and (level := _TO.search(bare)):
        return _level(level, _way(number(level["size"]), baseline))
    return {}


def _times(bare: str) -> dict:
    for pattern, size, way in _TIMES:
        if pattern.search(bare):
            return _changed(Decimal(size), "relative_to_baseline", way, is_share=True)
    return {}


def _change(bare: str) -> dict:
    """A change by a size; where the level is given too ("by 10 points to 65%"), that level."""
    change = next((found for pattern in _CHANGES if (found := pattern.search(bare))), None)
    if change is None:
        return {}
    way = "down" if _verb_way(change["verb"]) == "le" else "up"
    if level := _TO_A_LEVEL.match(bare, change.end()):
        return _level(level, "le" if way == "down" else "ge")
    is_share = bool(change["share"]) and not _POINTS.match(bare, change.end("share"))
    kind = "relative_to_baseline" if is_share else "change_from_baseline"
    if is_share and _EACH_YEAR.search(bare):
        kind = "compound_each_year"
    return _changed(number(change["size"]), kind, way, is_share=is_share)


def _changed(size: Decimal, kind: str, way: str, *, is_share: bool) -> dict:
    return {
        "value": size,
        "is_share": is_share,
        "value_is": kind,
        "change": way,
        "operator": "le" if way == "down" else "ge",
    }


def _plain(bare: str, baseline: Decimal | None, moved: re.Match[str] | None) -> dict:
    """A number without a word that says which side of it is meant: the person chooses. What is up
    from a baseline is meant to be at least so much.
    """
    operator = "" if moved is None else "ge" if moved["way"].lower() == "up" else "le"
    if score := _SCORE.search(bare):
        return _level(score, operator)
    # What stands in brackets is said beside the promise, such as a national standard.
    outside = re.sub(r"\([^()]*\)", lambda found: " " * len(found[0]), bare)
    shares = [found for found in _PLAIN.finditer(outside) if found["share"]]
    if len(shares) == 1:
        return _level(shares[0], operator)
    if shares:
        return {}
    counts = list(_PLAIN.finditer(outside))
    if baseline is not None and len(counts) == 1:
        return _level(counts[0], operator)
    if _NONE.search(bare):
        return {"value": Decimal(0), "operator": "le", "value_is": "absolute"}
    return {}


def _verb_way(verb: str) -> str:
    return "le" if verb.lower().startswith(_DOWN) else "ge"


def _way(value: Decimal, baseline: Decimal) -> str:
    """Which way a level lies from where it began."""
    return "le" if value < baseline else "ge"


def _level(found: re.Match[str], operator: str) -> dict:
    return {
        "value": number(found["size"]),
        "is_share": bool(found["share"]),
        "operator": operator,
        "value_is": "absolute",
    }


def _baseline(words: str) -> tuple[Decimal | None, str, str]:
    """The baseline, its period as written, and the words without it."""
    for pattern in _BASELINES:
        found = pattern.search(words)
        if found is None or re.fullmatch(r"20[0-9]{2}[.,]*", found["size"]):
            continue
        if re.match(r"(?:st|nd|rd|th)\b", words[found.end("size") :]):
            continue
        if re.match(r"\s*(?:hour|day|week|month|year|minute)s?\b", words[found.end() :]):
            continue  # how long something took: read with where it goes to
        period = found["period"] or ""
        rest = words[: found.start()] + " " + words[found.end() :]
        return number(found["size"]), "" if period.isdigit() else period, rest
    return None, "", words
