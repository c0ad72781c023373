"""How pages write numbers, months and moments: the functions of `kmpt_tracker.ui.formats`.

{% figure value unit decimals %} {% change value unit decimals %}
{% target operator value upper unit decimals %}
{{ value|number:1 }} {{ month|month }} {{ month|month_short }} {{ day|day }}
{{ moment|moment }} {{ moment|deadline }} {{ day|financial_year }}

What is absent shows as a dash.
"""

from django import template

from kmpt_tracker.ui import formats

register = template.Library()

register.simple_tag(formats.format_value, name="figure")
register.simple_tag(formats.format_change, name="change")
register.simple_tag(formats.format_target, name="target")

register.filter("number", formats.format_number)
register.filter("month", formats.format_month)
register.filter("month_short", formats.format_month_short)
register.filter("day", formats.format_date)
register.filter("moment", formats.format_moment)
register.filter("deadline", formats.format_deadline)
register.filter("financial_year", formats.format_financial_year)
