from django.urls import path

from cip.programmes import views as programmes

app_name = "cip"
urlpatterns = [
    path("cip/", programmes.programme_list, name="programme-list"),
    path("cip/<slug:year>/", programmes.programme_detail, name="programme-detail"),
]
