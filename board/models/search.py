"""What readers can search in: one row for each row of a plan, a measure or a care group."""

from django.db import models


class SearchEntry(models.Model):
    """The words of one row that a reader can search for, and what its address needs.

    Triggers on the rows' own tables write it (board/search/index.py), nothing else does. The keys
    are no foreign keys: an entry goes with its row by the same triggers.
    """

    source = models.CharField(max_length=30, help_text="The kind of row, as notes name it.")
    row_key = models.BigIntegerField()
    code = models.CharField(max_length=120, blank=True)
    plan_key = models.BigIntegerField(null=True, blank=True)
    objective_key = models.BigIntegerField(null=True, blank=True)
    measure_key = models.BigIntegerField(null=True, blank=True)
    place = models.CharField(max_length=300, blank=True)
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(
                name="search_entry_once",
                fields=["source", "row_key"],
                violation_error_message="The row can be searched for already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.row_key}"
