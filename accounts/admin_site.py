"""The administration: open to those whose role edits plans or people, and audited throughout."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.admin_fields import TYPED_FIELDS
from accounts.models import User
from accounts.permissions import NotAllowed, access_of_reader
from accounts.roles import Capability

METHODS = require_http_methods(["GET", "HEAD", "POST"])


class TrackerAdminSite(admin.AdminSite):
    """Roles decide who comes in, not Django's staff flag."""

    site_header = "Strategy and KPI tracker: administration"
    site_title = "Tracker administration"
    index_title = "What the performance team and administrators keep"

    def has_permission(self, request: HttpRequest) -> bool:
        access = access_of_reader(request)
        return request.user.is_active and (
            access.may(Capability.EDIT_PLANS) or access.may(Capability.ADMINISTER_USERS)
        )

    @method_decorator((login_not_required, METHODS))
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Signing in is the tracker's own page; who is signed in and may not is told so."""
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
            target = reverse("admin:index")
        if self.has_permission(request):
            return redirect(target)
        if request.user.is_authenticated:
            raise NotAllowed(Capability.EDIT_PLANS)
        return redirect_to_login(target, settings.LOGIN_URL)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As everywhere: who may not come in is told so at once, odd methods are refused."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise NotAllowed(Capability.EDIT_PLANS)
            return inner(request, *args, **kwargs)

        return METHODS(guarded)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        with password_on_record(request, request.user.pk):
            return super().password_change(request, extra_context)


@contextmanager
def password_on_record(request: HttpRequest, person_id: Any) -> Iterator[None]:
    """Who changed whose password, in the transaction of the change; never the password."""
    rows = User.objects.filter(pk=person_id)
    with transaction.atomic():
        before = rows.values_list("password", flat=True).first()
        yield
        person = rows.first()
        if person is not None and person.password != before:
            audit.record(
                at=timezone.now(),
                by=_editor(request),
                action="password changed",
                obj=person,
                changes=[audit.FieldChange.of("password", "", "(changed)")],
            )


def _editor(request: HttpRequest) -> User:
    """Who edits: `has_permission` let nobody else come so far."""
    if not request.user.is_authenticated:
        raise NotAllowed(Capability.EDIT_PLANS)
    return request.user


def _form_changes(form: ModelForm, *, is_change: bool) -> list[audit.FieldChange]:
    """What a form changed, field by field; a password is never written down."""
    changes = [
        audit.FieldChange.of(
            name,
            form.initial.get(name) if is_change else None,
            "(changed)" if "password" in name else form.cleaned_data.get(name),
        )
        for name in form.changed_data
    ]
    # The framework takes an empty list for a change of an empty list.
    return [change for change in changes if change.old != change.new]


class AuditedAdmin(admin.ModelAdmin):
    """Every save leaves its audit row in the same transaction. Nothing is deleted here."""

    formfield_overrides = TYPED_FIELDS
    edited_with = Capability.EDIT_PLANS
    # Empty: every field may be edited; else only these, by those who may edit at all.
    editable: tuple[str, ...] = ()
    # What a row is about: chosen when it is added, and not changed after.
    fixed: tuple[str, ...] = ()
    can_add = True

    def _may_edit(self, request: HttpRequest) -> bool:
        return access_of_reader(request).may(self.edited_with)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_add and self._may_edit(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fixed += self.fixed
        if self.editable:
            names = [field.name for field in self.model._meta.fields if field.editable]
            fixed += [name for name in names if name not in self.editable and name != "id"]
        return fixed

    def changeform_view(self, request, *args, **kwargs):
        # One transaction for the change and its audit row; a GET takes no write lock.
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with transaction.atomic():
            return super().changeform_view(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool
    ) -> None:
        changes = _form_changes(form, is_change=change)
        if change and not changes:
            return
        if change and hasattr(obj, "version"):
            obj.version += 1
        super().save_model(request, obj, form, change)
        audit.record(
            at=timezone.now(),
            by=_editor(request),
            action="changed" if change else "added",
            obj=obj,
            changes=changes,
        )
        self.after_save(obj)

    def after_save(self, obj: Any) -> None:
        """What follows from a change, in its transaction: a measure is judged again."""

    def save_formset(self, request, form, formset, change) -> None:
        """Rows kept on the same page are audited too."""
        instances = formset.save(commit=False)
        forms = {id(form.instance): form for form in formset.forms}
        for instance in instances:
            is_new = instance.pk is None
            instance.save()
            audit.record(
                at=timezone.now(),
                by=_editor(request),
                action="added" if is_new else "changed",
                obj=instance,
                changes=_form_changes(forms[id(instance)], is_change=not is_new),
            )
        formset.save_m2m()


class ReadOnlyAdmin(AuditedAdmin):
    """To look at, never to write: append-only records and what services write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
