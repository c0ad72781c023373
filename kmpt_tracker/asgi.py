"""The web application for an ASGI server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")

application = get_asgi_application()

from kmpt_tracker.dispatch import start_sweeping  # noqa: E402  (needs the settings)

start_sweeping()
