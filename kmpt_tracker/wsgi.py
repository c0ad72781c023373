"""The web application for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")

application = get_wsgi_application()

from kmpt_tracker.dispatch import start_sweeping  # noqa: E402  (needs the settings)
from kmpt_tracker.loaded import leave_what_was_loaded  # noqa: E402

leave_what_was_loaded()
start_sweeping()
