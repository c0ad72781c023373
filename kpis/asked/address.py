"""What the address of a page asks for: a plan, a month, a moment and filters, read once.

A view declares the names it knows and gets an `Asked` (`asks`). A page ignores names that it does
not know; a file refuses them. Every page knows the moment: one that cannot show the past says so
(take_along.py). A value that cannot be read, or that matches no row, gives a 400 that names it,
next to the form where the page has one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache, cached_property, wraps
from typing import Any, TypeVar

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone

from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.typed import is_readable, parse_date_text
from kpis.asked.kept import kept_page
from kpis.asked.months import opening
from kpis.asked.opening import Opening, opening_plan
from kpis.asked.stamps import stamps, stamps_of
from kpis.assessments.clocks import clock_at, shown_until
from kpis.assessments.read import find_measure
from kpis.judging.history import Clock
from kpis.models import Measure
from strategy.exports.filters import NO_CODES, Codes, brief, instead
from strategy.models import CareGroup, Plan
from strategy.moments import london_date, parse_as_at
from strategy.periods import Month, parse_asked_month
from strategy.recorded import restored
from strategy.selectors import find_care_group, find_plan, plans_known

Row = TypeVar("Row", Plan, Measure, CareGroup)

_CODE = re.compile(r"[-a-zA-Z0-9_]{1,100}")
MOMENT = "as_at"
MOST_WORDS = 200
View = Callable[..., HttpResponseBase]


class BadParameter(BadRequest):
    """A value in the address that cannot be read, or that matches no row. The message names it."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


