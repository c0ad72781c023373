"""What may be chosen where a promise is set: measures, care groups, objectives."""

from datetime import date

from django.db.models import QuerySet

from kpis.models import Measure
from kpis.promises.promise import Counted
from kpis.rag import Direction
from strategy.models import CareGroup, Objective, Plan
from strategy.periods import Frequency


def counted_by(measure: Measure | None) -> Counted | None:
    """What the rules of a promise need to know of the measure."""
    if measure is None:
        return None
    return Counted(
        name=measure.name,
        direction=Direction(measure.direction),
        unit=measure.unit,
        decimals=measure.decimals,
        is_milestone=measure.is_milestone,
        begins_on=measure.valid_from,
        ends_on=measure.valid_to,
        minimum=measure.minimum,
        maximum=measure.maximum,
        months_held=Frequency(measure.frequency).months
        if (measure.over_time, measure.judged_on) == ("sum", "month")
        else None,
    )


def measures_to_choose(today: date) -> QuerySet[Measure]:
    """The measures that are counted on a day or later, in the order of their names."""
    return Measure.objects.exclude(valid_to__lte=today).order_by("name")


def care_groups_to_choose(today: date) -> QuerySet[CareGroup]:
    """The trust first, then the care groups that report on a day."""
    return CareGroup.objects.in_force_on(today).order_by("position")


def objectives_to_choose(plan: Plan) -> QuerySet[Objective]:
    return plan.objectives.select_related("plan").order_by("ambition__position", "position")
