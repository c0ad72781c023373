"""`make bench`: one JSON line a figure, with its goal and whether it is met."""

import os
import secrets
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
# As a trust would run it, not as a developer: no query is kept for a page of faults.
os.environ.update(
    DEBUG="off", SECRET_KEY=secrets.token_urlsafe(50), ALLOWED_HOSTS="localhost", HTTPS="off"
)
# All figures of a run are taken alike: a scratch SQLite database, and tasks run in process.
os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)


def main() -> None:
    import django

    django.setup()
    from tests.bench import bench_exports, bench_pages, bench_spc, bench_typing

    wanted = sys.argv[1:] or ["pages", "spc", "typing", "exports"]
    if "pages" in wanted:
        bench_pages.main()
    if "spc" in wanted:
        bench_spc.main()
    if "typing" in wanted:
        bench_typing.main()
    if "exports" in wanted:
        bench_exports.main()


if __name__ == "__main__":
    main()
