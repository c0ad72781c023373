"""The statements, and the gallery of components."""

from django.urls import path

from kmpt_tracker.ui import views

app_name = "ui"
urlpatterns = [
    path("components/", views.components, name="components"),
    path("statements/symbols/", views.symbols, name="symbols"),
    path("statements/accessibility/", views.accessibility, name="accessibility"),
    path("statements/data-quality/", views.data_quality, name="data-quality"),
]
