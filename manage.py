#!/usr/bin/env python3
"""Django's commands, for development unless DEBUG says otherwise."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
    os.environ.setdefault("DEBUG", "on")
    if "runserver" in sys.argv:
        os.environ.setdefault("STATIC_AUTOREFRESH", "on")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
