"""What the trust is called from a day on: its first name, and each name after it."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_date
from strategy.models import TrustName
from strategy.moments import london_date
from strategy.selectors import trust_names


class NameRefused(Refused):
    """The trust cannot be called this from that day."""


@transaction.atomic
def name_trust(
    *,
    name: str,
    short_name: str,
    starts_on: date | None,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> TrustName:
    """Call the trust by a name from a day on; the name before ends the day before.

    The first name may hold since any day, or always (`starts_on=None`). A later one begins today or
    later, because pages of past months carry the name of then. Raises NameRefused with the box.
    """
    access.require(Capability.EDIT_PLANS)
    row = TrustName(name=name, short_name=short_name, valid_from=starts_on)
    # Written first, as it waits its turn: of two people who name the trust at once, the second sees
    # the name of the first.
    audit.record(
        at=at,
        by=by,
        action="named",
        obj=row,
        changes=audit.differences(
            {}, {"name": name, "short_name": short_name, "valid_from": starts_on}
        ),
        reason=reason,
    )
    before = trust_names()
    for other in before:
        if other.name.casefold() == name.casefold():
            raise NameRefused(f"The trust has that name already: {other.name}", "name")
    if before:
        _end(before[-1], starts_on, by=by, at=at)
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        boxes = {"valid_from": "starts_on", "name": "name", "short_name": "short_name"}
        raise NameRefused(messages[0].removesuffix("."), boxes.get(field, "")) from error
    row.save()
    return row


def _end(last: TrustName, starts_on: date | None, *, by: User, at: datetime) -> None:
    """End the last name where the next begins."""
    if starts_on is None:
        raise NameRefused(f"Enter from which day the trust is no longer {last}", "starts_on")
    if starts_on < london_date(at):
        raise NameRefused(
            "Enter today or a later day: pages of past months carry the name of then", "starts_on"
        )
    if last.valid_from is not None and starts_on <= last.valid_from:
        raise NameRefused(
            f"The trust is called {last} from {format_date(last.valid_from)}: choose a later day",
            "starts_on",
        )
    if last.valid_to is not None:
        if last.valid_to < starts_on:
            ended = format_date(last.valid_to - timedelta(days=1))
            raise NameRefused(
                f"The last day as {last} is {ended}: begin on the day after it", "starts_on"
            )
        return
    last.valid_to = starts_on
    last.save()
    ends = [audit.FieldChange.of("valid_to", None, starts_on)]
    audit.record(at=at, by=by, action="ended", obj=last, changes=ends)
