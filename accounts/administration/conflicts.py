"""Detects two people editing the same row in the admin site.

Every form carries a signed copy of the row as its page showed it. A field that this person did
not touch takes the value that was saved since. Where both people changed a field to different
values, nothing is saved: the form shows both values, and who saved the other one and when. A
form whose copy is missing or not validly signed counts as having seen nothing, so every change
in it is asked about.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.serializers.json import DjangoJSONEncoder
from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils.crypto import salted_hmac

from accounts.models import AuditEvent, User
from accounts.record.fixed import fixed_problems
from kmpt_tracker.ui.formats import format_date, format_moment

BASE = "base"
REASON = "reason"
SIGNER = Signer(salt="the row as its form showed it")
LOOKED_THROUGH = 50
Values = dict[str, Any]


class BasedForm(forms.ModelForm):
    """A form that knows what its page showed; `reader` is the person who sends it."""

    base = forms.CharField(required=False, widget=forms.HiddenInput, label="")
    reader: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clashes: list[str] = []
        self.now: Values = _values(self) if self.instance.pk else {}
        if self.instance.pk:
            self.initial[BASE] = SIGNER.sign_object([_name(self.instance), self.now], compress=True)

    def clean(self) -> Values | None:
        cleaned = super().clean()
        changed = [name for name in self.changed_data if name not in (BASE, REASON)]
        if self.instance.pk:
            shown = self._shown()
            moved = [name for name in self.now if shown is None or shown[name] != self.now[name]]
            touched = set(changed) if shown is None else self._touched(shown)
            for name in moved:
                if name not in touched:
                    self._take_newer(name)
                elif name in changed:
                    self.clashes.append(name)
                    self.add_error(name, self._both(name))
            for name in (BASE, *(name for name in moved if name not in self.clashes)):
                self.fields[name].bound_data = _newest  # type: ignore[method-assign]
            changed = [name for name in changed if name not in moved or name in touched]
        self.changed_data = changed
        return cleaned

    def _post_clean(self) -> None:
        """A fixed value is not overwritten, whatever was typed: its box says what to do instead."""
        super()._post_clean()  # type: ignore[misc]
        for name, words in fixed_problems(self.instance).items():
            if name in self.fields and name not in self.errors:
                self.add_error(name, words)

    def _shown(self) -> Values | None:
        """The values that the page showed; None without a valid signed copy for this row."""
        try:
            name, shown = SIGNER.unsign_object(self.data.get(self.add_prefix(BASE), ""))
        except (BadSignature, ValueError):
            return None
        # The copy must be of this very row, and know every field that the form has now.
        known = name == _name(self.instance) and set(self.now) <= set(shown)
        return shown if known else None

    def _touched(self, shown: Values) -> set[str]:
        """The fields that differ from what the page showed."""
        row, lists = copy.copy(self.instance), {}
        for name, value in shown.items():
            field = row._meta.get_field(name)
            if field.many_to_many:
                lists[name] = value
            elif isinstance(field, models.Field):
                setattr(row, field.attname, _read(field, value))
        # Django's own comparison, run as if the row were still as the page showed it, treats
        # differently typed equal values ("5.0", "5") as unchanged.
        as_shown = type(self)(
            data=self.data, files=self.files, prefix=self.prefix, instance=row, initial=lists
        )
        return set(as_shown.changed_data)

    def _take_newer(self, name: str) -> None:
        """Use the value that someone else has saved since, as this person did not touch it."""
        # An error in a box that this person left alone is not theirs to correct.
        self.errors.pop(name, None)
        field = self.instance._meta.get_field(name)
        kept = getattr(self.instance, name)
        self.cleaned_data[name] = kept.all() if field.many_to_many else kept

    def _both(self, name: str) -> str:
        """Both values, with who saved the other one and when."""
        by, at = last_change(self.instance, name)
        theirs = _words(self.instance, name, getattr(self.instance, name))
        typed = self.cleaned_data.get(name, self[name].data)
        when = f" on {format_moment(at)}" if at else ""
        if by is not None and by == self.reader:
            saved = f"You saved {theirs} in another tab{when}."
        else:
            saved = f"{by or 'Someone else'} saved {theirs}{when}, while you were typing."
        return (
            f"{saved} You typed {_words(self.instance, name, typed)}, which is in the box and not "
            "saved. Save again to keep it, or load the page again to keep what was saved."
        )


class BasedPasswordForm(AdminPasswordChangeForm):
    """Somebody's new password, set by an administrator; based on the one that was set before.

    Where two people set it at once, the second sets nothing and sees who was first.
    """

    base = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.clashes: list[str] = []
        seen = salted_hmac("the password as its form found it", user.password).hexdigest()
        self.initial[BASE] = SIGNER.sign_object([_name(user), seen])

    def clean(self) -> Values | None:
        cleaned = super().clean()
        if self.data.get(BASE) != self.initial[BASE]:
            by, at = last_change(self.user, "password")
            when = f" on {format_moment(at)}" if at else ""
            self.clashes.append("password1")
            self.add_error(
                "password1",
                f"{by or 'Someone else'} set another password{when}, since you opened this page. "
                "Yours is not saved. Load the page again to set it all the same.",
            )
        return cleaned


class ReasonedForm(BasedForm):
    """A form of a row whose dates, named in `dated`, change only with a reason."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=AdminTextInputWidget,
        help_text="Why a date changes. It stays on record, and past moments keep the old date.",
    )
    dated: tuple[str, ...] = ()

    def clean(self) -> Values | None:
        cleaned = super().clean()
        is_moved = self.instance.pk and set(self.dated) & set(self.changed_data)
        if is_moved and not (self.cleaned_data.get(REASON) or "").strip():
            self.add_error(REASON, "Enter why the date changes")
        return cleaned


