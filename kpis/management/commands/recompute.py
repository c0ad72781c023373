"""`manage.py recompute`: recalculate the stored assessments."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from kpis.assessments.store import recompute
from kpis.models import Series


class Command(BaseCommand):
    help = "Recalculates assessments; safe to run at any time, twice, or while workers run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--stale", action="store_true", help="only what is out of date")
        which.add_argument("--all", action="store_true", help="every series (the default)")
        parser.add_argument("--series", metavar="CODE", help="a measure, or measure/care-group")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = self._ids(options["series"]) if options["series"] is not None else None
        stale_only = options["stale"]
        wanted = Series.objects.stale() if stale_only else Series.objects.all()
        total = (wanted if ids is None else wanted.filter(pk__in=ids)).count()
        with tqdm(total=total, unit="series", disable=not options["verbosity"]) as bar:
            written = recompute(
                at=timezone.now(), stale_only=stale_only, series_ids=ids, progress=bar.update
            )
        self.stdout.write(f"assessed {written:,} of {total:,} series")

    def _ids(self, code: str) -> list[int]:
        measure, _, care_group = code.partition("/")
        found = Series.objects.filter(measure__code=measure)
        if care_group:
            found = found.filter(care_group__code=care_group)
        ids = list(found.values_list("pk", flat=True))
        if not ids:
            raise CommandError(f"No series called {code!r}. Write it as sickness-absence/acute.")
        return ids
