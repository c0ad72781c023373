"""`manage.py check_data`: checks the integrity of the stored data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kpis.assessments.integrity import findings


class Command(BaseCommand):
    help = (
        "Reports stale series, stored assessments that disagree, missing versions, orphans, "
        "and rows that do not say where they stand in which document."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for finding in findings():
            count += 1
            self.stdout.write(str(finding))
        if count:
            raise CommandError(f"{count} finding{'s' if count > 1 else ''}", returncode=1)
        self.stdout.write("nothing wrong")
