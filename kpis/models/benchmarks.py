"""Figures of others, with which a measure is compared."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kpis.models.columns import MeasureDecimal
from kpis.models.measures import Measure
from strategy.models.natural_keys import NaturalKey
from strategy.models.provenance import Provenance


class Benchmark(NaturalKey, Provenance):
    """A figure of others for a measure: of the nation, a region, a peer. Drawn and exported, never
    rated and never rolled up.

    Without a period where its source prints none: then it is listed, and on no chart.
    """

    NATURAL_KEY = ("code",)

    class Level(models.TextChoices):
        NATIONAL = "national", "National"
        REGION = "region", "Region"
        PEER = "peer", "Peer"

    code = models.SlugField(max_length=120, unique=True)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="benchmarks")
    whose = models.CharField(max_length=160, help_text="As printed: National Average.")
    level = models.CharField(max_length=10, choices=Level.choices)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    value = MeasureDecimal(blank=False)
    printed_as = models.CharField(max_length=160, blank=True)
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: it came with the published figures."
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="benchmark_has_a_whole_period_or_none",
                condition=Q(period_start__isnull=True, period_end__isnull=True)
                | Q(
                    period_start__isnull=False,
                    period_end__isnull=False,
                    period_end__gt=F("period_start"),
                ),
                violation_error_message="A period needs its first day and a later last day.",
            ),
            models.CheckConstraint(
                name="benchmark_has_a_figure",
                condition=Q(value__isnull=False),
                violation_error_message="A benchmark is a figure.",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def source(self) -> str:
        """The document that states it, and where. Reads the document, so select it with the row."""
        document = self.source_document.title if self.source_document else ""
        return ", ".join(part for part in (document, self.source_section) if part)

    @property
    def published_on(self) -> date | None:
        return self.source_document.published_on if self.source_document else None
