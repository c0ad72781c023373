"""Comparing a transcribed plan with its document.

Where the documents are at hand everything quoted is looked up in them; elsewhere its checksum,
kept when they were, takes its place.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from strategy.fixtures import quotes
from strategy.fixtures.quotes import (
    Quotation,
    checksum_file,
    document_texts,
    documents_folder,
    normalise,
    statement_digest,
    statements_in,
    unproved,
)

# Every module here reads the same files, while tests are collected.
read_fixture = cache(quotes.read_fixture)
ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000, "million": 1_000_000}
ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS = (
    dict(zip(ONES, range(20), strict=True))
    | {ten: 10 * place for place, ten in enumerate(TENS, 2)}
    | {
        f"{ten}-{one}": 10 * place + unit
        for place, ten in enumerate(TENS, 2)
        for unit, one in enumerate(ONES[1:10], 1)
    }
)

Promise = dict[str, Any]


@dataclass(frozen=True)
class PlanFixture:
    """A plan's fixture file with its rows in the document's order."""

    stem: str

    @property
    def path(self) -> Path:
        return FIXTURES / "plans" / f"{self.stem}.yaml"

    @cached_property
    def content(self) -> dict[str, Any]:
        return read_fixture(self.path)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.content.get(name) or []

    @cached_property
    def objectives(self) -> dict[str, dict[str, Any]]:
        return {
            objective["reference"]: objective
            for ambition in self.rows("ambitions")
            for objective in ambition["objectives"]
        }

    def under_objectives(self, name: str) -> list[dict[str, Any]]:
        """The outcomes, actions or promises of all objectives."""
        return [row for objective in self.objectives.values() for row in objective.get(name) or []]

    @cached_property
    def promises(self) -> list[Promise]:
        """Every promise: under an objective, of the plan, and national standards it cites."""
        shared = [*self.rows("plan_promises"), *self.rows("national_standards")]
        return [*self.under_objectives("promises"), *shared]

    @cached_property
    def targets(self) -> list[tuple[Promise, dict[str, Any]]]:
        return [(promise, target) for promise in self.promises for target in promise["targets"]]

    @cached_property
    def targets_by_code(self) -> dict[str, tuple[Promise, dict[str, Any]]]:
        """Targets under the codes that loading derives: `<plan>/<objective>.<position>[a|b]`."""
        labelled = [
            *((key, row.get("promises")) for key, row in self.objectives.items()),
            ("plan", self.rows("plan_promises")),
            ("national", self.rows("national_standards")),
        ]
        found = {}
        for label, promises in labelled:
            for position, promise in enumerate(promises or [], 1):
                several = len(promise["targets"]) > 1
                for place, target in enumerate(promise["targets"]):
                    part = chr(ord("a") + place) if several else ""
                    found[f"{self.stem}/{label}.{position}{part}"] = (promise, target)
        return found

    @cached_property
    def measures_named(self) -> list[str]:
        rows = [
            *(target for _, target in self.targets),
            *self.rows("observed"),
        ]
        several = [*self.rows("risks"), *self.rows("quality_priorities")]
        return [row["measure"] for row in rows if row.get("measure")] + [
            code for row in several for code in row.get("measures") or []
        ]

    @property
    def own_measures(self) -> list[dict[str, Any]]:
        path = FIXTURES / "measures" / f"{self.stem}.yaml"
        return read_fixture(path).get("measures") or [] if path.is_file() else []


def texts_at_hand() -> dict[str, str]:
    folder = documents_folder(ROOT)
    return document_texts(FIXTURES, folder) if folder else {}


def unlisted(quotations: list[Quotation], checksums: str) -> list[Quotation]:
    """Quotations without a saved checksum, because they changed since they were last proved."""
    kept = {line.split()[0] for line in checksums.splitlines() if line.strip()}
    return [quotation for quotation in quotations if statement_digest(quotation.text) not in kept]


def not_quoted(path: Path) -> list[str]:
    """Quotations that the document does not print, or whose checksum is not saved."""
    quotations = statements_in(read_fixture(path))
    kept = checksum_file(FIXTURES, path).read_text(encoding="utf-8")
    wrong = unlisted(quotations, kept)
    texts = texts_at_hand()
    if texts:
        wrong += unproved(quotations, texts)
    return [f"{quotation.where}: {quotation.text}" for quotation in wrong]


def known_measures() -> dict[str, dict[str, Any]]:
    return {
        row["code"]: row
        for path in sorted((FIXTURES / "measures").glob("*.yaml"))
        for row in read_fixture(path).get("measures") or []
    }


def digest(text: str) -> str:
    return statement_digest(text)[:16]


def joined(rows: list[dict[str, Any]]) -> str:
    return " ".join(row["statement"] for row in rows)


def numbers_in(text: str) -> set[Decimal]:
    return {Decimal(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def values_in(text: str) -> set[Decimal]:
    """Every number a text can be read to say: in digits, with k, m or million, or in a word."""
    found = numbers_in(text)
    scaled = re.findall(r"(\d[\d,]*(?:\.\d+)?) ?(k|m|million)(?![a-z])", text, re.IGNORECASE)
    found |= {
        Decimal(figure.replace(",", "")) * MULTIPLES[multiple.lower()]
        for figure, multiple in scaled
    }
    words = re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower())
    return found | {Decimal(NUMBER_WORDS[word]) for word in words if word in NUMBER_WORDS}


def says(printed: str, value: str) -> bool:
    """Whether a value is printed, in its own unit or in thousands or millions of it."""
    size = abs(Decimal(value))
    return bool({size * multiple for multiple in MULTIPLES.values()} & values_in(printed))


def misprinted(rows: list[dict[str, Any]]) -> list[str]:
    """Figures whose value is not what `printed_as` says, or which their statement does not print.

    A deficit printed as a positive number is a negative value.
    """
    wrong = []
    for row in rows:
        printed, statement = row.get("printed_as") or "", row.get("statement")
        if statement and printed not in normalise(statement):
            wrong.append(f"{printed} does not stand in: {statement}")
        for name in ("value", "comparator_value"):
            value = row.get(name)
            if value is not None and not says(printed, value):
                wrong.append(f"{name} {value} is not printed: {printed}")
    return wrong
