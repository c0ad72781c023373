"""The rows that writes on schemes lock, always in this order: the programme, then the scheme.

Whoever signs, decides, edits or phases a scheme holds its row, so that nobody signs what somebody
else is changing. Whoever writes actuals or signs a month off holds the programme's row first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from accounts.models import AuditEvent
from accounts.refusals import Refused
from cip.models import Programme, Scheme
from kmpt_tracker.ui.formats import format_moment


class SchemeRefused(Refused):
    """A scheme, its money or its assessment cannot be changed so."""


@dataclass(frozen=True)
class Clash:
    """A field that two people changed: what was typed, and what was saved since."""

    label: str
    yours: str
    theirs: str


class SchemeChanged(SchemeRefused):
    """Somebody else has saved since the page was opened; nothing was changed."""

    def __init__(self, saved: str, clashes: Iterable[Clash] = ()):
        self.clashes = tuple(clashes)
        super().__init__(
            f"{saved}, after you opened this page. Nothing of yours was saved: look at what "
            "differs and save again."
        )


def held_programme(programme_id: int) -> Programme:
    return Programme.objects.select_for_update(no_key=True).get(pk=programme_id)


def held_scheme(scheme_id: int) -> Scheme:
    """Lock the scheme's row."""
    rows = Scheme.objects.select_related("programme", "care_group", "substituted_by")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=scheme_id)


def saved_since(row: Model, *, key: str = "") -> str:
    """Who saved a row last, and when, as a sentence begins."""
    events = AuditEvent.objects.filter(
        object_type=row._meta.label_lower, object_key=(key or str(row))[:200]
    )
    event = events.select_related("by").order_by("-at", "-pk").first()
    if event is None:
        return "Somebody else has saved this"
    return f"{event.by or 'The tracker'} saved this on {format_moment(event.at)}"


def require_version(
    row: Any,
    seen: int,
    *,
    typed: Mapping[str, Any],
    labels: Mapping[str, str],
    kept: Mapping[str, Any] | None = None,
) -> None:
    """Refuse a save that is based on an older version, naming both values of what differs."""
    if row.version == seen:
        return
    stored = kept if kept is not None else {name: getattr(row, name) for name in typed}
    raise SchemeChanged(
        saved_since(row),
        [
            Clash(labels.get(name, name), _words(value), _words(stored.get(name)))
            for name, value in typed.items()
            if value != stored.get(name)
        ],
    )


def _words(value: Any) -> str:
    return "nothing" if value in (None, "") else str(value)


def not_before(at: datetime, earliest: datetime | None) -> datetime:
    """The moment of a row that follows another: histories are read by their moments."""
    return at if earliest is None or at >= earliest else earliest
