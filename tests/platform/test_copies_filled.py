"""A copy holds every column of its row: what a migration added is filled in, nothing else is."""

import json
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations import AddField
from django.db.models import CharField

from accounts.models import RowCopy
from accounts.record.copies import tampered
from accounts.record.filled import EVERY_COLUMN, fill_copies
from strategy.models import Committee
from tests.factories.rows import row

pytestmark = pytest.mark.django_db
TABLES = ["strategy_committee"]
OTHER = SimpleNamespace(app_label="strategy", name="0099_other", operations=[])
ADDS = SimpleNamespace(
    app_label="strategy",
    name="0099_names",
    operations=[AddField("committee", "name", CharField(max_length=9)), AddField("no", "x", None)],
)
FIRST = SimpleNamespace(app_label=EVERY_COLUMN[0], name=EVERY_COLUMN[1], operations=[])


def lacking(*names: str) -> RowCopy:
    """A committee whose copy has lost columns."""
    committee = row(Committee)
    copy = RowCopy.objects.get(table_name=TABLES[0], row_id=committee.pk)
    content = json.loads(copy.content)
    for name in names:
        del content[name]
    write(copy, json.dumps(content))
    return copy


def write(copy: RowCopy, content: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_rowcopy SET content = %s WHERE id = %s", [content, copy.pk])


def filled(*migrations: object) -> list[str]:
    fill_copies(using="default", plan=[(one, False) for one in migrations])
    return list(tampered(TABLES))


def test_a_copy_that_lacks_columns_was_changed():
    lacking("name")
    (found,) = tampered(TABLES)
    assert "its copy was changed, and has no name" in found
    write(lacking(), "{}")
    assert len(list(tampered(TABLES))) == 2


@pytest.mark.parametrize("migration", [ADDS, FIRST])
def test_what_a_migration_adds_is_filled_in(migration):
    lacking("name")
    assert filled(OTHER) != []
    assert filled(migration) == []


def test_what_it_does_not_add_and_what_was_changed_stays_to_be_found():
    lacking("code")
    assert len(filled(ADDS)) == 1
    Committee.objects.all().delete()
    copy = lacking("name")
    content = json.loads(RowCopy.objects.get(pk=copy.pk).content)
    write(copy, json.dumps({**content, "code": "other"}))
    assert len(filled(ADDS, FIRST)) == 2  # the column that it lacks, and the one that was changed
