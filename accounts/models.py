"""People, the roles they hold, and the record of what they changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models import F, Q
from django.dispatch import Signal
from django.utils import timezone
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from accounts.roles import Role
from accounts.tries import Tries

# Sent by `createsuperuser`, within its transaction; the audit record listens (accounts/apps.py).
administrator_made = Signal()


class PeopleQuerySet(models.QuerySet["User"]):
    def update(self, **fields: Any) -> int:
        """Bulk updates too must end the sign-ins of people who are made inactive."""
        if fields.get("is_active") is False:
            fields.setdefault("sign_ins_ended", F("sign_ins_ended") + 1)
        return super().update(**fields)


class People(UserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """`createsuperuser` makes the first person; an administrator adds everyone else."""

    @transaction.atomic
    def create_superuser(self, *args: Any, **kwargs: Any) -> "User":
        """A person with the role of administrator from today: Django's flags grant nothing."""
        person = super().create_superuser(*args, **kwargs)
        grant = person.role_grants.create(
            role=Role.ADMINISTRATOR.value, starts_on=timezone.localdate()
        )
        administrator_made.send(sender=RoleGrant, grant=grant)
        return person


class User(AbstractUser):
    """A person who signs in. Their roles decide what they may do, never Django's flags.

    People are deactivated, never deleted, because every number says who entered it.
    """

    # How often all of this person's sign-ins were ended at once. A sign-in lasts while this and
    # the password are the same as when it began.
    sign_ins_ended = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Making a person inactive ends their sign-ins for good, even if they are reactivated."""
        if not self.is_active and not self._state.adding:
            self.sign_ins_ended = F("sign_ins_ended") + 1
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "sign_ins_ended"}
        super().save(*args, **kwargs)
        # Django leaves the F() expression on the instance; later readers need the number.
        if not isinstance(self.sign_ins_ended, int):
            self.refresh_from_db(fields=["sign_ins_ended"])

    def get_session_auth_hash(self) -> str:
        return self._hash_of_sign_ins(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for known in super().get_session_auth_fallback_hash():
            yield self._hash_of_sign_ins(known)

    def _hash_of_sign_ins(self, known: str) -> str:
        """What every request compares its session with: the password and `sign_ins_ended`."""
        # Without this, adding the column would have ended every sign-in at once.
        if not self.sign_ins_ended:
            return known
        return salted_hmac(known, str(self.sign_ins_ended), algorithm="sha256").hexdigest()

    def roles_on(self, on: date) -> frozenset[Role]:
        """The roles in force on a day; an inactive person has none."""
        if not self.is_active:
            return frozenset()
        return frozenset(
            Role(grant.role) for grant in self.role_grants.all() if grant.in_force_on(on)
        )


class RoleGrant(models.Model):
    """A role held from a day, up to but not including an end day; open when that is empty."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=30, choices=[(role.value, role.label) for role in Role])
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="grants_made"
    )

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_grant_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="A role must end after it starts.",
            ),
            models.CheckConstraint(
                name="role_grant_known_role",
                condition=Q(role__in=sorted(role.value for role in Role)),
                violation_error_message="Choose a role from the list.",
            ),
            models.UniqueConstraint(
                name="role_grant_once_a_start",
                fields=["user", "role", "starts_on"],
                violation_error_message="This person already holds the role from that day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {Role(self.role).label} from {self.starts_on}"

    def in_force_on(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)


class Invitation(models.Model):
    """A link, sent by e-mail, with which a person sets their own password, once.

    Only the hash of its token is kept, so nobody who reads the database can use it.
    """

    class Mail(models.TextChoices):
        WAITING = "waiting", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Did not leave"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Until it is used, or another link takes its place.
    is_open = models.BooleanField(default=True)
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.WAITING)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_expires_after_it_was_sent",
                condition=Q(expires_at__gt=F("invited_at")),
                violation_error_message="A link must be usable for some time.",
            ),
            models.UniqueConstraint(
                name="invitation_one_open_link",
                fields=["user"],
                condition=Q(is_open=True),
                violation_error_message="This person has an open link already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.username} {self.token_hash}"


class AccessToken(models.Model):
    """What a person's program shows instead of their password, to read datasets and nothing else.

    It reads what its person may read at that moment. Only the hash of its secret is kept. Tokens
    are ended, never deleted, because the audit record names them.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    secret_hash = models.CharField(max_length=64, unique=True)
    # The first letters of the secret, by which its owner recognises it.
    hint = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The person's own count when it was made: closing an account ends its tokens for good too.
    sign_ins_ended = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)
    is_revoked = models.BooleanField(default=False)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="access_token_expires_after_it_was_made",
                condition=Q(expires_at__gt=F("made_at")),
                violation_error_message="A token must be usable for some time.",
            ),
            models.CheckConstraint(
                name="access_token_revoked_by_somebody",
                condition=Q(is_revoked=False, revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(is_revoked=True, revoked_at__isnull=False, revoked_by__isnull=False),
                violation_error_message="A revoked token says when, and by whom.",
            ),
            models.UniqueConstraint(
                name="access_token_one_of_a_name",
                fields=["user", "name"],
                condition=Q(is_revoked=False),
                violation_error_message="This person has a token of that name already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.username} {self.hint}… {self.secret_hash}"


class SignInTries(models.Model):
    """Recent sign-in tries for a user name or an address (accounts/tries.py).

    `key` is a hash, because people sometimes type their password into the name field.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address"
        NAME = "name"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=64)
    at = models.JSONField(default=list)
    closed_until = models.FloatField(default=0)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sign_in_tries_once_a_key",
                fields=["kind", "key"],
                violation_error_message="This name or address is counted already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def tries(self) -> Tries:
        return Tries(tuple(self.at), self.closed_until)

    def keep(self, tries: Tries, now: float) -> None:
        self.at, self.closed_until = list(tries.at), tries.closed_until
        self.changed_at = datetime.fromtimestamp(now, UTC)
        self.save()


