"""Meetings of the board, the packs frozen for them, and what is escalated."""

from board.models.meetings import AgendaItem, BoardMeeting, Escalation, MeetingAction
from board.models.packs import Pack, PackFile

__all__ = ["AgendaItem", "BoardMeeting", "Escalation", "MeetingAction", "Pack", "PackFile"]
