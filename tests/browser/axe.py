"""axe-core as the browser tests run it: WCAG 2.2 A and AA, good practice, target size."""

from pathlib import Path

from playwright.sync_api import Page

SCRIPT = (Path(__file__).parents[1] / "vendor/axe-core/4.14.1/axe.min.js").read_text()
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {
        # Off by default, or experimental.
        "target-size": {"enabled": True},
        "label-content-name-mismatch": {"enabled": True},
        "table-fake-caption": {"enabled": True},
        "td-has-header": {"enabled": True},
        "css-orientation-lock": {"enabled": True},
    },
}
# Drawn by Plotly as one picture: it has a name, a sentence and a table instead.
CONTEXT = {"exclude": [".js-plotly-plot .main-svg"]}


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds wrong on the page: each rule with the elements that break it."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SCRIPT)
    found = page.evaluate("given => axe.run(...given)", [CONTEXT, OPTIONS])
    return [
        (rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found["violations"]
    ]
