"""Which e-mails a person wants: chosen on a page, or turned off by the link in one of them."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from board.mail.links import TurnOff
from board.models import MailKind, MailPreference


def wanted_by(person: User) -> set[MailKind]:
    off = MailPreference.objects.filter(person=person, is_wanted=False)
    return set(MailKind) - {MailKind(kind) for kind in off.values_list("kind", flat=True)}


@transaction.atomic
def choose_mails(
    *, of: Collection[MailKind], wanted: Collection[MailKind], by: User, at: datetime
) -> list[MailKind]:
    """Want some of these kinds and not the others; returns the kinds that changed."""
    # The person's row is locked, so that two tabs do not both write a first choice.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    before = wanted_by(by)
    changed = [kind for kind in of if (kind in wanted) != (kind in before)]
    for kind in changed:
        _set(by, kind, is_wanted=kind in wanted, by=by, at=at)
    return changed


@transaction.atomic
def turn_off(asked: TurnOff, *, at: datetime) -> bool:
    """Turn a kind off by the signed link, without a sign-in; False when it is off already."""
    person = User.objects.select_for_update(no_key=True).filter(pk=asked.person_id).first()
    if person is None or asked.kind not in wanted_by(person):
        return False
    _set(person, asked.kind, is_wanted=False, by=None, at=at)
    return True


def _set(person: User, kind: MailKind, *, is_wanted: bool, by: User | None, at: datetime) -> None:
    row, _ = MailPreference.objects.update_or_create(
        person=person, kind=kind, defaults={"is_wanted": is_wanted}
    )
    audit.record(
        at=at,
        by=by,
        action="e-mail turned on" if is_wanted else "e-mail turned off",
        obj=row,
        changes=[audit.FieldChange.of("is_wanted", not is_wanted, is_wanted)],
    )
