"""The lines of the tables of golden threads: `{% family_lines card %}`, `{% single_lines plan %}`.

Put together here: a page of all threads has 265 of them, and with loops in the template they took
five times as long.
"""

from django import template
from django.utils.safestring import SafeString, mark_safe

from kmpt_tracker.ui.escaped import escaped
from kpis.models import Measure
from kpis.plans.thread_list import FamilyCard, SinglePlan
from strategy.models import Plan

register = template.Library()


@register.simple_tag
def family_lines(card: FamilyCard) -> SafeString:
    """Every promise of a family, plan by plan; the plan is shown once and said in each line."""
    lines = []
    for rows in card.plans:
        for place, row in enumerate(rows):
            title = escaped(row.plan.title)
            plan = f'<span class="kt-sr">{title}</span>' if place else _link(row.plan, title)
            measure = row.target.measure
            lines.append(
                f'<tr><th scope="row">{plan}</th>'
                f"<td>{_link(measure, escaped(measure.name)) if measure else ''}</td>"
                f"<td>“{escaped(row.target.statement)}”</td>"
                f'<td class="kt-num">{escaped(row.asked)}</td></tr>'
            )
    return mark_safe("\n".join(lines))  # noqa: S308 (escaped above)


@register.simple_tag
def single_lines(plan: SinglePlan) -> SafeString:
    """What one plan alone promises something on, and what became of it."""
    lines = (
        f'<tr><th scope="row">{_link(row.measure, escaped(row.measure.name))}</th>'
        f'<td class="kt-num">{escaped(row.asked)}</td><td>{escaped(row.happened)}</td></tr>'
        for row in plan.rows
    )
    return mark_safe("\n".join(lines))  # noqa: S308 (escaped above)


def _link(row: Plan | Measure, words: str) -> str:
    return f'<a href="{escaped(row.get_absolute_url())}">{words}</a>'
