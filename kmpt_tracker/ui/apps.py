"""What all pages share: tags, formats and forms. Imports no other app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "kmpt_tracker.ui"
    label = "ui"

    def ready(self) -> None:
        from kmpt_tracker import collation  # noqa: F401 (its check is registered)
