from django.urls import path

from kpis.annotations import views as annotations
from kpis.benchmarks import views as others
from kpis.completion import views as completion
from kpis.dated_changes import accepted_views as accepted
from kpis.dated_changes import meaning_views as dated
from kpis.dated_changes import views as targets
from kpis.imports import excel_views as excel
from kpis.imports import views as imports
from kpis.measures import views as measures
from kpis.months import views as months
from kpis.organisation import appointing_views as appointing
from kpis.organisation import views as organisation
from kpis.plan_texts import views as texts
from kpis.plans import objective_views as objectives
from kpis.plans import thread_views as threads
from kpis.plans import views as plans
from kpis.promises import changing_views as change
from kpis.promises import views as promises
from kpis.returns import reopen_views as reopenings
from kpis.returns import review_views as reviews
from kpis.returns import typing_views as typing
from kpis.returns import views as returns
from kpis.set_up import views as set_up
from kpis.withdrawals import figure_views as figures
from kpis.withdrawals import word_views as withdrawn_text
from kpis.workbench import views as workbench

app_name = "kpis"
urlpatterns = [
    path("withdraw-text/", withdrawn_text.text_withdrawal, name="text-withdrawal"),
    path("threads/", threads.thread_list, name="thread-list"),
    path("measures/", measures.measure_list, name="measure-list"),
    path("benchmarks/", others.benchmarks, name="benchmarks"),
    path("measures/new/", set_up.measure_new, name="measure-new"),
    path("measures/<slug:code>/edit/", set_up.measure_edit, name="measure-edit"),
    path("measures/<slug:code>/", measures.measure_detail, name="measure-detail"),
    path("measures/<slug:code>/figures/", figures.figures, name="figures"),
    path("measures/<slug:code>/annotations/", annotations.annotations, name="annotations"),
    path("measures/<slug:code>/targets/", targets.target_changes, name="target-changes"),
    path("measures/<slug:code>/targets/<int:target>/", change.target_change, name="target-change"),
    path("measures/<slug:code>/accepted/", accepted.accepted_levels, name="accepted-levels"),
    path("measures/<slug:code>/definition/", dated.measure_wording, name="measure-wording"),
    path("plans/", plans.plan_list, name="plan-list"),
    path("plans/new/", workbench.plan_new, name="plan-new"),
    path("plans/<slug:plan>/", plans.plan_detail, name="plan-detail"),
    path("plans/<slug:plan>/edit/", workbench.plan_edit, name="plan-edit"),
    path("plans/<slug:plan>/adopt/", workbench.plan_adopt, name="plan-adopt"),
    path("plans/<slug:plan>/targets/", promises.plan_targets, name="plan-targets"),
    path("plans/<slug:plan>/targets/new/", promises.target_new, name="target-new"),
    path("plans/<slug:plan>/texts/", texts.plan_texts, name="plan-texts"),
    path("plans/<slug:plan>/texts/<slug:of>/<int:row>/", texts.plan_text, name="plan-text"),
    path("plans/<slug:plan>/tolerance/", dated.plan_tolerance, name="plan-tolerance"),
    path(
        "plans/<slug:plan>/objectives/<str:reference>/",
        objectives.objective_detail,
        name="objective-detail",
    ),
    path(
        "plans/<slug:plan>/objectives/<str:reference>/actions/<int:position>/",
        objectives.action_status,
        name="action-status",
    ),
    path("organisation/", organisation.organisation, name="organisation"),
    path(
        "organisation/reorganise/<slug:happens>/",
        organisation.reorganisation,
        name="reorganisation",
    ),
    path("organisation/name/", organisation.trust_name, name="trust-name"),
    path("organisation/posts/", appointing.posts, name="posts"),
    path("organisation/committees/", appointing.committees, name="committees"),
    path(
        "organisation/care-groups/<slug:care_group>/",
        organisation.group_dates,
        name="organisation-group",
    ),
    path(
        "organisation/care-groups/<slug:care_group>/leads/",
        appointing.leads,
        name="organisation-leads",
    ),
    path("organisation/months/", months.month_list, name="month-list"),
    path("organisation/months/<slug:period>/", months.month_clock, name="month-clock"),
    path("returns/", completion.return_list, name="return-list"),
    path("returns/<slug:period>/", completion.return_period, name="return-period"),
    path("returns/<slug:period>/lock/", completion.month_lock, name="period-lock"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/<int:batch>/", imports.import_detail, name="import-detail"),
    path("imports/<int:batch>/rows.csv", imports.import_rows, name="import-rows"),
    path("returns/<slug:period>/<slug:care_group>/paste/", excel.return_paste, name="return-paste"),
    path(
        "returns/<slug:period>/<slug:care_group>/template.xlsx",
        excel.return_template,
        name="return-template",
    ),
    path("returns/<slug:period>/<slug:care_group>/", returns.return_detail, name="return-detail"),
    path(
        "returns/<slug:period>/<slug:care_group>/review/",
        reviews.return_review,
        name="return-review",
    ),
    path(
        "returns/<slug:period>/<slug:care_group>/reopen/",
        reopenings.return_reopen,
        name="return-reopen",
    ),
    path(
        "returns/<slug:period>/<slug:care_group>/result/", typing.row_result, name="return-result"
    ),
    path("returns/<slug:period>/<slug:care_group>/draft/", typing.draft, name="return-draft"),
]
