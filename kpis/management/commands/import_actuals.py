"""`manage.py import_actuals FILE --by USERNAME`: figures from a CSV or XLSX file into drafts."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_count
from kpis.imports.batch import Options, fill_drafts, receive
from kpis.imports.files import lay_file
from kpis.imports.layouts import Laid, ManySheets
from kpis.imports.plan import Plan, Planned, Verdict
from kpis.imports.register import defaults_of
from kpis.imports.sheets import FileRefused
from kpis.imports.verdicts import plan_import
from kpis.models import ImportBatch
from strategy.access import access_of
from strategy.periods import Month


class Command(BaseCommand):
    help = (
        "Fills the drafts of monthly returns from a CSV or XLSX file, all or nothing. Prints what "
        "happens to each row, and why. Submitting and approving follow on the pages."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV or XLSX, in long or wide form")
        parser.add_argument(
            "--by", required=True, metavar="USERNAME", help="whose figures they are"
        )
        parser.add_argument("--dry-run", action="store_true", help="print only, save nothing")
        parser.add_argument("--sheet", metavar="NAME", help="of a workbook with more than one")
        parser.add_argument(
            "--period", metavar="MONTH", help="2026-10: only this month's returns are touched"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        by, access = _person(options["by"])
        month = _month(options["period"])
        path = Path(options["file"])
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        try:
            whole = defaults_of(access, period=options["period"] or "")
            laid = lay_file(path.name, data, whole, sheet=options["sheet"] or "")
        except ManySheets as error:
            raise CommandError(f"{path.name}: {error} with --sheet. Nothing is saved.") from error
        except FileRefused as error:
            raise CommandError(f"{path.name}: {error}. Nothing is saved.") from error
        with tqdm(
            total=len(laid.lines), unit="row", disable=None if options["verbosity"] else True
        ) as bar:
            plan = plan_import(laid, access=access, at=at, by=by, month=month, progress=bar.update)
        self._print(plan)
        if plan.is_refused:
            problems = format_count(len(plan.problems), "problem")
            verb = "is" if len(plan.problems) == 1 else "are"
            raise CommandError(f"There {verb} {problems} in {path.name}. Nothing is saved.")
        self._finish(path.name, data, laid, plan, month, by, access, at, options["dry_run"])

    def _finish(
        self,
        name: str,
        data: bytes,
        laid: Laid,
        plan: Plan,
        month: Month | None,
        by: User,
        access: Access,
        at: datetime,
        is_dry: bool,
    ) -> None:
        said = _summary(plan)
        if is_dry or not plan.changing:
            self.stdout.write(f"{said}{' Nothing is saved: a dry run.' if is_dry else ''}")
            return
        try:
            with transaction.atomic():
                batch = receive(
                    name=name,
                    data=data,
                    door=ImportBatch.Door.COMMAND,
                    laid=laid,
                    plan=plan,
                    options=Options(month=month),
                    by=by,
                    access=access,
                    at=at,
                )
                fill_drafts(batch, plan, seen=plan.signature, by=by, access=access, at=at)
        except (Refused, NotAllowed) as error:
            raise CommandError(f"{error} Nothing is saved.") from error
        if batch.figures:
            where = batch.get_absolute_url()
            self.stdout.write(f"{said} Proposed: a second person decides on {where}")
            return
        self.stdout.write(f"{said} Saved as drafts.")

    def _print(self, plan: Plan) -> None:
        for notice in plan.notices:
            self.stdout.write(notice)
        printed = {problem for row in plan.rows for problem in row.problems}
        for problem in plan.problems:
            if problem not in printed:
                self.stdout.write(f"refused    {problem.words}")
        for row in plan.rows:
            self.stdout.write(_row_words(row))


def _row_words(row: Planned) -> str:
    """ "added      Row 7: Calls, Acute, Sep 2026: 12"."""
    start = f"{row.verdict.value:<10} Row {row.line.row}: "
    if row.verdict is Verdict.REFUSED:
        return start + "; ".join(problem.message for problem in row.problems)
    what = f"{row.measure}, {row.care_group}, {row.window}"
    if row.verdict is Verdict.ADDED:
        what += f": {row.after}"
    if row.verdict is Verdict.CHANGED:
        what += f": {row.after}, was {row.before or 'empty'}"
    return start + what + "".join(f"\n           asked: {words}" for words in row.questions)


def _summary(plan: Plan) -> str:
    counts = plan.counts
    if not plan.changing:
        verb = "matches" if counts[Verdict.UNCHANGED] == 1 else "match"
        return f"No changes: {format_count(counts[Verdict.UNCHANGED], 'row')} already {verb}."
    parts = [f"{counts[verdict]:,} {verdict.value}" for verdict in Verdict]
    asked = f" {plan.asked:,} to confirm on the return." if plan.asked else ""
    return f"{', '.join(parts)}.{asked}"


def _person(username: str) -> tuple[User, Access]:
    """The person and what they may do today. Raises CommandError where that is no import."""
    by = User.objects.filter(username=username, is_active=True).first()
    if by is None:
        raise CommandError(f"There is no active person called {username!r}.")
    access = access_of(by, timezone.localdate())
    try:
        access.require(Capability.ENTER_RETURNS)
    except NotAllowed as error:
        raise CommandError(str(error)) from error
    return by, access


def _month(text: str | None) -> Month | None:
    try:
        return Month.parse(text) if text else None
    except ValueError as error:
        raise CommandError(f"--period: {error}") from error
