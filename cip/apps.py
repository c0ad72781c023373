from django.apps import AppConfig


class CipConfig(AppConfig):
    name = "cip"
    verbose_name = "Cost improvement"
    default_auto_field = "django.db.models.BigAutoField"