class Asked:
    """What an address asks for, and the clock that the whole page goes by.

    Reading a bad value raises BadParameter.
    """

    def __init__(
        self,
        typed: QueryDict,
        *,
        now: datetime,
        stamp_of: Callable[[], str] | None = None,
    ):
        self.typed = typed
        self._stamp_of = stamp_of or (lambda: stamps().facts)
        self._opened = dict[int, Opening]()
        self.now = now
        self.today = london_date(now)

    @cached_property
    def known_at(self) -> datetime | None:
        """The past moment in `?as_at=`: a timestamp, or a date, read as the end of that day in
        London. None for now, or for a moment that has not come.

        People also type it in a box, so a date may be written as in any other box: 20 Mar 2026.
        """
        text = self.text(MOMENT)
        if not text:
            return None
        try:
            moment = typed_moment(text)
        except ValueError as error:
            raise BadParameter(MOMENT, f"As known on (“as_at”): {_sentence(error)}") from None
        return None if moment >= self.now else moment

    @cached_property
    def stamp(self) -> str:
        """A text that any write changes: what is drawn may be kept under it."""
        return self._stamp_of()

    @cached_property
    def clock(self) -> Clock:
        """The months' data clocks, now or at the moment asked for."""
        return clock_at(self.now, known_at=self.known_at)

    @property
    def as_at(self) -> str:
        """The moment as typed, for links and boxes; empty for a page that shows the latest."""
        return self.text(MOMENT) if self.known_at else ""

    @property
    def day(self) -> date:
        """The London day of the moment asked for, else today; it decides which plan opens."""
        return london_date(self.known_at) if self.known_at else self.today

    def text(self, name: str) -> str:
        """The text given for a name. Twice is refused: it is unclear which one was meant."""
        given = self.typed.getlist(name)
        if len(given) > 1:
            raise BadParameter(name, f"“{brief(name)}” is given more than once.")
        text = given[0].strip() if given else ""
        if not is_readable(text):
            raise BadParameter(name, f"“{brief(name)}” holds characters that cannot be read.")
        return text

    def words(self, name: str) -> str:
        """Words to search for, of a length that a person would type; longer text is refused."""
        text = self.text(name)
        if len(text) > MOST_WORDS:
            raise BadParameter(name, f"“{name}” must be {MOST_WORDS} characters or fewer.")
        return text

    def number(self, name: str) -> int:
        """The number of a page of a list, from 1; the first where none is given."""
        text = self.text(name)
        if text and not re.fullmatch(r"[1-9][0-9]{0,5}", text):
            raise BadParameter(name, f"“{name}” must be a number from 1, not “{brief(text)}”.")
        return int(text or 1)

    def choice(self, name: str, choices: Iterable[str]) -> str:
        """One of the values that a form offers; empty where none is given."""
        text = self.text(name)
        if text and text not in (known := list(choices)):
            raise BadParameter(name, f"“{name}” cannot be “{brief(text)}”. {instead(text, known)}")
        return text

    def row(self, name: str, rows: Iterable[Row]) -> Row | None:
        """The row whose code is given for a name; None where the name is not given."""
        code = self.text(name)
        if not code:
            return None
        if not _CODE.fullmatch(code):
            raise BadParameter(
                name, f"“{name}” must be a code: letters, digits and hyphens, 100 at most."
            )
        by_code = {row.code: row for row in rows}
        row = by_code.get(code)
        if row is None:
            known = instead(code, by_code)
            raise BadParameter(
                name, f"There is no {name.replace('_', ' ')} called “{code}” (“{name}”). {known}"
            )
        return row

    @property
    def last_month(self) -> Month:
        """The last month that had ended then; for everyone, the last of those that is locked."""
        return shown_until(Month.of(self.day).plus(-1), self.now)

    @cached_property
    def every_plan(self) -> list[Plan]:
        """The plans known then, also those that others only cite, newest first."""
        return plans_known(self.known_at)

    @property
    def plans(self) -> list[Plan]:
        """The plans known then that `/` can open: never one known only by citation."""
        return [plan for plan in self.every_plan if not plan.cited]

    def plan(self, code: str = "") -> Plan:
        """The plan with this code as it was then, else the one that a reader would expect."""
        if not code:
            chosen = self.row("plan", self.plans) or opening_plan(self.plans, self.day)
            if chosen is None:
                raise Http404("There are no plans yet, or none that was known then.")
            return chosen
        plan = plan_or_404(code)
        if self.known_at is not None and self.known_at < plan.known_from:
            raise Http404(
                f"{plan.title} was not known then: it counts from "
                f"{format_date(timezone.localdate(plan.known_from))}."
            )
        return restored([plan], self.known_at)[0]

    def month(self, plan: Plan | None = None, *, default: Month | None = None) -> Month:
        """The month in `?period=2019-03`, else the plan's last complete month as known then.

        Pass `default` when that month has been read already.
        """
        text = self.text("period")
        if text:
            month = month_or_400(text, self.today)
            last = shown_until(month, self.now)
            if month != last:
                raise BadParameter(
                    "period",
                    f"Month (“period”): {month.label} is not locked yet, and read by staff alone."
                    f" The last one before it that everyone can read is {last.label}.",
                )
            return month
        if default is not None:
            return default
        if plan is None:
            return self.last_month
        return self.opens(plan).month

    def opens(self, plan: Plan) -> Opening:
        """The month a plan opens at, and the open ones, as known then."""
        if plan.pk not in self._opened:
            self._opened[plan.pk] = opening(
                plan,
                lambda: self.clock,
                lambda: self.every_plan,
                now=self.now,
                known_at=self.known_at,
                stamp=self.stamp,
            )
        return self._opened[plan.pk]

    def as_known(self, known_at: datetime | None) -> "Asked":
        """The same address at another moment, with the clocks and months as known then."""
        other = Asked(self.typed, now=self.now, stamp_of=lambda: self.stamp)
        other.known_at = known_at
        return other


