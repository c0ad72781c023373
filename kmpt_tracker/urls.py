"""Every address of the tracker."""

from django.contrib import admin
from django.urls import include, path

from kmpt_tracker import health

urlpatterns = [
    path("", include("board.urls")),
    path("", include("kpis.urls")),
    path("", include("cip.urls")),
    path("", include("kmpt_tracker.ui.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "kmpt_tracker.errors.bad_request"
handler403 = "kmpt_tracker.errors.permission_denied"
handler404 = "kmpt_tracker.errors.page_not_found"
handler500 = "kmpt_tracker.errors.server_error"
