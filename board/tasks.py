"""Celery tasks of the board: safe to run twice, at once, and anywhere."""

from celery import shared_task
from django.utils import timezone

from board.mail.deliver import send_due


@shared_task(name="board.tasks.send_mail")
def send_mail() -> int:
    """Send the e-mails that are due by now."""
    return send_due(timezone.now())
