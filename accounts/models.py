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
        """Whoever is made inactive is signed out for good, in bulk too."""
        if fields.get("is_active") is False:
            fields.setdefault("sign_ins_ended", F("sign_ins_ended") + 1)
        return super().update(**fields)


class People(UserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """The first way in is `createsuperuser`; everybody else is an administrator's to add."""

    @transaction.atomic
    def create_superuser(self, *args: Any, **kwargs: Any) -> "User":
        """A person with the role of administrator from today: flags alone allow nothing."""
        person = super().create_superuser(*args, **kwargs)
        grant = person.role_grants.create(
            role=Role.ADMINISTRATOR.value, starts_on=timezone.localdate()
        )
        administrator_made.send(sender=RoleGrant, grant=grant)
        return person


class User(AbstractUser):
    """A person who signs in. What they may do follows from their roles, never from flags.

    People are never deleted, only deactivated: every number says who entered it.
    """

    # How often all of this person's sign-ins were ended at once. A sign-in holds as long as this
    # and the password stay as they were when it began.
    sign_ins_ended = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[People] = People()

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A sign-in ends when its person is made inactive, and stays ended if they come back."""
        if not self.is_active and not self._state.adding:
            self.sign_ins_ended = F("sign_ins_ended") + 1
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "sign_ins_ended"}
        super().save(*args, **kwargs)
        if not isinstance(self.sign_ins_ended, int):
            self.refresh_from_db(fields=["sign_ins_ended"])

    def get_session_auth_hash(self) -> str:
        return self._hash_of_sign_ins(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for known in super().get_session_auth_fallback_hash():
            yield self._hash_of_sign_ins(known)

    def _hash_of_sign_ins(self, known: str) -> str:
        """What a session is compared with at every request: the password, and what ended since."""
        if not self.sign_ins_ended:
            return known
        return salted_hmac(known, str(self.sign_ins_ended), algorithm="sha256").hexdigest()

    def roles_on(self, on: date) -> frozenset[Role]:
        """The roles in force on a day; an inactive person holds none."""
        if not self.is_active:
            return frozenset()
        return frozenset(
            Role(grant.role) for grant in self.role_grants.all() if grant.in_force_on(on)
        )


class RoleGrant(models.Model):
    """A role held from a day to a day (the last one not included; open when empty)."""

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


class SignInTries(models.Model):
    """How often a name, or an address, was tried of late (accounts/tries.py).

    `key` is a hash: what people type into the box for their name may be their password.
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

    `changes` holds one entry a field: {"field", "old", "new"}, values as text. Words that a person
    typed freely stand in none of its columns: the reason has a row of its own, which can be
    emptied. The database numbers the rows without gaps, last thing in each transaction
    (`accounts.record.numbers`): a missing number is a row that somebody deleted.
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
        """Why, in the words of whoever did it; empty when none was given, or it was withdrawn."""
        given = AuditReason.objects.filter(event=self).first() if self.pk else None
        return given.text if given else ""


class AuditReason(models.Model):
    """Why somebody did what an audit row records. Append-only; its text alone can be emptied."""

    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="given")
    text = models.TextField()

    def __str__(self) -> str:
        return f"Reason of {self.event}"


class AuditCounter(models.Model):
    """The number of the last audit row: one row, taken last in each transaction."""

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


class RowCopy(models.Model):
    """The database's own copy of a row that is written once: what differs was tampered with.

    Triggers write it (`accounts.record.append_only`), nothing else does. `content` is the row as
    JSON.
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
