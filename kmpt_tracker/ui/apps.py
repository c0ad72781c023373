"""What all pages share: tags, formats and forms. Imports no other app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "kmpt_tracker.ui"
    label = "ui"