class AuditEvent(models.Model):
    """One change, written in the same transaction as the change. Append-only.

    `changes` holds {"field", "old", "new"} for each field, values as text. No column holds free
    text that a person typed: the reason is in a row of its own, which can be emptied. The
    database numbers the rows without gaps at the end of each transaction
    (`accounts.record.numbers`), so a missing number means that somebody deleted a row.
    """

    number = models.PositiveBigIntegerField(null=True, unique=True, editable=False)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    object_type = models.CharField(max_length=60)
    object_key = models.CharField(max_length=200)
    changes = models.JSONField(default=list)
    door = models.CharField(max_length=20, blank=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_key"], name="audit_event_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.object_type} {self.object_key}"

    @property
    def reason(self) -> str:
        """Why, as the person put it; empty when no reason was given or it was withdrawn."""
        given = AuditReason.objects.filter(event=self).first() if self.pk else None
        return given.text if given else ""


class AuditReason(models.Model):
    """Why somebody did what an audit row records. Append-only, but the text can be emptied."""

    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="given")
    text = models.TextField()

    def __str__(self) -> str:
        return f"Reason of {self.event}"


class AuditCounter(models.Model):
    """The number of the last audit row: a single row, locked last in each transaction."""

    last = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="audit_counter_is_one_row",
                condition=Q(id=1),
                violation_error_message="There is one counter.",
            )
        ]

    def __str__(self) -> str:
        return str(self.last)


class NumberedAt(models.Model):
    """When the database gave an audit row its number: as its transaction ended.

    `AuditEvent.at` is when a change began, which may be long before others can read it: who loads
    only what is new asks for what was numbered since (`accounts.audit.ended_after`).
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "moments of numbering"

    def __str__(self) -> str:
        return f"{self.number} at {self.at:%Y-%m-%d %H:%M:%S}"


class RowCopy(models.Model):
    """The copy of a row, kept whenever the tracker writes it; a difference means tampering.

    The two are written together (`accounts.record.writes`). `content` is the row as JSON.
    """

    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    content = models.TextField()

    class Meta:
        verbose_name_plural = "row copies"
        constraints = [
            models.UniqueConstraint(
                name="row_copy_once_a_row",
                fields=["table_name", "row_id"],
                violation_error_message="The row has its copy already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"
