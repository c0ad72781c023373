"""`manage.py clear_illustrative`: removes the illustrative figures, and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from board.fixtures.illustrative import clear
from kpis.assessments.store import recompute


class Command(BaseCommand):
    help = "Removes every illustrative figure and judges what is left again."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        count = clear(at=now)
        recompute(stale_only=True, at=now)
        self.stdout.write(f"removed {count:,} illustrative figures")
