"""`manage.py export DATASET`: the same rows as the page and the API."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from kmpt_tracker.ui.tabular import OFFERED, Format
from kmpt_tracker.ui.workbook import TooManyRows
from strategy.exports.filters import NAMES, BadFilter, parse_filters

FILTERS = {
    "plan": "code of a plan",
    "ambition": "number of an ambition",
    "objective": "reference of an objective, such as 1.1",
    "measure": "code of a measure",
    "care_group": "code of a care group",
    "from": "first month, such as 2019-04",
    "to": "last month, itself included",
    "status": "status of a row, as the dictionary lists them",
    "origin": "published, entered, imported or illustrative",
    "as_at": "as it was known then: 2019-04-20 (end of the day) or 2019-04-20T12:00",
    "since": "only what is new since then, written like --as-at",
}


class Command(BaseCommand):
    help = "Writes a dataset as CSV, XLSX, JSON lines or Parquet, to a file or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = sorted(DATASETS)
        parser.add_argument("dataset", choices=names, metavar="DATASET", help=", ".join(names))
        parser.add_argument(
            "--format", choices=[member.value for member in OFFERED], default=Format.CSV.value
        )
        for name in NAMES:
            parser.add_argument(
                f"--{name.replace('_', '-')}", dest=name, action="append", help=FILTERS[name]
            )
        parser.add_argument("--bom", action="store_true", help="byte-order mark for Excel")
        parser.add_argument("--out", metavar="FILE", help="instead of the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        dataset = DATASETS[options["dataset"]]
        given = _given(options)
        try:
            filters = parse_filters(
                given,
                applies=dataset.filters,
                dataset=dataset.name,
                now=timezone.now(),
                codes=dataset.codes,
            )
        except BadFilter as error:
            raise CommandError(str(error)) from error
        filters = filters.readable_by(Access(roles=frozenset({Role.ADMINISTRATOR})))
        stream = export_bytes(dataset, filters, Format(options["format"]), bom=options["bom"])
        try:
            self._write(stream, options["out"])
        except TooManyRows as error:
            raise CommandError(str(error)) from error

    def _write(self, stream: Iterator[bytes], out: str | None) -> None:
        try:
            if out is None:
                _pour(stream, sys.stdout.buffer)
            elif Path(out).exists() and not Path(out).is_file():
                # Write into a device or pipe; renaming a file over it would replace it.
                with Path(out).open("wb") as file:
                    _pour(stream, file)
            else:
                _write_whole(stream, Path(out).resolve())
        except BrokenPipeError:
            raise  # the reader has closed the pipe: manage.py handles that for every command
        except OSError as error:
            where = out or "to the standard output"
            raise CommandError(f"Cannot write {where}: {error.strerror}.") from error


def _given(options: dict[str, Any]) -> dict[str, str]:
    """The filters. One given twice is refused, as only one can be meant."""
    for name in NAMES:
        if len(options[name] or ()) > 1:
            raise CommandError(f"The filter “{name}” is given more than once.")
    return {name: options[name][0] for name in NAMES if options[name] and options[name][0]}


def _pour(stream: Iterator[bytes], file: BinaryIO) -> None:
    for chunk in stream:
        file.write(chunk)
    file.flush()


def _write_whole(stream: Iterator[bytes], out: Path) -> None:
    """Write under another name first, so that a partial file never has the final name."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            _pour(stream, file)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
