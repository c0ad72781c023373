"""Where a row stands in its document, read off the place recorded with it. Pure: no Django.

A place is the heading the row stands under and what narrows it down: "3.1 Approach – Governance"
or "5.1.2 Forecast, bridge".
"""

import re
from collections.abc import Iterable, Mapping

NARROWER = " – "
_NUMBER = re.compile(r"\d+(?=[. ])")


def headings(places: Iterable[str]) -> Mapping[str, str]:
    """The heading that each place is under.

    What follows a dash narrows it down; so does what follows a comma, where the words before it
    are a heading of their own.
    """
    firsts = {place: place.partition(NARROWER)[0] for place in places}
    known = set(firsts.values())
    return {place: _shortest(first, known) for place, first in firsts.items()}


def _shortest(heading: str, known: set[str]) -> str:
    parts = heading.split(", ")
    starts = (", ".join(parts[:count]) for count in range(1, len(parts)))
    return next((start for start in starts if start in known), heading)


def chapter(place: str) -> int | None:
    """The number of the chapter: 3 of "3.1 Approach"; none where the paper prints none."""
    found = _NUMBER.match(place)
    return int(found.group()) if found else None


def within(place: str, heading: str) -> str:
    """What a place says beyond the heading it is shown under."""
    return place.removeprefix(heading).removeprefix(NARROWER).removeprefix(", ")
