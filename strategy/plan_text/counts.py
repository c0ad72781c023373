"""Numbers that a plan writes in words, and parts of a whole as percentages. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

COUNTS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
# Parts of a whole in words, as the percentage that they are: "nine out of ten", "by a fifth".
_OF_A_WHOLE = re.compile(
    rf"(?<![0-9.,])\b(?P<some>{'|'.join(COUNTS)}|[0-9]{{1,2}}(?:\.[0-9])?)\s+(?:out\s+of(?:\s+every)?|in(?:\s+every)?)\s+"
    rf"(?P<all>{'|'.join(COUNTS)}|[0-9]{{1,3}})\b(?!\s+(?:hour|day|week|month|year|minute)s?\b)",
    re.IGNORECASE,
)
# A score, of which ten or five is the best.
_SCORED = re.compile(
    r"\b(?:scores?|scored|ratings?|rated|averages?|means?)\b[^.;,]*$", re.IGNORECASE
)
_PART = re.compile(
    r"(?<!first )(?<!second )\b(?:(?P<some>an?|one|two|three|four)[\s-])?"
    r"(?P<part>half|quarters?|fifths?|tenths?)\b",
    re.IGNORECASE,
)
# Where such a part is a size: half of something, a quarter fewer, by a fifth.
_AFTER_A_PART = re.compile(
    r"\s+(?:of\b(?!\s+20)|(?:lower|fewer|less|smaller|shorter|higher|more|larger|bigger)\b)",
    re.IGNORECASE,
)
_PER_PART = {"half": 50, "quarter": 25, "fifth": 20, "tenth": 10}


def number(text: str) -> Decimal:
    """A number in digits, or a word for one up to twelve."""
    if text.lower() in COUNTS:
        return Decimal(COUNTS.index(text.lower()) + 1)
    return Decimal(text.rstrip(".,").replace(",", ""))


def percentages(words: str) -> str:
    """The words with each part of a whole as the percentage that it is exactly: "90% of people" for
    "nine out of ten people", "75% of" for "three-quarters of". A third stays in words.
    """
    return _PART.sub(_part, _OF_A_WHOLE.sub(_of_a_whole, words))


def _of_a_whole(found: re.Match[str]) -> str:
    """ "90%" for "nine out of ten"; the words themselves where no percentage is exact."""
    some, whole = number(found["some"]), number(found["all"])
    if _SCORED.search(found.string, 0, found.start()) or "." in found["some"]:
        return found["some"]
    if not 0 < some < whole or (10_000 * some) % whole:
        return found[0]
    return f"{(100 * some / whole).normalize():f}%"


def _part(found: re.Match[str]) -> str:
    """ "20%" for "a fifth", where that is the size of something; else the words themselves."""
    is_by = found.string[max(found.start() - 3, 0) : found.start()].lower() == "by "
    is_size = is_by or _AFTER_A_PART.match(found.string, found.end())
    some, part = (found["some"] or "").lower(), found["part"].lower().rstrip("s")
    if not is_size or not (some or part == "half"):
        return found[0]
    size = _PER_PART[part] * (1 if some in ("", "a", "an") else int(number(some)))
    return f"{size}%" if size < 100 else found[0]
