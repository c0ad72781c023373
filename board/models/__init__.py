"""Meetings of the board, the packs frozen for them, what is escalated, and the e-mails."""

from board.models.mail import MailKind, MailPreference, SentMail
from board.models.meetings import AgendaItem, BoardMeeting, Escalation, MeetingAction
from board.models.packs import Pack, PackFile

__all__ = [
    "AgendaItem",
    "BoardMeeting",
    "Escalation",
    "MailKind",
    "MailPreference",
    "MeetingAction",
    "Pack",
    "PackFile",
    "SentMail",
]
