from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = "Measures, targets and returns"
    default_auto_field = "django.db.models.BigAutoField"
