"""A programme with people in every role, and its first scheme at the places where tests begin."""

from tests.cip.walk import Walk
from tests.plugins.kept import kept


@kept
def walk() -> Walk:
    return Walk.begin()


@kept
def submitted() -> Walk:
    return Walk.begin().to_submitted()


@kept
def signed() -> Walk:
    return Walk.begin().to_signed()


@kept
def delivering() -> Walk:
    return Walk.begin().to_delivery()
