"""A meeting, its agenda and decisions, and the actions it asked for."""

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from kpis.models import Measure
from strategy.models import Committee


class BoardMeeting(models.Model):
    """A meeting of the Board or a committee about one period, as known at its cut-off."""

    slug = models.SlugField(max_length=60, unique=True)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="meetings")
    held_on = models.DateField()
    period_under_review = models.DateField(help_text="The first day of the month.")
    data_cut_off = models.DateTimeField()
    title = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="board_meeting_once_a_day",
                fields=["committee", "held_on"],
                violation_error_message="The committee already meets that day.",
            ),
            models.CheckConstraint(
                name="board_meeting_reviews_the_past",
                condition=Q(period_under_review__lt=F("held_on")),
                violation_error_message="A meeting reviews a month that has begun before it.",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class AgendaItem(models.Model):
    """One item of a meeting's agenda, with what was decided."""

    meeting = models.ForeignKey(BoardMeeting, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    decision = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="agenda_item_position",
                fields=["meeting", "position"],
                violation_error_message="The agenda already has an item at that place.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting} item {self.position}"


class MeetingAction(models.Model):
    """Something a meeting asked somebody to do by a day."""

    meeting = models.ForeignKey(BoardMeeting, on_delete=models.CASCADE, related_name="actions")
    text = models.TextField()
    owner = models.CharField(max_length=160)
    due_on = models.DateField()
    completed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.meeting} action {self.pk}"


class Escalation(models.Model):
    """Alert, advise or assure: the level at which a measure goes to a committee."""

    class Level(models.TextChoices):
        ALERT = "alert", "Alert"
        ADVISE = "advise", "Advise"
        ASSURE = "assure", "Assure"

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="escalations")
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="escalations")
    meeting = models.ForeignKey(
        BoardMeeting, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations"
    )
    level = models.CharField(max_length=6, choices=Level.choices)
    decision = models.TextField(blank=True)
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    next_review_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.measure.code} to {self.committee}"
