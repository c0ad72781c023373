"""`manage.py seed`: loads the fixtures, without repeating or overwriting people's edits."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from board.fixtures.seed import PARTS, seed
from strategy.fixtures.files import FixtureError
from strategy.fixtures.write import Report


class Command(BaseCommand):
    help = (
        "Loads fixtures/: organisation, plans, measures, targets, savings, published figures. "
        "A second run changes nothing and never overwrites what people edited."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--illustrative",
            action="store_true",
            help="adds generated figures and demo accounts, marked so (see clear_illustrative)",
        )
        parser.add_argument("--only", choices=PARTS, help="loads one part of the fixtures")
        parser.add_argument(
            "--refresh-plans",
            action="store_true",
            help="also updates untouched rows whose fixture has changed since",
        )
        parser.add_argument("--fixtures", default=str(settings.BASE_DIR / "fixtures"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["illustrative"] and options["only"]:
            raise CommandError("Choose --illustrative or --only, not both.")
        root = Path(options["fixtures"])
        if not root.is_dir():
            raise CommandError(f"There is no folder {root}.")
        try:
            with transaction.atomic():
                report = seed(
                    root=root,
                    at=timezone.now(),
                    illustrative=options["illustrative"],
                    only=options["only"] or "",
                    refresh=options["refresh_plans"],
                    progress=self._progress if options["verbosity"] else None,
                )
        except FixtureError as error:
            count = len(error.problems)
            raise CommandError(
                f"{count} problem{'s' if count > 1 else ''} in the fixtures; nothing was changed.\n"
                f"{error}"
            ) from error
        if options["verbosity"]:
            self._report(report)

    def _progress(self, text: str) -> None:
        self.stdout.write(text)

    def _report(self, report: Report) -> None:
        for label, count in sorted(report.created.items()):
            self.stdout.write(f"added {count:,} {label}")
        for label, count in sorted(report.refreshed.items()):
            self.stdout.write(f"refreshed {count:,} {label}")
        for conflict in report.conflicts:
            self.stdout.write(self.style.WARNING(f"conflict: {conflict}"))
        if report.waiting:
            self.stdout.write(
                f"{len(report.waiting):,} untouched rows differ from the fixtures: "
                "seed --refresh-plans updates them"
            )
        if not (report.changed or report.waiting or report.conflicts):
            self.stdout.write("nothing to do: the fixtures are loaded")
