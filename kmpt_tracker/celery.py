"""The Celery application: `celery -A kmpt_tracker.celery worker` and `beat`."""

import os
from typing import Any

from celery import Celery, signals
from django.conf import settings

from kmpt_tracker.environment import stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")

app = Celery("kmpt_tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
def _need_a_broker(conf: Any, **kwargs: Any) -> None:
    """Refuse to start a worker without a broker: it would wait for ever for work."""
    if not settings.REDIS_URL:
        stop("REDIS_URL is empty: without a broker work is done in process, and no worker is used.")


@signals.celeryd_init.connect
def _wait_longer_for_the_broker(conf: Any, **kwargs: Any) -> None:
    """Let a worker wait for the broker; only a web request must give up at once."""
    conf.broker_transport_options = {"socket_connect_timeout": 2, "socket_timeout": 5}
    conf.broker_connection_timeout = 4
