from django.urls import path

from board.ambitions import views as ambitions
from board.api import views as api
from board.care_groups import views as care_groups
from board.changes import views as changes
from board.exports import page_file_views as page_files
from board.exports import views as exports
from board.heatmap import views as heatmap
from board.home import views as home
from board.mail import views as mail
from board.search import views as search
from board.summary import views as summary
from board.todo import views as todo

app_name = "board"
urlpatterns = [
    path("", home.home, name="home"),
    path("todo/", todo.todo, name="todo"),
    path(
        "plans/<slug:plan>/ambitions/<int:position>/",
        ambitions.ambition_detail,
        name="ambition-detail",
    ),
    path("changes/", changes.changes, name="changes"),
    path("heatmap/", heatmap.heatmap, name="heatmap"),
    path("search/", search.search, name="search"),
    path("summary/", summary.summary, name="summary"),
    path("matrix/", summary.matrix, name="matrix"),
    path("accounts/mail/", mail.mail_choices, name="mail-choices"),
    path("accounts/mail/off/<str:token>/", mail.mail_off, name="mail-off"),
    path("care-groups/<slug:code>/", care_groups.care_group_detail, name="care-group-detail"),
    path("data.csv", page_files.strategy, name="home-data"),
    path("plans/data.csv", page_files.plans, name="plan-list-data"),
    path("plans/<slug:plan>/data.csv", page_files.plan, name="plan-data"),
    path(
        "plans/<slug:plan>/objectives/<str:reference>/data.csv",
        page_files.objective,
        name="objective-data",
    ),
    path(
        "plans/<slug:plan>/ambitions/<int:position>/data.csv",
        page_files.ambition,
        name="ambition-data",
    ),
    path("measures/data.csv", page_files.measures, name="measure-list-data"),
    path("measures/<slug:code>/data.csv", page_files.measure, name="measure-data"),
    path("changes/data.csv", page_files.changes, name="changes-data"),
    path("heatmap/data.csv", page_files.heatmap, name="heatmap-data"),
    path("summary/data.csv", page_files.summary, name="summary-data"),
    path("matrix/data.csv", page_files.summary, name="matrix-data"),
    path("threads/data.csv", page_files.threads, name="thread-list-data"),
    path("care-groups/<slug:code>/data.csv", page_files.care_group, name="care-group-data"),
    path("cip/data.csv", page_files.programmes, name="programme-list-data"),
    path("cip/<slug:year>/data.csv", page_files.programme, name="programme-data"),
    path(
        "cip/<slug:year>/reports/<slug:kind>/<slug:month>/data.csv",
        page_files.report,
        name="cip-report-data",
    ),
    path("cip/<slug:year>/schemes/data.csv", page_files.schemes, name="scheme-list-data"),
    path(
        "cip/<slug:year>/schemes/<slug:reference>/data.csv", page_files.scheme, name="scheme-data"
    ),
    path(
        "cip/<slug:year>/schemes/<slug:reference>/qia/data.csv",
        page_files.assessment,
        name="qia-data",
    ),
    path("returns/data.csv", page_files.returns, name="return-list-data"),
    path("returns/<slug:period>/data.csv", page_files.returns, name="return-period-data"),
    path("api/v1/", api.DatasetList.as_address(), name="api"),
    path("api/v1/openapi.json", api.Document.as_address(), name="api-document"),
    path("api/v1/<str:dataset>", api.Rows.as_address(), name="api-rows"),
    path("api/v1/<str:dataset>/", api.Rows.as_address(), name="api-rows-too"),
    path("exports/api/", api.try_it, name="api-page"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/<slug:dataset>.schema.json", exports.export_schema, name="export-schema"),
    path("exports/<slug:dataset>.<str:file_format>", exports.export_file, name="export-file"),
]
