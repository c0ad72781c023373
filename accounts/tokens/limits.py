"""How many calls a token may make in a minute, and how many wrong ones may be sent.

Calls are counted in the cache `calls`: in Redis for all processes where there is one, else in each
process. The count begins anew with each full minute. What is no token, or not that of the user name
sent with it, is counted in the database as guesses at passwords are (accounts/tries.py), but apart
from them: a program that goes on with a mistyped token shuts nobody out of signing in. It shuts out
no right token either: nobody guesses 256 random bits, and many programs may share an address.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from accounts.models import AccessToken, SignInTries
from accounts.sign_in.guard import keys_of, take_up
from accounts.tries import CLOSED_SECONDS

logger = logging.getLogger(__name__)
MINUTE = 60


class AskLater(Exception):
    """Too much at once; `seconds` until it is heard again."""

    def __init__(self, words: str, seconds: int):
        super().__init__(words)
        self.seconds = seconds


class TooManyCalls(AskLater):
    """The token has used up its calls of this minute."""

    def __init__(self, most: int, seconds: int):
        super().__init__(
            f"Too many calls: a token may make {most} a minute. Wait {seconds} seconds, and ask for"
            " more rows at a time.",
            seconds,
        )


class TooManyWrong(AskLater):
    """So many wrong tokens came with this user name, or from this address."""

    def __init__(self) -> None:
        super().__init__(
            "Too many wrong tokens came with this user name or from this address. Correct the "
            f"token, and wait {CLOSED_SECONDS // MINUTE} minutes; a right one is heard at once.",
            CLOSED_SECONDS,
        )


def count_wrong(request: HttpRequest, username: str, *, at: datetime) -> None:
    """Count a wrong token against its address, and its user name where it came with one; raises
    TooManyWrong for one beyond either limit.
    """
    keys = keys_of(request, username, of="token ")
    if not username:
        del keys[SignInTries.Kind.NAME]
    if not take_up(keys, at.timestamp()):
        raise TooManyWrong


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
