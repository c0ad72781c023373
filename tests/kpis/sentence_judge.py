"""A reader who compares a sentence with its table: each claim is looked for in the figures.

It knows none of the code that writes the sentences: it reads their words, and counts for itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.rag import Rag
from strategy.periods import Period

STEPS = {"monthly": "month", "quarterly": "quarter", "half_yearly": "half-year", "annual": "year"}
COUNTS = {
    word: number
    for number, word in enumerate(
        "none one two three four five six seven eight nine ten".split()  # noqa: SIM905
    )
}
NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
UNIT_WORDS = {
    "days": r"days?",
    "hours": r"hours?",
    "weeks": r"weeks?",
    "beds": r"beds?",
    "tonnes": r"tonnes?",
    "wte": "WTE",
    "square_metres": "m²",
    "cubic_metres": "m³",
    "times": r"times?",
    "minutes": r"minutes?",
    "months": r"months?",
    "per_100_000": r"per 100,000",
    "per_1_000_bed_days": r"per 1,000 bed days",
}
WINDOW = r"((?:\w+ (?:\d{4} )?to )?\w+ \d{4}|\d{4}/\d{2}|\d{4})"
MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
)
# Numbers that count or date, and are no figures of the measure.
NO_FIGURES = (
    rf"\d{{1,2}} (?:{MONTHS}) \d{{4}}",
    rf"(?:{MONTHS}) \d{{4}}",
    r"\b(?:19|20)\d{2}(?:/\d{2})?\b",
    r"\b[\w]+ of the last [\w]+ [\w-]+",
    r"\b\d+ of \d+ [\w-]+",
    r"\b\d+ of them\b",
    r"\b(?:the )?(?:first|last) \d+ [\w-]+",
    r"\b(?:for|on|from) \d+ [\w-]+",
    r"\b\d+ (?:months|quarters|half-years|years)\b",
    r"\(\d+ (?:week|month|year)s?\)",
    r"2\.66|99 points in 100",
    r"\b\d+ (?:missing|incomplete) \w+",
    r"\b\d+ of \d+ reported",
)


@dataclass(frozen=True)
class Row:
    """One point of the chart: its window, value, whether it met its own target, and limits."""

    window: Period
    value: Decimal
    is_met: bool | None
    target: tuple | None
    mean: float | None
    lower: float | None
    upper: float | None
    segment: int


def table_of(windows: Sequence[Standing], terms: MeasureTerms) -> list[Row]:
    """The points of a series, as the page's table has them."""
    return [
        Row(
            window.period,
            window.value,
            _met(window),
            _asked(window),
            window.spc_mean,
            window.spc_lower,
            window.spc_upper,
            window.spc_segment,
        )
        for window in windows
        if window.value is not None
        and window.spc_segment is not None
        and not window.is_part_sum
        and window.rag not in (Rag.SUPPRESSED, Rag.NOT_APPLICABLE)
        and window.period.length == terms.frequency.months
    ]


def _asked(window: Standing) -> tuple | None:
    target = window.target
    return None if target is None else (target.operator, target.value, target.upper)


def _met(window: Standing) -> bool | None:
    target = window.target
    if target is None or target.value is None or not window.rag.is_coloured:
        return None
    value, goal = window.value, target.value
    return {
        "ge": value >= goal,
        "gt": value > goal,
        "le": value <= goal,
        "lt": value < goal,
        "eq": value == goal,
        "between": target.upper is not None and goal <= value <= target.upper,
    }[target.operator]


