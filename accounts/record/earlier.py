"""Refusing a database whose tables were made by another version's migrations."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def refuse_unknown_migrations(*, using: str, **_: Any) -> None:
    """Before `migrate` changes anything: every migration it has applied must be known here.

    Django only compares names. A database from before the migrations were rewritten would pass, and
    half of its columns would be missing.
    """
    connection = connections[using]
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return
    loader = MigrationLoader(None)
    own = {
        config.label
        for config in apps.get_app_configs()
        if Path(config.path).parent == settings.BASE_DIR and config.label in loader.migrated_apps
    }
    unknown = sorted(
        key
        for key in recorder.applied_migrations()
        if key[0] in own and key not in loader.disk_migrations
    )
    if unknown:
        raise CommandError(
            f"This database was made by another version of the tracker: it has the migration "
            f"{'.'.join(unknown[0])}, which this one does not know. Nothing was changed. Name an "
            f"empty database in DATABASE_URL, or run the version that made this one."
        )
