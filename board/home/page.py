"""The strategy on a page: a plan's promises, what needs attention, and what has changed."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from board.home.attention import AttentionList, Candidate, rank
from board.home.row import NO_REMARKS, AttentionRow, Remarks, remarks_on
from board.home.said_once import BoardRow, ObjectiveBlock, SaidOnce, said_once
from board.home.wording import holds_later
from kmpt_tracker.ui.components import STATUS, Tile
from kmpt_tracker.ui.formats import format_count
from kpis.judging.accepted import accepted_words
from kpis.judging.freshness import age_words
from kpis.judging.history import Clock
from kpis.plans.counts import Counts, Part, Reason, Tally, Unsure
from kpis.plans.status import AmbitionCard, PromiseRow, plan_status
from kpis.rag import Direction, Group
from kpis.targets import Role
from strategy.models import Plan
from strategy.periods import Month

# What each group of states is called at the head of the page, its mark, and the status by which
# the summary lists its rows.
GROUPS = (
    (Group.ON_TARGET, "On target", "green", "on_target"),
    (Group.NEAR_TARGET, "Near target", "amber", "amber"),
    (Group.OFF_TARGET, "Off target", "red", "red"),
    (Group.NO_DATA, "No data or late", "no_data", "missing"),
    (Group.NOT_RATED, "Not rated", "no_target", "not_rated"),
)
# What the statements of each role are called.
STATED = {
    Role.COMMITMENT: "promise",
    Role.NATIONAL_STANDARD: "national standard",
    Role.INTERIM: "interim target",
    Role.LOCAL: "local target",
}


@dataclass(frozen=True)
class Movement:
    """A way in which a status may have moved since the month before, and the rows that did."""

    heading: str
    mark: str
    brief: str
    rows: tuple[PromiseRow, ...] = ()


# By `PromiseRow.change`, in the order of the page.
MOVEMENTS = {
    "worse": Movement("Worse", "down", "worse"),
    "better": Movement("Better", "up", "better"),
    "lost": Movement("Lost its data", "dash", "lost data"),
    "unrated": Movement("No longer rated", "dash", "no longer rated"),
    "rated": Movement("Now rated", "tick", "now rated"),
    "other": Movement("Otherwise changed", "arrow", "otherwise"),
}


@dataclass(frozen=True)
class StrategyPage:
    """Everything that the strategy on a page shows.

    `alone` holds promises of the plan as a whole, and the national standards that it reports.
    """

    plan: Plan
    month: Month
    known_at: datetime | None
    cards: tuple[AmbitionCard, ...]
    attention: AttentionList
    stale: int
    alone: tuple[PromiseRow, ...] = ()
    remarks: Remarks = NO_REMARKS

    @cached_property
    def rows(self) -> tuple[PromiseRow, ...]:
        return (*(row for card in self.cards for row in card.rows), *self.alone)

    @cached_property
    def tally(self) -> Tally[PromiseRow]:
        return Tally(self.rows)

    @cached_property
    def once(self) -> SaidOnce:
        return said_once(self.rows, self.month)

    @property
    def blocks(self) -> list[tuple[AmbitionCard, list[ObjectiveBlock]]]:
        """Each grouping with its objectives as they are drawn."""
        return [
            (card, [ObjectiveBlock(found, self.once) for found in card.objectives])
            for card in self.cards
        ]

    @property
    def alone_rows(self) -> list[BoardRow]:
        return [BoardRow(row, self.once) for row in self.alone]

    @property
    def alone_tally(self) -> Tally[PromiseRow]:
        return Tally(self.alone)

    @property
    def counts(self) -> Counts:
        return self.tally.counts

    @cached_property
    def counts_before(self) -> Counts:
        return Counts.of(row.counted_before for row in self.rows)

    @cached_property
    def _by_code(self) -> dict[str, PromiseRow]:
        return {row.target.code: row for row in self.rows}

    @cached_property
    def attention_rows(self) -> list[AttentionRow]:
        rows = ((self._by_code[item.key], item) for item in self.attention.shown)
        return [
            AttentionRow(
                row,
                row.target.get_absolute_url(),
                item,
                self.month,
                self.remarks.comment(row),
                self.remarks.comment_of(row),
                self.remarks.waits(row),
            )
            for row, item in rows
        ]

    @property
    def attention_left_out(self) -> list[PromiseRow]:
        return [self._by_code[item.key] for item in self.attention.rest]

    @property
    def without_data(self) -> list[tuple[PromiseRow, str]]:
        """Measures without data for three periods or more, once each, with the age of the last
        figure in the month shown."""
        rows = [self._by_code[key] for key in self.attention.without_data]
        return [
            (row, age_words((row.standing.latest or row.standing).period, self.month))
            for row in rows
        ]

    @property
    def accepted(self) -> list[tuple[PromiseRow, str]]:
        """Measures off target at a level that the board accepts, once each, with the level."""
        rows = [self._by_code[key] for key in self.attention.accepted]
        return [
            (row, accepted_words(row.accepted, row.terms))
            for row in rows
            if row.accepted is not None and row.terms is not None
        ]

    @property
    def never_reported(self) -> list[PromiseRow]:
        """Measures that are due but have never had a figure of their own frequency, once each."""
        return [self._by_code[key] for key in self.attention.never_reported]

    @cached_property
    def statements(self) -> Counter[str]:
        """How many statements of each role the plan has.

        A promise is a commitment as printed: it counts once under its objective, however many
        targets it has.
        """
        said = {
            (row.target.role, row.target.objective_id, row.target.statement) for row in self.rows
        }
        return Counter(role for role, *_ in said)

    @property
    def made_of(self) -> str:
        """What the plan is made of, in its own words: "3 ambitions, 3 enablers, 17 objectives, 72
        promises, followed by 78 targets". The last number is what the counts add up to."""
        kinds = Counter(card.ambition.get_kind_display().lower() for card in self.cards)
        parts = [format_count(count, kind) for kind, count in kinds.items()]
        parts.append(format_count(sum(len(card.objectives) for card in self.cards), "objective"))
        said = [
            format_count(self.statements[role.value], words)
            for role, words in STATED.items()
            if self.statements[role.value]
        ]
        followed = f"followed by {format_count(self.counts.total, 'target')}"
        return ", ".join([*parts, " and ".join(said), followed] if said else parts)

    @property
    def month_before(self) -> str:
        return self.month.plus(-1).label

    @cached_property
    def tiles(self) -> list[Tile]:
        """The head of the page: how many have each status, and how that has changed in a month."""
        tiles = [
            Tile(
                self.counts.in_group(group),
                self._called(group, words),
                mark,
                url=self.listed_url(code) if self.counts.in_group(group) else "",
                change=self._moved(group),
                parts=[
                    (_mark(part.reason), str(part), self.listed_url(part.reason))
                    for part in self._split(group)
                ],
            )
            for group, words, mark, code in GROUPS
        ]
        return [*tiles, self._changes]

    def _called(self, group: Group, words: str) -> str:
        """ "No data" where none is late: there is nothing to split."""
        parts = self.counts.split(group)
        if group is Group.NO_DATA and len(parts) == 1 and not isinstance(parts[0].reason, Unsure):
            return STATUS[parts[0].reason].word
        return words

    def _split(self, group: Group) -> tuple[Part, ...]:
        parts = self.counts.split(group)
        return () if group is Group.NO_DATA and len(parts) == 1 else parts

    def listed_url(self, status: str) -> str:
        """The summary of the targets that are counted under a status: as many lines."""
        asked = {"plan": self.plan.code, "period": str(self.month), "rows": "targets"}
        return f"{reverse('board:summary')}?{urlencode({**asked, 'status': status})}"

    @property
    def off_target_url(self) -> str:
        return self.listed_url("red")

    @property
    def beyond(self) -> int:
        """How many targets the whole usual range misses, by the icon next to them."""
        return sum(
            row.standing.has_value
            and row.standing.variation != "none"
            and row.standing.assurance == "fail"
            for row in self.rows
            if row.terms is not None and not row.terms.is_milestone
        )

    @property
    def beyond_url(self) -> str:
        asked = {"plan": self.plan.code, "period": str(self.month), "rows": "targets"}
        return f"{reverse('board:summary')}?{urlencode({**asked, 'icon': 'fail'})}"

    @property
    def changes_url(self) -> str:
        asked = {"plan": self.plan.code, "from": str(self.month.plus(-1)), "to": str(self.month)}
        return f"{reverse('board:changes')}?{urlencode(asked)}"

    def _moved(self, group: Group) -> str:
        change = self.counts.in_group(group) - self.counts_before.in_group(group)
        if not change:
            return f"no change since {self.month_before}"
        return f"{abs(change)} {'more' if change > 0 else 'fewer'} than {self.month_before}"

    @property
    def _changes(self) -> Tile:
        """The last tile: how many changed, and how."""
        numbers = {how: len(self.changed(how)) for how in MOVEMENTS}
        briefs = ["better", "worse"]  # said even where there are none
        briefs += [how for how in MOVEMENTS if how not in briefs and numbers[how]]
        return Tile(
            sum(numbers.values()),
            f"changed since {self.month_before}",
            url="#moved-h",
            change=", ".join(f"{numbers[how]} {MOVEMENTS[how].brief}" for how in briefs),
        )

    def changed(self, how: str) -> tuple[PromiseRow, ...]:
        return tuple(row for row in self.rows if row.change == how)

    @property
    def movements(self) -> list[Movement]:
        """The kinds of movement that occurred."""
        found = [replace(movement, rows=self.changed(how)) for how, movement in MOVEMENTS.items()]
        return [movement for movement in found if movement.rows]

    @property
    def month_pair(self) -> str:
        return f"{self.month_before} to {self.month.label}"

    @property
    def attention_note(self) -> str:
        shown, total = len(self.attention.shown), self.attention.total
        measures = "measure" if total == 1 else "measures"
        return f"{shown} of {total} {measures} off target" if total else ""

    @property
    def unowned(self) -> str:
        """Measures without an owner: said once under the list, not in every line."""
        rows = self.attention_rows
        count, total = sum(not row.promise.owner for row in rows), len(rows)
        if not count:
            return ""
        if count == total:
            return (
                "No owner is named for it yet." if total == 1 else "None of these has an owner yet."
            )
        return f"{count} of these {total} {'has' if count == 1 else 'have'} no owner yet."

    @property
    def all_clear(self) -> str:
        """What an empty list means: how little it says where little can be rated."""
        if not self.counts.rated:
            return f"Nothing can be rated in {self.month.label}"
        if self.counts.rated < self.counts.total and not self.attention.accepted:
            return "Nothing that can be rated is off target or overdue"
        if self.attention.accepted:
            return "Nothing is off target beyond what the board accepts"
        return "Nothing is off target or overdue"

    @property
    def rests_on(self) -> str:
        """How much of the plan an all-clear is based on, and why the rest is not rated."""
        counts, targets = self.counts, format_count(self.counts.total, "target")
        if not counts.rated:
            later = holds_later(self.plan.opens_on, self.month)
            return f"None of {targets} can be rated: {counts.unrated_words}.{later}"
        fine = "on or near target, or accepted" if self.attention.accepted else "on or near target"
        if counts.rated == counts.total:
            verb = "is" if counts.total == 1 else "are all"
            return f"{targets} {verb} rated, {fine}."
        missing = counts.total - counts.rated
        return (
            f"That rests on {counts.rated} of {targets}, {fine}. "
            f"{missing} cannot be rated: {counts.unrated_words}."
        )

    @property
    def unreported(self) -> str:
        """Not "never reported": a measure may have figures of another frequency."""
        count = len(self.never_reported)
        if count == 1:
            return "1 measure is due and has no figure of its own frequency yet"
        return f"{count} measures are due and have no figure of their own frequency yet"

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.rows)

    @property
    def illustrative_words(self) -> str:
        """Completes the band: what of the figures is invented, said as the rows say it."""
        if self.once.is_illustrative:
            return "Figures are invented unless their row says published, entered or imported."
        return "Figures marked illustrative are invented; published figures keep their source."

    @property
    def place_in_plan(self) -> str:
        """ "Month 31 of 36", or the month with what it comes before or after."""
        first = Month.of(self.plan.starts_on)
        length = Month.of(self.plan.ends_on).months_since(first) + 1
        place = self.month.months_since(first) + 1
        if place > length:
            return f"{self.month.label}, after the plan’s end"
        if place < 1:
            return f"{self.month.label}, before the plan’s start"
        return f"Month {place} of {length}"


def _mark(reason: Reason) -> str:
    return "not_due" if isinstance(reason, Unsure) else STATUS[reason].mark


def strategy_page(
    plan: Plan, month: Month, clock: Clock, *, known_at: datetime | None = None
) -> StrategyPage:
    """A plan in a month, as known now or at a past moment."""
    status = plan_status(plan, month, clock, known_at=known_at)
    attention = rank([_candidate(row) for row in status.rows])
    listed = {item.key for item in attention.shown}
    rows = [row for row in status.rows if row.target.code in listed]
    return StrategyPage(
        plan=plan,
        month=month,
        known_at=known_at,
        cards=status.cards,
        attention=attention,
        stale=status.stale,
        alone=status.alone,
        remarks=remarks_on(rows, month, known_at=known_at),
    )


def _candidate(row: PromiseRow) -> Candidate:
    terms = row.terms
    return Candidate(
        key=row.target.code,
        measure=row.measure_key,
        standing=row.standing,
        is_milestone=terms is not None and terms.is_milestone,
        is_band=terms is not None and terms.direction is Direction.BAND,
        periods_missing=row.periods_missing,
        usual=row.usual,
        is_accepted=row.is_accepted,
    )
