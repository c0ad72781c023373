"""What an address asks for: a plan, a month, a moment. A bad value is a 400 that says why."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.utils import timezone

from kmpt_tracker.ui.typed import parse_date_text
from kpis.models import Measure
from kpis.months import opening
from kpis.opening import opening_plan
from kpis.selectors import find_measure
from strategy.models import CareGroup, Objective, Plan
from strategy.periods import Month, parse_as_at, parse_asked_month
from strategy.recorded import put_back
from strategy.selectors import (
    find_care_group,
    find_objective,
    find_plan,
    plans_newest_first,
)

Row = TypeVar("Row", Plan, Measure, CareGroup)

_CODE = re.compile(r"[-a-zA-Z0-9_]{1,100}")


def asked_text(request: HttpRequest, name: str) -> str:
    """What an address gives for a name; the same one twice is refused: which could be meant?"""
    given = request.GET.getlist(name)
    if len(given) > 1:
        raise BadRequest(f"“{name}” is given more than once.")
    return given[0].strip() if given else ""


def asked_code(request: HttpRequest, name: str) -> str:
    """The code of a plan or care group. One that nobody has is not found; this is about form."""
    text = asked_text(request, name)
    if text and not _CODE.fullmatch(text):
        raise BadRequest(f"“{name}” must be a code: letters, digits and hyphens, 100 at most.")
    return text


def asked_plan(request: HttpRequest, code: str = "") -> Plan:
    """The plan in the address, else the one that a reader would expect then."""
    return choose_plan(request, put_back(plans_newest_first(), asked_moment(request)), code)


def choose_plan(request: HttpRequest, plans: Sequence[Plan], code: str = "") -> Plan:
    """The same out of plans in hand."""
    code = code or asked_code(request, "plan")
    if not code:
        plan = opening_plan(plans, asked_day(request))
        if plan is None:
            raise Http404("There are no plans yet. Run the seed command to load them.")
        return plan
    return _found("plan", code, next((plan for plan in plans if plan.code == code), None))


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
    """`?period=2019-03`, else the plan's last complete month, as known at `?as_at=`.

    `default` is that month, where it has been read already.
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
    """A month as an address writes it; one that has not begun cannot be meant."""
    try:
        month = parse_asked_month(text)
    except ValueError as error:
        raise BadRequest(f"Month (“period”): {_sentence(error)}") from None
    if month > Month.of(today):
        raise BadRequest(f"Month (“period”): {month.label} has not begun yet.")
    return month


def asked_moment(request: HttpRequest) -> datetime | None:
    """`?as_at=`: a date (the end of that day in London) or a moment; in the past.

    People type it in a box as well, so a date may be written as in any other box: 20 Mar 2026.
    """
    text = asked_text(request, "as_at")
    if not text:
        return None
    try:
        moment = _typed_moment(text)
    except ValueError as error:
        raise BadRequest(f"As known on (“as_at”): {_sentence(error)}") from None
    return None if moment >= timezone.now() else moment


def asked_day(request: HttpRequest) -> date:
    """The London day of the moment asked for, else today: the plan in force then is opened."""
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
