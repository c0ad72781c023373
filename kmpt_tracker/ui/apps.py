"""The look that all pages share: tags, formats, forms. Knows no other app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "kmpt_tracker.ui"
    label = "ui"
