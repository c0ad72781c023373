"""E-mails: which were sent to whom, and which a person does not want."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class MailKind(models.TextChoices):
    """What an e-mail is about. Each kind can be turned off."""

    OPENS = "opens", "A return of your care group opens"
    CLOSING = "closing", "A return of your care group closes in three days"
    LATE = "late", "A return of your care group is late"
    SENT_BACK = "sent_back", "A return of your care group was sent back"
    APPROVED = "approved", "A return of your care group was approved"
    OPENED = "opened", "A return of your care group was opened again"
    REOPENED = "reopened", "A quality impact assessment was reopened by a guard measure"
    DIGEST = "digest", "Every Monday: what waits for you, and who is late"


class SentMail(models.Model):
    """An e-mail to one person about one thing: its row is claimed before it is sent.

    The row is unique, so however often the work is started, one e-mail leaves. One that was still
    being sent when its process died is never sent again, because it may have left.
    """

    class State(models.TextChoices):
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Did not leave: tried again"
        UNKNOWN = "unknown", "Interrupted: not known whether it left"
        EMPTY = "empty", "Nothing to say"

    kind = models.CharField(max_length=10, choices=MailKind.choices)
    about = models.CharField(max_length=120, help_text="Which return or week it is about.")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mails"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.SENDING)
    tries = models.PositiveSmallIntegerField(default=1)
    claimed_at = models.DateTimeField(help_text="When the last try began.")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sent_mail_once",
                fields=["kind", "about", "person"],
                violation_error_message="This e-mail is sent already.",
            ),
            models.CheckConstraint(
                name="sent_mail_known_kind",
                condition=Q(kind__in=sorted(MailKind.values)),
                violation_error_message="Choose a kind from the list.",
            ),
            models.CheckConstraint(
                name="sent_mail_sent_at_a_moment",
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                violation_error_message="A sent e-mail has its moment, and no other.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about} to {self.person.username}"


class MailPreference(models.Model):
    """Whether a person wants e-mails of a kind; without a row they do."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mail_preferences"
    )
    kind = models.CharField(max_length=10, choices=MailKind.choices)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="mail_preference_once_a_kind",
                fields=["person", "kind"],
                violation_error_message="This is chosen already.",
            ),
            models.CheckConstraint(
                name="mail_preference_known_kind",
                condition=Q(kind__in=sorted(MailKind.values)),
                violation_error_message="Choose a kind from the list.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person.username} {self.kind}"
