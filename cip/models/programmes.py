"""A year's savings programme and each care group's share of it, as published."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from cip.money import Weights
from kpis.models.columns import TextWithdrawn
from strategy.models import CareGroup, Plan
from strategy.models.natural_keys import NaturalKey
from strategy.models.provenance import Provenance
from strategy.periods import FinancialYear


class MoneyThousands(models.DecimalField):
    """Thousands of pounds, to the pound, as the plans print their savings."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)


class Programme(NaturalKey, Provenance):
    """The cost improvement programme of a financial year ("2019-20")."""

    NATURAL_KEY = ("year",)

    noted_as = "cip"

    year = models.CharField(
        max_length=7,
        unique=True,
        validators=[RegexValidator(r"^\d{4}-\d{2}$", "Write the year as 2019-20.")],
    )
    title = models.CharField(max_length=200)
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="programmes"
    )
    statement = models.TextField(blank=True)
    weight_green = models.DecimalField(max_digits=5, decimal_places=2, default=100)
    weight_amber = models.DecimalField(max_digits=5, decimal_places=2, default=50)
    weight_red = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    weights_statement = models.TextField(blank=True)
    printed_target_k = MoneyThousands(null=True, blank=True)
    printed_identified_k = MoneyThousands(null=True, blank=True)
    printed_unidentified_k = MoneyThousands(null=True, blank=True)
    rules = models.JSONField(default=list, blank=True)
    recurrent_target_k = MoneyThousands(
        null=True, blank=True, help_text="Empty: the whole target is to be met recurrently."
    )
    first_meeting_on = models.DateField(
        null=True, blank=True, help_text="The first of the fortnightly meetings."
    )
    report_on_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day of the month of the report to the executive team."
    )
    quality_report_on_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day of the month of the report to the Quality Committee."
    )

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="programme_weights_are_percentages",
                condition=Q(weight_green__gte=F("weight_amber"))
                & Q(weight_amber__gte=F("weight_red"))
                & Q(weight_red__gte=0)
                & Q(weight_green__lte=100),
                violation_error_message=(
                    "Weights lie between 0 and 100, green highest and red lowest."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"CIP {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("cip:programme-detail", args=[self.year])

    def clean(self) -> None:
        super().clean()
        try:
            FinancialYear.parse(self.year)
        except ValueError as problem:
            raise ValidationError({"year": str(problem)}) from None

    @property
    def financial_year(self) -> FinancialYear:
        return FinancialYear.parse(self.year)

    @property
    def weights(self) -> Weights:
        held = (self.weight_green, self.weight_amber, self.weight_red)
        return Weights(*(Decimal(weight) for weight in held))

    @property
    def recurrent_target(self) -> Decimal | None:
        held = self.recurrent_target_k
        return self.printed_target_k if held is None else held


class Allocation(NaturalKey, Provenance):
    """A row of the published table: a care group's target, the identified amount and the gap."""

    NATURAL_KEY = ("programme__year", "care_group__code")

    noted_as = "allocation"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="allocations")
    care_group = models.ForeignKey(
        CareGroup, on_delete=models.PROTECT, related_name="cip_allocations"
    )
    position = models.PositiveSmallIntegerField()
    label_as_published = models.CharField(max_length=120)
    target_k = MoneyThousands()
    published_identified_k = MoneyThousands(null=True, blank=True)
    published_unidentified_k = MoneyThousands(null=True, blank=True)
    target_printed = models.CharField(max_length=40, blank=True)
    identified_printed = models.CharField(max_length=40, blank=True)
    unidentified_printed = models.CharField(max_length=40, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="allocation_once_a_care_group",
                fields=["programme", "care_group"],
                violation_error_message="This care group already has an allocation.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.care_group.code}"


class TargetChange(models.Model):
    """A care group's target changed by an amount after it was printed or set up. Append-only.

    What was printed is never overwritten: the target now is that and every change and transfer.
    """

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="target_changes"
    )
    care_group = models.ForeignKey(
        CareGroup, on_delete=models.PROTECT, related_name="savings_target_changes"
    )
    amount_k = MoneyThousands(help_text="Below 0: the target is lower.")
    reason = models.TextField()
    is_text_withdrawn = TextWithdrawn()
    known_from = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="target_change_with_an_amount_and_a_reason",
                condition=~Q(amount_k=0) & (~Q(reason="") | Q(is_text_withdrawn=True)),
                violation_error_message="A change has an amount, and a reason.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme}: target of {self.care_group.code} by {self.amount_k}"


class WeightChange(models.Model):
    """From a moment on, ratings count with other weights than before. Append-only.

    What was printed or set up stays on the programme: it holds until the first change.
    """

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="weight_changes"
    )
    green = models.DecimalField(max_digits=5, decimal_places=2, default=100)
    amber = models.DecimalField(max_digits=5, decimal_places=2, default=50)
    red = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    reason = models.TextField()
    is_text_withdrawn = TextWithdrawn()
    known_from = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="weight_change_between_0_and_100",
                condition=Q(green__gte=F("amber"))
                & Q(amber__gte=F("red"))
                & Q(red__gte=0)
                & Q(green__lte=100),
                violation_error_message=(
                    "Weights lie between 0 and 100, green highest and red lowest."
                ),
            ),
            models.CheckConstraint(
                name="weight_change_with_a_reason",
                condition=~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="A change has a reason.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} weights from {self.known_from:%Y-%m-%d %H:%M}"


class AllocationTransfer(models.Model):
    """Part of a target moved from one care group to another, on record. Append-only."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="transfers")
    from_care_group = models.ForeignKey(
        CareGroup, on_delete=models.PROTECT, related_name="transfers_out"
    )
    to_care_group = models.ForeignKey(
        CareGroup, on_delete=models.PROTECT, related_name="transfers_in"
    )
    amount_k = MoneyThousands()
    reason = models.TextField()
    known_from = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="allocation_transfer_between_two",
                condition=~Q(from_care_group=F("to_care_group")) & Q(amount_k__gt=0),
                violation_error_message="A transfer moves an amount between two care groups.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme}: {self.from_care_group.code} to {self.to_care_group.code}"
