"""Meetings in the admin site, until they have pages of their own."""

from django.contrib import admin

from board.models import BoardMeeting
from strategy.admin import HistoryAdmin


@admin.register(BoardMeeting)
class BoardMeetingAdmin(HistoryAdmin):
    list_display = ("slug", "committee", "held_on", "period_under_review", "data_cut_off")
    typed = ("data_cut_off",)
