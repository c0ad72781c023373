"""Where rows come from, so that every number leads back to the sentence that prints it."""

from django.db import models
from simple_history.models import HistoricalRecords

from strategy.models.natural_keys import NaturalKey


class SourceDocument(NaturalKey):
    """A published document, web page or data file that statements and figures come from."""

    NATURAL_KEY = ("code",)

    class Precision(models.TextChoices):
        DAY = "day", "Day"
        MONTH = "month", "Month"
        YEAR = "year", "Year"

    code = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200, blank=True)
    published_on = models.DateField(null=True, blank=True)
    published_precision = models.CharField(max_length=5, choices=Precision.choices, blank=True)
    address = models.CharField(max_length=600, blank=True)
    file = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title


class Provenance(models.Model):
    """Abstract: the source document, the place in it, and the published words."""

    source_document = models.ForeignKey(
        SourceDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source_section = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """The section, and the document where it is not that of the row's plan."""
        parts = [self.source_section]
        own = getattr(getattr(self, "plan", None), "source_document_id", None)
        if self.source_document_id != own and self.source_document is not None:
            parts.append(self.source_document.title)
        return ", ".join(part for part in parts if part) or "no place recorded"


class Note(NaturalKey):
    """A contradiction or an ambiguity in the documents, shown at every row it touches."""

    NATURAL_KEY = ("key",)

    class Kind(models.TextChoices):
        CONTRADICTION = "contradiction", "The documents disagree"
        AMBIGUITY = "ambiguity", "Can be read in two ways"
        LAYOUT = "layout", "Layout lost in the document"
        ARITHMETIC = "arithmetic", "The figures do not add up"

    key = models.SlugField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.TextField()

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.key}"


class NoteLink(NaturalKey):
    """A row that a note touches, named by kind and key ("target", "strategy-2023-26/2.1.5")."""

    NATURAL_KEY = ("note__key", "object_type", "object_key")

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="links")
    object_type = models.CharField(max_length=40)
    object_key = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="note_link_once",
                fields=["note", "object_type", "object_key"],
                violation_error_message="The note already touches that row.",
            )
        ]
        indexes = [models.Index(fields=["object_type", "object_key"], name="note_link_by_object")]

    def __str__(self) -> str:
        return f"{self.note.key} at {self.object_type} {self.object_key}"

    @property
    def touched(self) -> tuple[str, str]:
        """The row, by kind and key."""
        return self.object_type, self.object_key


class SeededRow(models.Model):
    """What `seed` last wrote for a row, which shows whether people have edited the row since."""

    object_type = models.CharField(max_length=60)
    object_key = models.CharField(max_length=240)
    row_hash = models.CharField(max_length=64)
    columns = models.JSONField(
        default=list, blank=True, help_text="What the hash is of: the columns that seed writes."
    )
    fixture = models.CharField(max_length=120)
    seeded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="seeded_row_once",
                fields=["object_type", "object_key"],
                violation_error_message="The row is already recorded as seeded.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_key}"
