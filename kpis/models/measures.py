"""What is counted, and who reports it."""

from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from accounts.record.fixed import fixed_problems
from kpis.judging.freshness import USUAL_DELAY
from kpis.models.columns import MeasureDecimal, choices, known
from kpis.models.fixed import COUNTED, WORDED
from kpis.rag import Direction
from strategy.models import CareGroup, Committee, QualityPriority, Risk
from strategy.models.addresses import address
from strategy.models.natural_keys import NaturalKey, NaturalKeyQuerySet
from strategy.models.organisation import ends_after_start, in_force_on
from strategy.periods import Frequency

# Every unit a value may be in; a milestone has none.
UNITS = (
    "percent",
    "count",
    "score",
    "days",
    "hours",
    "minutes",
    "weeks",
    "months",
    "pounds",
    "pounds_thousand",
    "pounds_million",
    "wte",
    "ratio",
    "per_100_000",
    "per_1_000_bed_days",
    "tonnes",
    "rate",
    "beds",
    "times",
    "square_metres",
    "cubic_metres",
    "rating",
)


class MeasureQuerySet(NaturalKeyQuerySet):
    def in_force_on(self, on: date) -> Self:
        return self.filter(in_force_on(on))


class Measure(NaturalKey):
    """What is counted, with an identity that outlives any plan."""

    NATURAL_KEY = ("code",)

    noted_as = "measure"

    class Kind(models.TextChoices):
        QUANTITATIVE = "quantitative", "Quantitative"
        MILESTONE = "milestone", "Milestone"

    class CollectionLevel(models.TextChoices):
        TRUST = "trust", "Trust"
        CARE_GROUP = "care_group", "Care group"

    class RollUp(models.TextChoices):
        RATIO_OF_SUMS = "ratio_of_sums", "Ratio of sums"
        SUM = "sum", "Sum"
        LATEST = "latest", "Latest"
        WEIGHTED_MEAN = "weighted_mean", "Weighted mean"
        NONE = "none", "None"

    class OverTime(models.TextChoices):
        RATIO_OF_SUMS = "ratio_of_sums", "Ratio of sums"
        SUM = "sum", "Sum"
        LAST = "last", "Last"
        MEAN = "mean", "Mean"

    class JudgedOn(models.TextChoices):
        MONTH = "month", "The period itself"
        YEAR_TO_DATE = "year_to_date", "Year to date"
        ROLLING_12 = "rolling_12", "Rolling 12 months"

    class Assurance(models.TextChoices):
        """One quarter of the data-quality kitemark."""

        NOT_ASSESSED = "", "Not assessed"
        SUFFICIENT = "sufficient", "Sufficient"
        INSUFFICIENT = "insufficient", "Insufficient"

    code = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    definition = models.TextField(blank=True)
    numerator = models.CharField(max_length=300, blank=True)
    denominator = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.QUANTITATIVE)
    unit = models.CharField(max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(6)])
    direction = models.CharField(max_length=20, choices=choices(Direction))
    frequency = models.CharField(max_length=12, choices=choices(Frequency))
    collection_level = models.CharField(
        max_length=10, choices=CollectionLevel.choices, default=CollectionLevel.TRUST
    )
    roll_up = models.CharField(max_length=14, choices=RollUp.choices, default=RollUp.NONE)
    over_time = models.CharField(max_length=14, choices=OverTime.choices, default=OverTime.LAST)
    year_end_month = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="3: windows of the financial year; 12: a survey of the calendar year.",
    )
    judged_on = models.CharField(max_length=14, choices=JudgedOn.choices, default=JudgedOn.MONTH)
    reporting_lag_days = models.PositiveSmallIntegerField(null=True, blank=True)
    minimum = MeasureDecimal()
    maximum = MeasureDecimal()
    numerator_may_exceed_denominator = models.BooleanField(default=False)
    repeat_check = models.BooleanField(default=False)
    counts_people = models.BooleanField(default=False)
    whole_numbers_only = models.BooleanField(
        default=False,
        help_text="Parts, or the count, are whole. Not for staff in WTE, money, days or estimates.",
    )
    owner = models.CharField(max_length=160, blank=True)
    data_source = models.CharField(max_length=300, blank=True)
    kitemark_sign_off = models.CharField(max_length=12, choices=Assurance.choices, blank=True)
    kitemark_timely = models.CharField(max_length=12, choices=Assurance.choices, blank=True)
    kitemark_audit = models.CharField(max_length=12, choices=Assurance.choices, blank=True)
    kitemark_robust = models.CharField(max_length=12, choices=Assurance.choices, blank=True)
    kitemark_on = models.DateField(
        null=True, blank=True, help_text="When the four parts were looked at last."
    )
    tags = models.JSONField(default=list, blank=True)
    interpretation_note = models.TextField(blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    committees = models.ManyToManyField(Committee, blank=True, related_name="measures")
    risks = models.ManyToManyField(Risk, blank=True, related_name="measures")
    quality_priorities = models.ManyToManyField(
        QualityPriority, blank=True, related_name="measures"
    )

    objects = MeasureQuerySet.as_manager()  # type: ignore[misc]
    history = HistoricalRecords()

    class Meta:
        constraints = [
            ends_after_start("measure_ends_after_start"),
            known("measure_known_direction", "direction", Direction),
            known("measure_known_frequency", "frequency", Frequency),
            models.CheckConstraint(
                name="measure_ratio_has_parts",
                condition=~Q(roll_up="ratio_of_sums") | (~Q(numerator="") & ~Q(denominator="")),
                violation_error_message=(
                    "A ratio of sums needs the wording of its numerator and denominator."
                ),
            ),
            models.CheckConstraint(
                name="measure_limits_in_order",
                condition=Q(minimum__isnull=True)
                | Q(maximum__isnull=True)
                | Q(maximum__gt=F("minimum")),
                violation_error_message="The maximum must be more than the minimum.",
            ),
            models.CheckConstraint(
                name="measure_quantity_has_unit",
                condition=Q(kind="milestone") | ~Q(unit=""),
                violation_error_message="A measure that is counted needs a unit.",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def save(self, **kwargs: Any) -> None:
        """Refuse to overwrite what old figures mean. Triggers do the same outside this method."""
        if self._state.adding or not self._changed():
            super().save(**kwargs)
            return
        with transaction.atomic():
            # Lock the measure's row, then its series', in the order used everywhere, so that no
            # first figure is approved between the check and the save.
            list(
                Measure.objects.select_for_update(no_key=True).filter(pk=self.pk).values_list("pk")
            )
            list(self.series.select_for_update(no_key=True).order_by("pk").values_list("pk"))
            problems = fixed_problems(self)
            if problems:
                raise ValidationError(problems)
            super().save(**kwargs)

    def _changed(self) -> list[str]:
        """The fields that may be fixed and differ from the stored ones."""
        names = (*COUNTED, *WORDED)
        kept = Measure.objects.filter(pk=self.pk).values(*names).first() or {}
        return [name for name in kept if kept[name] != getattr(self, name)]

    def clean(self) -> None:
        """The unit must be known; what figures or targets depend on must not be overwritten."""
        super().clean()
        problems = fixed_problems(self)
        if problems:
            raise ValidationError(problems)
        if self.unit and self.unit not in UNITS:
            raise ValidationError({"unit": f"There is no such unit. Use {', '.join(UNITS)}."})

    def get_absolute_url(self) -> str:
        return address("kpis:measure-detail", self.code)

    @property
    def is_ratio(self) -> bool:
        """Entered as two parts. Ratios inherit trust-wide targets; counts and money do not."""
        return bool(self.numerator and self.denominator)

    @property
    def is_milestone(self) -> bool:
        return self.kind == self.Kind.MILESTONE


class MeasureLink(NaturalKey):
    """Two measures that are related but defined differently: never drawn as one line."""

    NATURAL_KEY = ("from_measure__code", "to_measure__code")

    class Kind(models.TextChoices):
        SAME = "same_definition", "Same definition"
        RELATED = "related_defined_differently", "Related, defined differently"

    from_measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="links_from")
    to_measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="links_to")
    kind = models.CharField(max_length=30, choices=Kind.choices, default=Kind.RELATED)
    note = models.TextField(blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="measure_link_once",
                fields=["from_measure", "to_measure"],
                violation_error_message="These measures are already linked.",
            ),
            models.CheckConstraint(
                name="measure_link_of_two",
                condition=~Q(from_measure=F("to_measure")),
                violation_error_message="A measure cannot be linked to itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_measure.code} – {self.to_measure.code}"


class SeriesQuerySet(NaturalKeyQuerySet):
    def stale(self) -> Self:
        """Series whose inputs changed since they were assessed: the work still to do."""
        return self.filter(assessed_version__lt=F("data_version"))

    def in_force_on(self, on: date) -> Self:
        return self.filter(in_force_on(on))


class Series(NaturalKey):
    """Measure × care group: the only record of who reports what, and the unit of calculation.

    `data_version` rises in the same transaction as any change of the inputs; `assessed_version <
    data_version` means that the stored assessments are out of date.
    """

    NATURAL_KEY = ("measure__code", "care_group__code")
    COUNTED = ("data_version", "assessed_version", "assessed_at", "days_awaited")

    class FedBy(models.TextChoices):
        RETURNS = "returns", "Monthly returns"
        ROLL_UP = "roll_up", "The care groups' returns"
        PUBLISHED = "published", "Published figures"
        TRACKER = "tracker", "The tracker's own count"

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="series")
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="series")
    fed_by = models.CharField(max_length=10, choices=FedBy.choices, default=FedBy.RETURNS)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    data_version = models.PositiveIntegerField(default=1)
    assessed_version = models.PositiveIntegerField(default=0)
    assessed_at = models.DateTimeField(null=True, blank=True)
    # How many days after its window a figure is usually published; stored with each assessment.
    days_awaited = models.SmallIntegerField(default=USUAL_DELAY, editable=False)

    objects = SeriesQuerySet.as_manager()  # type: ignore[misc]
    history = HistoricalRecords(excluded_fields=list(COUNTED))

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(
                name="series_once",
                fields=["measure", "care_group"],
                violation_error_message="This care group already reports this measure.",
            ),
            models.CheckConstraint(
                name="series_never_assessed_ahead",
                condition=Q(assessed_version__lte=F("data_version")),
                violation_error_message="A series cannot be assessed ahead of its data.",
            ),
            ends_after_start("series_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.measure.code} / {self.care_group.code}"

    def save(self, **kwargs: Any) -> None:
        """Save without the versions, which the database counts: an old row must not lower them."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                column.name
                for column in self._meta.concrete_fields
                if not column.primary_key and column.name not in self.COUNTED
            ]
        super().save(**kwargs)

    @property
    def is_stale(self) -> bool:
        return self.assessed_version < self.data_version
