"""Every address of the tracker."""

from django.contrib import admin
from django.urls import path

from kmpt_tracker import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
