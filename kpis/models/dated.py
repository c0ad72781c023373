"""Changes with an effective date: proposed with a reason by one person, decided by another."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from kpis.models.columns import TextWithdrawn
from kpis.models.measures import Measure
from strategy.models import Plan


class DatedChange(models.Model):
    """A change from a day on. The earlier value is kept, and windows before the day do not change.

    proposed → approved | rejected (with a reason) | withdrawn (by its proposer)
    """

    class Outcome(models.TextChoices):
        PROPOSED = "proposed", "Waiting for approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Not approved"
        WITHDRAWN = "withdrawn", "Withdrawn"

    effective_from = models.DateField()
    reason = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.PROPOSED)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.TextField(blank=True)
    is_text_withdrawn = TextWithdrawn()

    class Meta:
        abstract = True


def decided_by_two(
    name: str, what: str, *, waits: tuple[str, ...], unless: Q | None = None
) -> list:
    """The constraints of a change that takes two people, always or (`unless`) mostly."""
    by_another = ~Q(outcome="approved") | ~Q(decided_by=F("proposed_by"))
    return [
        models.CheckConstraint(
            name=f"{name}_has_a_reason",
            condition=~Q(reason="") | Q(is_text_withdrawn=True),
            violation_error_message=f"Say why {what} changes.",
        ),
        models.CheckConstraint(
            name=f"{name}_decided_by_someone",
            condition=Q(outcome="proposed", decided_at__isnull=True, decided_by__isnull=True)
            | (~Q(outcome="proposed") & Q(decided_at__isnull=False) & Q(decided_by__isnull=False)),
            violation_error_message="A decision has its person and its moment.",
        ),
        models.CheckConstraint(
            name=f"{name}_second_person",
            condition=by_another if unless is None else by_another | unless,
            violation_error_message=f"{what.capitalize()} is changed by two people.",
        ),
        models.CheckConstraint(
            name=f"{name}_refused_with_a_reason",
            condition=~Q(outcome="rejected") | ~Q(decision_reason="") | Q(is_text_withdrawn=True),
            violation_error_message="Say why the change is not approved.",
        ),
        models.UniqueConstraint(
            name=f"{name}_one_waits",
            fields=list(waits),
            condition=Q(outcome="proposed"),
            violation_error_message=f"A change of {what} is already waiting.",
        ),
    ]


class MeasureChange(DatedChange):
    """New wording of a measure from a day on: of its definition or of one of its parts.

    The measure's row keeps its first wording. Where figures are no longer comparable, limits start
    afresh with the first window on or after the day.
    """

    class Field(models.TextChoices):
        DEFINITION = "definition", "Definition"
        NUMERATOR = "numerator", "Numerator"
        DENOMINATOR = "denominator", "Denominator"

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=11, choices=Field.choices)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    comparable = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            *decided_by_two("measure_change", "the wording", waits=("measure", "field")),
            models.CheckConstraint(
                name="measure_change_says_something_else",
                condition=~Q(old=F("new")) | Q(is_text_withdrawn=True),
                violation_error_message="Change the wording.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["measure", "outcome"], name="measure_change_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.measure.code} {self.field} from {self.effective_from} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("kpis:measure-wording", args=[self.measure.code])

    @property
    def subject(self) -> Measure:
        return self.measure


class ToleranceChange(DatedChange):
    """Another default tolerance of a plan from a day on. The plan's row keeps its first one."""

    field = "default_tolerance_percent"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="tolerance_changes")
    old: models.DecimalField = models.DecimalField(max_digits=5, decimal_places=2)
    new: models.DecimalField = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        constraints: ClassVar = [
            *decided_by_two("tolerance_change", "the tolerance", waits=("plan",)),
            models.CheckConstraint(
                name="tolerance_change_is_a_percentage",
                condition=Q(new__gte=0) & Q(new__lte=100),
                violation_error_message="The default tolerance must be between 0 and 100.",
            ),
            models.CheckConstraint(
                name="tolerance_change_says_something_else",
                condition=~Q(old=F("new")),
                violation_error_message="Change the tolerance.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["plan", "outcome"], name="tolerance_change_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.plan.code} tolerance from {self.effective_from} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("kpis:plan-tolerance", args=[self.plan.code])

    @property
    def subject(self) -> Plan:
        return self.plan


class TextChange(DatedChange):
    """Other words of a plan: of what it says of itself, of its outline, of a promise or a section.

    Approving it writes the words to their row; the library's history keeps what stood there
    before. The row is named as a note names it (decision 10): by its kind and its natural key. Only
    the words of a commitment take a second person. `effective_from` is the day of the decision.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="text_changes")
    object_type = models.CharField(max_length=40)
    object_key = models.CharField(max_length=200)
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    needs_second_person = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            *decided_by_two(
                "text_change",
                "the text",
                waits=("object_type", "object_key", "field"),
                unless=Q(needs_second_person=False),
            ),
            models.CheckConstraint(
                name="text_change_says_something_else",
                condition=~Q(old=F("new")) | Q(is_text_withdrawn=True),
                violation_error_message="Change the text.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_key"], name="text_change_by_object")
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_key} {self.field} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("kpis:plan-texts", args=[self.plan.code])
