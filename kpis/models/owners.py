"""Who answers for a measure: from a day to come, and in a demonstration."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.measures import Measure


class PlannedOwner(models.Model):
    """Another owner of a measure from a day to come; the measure's row takes it over on that day.

    waiting → taken over | withdrawn

    Pages of a past day read the owner in the history of the measure, so it is that of the day.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        TAKEN_OVER = "taken_over", "Taken over"
        WITHDRAWN = "withdrawn", "Withdrawn"

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="planned_owners")
    owner = models.CharField(max_length=160, blank=True)
    starts_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="planned_owner_one_waits",
                fields=["measure"],
                condition=Q(outcome="waiting"),
                violation_error_message="Another owner is already planned for this measure.",
            ),
            models.CheckConstraint(
                name="planned_owner_is_settled_once",
                condition=Q(outcome="waiting", settled_at__isnull=True)
                | (~Q(outcome="waiting") & Q(settled_at__isnull=False)),
                violation_error_message="What was decided has its moment.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure.code} owner from {self.starts_on} ({self.pk})"


class IllustrativeOwner(models.Model):
    """A made-up owner of a measure that nobody has named one for.

    The plans name no owners of measures. `seed --illustrative` divides the trust's return among
    posts as a trust has them, so that its sections can be seen; `clear_illustrative` removes them.
    """

    measure = models.OneToOneField(
        Measure, on_delete=models.CASCADE, related_name="illustrative_owner"
    )
    owner = models.CharField(max_length=140)

    def __str__(self) -> str:
        return f"{self.measure.code}: {self.owner} (illustrative)"
