"""Static files: complete, pinned, only from this host, and nothing inline in any template."""

import gzip
import hashlib
import re
from pathlib import Path

import plotly.offline
import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
VENDORS = (STATIC / "vendor", ROOT / "tests" / "vendor")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted(STATIC.rglob("*.css"))
OWN_SCRIPTS = sorted((STATIC / "js").glob("*.js"))


def listed(vendor):
    rows = re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", (vendor / "README.md").read_text())
    return dict(rows)


@pytest.mark.parametrize("vendor", VENDORS, ids=str)
def test_each_file_of_a_library_is_listed_with_its_checksum(vendor):
    present = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "README.md" and path.suffix != ".gz"
    }
    assert present == listed(vendor)


@pytest.mark.parametrize("vendor", VENDORS, ids=str)
def test_each_library_lies_under_its_version_with_its_licence(vendor):
    for library in (path for path in vendor.iterdir() if path.is_dir()):
        for version in library.iterdir():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version.name)
            assert (version / "LICENSE").stat().st_size > 500
            assert version.name in (vendor / "README.md").read_text()


def test_a_packed_neighbour_holds_the_same_file():
    packed = sorted(STATIC.rglob("*.gz"))
    assert any(path.name == "plotly-basic.min.js.gz" for path in packed)
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes(), path.name


def test_the_drawing_library_is_that_of_the_python_package():
    """Figures are checked by the Python package: the browser must draw the same version."""
    of_python = plotly.offline.get_plotlyjs_version()
    assert [path.name for path in (STATIC / "vendor" / "plotly").iterdir()] == [of_python]
    script = STATIC / "vendor" / "plotly" / of_python / "plotly-basic.min.js"
    assert f"plotly.js (basic - minified) v{of_python}" in script.read_text()[:200]
    assert (
        f"vendor/plotly/{of_python}/"
        in (ROOT / "templates" / "components" / "chart_assets.html").read_text()
    )


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_a_stylesheet_fetches_only_what_is_here(style):
    text = style.read_text()
    assert "@font-face" not in text
    assert "sourceMappingURL" not in text
    for address in re.findall(r"url\(\s*['\"]?([^)'\"]+)", text):
        if not address.startswith(("data:", "#")):
            assert (style.parent / address).resolve().is_file(), address


@pytest.mark.parametrize("script", OWN_SCRIPTS, ids=lambda path: path.name)
def test_a_script_of_ours_asks_only_what_its_page_names_and_makes_no_markup(script):
    """The address of a `fetch` is the page's own, or comes with its words; the policy lets it go
    nowhere else.

    What the server answers is read in a template, where nothing of it runs.
    """
    text = script.read_text()
    text = re.sub(
        r"(\w+) = document\.createElement\('template'\);\s+\1\.innerHTML = html;", "", text
    )
    for trap in ("http:", "https:", "XMLHttpRequest", "innerHTML", "eval(", "import("):
        assert trap not in text
    own = (
        text.count("fetch(address,") if "const address = window.location.pathname +" in text else 0
    )
    assert text.count("fetch(") == text.count("fetch(words.") + own
    assert "'use strict'" in text


def test_the_chart_script_keeps_figures_from_the_vendor():
    text = (STATIC / "js" / "charts.js").read_text()
    assert "showSendToCloud: false" in text
    assert "displayModeBar: false" in text


def test_a_template_holds_no_inline_style_or_script():
    for template in TEMPLATES:
        text = template.read_text()
        assert not re.search(r"\sstyle\s*=", text), template
        assert "<style" not in text, template
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), template
        assert "javascript:" not in text, template
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script, template


def test_a_template_asks_only_for_files_that_exist():
    for template in TEMPLATES:
        text = template.read_text()
        for name in re.findall(r"{% static [\"']([^\"']+)[\"'] %}", text):
            assert (STATIC / name).is_file(), (template, name)
        assert not re.findall(r"(?:href|src)=[\"'](https?:)?//", text), template


def test_a_comment_of_a_template_ends_on_its_line():
    """A {# comment #} over several lines would be shown to the reader."""
    for template in TEMPLATES:
        for line in template.read_text().splitlines():
            assert line.count("{#") == line.count("#}"), (template, line)


def test_small_text_is_never_below_fourteen_pixels():
    for style in (path for path in STYLES if "vendor" not in path.parts):
        for size in re.findall(r"font-size:\s*([\d.]+)rem", style.read_text()):
            assert float(size) * 16 >= 14, style.name


def test_each_colour_of_text_is_legible_on_white():
    """WCAG contrast of 4.5 for words; 3 for marks."""
    tokens = dict(
        re.findall(r"--kt-([\w-]+):\s*(#[0-9a-f]{6})", (STATIC / "css/tokens.css").read_text())
    )
    words = ["blue", "navy", "ink", "ink-2", "ink-3", "g", "r", "worse", "late", "common"]
    for name in words:
        assert contrast(tokens[name]) >= 4.5, name
    assert contrast(tokens["mark"]) >= 3
    assert contrast(tokens["a-edge"]) >= 3


def contrast(colour):
    def channel(part):
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(colour[i : i + 2]) for i in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_a_class_of_ours_is_worn_by_something():
    """The class is named in full, or as the beginning of a name that is completed."""
    folders = ("templates", "kmpt_tracker", "accounts", "strategy", "kpis", "cip", "board")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    wearers = "\n".join(path.read_text() for path in (*sources, *TEMPLATES, *OWN_SCRIPTS))
    styled = "\n".join(path.read_text() for path in STYLES if "vendor" not in path.parts)
    rules = re.sub(r"/\*.*?\*/", "", styled, flags=re.DOTALL)
    words, before_brace, before_quote = (
        set(re.findall(rf"[\w-]+{then}", wearers)) for then in ("", r"(?=\{)", '(?=")')
    )
    unworn = []
    for name in sorted(set(re.findall(r"\.((?:kt|is)-[\w-]+)", rules))):
        block, mark = re.match(r"(.+?)(--|__|$)", name).groups()
        completed = mark and (block + mark in before_brace or block in before_quote)
        if not completed and name not in words:
            unworn.append(name)
    assert unworn == []
