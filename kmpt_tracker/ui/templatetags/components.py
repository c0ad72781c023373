"""All tags of the component gallery under one name: {% load components %}.

docs/components.md lists them with their arguments; /components/ shows every state.
"""

from django import template

from kmpt_tracker.ui.tags import boxes, charts, choices, kept, lists, status

register = template.Library()
for part in (status, charts, boxes, lists, choices, kept):
    register.tags.update(part.register.tags)
