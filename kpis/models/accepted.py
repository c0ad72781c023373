"""A level that the board accepts until a day, below what was promised."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from kpis.models.columns import MeasureDecimal
from kpis.models.dated import DatedChange, decided_by_two
from kpis.models.measures import Measure


class AcceptedLevel(DatedChange):
    """The board accepts a level of a measure for periods up to a last day, with a reason.

    It is shown beside the colour, never instead of it. For a range the level is how far outside it
    a figure may be. `ends_on` is the last day, as the board says it.
    """

    field = "accepted_level"

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="accepted_levels")
    level: models.DecimalField = MeasureDecimal(null=False, blank=False)
    ends_on = models.DateField()
    meeting = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [
            *decided_by_two("accepted_level", "the accepted level", waits=("measure",)),
            models.CheckConstraint(
                name="accepted_level_ends_after_it_begins",
                condition=Q(ends_on__gte=F("effective_from")),
                violation_error_message="The last day must be on or after the first.",
            ),
            models.CheckConstraint(
                name="accepted_level_names_its_meeting",
                condition=~Q(meeting="") | Q(is_text_withdrawn=True),
                violation_error_message="Name the meeting that accepted it.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["measure", "outcome"], name="accepted_level_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.measure.code} accepted from {self.effective_from} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("kpis:accepted-levels", args=[self.measure.code])

    @property
    def subject(self) -> Measure:
        return self.measure
