from django.apps import AppConfig


class CipConfig(AppConfig):
    name = "cip"
    verbose_name = "Cost improvement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.record.fixed import fix
        from cip.models.fixed import FIXED

        fix(*FIXED)
