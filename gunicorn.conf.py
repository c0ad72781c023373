"""Read by gunicorn before it makes a worker.

Loading the settings here ends a start with a wrong environment in one line, where a worker that
cannot load them would add the server's own account of it.
"""

from kmpt_tracker import settings  # noqa: F401
