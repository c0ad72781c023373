"""How many guesses at a password are heard before a name, or an address, is closed. Pure.

A try counts from the moment it is taken up, before the password is looked at: however many
arrive at once, no more than the limit are ever evaluated. A right password takes its own back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

WITHIN_SECONDS = 5 * 60
CLOSED_SECONDS = 15 * 60
# Staff of one site share an address; a name is one person's.
MOST_FOR_A_NAME, MOST_FOR_AN_ADDRESS = 10, 50


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of the last five minutes, in seconds since the epoch, and how long it is closed."""

    at: tuple[float, ...] = ()
    closed_until: float = 0.0

    def is_closed(self, now: float) -> bool:
        return now < self.closed_until

    def one_more(self, now: float, *, most: int) -> Tries:
        """With a try at `now`; the last one that is allowed closes until it proves right.

        Raises ValueError when it is closed: such a try is not heard, and prolongs nothing.
        """
        if self.is_closed(now):
            raise ValueError("Closed: this try is not heard.")
        at = (*(moment for moment in self.at if now - moment < WITHIN_SECONDS), now)
        return Tries(at, now + CLOSED_SECONDS if len(at) >= most else 0.0)

    def without(self, moment: float, *, most: int) -> Tries:
        """Without a try that proved right; what it had closed opens again."""
        at = list(self.at)
        if moment in at:
            at.remove(moment)
        return replace(
            self, at=tuple(at), closed_until=self.closed_until if len(at) >= most else 0.0
        )
