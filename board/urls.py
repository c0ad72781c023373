from django.urls import path

from board.views import care_groups, exports, home

app_name = "board"
urlpatterns = [
    path("", home.home, name="home"),
    path("care-groups/<slug:code>/", care_groups.care_group_detail, name="care-group-detail"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/<slug:dataset>.schema.json", exports.export_schema, name="export-schema"),
    path("exports/<slug:dataset>.<str:file_format>", exports.export_file, name="export-file"),
]
