"""Read by gunicorn before it starts a worker.

Loading the settings here ends a start with a wrong environment in one line. A worker that cannot
load them would print a traceback instead.
"""

from kmpt_tracker import settings  # noqa: F401
