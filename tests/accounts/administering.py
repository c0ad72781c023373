"""Pages of the administration: which rows it edits, a row of each kind, and what a form sends."""

from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.urls import reverse

from accounts.roles import Role
from cip.models import Programme
from tests.accounts.readers import BACKEND
from tests.documents import table
from tests.factories.people import UserFactory, person
from tests.factories.rows import MOMENT, row

DOCUMENTED = dict(table("access.md", "administration"))
EDITABLE = [label for label, edits in DOCUMENTED.items() if edits != "–"]
# One field of each kind of row, and another value for it.
ANOTHER: dict[str, tuple[str, Any]] = {
    "accounts.User": ("last_name", "Another"),
    "strategy.CareGroup": ("name", "Another"),
    "strategy.Plan": ("short_title", "Another"),
    "strategy.Ambition": ("source_section", "Another"),
    "strategy.Objective": ("source_section", "Another"),
    "strategy.Outcome": ("source_section", "Another"),
    "strategy.Action": ("owner", "Another"),
    "strategy.TrustName": ("valid_to", "2099-04-01"),
    "strategy.Committee": ("name", "Another"),
    "strategy.SourceDocument": ("publisher", "Another"),
    "strategy.Note": ("text", "Another"),
    "kpis.Measure": ("name", "Another"),
    "kpis.Target": ("interpretation_note", "Another"),
    "kpis.Series": ("fed_by", "published"),
    "kpis.MeasureLink": ("note", "Another"),
    "cip.Programme": ("title", "Another"),
    "cip.Allocation": ("label_as_published", "Another"),
    "board.BoardMeeting": ("data_cut_off_0", "2024-02-01"),
}


def some_row(label: str):
    """A row of this kind, as it would be in a running tracker."""
    if label == "axes.AccessAttempt":
        return AccessAttempt.objects.create(username="x", failures_since_start=1)
    if label == "axes.AccessLog":
        return AccessLog.objects.create(username="x")
    if label == "accounts.User":
        return UserFactory(first_name="Some", date_joined=MOMENT)
    if label == "cip.Programme":
        return row(Programme, year="2019-20")
    return row(apps.get_model(label))


def address(label: str, page: str, *args) -> str:
    return reverse(f"admin:{label.replace('.', '_').lower()}_{page}", args=args)


def editor(client, label: str):
    needed = DOCUMENTED[label].partition(",")[0]
    role = Role.ADMINISTRATOR if needed == "administer_users" else Role.PERFORMANCE_TEAM
    user = person(role)
    client.force_login(user, backend=BACKEND)
    return user


def form_of(response) -> dict[str, Any]:
    """What a browser would send if nothing were changed."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for bound in form:
            values = bound.value()
            widget = bound.field.widget
            if hasattr(widget, "decompress"):
                parts = widget.decompress(values) if not isinstance(values, list) else values
                for place, part in enumerate(parts):
                    data[f"{bound.html_name}_{place}"] = "" if part is None else str(part)
            elif values is True:
                data[bound.html_name] = "on"
            elif values is not None and values is not False:
                data[bound.html_name] = values
    return data
