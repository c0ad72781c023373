"""Which sentences of a page make a claim that no holder knows: so that coverage is known."""

from __future__ import annotations

import re

from tests.truth.paper import Paper
from tests.truth.shown import LONG, MONTHS
from tests.truth.site import Report

CLAIM = re.compile(
    r"\d|\b(rising|falling|above|below|better|worse|late|overdue|met|missed|every|none|all)\b"
)
# Boxes, notes and quotations say what was chosen or printed, and tables are held line by line.
ASIDE = ("kt-notemark", "kt-note", "kt-filters", "kt-tools", "kt-table", "kt-spark", "kt-key")
# What the holders look for: a sentence that one of these finds was held.
HELD = tuple(
    re.compile(words)
    for words in (
        r"followed by \d+ target",
        r"^\d+ (more|fewer) than|^no change since",
        r"^\d+ (on target|near target|off target|no data or late|not rated)",
        r"^(-?\d+ )?(On target|Near target|Off target|No data|No data or late|Not rated)$",
        r"^\d+ .*(late|data|incomplete|not due|baseline|no target|no measure|apply|suppressed)$",
        r"^changed since|^\d+ better",
        r"measures? reported\.$|^Without a colour|signals?\b.*:|only signal",
        r"measures? off target$|more off target|usual range misses|targets that are off",
        r"^(Worse|Better|Lost its data|No longer rated|Now rated|Otherwise changed) \(\d+\)",
        r"No data for three periods|ha(s|ve) no figure of",
        r"\bis at\b|\bis \d+ \w+ late",
        r"\b(Red|Green|Amber)(,|:)|common cause|steady, within",
        r"[Uu]nusually|average for|in a row|[Gg]etting (better|worse)|of the last",
        r"Even a very|usual range|The limits are|limits rest on|cannot reach|will be (met|missed)",
        r"(above|below) the (target|range)|Near target reaches|Exactly on|Within the range",
        r"XmR chart|Limits and signals rest|missing windows?|^[^.]+, .*(\d{4}|\d{4}/\d\d)\.$",
        r"\d+ figures?, |\d+ publications?",
        r"of \d+ rated targets|rated measures? off target|can be placed",
        r"targets? kept the same|status(es)? moved|^\d+ of \d+ rated targets? met",
        r"None of \d+ targets? can be rated|Its one target cannot",
        r"(Latest|Last|Target), |\d+ of \d+ reported|^[\d,]+ of [\d,]+\.$",
        r"Limits test a target from|Trial limits|of 13 \w+\.$|Not yet assessed",
        r"^(Incomplete|No target|Needs a baseline|Not applicable|No data|Late|Not due)\b",
        r"Performance: \d+ better|moved, none because|^(New signals|Rated, or no longer) \(\d",
        r"^(Known otherwise since, .*|Still missing) \(\d|the year ends|planned in months signed",
        r"counts [\d.]+%|^By March the schemes|^From the target to the gap|forecast of the year",
        r"is identified by|delivered in months|it counts no longer|delivered before counts",
        r"nothing since|The last (figure )?was|no longer reported",
    )
)


def list_unheld(report: Report, paper: Paper) -> None:
    """Keeps one example of each kind of sentence that none of the holders knows."""
    for text in paper.main.blocks(ASIDE):
        for sentence in re.split(r"(?<=[.!?]) +(?=[A-Z“])", text):
            if "“" in sentence or not CLAIM.search(sentence):
                continue
            if any(words.search(sentence) for words in HELD):
                report.held["sentences that a holder knows"] += 1
                continue
            report.unheld.setdefault(_kind(sentence), paper.address)


def _kind(sentence: str) -> str:
    """A sentence without its dates and numbers."""
    months = "|".join((*LONG, *MONTHS))
    said = re.sub(
        rf"\b(?:\d{{1,2}} )?(?:{months}) (?:to (?:{months}) )?\d{{4}}", "(month)", sentence
    )
    said = re.sub(r"\d{4}/\d\d", "(year)", said)
    return re.sub(r"[−+]?£?\d[\d,.]*(?:%|k\b|m\b)?", "#", said)[:110]
