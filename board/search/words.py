"""What was typed to be searched for, as words and phrases, and as each database asks for it. Pure.

All words must be there; each may go on ("sick" finds sickness), unless it is very short. Words in
quotation marks must be next to each other in that order. Nothing else that is typed has a meaning:
brackets, stars and operators of either database are signs between words, so that no text can be
wrong.
"""

import re
from dataclasses import dataclass

# A very short word would go on as too many others.
GOES_ON = 3
WORD = re.compile(r"[^\W_]+")
PART = re.compile(r'[“”"]([^“”"]*)[“”"]|([^\s“”"]+)')
OWN = re.compile(r"[’']s\b", re.IGNORECASE)
# PostgreSQL's own English list: words that say nothing by themselves. SQLite has none.
COMMON = frozenset([
    "i", "me", "my", "myself", "we", "our", "ours", "ourselves", "you", "your", "yours",
    "yourself", "yourselves", "he", "him", "his", "himself", "she", "her", "hers", "herself",
    "it", "its", "itself", "they", "them", "their", "theirs", "themselves", "what", "which",
    "who", "whom", "this", "that", "these", "those", "am", "is", "are", "was", "were", "be",
    "been", "being", "have", "has", "had", "having", "do", "does", "did", "doing", "a", "an",
    "the", "and", "but", "if", "or", "because", "as", "until", "while", "of", "at", "by", "for",
    "with", "about", "against", "between", "into", "through", "during", "before", "after",
    "above", "below", "to", "from", "up", "down", "in", "out", "on", "off", "over", "under",
    "again", "further", "then", "once", "here", "there", "when", "where", "why", "how", "all",
    "any", "both", "each", "few", "more", "most", "other", "some", "such", "no", "nor", "not",
    "only", "own", "same", "so", "than", "too", "very", "s", "t", "can", "will", "just", "don",
    "should", "now",
])  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One word, or several that are next to each other."""

    words: tuple[str, ...]
    is_quoted: bool = False

    @property
    def is_common(self) -> bool:
        return all(word in COMMON for word in self.words)

    @property
    def goes_on(self) -> bool:
        return not self.is_quoted and len(self.words[-1]) >= GOES_ON

    @property
    def fts5(self) -> str:
        return f'"{" ".join(self.words)}"{"*" if self.goes_on else ""}'

    @property
    def tsquery(self) -> str:
        *before, last = (f"'{word}'" for word in self.words)
        return f"({' <-> '.join([*before, f'{last}:*' if self.goes_on else last])})"


@dataclass(frozen=True)
class Sought:
    """The terms of what was typed; those that are on every page are left out and listed."""

    terms: tuple[Term, ...]
    common: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def query(self, vendor: str, *, any_of: bool = False) -> str:
        """The query of this database: all terms, or any of them."""
        if vendor == "sqlite":
            return (" OR " if any_of else " AND ").join(term.fts5 for term in self.terms)
        return (" | " if any_of else " & ").join(term.tsquery for term in self.terms)

    @property
    def each_word(self) -> str:
        """For PostgreSQL: any of the words, those of phrases too, to mark them in the text."""
        alone = (Term((word,), term.is_quoted) for term in self.terms for word in term.words)
        return " | ".join(term.tsquery for term in alone)


def sought(typed: str) -> Sought:
    """Read what was typed. A sign splits a word: 3.9 is looked for as 3 followed by 9."""
    parts = PART.findall(OWN.sub("", typed))
    read = (
        Term(tuple(WORD.findall((quoted or plain).casefold())), is_quoted=bool(quoted))
        for quoted, plain in parts
    )
    terms = [term for term in dict.fromkeys(read) if term.words]
    common = tuple(" ".join(term.words) for term in terms if term.is_common)
    return Sought(tuple(term for term in terms if not term.is_common), common)
