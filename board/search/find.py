"""Looks words up: one function for SQLite (FTS5) and PostgreSQL (its full text).

The first query finds and ranks every entry that a reader may open; the second reads the few that
a page shows, with the words found between two characters that no text holds.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db import connection

from accounts.permissions import Access
from board.search.index import ENTRIES, INDEX, SOURCES
from board.search.words import WORD, Sought

OPENS, CLOSES = "\x02", "\x03"
# How much more a word in the title weighs; PostgreSQL gives A ten times the weight of D.
TITLE = 10


@dataclass(frozen=True)
class Match:
    """One entry that holds the words; best first."""

    key: int
    source: str
    row_key: int
    plan_key: int | None


@dataclass(frozen=True)
class Entry:
    """One entry as a page shows it; in `title` and `text` the words found are marked."""

    source: str
    row_key: int
    code: str
    plan_key: int | None
    place: str
    objective: str
    measure: str
    measure_name: str
    title: str
    text: str


FROM = f"""
    FROM {ENTRIES} e
    LEFT JOIN strategy_objective o
        ON o.id = e.objective_key OR (e.source = 'objective' AND o.id = e.row_key)
    LEFT JOIN kpis_measure m ON m.id = e.measure_key
"""
PLAN = "COALESCE(e.plan_key, o.plan_id)"
COLUMNS = f"""
    e.source, e.row_key, e.code, {PLAN}, e.place, COALESCE(o.reference, ''),
    COALESCE(m.code, ''), COALESCE(m.name, '')
"""


def matches(words: Sought, access: Access, *, any_of: bool = False) -> list[Match]:
    """Every entry that holds all the words, or any of them, among what the reader may open."""
    allowed = [source.name for source in SOURCES.values() if access.may(source.needs)]
    if not words or not allowed:
        return []
    query = words.query(connection.vendor, any_of=any_of)
    of = ", ".join(["%s"] * len(allowed))
    if connection.vendor == "sqlite":
        asked = f"""
            SELECT e.id, e.source, e.row_key, {PLAN} {FROM} JOIN {INDEX} ON {INDEX}.rowid = e.id
            WHERE {INDEX} MATCH %s AND e.source IN ({of})
            ORDER BY bm25({INDEX}, {TITLE}, 1), e.id
        """
        given = [query, *allowed]
    else:
        asked = f"""
            SELECT e.id, e.source, e.row_key, {PLAN} {FROM}
            WHERE e.words @@ to_tsquery('english', %s) AND e.source IN ({of})
            ORDER BY ts_rank_cd(e.words, to_tsquery('english', %s)) DESC, e.id
        """
        given = [query, *allowed, query]
    with connection.cursor() as cursor:
        cursor.execute(asked, given)
        return [Match(*row) for row in cursor.fetchall()]


def entries(found: Collection[Match], words: Sought, *, any_of: bool = False) -> dict[int, Entry]:
    """The entries of some matches, by key, with the words marked."""
    if not found:
        return {}
    keys = [match.key for match in found]
    of = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marked = ", ".join(f"highlight({INDEX}, {at}, char(2), char(3))" for at in (0, 1))
            asked = f"""
                SELECT e.id, {COLUMNS}, {marked} {FROM} JOIN {INDEX} ON {INDEX}.rowid = e.id
                WHERE {INDEX} MATCH %s AND e.id IN ({of})
            """
            cursor.execute(asked, [words.query("sqlite", any_of=any_of), *keys])
            return {key: Entry(*rest) for key, *rest in cursor.fetchall()}
        asked = f"SELECT e.id, {COLUMNS}, e.title, e.text {FROM} WHERE e.id IN ({of})"
        cursor.execute(asked, keys)
        read = {key: Entry(*rest) for key, *rest in cursor.fetchall()}
        # Its own headlines take "<script>" for a tag, and leave what is in it unmarked.
        there = {word for one in read.values() for word in WORD.findall(f"{one.title} {one.text}")}
        cursor.execute(
            "SELECT word FROM unnest(%s) word "
            "WHERE to_tsvector('english', word) @@ to_tsquery('english', %s)",
            [list(there), words.each_word],
        )
        hits = {word for (word,) in cursor.fetchall()}

    def mark(text: str) -> str:
        return WORD.sub(lambda at: f"{OPENS}{at[0]}{CLOSES}" if at[0] in hits else at[0], text)

    return {
        key: replace(one, title=mark(one.title), text=mark(one.text)) for key, one in read.items()
    }
