"""The next plan while it is drafted, in rows of its own, so that nothing reads it as a plan.

Adoption writes the plan, its outline and its targets; until then a draft is only here, and a draft
that is given up leaves nothing behind but its audit rows.
"""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from kpis.models.promises import PromiseTerms, promise_constraints
from kpis.models.targets import Target
from kpis.targets import falls_due
from strategy.models import Plan


class PlanDraft(models.Model):
    """A plan that is being written.

    draft → proposed (with the board's decision and a day) → adopted, by a second person; a
    proposed draft is fixed, and may be sent back to draft.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Proposed for adoption"
        ADOPTED = "adopted", "Adopted"

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    follows = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts_after"
    )
    mission = models.TextField(blank=True)
    vision = models.TextField(blank=True)
    document = models.CharField(max_length=300, help_text="The document it is published in.")
    published_on = models.DateField(null=True, blank=True)
    default_tolerance_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    adopts_on = models.DateField(null=True, blank=True, help_text="The day it opens on the board.")
    decision = models.TextField(blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    adopted_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="plan_draft_ends_after_start",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="The plan must end after it starts.",
            ),
            models.CheckConstraint(
                name="plan_draft_tolerance_is_a_percentage",
                condition=Q(default_tolerance_percent__gte=0)
                & Q(default_tolerance_percent__lte=100),
                violation_error_message="The default tolerance must be between 0 and 100.",
            ),
            models.CheckConstraint(
                name="plan_draft_proposed_by_someone",
                condition=Q(status="draft")
                | (
                    Q(proposed_at__isnull=False)
                    & Q(proposed_by__isnull=False)
                    & Q(adopts_on__isnull=False)
                    & ~Q(decision="")
                ),
                violation_error_message="A proposal has its person, its moment, its day and a "
                "decision.",
            ),
            models.CheckConstraint(
                name="plan_draft_adopted_by_another",
                condition=~Q(status="adopted")
                | (
                    Q(adopted_at__isnull=False)
                    & Q(adopted_by__isnull=False)
                    & ~Q(adopted_by=F("proposed_by"))
                ),
                violation_error_message="A plan is adopted by a second person.",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("kpis:plan-edit", args=[self.code])


class DraftLine(PromiseTerms):
    """One line of a draft's outline: an ambition, an objective of it, or what is under that.

    `statement` holds the words of the line, a title for an ambition or an objective.
    """

    class Kind(models.TextChoices):
        AMBITION = "ambition", "Ambition"
        OBJECTIVE = "objective", "Objective"
        OUTCOME = "outcome", "What it will look like"
        PROMISE = "promise", "Promise"

    draft = models.ForeignKey(PlanDraft, on_delete=models.CASCADE, related_name="lines")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    number = models.CharField(max_length=40, blank=True, help_text="As printed: 1, 1.1.")
    position = models.PositiveSmallIntegerField()
    finder = models.CharField(
        max_length=120, blank=True, help_text="Who finds a measure, while there is none."
    )
    owner = models.CharField(
        max_length=160,
        blank=True,
        help_text="Who answers for it once the plan is adopted; empty: the owner of its measure.",
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            *promise_constraints("draft_line"),
            models.CheckConstraint(
                name="draft_line_known_kind",
                condition=Q(kind__in=["ambition", "objective", "outcome", "promise"]),
                violation_error_message="A line is an ambition, an objective, an outcome or a "
                "promise.",
            ),
            models.CheckConstraint(
                name="draft_line_says_something",
                condition=~Q(statement=""),
                violation_error_message="Enter the words of the line.",
            ),
            models.CheckConstraint(
                name="draft_line_ambition_stands_alone",
                condition=Q(kind="ambition", parent__isnull=True)
                | (~Q(kind="ambition") & Q(parent__isnull=False)),
                violation_error_message="An ambition stands at the top; all else under another "
                "line.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["draft", "position"], name="draft_line_in_order")]

    def __str__(self) -> str:
        return f"{self.draft.code} line {self.pk}"

    @property
    def due(self) -> date | None:
        """The day it falls due. Reads the draft, so select it with the row."""
        return falls_due(self.role, self.due_on, self.draft.ends_on)


class Succession(models.Model):
    """What became of a commitment of the plan before: its successor, or why it is dropped.

    While a plan is drafted, only a dropped commitment has a row; the rest is worked out. Adoption
    records one for every commitment of the ended plan.
    """

    class Decision(models.TextChoices):
        SAME = "same", "Carried over"
        TIGHTENED = "tightened", "Tightened"
        LOOSENED = "loosened", "Loosened"
        CHANGED = "changed_in_kind", "Changed in kind"
        DROPPED = "dropped", "Dropped"

    draft = models.ForeignKey(PlanDraft, on_delete=models.CASCADE, related_name="successions")
    ended = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="successions")
    decision = models.CharField(max_length=15, choices=Decision.choices)
    successor = models.ForeignKey(
        Target, null=True, blank=True, on_delete=models.PROTECT, related_name="succeeds"
    )
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="succession_once",
                fields=["draft", "ended"],
                violation_error_message="What becomes of this promise is decided already.",
            ),
            models.CheckConstraint(
                name="succession_dropped_with_a_reason",
                condition=~Q(decision="dropped") | ~Q(reason=""),
                violation_error_message="Say why the promise is dropped.",
            ),
            models.CheckConstraint(
                name="succession_known_decision",
                condition=Q(
                    decision__in=["same", "tightened", "loosened", "changed_in_kind", "dropped"]
                ),
                violation_error_message="A promise is carried over, changed or dropped.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ended.code}: {self.get_decision_display()} in {self.draft.code}"
