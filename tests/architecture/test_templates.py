"""Templates are laid out for people: one element or tag a line, and no line too long to read."""

from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LONGEST = 120


def test_no_line_of_a_template_is_too_long():
    """The formatter lays lines out, but cannot break a long tag: give its words a name instead."""
    files = sorted(TEMPLATES.rglob("*.html"))
    assert len(files) > 50
    long = [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert long == []
