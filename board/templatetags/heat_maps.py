"""The cells of a heat map: `{% heat_cells row %}`."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from board.heatmap.page import Cell, HeatRow
from kmpt_tracker.ui.escaped import escaped
from kmpt_tracker.ui.tags.status import status

register = template.Library()
NOTHING = (
    '<span class="kt-h"><span class="kt-sr">Nothing is reported here</span>'
    '<span aria-hidden="true">–</span></span>'
)


@register.simple_tag
def heat_cells(row: HeatRow) -> SafeString:
    """The figures of a measure, each with its status, leading to its month.

    Put together here: with a loop in the template, the page took a quarter longer.
    """
    return mark_safe("\n".join(map(_cell, row.cells)))  # noqa: S308 (escaped below)


def _cell(cell: Cell) -> str:
    if cell.standing is None:
        return f'<td class="{cell.css}">{NOTHING}</td>'
    mark = status(cell.rag, form="mark", kind=cell.kind)
    link = (
        f'<a class="kt-h" href="{escaped(cell.url)}">{mark}<span>{escaped(cell.value)}</span></a>'
    )
    own = f'<span class="kt-h__own">target {escaped(cell.asked)}</span>' if cell.asked else ""
    return f'<td class="{cell.css}">{link}{own}</td>'
