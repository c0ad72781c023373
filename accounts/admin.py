"""People, their roles, and the audit record in the admin site."""

from http import HTTPStatus
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.administration.conflicts import BASE, BasedForm, BasedPasswordForm
from accounts.administration.site import (
    AuditedAdmin,
    AuditedInline,
    ReadOnlyAdmin,
    password_on_record,
)
from accounts.models import AuditEvent, RoleGrant, User
from accounts.people.administrators import LAST, ONESELF, is_last_administrator
from accounts.roles import Capability, Role

admin.site.unregister(Group)


class GrantForm(BasedForm):
    """A role in the administration: nobody gives themselves one; one administrator always stays."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        grant, ends_on = self.instance, cleaned.get("ends_on")
        changed = set(self.changed_data) - {BASE}
        shortens = ends_on is not None and (grant.ends_on is None or ends_on < grant.ends_on)
        is_own = self.reader is not None and grant.user_id == self.reader.pk
        if is_own and changed and not (grant.pk and changed == {"ends_on"} and shortens):
            self.add_error(None, f"{ONESELF}.")
        held = RoleGrant.objects.filter(pk=grant.pk, ends_on__isnull=True).first()
        if held is not None and held.role == Role.ADMINISTRATOR.value and ends_on:
            today = timezone.localdate()
            grants = list(RoleGrant.objects.filter(role=held.role).select_related("user"))
            if is_last_administrator(held.user, on=today, grants=grants, ending=held.pk):
                self.add_error("ends_on", f"{LAST}.")
        return cleaned


class PersonForm(UserChangeForm):
    """People in the administration: the last administrator stays."""

    def clean_is_active(self) -> bool:
        is_active = bool(self.cleaned_data["is_active"])
        grants = list(
            RoleGrant.objects.filter(role=Role.ADMINISTRATOR.value).select_related("user")
        )
        if not is_active and is_last_administrator(
            self.instance, on=timezone.localdate(), grants=grants
        ):
            raise ValidationError(f"{LAST}.")
        return is_active


class RoleGrantInline(AuditedInline):
    """A person's roles: ended by setting a last day, never deleted; each says who granted it."""

    form = GrantForm

    edited_with = Capability.ADMINISTER_USERS
    model = RoleGrant
    fk_name = "user"
    fields = ("role", "starts_on", "ends_on")


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin):
    form = PersonForm
    edited_with = Capability.ADMINISTER_USERS
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    list_filter = ("is_active", "role_grants__role")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "is_active")}),
        ("Seen", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    inlines = (RoleGrantInline,)
    change_password_form = BasedPasswordForm
    change_user_password_template = "accounts/person_password.html"  # noqa: S105

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Let an administrator set someone's password."""
        person = self.get_object(request, unquote(id))
        with password_on_record(request, person.pk if person else None):
            response = super().user_change_password(request, id, form_url)
        shown = response.context_data if isinstance(response, TemplateResponse) else None
        if shown and shown["form"].clashes:
            response.status_code = HTTPStatus.CONFLICT
        return response


@admin.register(AccessAttempt, AccessLog)
class SignInAdmin(ReadOnlyAdmin):
    """Sign-ins, sign-outs and failed tries."""

    list_display = ("attempt_time", "username", "ip_address")
    search_fields = ("username",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "by", "action", "object_type", "object_key", "given_reason")
    list_filter = ("action", "object_type")
    list_select_related = ("by", "given")
    search_fields = ("object_key", "given__text")
    date_hierarchy = "at"

    @admin.display(description="reason")
    def given_reason(self, event: AuditEvent) -> str:
        given = getattr(event, "given", None)
        return given.text if given else ""
