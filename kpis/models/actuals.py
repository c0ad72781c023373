"""What was observed, and who approved it. Both tables are append-only."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q

from accounts.permissions import reads_publicly
from kmpt_tracker.ui.formats import format_date
from kpis.models.columns import MeasureDecimal, TextWithdrawn
from kpis.models.measures import Series
from strategy.models import SourceDocument
from strategy.periods import Period

FIRST_VERSION = 1


class ActualQuerySet(models.QuerySet["Actual"]):
    def approved(self, *, known_at: datetime | None = None) -> "ActualQuerySet":
        """Approved versions, which count, now or as known at a moment.

        They say who recorded them, and exact counts, so that none is for everyone to read.
        """
        if reads_publicly():
            return self.none()
        decisions = Decision.objects.filter(
            actual=OuterRef("pk"), outcome=Decision.Outcome.APPROVED
        )
        if known_at is not None:
            decisions = decisions.filter(known_from__lte=known_at)
        return self.filter(Exists(decisions))

    def current(self, *, known_at: datetime | None = None) -> "ActualQuerySet":
        """The current value of each window: its latest approved version."""
        return self.approved(known_at=known_at).filter(~_later(known_at))

    def current_as_decided(self, *, known_at: datetime | None = None) -> "ActualQuerySet":
        """The current values among these versions, which are all of their windows, each with the
        decision that approved it as `decided`.

        For files of a million rows: the decisions are searched once instead of twice, and later
        versions only of the series that have any, which a first query finds.
        """
        if reads_publicly():
            return self.none()
        approval = Q(decisions__outcome=Decision.Outcome.APPROVED)
        rows = self.annotate(decided=FilteredRelation("decisions", condition=approval))
        rows = rows.filter(
            Q(decided__known_from__lte=known_at) if known_at else Q(decided__isnull=False)
        )
        later = self.filter(version__gt=FIRST_VERSION).order_by()
        corrected = sorted(later.values_list("series", flat=True).distinct())
        if not corrected:
            return rows
        return rows.exclude(Q(series__in=corrected) & Q(_later(known_at)))


def _later(known_at: datetime | None) -> Exists:
    """That a later version of the same window is approved."""
    later = Actual.objects.approved(known_at=known_at).filter(
        series=OuterRef("series"),
        period_start=OuterRef("period_start"),
        period_end=OuterRef("period_end"),
        version__gt=OuterRef("version"),
    )
    return Exists(later)


class Actual(models.Model):
    """One observed value of a series in a window. A correction is a new version with a reason.

    A wrong value is withdrawn by a version without a value, approved like any other. From that
    decision on the window reads as never reported.
    """

    class ValueStatus(models.TextChoices):
        PROVISIONAL = "provisional", "Provisional"
        FINAL = "final", "Final"
        NOT_APPLICABLE = "not_applicable", "Not applicable"
        SUPPRESSED = "suppressed", "Suppressed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Origin(models.TextChoices):
        PUBLISHED = "published", "Published"
        ENTERED = "entered", "Entered"
        IMPORTED = "imported", "Imported"
        ILLUSTRATIVE = "illustrative", "Illustrative"

    class MilestoneStatus(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        ON_TRACK = "on_track", "On track"
        AT_RISK = "at_risk", "At risk"
        OFF_TRACK = "off_track", "Off track"
        COMPLETE = "complete", "Complete"

    # Two indexes below begin with it.
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, related_name="actuals", db_index=False
    )
    period_start = models.DateField()
    period_end = models.DateField()
    version = models.PositiveIntegerField()
    numerator = MeasureDecimal()
    denominator = MeasureDecimal()
    value = MeasureDecimal()
    milestone_status = models.CharField(max_length=12, choices=MilestoneStatus.choices, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    completed_on = models.DateField(null=True, blank=True)
    value_status = models.CharField(
        max_length=14, choices=ValueStatus.choices, default=ValueStatus.FINAL
    )
    status_reason = models.TextField(blank=True)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    source_document = models.ForeignKey(
        SourceDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    printed_as = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    submission = models.ForeignKey(
        "kpis.Return", null=True, blank=True, on_delete=models.PROTECT, related_name="actuals"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    change_reason = models.TextField(blank=True)
    is_text_withdrawn = TextWithdrawn()

    objects = ActualQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="actual_version_once",
                fields=["series", "period_start", "period_end", "version"],
                violation_error_message="Someone else has just recorded this figure.",
            ),
            models.CheckConstraint(
                name="actual_window_in_order",
                condition=Q(period_end__gte=F("period_start")),
                violation_error_message="The period must end after it starts.",
            ),
            models.CheckConstraint(
                name="actual_reason_for_no_value",
                condition=~Q(value_status__in=["not_applicable", "suppressed", "withdrawn"])
                | (Q(value__isnull=True) & (~Q(status_reason="") | Q(is_text_withdrawn=True))),
                violation_error_message="Say why there is no figure.",
            ),
            models.CheckConstraint(
                name="actual_says_something",
                condition=Q(value_status__in=["not_applicable", "suppressed", "withdrawn"])
                | Q(value__isnull=False)
                | ~Q(milestone_status=""),
                violation_error_message="Enter a figure, or say why there is none.",
            ),
            models.CheckConstraint(
                name="actual_parts_come_together",
                condition=Q(numerator__isnull=True, denominator__isnull=True)
                | Q(numerator__isnull=False, denominator__isnull=False),
                violation_error_message="Enter both parts of the figure.",
            ),
            models.CheckConstraint(
                name="actual_correction_has_a_reason",
                condition=Q(version=1) | ~Q(change_reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the figure is corrected.",
            ),
            models.CheckConstraint(
                name="actual_withdrawn_says_nothing",
                condition=~Q(value_status="withdrawn")
                | Q(
                    value__isnull=True,
                    numerator__isnull=True,
                    milestone_status="",
                    forecast_on__isnull=True,
                    completed_on__isnull=True,
                ),
                violation_error_message="A figure that is withdrawn has no value.",
            ),
        ]
        indexes = [
            models.Index(fields=["series", "period_end"], name="actual_by_series_period"),
            models.Index(
                fields=["series"],
                condition=Q(version__gt=FIRST_VERSION),
                name="actual_corrections",
            ),
        ]

    @property
    def is_withdrawn(self) -> bool:
        return self.value_status == self.ValueStatus.WITHDRAWN

    @property
    def window_words(self) -> str:
        """The period of the figure; for a single day, its date."""
        if self.period_start == self.period_end:
            return format_date(self.period_end)
        return Period(self.period_start, self.period_end).label

    def __str__(self) -> str:
        return f"{self.series} {self.period_start} to {self.period_end} v{self.version}"


class Decision(models.Model):
    """Approves or returns a version of an actual. `known_from`: when the trust could know it."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"

    # The index of `decision_once_an_actual` is that of this key.
    actual = models.ForeignKey(
        Actual, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    known_from = models.DateTimeField()
    known_from_is_assumed = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    is_text_withdrawn = TextWithdrawn()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="decision_once_an_actual",
                fields=["actual"],
                violation_error_message="Someone else has just decided on this figure.",
            ),
            models.CheckConstraint(
                name="decision_return_has_a_reason",
                condition=~Q(outcome="returned") | ~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the figure goes back.",
            ),
        ]
        indexes = [models.Index(fields=["known_from"], name="decision_by_known_from")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.actual}"
