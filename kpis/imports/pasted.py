"""A block pasted into a return: the rows that it may fill, and its plan."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.permissions import Access
from kpis.imports.batch import Options
from kpis.imports.block import Offered, lay_block
from kpis.imports.layouts import Defaults, Laid
from kpis.imports.plan import Plan
from kpis.imports.verdicts import plan_import
from kpis.models import Return
from kpis.returns.page import return_page


@dataclass(frozen=True)
class PastePage:
    """The page where a block is pasted, and the rows of the return in the order of its page."""

    submission: Return
    offered: tuple[Offered, ...]
    start: int
    box: str = ""

    @property
    def month(self) -> str:
        return self.submission.period.month.label

    @property
    def focus(self) -> str:
        return f"s{self.start}-{self.box}" if self.box else f"s{self.start}"

    @property
    def is_locked(self) -> bool:
        return self.submission.is_locked

    @property
    def starts_at(self) -> str:
        """The name of the row from which a block without names is laid."""
        names = {row.key: row.name for row in self.offered}
        first = self.offered[0].name if self.offered else ""
        return names.get(self.start, first)


def paste_page(submission: Return, *, start: str, at: datetime) -> PastePage:
    """`start`: the row that has the focus, bare ("12") or as the boxes of the return name it
    ("s12"), and the box ("s12-denominator")."""
    group = submission.care_group.code
    rows = return_page(submission, now=at).rows
    offered = tuple(
        Offered(
            key=row.asked.key,
            code=row.asked.measure.code,
            name=row.asked.name,
            period=str(row.asked.window.last_month),
            care_group=group,
            is_ratio=row.terms.is_ratio,
            is_milestone=row.terms.is_milestone,
        )
        for row in rows
    )
    key, _, box = start.removeprefix("s").partition("-")
    is_key = key.isascii() and key.isdigit() and len(key) < 19
    return PastePage(submission, offered, int(key) if is_key else 0, box)


def plan_block(
    page: PastePage, block: str, *, by: User, access: Access, at: datetime
) -> tuple[Laid, Plan, Options]:
    """What a block would do. Raises FileRefused where it does not fit the return."""
    month = page.submission.period.month
    defaults = Defaults(period=str(month), care_group=page.submission.care_group.code)
    laid = lay_block(block, page.offered, page.start, defaults, box=page.box)
    options = Options(month=month)
    return laid, plan_import(laid, access=access, at=at, by=by, month=month), options
