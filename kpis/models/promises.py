"""A target that is proposed: the terms of a promise, before a second person agreed to it."""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from kpis.models.columns import MeasureDecimal, choices, known
from kpis.models.dated import DatedChange
from kpis.models.measures import Measure
from kpis.models.targets import Target
from kpis.targets import Change, Operator, Profile, Role, ValueIs, falls_due
from strategy.models import CareGroup, Objective, Plan


class PromiseTerms(models.Model):
    """Abstract: what a promise says and asks for, as a target has it."""

    measure = models.ForeignKey(
        Measure, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField()
    source_section = models.CharField(max_length=300, blank=True)
    role = models.CharField(max_length=20, choices=choices(Role), default=Role.COMMITMENT.value)
    operator = models.CharField(max_length=8, choices=choices(Operator), blank=True)
    value_is = models.CharField(max_length=24, choices=choices(ValueIs), blank=True)
    change = models.CharField(max_length=4, choices=choices(Change), blank=True)
    value = MeasureDecimal()
    upper_value = MeasureDecimal()
    baseline = MeasureDecimal()
    baseline_period = models.CharField(max_length=20, blank=True)
    floor = MeasureDecimal()
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    due_as_published = models.CharField(max_length=160, blank=True)
    profile = models.CharField(max_length=16, choices=choices(Profile), blank=True)
    points: Any = models.JSONField(
        default=list, blank=True, help_text='Pairs of month and value: ["2027-03", "84"].'
    )
    interpretation_note = models.TextField(blank=True)

    class Meta:
        abstract = True


def promise_constraints(name: str) -> list:
    """What every promise must satisfy, however it is written."""
    return [
        known(f"{name}_known_role", "role", Role),
        known(f"{name}_known_operator", "operator", Operator, blank=True),
        known(f"{name}_known_value_is", "value_is", ValueIs, blank=True),
        known(f"{name}_known_change", "change", Change, blank=True),
        known(f"{name}_known_profile", "profile", Profile, blank=True),
        models.CheckConstraint(
            name=f"{name}_value_needs_a_measure",
            condition=Q(value__isnull=True) | Q(measure__isnull=False),
            violation_error_message="A target with a value needs a measure to count it.",
        ),
        models.CheckConstraint(
            name=f"{name}_value_says_what_it_is",
            condition=Q(value__isnull=True) | (~Q(value_is="") & ~Q(operator="")),
            violation_error_message="A target with a value needs an operator and a kind.",
        ),
        models.CheckConstraint(
            name=f"{name}_change_is_positive",
            condition=Q(value_is__in=["", "absolute"])
            | Q(value__isnull=True)
            | (Q(value__gte=0) & ~Q(change="")),
            violation_error_message="A change needs a positive size and a direction, up or down.",
        ),
        models.CheckConstraint(
            name=f"{name}_band_has_two_values",
            condition=~Q(operator="between")
            | Q(value__isnull=True)
            | (Q(upper_value__isnull=False) & Q(upper_value__gt=F("value"))),
            violation_error_message="A band needs a lower and a higher value.",
        ),
    ]


class TargetProposal(DatedChange, PromiseTerms):
    """A new target for a plan's objective, or a national standard that it quotes, from a day on.

    Nothing is judged by it, and no page or file lists it as a promise, before it is agreed; then
    it becomes a `target`, known from that moment. A commitment needs a second person.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="target_proposals")
    objective = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.PROTECT, related_name="target_proposals"
    )
    needs_second_person = models.BooleanField()
    target = models.ForeignKey(
        Target, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )

    class Meta:
        constraints: ClassVar = [
            *promise_constraints("target_proposal"),
            models.CheckConstraint(
                name="target_proposal_has_a_reason",
                condition=~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the target is added.",
            ),
            models.CheckConstraint(
                name="target_proposal_decided_by_someone",
                condition=Q(outcome="proposed", decided_at__isnull=True, decided_by__isnull=True)
                | (
                    ~Q(outcome="proposed")
                    & Q(decided_at__isnull=False)
                    & Q(decided_by__isnull=False)
                ),
                violation_error_message="A decision has its person and its moment.",
            ),
            models.CheckConstraint(
                name="target_proposal_second_person",
                condition=~Q(outcome="approved")
                | Q(needs_second_person=False)
                | ~Q(decided_by=F("proposed_by")),
                violation_error_message="A commitment is set by two people.",
            ),
            models.CheckConstraint(
                name="target_proposal_approved_is_a_target",
                condition=Q(outcome="approved", target__isnull=False)
                | (~Q(outcome="approved") & Q(target__isnull=True)),
                violation_error_message="An agreed proposal is a target, another is none.",
            ),
            models.CheckConstraint(
                name="target_proposal_refused_with_a_reason",
                condition=~Q(outcome="rejected")
                | ~Q(decision_reason="")
                | Q(is_text_withdrawn=True),
                violation_error_message="Say why the target is not approved.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["plan", "outcome"], name="target_proposal_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.plan.code} proposal {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("kpis:plan-targets", args=[self.plan.code])

    @property
    def due(self) -> date | None:
        """The day it falls due. Reads the plan, so select it with the row."""
        return falls_due(self.role, self.due_on, self.plan.ends_on)
