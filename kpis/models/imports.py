"""What was brought in by file, paste or command, and what came of it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

# How long the rows of an import wait for their confirmation.
WAITS = timedelta(days=1)
# What is emptied when the rows of an import are dropped.
EMPTIED: dict[str, object] = {"kept": {}, "preview": {}, "unread": None}
# The statuses of an import that has written something.
WRITTEN = ["saved", "proposed", "approved", "returned"]


class ImportBatch(models.Model):
    """A file or a pasted block of figures: who brought it, in which way, and what came of it.

    `kept` holds its rows as typed, and `preview` what they would do, until they are confirmed and
    for a day at most. `problems` are the refused rows with their reasons, without anybody's words.
    """

    class Door(models.TextChoices):
        FILE = "file", "File"
        PASTE = "paste", "Pasted block"
        COMMAND = "command", "Command"

    class Status(models.TextChoices):
        CHOOSING = "choosing", "Waiting for a sheet to be chosen"
        READING = "reading", "Being read"
        WAITING = "waiting", "Waiting to be confirmed"
        SAVING = "saving", "Being saved"
        REFUSED = "refused", "Refused"
        UNCHANGED = "unchanged", "Nothing to change"
        SAVED = "saved", "Saved"
        PROPOSED = "proposed", "Waiting for a second person"
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Sent back"

    name = models.CharField(max_length=200, blank=True, help_text="The name of the file.")
    sha256 = models.CharField(max_length=64)
    door = models.CharField(max_length=8, choices=Door.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports"
    )
    saved_at = models.DateTimeField(null=True, blank=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, blank=True)
    touched = models.JSONField(default=list, blank=True)
    kept = models.JSONField(default=dict, blank=True)
    # Of a long file, which is read and saved in the background: the file until it has been opened,
    # how far the check of its rows is, and what they would do.
    unread = models.BinaryField(null=True, blank=True)
    checked = models.PositiveIntegerField(default=0)
    to_check = models.PositiveIntegerField(default=0)
    worked_at = models.DateTimeField(null=True, blank=True)
    preview = models.JSONField(default=dict, blank=True)
    # Of months before the tracker: the versions that a second person approves as a whole.
    figures = models.JSONField(default=list, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(
                name="import_batch_saved_at_a_moment",
                condition=Q(status__in=WRITTEN, saved_at__isnull=False)
                | (~Q(status__in=WRITTEN) & Q(saved_at__isnull=True)),
                violation_error_message="An import is saved at a moment, and no other has one.",
            ),
            models.CheckConstraint(
                name="import_batch_decided_by_another",
                condition=(
                    Q(status="approved", decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_by=F("read_by"))
                )
                | Q(status="returned", decided_at__isnull=False, decided_by__isnull=False)
                | (
                    ~Q(status__in=["approved", "returned"])
                    & Q(decided_at__isnull=True, decided_by__isnull=True)
                ),
                violation_error_message="Someone else approves an import.",
            ),
        ]
        indexes = [models.Index(fields=["read_by", "read_at"], name="import_by_reader")]

    def __str__(self) -> str:
        return f"import {self.pk}: {self.sha256[:12]}"

    def get_absolute_url(self) -> str:
        return reverse("kpis:import-detail", args=[self.pk])

    def is_held(self, at: datetime) -> bool:
        """Whether its rows are still here to be looked at."""
        return bool(self.kept) and at < self.read_at + WAITS

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.unchanged + self.refused


# There is nothing to look at yet, or any more.
NOT_PLANNED = (
    ImportBatch.Status.CHOOSING,
    ImportBatch.Status.READING,
    ImportBatch.Status.SAVING,
)