class Judge:
    """One window's sentences against the rows up to it."""

    def __init__(self, rows: Sequence[Row], terms: MeasureTerms, shown: Standing) -> None:
        self.terms = terms
        self.shown = shown
        self.step = STEPS.get(terms.frequency.value, "figure")
        self.segment = [row for row in rows if row.segment == shown.spc_segment]
        self.past = [row for row in self.segment if row.window.end <= shown.period.end]

    def check(self, text: str, name: str = "") -> None:
        """Raises AssertionError with the claim that the figures do not bear out."""
        said = text.replace(name, "") if name else text
        for claim in (
            self._form,
            self._movement,
            self._shift,
            self._trend,
            self._outside,
            self._close,
            self._met_so_often,
            self._every,
            self._limits,
            self._frequency,
            self._units,
            self._pairs,
        ):
            claim(said)

    def _form(self, text: str) -> None:
        assert not re.search(r"\bNone\b|[{}]|  |\.\.|;\.|, \.", text.replace(" …", "")), text
        assert "£-" not in text, text

    def _window(self, words: str) -> int:
        """The place of a named window among the rows up to this one."""
        for place, row in enumerate(self.past):
            if words in (row.window.label, row.window.last_month.full_label) and (
                words == row.window.label or row.window.length == 1
            ):
                return place
        raise AssertionError(f"there is no window {words}")

    def _number(self, word: str) -> int:
        return COUNTS[word] if word in COUNTS else int(word)

    def _movement(self, text: str) -> None:
        """ "Rising" and "falling": slope and last minus first of the points spoken of."""
        for found in re.finditer(r"\b(rising|falling)\b", text):
            tail = text[found.start() :]
            since = re.search(rf"since {WINDOW}", tail)
            assert since, text
            values = [row.value for row in self.past[self._window(since[1]) :]]
            sign = 1 if found[1] == "rising" else -1
            assert len(values) >= 7, text
            assert _slope(values) * sign > 0, text
            assert (values[-1] - values[0]) * sign > 0, text
            unit = Decimal(1).scaleb(-self.terms.decimals)
            first, last = (v.quantize(unit, ROUND_HALF_UP) for v in (values[0], values[-1]))
            assert (last - first) * sign > 0, text
        better = {"higher_is_better": "rising", "lower_is_better": "falling"}
        for found in re.finditer(r"getting (better|worse): (rising|falling)?", text):
            assert found[2], text
            is_better = better.get(self.terms.direction.value) == found[2]
            assert is_better == (found[1] == "better"), text

    def _shift(self, text: str) -> None:
        pattern = rf"(above|below) average for (\w+) [\w-]+, since {WINDOW}"
        for found in re.finditer(pattern, text):
            rows = self.past[self._window(found[3]) :]
            sign = 1 if found[1] == "above" else -1
            assert len(rows) == self._number(found[2]) >= 7, text
            assert all((float(row.value) - row.mean) * sign > 0 for row in rows), text
            assert self._unbroken(rows), text
        for found in re.finditer(r"last (\w+) [\w-]+s are all (above|below) average", text):
            rows = self.past[-self._number(found[1]) :]
            sign = 1 if found[2] == "above" else -1
            assert all((float(row.value) - row.mean) * sign > 0 for row in rows), text

    def _trend(self, text: str) -> None:
        pattern = rf"\b(up|down) (\w+) [\w-]+s in a row since {WINDOW}"
        for found in re.finditer(pattern, text):
            rows = self.past[self._window(found[3]) :]
            sign = 1 if found[1] == "up" else -1
            assert len(rows) - 1 == self._number(found[2]) >= 6, text
            steps = [b.value - a.value for a, b in pairwise(rows)]
            assert all(step * sign > 0 for step in steps), text

    def _outside(self, text: str) -> None:
        for found in re.finditer(r"(?i)unusually (high|low) in ([^,.;]+)(, the (\w+) )?", text):
            assert self._window(found[2]) == len(self.past) - 1, text
            count = NTH.index(found[4]) + 1 if found[4] else 1
            for row in self.past[-count:]:
                value = float(row.value)
                assert value > row.upper if found[1] == "high" else value < row.lower, text

    def _close(self, text: str) -> None:
        for found in re.finditer(r"(two|all) of the last three .*? the (upper|lower) limit", text):
            rows = self.past[-3:]
            near = [self._is_near(row, found[2]) for row in rows]
            assert sum(near) == (2 if found[1] == "two" else 3), text

    def _is_near(self, row: Row, side: str) -> bool:
        third = (row.upper - row.mean) / 3
        value = float(row.value)
        if side == "upper":
            return row.mean + 2 * third < value <= row.upper
        return row.lower <= value < row.mean - 2 * third

    def _met_so_often(self, text: str) -> None:
        pattern = r"(.{0,24})met in (\w+) of the last (\w+) [\w-]+?( that were rated)?[.;]"
        for found in re.finditer(pattern, text):
            count = None if found[2] == "all" else self._number(found[2])
            self._counted(text, count, self._number(found[3]), found[4], "of the day" in found[1])
        pattern = (
            r"there were (some|none) in (\w+) of the last (\w+) [\w-]+?( that were rated)?[.;]"
        )
        for found in re.finditer(pattern, text, re.IGNORECASE):
            assert self.shown.target.value == 0, text
            count = {"each": 0, "any": None}.get(found[2], 1)
            count = self._number(found[2]) if count == 1 else count
            assert (found[1].lower() == "some") == (count == 0), text
            self._counted(text, count, self._number(found[3]), found[4], False)

    def _counted(
        self, text: str, met: int | None, of: int, gaps: str | None, has_changed: bool
    ) -> None:
        """`met` of the last `of` windows that were rated; None: all of them."""
        last = [row for row in self.past if row.is_met is not None][-24:]
        assert of == len(last), text
        assert sum(row.is_met for row in last) == (len(last) if met is None else met), text
        assert self._unbroken(last) == (gaps is None), text
        assert (len({row.target for row in last}) > 1) == has_changed, text

    def _every(self, text: str) -> None:
        """What is said of a stable process alone."""
        miss = re.search(r"missed every|cannot reach|Even a very good|only a change to", text)
        meet = re.search(r"will be met every|reaches the .*every|Even a very poor", text)
        if not miss and not meet:
            return
        last = [row for row in self.past if row.is_met is not None][-24:]
        outside = [row for row in self.segment if not row.lower <= row.value <= row.upper]
        assert len(self.segment) >= 13, text
        assert len(outside) * 20 <= len(self.segment), text
        assert last, text
        assert all(row.is_met is bool(meet) for row in last), text

    def _limits(self, text: str) -> None:
        pattern = rf"rest on (\d+) [\w-]+ since {WINDOW}, (\w+) of them outside(:)?"
        for found in re.finditer(pattern, text):
            outside = [row for row in self.segment if not row.lower <= row.value <= row.upper]
            assert int(found[1]) == len(self.segment), text
            assert self._window(found[2]) == 0, text
            assert self._number(found[3]) == len(outside), text
            assert len(outside) * 20 > len(self.segment), text
            assert (len(outside) > 1) == bool(found[4]), text

        for found in re.finditer(r"with (\d+) of (\d+) [\w-]+ outside", text):
            outside = [row for row in self.segment if not row.lower <= row.value <= row.upper]
            assert (int(found[1]), int(found[2])) == (len(outside), len(self.segment)), text
            assert len(outside) * 20 > len(self.segment), text

    def _unbroken(self, rows: Sequence[Row]) -> bool:
        length = self.terms.frequency.months or 1
        months = [row.window.last_month for row in rows]
        return months[-1].months_since(months[0]) == length * (len(months) - 1)

    def _frequency(self, text: str) -> None:
        """A quarter is not a month, and a year is neither."""
        said = re.sub(
            r"\b12 months\b|year to date|judged on the year|for the year|\(\d+ \w+\)", "", text
        )
        for step in STEPS.values():
            if step != self.step:
                assert not re.search(rf"(?<!-)\b{step}s?\b", said), text

    def _units(self, text: str) -> None:
        """Every figure has its unit; counts and dates are not figures."""
        unit = self.terms.unit
        if self.terms.is_milestone or unit in ("count", "score", "rating", "ratio", "rate", ""):
            unit_pattern = r".*"
        elif unit == "percent":
            unit_pattern = r"%| percentage points?"
        elif unit.startswith("pounds"):
            unit_pattern = {"pounds": "", "pounds_thousand": "k", "pounds_million": "m"}[unit]
        else:
            unit_pattern = rf" {UNIT_WORDS[unit]}\b"
        left = text
        for pattern in NO_FIGURES:
            left = re.sub(pattern, "", left)
        for found in re.finditer(r"(−|-)?(£)?\d[\d,]*(?:\.\d+)?", left):
            rest = left[found.end() :]
            if found[2] and found[0] == "£0":
                continue
            assert re.match(unit_pattern, rest), f"{found[0]} without its unit: {text}"
            assert bool(found[2]) == unit.startswith("pounds"), text
            assert not (found[1] and not unit.startswith("pounds")) or self._is_negative, text

    @property
    def _is_negative(self) -> bool:
        return any(row.value < 0 for row in self.segment) or (
            self.shown.target is not None and (self.shown.target.value or 0) < 0
        )

    def _pairs(self, text: str) -> None:
        """No two claims that exclude each other."""
        both = (
            ("steady", "unusually"),
            ("rising", "falling"),
            ("will be met", "will be missed"),
            ("cannot reach", "reaches the"),
            ("on target", "off target"),
            ("No target to test", "national standard of"),
        )
        for one, other in both:
            assert not (one in text and other in text), text
        target = self.shown.target
        if "No target to test" in text or "No target with a number" in text:
            assert target is None or target.value is None, text
        if self.terms.is_milestone or (target and target.value == 0 and target.floor is None):
            assert "tolerance" not in text, text


def _slope(values: Sequence[Decimal]) -> Fraction:
    middle = Fraction(len(values) - 1, 2)
    return sum((Fraction(place) - middle) * Fraction(value) for place, value in enumerate(values))