def _newest(data: Any, initial: Any) -> Any:
    return initial


def based(form: type[forms.ModelForm], dated: tuple[str, ...] = ()) -> type[forms.ModelForm]:
    """The same form, with the row as it was shown, and a reason for dates that move."""
    if dated:
        return type(f"Reasoned{form.__name__}", (ReasonedForm, form), {"dated": dated})
    if issubclass(form, BasedForm):
        return form
    return type(f"Based{form.__name__}", (BasedForm, form), {})


def _name(row: models.Model) -> str:
    return f"{row._meta.label_lower} {row.pk}"


def _values(form: forms.ModelForm) -> Values:
    """What a form shows of its row, as text by field; related rows as lists of keys."""
    row = form.instance
    found: Values = {}
    for field in (*row._meta.fields, *row._meta.many_to_many):
        box = form.fields.get(field.name)
        if box is None or box.disabled:
            continue
        value = field.value_from_object(row)
        if field.many_to_many:
            found[field.name] = sorted(other.pk for other in value)
        elif isinstance(field, models.JSONField):
            found[field.name] = json.dumps(value, sort_keys=True, cls=DjangoJSONEncoder)
        else:
            found[field.name] = None if value is None else field.value_to_string(row)
    return found


def _read(field: models.Field, text: Any) -> Any:
    if isinstance(field, models.JSONField):
        return json.loads(text)
    return None if text is None else field.to_python(text)


def _words(row: models.Model, name: str, value: Any) -> str:
    """A value as the page shows it."""
    field = row._meta.get_field(name)
    if hasattr(value, "all"):
        value = value.all()
    if field.many_to_many and value is not None:
        value = ", ".join(str(other) for other in value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, datetime):
        value = format_moment(value)
    elif isinstance(value, date):
        value = format_date(value)
    elif isinstance(field, models.Field) and field.choices:
        value = dict(field.flatchoices).get(value, value)
    return "nothing" if value in (None, "") else f"“{value}”"


def last_change(row: models.Model, name: str) -> tuple[User | None, datetime | None]:
    """Who last changed a field, and when: from the audit record, else from the row's history."""
    events = AuditEvent.objects.filter(
        object_type=row._meta.label_lower, object_key=str(row)[:200]
    ).select_related("by")
    # Few rows have long records; without a limit one page load could read thousands of events.
    for event in events.order_by("-at", "-pk")[:LOOKED_THROUGH]:
        if any(change["field"] == name for change in event.changes):
            return event.by, event.at
    return _in_history(row, name)


def _in_history(row: Any, name: str) -> tuple[User | None, datetime | None]:
    field = row._meta.get_field(name)
    if not hasattr(row, "history") or field.many_to_many:
        return None, None
    by, at = None, None
    past = row.history.select_related("history_user").order_by("-history_date", "-history_id")
    for state in past[:LOOKED_THROUGH]:
        if getattr(state, field.attname) != getattr(row, field.attname):
            break
        by, at = state.history_user, state.history_date
    return by, at


def has_clashes(context: Mapping[str, Any]) -> bool:
    """Whether an admin page shows a field that two people changed."""
    found = [context["adminform"].form] if "adminform" in context else []
    for inline in context.get("inline_admin_formsets", ()):
        found += inline.formset.forms
    return any(getattr(form, "clashes", ()) for form in found)
