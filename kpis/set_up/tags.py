"""A measure's tags: CQC domains, an oversight framework, a risk, and plain words. Pure.

All of them are words in one list, so that a list of measures can be narrowed to any of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CQC_DOMAINS = ("Safe", "Effective", "Caring", "Responsive", "Well-led")
CQC = "CQC: "
OVERSIGHT = "Oversight framework: "
RISK = "Risk: "
LONGEST = 60
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The tags of a measure by what they are."""

    cqc: tuple[str, ...] = ()
    oversight: str = ""
    risk: str = ""
    others: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        return (
            *self.others,
            *(f"{CQC}{domain}" for domain in CQC_DOMAINS if domain in self.cqc),
            *([f"{OVERSIGHT}{self.oversight}"] if self.oversight else []),
            *([f"{RISK}{self.risk}"] if self.risk else []),
        )


def labels_of(tags: Iterable[str]) -> Labels:
    """The tags of a measure, told apart by how they begin."""
    rows = list(tags)
    named = (CQC, OVERSIGHT, RISK)
    after = {start: [tag[len(start) :] for tag in rows if tag.startswith(start)] for start in named}
    return Labels(
        cqc=tuple(after[CQC]),
        oversight=", ".join(after[OVERSIGHT]),
        risk=", ".join(after[RISK]),
        others=tuple(tag for tag in rows if not tag.startswith(named)),
    )


def read_words(text: str) -> tuple[str, ...]:
    """Plain tags as typed, with commas between; each once. Raises ValueError with what to do."""
    words = list(dict.fromkeys(" ".join(part.split()) for part in text.split(",") if part.strip()))
    if long := next((word for word in words if len(word) > LONGEST), ""):
        raise ValueError(f"“{long[:40]}…” is too long: a tag has {LONGEST} characters or fewer")
    if len(words) > MOST:
        raise ValueError(f"Enter {MOST} tags or fewer")
    if taken := next((word for word in words if word.startswith((CQC, OVERSIGHT, RISK))), ""):
        raise ValueError(f"“{taken}” has a box of its own: enter it there")
    return tuple(words)
