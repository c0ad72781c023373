"""How approved values are judged: derived rows, which `recompute` can recalculate at any time."""

from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from simple_history.models import HistoricalRecords

from accounts.permissions import reads_publicly
from kpis.models.actuals import Actual
from kpis.models.columns import ExactDecimal, MeasureDecimal, TextWithdrawn, choices, known
from kpis.models.measures import Series
from kpis.models.targets import Target
from kpis.rag import Rag
from kpis.spc.words import LONGEST_BASELINE, SHORTEST_BASELINE


class Assessment(models.Model):
    """A series in a window: its approved value, and its place in the chart of the series.

    `state` is empty for a value that can be judged, else why it cannot (`incomplete`,
    `not_applicable`, `suppressed`). What depends on the clock is derived when it is read.
    """

    # Two indexes below begin with it.
    series = models.ForeignKey(
        Series, on_delete=models.CASCADE, related_name="assessments", db_index=False
    )
    period_start = models.DateField()
    period_end = models.DateField()
    actual = models.ForeignKey(
        Actual, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    value = MeasureDecimal()
    judged_value = ExactDecimal(help_text="Year to date or rolling 12 months, else the value.")
    windows_held = models.PositiveSmallIntegerField(default=0, db_default=0)
    windows_expected = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="0: the window is rated by itself."
    )
    windows_in_year = models.PositiveSmallIntegerField(default=0, db_default=0)
    numerator = MeasureDecimal()
    denominator = MeasureDecimal()
    milestone_status = models.CharField(
        max_length=12, choices=Actual.MilestoneStatus.choices, blank=True
    )
    forecast_on = models.DateField(null=True, blank=True)
    completed_on = models.DateField(null=True, blank=True)
    groups_reported = models.PositiveSmallIntegerField(default=1)
    groups_expected = models.PositiveSmallIntegerField(default=1)
    value_status = models.CharField(max_length=14, choices=Actual.ValueStatus.choices)
    state = models.CharField(max_length=16, choices=choices(Rag), blank=True)
    origin = models.CharField(max_length=12, choices=Actual.Origin.choices)
    spc_mean = models.FloatField(null=True, blank=True)
    spc_lower = models.FloatField(null=True, blank=True)
    spc_upper = models.FloatField(null=True, blank=True)
    spc_segment = models.PositiveSmallIntegerField(null=True, blank=True)
    point_type = models.CharField(max_length=30, blank=True)
    special_cause = models.CharField(max_length=40, blank=True)
    opposing_cause = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="A rule that holds too and points the other way.",
    )
    variation = models.CharField(max_length=20, default="none")
    assurance = models.CharField(max_length=14, default="none")
    limits_status = models.CharField(max_length=10, default="none")
    points_in_segment = models.PositiveSmallIntegerField(default=0)
    signal_moves = models.SmallIntegerField(
        default=0, db_default=0, help_text="1: the signal's points rise, -1: they fall, else 0."
    )
    signal_run = models.PositiveSmallIntegerField(default=0, db_default=0)
    signal_from = models.DateField(null=True, blank=True)
    signal_to = models.DateField(null=True, blank=True)
    opposing_run = models.PositiveSmallIntegerField(default=0, db_default=0)
    points_outside = models.PositiveSmallIntegerField(default=0, db_default=0)
    limits_rest_on = models.PositiveSmallIntegerField(default=0, db_default=0)
    segment_from = models.DateField(null=True, blank=True)
    tested_windows = models.PositiveSmallIntegerField(default=0, db_default=0)
    met_windows = models.PositiveSmallIntegerField(default=0, db_default=0)
    tested_from = models.DateField(null=True, blank=True)
    tested_on_one_target = models.BooleanField(default=False, db_default=False)
    known_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="assessment_once_a_window",
                fields=["series", "period_start", "period_end"],
                violation_error_message="This window is already assessed.",
            )
        ]
        indexes = [
            models.Index(fields=["series", "period_end"], name="assessment_by_series_period")
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period_start} to {self.period_end}"


