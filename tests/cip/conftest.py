"""A programme with people in every role."""

from tests.cip.walk import Walk
from tests.plugins.kept import kept


@kept
def walk() -> Walk:
    return Walk.begin()
