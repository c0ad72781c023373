"""A meeting's pages, frozen as files in the database."""

from django.db import models
from django.db.models import Q

from board.models.meetings import BoardMeeting


class Pack(models.Model):
    """A meeting's pack. An error is corrected by a new version; the first one is kept."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ISSUED = "issued", "Issued"
        WITHDRAWN = "withdrawn", "Withdrawn"

    meeting = models.ForeignKey(BoardMeeting, on_delete=models.PROTECT, related_name="packs")
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="pack_version_once",
                fields=["meeting", "version"],
                violation_error_message="The meeting already has a pack of that version.",
            ),
            models.CheckConstraint(
                name="pack_later_version_has_a_reason",
                condition=Q(version=1) | ~Q(reason=""),
                violation_error_message="Say what the new version puts right.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting} pack v{self.version}"


class PackFile(models.Model):
    """One file of a frozen pack. Append-only."""

    class Kind(models.TextChoices):
        HTML = "html", "HTML"
        PDF = "pdf", "PDF"
        CSV = "csv", "CSV"

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="pack_file_once_a_kind",
                fields=["pack", "kind"],
                violation_error_message="The pack already has a file of that kind.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.kind}"
