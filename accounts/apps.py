from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and roles"
    default_auto_field = "django.db.models.BigAutoField"


class TrackerAdminConfig(AdminConfig):
    default_site = "accounts.admin_site.TrackerAdminSite"
