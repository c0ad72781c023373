"""What an address asks for: a plan, a month and a moment. A bad value gives a 400 that says why.

A view declares the names it knows (`knows`), and which of them are typed in a form on its page
(`beside_its_form`). A page ignores names that it does not know; a file refuses them. Every page
knows the moment: one that cannot show the past says so (take_along.py).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.typed import is_readable, parse_date_text
from kpis.asked.months import opening
from kpis.asked.opening import opening_plan
from kpis.assessments.read import find_measure
from kpis.models import Measure
from strategy.exports.filters import brief, instead
from strategy.models import CareGroup, Objective, Plan
from strategy.periods import Month, parse_as_at, parse_asked_month
from strategy.recorded import restored
from strategy.selectors import find_care_group, find_objective, find_plan, plans_known

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


def knows(*names: str) -> Callable[[View], View]:
    """Declare the names a page reads from its address. The moment is always one of them, so links
    to the page carry it.
    """

    def mark(view: View) -> View:
        view.knows = frozenset({*names, MOMENT})  # type: ignore[attr-defined]
        return view

    return mark


def beside_its_form(*names: str) -> Callable[[View], View]:
    """Show what is wrong with these names next to the form they are typed in, all at once.

    The page is drawn without them, with status 400; the form shows what was typed.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def forgiving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            typed, problems = request.GET, dict[str, str]()
            request.typed, request.problems = typed, problems  # type: ignore[attr-defined]
            while True:
                try:
                    response = view(request, *args, **kwargs)
                except BadParameter as bad:
                    if bad.name not in names or bad.name in problems:
                        raise
                    problems[bad.name] = str(bad)
                    rest = request.GET.copy()
                    del rest[bad.name]
                    request.GET = rest  # type: ignore[assignment]
                    continue
                if problems:
                    response.status_code = 400
                    response.drawn_without = frozenset(problems)  # type: ignore[attr-defined]
                return response

        forgiving.in_form = frozenset(names)  # type: ignore[attr-defined]
        return forgiving

    return decorate


def only_known(view: View) -> View:
    """Refuse names that the file does not know, so that a mistyped filter does not return every
    row.
    """

    @wraps(view)
    def strict(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        known = sorted(view.knows | {"bom"})  # type: ignore[attr-defined]
        for name in request.GET:
            if name not in known:
                raise BadParameter(
                    name, f"This file has no filter called “{brief(name)}”. Use {', '.join(known)}."
                )
        return view(request, *args, **kwargs)

    return strict


def asked_text(request: HttpRequest, name: str) -> str:
    """The text an address gives for a name.

    A name given twice is refused, because it is unclear which one was meant.
    """
    given = request.GET.getlist(name)
    if len(given) > 1:
        raise BadParameter(name, f"“{brief(name)}” is given more than once.")
    text = given[0].strip() if given else ""
    if not is_readable(text):
        raise BadParameter(name, f"“{brief(name)}” holds characters that cannot be read.")
    return text


def asked_words(request: HttpRequest, name: str) -> str:
    """Words to search for, of a length that a person would type; longer text is refused."""
    text = asked_text(request, name)
    if len(text) > MOST_WORDS:
        raise BadParameter(name, f"“{name}” must be {MOST_WORDS} characters or fewer.")
    return text


def asked_code(request: HttpRequest, name: str) -> str:
    """The code of a plan or care group, checked for its form only; `asked_row` finds the row."""
    text = asked_text(request, name)
    if text and not _CODE.fullmatch(text):
        raise BadParameter(
            name, f"“{name}” must be a code: letters, digits and hyphens, 100 at most."
        )
    return text


def asked_row(request: HttpRequest, name: str, rows: Iterable[Row]) -> Row | None:
    """The row whose code the address gives for a name; None where the address does not give it."""
    code = asked_code(request, name)
    if not code:
        return None
    by_code = {row.code: row for row in rows}
    row = by_code.get(code)
    if row is None:
        known = instead(code, by_code)
        raise BadParameter(
            name, f"There is no {name.replace('_', ' ')} called “{code}” (“{name}”). {known}"
        )
    return row


def asked_plan(request: HttpRequest, code: str = "") -> Plan:
    """The plan in the address, else the one that a reader would expect on that day."""
    if not code:
        return choose_plan(request, plans_to_open(asked_moment(request)))
    plan = plan_or_404(code)
    known_at = asked_moment(request)
    if known_at is not None and known_at < plan.known_from:
        raise Http404(
            f"{plan.title} was not known then: it counts from "
            f"{format_date(timezone.localdate(plan.known_from))}."
        )
    return restored([plan], known_at)[0]


def plans_to_open(known_at: datetime | None) -> list[Plan]:
    """The plans known then that `/` can open: never one known only by citation."""
    return [plan for plan in plans_known(known_at) if not plan.cited]


def choose_plan(request: HttpRequest, plans: Sequence[Plan]) -> Plan:
    """The plan that the address names, out of plans already read; else the one to open with."""
    plan = asked_row(request, "plan", plans) or opening_plan(plans, asked_day(request))
    if plan is None:
        raise Http404("There are no plans yet, or none that was known then.")
    return plan


def plan_or_404(code: str) -> Plan:
    return _found("plan", code, find_plan(code))


def measure_or_404(code: str) -> Measure:
    return _found("measure", code, find_measure(code))


def care_group_or_404(code: str) -> CareGroup:
    return _found("care group", code, find_care_group(code))


def objective_or_404(plan: Plan, reference: str) -> Objective:
    found = find_objective(plan, reference)
    if found is None:
        raise Http404(f"{plan.title} has no objective “{reference}”.")
    return found


def _found(kind: str, code: str, row: Row | None) -> Row:
    if row is None:
        raise Http404(f"There is no {kind} called “{code}”.")
    return row


def asked_month(
    request: HttpRequest, plan: Plan | None = None, *, default: Month | None = None
) -> Month:
    """The month in `?period=2019-03`, else the plan's last complete month as known at `?as_at=`.

    Pass `default` when that month has been read already.
    """
    text = asked_text(request, "period")
    if text:
        return month_or_400(text, timezone.localdate())
    if default is not None:
        return default
    if plan is None:
        return Month.of(asked_day(request)).plus(-1)
    return opening(plan, now=timezone.now(), known_at=asked_moment(request)).month


def month_or_400(text: str, today: date) -> Month:
    """Read a month as an address writes it. A month that has not begun is refused."""
    try:
        month = parse_asked_month(text)
    except ValueError as error:
        raise BadParameter("period", f"Month (“period”): {_sentence(error)}") from None
    if month > Month.of(today):
        raise BadParameter("period", f"Month (“period”): {month.label} has not begun yet.")
    return month


def asked_moment(request: HttpRequest) -> datetime | None:
    """The past moment in `?as_at=`: a date, read as the end of that day in London, or a timestamp.

    People also type it in a box, so a date may be written as in any other box: 20 Mar 2026.
    """
    text = asked_text(request, MOMENT)
    if not text:
        return None
    try:
        moment = _typed_moment(text)
    except ValueError as error:
        raise BadParameter(MOMENT, f"As known on (“as_at”): {_sentence(error)}") from None
    return None if moment >= timezone.now() else moment


def asked_day(request: HttpRequest) -> date:
    """The London day of the moment asked for, else today; it decides which plan opens."""
    return timezone.localdate(asked_moment(request))


def _typed_moment(text: str) -> datetime:
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
