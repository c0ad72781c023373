"""People, their roles, and the record of changes."""

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group

from accounts.admin_fields import TYPED_FIELDS
from accounts.admin_site import AuditedAdmin, ReadOnlyAdmin, password_on_record
from accounts.models import AuditEvent, RoleGrant, User
from accounts.roles import Capability

admin.site.unregister(Group)


class RoleGrantInline(admin.TabularInline):
    """The roles of a person: ended by a last day, never deleted."""

    formfield_overrides = TYPED_FIELDS
    model = RoleGrant
    fk_name = "user"
    fields = ("role", "starts_on", "ends_on")
    extra = 0
    can_delete = False

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return request.access.may(Capability.ADMINISTER_USERS)

    has_change_permission = has_view_permission


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin):
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

    def save_formset(self, request, form, formset, change):
        """A role says who gave it."""
        for row in formset.forms:
            if isinstance(row.instance, RoleGrant) and row.instance.pk is None:
                row.instance.granted_by = request.user
        super().save_formset(request, form, formset, change)

    def user_change_password(self, request, id, form_url=""):
        """An administrator sets a password for somebody."""
        person = self.get_object(request, unquote(id))
        with password_on_record(request, person.pk if person else None):
            return super().user_change_password(request, id, form_url)


@admin.register(AccessAttempt, AccessLog)
class SignInAdmin(ReadOnlyAdmin):
    """Who signed in and out, and the tries that failed."""

    list_display = ("attempt_time", "username", "ip_address")
    search_fields = ("username",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "action", "object_type", "object_key", "reason")
    list_filter = ("action", "object_type")
    search_fields = ("object_key", "reason")
    date_hierarchy = "at"
