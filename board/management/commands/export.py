"""`manage.py export DATASET`: the same rows as the page and the API."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.permissions import Access
from accounts.roles import Role
from board.exports import DATASETS, export_bytes
from kmpt_tracker.ui.tabular import Format, TooManyRows
from strategy.filters import NAMES, BadFilter, parse_filters


class Command(BaseCommand):
    help = "Writes a dataset as CSV, XLSX or JSON lines, to a file or to standard output."

    def add_arguments(self, parser):
        parser.add_argument("dataset", choices=sorted(DATASETS))
        parser.add_argument(
            "--format", choices=[member.value for member in Format], default=Format.CSV.value
        )
        for name in NAMES:
            parser.add_argument(f"--{name.replace('_', '-')}", dest=f"filter_{name}")
        parser.add_argument("--bom", action="store_true", help="byte-order mark for Excel")
        parser.add_argument("--out", metavar="FILE")

    def handle(self, *args, **options):
        dataset = DATASETS[options["dataset"]]
        given = {name: options[f"filter_{name}"] for name in NAMES if options[f"filter_{name}"]}
        try:
            filters = parse_filters(
                given, applies=dataset.filters, dataset=dataset.name, codes=dataset.codes
            )
        except BadFilter as error:
            raise CommandError(str(error)) from error
        filters = filters.readable_by(Access(roles=frozenset({Role.ADMINISTRATOR})))
        stream = export_bytes(dataset, filters, Format(options["format"]), bom=options["bom"])
        try:
            self._write(stream, options["out"])
        except TooManyRows as error:
            raise CommandError(str(error)) from error

    def _write(self, stream, out: str | None) -> None:
        if out is None:
            for chunk in stream:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        part = Path(f"{out}.part")
        try:
            with part.open("wb") as file:
                for chunk in stream:
                    file.write(chunk)
            part.replace(out)
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
