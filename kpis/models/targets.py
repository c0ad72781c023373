"""One promise: what a plan says a measure shall reach, in its own words, and what became of it."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from kpis.models.columns import MeasureDecimal, choices, known
from kpis.models.dated import DatedChange
from kpis.models.measures import Measure
from kpis.targets import Change, Operator, Profile, Role, ValueIs, falls_due
from strategy.models import CareGroup, Objective, Plan
from strategy.models.natural_keys import NaturalKey
from strategy.models.provenance import Provenance

# The order of the plans that promise, and of the places of promises in their plan. What no plan, or
# no objective, promises comes last: left to themselves, PostgreSQL and SQLite differ there.
BY_PLAN = F("plan__starts_on").asc(nulls_last=True)
BY_OBJECTIVE = (
    F("objective__ambition__position").asc(nulls_last=True),
    F("objective__position").asc(nulls_last=True),
)


class Target(NaturalKey, Provenance):
    """One promise. It has no measure, and no value, while nobody knows yet how to count it.

    A statement that promises two things becomes two targets that share the statement and its
    `position`; `part` distinguishes them.
    """

    NATURAL_KEY = ("code",)

    noted_as = "target"
    texts = ("statement",)

    code = models.CharField(max_length=120, unique=True)
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.CASCADE, related_name="targets"
    )
    objective = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="targets"
    )
    measure = models.ForeignKey(
        Measure, null=True, blank=True, on_delete=models.PROTECT, related_name="targets"
    )
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="targets")
    position = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=2, blank=True)
    statement = models.TextField()
    role = models.CharField(max_length=20, choices=choices(Role), default=Role.COMMITMENT.value)
    operator = models.CharField(max_length=8, choices=choices(Operator), blank=True)
    baseline = MeasureDecimal()
    baseline_period = models.CharField(max_length=20, blank=True)
    value_is = models.CharField(max_length=24, choices=choices(ValueIs), blank=True)
    change = models.CharField(max_length=4, choices=choices(Change), blank=True)
    value = MeasureDecimal()
    upper_value = MeasureDecimal()
    printed_value = models.CharField(max_length=80, blank=True)
    floor = MeasureDecimal()
    effective_from = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    due_as_published = models.CharField(max_length=160, blank=True)
    profile = models.CharField(max_length=16, choices=choices(Profile), blank=True)
    recurrent = models.BooleanField(null=True, blank=True)
    interpretation_note = models.TextField(blank=True)
    # Null, not empty: SQLite adds a column that may be null, and makes the table anew, without its
    # triggers, for any other.
    owner = models.CharField(  # noqa: DJ001
        max_length=160,
        null=True,
        blank=True,
        help_text="Who answers for it while it has no measure, whose owner does otherwise.",
    )
    known_from = models.DateTimeField(
        null=True, blank=True, help_text="When it was published; empty: always known."
    )
    retired_on = models.DateField(null=True, blank=True)
    retired_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            known("target_known_role", "role", Role),
            known("target_known_operator", "operator", Operator, blank=True),
            known("target_known_value_is", "value_is", ValueIs, blank=True),
            known("target_known_change", "change", Change, blank=True),
            known("target_known_profile", "profile", Profile, blank=True),
            models.CheckConstraint(
                name="target_value_needs_a_measure",
                condition=Q(value__isnull=True) | Q(measure__isnull=False),
                violation_error_message="A target with a value needs a measure to count it.",
            ),
            models.CheckConstraint(
                name="target_value_says_what_it_is",
                condition=Q(value__isnull=True) | (~Q(value_is="") & ~Q(operator="")),
                violation_error_message="A target with a value needs an operator and a kind.",
            ),
            models.CheckConstraint(
                name="target_relative_size_is_positive",
                condition=Q(value_is__in=["", "absolute"])
                | Q(value__isnull=True)
                | (Q(value__gte=0) & ~Q(change="")),
                violation_error_message=(
                    "A change needs a positive size and a direction, up or down."
                ),
            ),
            models.CheckConstraint(
                name="target_between_has_two_values",
                condition=~Q(operator="between")
                | (
                    Q(value__isnull=False)
                    & Q(upper_value__isnull=False)
                    & Q(upper_value__gt=F("value"))
                ),
                violation_error_message="A band needs a lower and a higher value.",
            ),
            models.CheckConstraint(
                name="target_without_objective_stands_alone",
                condition=Q(objective__isnull=True) | Q(plan__isnull=False),
                violation_error_message="A target of an objective belongs to its plan.",
            ),
        ]
        indexes = [models.Index(fields=["measure", "role"], name="target_by_measure_role")]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        if self.measure is not None:
            return self.measure.get_absolute_url()
        if self.objective is not None:
            return self.objective.get_absolute_url()
        if self.plan is not None:
            return self.plan.get_absolute_url()
        return reverse("kpis:plan-list")

    @property
    def due(self) -> date | None:
        """The day it falls due. Reads the plan, so select it with the row."""
        return falls_due(self.role, self.due_on, self.plan.ends_on if self.plan else None)

    @property
    def noted_with(self) -> tuple[Measure, ...]:
        """A note on the measure is shown wherever one of its targets is."""
        return (self.measure,) if self.measure is not None else ()


class TargetPoint(NaturalKey):
    """One explicit point of a target's path: the value from that month on."""

    NATURAL_KEY = ("target__code", "month")

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="points")
    month = models.DateField(help_text="The first day of the month.")
    value = MeasureDecimal(null=False, blank=False)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="target_point_once_a_month",
                fields=["target", "month"],
                violation_error_message="The target already has a value for that month.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target.code} {self.month:%Y-%m}"


class TargetChange(DatedChange):
    """New terms for a target from a date on: proposed with a reason, decided by someone else.

    The target's row keeps what was published. Windows that end on or after `effective_from` are
    judged by an approved change; a change of a commitment needs a second person.
    """

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="changes")
    value = MeasureDecimal()
    upper_value = MeasureDecimal()
    floor = MeasureDecimal()
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True)
    needs_second_person = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="target_change_has_a_reason",
                condition=~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the target changes.",
            ),
            models.CheckConstraint(
                name="target_change_decided_by_someone",
                condition=Q(outcome="proposed", decided_at__isnull=True, decided_by__isnull=True)
                | (
                    ~Q(outcome="proposed")
                    & Q(decided_at__isnull=False)
                    & Q(decided_by__isnull=False)
                ),
                violation_error_message="A decision has its person and its moment.",
            ),
            models.CheckConstraint(
                name="target_change_second_person",
                condition=~Q(outcome="approved")
                | Q(needs_second_person=False)
                | ~Q(decided_by=F("proposed_by")),
                violation_error_message="A commitment is changed by two people.",
            ),
            models.CheckConstraint(
                name="target_change_refused_with_a_reason",
                condition=~Q(outcome="rejected")
                | ~Q(decision_reason="")
                | Q(is_text_withdrawn=True),
                violation_error_message="Say why the change is not approved.",
            ),
            models.UniqueConstraint(
                name="target_change_one_waits",
                fields=["target"],
                condition=Q(outcome="proposed"),
                violation_error_message="A change of this target is already waiting.",
            ),
        ]
        indexes = [models.Index(fields=["target", "outcome"], name="target_change_by_target_state")]

    def __str__(self) -> str:
        return f"{self.target.code} from {self.effective_from} ({self.pk})"

    def get_absolute_url(self) -> str:
        if self.target.measure is None:
            return self.target.get_absolute_url()
        return reverse("kpis:target-changes", args=[self.target.measure.code])
