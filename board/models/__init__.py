"""Meetings of the board, frozen packs, what is escalated, the e-mails, what can be searched."""

from board.models.mail import MailKind, MailPreference, SentMail
from board.models.meetings import AgendaItem, BoardMeeting, Escalation, MeetingAction
from board.models.packs import Pack, PackFile
from board.models.search import SearchEntry

__all__ = [
    "AgendaItem",
    "BoardMeeting",
    "Escalation",
    "MailKind",
    "MailPreference",
    "MeetingAction",
    "Pack",
    "PackFile",
    "SearchEntry",
    "SentMail",
]
