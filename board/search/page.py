"""What the page of a search shows: what was found, best first, under the kinds of things."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.permissions import Access
from board.search.find import CLOSES, OPENS, Entry, Match, entries, matches
from board.search.words import Sought, sought
from kmpt_tracker.ui.formats import format_count
from kpis.assessments.as_known import Known
from kpis.models import Measure, MeasureChange, Target
from kpis.plans.contents import SECTION_OF, sections_of_places
from strategy.models import CareGroup, Plan
from strategy.recorded import already_recorded
from strategy.selectors import plans_known

# The code in the address, what its things are called, and the sources of its entries.
KINDS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "measure": ("measure", "Measures", ("measure", "wording")),
    "promise": ("promise", "Promises", ("target",)),
    "objective": ("objective or ambition", "Objectives and ambitions", ("objective", "ambition")),
    "care_group": ("care group", "Care groups", ("care_group",)),
    "text": (
        "plan text",
        "Plan texts",
        (
            *("plan", "outcome", "action", "statement", "quality_priority", "risk", "finance"),
            "context_figure",
        ),
    ),
}
PLURALS = {"objective or ambition": "objectives and ambitions"}
KIND_OF = {source: kind for kind, (_, _, sources) in KINDS.items() for source in sources}
WORDS_OF_SOURCE = {
    "wording": "Worded anew",
    "ambition": "Ambition",
    "objective": "Objective",
    "outcome": "What this will look like",
    "action": "Action",
    "plan": "The plan itself",
    "quality_priority": "Quality priority",
    "risk": "Risk",
    "finance": "Figure the plan states",
    "context_figure": "Figure that sets the scene",
}
# Each kind shows its best; a page of one kind shows more.
BEST, A_PAGE = 6, 40
AROUND = 110
LONGEST = 260
MARKED = re.compile(f"{OPENS}(.*?){CLOSES}", re.DOTALL)


@dataclass(frozen=True)
class Found:
    """One thing found."""

    entry: Entry
    plan: Plan | None
    section: str = ""

    @property
    def title(self) -> SafeString:
        """Its full title; the words of a text that has no title."""
        if self.entry.source == "wording":
            return conditional_escape(self.entry.measure_name)
        return marked(self.entry.title) if self.entry.title else self._text

    @property
    def text(self) -> SafeString:
        """The text around the first word found; empty where that is the title."""
        is_titled = self.entry.title or self.entry.source == "wording"
        return self._text if is_titled and OPENS in self.entry.text else SafeString("")

    @property
    def _text(self) -> SafeString:
        lines = (line.strip() for line in self.entry.text.splitlines())
        return marked(around(" · ".join(line for line in lines if line)))

    @property
    def where(self) -> str:
        """What kind of text it is, in which plan, and where in that plan."""
        objective, place = self.entry.objective, self.entry.place
        is_printed = objective[:1].isdigit() and not place.startswith(objective)
        parts = [
            WORDS_OF_SOURCE.get(self.entry.source, ""),
            self.plan.label if self.plan and self.entry.source != "plan" else "",
            objective if is_printed else "",
            place,
        ]
        return " · ".join(part for part in parts if part)

    @property
    def url(self) -> str:
        source, code = self.entry.source, self.entry.code
        if source in ("measure", "wording"):
            return reverse("kpis:measure-detail", args=[code or self.entry.measure])
        if source == "care_group":
            return reverse("board:care-group-detail", args=[code])
        plan = self.plan.code if self.plan else ""
        if plan and source == "ambition":
            return reverse("board:ambition-detail", args=[plan, int(code)])
        if plan and self.entry.objective:
            return reverse("kpis:objective-detail", args=[plan, self.entry.objective])
        if source == "target" and self.measure_url:
            return self.measure_url
        if self.plan is None:
            return reverse("kpis:plan-list")
        at = f"#statement-{self.entry.row_key}" if source == "statement" else ""
        return f"{self.plan.get_absolute_url()}{self.section and f'?section={self.section}'}{at}"

    @property
    def measure_url(self) -> str:
        """The measure that counts a promise."""
        code = self.entry.measure if self.entry.source == "target" else ""
        return reverse("kpis:measure-detail", args=[code]) if code else ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    kind: str
    typed: str
    count: int
    rows: tuple[Found, ...]

    @property
    def title(self) -> str:
        return KINDS[self.kind][1]

    @property
    def counted(self) -> str:
        """ "12 promises"."""
        one = KINDS[self.kind][0]
        return format_count(self.count, one, PLURALS.get(one, ""))

    @property
    def id(self) -> str:
        return f"found-{self.kind}"

    @property
    def note(self) -> str:
        """How many of them are shown, where that is not all."""
        return "" if len(self.rows) == self.count else f"{len(self.rows)} of {self.count}"

    @property
    def more_url(self) -> str:
        """All of this kind; empty where the best are all."""
        is_cut = len(self.rows) == BEST < self.count
        return address(q=self.typed, kind=self.kind) if is_cut else ""


@dataclass(frozen=True)
class SearchPage:
    """The answer to what was typed, as known now or at a moment."""

    typed: str
    words: Sought
    groups: tuple[Group, ...] = ()
    kind: str = ""
    is_any_of: bool = False
    pages: Page | None = field(default=None)

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def lead(self) -> str:
        """What was found, counted by kind."""
        counted = [group.counted for group in self.groups]
        said = ", ".join(counted[:-1]) + (" and " if counted[1:] else "") + "".join(counted[-1:])
        if self.is_any_of:
            return f"Nothing holds all of “{self.typed}”. Some of the words are in {said}."
        return f"“{self.typed}” is in {said}."

    @property
    def shown(self) -> list[Group]:
        return [group for group in self.groups if group.rows]

    @property
    def left_out(self) -> str:
        """The words that were not looked for, because almost every text holds them."""
        said = ", ".join(f"“{word}”" for word in self.words.common)
        return f"Not looked for: {said}. Almost every text holds words like this." if said else ""

    @property
    def empty_title(self) -> str:
        if not self.typed:
            return "Nothing is searched for yet"
        return f"Nothing found for “{self.typed}”" if self.words else "No words to search for"

    @property
    def empty_words(self) -> str:
        """Why nothing is shown, and what to do next."""
        if not self.typed:
            return (
                "Type a word or more, such as sickness, or “length of stay” in quotation marks. "
                "Measures, promises, objectives, care groups and the texts of the plans are looked "
                "through."
            )
        if self.words:
            if self.groups:
                return "There is none of this kind. Look at everything found."
            return "No text holds any of these words. Check the spelling, or try fewer letters."
        if self.words.common:
            return f"{self.left_out} Add a word that says what you look for."
        return "There are no letters or figures in it. Type a word, such as sickness."

    @property
    def latest_url(self) -> str:
        """The same search in what is known now."""
        return address(q=self.typed, kind=self.kind)

    @property
    def all_url(self) -> str:
        return address(q=self.typed)


def search_page(
    typed: str, access: Access, *, known_at: datetime | None = None, kind: str = "", number: int = 1
) -> SearchPage:
    """Look for what was typed, in what the reader may open and what was known at the moment.

    Where no text holds all the words, those that hold any of them are found. The words are those
    of today: earlier wordings are on the pages found, as known then.
    """
    words = sought(typed)
    plans = {plan.pk: plan for plan in plans_known(known_at)} if words else {}
    found = _known(matches(words, access), plans, known_at)
    is_any_of = not found and len(words.terms) > 1
    if is_any_of:
        found = _known(matches(words, access, any_of=True), plans, known_at)
    by_kind: dict[str, list[Match]] = defaultdict(list)
    for match in found:
        by_kind[KIND_OF[match.source]].append(match)
    pages = Paginator(by_kind[kind], A_PAGE).get_page(number) if kind else None
    shown = {
        name: list(pages or ()) if name == kind else [] if kind else by_kind[name][:BEST]
        for name in KINDS
    }
    said = [match.plan_key for match in shown["text"] if match.source == "statement"]
    sections = sections_of_places(filter(None, said)) if said else {}

    def found_at(match: Match) -> Found:
        entry = read[match.key]
        place = sections.get((match.plan_key or 0, entry.place), "")
        section = place if match.source == "statement" else SECTION_OF.get(match.source, "")
        return Found(entry, plans.get(match.plan_key or 0), section)

    read = entries([match for rows in shown.values() for match in rows], words, any_of=is_any_of)
    return SearchPage(
        typed=typed,
        words=words,
        groups=tuple(
            Group(
                name,
                typed,
                len(by_kind[name]),
                tuple(found_at(match) for match in shown[name]),
            )
            for name in KINDS
            if by_kind[name]
        ),
        kind=kind,
        is_any_of=is_any_of,
        pages=pages,
    )


def _known(
    found: Sequence[Match], plans: Collection[int], known_at: datetime | None
) -> list[Match]:
    """Drop what was not known at the moment."""
    rows = [match for match in found if match.plan_key is None or match.plan_key in plans]
    if known_at is None:
        return rows
    keys: dict[str, set[int]] = defaultdict(set)
    for match in rows:
        keys[match.source].add(match.row_key)
    targets = Target.objects.filter(pk__in=keys["target"]).select_related("plan")
    there: Mapping[str, Iterable[Model]] = {
        "measure": already_recorded(Measure.objects.filter(pk__in=keys["measure"]), known_at),
        "care_group": already_recorded(
            CareGroup.objects.filter(pk__in=keys["care_group"]), known_at
        ),
        "target": Known(known_at).as_recorded(targets),
        "wording": MeasureChange.objects.filter(pk__in=keys["wording"], decided_at__lte=known_at),
    }
    kept = {source: {row.pk for row in known} for source, known in there.items()}
    return [row for row in rows if row.source not in kept or row.row_key in kept[row.source]]


def address(**asked: str) -> str:
    given = {name: text for name, text in asked.items() if text}
    return f"{reverse('board:search')}?{urlencode(given)}"


def around(text: str) -> str:
    """A text from shortly before the first word found, cut between words."""
    if len(text) <= LONGEST:
        return text
    at = max(text.find(OPENS), 0)
    start = 0 if at <= AROUND else text.find(" ", at - AROUND) + 1
    piece = text[start : start + LONGEST]
    if start + LONGEST < len(text):
        piece = piece.rpartition(" ")[0] or piece
        # A word found is not cut in two: its mark would stay open.
        if piece.rfind(OPENS) > piece.rfind(CLOSES):
            piece = piece[: piece.rfind(OPENS)].rstrip()
        piece += " …"
    return f"… {piece}" if start else piece


def marked(text: str) -> SafeString:
    """The text, escaped, with the words found marked."""
    parts, at = [], 0
    for found in MARKED.finditer(text):
        before, word = text[at : found.start()], found[1]
        parts += [_plain(before), format_html("<mark>{}</mark>", word)]
        at = found.end()
    return mark_safe("".join([*parts, _plain(text[at:])]))  # noqa: S308


def _plain(text: str) -> SafeString:
    return conditional_escape(text.replace(OPENS, "").replace(CLOSES, ""))
