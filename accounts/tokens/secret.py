"""The secret of a personal token: how it is made, recognised and kept. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

PREFIX = "kmpt_"
LETTERS = string.ascii_letters + string.digits
# 43 letters out of 62 hold 256 bits: no guess succeeds, so none has to be counted.
LENGTH = 43
SHOWN = 4
WRITTEN = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{LENGTH}}}")


def new_secret() -> str:
    """`kmpt_` and 43 letters and digits, which a double click selects as one word."""
    return PREFIX + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def hashed(secret: str) -> str:
    """What the database keeps. The hash is looked up by an index and never compared here, so the
    time that an answer takes says nothing about a token; and as the secret is random, no salt or
    slow hash is needed.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def hint_of(secret: str) -> str:
    """The first letters, by which its owner recognises it: `kmpt_Ab3d`."""
    return secret[: len(PREFIX) + SHOWN]


def hidden(text: str) -> str:
    """The text without the tokens in it, for logs and messages."""
    return WRITTEN.sub("(secret)", text)
