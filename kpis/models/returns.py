"""The monthly return: a month's data clock, a care group's submission, and its draft cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from kpis.models.columns import MeasureDecimal, TextWithdrawn
from kpis.models.measures import Series
from strategy.models import CareGroup
from strategy.periods import Month


class ReportingPeriod(models.Model):
    """A month with its data clock: when entry opens and closes, sign-off, freeze, lock."""

    starts_on = models.DateField(unique=True, help_text="The first day of the month.")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    sign_off_at = models.DateTimeField()
    freezes_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True, blank=True)
    first_closed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The first closing time that passed, where a later one was set afterwards.",
    )
    version = models.PositiveIntegerField(default=1, db_default=1)
    is_illustrative = models.BooleanField(
        default=False, help_text="Its clock was set for the demonstration, not for real returns."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reporting_period_clock_in_order",
                condition=Q(opens_at__lt=F("closes_at"))
                & Q(closes_at__lte=F("sign_off_at"))
                & Q(sign_off_at__lte=F("freezes_at")),
                violation_error_message=(
                    "Entry opens, closes, is signed off and freezes in that order."
                ),
            ),
            models.CheckConstraint(
                name="reporting_period_first_close_is_earlier",
                condition=Q(first_closed_at__isnull=True) | Q(first_closed_at__lt=F("closes_at")),
                violation_error_message="Only a later closing time follows one that has passed.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.month)

    def get_absolute_url(self) -> str:
        return reverse("kpis:return-period", args=[str(self.month)])

    @property
    def month(self) -> Month:
        return Month.of(self.starts_on)

    @property
    def late_from(self) -> datetime:
        """The moment from which a return counts as late, even if more time is given later."""
        return self.first_closed_at or self.closes_at

    def is_open(self, at: datetime) -> bool:
        return self.locked_at is None and self.opens_at <= at


def is_reopened(of: str = "", *, known_at: datetime | None = None, month: str = "period__") -> Q:
    """Reopened alone while its month is locked, now or as known at a moment.

    `of` leads from the rows asked for to returns, `month` to months: both end with two underscores.
    """
    closed = Q(**{f"{of}closed_again_at__isnull": True})
    if known_at is not None:
        closed |= Q(**{f"{of}closed_again_at__gt": known_at})
    found = closed & Q(**{f"{of}reopened_at__gte": F(f"{month}locked_at")})
    return found if known_at is None else found & Q(**{f"{of}reopened_at__lte": known_at})


class ReturnQuerySet(models.QuerySet["Return"]):
    def reopened(self) -> ReturnQuerySet:
        return self.filter(is_reopened())


class ReturnState(models.Model):
    """The state of a return, or of a section of one.

    `submitted_at` and `approved_at` are the first time, whatever is corrected later: how late a
    return was stays known. `last_submitted_at` is the latest.
    """

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.NOT_STARTED)
    version = models.PositiveIntegerField(default=1)
    is_nil = models.BooleanField(default=False)
    nil_reason = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_submitted_at = models.DateTimeField(null=True, blank=True)
    last_submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recalled_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_reason = models.TextField(blank=True)
    is_text_withdrawn = TextWithdrawn()

    class Meta:
        abstract = True

    @property
    def state(self) -> dict[str, Any]:
        """The columns that hold the state, by name."""
        return {name: getattr(self, name) for name in STATE}


class Return(ReturnState):
    """One care group's submission for one month. In code a row is called `submission`.

    The trust's return may have sections (`ReturnSection`), each submitted and decided by itself.
    While `section` is set, the return has the state of that section, and saving it saves the
    section; the row itself has the state of its least advanced section.
    """

    section: ReturnSection | None = None
    owners: dict[int, str]  # of its measures, once they have been looked up: see sections.py

    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="returns")
    care_group = models.ForeignKey(CareGroup, on_delete=models.PROTECT, related_name="returns")
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reopened_reason = models.TextField(blank=True)
    closed_again_at = models.DateTimeField(null=True, blank=True)
    is_illustrative = models.BooleanField(
        default=False, help_text="Made up with its figures, and approved by nobody."
    )

    objects = ReturnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="return_once_a_month",
                fields=["period", "care_group"],
                violation_error_message="This return has already been started.",
            ),
            models.CheckConstraint(
                name="return_nil_has_a_reason",
                condition=Q(is_nil=False) | ~Q(nil_reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why there is nothing to report.",
            ),
            models.CheckConstraint(
                name="return_sent_back_with_a_reason",
                condition=~Q(status="returned")
                | ~Q(returned_reason="")
                | Q(is_text_withdrawn=True),
                violation_error_message="Say why the return goes back.",
            ),
            models.CheckConstraint(
                name="return_reopened_with_a_reason",
                condition=Q(reopened_at__isnull=True)
                | ~Q(reopened_reason="")
                | Q(is_text_withdrawn=True),
                violation_error_message="Say why the return is opened again.",
            ),
            models.CheckConstraint(
                name="return_closed_after_it_was_reopened",
                condition=Q(closed_again_at__isnull=True)
                | Q(reopened_at__isnull=False, closed_again_at__gte=F("reopened_at")),
                violation_error_message="A return is closed again after it was opened again.",
            ),
        ]

    def __str__(self) -> str:
        whole = f"{self.period} {self.care_group.code}"
        return f"{whole} {self.section.code}" if self.section else whole

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the state: in its section, if one is set, and then as a whole."""
        if self.section is None:
            return super().save(*args, **kwargs)
        for name, value in self.state.items():
            setattr(self.section, name, value)
        self.section.save()
        Return.objects.filter(pk=self.pk).update(
            **least_advanced(list(self.sections.order_by("pk"))), version=F("version") + 1
        )

    @property
    def section_code(self) -> str:
        """The section that is in hand; empty for the whole return."""
        return self.section.code if self.section else ""

    def get_absolute_url(self) -> str:
        return self._address("kpis:return-detail")

    def get_paste_url(self) -> str:
        """Where a block is pasted from a spreadsheet."""
        return self._address("kpis:return-paste")

    def get_template_url(self) -> str:
        """Its Excel template."""
        return self._address("kpis:return-template")

    def get_review_url(self) -> str:
        """Where somebody else decides on it."""
        return self._address("kpis:return-review")

    def get_result_url(self) -> str:
        """Where a row is judged while it is typed."""
        return self._address("kpis:return-result")

    def get_draft_url(self) -> str:
        """Where a draft of some rows is saved."""
        return self._address("kpis:return-draft")

    def _address(self, name: str) -> str:
        address = reverse(name, args=[str(self.period.month), self.care_group.code])
        return f"{address}?section={self.section.code}" if self.section else address

    @property
    def is_reopened(self) -> bool:
        """Whether it was reopened alone while its month is locked. Locking the month again, after
        it was opened as a whole, ends that.
        """
        locked_at, reopened_at = self.period.locked_at, self.reopened_at
        if locked_at is None or reopened_at is None or self.closed_again_at is not None:
            return False
        return reopened_at >= locked_at

    @property
    def is_locked(self) -> bool:
        """Whether it refuses saves, submissions and decisions."""
        return self.period.locked_at is not None and not self.is_reopened

    @property
    def is_made_up(self) -> bool:
        """Whether it holds illustrative figures, which nobody approved."""
        return self.is_illustrative and self.status == self.Status.APPROVED

    @property
    def sent_in_at(self) -> datetime | None:
        """When it was submitted last; an illustrative return only once."""
        return self.last_submitted_at or self.submitted_at

    @property
    def submitted_words(self) -> str:
        """Who submitted it last; an illustrative return was submitted by nobody."""
        by = self.last_submitted_by or self.submitted_by
        return str(by) if by else "illustrative"

    @property
    def approved_words(self) -> str:
        return str(self.approved_by) if self.approved_by else "illustrative"


