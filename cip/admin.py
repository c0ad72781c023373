"""The published savings programmes in the admin site."""

from django.contrib import admin

from cip.models import Allocation, Programme
from strategy.admin import HistoryAdmin


@admin.register(Programme)
class ProgrammeAdmin(HistoryAdmin):
    list_display = ("year", "title", "plan", "printed_target_k")


@admin.register(Allocation)
class AllocationAdmin(HistoryAdmin):
    list_display = ("programme", "care_group", "target_k", "published_identified_k")
