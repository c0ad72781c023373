from django.urls import path

from cip.views import programmes

app_name = "cip"
urlpatterns = [
    path("cip/", programmes.programme_list, name="programme-list"),
    path("cip/<slug:year>/", programmes.programme_detail, name="programme-detail"),
]
