from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and roles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from accounts.audit import record_first_administrator
        from accounts.models import administrator_made
        from accounts.record.append_only import restore_triggers
        from accounts.record.earlier import refuse_unknown_migrations
        from accounts.record.filled import fill_copies

        administrator_made.connect(record_first_administrator, dispatch_uid="first-administrator")
        pre_migrate.connect(refuse_unknown_migrations, sender=self, dispatch_uid="earlier")
        post_migrate.connect(restore_triggers, sender=self, dispatch_uid="append-only-up")
        post_migrate.connect(fill_copies, sender=self, dispatch_uid="copies-filled")


class TrackerAdminConfig(AdminConfig):
    default_site = "accounts.administration.site.TrackerAdminSite"
