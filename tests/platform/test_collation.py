"""The database puts text in the order of its characters, and says where it does not."""

import pytest
from django.core.checks import run_checks
from django.db import connection

from kmpt_tracker import collation
from kmpt_tracker.collation import OTHER_ORDER, keeps_order

pytestmark = pytest.mark.django_db


def found() -> list:
    return [one for one in run_checks(databases=["default"]) if one.id == OTHER_ORDER.id]


def test_the_order_of_a_language_is_warned_of(monkeypatch):
    assert keeps_order(connection)
    assert found() == []
    monkeypatch.setattr(collation, "keeps_order", lambda connection: False)
    assert found() == [OTHER_ORDER]
    assert "C.UTF-8" in str(OTHER_ORDER.hint)


@pytest.mark.postgresql
def test_the_order_of_a_language_is_another_than_that_of_characters():
    assert keeps_order(connection, "C")
    assert not keeps_order(connection, "en-GB-x-icu")
