"""`migrate` refuses a database that another version's migrations made."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_a_migration_that_is_not_known_here_is_refused_in_one_line():
    MigrationRecorder(connection).record_applied("kpis", "0099_what_is_gone")
    with pytest.raises(CommandError) as refused:
        call_command("migrate", verbosity=0)
    said = str(refused.value)
    assert "kpis.0099_what_is_gone" in said
    assert "Nothing was changed" in said
    assert "\n" not in said


def test_another_apps_migrations_are_its_own_affair():
    MigrationRecorder(connection).record_applied("auth", "0099_newer_django")
    call_command("migrate", verbosity=0)
