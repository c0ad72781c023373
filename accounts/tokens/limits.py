"""How many calls a token may make in a minute.

They are counted in the cache `calls`: in Redis for all processes where there is one, else in each
process. The count begins anew with each full minute.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import caches

from accounts.models import AccessToken

logger = logging.getLogger(__name__)
MINUTE = 60


class TooManyCalls(Exception):
    """The token has used up its calls of this minute; `seconds` until the next."""

    def __init__(self, most: int, seconds: int):
        super().__init__(
            f"Too many calls: a token may make {most} a minute. Wait {seconds} seconds, and ask for"
            " more rows at a time."
        )
        self.seconds = seconds


def count_call(token: AccessToken, *, at: datetime) -> None:
    """Count a call; raises TooManyCalls for one beyond the limit of the minute."""
    most, second = settings.CALLS_A_MINUTE, int(at.timestamp())
    if _counted(f"{token.secret_hash}-{second // MINUTE}") > most:
        raise TooManyCalls(most, MINUTE - second % MINUTE)


def _counted(key: str) -> int:
    """The number of this call. Without its server a count is not worth a refusal."""
    cache = caches["calls"]
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return int(cache.incr(key))
    except Exception as error:
        logger.warning("Calls are not counted: %s.", type(error).__name__)
        return 0
