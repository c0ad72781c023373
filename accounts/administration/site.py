"""The admin site: for roles that may edit plans or people. Every change is audited."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.administration.conflicts import BASE, REASON, BasedForm, based, has_clashes
from accounts.administration.fields import TYPED_FIELDS, system_fields, write_down
from accounts.administration.helping import help_of
from accounts.administration.tasks import HELP, TASKS, Task
from accounts.models import User
from accounts.permissions import NotAllowed, access_of_reader
from accounts.roles import Capability

METHODS = require_http_methods(["GET", "HEAD", "POST"])


def _open_to(request: HttpRequest, pages: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pages of a task that the reader may open, each with its address."""
    access = access_of_reader(request)
    found = [(words, reverse(name)) for words, name in pages]
    needed = [getattr(resolve(address).func, "capability", None) for _, address in found]
    return [
        page
        for page, capability in zip(found, needed, strict=True)
        if capability is None or access.may(capability)
    ]


class TrackerAdminSite(admin.AdminSite):
    """Lets people in by their role, not by Django's staff flag."""

    site_header = "Strategy and KPI tracker: administration"
    site_title = "Tracker administration"
    index_title = "What the performance team and administrators keep"

    def has_permission(self, request: HttpRequest) -> bool:
        access = access_of_reader(request)
        return request.user.is_active and (
            access.may(Capability.EDIT_PLANS) or access.may(Capability.ADMINISTER_USERS)
        )

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The rows by task, each with what it is; the list of one app stays as in the library.

        A kind of row that no task names comes last, so that nothing is ever hidden.
        """
        found = super().get_app_list(request, app_label)
        if app_label is not None:
            return found
        kinds = {
            f"{app['app_label']}.{kind['object_name']}": kind
            for app in found
            for kind in app["models"]
        }
        others = Task(
            "others", "Other rows", "", {label: "" for label in kinds if label not in HELP}
        )
        return [
            {
                "name": task.title,
                "help": task.help,
                "pages": _open_to(request, task.pages),
                "app_label": task.code,
                "app_url": f"{reverse('admin:index')}#{task.code}",
                "has_module_perms": True,
                "models": [
                    {**kinds[label], "help": words}
                    for label, words in task.rows.items()
                    if label in kinds
                ],
            }
            for task in (*TASKS, others)
            if any(label in kinds for label in task.rows)
        ]

    @method_decorator((login_not_required, METHODS))
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Use the tracker's sign-in page; refuse people who are signed in without permission."""
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
            target = reverse("admin:index")
        if self.has_permission(request):
            return redirect(target)
        if request.user.is_authenticated:
            raise NotAllowed(Capability.EDIT_PLANS)
        return redirect_to_login(target, settings.LOGIN_URL)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse people without permission, and unexpected methods, before the view runs."""
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
    """Record who changed whose password in the same transaction; never the password itself."""
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
    """The signed-in user: `has_permission` has already refused everyone else."""
    if not request.user.is_authenticated:
        raise NotAllowed(Capability.EDIT_PLANS)
    return request.user


def _form_changes(form: ModelForm, *, is_change: bool) -> list[audit.FieldChange]:
    """What a form changed, field by field; passwords are left out."""
    columns = {column.name: column for column in form._meta.model._meta.concrete_fields}
    changes = []
    for name in form.changed_data:
        before = form.initial.get(name) if is_change else None
        after = "(changed)" if "password" in name else form.cleaned_data.get(name)
        # Text fields may hold free text about people, which only the library's history keeps.
        is_text = isinstance(columns.get(name), models.TextField)
        if is_text:
            changes.append(audit.FieldChange.of_text(name, str(before or ""), str(after or "")))
        else:
            changes.append(audit.FieldChange.of(name, before, after))
    # Django reports an empty list as changed even when it was empty before.
    return [change for change in changes if change.old != change.new]


class Helped:
    """Says at each box what it is for; the column's own words go first."""

    model: type[models.Model]

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest | None, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        words = "" if db_field.help_text else help_of(self.model._meta.label, db_field.name)
        if field is not None and words:
            # The library's own words on how to choose several follow.
            field.help_text = f"{words} {field.help_text}".strip()
        return field


