"""A plan as published: its ambitions, their objectives, and what they will look like."""

import re
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from accounts.record.fixed import fixed_problems
from strategy.models.addresses import address
from strategy.models.natural_keys import NaturalKey
from strategy.models.provenance import Provenance, SourceDocument
from strategy.moments import london_day_end, london_day_start

# An objective's page has its reference in the URL.
ADDRESSABLE = re.compile(r"[0-9A-Za-z][-.\w]*")
NOT_ADDRESSABLE = "must be letters, digits, hyphens and full stops, like 1.1"


class Plan(NaturalKey):
    """One of the trust's published plans. Its targets live in `kpis`."""

    NATURAL_KEY = ("code",)

    noted_as = "plan"
    texts = ("title", "mission", "vision", "values_statement", "values")

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    short_title = models.CharField(max_length=60, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    dates_note = models.TextField(blank=True)
    published_on = models.DateField(null=True, blank=True)
    mission = models.TextField(blank=True)
    mission_section = models.CharField(max_length=300, blank=True)
    vision = models.TextField(blank=True)
    vision_section = models.CharField(max_length=300, blank=True)
    values = models.JSONField(default=list, blank=True)
    values_statement = models.TextField(blank=True)
    values_section = models.CharField(max_length=300, blank=True)
    default_tolerance_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    cited = models.BooleanField(
        default=False, help_text="Known only because another document cites it."
    )
    source_document = models.ForeignKey(SourceDocument, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: a plan that was published before the tracker."
    )
    opens_on = models.DateField(
        null=True, blank=True, help_text="The day from which the board opens at it."
    )

    # Written once, by adoption: there is no earlier state to keep.
    history = HistoricalRecords(excluded_fields=["adopted_at", "opens_on"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="plan_ends_after_start",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="The plan must end after it starts.",
            ),
            models.CheckConstraint(
                name="plan_tolerance_is_a_percentage",
                condition=Q(default_tolerance_percent__gte=0)
                & Q(default_tolerance_percent__lte=100),
                violation_error_message="The default tolerance must be between 0 and 100.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        """What readers call it in a list: its short title, where it has one."""
        return self.short_title or self.title

    def clean(self) -> None:
        super().clean()
        problems = fixed_problems(self)
        if problems:
            raise ValidationError(problems)

    def get_absolute_url(self) -> str:
        return address("kpis:plan-detail", self.code)

    @property
    def known_on(self) -> date:
        """The day from which it counts as known: the one its adoption names; of a plan that was
        published before the tracker its publication, else its start.
        """
        return self.opens_on or self.published_on or self.starts_on

    @property
    def known_from(self) -> datetime:
        """The end of that day: published words count from then, as published figures do.

        A plan that was adopted here is known from its adoption, before the day it opens.
        """
        if self.adopted_at is not None:
            return self.adopted_at
        moment_of = london_day_end if self.published_on else london_day_start
        return moment_of(self.known_on)


class Ambition(NaturalKey, Provenance):
    """A grouping of objectives: an ambition, an enabler, a key area, a strategic priority."""

    NATURAL_KEY = ("plan__code", "position")

    noted_as = "ambition"
    texts = ("title", "theme", "statement", "rationale")

    class Kind(models.TextChoices):
        AMBITION = "ambition", "Ambition"
        ENABLER = "enabler", "Enabler"
        KEY_AREA = "key_area", "Key area"
        STRATEGIC_PRIORITY = "strategic_priority", "Strategic priority"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="ambitions")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    position = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=10, blank=True, help_text="As printed.")
    theme = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=300)
    statement = models.TextField(blank=True)
    rationale = models.JSONField(default=list, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="ambition_position_in_plan",
                fields=["plan", "position"],
                violation_error_message="The plan already has a grouping at that place.",
            )
        ]

    def __str__(self) -> str:
        kind = self.get_kind_display().lower()
        return f"{self.plan.code} {self.position}: {kind} {self.number}".strip()


class Objective(NaturalKey, Provenance):
    """What an ambition sets out to do. `reference` is as printed ("1.1"), else a slug."""

    NATURAL_KEY = ("plan__code", "reference")

    noted_as = "objective"
    texts = ("title", "statement")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="objectives")
    ambition = models.ForeignKey(Ambition, on_delete=models.CASCADE, related_name="objectives")
    reference = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=400)
    statement = models.TextField(blank=True)
    # Null, not empty: SQLite adds a column that may be null, and makes the table anew, without its
    # triggers, for any other.
    owner = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="objective_reference_in_plan",
                fields=["plan", "reference"],
                violation_error_message="The plan already has an objective with that reference.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan.code} {self.reference}"

    def clean(self) -> None:
        if not ADDRESSABLE.fullmatch(self.reference):
            raise ValidationError({"reference": f"It {NOT_ADDRESSABLE}."})

    @property
    def numbered_title(self) -> str:
        """ "1.1 Improve access …"; a slug we made up is not shown as if it were printed."""
        return f"{self.reference} {self.title}" if self.reference[:1].isdigit() else self.title

    def get_absolute_url(self) -> str:
        return address("kpis:objective-detail", self.plan.code, self.reference)


class Outcome(NaturalKey, Provenance):
    """ "What this will look like", "to achieve", a non-numeric impact: words, not a number."""

    NATURAL_KEY = ("objective__plan__code", "objective__reference", "position")

    noted_as = "outcome"
    texts = ("statement",)

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="outcomes")
    position = models.PositiveSmallIntegerField()
    statement = models.TextField()

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="outcome_position_in_objective",
                fields=["objective", "position"],
                violation_error_message="The objective already has an outcome at that place.",
            )
        ]

    @property
    def plan(self) -> Plan:
        return self.objective.plan

    def __str__(self) -> str:
        return f"{self.objective} outcome {self.position}"
