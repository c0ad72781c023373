from django.urls import path

from cip.months import views as months
from cip.programmes import views as programmes
from cip.qia import views as qia
from cip.schemes import views as schemes

app_name = "cip"
SCHEME = "cip/<slug:year>/schemes/<slug:reference>"
urlpatterns = [
    path("cip/", programmes.programme_list, name="programme-list"),
    path("cip/new/", months.programme_new, name="programme-new"),
    path("cip/<slug:year>/", programmes.programme_detail, name="programme-detail"),
    path("cip/<slug:year>/months/", months.months, name="months"),
    path("cip/<slug:year>/transfers/", months.transfers, name="transfers"),
    path("cip/<slug:year>/ledger/", months.ledger, name="ledger"),
    path("cip/<slug:year>/calendar/", months.calendar, name="calendar"),
    path("cip/<slug:year>/reports/<slug:kind>/<slug:month>/", months.report, name="report"),
    path("cip/<slug:year>/schemes/", programmes.scheme_list, name="scheme-list"),
    path("cip/<slug:year>/schemes/new/", schemes.scheme_new, name="scheme-new"),
    path(f"{SCHEME}/", schemes.scheme_detail, name="scheme-detail"),
    path(f"{SCHEME}/edit/", schemes.scheme_edit, name="scheme-edit"),
    path(f"{SCHEME}/stage/", schemes.scheme_stage, name="scheme-stage"),
    path(f"{SCHEME}/phasing/", schemes.scheme_phasing, name="scheme-phasing"),
    path(f"{SCHEME}/steps/", schemes.scheme_steps, name="scheme-steps"),
    path(f"{SCHEME}/qia/", qia.qia_detail, name="qia-detail"),
    path(f"{SCHEME}/qia/edit/", qia.qia_edit, name="qia-edit"),
]
