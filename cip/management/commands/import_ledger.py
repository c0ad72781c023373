"""`manage.py import_ledger FILE --year 2026-27 --by USERNAME`: actuals from a ledger extract."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.refusals import Refused
from cip.models import LedgerImport, Programme
from cip.months.ledger import Look, read_ledger, save_ledger
from strategy.access import access_of


class Command(BaseCommand):
    help = "Records the actual savings of schemes from an extract of the ledger, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--year", required=True, help="the programme, as 2026-27")
        parser.add_argument("--by", required=True, help="the user name of who imports it")
        parser.add_argument("--reason", default="", help="why an actual is below 0, where one is")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = Programme.objects.filter(year=options["year"]).first()
        person = User.objects.filter(username=options["by"]).first()
        if programme is None or person is None:
            raise CommandError("There is no such programme, or no such person.")
        now = timezone.now()
        who: Any = {"by": person, "access": access_of(person, timezone.localdate()), "at": now}
        try:
            data = options["file"].read_bytes()
            with transaction.atomic():
                batch = read_ledger(
                    programme_id=programme.pk, name=options["file"].name, data=data, say=self._say,
                    **who,
                )  # fmt: skip
                look = Look.at(batch, now)
                for row, figure, _ in look.changes:
                    if figure.is_changed:
                        seen = "nothing" if figure.seen is None else f"{figure.seen:f}"
                        self.stdout.write(
                            f"{row.scheme.reference} {figure.month}: {seen} to {figure.typed:f}"
                        )
                if batch.status == LedgerImport.Status.REFUSED:
                    raise CommandError("Nothing was imported.\n" + "\n".join(batch.problems))
                if options["dry_run"]:
                    transaction.set_rollback(True)
                    return
                save_ledger(batch_id=batch.pk, seen=look.mark, reason=options["reason"], **who)
        except (Refused, OSError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{batch.lines:,} lines imported.")

    def _say(self, lines: int) -> None:
        self.stderr.write(f"{lines:,} lines read")
