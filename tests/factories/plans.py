"""The organisation, and a plan with one grouping and its objectives."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from strategy.models import (
    Action,
    Ambition,
    CareGroup,
    Committee,
    Note,
    Objective,
    Outcome,
    Plan,
    SourceDocument,
)


class SourceDocumentFactory(DjangoModelFactory):
    class Meta:
        model = SourceDocument

    code = factory.Sequence(lambda number: f"document-{number}")
    title = factory.LazyAttribute(lambda row: f"The document {row.code}")


class CareGroupFactory(DjangoModelFactory):
    class Meta:
        model = CareGroup

    code = factory.Sequence(lambda number: f"group-{number}")
    name = factory.LazyAttribute(lambda row: row.code.replace("-", " ").capitalize())
    level = CareGroup.Level.CARE_GROUP
    position = factory.Sequence(lambda number: number + 1)


class TrustFactory(CareGroupFactory):
    class Meta:
        django_get_or_create = ("code",)

    code = "trust"
    name = "Trust-wide"
    level = CareGroup.Level.TRUST
    position = 0


class CommitteeFactory(DjangoModelFactory):
    class Meta:
        model = Committee

    code = factory.Sequence(lambda number: f"committee-{number}")
    name = factory.LazyAttribute(lambda row: f"The {row.code}")


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan

    code = factory.Sequence(lambda number: f"plan-{number}")
    title = factory.LazyAttribute(lambda row: f"The plan {row.code}")
    starts_on = date(2023, 4, 1)
    ends_on = date(2026, 3, 31)
    source_document = factory.SubFactory(SourceDocumentFactory)


class AmbitionFactory(DjangoModelFactory):
    class Meta:
        model = Ambition

    plan = factory.SubFactory(PlanFactory)
    kind = Ambition.Kind.AMBITION
    position = factory.Sequence(lambda number: number + 1)
    number = factory.LazyAttribute(lambda row: str(row.position))
    title = factory.LazyAttribute(lambda row: f"Ambition {row.position}")


class ObjectiveFactory(DjangoModelFactory):
    class Meta:
        model = Objective

    ambition = factory.SubFactory(AmbitionFactory)
    plan = factory.SelfAttribute("ambition.plan")
    position = factory.Sequence(lambda number: number + 1)
    reference = factory.LazyAttribute(lambda row: f"{row.ambition.number}.{row.position}")
    title = factory.LazyAttribute(lambda row: f"Objective {row.reference}")


class OutcomeFactory(DjangoModelFactory):
    class Meta:
        model = Outcome

    objective = factory.SubFactory(ObjectiveFactory)
    position = factory.Sequence(lambda number: number + 1)
    statement = "People are seen in time"


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    objective = factory.SubFactory(ObjectiveFactory)
    position = factory.Sequence(lambda number: number + 1)
    statement = "We will open a clinic"


class NoteFactory(DjangoModelFactory):
    class Meta:
        model = Note

    key = factory.Sequence(lambda number: f"note-{number}")
    kind = Note.Kind.AMBIGUITY
    text = "Can be read in two ways"