class Judgement(models.Model):
    """An assessed value against one target in force."""

    # The index of `judgement_once_a_target` begins with it.
    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="judgements", db_index=False
    )
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="judgements")
    is_primary = models.BooleanField()
    target_value = ExactDecimal()
    target_upper = ExactDecimal()
    year_value = ExactDecimal(help_text="The year's amount, where the target is a share of it.")
    year_upper = ExactDecimal()
    floor = ExactDecimal()
    floor_is_default = models.BooleanField(default=False)
    variance = ExactDecimal()
    rag = models.CharField(max_length=16, choices=choices(Rag))
    carried_forward = models.BooleanField(default=False)
    due_date_passed = models.BooleanField(default=False)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            known("judgement_known_rag", "rag", Rag),
            models.UniqueConstraint(
                name="judgement_once_a_target",
                fields=["assessment", "target"],
                violation_error_message="This value is already judged against that target.",
            ),
            models.UniqueConstraint(
                name="judgement_one_primary",
                fields=["assessment"],
                condition=Q(is_primary=True),
                violation_error_message="A value has one primary judgement.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} against {self.target}: {self.rag}"


class Rebase(models.Model):
    """Limits recalculated from a month on, with the named person's reason."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="rebases")
    starts_on = models.DateField()
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    is_text_withdrawn = TextWithdrawn()

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rebase_has_a_reason",
                condition=~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the limits are recalculated.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.series} rebased from {self.starts_on}"


class FixedBaselineQuerySet(models.QuerySet["FixedBaseline"]):
    """Decisions to fix limits, those in effect and those that ended."""

    def standing(self, at: datetime | None = None) -> Self:
        """In effect at a moment; `None` is now."""
        if at is None:
            return self.filter(withdrawn_at=None)
        lasted = Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)
        return self.filter(lasted, recorded_at__lte=at)


class FixedBaseline(models.Model):
    """Limits fixed on the first points of each part between recalculations.

    A named person's decision with its reason. A series has at most one in effect; a later one ends
    it.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="fixed_baselines")
    points = models.PositiveSmallIntegerField()
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    is_text_withdrawn = TextWithdrawn()

    objects = FixedBaselineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fixed_baseline_has_a_reason",
                condition=~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the limits are fixed.",
            ),
            models.CheckConstraint(
                name="fixed_baseline_has_enough_points",
                condition=Q(points__range=(SHORTEST_BASELINE, LONGEST_BASELINE)),
                violation_error_message=(
                    f"Limits are fixed on {SHORTEST_BASELINE} to {LONGEST_BASELINE} points."
                ),
            ),
            models.UniqueConstraint(
                name="fixed_baseline_one_stands",
                fields=["series"],
                condition=Q(withdrawn_at=None),
                violation_error_message="The limits of this series are fixed already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}: limits fixed on the first {self.points} points"


class Annotation(models.Model):
    """A remark at a point of a chart: what happened that month."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="annotations")
    on = models.DateField()
    text = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_illustrative = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.series} {self.on}: {self.text}"


class CommentaryQuerySet(models.QuerySet["Commentary"]):
    def newest(self, known_at: datetime | None = None) -> Self:
        """The latest approved version of each window's comment, also one that was emptied.

        None is for everyone to read.
        """
        if reads_publicly():
            return self.none()
        approved = self.filter(approved_at__isnull=False)
        later = Commentary.objects.filter(
            series=OuterRef("series"),
            period_start=OuterRef("period_start"),
            period_end=OuterRef("period_end"),
            approved_at__isnull=False,
            pk__gt=OuterRef("pk"),
        )
        if known_at is not None:
            approved = approved.filter(approved_at__lte=known_at)
            later = later.filter(approved_at__lte=known_at)
        return approved.filter(~Exists(later))

    def current(self, known_at: datetime | None = None) -> Self:
        """The comment on each window: its latest approved version, unless that is empty."""
        return self.newest(known_at).exclude(what_happened="", why="", action="")

    def last_of_each_series(self, until: date, known_at: datetime | None = None) -> Self:
        """Of each series the comment on its latest window up to a day, oldest window first.

        A page that shows one needs no more than one, however many years have been commented on.
        """
        rows = self.current(known_at).filter(period_end__lte=until)
        latest = Window(
            RowNumber(), partition_by="series", order_by=["-period_end", "-period_start", "-pk"]
        )
        return rows.annotate(place=latest).filter(place=1).order_by("period_end", "pk")


class Commentary(models.Model):
    """What happened, why, what is being done, by whom, and when recovery is expected.

    Append-only: changed or emptied words are a new version of the window's comment.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="commentaries")
    period_start = models.DateField()
    period_end = models.DateField()
    what_happened = models.TextField()
    why = models.TextField(blank=True)
    action = models.TextField(blank=True)
    owner = models.CharField(max_length=160, blank=True)
    recovery_expected = models.DateField(null=True, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False)

    objects = CommentaryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "commentary"
        indexes = [models.Index(fields=["series", "period_end"], name="commentary_by_period")]

    def __str__(self) -> str:
        return f"{self.series} {self.period_end:%Y-%m}"
