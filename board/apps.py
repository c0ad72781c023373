from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "board"
    verbose_name = "The board"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.record.fixed import fix
        from board.models.fixed import FIXED

        fix(*FIXED)
