"""No change without its audit row, no audit row without its change: one transaction."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts import audit
from accounts.models import AuditEvent
from strategy.models import CareGroup
from tests.factories.plans import CareGroupFactory

AT = datetime(2026, 10, 1, tzinfo=UTC)


def a_record(group: CareGroup) -> AuditEvent:
    return audit.record(at=AT, by=None, action="changed", obj=group)


@pytest.mark.django_db(transaction=True)
def test_a_record_outside_a_transaction_is_refused():
    group = CareGroupFactory()
    with pytest.raises(RuntimeError, match="inside the transaction"):
        a_record(group)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_record_is_rolled_back_with_its_change():
    group = CareGroupFactory(name="Before")
    with transaction.atomic():
        CareGroup.objects.filter(pk=group.pk).update(name="After")
        a_record(group)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    assert CareGroup.objects.get(pk=group.pk).name == "Before"


@pytest.mark.django_db
def test_a_record_tells_what_changed_as_text():
    found = audit.differences(
        {"value": 1, "is_on": False, "same": "x", "at": None},
        {"value": 2, "is_on": True, "same": "x", "at": AT, "new": None},
    )
    assert [(change.field, change.old, change.new) for change in found] == [
        ("value", "1", "2"),
        ("is_on", "false", "true"),
        ("at", "", "2026-10-01T00:00:00+00:00"),
    ]
    group = CareGroupFactory()
    with transaction.atomic():
        event = audit.record(at=AT, by=None, action="a", obj=group, key="k" * 300, changes=found)
    assert event.object_key == "k" * 200
    assert event.object_type == "strategy.caregroup"
    assert str(event).startswith("2026-10-01 00:00:00 a strategy.caregroup")
