"""What the headings of a strategy are, and what they say of the lines below them. Pure."""

from __future__ import annotations

import re
from enum import StrEnum


class Part(StrEnum):
    """What a line is proposed as. `left_out`: nothing that a plan keeps."""

    AMBITION = "ambition"
    OBJECTIVE = "objective"
    OUTCOME = "outcome"
    PROMISE = "promise"
    MISSION = "mission"
    VISION = "vision"
    LEFT_OUT = "left_out"


# The bullets of documents; a font of symbols gives each of its own a number of private use.
DOTS = "•●▪■◦‣·❖◾▸►➢➤✓✔✦◆❑\uf000-\uf0ff"
# A line that ends so goes on in the next.
GOES_ON = re.compile(
    r"(?:,|[-–—/&(]|\b(?:least|most|and|or|of|the|a|an|to|for|in|with|by|from|at|on|our|their"
    r"|that|who|which|will|be|is|are|than))$",
    re.IGNORECASE,
)
# How what is promised or hoped for begins: in a list without bullets another item, because within
# a sentence only names have a capital.
OPENERS = (
    r"Our|We|The|People|Patients|Service users|Carers|Staff|Teams|Everyone|Everybody|Nobody|No"
    r"|There|All|Every|Each|More|Fewer|Less|Improved?|Increase|Reduce|Decrease|Maintain|Halve|Double"
    r"|Achieve|Deliver|Eliminate|Zero|See|Drive|Bring|Cut|Ensure|Invest|Save|At least|At most"
)
LONGEST_CUE = 70
LONGEST_HEADING = 110
# How much longer a cue may be than what it is known by: "How we will know this is working".
MORE_WORDS = 25
_COUNTED = "one|two|three|four|five|six|seven|eight|nine|ten"
_KIND = (
    r"(?i:(?:strategic\s+)?"
    r"(?:ambition|priority|theme|key area|enabler|goal|aim|pillar|objective|domain))"
)
_PROMISED = r"(?i:promise|commitment|pledge|target|kpi)"
_NUMBER = rf"\d{{1,2}}(?:\.\d{{1,2}})*|[A-Ha-h]|(?i:{_COUNTED})"
# After a number a capital is enough: "Objective 2 Fair access", "Objective 2, Fair access".
_PARTED = rf"(?:\s+({_NUMBER})(?:\s*[:–—,.)-]\s*|\s+(?=[A-Z“\"'‘]))|\s*[:–—-]\s*)(?=\S)"
NAMED = re.compile(rf"^({_KIND}){_PARTED}")
NAMED_PROMISE = re.compile(
    rf"^{_PROMISED}\s+({_NUMBER})(?:\s*[:–—,.)-]\s*|\s+(?=[A-Z“\"'‘]))(?=\S)"
)
# A promise that is written as a form: its measure, and below it what it begins at and comes to.
NAMED_MEASURE = re.compile(
    r"^(?:success )?(?:measure|metric|indicator|kpi)\s*[:–—]\s*(?=\S)", re.IGNORECASE
)
_MORE = re.compile(
    r"^\s*(?P<head>(?:baseline|target|due|by when|deadline|timescale|current)\b[^:.]{0,30}?)\s*:\s*"
    r"(?P<words>\S.*)$",
    re.IGNORECASE,
)
# A kind and its number on a line of their own: the title is the line below.
NAMED_ALONE = re.compile(rf"^({_KIND})\s+(\d{{1,2}}|[A-Ha-h]|(?i:{_COUNTED}))$")
NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,2})[.):]?\s+(?=[A-Z“\"'])")
SAYS_OF_ITSELF = re.compile(
    r"^(?:our|the|the trust’s|the trust's)?\s*(?P<what>vision|mission)"
    r"(?:\s+statement)?(?:\s+is)?\s*[:–—]\s*(?=\S)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"^(?:our|the trust’s|the trust's) (?P<what>vision|mission) is ", re.I)
_CUES = tuple(
    (re.compile(pattern, re.IGNORECASE), part)
    for pattern, part in (
        (
            r"how (?:will )?we(?:’|'| wi)?(?:ll)? (?:will )?(?:know|measure)"
            r"|(?:our )?measures? of success|what we (?:will|want to) (?:achieve|deliver)"
            r"|we(?:’|'| wi)ll know (?:we|that|this|it)\b|success measures?"
            r"|what we will measure|key performance indicators"
            r"|(?:our |key )?(?:measures|metrics|targets|indicators|kpis|success criteria)$"
            r"|(?:our |the )?(?:\d{1,2} )?(?:promises|commitments|pledges)$"
            r"|promises \d{1,2} (?:to|and|–|-) \d{1,2}$",
            Part.PROMISE,
        ),
        (
            r"what (?:this|it|success|good) (?:will )?looks? like|what will (?:this|it) look like"
            r"|to achieve|outcomes?$|what people will (?:see|notice)|what will be different"
            r"|what (?:will|is going to) change",
            Part.OUTCOME,
        ),
        (
            r"what we(?:’|'| wi)?(?:ll)? do|our actions|how we will do (?:it|this)|we will:?$",
            Part.LEFT_OUT,
        ),
        (
            r"our (?:strategic )?(?:priorities|ambitions|themes|pillars)(?: are)?$",
            Part.AMBITION,
        ),
        (
            r"(?:our )?(?:strategic )?(?:objectives|goals)(?: are)?$|our aims(?: are)?$",
            Part.OBJECTIVE,
        ),
        (r"(?:our )?vision(?: statement)?(?: is)?$", Part.VISION),
        (r"(?:our )?mission(?: statement)?(?: is)?$", Part.MISSION),
        (
            r"our values$|values$|why (?:this|it|we)\b|where we are now"
            r"|where are we now|what (?:people|you) (?:have )?(?:told|tell) us",
            Part.LEFT_OUT,
        ),
    )
)
# The first line of a table that lost its columns: "Indicator  Executive lead  Governance forum".
_TABLE_HEAD = re.compile(
    r"(?:indicators?|measures?|metrics?|kpis?)\b[^.]*\b(?:lead|owner|target|baseline|forum"
    r"|committee|trajectory|by when|due)\b",
    re.IGNORECASE,
)
# Who answers for a promise, where the last column of its table says so.
_OWNED = re.compile(
    r"[,;:]\s*(?:(?:executive|board|accountable|responsible|strategic)\s+)?"
    r"(?:lead|owner|sponsor|sro|director|officer|post):?\s+(?P<owner>[A-Z][^,;:]{2,150})$",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_DUE = r"(?:by|before)\s+(?:the end of\s+)?(?:\w+\s+)?20\d\d(?:/\d\d)?"
_STEMS = (
    re.compile(rf"(?P<due>{_DUE}),?(?:\s+(?:we|our|the trust|people)\b.*)?:$", re.IGNORECASE),
    re.compile(
        rf"(?:what|where) we (?:will|want to)\b[^.:]{{0,40}}\s(?P<due>{_DUE})[:?]?$", re.IGNORECASE
    ),
)


def cue(words: str, *, longest: int = LONGEST_CUE, more: int = MORE_WORDS) -> Part | None:
    """What follows a heading such as “How we will know”; None for any other line. At the top of a
    table such a heading may be longer, and have more words after those it is known by.
    """
    if len(words) > longest or not words[:1].isupper():
        return None
    bare = _IN_BRACKETS.sub("", words).strip().rstrip(":?… .")
    for pattern, part in _CUES:
        found = pattern.match(bare)
        if found and len(bare) - found.end() < more:
            return part
    return Part.PROMISE if is_table_head(words) else None


def is_table_head(words: str) -> bool:
    """Whether a line names the columns of a table, without the tabs that would part them."""
    return bool(_TABLE_HEAD.fullmatch(words.strip()))


def stem(words: str) -> str | None:
    """By when the lines below are promised: “By March 2029” of “By March 2029 we will have:”;
    None for any other line.
    """
    found = next((found for pattern in _STEMS if (found := pattern.match(words))), None)
    return found["due"] if found else None


def says_of_itself(words: str) -> tuple[Part, str] | None:
    """The vision or the mission where it stands in its own line: what it is, and its words."""
    if named := SAYS_OF_ITSELF.match(words):
        return Part(named["what"].lower()), words[named.end() :]
    if named := _SENTENCE.match(words):
        return Part(named["what"].lower()), words
    return None


def says_more(line: str) -> str:
    """What a line adds to the measure above it, as a row of a table would say it: ", target 23"."""
    found = _MORE.match(line)
    if found is None:
        return ""
    head = found["head"]
    return f", {head[:1].lower()}{head[1:]} {' '.join(found['words'].split())}"


def owner_in(words: str) -> str:
    """Who answers for the promise of a table's row: "Chief Nurse" of "…, executive lead Chief
    Nurse"; empty where no column says so.
    """
    found = _OWNED.search(words)
    return found["owner"].strip() if found and found["owner"][:1].isupper() else ""


def begins(words: str) -> bool:
    """Whether a line begins something new, however the line above it ends."""
    return (
        any(
            found.match(words)
            for found in (NAMED, NAMED_PROMISE, NAMED_MEASURE, NAMED_ALONE, NUMBERED)
        )
        or stem(words) is not None
        or cue(words) is not None
    )
