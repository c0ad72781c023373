"""gunicorn's settings for `make run`, which say where the tracker is and who may sign in."""

import os
from typing import Any

import yaml
from django.conf import settings

from kmpt_tracker.settings import BASE_DIR  # a wrong setting ends the start here, in one line

bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = 2
threads = 4
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """The first worker has loaded the application: print its address and the demo accounts."""
    if worker.age > 1:
        return
    print(f"\nThe tracker is at http://{bind}\nDemo accounts:")
    users = (BASE_DIR / "fixtures" / "demo_users.yaml").read_text(encoding="utf-8")
    for user in yaml.safe_load(users)["users"]:
        print(f"  {user['username']:<22} {user['password']:<26} {', '.join(user['roles'])}")
    if settings.REDIS_URL:
        print("Background work waits for `make worker`.")
    print("Ctrl-C ends it.", flush=True)
