"""Which care groups report, who leads them, who holds which post, and the trust's names."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from strategy.models.addresses import address
from strategy.models.natural_keys import NaturalKey, NaturalKeyQuerySet
from strategy.moments import london_date


def in_force_on(on: date, *, starts: str = "valid_from", ends: str = "valid_to") -> Q:
    """Rows of a half-open date range that are in force on a day; an empty end is open."""
    started = Q(**{f"{starts}__isnull": True}) | Q(**{f"{starts}__lte": on})
    not_ended = Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": on})
    return started & not_ended


def ends_after_start(
    name: str, *, starts: str = "valid_from", ends: str = "valid_to"
) -> models.CheckConstraint:
    """The constraint on a half-open date range: it lasts at least one day, or has no end."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{starts}__isnull": True})
        | Q(**{f"{ends}__isnull": True})
        | Q(**{f"{ends}__gt": F(starts)}),
        violation_error_message="The end must be after the start.",
    )


class TrustNameQuerySet(NaturalKeyQuerySet):
    def in_force_on(self, on: date) -> Self:
        return self.filter(in_force_on(on))


class TrustName(NaturalKey):
    """The trust's name from a day to a day: a page for a past month shows the old name."""

    NATURAL_KEY = ("name",)

    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=40)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = TrustNameQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [ends_after_start("trust_name_ends_after_start")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """One name on any day. A name ends today or later, as pages of past months show it."""
        super().clean()
        others = TrustName.objects.exclude(pk=self.pk)
        if self.valid_to is not None:
            others = others.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=self.valid_to))
        if self.valid_from is not None:
            others = others.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=self.valid_from))
        if other := others.first():
            raise ValidationError(
                {
                    "valid_from": f"The trust is called {other} at that time. Set the last day of "
                    "that name first, and begin this one then."
                }
            )
        kept = TrustName.objects.filter(pk=self.pk).values_list("valid_to", flat=True)
        is_moved = self.pk is not None and self.valid_to not in kept
        if is_moved and self.valid_to is not None and self.valid_to < london_date(timezone.now()):
            raise ValidationError(
                {
                    "valid_to": "Enter today or a later day: pages of past months carry this name "
                    "until then."
                }
            )


class CareGroupQuerySet(NaturalKeyQuerySet):
    def in_force_on(self, on: date) -> Self:
        return self.filter(in_force_on(on))

    def trust(self) -> Any:
        return self.get(level=CareGroup.Level.TRUST)


# Words that addresses use where others have a care group's code.
RESERVED_CODES = frozenset({"new", "edit", "adopt", "lock", "months", "data"})


class CareGroup(NaturalKey):
    """An organisational unit that reports. There is one trust row, "Trust-wide"."""

    NATURAL_KEY = ("code",)

    class Level(models.TextChoices):
        TRUST = "trust", "Trust"
        CARE_GROUP = "care_group", "Care group"
        SUPPORT_SERVICE = "support_service", "Support service"
        SYSTEM = "system", "System"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=20, choices=Level.choices)
    position = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    predecessors = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="successors"
    )
    note = models.TextField(blank=True)

    objects = CareGroupQuerySet.as_manager()  # type: ignore[misc]
    history = HistoricalRecords(m2m_fields=[predecessors])

    class Meta:
        constraints = [
            ends_after_start("care_group_ends_after_start"),
            models.UniqueConstraint(
                name="care_group_one_trust_row",
                fields=["level"],
                condition=Q(level="trust"),
                violation_error_message="There is one trust row.",
            ),
            models.CheckConstraint(
                name="care_group_trust_has_no_dates",
                condition=~Q(level="trust") | Q(valid_from__isnull=True, valid_to__isnull=True),
                violation_error_message="The trust as a whole neither begins nor ends.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.code in RESERVED_CODES:
            raise ValidationError(
                {"code": f"“{self.code}” stands in addresses: choose another code."}
            )

    def get_absolute_url(self) -> str:
        return address("board:care-group-detail", self.code)

    @property
    def has_figures(self) -> bool:
        """Whether a figure of it was ever approved."""
        series = self.series.filter(actuals__decisions__outcome="approved")  # type: ignore[attr-defined]
        return series.exists()

    @property
    def is_trust(self) -> bool:
        return self.level == self.Level.TRUST


class Membership(models.Model):
    """A person who leads a care group, or covers for its lead, from a day to a day."""

    class Kind(models.TextChoices):
        LEAD = "lead", "Lead"
        DELEGATE = "delegate", "Delegate (cover)"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="memberships")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LEAD)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            ends_after_start("membership_ends_after_start", starts="starts_on", ends="ends_on"),
            models.UniqueConstraint(
                name="membership_once_a_start",
                fields=["user", "care_group", "starts_on"],
                violation_error_message="This membership is already recorded from that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()} of {self.care_group} from {self.starts_on}"


class PostHolding(models.Model):
    """Who holds an executive post from a day to a day: a QIA needs two of their signatures."""

    class Post(models.TextChoices):
        MEDICAL_DIRECTOR = "executive_medical_director", "Executive Medical Director"
        NURSING_DIRECTOR = (
            "executive_director_of_nursing_and_quality",
            "Executive Director of Nursing and Quality",
        )

    post = models.CharField(max_length=60, choices=Post.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="post_holdings"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            ends_after_start("post_holding_ends_after_start", starts="starts_on", ends="ends_on"),
            models.UniqueConstraint(
                name="post_holding_once_a_start",
                fields=["post", "user", "starts_on"],
                violation_error_message="This holding is already recorded from that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_post_display()}: {self.user} from {self.starts_on}"


class Committee(NaturalKey):
    """The Board or one of its committees; `kpis` says which measures go to which."""

    NATURAL_KEY = ("code",)

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name
