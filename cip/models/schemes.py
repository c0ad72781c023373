"""A savings scheme. Its stage, deliverability and money each have a history of their own."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from cip.models.programmes import MoneyThousands, Programme
from kpis.models import Measure
from kpis.models.columns import TextWithdrawn
from strategy.models import CareGroup, Objective
from strategy.models.natural_keys import NaturalKey


class Scheme(NaturalKey):
    """One cost improvement scheme of a programme."""

    NATURAL_KEY = ("programme__year", "reference")

    class Category(models.TextChoices):
        PAY = "pay", "Pay"
        NON_PAY = "non_pay", "Non-pay"
        INCOME = "income", "Income"

    class Origin(models.TextChoices):
        ENTERED = "entered", "Entered"
        ILLUSTRATIVE = "illustrative", "Illustrative"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="schemes")
    reference = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="schemes")
    lead = models.CharField(max_length=160, blank=True)
    author = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    executive_sponsor = models.CharField(max_length=160, blank=True)
    category = models.CharField(max_length=10, choices=Category.choices)
    wte = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    is_recurrent = models.BooleanField()
    is_cash_releasing = models.BooleanField()
    starts_on = models.DateField(null=True, blank=True)
    stated_full_year_effect_k = MoneyThousands(null=True, blank=True)
    substituted_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="substitutes"
    )
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.ENTERED)
    objectives = models.ManyToManyField(Objective, blank=True, related_name="schemes")
    measures = models.ManyToManyField(Measure, blank=True, related_name="schemes")
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords(m2m_fields=[objectives, measures])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="scheme_reference_in_programme",
                fields=["programme", "reference"],
                violation_error_message="The programme already has a scheme with that reference.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme.year} {self.reference}"

    def get_absolute_url(self) -> str:
        return reverse("cip:scheme-detail", args=[self.programme.year, self.reference])

    @property
    def is_illustrative(self) -> bool:
        return self.origin == self.Origin.ILLUSTRATIVE


class SchemeStage(models.Model):
    """The stage a scheme entered, from a moment on. Append-only."""

    class Stage(models.TextChoices):
        IDEA = "idea", "Idea"
        OUTLINED = "outlined", "Outlined"
        QIA = "qia", "Quality impact assessment"
        APPROVED = "approved", "Approved"
        IN_DELIVERY = "in_delivery", "In delivery"
        CLOSED = "closed", "Closed"
        REJECTED = "rejected", "Rejected"
        SUBSTITUTED = "substituted", "Substituted"

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=12, choices=Stage.choices)
    known_from = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.scheme}: {self.get_stage_display()} from {self.known_from:%Y-%m-%d}"


class Deliverability(models.Model):
    """How likely a scheme is to deliver, rated green, amber or red. Append-only."""

    class Rating(models.TextChoices):
        GREEN = "green", "Green"
        AMBER = "amber", "Amber"
        RED = "red", "Red"

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="deliverability")
    rating = models.CharField(max_length=5, choices=Rating.choices)
    known_from = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliverability"

    def __str__(self) -> str:
        return f"{self.scheme}: {self.get_rating_display()} from {self.known_from:%Y-%m-%d}"


class Phasing(models.Model):
    """A month's plan, forecast or actual saving. A change is a new version. Append-only."""

    class Kind(models.TextChoices):
        PLAN = "plan", "Plan"
        FORECAST = "forecast", "Forecast"
        ACTUAL = "actual", "Actual"

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="phasing")
    month = models.DateField(help_text="The first day of the month.")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount_k = MoneyThousands()
    version = models.PositiveIntegerField()
    known_from = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    is_text_withdrawn = TextWithdrawn()
    ledger = models.ForeignKey(
        "LedgerImport", null=True, blank=True, on_delete=models.PROTECT, related_name="phasing"
    )

    class Meta:
        verbose_name_plural = "phasing"
        constraints = [
            models.UniqueConstraint(
                name="phasing_version_once",
                fields=["scheme", "month", "kind", "version"],
                violation_error_message="Someone else has just recorded this month.",
            ),
            models.CheckConstraint(
                name="phasing_change_has_a_reason",
                condition=Q(version=1) | ~Q(reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why the figure changes.",
            ),
            models.CheckConstraint(
                name="phasing_below_nothing_has_a_reason",
                condition=Q(amount_k__gte=0)
                | (~Q(kind="plan") & (~Q(reason="") | Q(is_text_withdrawn=True))),
                violation_error_message="A plan is 0 or more; say why another figure is below 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.month:%Y-%m} {self.kind} v{self.version}"


class LedgerImport(models.Model):
    """An extract of the ledger: what it would record for each scheme and month, and who brought it.

    Only the sums of its lines are kept, until they are saved or dropped.
    """

    class Status(models.TextChoices):
        READ = "read", "To confirm"
        SAVED = "saved", "Saved"
        REFUSED = "refused", "Refused"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="ledgers")
    file_name = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.READ)
    lines = models.PositiveIntegerField(default=0)
    sums = models.JSONField(default=list, blank=True)
    problems = models.JSONField(default=list, blank=True)
    read_at = models.DateTimeField()
    read_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_import_saved_at_a_moment",
                condition=Q(status="saved", saved_at__isnull=False)
                | (~Q(status="saved") & Q(saved_at__isnull=True)),
                violation_error_message="A saved extract has its moment, and no other.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme} ledger {self.pk}"


class MonthSignOff(models.Model):
    """Finance signs off a care group's actual savings of a month, which locks them. Append-only."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="sign_offs")
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="sign_offs")
    month = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_illustrative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="month_sign_off_once",
                fields=["programme", "care_group", "month"],
                violation_error_message="This month is already signed off.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.care_group.code} {self.month:%Y-%m} signed off"


class SchemeMilestone(models.Model):
    """A step of a scheme's delivery."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    owner = models.CharField(max_length=160, blank=True)
    due_on = models.DateField()
    forecast_on = models.DateField(null=True, blank=True)
    completed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.scheme}: {self.title}"


class SchemeRisk(models.Model):
    """A risk to a scheme, and what is done about it."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="risks")
    description = models.TextField()
    likelihood = models.PositiveSmallIntegerField()
    consequence = models.PositiveSmallIntegerField()
    mitigation = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="scheme_risk_scores_1_to_5",
                condition=Q(likelihood__range=(1, 5)) & Q(consequence__range=(1, 5)),
                violation_error_message="Likelihood and consequence go from 1 to 5.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme} risk {self.pk}"
