"""The project's own documents: each is in the index, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def links(document: Path) -> list[str]:
    """Where links and pictures of a document lead, those to other hosts left out."""
    prose = re.sub(r"`[^`\n]*`", "", document.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document):
    assert [each for each in links(document) if not (document.parent / each).exists()] == []


def test_the_index_names_every_page():
    listed = {target for target in links(DOCS / "README.md") if re.fullmatch(r"[^/]+\.md", target)}
    present = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert listed - present == set()
    assert present - listed == set()


def test_decisions_are_numbered_without_a_gap_and_headed_by_their_number():
    decisions = sorted((DOCS / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")


def test_the_picture_of_the_readme_is_a_picture():
    (picture,) = (target for target in links(ROOT / "README.md") if target.endswith(".png"))
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
