"""How pages write numbers, months and moments: the functions of `kmpt_tracker.ui.formats`.

{{ value|number:1 }} {{ month|month_short }} {{ day|day }} {{ moment|moment }} {{ moment|deadline }}

What is absent shows as a dash.
"""

from django import template

from kmpt_tracker.ui import formats

register = template.Library()

register.filter("number", formats.format_number)
register.filter("month_short", formats.format_month_short)
register.filter("day", formats.format_date)
register.filter("moment", formats.format_moment)
register.filter("deadline", formats.format_deadline)
