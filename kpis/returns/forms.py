"""Read the boxes of a monthly return from a posted form."""

import re
from collections.abc import Mapping

from django.http import QueryDict

from kpis.returns.cells import CellText
from kpis.returns.merging import CellEntry
from kpis.returns.review import Marks

_BOX = re.compile(r"s([0-9]{1,12})-version")
_VERSION = re.compile("[0-9]{1,9}")
_KEY = re.compile("[0-9]{1,15}")
FIELDS = (
    "numerator",
    "denominator",
    "value",
    "milestone_status",
    "forecast",
    "completed",
    "no_data_reason",
    "confirm_reason",
    "comment",
    "change_reason",
)


def read_entries(posted: Mapping[str, str]) -> list[CellEntry]:
    """One entry for each measure whose version box was posted; the text exactly as typed.

    A box that was not posted was not on the page. Browsers do not send a tick that is not set: it
    was on the page if the reason box next to it was.
    """
    entries = []
    for name in posted:
        found = _BOX.fullmatch(name)
        if not found:
            continue
        prefix = f"s{found[1]}"
        version = posted[name]
        typed = {field: posted.get(f"{prefix}-{field}", "") for field in FIELDS}
        shown = {field for field in FIELDS if f"{prefix}-{field}" in posted}
        if f"{prefix}-confirmed" in posted or "confirm_reason" in shown:
            shown.add("confirmed")
        if f"{prefix}-withdrawn" in posted or "change_reason" in shown:
            shown.add("withdrawn")
        entries.append(
            CellEntry(
                series_id=int(found[1]),
                version=int(version) if _VERSION.fullmatch(version) else 0,
                text=CellText(
                    confirmed=posted.get(f"{prefix}-confirmed") == "on",
                    withdrawn=posted.get(f"{prefix}-withdrawn") == "on",
                    **typed,
                ),
                shown=frozenset(shown),
            )
        )
    return entries


def read_marks(posted: QueryDict) -> Marks:
    """What an approver has ticked and written; a mark of anything else is left out."""
    back = frozenset(int(key) for key in posted.getlist("back") if _KEY.fullmatch(key))
    return Marks(
        back=back,
        reasons={key: posted.get(f"why-{key}", "") for key in back},
        reason=posted.get("why", ""),
        is_whole=posted.get("scope") == "all",
        version=read_version(posted),
    )


def read_version(posted: Mapping[str, str]) -> int:
    """The version that a page was drawn from; 0, which no return has, for anything else."""
    text = posted.get("version", "")
    return int(text) if _VERSION.fullmatch(text) else 0
