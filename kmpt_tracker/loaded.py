"""What a web process has loaded stays until it ends."""

import gc

from django.urls import get_resolver


def leave_what_was_loaded() -> None:
    """Load the code of every page, and look through it for cycles no more.

    A look at all that Python holds stops a process for 240 ms, once in ten pages that are drawn
    anew; one without what was loaded, at each 10,000 new objects instead of 700, for 5 ms. Drawn
    anew, the heat maps take 128 ms of processor time instead of 147, the register 64 instead of 71.
    """
    len(get_resolver().url_patterns)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