class AuditedAdmin(Helped, admin.ModelAdmin):
    """Saves each change and its audit row in one transaction. Nothing can be deleted here.

    The server fills in who made a change and when. A form is compared with the row as its page
    showed it, so that two people's changes do not overwrite each other.
    """

    formfield_overrides = TYPED_FIELDS
    edited_with = Capability.EDIT_PLANS
    # The fields that may be edited, by those who may edit at all; empty means all of them.
    editable: tuple[str, ...] = ()
    # Fields that say what a row is about: set when it is added and never changed afterwards.
    fixed: tuple[str, ...] = ()
    # Times and people that a person enters, as opposed to who recorded the row and when.
    typed: tuple[str, ...] = ()
    # Days from which on a row counts or no longer counts: moved with a reason.
    dated: tuple[str, ...] = ()
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
        fixed += system_fields(self.model, typed=self.typed)
        if obj is not None:
            fixed += self.fixed
        if self.editable:
            names = [field.name for field in self.model._meta.fields if field.editable]
            fixed += [name for name in names if name not in self.editable and name != "id"]
        return list(dict.fromkeys(fixed))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change=change, **kwargs)
        kwargs.setdefault("form", based(self.form, self.dated))
        form = super().get_form(request, obj, change=change, **kwargs)
        form.reader = request.user  # type: ignore[attr-defined]
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add a hidden field with the row as the page shows it, where the row may be changed."""
        found = super().get_fieldsets(request, obj)
        is_based = obj is not None and self.has_change_permission(request, obj)
        if not is_based or BASE in flatten_fieldsets(found):
            return found
        return [*found, (None, {"fields": (BASE,)})]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        if request.method == "POST" and transaction.get_connection().in_atomic_block:
            self.hold(object_id)
        return super().get_object(request, object_id, from_field)

    def hold(self, object_id: str) -> None:
        """Lock the row, so that the second of two simultaneous saves sees the first one."""
        rows = self.model._base_manager.select_for_update(of=("self",), no_key=True)
        with suppress(ValidationError, ValueError, OverflowError):
            key = self.model._meta.pk.to_python(object_id)
            list(rows.filter(pk=key).values_list("pk"))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # A change and its audit row share one transaction; a GET must not take the write lock.
        view = super().changeform_view
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            with transaction.atomic():
                response = view(request, *args, **kwargs)
        except IntegrityError:
            # Someone else saved the row after the form was checked: check again, to show theirs.
            with transaction.atomic():
                response = view(request, *args, **kwargs)
        if isinstance(response, TemplateResponse) and has_clashes(response.context_data or {}):
            response.status_code = HTTPStatus.CONFLICT
        return response

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool
    ) -> None:
        changes = _form_changes(form, is_change=change)
        if change and not changes:
            return
        now = timezone.now()
        if change and hasattr(obj, "version"):
            obj.version += 1
        if not change:
            write_down(obj, by=_editor(request), at=now)
        reason = (form.cleaned_data.get(REASON) or "").strip() if self.dated else ""
        if reason:
            audit.give_reason(obj, reason)
        super().save_model(request, obj, form, change)
        self.after_save(obj)
        audit.record(
            at=now,
            by=_editor(request),
            action="changed" if change else "added",
            obj=obj,
            changes=changes,
            reason=reason,
        )

    def after_save(self, obj: Any) -> None:
        """Hook for what follows from a change, in its transaction and before its audit row."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save and audit the inline rows of the page as well."""
        instances = formset.save(commit=False)
        forms = {id(form.instance): form for form in formset.forms}
        now = timezone.now()
        for instance in instances:
            is_new = instance.pk is None
            if is_new:
                write_down(instance, by=_editor(request), at=now)
            elif hasattr(instance, "version"):
                instance.version += 1
            instance.save()
            audit.record(
                at=now,
                by=_editor(request),
                action="added" if is_new else "changed",
                obj=instance,
                changes=_form_changes(forms[id(instance)], is_change=not is_new),
            )
        formset.save_m2m()


class AuditedInline(Helped, admin.TabularInline):
    """Inline rows, saved and audited with the row they belong to."""

    formfield_overrides = TYPED_FIELDS
    form = BasedForm
    edited_with = Capability.EDIT_PLANS
    typed: tuple[str, ...] = ()
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access_of_reader(request).may(self.edited_with)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access_of_reader(request).may(self.edited_with)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [*super().get_readonly_fields(request, obj)]
        system = system_fields(self.model, typed=(*self.typed, self.fk_name or ""))
        shown = [name for name in system if name in (self.fields or ())]
        return list(dict.fromkeys([*fixed, *shown]))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = [*(self.fields or super().get_fields(request, obj))]
        return [*names, BASE] if self.has_change_permission(request, obj) else names

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.reader = request.user  # type: ignore[attr-defined]
        return formset


class ReadOnlyAdmin(AuditedAdmin):
    """For viewing only: append-only records, and rows that services write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
