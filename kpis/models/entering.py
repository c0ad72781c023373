"""Who enters which measures of the trust's return."""

from django.db import models

from kpis.models.measures import Measure
from strategy.models import Membership


class NamedMeasure(models.Model):
    """A measure that a membership is for. A membership that never named any is for all measures.

    It holds from the membership's first day to its last, or until a day of its own.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="+")
    ends_on = models.DateField(
        null=True, blank=True, help_text="The first day on which it is no longer entered."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="named_measure_once",
                fields=["membership", "measure"],
                violation_error_message="This membership names this measure already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership}: {self.measure}"
