"""A plan with several rows of everything that a plan can say."""

from datetime import date
from decimal import Decimal

from kpis.models import Actual, Decision, Measure, Series
from strategy.models import (
    Action,
    ContextFigure,
    FinanceLine,
    Note,
    NoteLink,
    Objective,
    Outcome,
    Plan,
    PlanStatement,
    QualityPriority,
    Risk,
)
from strategy.notes import touched
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory
from tests.factories.rows import row


def noted(on, *, kind: str = "contradiction", text: str = "The text says two things") -> Note:
    """A note that touches one row."""
    note = row(Note, kind=kind, text=text)
    object_type, object_key = touched(on)
    NoteLink.objects.create(note=note, object_type=object_type, object_key=object_key)
    return note


def paper(times: int = 2, **fields) -> Plan:
    """A plan with that many rows in every list, each with its place in the source and a note."""
    plan = PlanFactory(starts_on=date(2019, 4, 1), ends_on=date(2020, 3, 31), **fields)
    source = {"source_document": plan.source_document, "source_section": "Page 3"}
    noted(plan)
    for place in range(1, times + 1):
        ambition = AmbitionFactory(plan=plan, position=place, theme="Our Services", **source)
        objective = ObjectiveFactory(
            ambition=ambition, position=place, reference=f"aim-{place}", **source
        )
        _under(objective, place, source)
        _beside(plan, objective, place, source)
    return plan


def _under(objective: Objective, place: int, source: dict) -> None:
    measure = MeasureFactory(name=f"Waits {place}")
    series = SeriesFactory(measure=measure)
    approved(series, Month(2019, 6), 90)
    common = {"plan": objective.plan, "position": place, **source}
    TargetFactory(measure=measure, objective=objective, statement=f"Wait less {place}", **common)
    TargetFactory(measure=None, value=None, operator="", value_is="", objective=objective, **common)
    TargetFactory(measure=measure, statement="A standard", role="national_standard", **common)
    outcome = row(
        Outcome, objective=objective, position=1, statement=f"Nobody waits {place}", **source
    )
    todo = row(
        Action, objective=objective, position=1, statement=f"Open a clinic {place}", **source
    )
    timed = row(
        Action,
        objective=objective,
        position=2,
        statement=f"Launch the model {place}",
        quarter=f"2017/18 Q{place % 4 + 1}",
        **source,
    )
    for noted_row in (objective, outcome, todo, timed, measure):
        noted(noted_row)
    _observed(series, source)


def _observed(series: Series, source: dict) -> None:
    actual = row(
        Actual,
        series=series,
        period_start=date(2018, 12, 1),
        period_end=date(2018, 12, 31),
        value=Decimal("107.3"),
        origin="published",
        printed_as="107.3",
        note="It was over double",
        source_document=source["source_document"],
    )
    row(Decision, actual=actual, outcome="approved")


def _beside(plan: Plan, objective: Objective, place: int, source: dict) -> None:
    common = {"plan": plan, "position": place, **source}
    risk = row(
        Risk, kind="quality", description="Waits grow", impact="Harm", response="Staff", **common
    )
    priority = row(QualityPriority, domain="Patient Safety", statement="Follow up", **common)
    for linked in (risk, priority):
        linked.objectives.add(objective)
        linked.measures.add(Measure.objects.get(targets__objective=objective))
    money = row(
        FinanceLine,
        group=f"Table {place % 3}",
        line=f"Income {place}",
        value=Decimal(place),
        unit="pounds_thousand",
        printed_as=str(place),
        **common,
    )
    figure = row(
        ContextFigure,
        name=f"Beds {place}",
        printed_as="21",
        comparator="National average",
        comparator_value=Decimal(23),
        **common,
    )
    noted_rows = [risk, priority, money, figure]
    for step, kind in enumerate(PlanStatement.Kind.values):
        statement = row(
            PlanStatement,
            plan=plan,
            position=100 * place + step,
            kind=kind,
            title=f"{kind} {place}",
            text="As it says",
            when="each Monday",
            **source,
        )
        noted_rows.append(statement)
    for noted_row in noted_rows:
        noted(noted_row)
