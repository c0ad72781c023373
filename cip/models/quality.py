"""The quality impact assessment that a scheme must pass before delivery."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from cip.gate import APPROVALS, QiaStatus
from cip.models.schemes import Scheme
from kpis.models import Measure
from kpis.models.columns import MeasureDecimal, TextWithdrawn
from strategy.models import PostHolding


class QualityImpactAssessment(models.Model):
    """One scheme's assessment over four domains, decided by a panel, signed by two posts."""

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        MORE_DETAIL_ASKED = "more_detail_asked", "More detail asked"
        APPROVED = "approved", "Approved"
        APPROVED_WITH_CONDITIONS = "approved_with_conditions", "Approved with conditions"
        REJECTED = "rejected", "Rejected"
        REOPENED = "reopened", "Reopened"

    scheme = models.OneToOneField(Scheme, on_delete=models.CASCADE, related_name="qia")
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.NOT_STARTED)
    author = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scope = models.TextField(blank=True)
    equality_impact = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    review_every_months = models.PositiveSmallIntegerField(default=3)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="qia_reviewed_within_a_year",
                condition=Q(review_every_months__range=(1, 12)),
                violation_error_message="Reviews are held every 1 to 12 months.",
            )
        ]

    def __str__(self) -> str:
        return f"QIA of {self.scheme}"

    def get_absolute_url(self) -> str:
        scheme = self.scheme
        return reverse("cip:qia-detail", args=[scheme.programme.year, scheme.reference])

    @property
    def is_decided(self) -> bool:
        """Whether the panel has decided: then anybody who may read schemes may read it."""
        return self.status in (*APPROVALS, QiaStatus.REJECTED)


class QIAAuthor(models.Model):
    """Who wrote in an assessment, and so never signs it. Append-only."""

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="authors"
    )
    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="qia_author_once",
                fields=["assessment", "person"],
                violation_error_message="This person is an author already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.assessment} written by {self.person.username}"


class QIADomain(models.Model):
    """One of the four domains, before and after mitigation."""

    class Domain(models.TextChoices):
        PATIENT_SAFETY = "patient_safety", "Patient safety"
        CLINICAL_EFFECTIVENESS = "clinical_effectiveness", "Clinical effectiveness"
        PATIENT_EXPERIENCE = "patient_experience", "Patient experience"
        STAFF_EXPERIENCE = "staff_experience", "Staff experience"

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="domains"
    )
    domain = models.CharField(max_length=24, choices=Domain.choices)
    description = models.TextField(blank=True)
    likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    consequence = models.PositiveSmallIntegerField(null=True, blank=True)
    mitigation = models.TextField(blank=True)
    residual_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    residual_consequence = models.PositiveSmallIntegerField(null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="qia_domain_once",
                fields=["assessment", "domain"],
                violation_error_message="This domain is already assessed.",
            ),
            *[
                models.CheckConstraint(
                    name=f"qia_domain_{field}_1_to_5",
                    condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (1, 5)}),
                    violation_error_message="Scores go from 1 to 5.",
                )
                for field in (
                    "likelihood",
                    "consequence",
                    "residual_likelihood",
                    "residual_consequence",
                )
            ],
        ]

    def __str__(self) -> str:
        return f"{self.assessment}: {self.get_domain_display()}"


class QIADecision(models.Model):
    """A decision of the panel, and who recorded it. Append-only."""

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="decisions"
    )
    outcome = models.CharField(max_length=24, choices=QualityImpactAssessment.Status.choices)
    conditions = models.TextField(blank=True)
    decided_on = models.DateField()
    snapshot_hash = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.assessment}: {self.get_outcome_display()} on {self.decided_on}"


class QIASignature(models.Model):
    """A post holder's signature, with a hash of the snapshot that was signed. Append-only.

    It is given on a decision of the panel: a later decision needs new signatures.
    """

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="signatures"
    )
    decision = models.ForeignKey(QIADecision, on_delete=models.CASCADE, related_name="signatures")
    post = models.CharField(max_length=60, choices=PostHolding.Post.choices)
    signed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    snapshot = models.JSONField()
    snapshot_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.assessment} signed by {self.signed_by} at {self.signed_at:%Y-%m-%d}"


class GuardMeasure(models.Model):
    """A measure watched while a scheme delivers: a special-cause concern reopens its QIA."""

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="guards"
    )
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="guards")
    baseline = MeasureDecimal()
    baseline_period = models.CharField(max_length=20, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="guard_measure_once",
                fields=["assessment", "measure"],
                violation_error_message="This measure already guards the scheme.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.assessment} guarded by {self.measure.code}"


class QIAReopening(models.Model):
    """Why an approved or rejected assessment was reopened: by finance, or by a signal of a guard
    measure, once for each run of the signal. Append-only."""

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="reopenings"
    )
    was = models.CharField(max_length=24, choices=QualityImpactAssessment.Status.choices)
    guard = models.ForeignKey(
        GuardMeasure, null=True, blank=True, on_delete=models.CASCADE, related_name="reopenings"
    )
    signal_began = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    is_text_withdrawn = TextWithdrawn()
    reopened_at = models.DateTimeField()
    reopened_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="qia_reopened_once_a_signal",
                fields=["guard", "signal_began"],
                violation_error_message="This signal has reopened the assessment already.",
            ),
            models.UniqueConstraint(
                name="qia_reopened_once_after_rejection",
                fields=["assessment"],
                condition=Q(was="rejected"),
                violation_error_message="A rejected assessment is reopened once.",
            ),
            models.CheckConstraint(
                name="qia_reopened_by_a_signal_or_with_a_reason",
                condition=Q(guard__isnull=False, signal_began__isnull=False)
                | (Q(guard__isnull=True) & (~Q(reason="") | Q(is_text_withdrawn=True))),
                violation_error_message="Say why it is reopened.",
            ),
        ]

    def __str__(self) -> str:
        signal = f" by {self.guard}, {self.signal_began}" if self.guard else ""
        return f"{self.assessment} reopened at {self.reopened_at:%Y-%m-%d %H:%M}{signal}"


class QIAReview(models.Model):
    """A review after delivery starts: each quarter for 12 months."""

    assessment = models.ForeignKey(
        QualityImpactAssessment, on_delete=models.CASCADE, related_name="reviews"
    )
    due_on = models.DateField()
    held_on = models.DateField(null=True, blank=True)
    findings = models.TextField(blank=True)
    held_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="qia_review_once_a_day",
                fields=["assessment", "due_on"],
                violation_error_message="A review is already due that day.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.assessment} review due {self.due_on}"
