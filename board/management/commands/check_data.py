"""`manage.py check_data`: checks the integrity of the stored data."""

from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from board.mail.deliver import mails_left
from board.search.index import changed_entries
from kmpt_tracker.ui.formats import format_moment
from kpis.assessments.integrity import Finding, findings


class Command(BaseCommand):
    help = (
        "Reports stale series, stored assessments that disagree, missing versions, orphans, "
        "rows that do not say where they stand in which document, and rows that were changed, "
        "added or deleted past the tracker. Lists e-mails that were being sent when their process "
        "ended."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        search = (Finding("search", what) for what in changed_entries())
        for finding in chain(findings(), search):
            count += 1
            self.stdout.write(str(finding))
        # The data is right and nobody can repair this, so it is only reported.
        for mail in mails_left(at=timezone.now()):
            began = format_moment(mail.claimed_at)
            self.stdout.write(f"e-mail not known to have left: {mail}, begun {began}")
        if count:
            raise CommandError(f"{count} finding{'s' if count > 1 else ''}", returncode=1)
        self.stdout.write("nothing wrong")
