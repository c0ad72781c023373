"""Meetings in the admin site, until they have pages of their own, and the e-mails sent."""

from django.contrib import admin

from accounts.administration.site import ReadOnlyAdmin
from board.models import BoardMeeting, SentMail
from strategy.admin import HistoryAdmin


@admin.register(BoardMeeting)
class BoardMeetingAdmin(HistoryAdmin):
    list_display = ("slug", "committee", "held_on", "period_under_review", "data_cut_off")
    typed = ("data_cut_off",)


@admin.register(SentMail)
class SentMailAdmin(ReadOnlyAdmin):
    """Which e-mail went to whom, and what became of it; never its text."""

    list_display = ("claimed_at", "kind", "about", "person", "state", "tries", "sent_at")
    list_filter = ("state", "kind")
    list_select_related = ("person",)
    search_fields = ("about", "person__username")