def asks(
    *names: str,
    in_form: Iterable[str] = (),
    codes: Codes = NO_CODES,
    is_file: bool = False,
    is_kept: bool = False,
    has_figures: bool = True,
) -> Callable[[View], View]:
    """Pass an `Asked` to a view, after its request, and declare the names that it reads.

    The moment is always one of them, so that links to the page carry it. What is wrong with the
    names `in_form` is shown next to the form they are typed in, all at once: the page is drawn
    without them, with status 400, and the form shows what was typed. A file refuses a name that it
    does not know, so that a mistyped filter does not return every row. `codes`: the values of a
    name that other pages know too, with values of their own; links from there leave those out.
    A page that is kept until something is written is kept also while figures and returns come in
    where it shows none of a measure.
    """
    known = frozenset({*names, MOMENT})
    shown = frozenset(in_form)

    def decorate(view: View) -> View:
        @wraps(view)
        def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            now, typed, problems = timezone.now(), request.GET.copy(), dict[str, str]()
            if is_file:
                refuse_unknown(typed, known | {"bom"})
            request.problems = problems  # type: ignore[attr-defined]

            @cache  # read once for the page, and only where it is needed
            def stamp_of() -> str:
                return stamps_of(request).facts

            def drawn() -> HttpResponseBase:
                while True:
                    asked = Asked(typed, now=now, stamp_of=stamp_of)
                    try:
                        asked.known_at  # noqa: B018 (a bad moment is refused before anything is read)
                        response = view(request, asked, *args, **kwargs)
                    except BadParameter as bad:
                        if bad.name not in shown or bad.name in problems:
                            raise
                        problems[bad.name] = str(bad)
                        del typed[bad.name]
                        continue
                    if problems:
                        response.status_code = 400
                        response.drawn_without = frozenset(problems)  # type: ignore[attr-defined]
                    return response

            return kept_page(request, now, drawn, has_figures=has_figures) if is_kept else drawn()

        asking.knows = known  # type: ignore[attr-defined]
        asking.codes = codes  # type: ignore[attr-defined]
        return asking

    return decorate


def refuse_unknown(typed: Mapping[str, Any], known: Iterable[str]) -> None:
    """A file refuses a name that it does not know: it would be taken for a filter."""
    for name in typed:
        if name not in known:
            raise BadParameter(
                name,
                f"This file has no filter called “{brief(name)}”. {_use(known)}",
            )


def _use(names: Iterable[str]) -> str:
    found = sorted(names)
    return f"Use {', '.join(found)}." if found else "It has none."


def asked_choice(request: HttpRequest, name: str, choices: Iterable[str]) -> str:
    """What an address chooses on a page of forms: one of what the page offers, else a 400."""
    return Asked(request.GET, now=timezone.now()).choice(name, choices)


def plans_to_open(known_at: datetime | None) -> list[Plan]:
    """The plans known then that `/` can open: never one known only by citation."""
    return [plan for plan in plans_known(known_at) if not plan.cited]


def codes_to_open() -> set[str]:
    """The codes of the plans that the board, the heat maps and what changed can open."""
    return {plan.code for plan in plans_to_open(None)}


TO_OPEN: Codes = {"plan": codes_to_open}


def plan_or_404(code: str) -> Plan:
    return _found("plan", code, find_plan(code))


def measure_or_404(code: str) -> Measure:
    return _found("measure", code, find_measure(code))


def care_group_or_404(code: str) -> CareGroup:
    return _found("care group", code, find_care_group(code))


def _found(kind: str, code: str, row: Row | None) -> Row:
    if row is None:
        raise Http404(f"There is no {kind} called “{code}”.")
    return row


def month_or_400(text: str, today: date) -> Month:
    """Read a month as an address writes it. A month that has not begun is refused."""
    try:
        month = parse_asked_month(text)
    except ValueError as error:
        raise BadParameter("period", f"Month (“period”): {_sentence(error)}") from None
    if month > Month.of(today):
        raise BadParameter("period", f"Month (“period”): {month.label} has not begun yet.")
    return month


def typed_moment(text: str) -> datetime:
    """A moment as an address or a box writes it. Raises ValueError, in words."""
    try:
        return parse_as_at(text)
    except ValueError:
        day = parse_date_text(text).value
        if day is None:
            raise
        return parse_as_at(day.isoformat())


def _sentence(error: Exception) -> str:
    text = str(error)
    return text if text.endswith(".") else f"{text}."
