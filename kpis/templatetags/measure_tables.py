"""The table of measures: `{% measure_heads "register" %}`, `{% measure_lines "register" rows %}`.

A table that begins with cells of its own takes `{% measure_cells "quoted" row %}` in each line.
"""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

from kpis.tables import columns

register = template.Library()
register.simple_tag(columns.trend_of)


@register.inclusion_tag("kpis/_measure_heads.html")
def measure_heads(name: str) -> dict[str, Any]:
    """The headings after a table's first."""
    return {"table": columns.TABLES[name]}


@register.simple_tag
def measure_cells(name: str, row: columns.MeasureRow) -> SafeString:
    """The cells of one row."""
    return columns.TABLES[name].cells(row)


@register.simple_tag
def measure_lines(name: str, rows: Iterable[columns.NamedRow]) -> SafeString:
    """The lines of a table that begins with the name of each row."""
    return columns.TABLES[name].lines(rows)
