"""Limits guesses at a password, by user name and by address. Pure.

A try counts from the moment it is taken up, before the password is checked. So however many
tries arrive at once, no more than the limit are checked. A correct password gives its try back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

WITHIN_SECONDS = 5 * 60
CLOSED_SECONDS = 15 * 60
# Staff at one site may share an address; a user name belongs to one person.
MOST_FOR_A_NAME, MOST_FOR_AN_ADDRESS = 10, 50


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of the last five minutes, and until when others are refused (epoch seconds)."""

    at: tuple[float, ...] = ()
    closed_until: float = 0.0

    def is_closed(self, now: float) -> bool:
        return now < self.closed_until

    def one_more(self, now: float, *, most: int) -> Tries:
        """Add a try at `now`; the last try allowed closes the name or address, until it succeeds.

        Raises ValueError when it is closed. A refused try does not prolong the closure.
        """
        if self.is_closed(now):
            raise ValueError("Closed: this try is not heard.")
        at = (*(moment for moment in self.at if now - moment < WITHIN_SECONDS), now)
        return Tries(at, now + CLOSED_SECONDS if len(at) >= most else 0.0)

    def without(self, moment: float, *, most: int) -> Tries:
        """Remove a try that had the right password, and reopen what that try had closed."""
        at = list(self.at)
        if moment in at:
            at.remove(moment)
        return replace(
            self, at=tuple(at), closed_until=self.closed_until if len(at) >= most else 0.0
        )
