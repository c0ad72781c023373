"""Migrates an empty database as `manage.py migrate` does, in a fifth of the time.

For each operation Django builds the changed model anew, and with it all models that lead to it,
which here are all of them, as each row names a person: 441 times some 50 classes, 55 of 64 s of
processor time. An operation on an empty database looks at its own model alone; only a function
that reads and writes rows (`RunPython`) may follow relations, so before one all are built.
`tests/architecture/test_schema.py` holds what comes of it against the models.
"""

import sys

from django.core.management import execute_from_command_line
from django.db.migrations import RunPython
from django.db.migrations.state import ProjectState


def quickly() -> None:
    ProjectState._find_reload_model = _itself_alone
    RunPython.database_forwards = _with_every_model_built_anew


def _itself_alone(state, app_label: str, model_name: str, delay: bool = False) -> set:
    return {(app_label, model_name)}


_run = RunPython.database_forwards


def _with_every_model_built_anew(self, app_label, schema_editor, from_state, to_state) -> None:
    for state in (from_state, to_state):
        vars(state).pop("apps", None)
    _run(self, app_label, schema_editor, from_state, to_state)


if __name__ == "__main__":
    quickly()
    execute_from_command_line([sys.argv[0], "migrate", "--no-input", "--verbosity", "0"])
