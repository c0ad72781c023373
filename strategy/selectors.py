"""Queries for the organisation and its plans."""

from collections import defaultdict
from datetime import date, datetime

from django.apps import apps
from django.db.models import F, QuerySet

from kmpt_tracker.questions import answered_once
from strategy.models import CareGroup, Plan, TrustName
from strategy.recorded import restored


def plans_newest_first() -> QuerySet[Plan]:
    """Every plan with its document, including plans that others only cite."""
    return Plan.objects.select_related("source_document").order_by("-starts_on")


def plans_known(at: datetime | None) -> list[Plan]:
    """The plans known at a moment, as recorded then, newest first; `None` is now."""
    plans = restored(_plans(), at)
    return plans if at is None else [plan for plan in plans if plan.known_from <= at]


@answered_once
def _plans() -> QuerySet[Plan]:
    return plans_newest_first()


def find_plan(code: str) -> Plan | None:
    return next(iter(_plan(code)), None)


@answered_once
def _plan(code: str) -> QuerySet[Plan]:
    return plans_newest_first().filter(code=code)


def care_groups_in_order() -> QuerySet[CareGroup]:
    """Every care group, past ones included: the trust first, then in the order of pages."""
    return CareGroup.objects.order_by("position")


def predecessors(at: datetime | None = None) -> dict[str, set[str]]:
    """The groups that each care group came from, by code, as recorded at a moment; `None` is now.

    A group that was first recorded later counts with its first recorded state, as everywhere.
    """
    found: dict[str, set[str]] = defaultdict(set)
    if at is None:
        links = CareGroup.objects.filter(predecessors__isnull=False)
        for code, before in links.values_list("code", "predecessors__code"):
            found[code].add(before)
        return found
    states: dict[int, int] = {}
    records = CareGroup.history.order_by("history_date", "history_id")
    for key, state, on in records.values_list("id", "history_id", "history_date"):
        if on <= at or key not in states:
            states[key] = state
    recorded = apps.get_model("strategy", "HistoricalCareGroup_predecessors")
    links = recorded.objects.filter(history__in=list(states.values()))
    for code, before in links.values_list("from_caregroup__code", "to_caregroup__code"):
        found[code].add(before)
    return found


def find_care_group(code: str) -> CareGroup | None:
    return next(iter(_care_group(code)), None)


@answered_once
def _care_group(code: str) -> QuerySet[CareGroup]:
    return CareGroup.objects.filter(code=code)


def trust_names() -> list[TrustName]:
    """Every name of the trust, in the order in which it bears them."""
    return list(TrustName.objects.order_by(F("valid_from").asc(nulls_first=True), "pk"))


def trust_name_on(on: date) -> TrustName | None:
    """The trust's name on a day: a page for a past month shows the name of that time."""
    return next(iter(_names(on)), None)


@answered_once
def _names(on: date) -> QuerySet[TrustName]:
    return TrustName.objects.in_force_on(on).order_by("pk")
