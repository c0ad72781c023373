"""Proving quoted statements against the published documents they come from.

A statement counts as quoted when its normalised words stand in the normalised document: tags,
bullet marks, emphasis and line breaks are layout; every letter, figure, quotation mark and sign
is text. Where the documents are not at hand, a checksum of each normalised statement, written
when they were, takes their place. Pure: no Django.

    python -m strategy.documents fixtures/plans/strategy-2023-26.yaml [--write]

names the statements that do not stand in their document, and with --write keeps the checksums.
"""

import argparse
import hashlib
import html
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DOCUMENTS_VARIABLE = "KMPT_DOCUMENTS"
# A tag begins with a letter: "< 3.9%" is a sign and a figure, and stays.
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_HEADING = re.compile(r"^[ \t]*#+(?=[ \t])", re.MULTILINE)
_LIST_MARK = re.compile(r"^[ \t]*[-*+](?=[ \t])", re.MULTILINE)
_BULLET = re.compile("[•✦▪◦‣●■❖➢➤\ue000-\uf8ff]")
_EMPHASIS = re.compile(r"\*+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# A lone "o" at the start of a line is the bullet of an inner list.
_INNER_MARK = re.compile(r"^[ \t]*o(?=[ \t])", re.MULTILINE)
_BROKEN_WORD = re.compile(r"(?<=[a-z]-)\n[ \t]*(?=[a-z])")
# Fields that quote wherever they stand, and fields that quote only in a row of a certain list.
_QUOTED_ANYWHERE = ("statement", "rationale", "label_as_printed")
_QUOTED_IN = {
    "ambitions": ("title",),
    "objectives": ("title",),
    "risks": ("description", "impact", "response"),
    "statements": ("text", "when"),
    "plan": ("values",),
    "targets": ("due_as_published",),
    "actions": ("due_as_published",),
    "finance": ("printed_as",),
    "context_figures": ("printed_as",),
    "observed": ("printed_as",),
}


@dataclass(frozen=True, slots=True)
class Quotation:
    """A text that a fixture quotes: where it stands there, and the document it names."""

    where: str
    text: str
    source: str


def normalise(text: str) -> str:
    """The words of a text without its layout."""
    text = _INNER_MARK.sub(" ", _BROKEN_WORD.sub("", text))
    text = _HEADING.sub(" ", _LIST_MARK.sub(" ", text))
    text = html.unescape(_TAG.sub(" ", text))
    text = _EMPHASIS.sub("", _BULLET.sub(" ", text))
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def statement_digest(statement: str) -> str:
    return hashlib.sha256(normalise(statement).encode()).hexdigest()


def find_missing(statements: Iterable[str], document_text: str) -> list[str]:
    """The statements that do not stand in the document, or stand there only as part of a word."""
    document = normalise(document_text)
    return [statement for statement in statements if not _stands_in(statement, document)]


def _stands_in(statement: str, document: str) -> bool:
    words = normalise(statement)
    if not words:
        return False
    before = r"(?<!\w)" if words[0].isalnum() else ""
    after = r"(?!\w)" if words[-1].isalnum() else ""
    return re.search(before + re.escape(words) + after, document) is not None


def statements_in(fixture: Mapping[str, Any]) -> list[Quotation]:
    """Everything a fixture file quotes, in its order.

    A row may name another `source` than its file; it holds for the rows below it too. A list of
    texts may have a source of its own (`values_source`).
    """
    plan = fixture.get("plan") or {}
    programme = fixture.get("programme") or {}
    source = plan.get("source") or programme.get("plan") or ""
    return list(_quotations(fixture, "", "", str(source)))


def _quotations(value: Any, where: str, room: str, source: str) -> Iterator[Quotation]:
    if isinstance(value, list):
        for place, item in enumerate(value, 1):
            yield from _quotations(item, f"{where} {place}", room, source)
        return
    if not isinstance(value, Mapping):
        return
    source = str(value.get("source") or source)
    quoting = (*_QUOTED_ANYWHERE, *_QUOTED_IN.get(room, ()))
    for key, item in value.items():
        path = f"{where}, {key}" if where else str(key)
        if key in quoting and not isinstance(item, Mapping):
            own = str(value.get(f"{key}_source") or source)
            for text in item if isinstance(item, list) else [item]:
                if text:
                    yield Quotation(path, str(text), own)
        else:
            yield from _quotations(item, path, str(key), source)


def read_fixture(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def documents_folder(root: Path) -> Path | None:
    """The folder of document texts: named by KMPT_DOCUMENTS, else kept beside the checkout."""
    named = os.environ.get(DOCUMENTS_VARIABLE)
    folder = Path(named) if named else root.parent / "shared" / "plans"
    return folder if folder.is_dir() else None


def document_texts(fixtures: Path, folder: Path) -> dict[str, str]:
    """The texts at hand by source code, as `sources.yaml` names their files."""
    rows = read_fixture(fixtures / "sources.yaml").get("sources") or []
    files = {row["code"]: folder / row["file"] for row in rows if row.get("file")}
    return {
        code: path.read_text(encoding="utf-8") for code, path in files.items() if path.is_file()
    }


def unproved(quotations: Iterable[Quotation], texts: Mapping[str, str]) -> list[Quotation]:
    """Quotations that do not stand in the document they name, or name one not at hand."""
    normalised = {source: normalise(text) for source, text in texts.items()}
    return [
        quotation
        for quotation in quotations
        if not _stands_in(quotation.text, normalised.get(quotation.source, ""))
    ]


def checksum_lines(quotations: Iterable[Quotation]) -> list[str]:
    """One line a statement: its checksum and where it first stands, in the fixture's order."""
    lines: dict[str, str] = {}
    for quotation in quotations:
        digest = statement_digest(quotation.text)
        lines.setdefault(digest, f"{digest}  {quotation.where}")
    return list(lines.values())


def unlisted(quotations: Iterable[Quotation], checksums: str) -> list[Quotation]:
    """Quotations whose checksum was not kept: changed since they were last proved."""
    kept = {line.split()[0] for line in checksums.splitlines() if line.strip()}
    return [quotation for quotation in quotations if statement_digest(quotation.text) not in kept]


def checksum_file(fixtures: Path, fixture: Path) -> Path:
    """`cip/2019-20.yaml` → `checksums/cip-2019-20.sha256`; a plan's file keeps its plain name."""
    folder = fixture.parent.name
    prefix = "" if folder in ("plans", fixtures.name) else f"{folder}-"
    return fixtures / "checksums" / f"{prefix}{fixture.stem}.sha256"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fixture", type=Path, nargs="+")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--write", action="store_true", help="keep the checksums")
    options = parser.parse_args(arguments)
    folder = documents_folder(options.root)
    if folder is None:
        print(f"No documents at hand. Set {DOCUMENTS_VARIABLE} to their folder.", file=sys.stderr)
        return 2
    fixtures = options.root / "fixtures"
    texts = document_texts(fixtures, folder)
    failed = False
    for path in options.fixture:
        quotations = statements_in(read_fixture(path))
        missing = unproved(quotations, texts)
        for quotation in missing:
            print(f"{path}: {quotation.where}: not in {quotation.source}: {quotation.text}")
        print(f"{path}: {len(quotations)} quoted, {len(missing)} not in their document")
        if missing:
            failed = True
        elif options.write:
            lines = checksum_lines(quotations)
            checksum_file(fixtures, path.resolve()).write_text("\n".join(lines) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
