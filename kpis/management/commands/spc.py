"""`manage.py spc`: analyse series given as JSON lines, to compare them with the reference."""

import codecs
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from kpis.spc import analyse

FIELDS = (
    "dates",
    "values",
    "improvement_direction",
    "target",
    "rebase",
    "fix_after_n_points",
    "screen_outliers",
    "trend_length",
    "shift_length",
    "two_sigma_counts_outside",
)
LISTS = ("dates", "values", "rebase")


class Command(BaseCommand):
    help = (
        "Reads one series a line as JSON (dates, values, improvement_direction, target, rebase, "
        "fix_after_n_points, screen_outliers) and writes its SPC results as one line of JSON. "
        "A series that cannot be analysed has its reason there instead."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="JSON lines; - reads standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = []
        with _opened(options["file"]) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.removeprefix(codecs.BOM_UTF8).strip():
                    continue
                try:
                    result = result_of(line)
                except ValueError as problem:
                    problems.append(f"Line {number}: {problem}")
                    result = {"status": "error", "error": str(problem)}
                self.stdout.write(json.dumps(result, allow_nan=False))
        if problems:
            raise CommandError("\n".join(problems))


def result_of(line: bytes) -> dict[str, Any]:
    """The analysis of the series that one line describes. Raises ValueError for a bad line.

    A field that is absent or null takes its default; fields with other names are ignored.
    """
    series = _parsed(line)
    if not isinstance(series, dict):
        raise ValueError("This is no JSON object. Write {…} with at least values.")
    given = {name: series[name] for name in FIELDS if series.get(name) is not None}
    if "values" not in given:
        raise ValueError("The field values is missing.")
    for name in LISTS:
        if name in given and not isinstance(given[name], list):
            raise ValueError(f"The field {name} must be a list.")
    return analyse(given.pop("values"), **given).as_dict()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("This is not UTF-8 text.") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"This is not JSON: {problem.msg} at column {problem.colno}.") from None
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None
    except ValueError:
        raise ValueError("This holds a number with too many digits.") from None


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 closed below, apart from this error
    except OSError as problem:
        raise CommandError(f"Cannot read {name}: {problem.strerror}.") from None
    with file:
        yield file
