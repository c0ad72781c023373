"""Rows of the organisation and its plans, as pages ask for them."""

from datetime import date, datetime

from django.db.models import QuerySet

from strategy.models import CareGroup, Objective, Plan, TrustName
from strategy.recorded import put_back


def plans_newest_first() -> QuerySet[Plan]:
    """Every plan with its document, those that are only cited included."""
    return Plan.objects.select_related("source_document").order_by("-starts_on")


def plans_known(at: datetime | None) -> list[Plan]:
    """Every plan that was known at a moment, as recorded then, newest first; `None` is now."""
    plans = put_back(plans_newest_first(), at)
    return plans if at is None else [plan for plan in plans if plan.known_from <= at]


def find_plan(code: str) -> Plan | None:
    return Plan.objects.filter(code=code).first()


def find_objective(plan: Plan, reference: str) -> Objective | None:
    return Objective.objects.filter(plan=plan, reference=reference).first()


def care_groups_in_order() -> QuerySet[CareGroup]:
    """Every care group that ever was, the trust first, in the order of pages."""
    return CareGroup.objects.order_by("position")


def find_care_group(code: str) -> CareGroup | None:
    return CareGroup.objects.filter(code=code).first()


def trust_name_on(on: date) -> str:
    """What the trust was called on a day: a page of a past month carries the name of then."""
    found = TrustName.objects.in_force_on(on).first()
    return found.name if found else ""