class ReturnSection(ReturnState):
    """The part of the trust's return whose measures have one owner: submitted, approved and sent
    back by itself. Its rows and figures are those of the return.
    """

    submission = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="sections")
    code = models.SlugField(max_length=160)
    title = models.CharField(max_length=160)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="return_section_once",
                fields=["submission", "code"],
                violation_error_message="This section has already been started.",
            ),
            models.CheckConstraint(
                name="return_section_nil_has_a_reason",
                condition=Q(is_nil=False) | ~Q(nil_reason="") | Q(is_text_withdrawn=True),
                violation_error_message="Say why there is nothing to report.",
            ),
            models.CheckConstraint(
                name="return_section_sent_back_with_a_reason",
                condition=~Q(status="returned")
                | ~Q(returned_reason="")
                | Q(is_text_withdrawn=True),
                violation_error_message="Say why the section goes back.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission} {self.code}"


STATE = tuple(field.attname for field in ReturnState._meta.local_fields)
ADVANCED = (
    ReturnState.Status.NOT_STARTED,
    ReturnState.Status.DRAFT,
    ReturnState.Status.RETURNED,
    ReturnState.Status.SUBMITTED,
    ReturnState.Status.APPROVED,
)


def least_advanced(sections: Sequence[ReturnSection]) -> dict[str, Any]:
    """The state of a return with these sections: that of the least advanced one.

    It was submitted, or approved, with its last section.
    """
    least = min(sections, key=lambda row: ADVANCED.index(row.status))
    begun = [row.opened_at for row in sections if row.opened_at is not None]
    found: dict[str, Any] = {
        "status": least.status,
        "opened_at": min(begun, default=None),
        "returned_at": least.returned_at,
        "returned_by": least.returned_by_id,
        "returned_reason": least.returned_reason,
        "is_nil": all(row.is_nil for row in sections),
        "nil_reason": least.nil_reason,
    }
    for act in ("submitted", "last_submitted", "approved"):
        moments = [getattr(row, f"{act}_at") for row in sections]
        last = None if None in moments else sections[moments.index(max(moments))]
        found[f"{act}_at"] = getattr(last, f"{act}_at", None)
        found[f"{act}_by"] = getattr(last, f"{act}_by_id", None)
    if any(row.is_text_withdrawn for row in sections):
        found["is_text_withdrawn"] = True
    return found


class ReturnCell(models.Model):
    """A draft figure of a return: the text as typed, what it was read as, and its version."""

    submission = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="cells")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="cells")
    period_end = models.DateField(help_text="Last day of the window that the figure is of.")
    numerator_text = models.CharField(max_length=200, blank=True)
    denominator_text = models.CharField(max_length=200, blank=True)
    value_text = models.CharField(max_length=200, blank=True)
    numerator = MeasureDecimal()
    denominator = MeasureDecimal()
    value = MeasureDecimal()
    milestone_status = models.CharField(max_length=12, blank=True)
    forecast_text = models.CharField(max_length=40, blank=True)
    forecast_on = models.DateField(null=True, blank=True)
    completed_text = models.CharField(max_length=40, blank=True)
    completed_on = models.DateField(null=True, blank=True)
    withdrawn = models.BooleanField(
        default=False, db_default=False, help_text="The approved figure should never have been."
    )
    no_data_reason = models.TextField(blank=True)
    error = models.TextField(blank=True)
    confirmed = models.BooleanField(default=False)
    confirm_reason = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    change_reason = models.TextField(blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_reason = models.TextField(
        blank=True, help_text="Why this row alone went back, or its correction."
    )
    version = models.PositiveIntegerField(default=1)
    # Which version changed which box, by whom and when, but never the text (returns/merging.py).
    box_changes = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="return_cell_once_a_window",
                fields=["submission", "series", "period_end"],
                violation_error_message="Someone else has just saved this figure.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission} {self.series.measure.code} {self.period_end}"
