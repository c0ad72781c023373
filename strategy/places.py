"""Which heading of the document a row is under, read from its recorded place. Pure: no Django.

A place is the heading and an optional narrower position: "3.1 Approach – Governance" or
"5.1.2 Forecast, bridge".
"""

import re
from collections.abc import Iterable, Mapping

NARROWER = " – "
_NUMBER = re.compile(r"\d+(?=[. ])")


def headings(places: Iterable[str]) -> Mapping[str, str]:
    """The heading of each place.

    Words after a dash are a narrower position; so are words after a comma, if the words before
    the comma are also used as a heading by themselves.
    """
    firsts = {place: place.partition(NARROWER)[0] for place in places}
    known = set(firsts.values())
    return {place: _shortest(first, known) for place, first in firsts.items()}


def _shortest(heading: str, known: set[str]) -> str:
    parts = heading.split(", ")
    starts = (", ".join(parts[:count]) for count in range(1, len(parts)))
    return next((start for start in starts if start in known), heading)


def chapter(place: str) -> int | None:
    """The number of the chapter: 3 in "3.1 Approach"; None where the document prints none."""
    found = _NUMBER.match(place)
    return int(found.group()) if found else None


def within(place: str, heading: str) -> str:
    """The part of a place that its heading does not already say."""
    return place.removeprefix(heading).removeprefix(NARROWER).removeprefix(", ")


def shared(places: Iterable[str]) -> str:
    """The place that all rows of a list have, to be printed once; empty where they differ."""
    found = set(places)
    return found.pop() if len(found) == 1 else ""
