#!/usr/bin/env python3
"""Django's commands, for development unless DEBUG says otherwise."""

import os
import sys

# The exit code that a shell reports for a program ended by a closed pipe.
READER_LEFT = 141


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
    os.environ.setdefault("DEBUG", "on")
    if "runserver" in sys.argv:
        os.environ.setdefault("STATIC_AUTOREFRESH", "on")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        try:
            execute_from_command_line(sys.argv)
        finally:
            sys.stdout.flush()  # now: an error at exit could no longer be handled
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Send the rest nowhere, or flushing at
        # exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READER_LEFT)
    except DatabaseError:
        from kmpt_tracker import environment, health

        reason = health.why_no_command_runs(migrating="migrate" in sys.argv[1:2])
        if not reason:
            raise
        environment.stop(reason)


if __name__ == "__main__":
    main()
