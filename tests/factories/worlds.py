"""A small trust with one plan, one ratio, and approved, waiting and returned values."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from accounts.people.invite import new_link
from accounts.roles import Role
from board.mail.links import off_path
from board.models import MailKind
from cip.models import Allocation, Programme, QualityImpactAssessment, Scheme, SchemeStage
from kpis.assessments.store import recompute
from kpis.models import ImportBatch, Series, Target
from strategy.models import CareGroup, Plan
from strategy.periods import Month
from tests.factories.measures import ActualFactory, TargetFactory, approved, decide, rolled_up
from tests.factories.people import UserFactory, access, person
from tests.factories.plans import (
    ActionFactory,
    AmbitionFactory,
    CareGroupFactory,
    ObjectiveFactory,
    OutcomeFactory,
    PlanFactory,
    SourceDocumentFactory,
    TrustFactory,
)
from tests.factories.rows import row, signed

AT = datetime(2025, 9, 1, 9, 30, tzinfo=UTC)


@dataclass
class World:
    plan: Plan
    acute: CareGroup
    older: CareGroup
    series: Series
    other: Series
    trust: Series
    analyst: User


def small_trust() -> World:
    trust_group = TrustFactory()
    acute = CareGroupFactory(code="acute", name="Acute", position=1)
    older = CareGroupFactory(code="older-people", name="Older, people", position=2)
    source = SourceDocumentFactory(code="strategy")
    plan = PlanFactory(
        code="strategy-2023-26",
        title="=Our “strategy”",
        source_document=source,
        mission="-Care",
        mission_section="page 1",
    )
    printed = {"source_document": source, "source_section": "page 3"}
    ambition = AmbitionFactory(plan=plan, number="1", position=1, title="Care", **printed)
    objective = ObjectiveFactory(
        ambition=ambition, reference="1.1", position=1, title="+Timely", **printed
    )
    OutcomeFactory(
        objective=objective, position=1, statement="Seen,\r\nin “time”\rat last", **printed
    )
    ActionFactory(objective=objective, position=1, **printed)
    measure, trust, (series, other) = rolled_up(acute, older, code="seen-in-time", name="Seen")
    TargetFactory(
        code="strategy-2023-26/1.1.1",
        measure=measure,
        plan=plan,
        objective=objective,
        care_group=trust_group,
        position=1,
        floor=Decimal(90),
        **printed,
    )
    clerk = UserFactory(username="clerk")
    for month, top in ((Month(2025, 4), 45), (Month(2025, 5), 46), (Month(2025, 7), 48)):
        approved(series, month, numerator=Decimal(top), denominator=Decimal(50), recorded_by=clerk)
        approved(other, month, numerator=Decimal(30), denominator=Decimal(31))
    approved(series, Month(2025, 5), numerator=Decimal(47), denominator=Decimal(50), known_from=AT)
    ActualFactory(series=series, month=Month(2025, 6), value=Decimal(11), recorded_by=clerk)
    sent_back = ActualFactory(series=other, month=Month(2025, 6), value=Decimal(22))
    decide(sent_back, "returned", reason="Check it")
    recompute(stale_only=False, at=AT)
    return World(
        plan=plan,
        acute=acute,
        older=older,
        series=series,
        other=other,
        trust=trust,
        analyst=person(Role.ANALYST, username="analyst", email="analyst@tracker.example"),
    )


@dataclass
class Place:
    """The small trust, and a value for each parameter in a URL."""

    world: World
    parts: dict[str, str]

    def address(self, route: str, **other: str) -> str:
        """A route with a real value for each of its parameters."""
        parts = {**self.parts, **other}
        if "/care-groups/" in route:
            parts["code"] = parts["care_group"]
        if "/cip/" in route:
            parts["reference"] = parts["scheme"]
        for name, value in parts.items():
            route = route.replace(f"<{name}>", value)
        assert "<" not in route, route
        return route


def _link_of(someone: User) -> str:
    """The token of an open link to set a password."""
    by = person(Role.ADMINISTRATOR)
    _, token = new_link(person_id=someone.pk, by=by, access=access(by), at=timezone.now())
    return token


def everywhere() -> Place:
    """The small trust with data for every URL."""
    world = small_trust()
    printed = {"source_document": world.plan.source_document, "source_section": "page 3"}
    programme = row(Programme, year="2019-20", plan=None, **printed)
    row(Allocation, programme=programme, care_group=world.acute, **printed)
    # Its assessment is decided on, so everybody who may read schemes may read it.
    scheme = row(Scheme, programme=programme, care_group=world.acute, reference="CIP-A1")
    row(SchemeStage, scheme=scheme)
    signed(row(QualityImpactAssessment, scheme=scheme))
    parts = {
        "scheme": "CIP-A1",
        "kind": "programme",
        "of": "plan",
        "row": str(world.plan.pk),
        "month": "2019-12",
        "plan": world.plan.code,
        "reference": "1.1",
        "position": "1",
        "code": "seen-in-time",
        "care_group": "acute",
        "happens": "split",
        "person": str(world.analyst.pk),
        "invitation": _link_of(world.analyst),
        "year": "2019-20",
        "period": "2025-07",
        "dataset": "actuals",
        "file_format": "csv",
        "target": str(Target.objects.get().pk),
        "batch": str(row(ImportBatch, touched=[["2025-07", "acute"]]).pk),
        "token": off_path(world.analyst, MailKind.DIGEST).split("/")[-2],
    }
    return Place(world, parts)
