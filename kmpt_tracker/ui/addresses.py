"""Carries the choices in a page's URL, such as the moment asked for, into the page's links.

A page shown as known at a moment links to pages as known at that moment; so do its forms and
downloads. A link carries the month, plan, care group and filters that its target page uses.
It is done once on the finished page, so that no template can forget it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from urllib.parse import parse_qsl, quote, urlencode

MOMENT = "as_at"
# Links that leave something behind on purpose say so: "Show the latest" drops the moment alone,
# "Clear the filters" everything else.
LATEST, WHOLE = "data-latest", "data-whole"

_LINK = re.compile(r'<a\b(?P<before>[^>]*?)\bhref="(?P<href>[^"]*)"(?P<after>[^>]*)>')
_FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
_ACTION = re.compile(r'\baction="([^"]*)"')
_NAMED = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"')

# The query parameters that the page at a path uses; empty for a path that is not a page.
Knows = Callable[[str], frozenset[str]]


def take_along(html: str, path: str, given: Mapping[str, str], knows: Knows) -> str:
    """Add what was `given` to a page at `path` to its links and GET forms."""

    def link(found: re.Match[str]) -> str:
        href = unescape(found["href"])
        taken = _taken(given, f"{found['before']} {found['after']}")
        longer = longer_address(href, path, taken, knows)
        if longer == href:
            return found[0]
        return f'<a{found["before"]}href="{escape(longer)}"{found["after"]}>'

    def form(found: re.Match[str]) -> str:
        head = found["head"]
        if 'method="post"' in head.lower():
            return found[0]
        action = _ACTION.search(head)
        # On sending a GET form the browser drops the query of its action, so the parameters must
        # be hidden fields.
        target = unescape(action[1]).partition("?")[0] if action else ""
        known = knows(target or path)
        named = set(_NAMED.findall(found["body"]))
        more = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in given.items()
            if name in known and name not in named
        )
        return f"<form{head}>{more}{found['body']}</form>" if more else found[0]

    return _FORM.sub(form, _LINK.sub(link, html))


def _taken(given: Mapping[str, str], attributes: str) -> Mapping[str, str]:
    """What a link takes along, by its attributes."""
    if LATEST in attributes:
        return {name: value for name, value in given.items() if name != MOMENT}
    if WHOLE in attributes:
        return {name: value for name, value in given.items() if name == MOMENT}
    return given


def longer_address(href: str, path: str, given: Mapping[str, str], knows: Knows) -> str:
    """A URL of ours with the given parameters that its page uses; its own ones are kept."""
    rest, hash_, fragment = href.partition("#")
    target, _, query = rest.partition("?")
    is_own_page_part = not rest
    # Leave links to other sites, and to parts of this page, as they are.
    if is_own_page_part or target.startswith("//") or not (target.startswith("/") or not target):
        return href
    known = knows(target or path)
    said = dict(parse_qsl(query, keep_blank_values=True))
    more = {name: value for name, value in given.items() if name in known and name not in said}
    if not more:
        return href
    # Keep colons plain: they are easier to read, and have no meaning in a query string.
    added = urlencode(more, quote_via=quote, safe=":")
    return f"{target}?{query}{'&' if query else ''}{added}{hash_}{fragment}"
