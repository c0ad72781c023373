"""The schemes of a programme, kept by this process until something is written of them.

Of 500 schemes a saving changes one. The audit record says which: every write has its row there, and
the rows are numbered in the order in which others can read what was written
(docs/adr/0023-what-seldom-changes-is-kept-by-each-process.md).
"""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Q

from accounts.models import AuditEvent
from cip.models import Programme
from cip.standing.read import Standing, schemes_of, standings
from kmpt_tracker.answers import Answers, reading
from strategy.models import CareGroup

KEPT_SECONDS = 300
# 500 schemes take 4 MB.
PROGRAMMES_KEPT = 4
# Nothing that is kept of a scheme rests on these: a guard measure that reopens an assessment writes
# a row of the assessment.
ELSEWHERE = Q(object_type__startswith="kpis.") | Q(object_type__startswith="board.")
# Rows that name the one scheme that they are of.
OF_ONE = {"cip.scheme", "cip.schememilestone", "cip.schemerisk"}


@dataclass(frozen=True)
class Kept:
    """`number`: of the newest audit row when the schemes were asked for."""

    number: int
    read_at: float
    rows: Mapping[int, Standing]


class _Programmes:
    """What this process keeps, by the key of the programme; `forget` clears it too."""

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}
        Answers.every.add(self)

    def clear(self) -> None:
        self.kept = {}


KEPT = _Programmes()


def standings_now(programme: Programme, groups: Iterable[CareGroup]) -> list[Standing]:
    """The state of a programme's schemes, as `standings` gives it, in a fixed number of queries.

    While a page is read, only those schemes are read again of which something was written since
    they were read last. A transaction that writes to them reads them all.
    """
    written: frozenset[str] = connection.written  # type: ignore[attr-defined]
    if reading() is None or any(table.startswith("cip_") for table in written):
        return standings(schemes_of(programme), groups=groups)
    held, at = KEPT.kept.get(programme.pk), time.monotonic()
    if held is not None and at - held.read_at < KEPT_SECONDS:
        changed = _changed_since(held)
        if changed is not None:
            if changed:
                anew = standings(schemes_of(programme).filter(pk__in=changed), groups=groups)
                rows = {**held.rows, **{row.scheme.pk: row for row in anew}}
                # The number stays: it is asked again what was written since, which is little.
                KEPT.kept[programme.pk] = Kept(held.number, held.read_at, rows)
                return list(rows.values())
            return list(held.rows.values())
    # Before the rows: what is read may be newer than the number, and is read once more then.
    number = AuditEvent.objects.aggregate(last=Max("number"))["last"] or 0
    found = standings(schemes_of(programme), groups=groups)
    kept = {**KEPT.kept, programme.pk: Kept(number, at, {row.scheme.pk: row for row in found})}
    KEPT.kept = dict(list(kept.items())[-PROGRAMMES_KEPT:])
    return found


def _changed_since(held: Kept) -> Collection[int] | None:
    """The keys of the schemes of which something was written since; None where it is not only of
    schemes, or of one that is not kept.
    """
    written = AuditEvent.objects.filter(number__gt=held.number).exclude(ELSEWHERE)
    names = {str(row.scheme): pk for pk, row in held.rows.items()}
    found = set()
    for kind, key in written.values_list("object_type", "object_key").distinct():
        if kind not in OF_ONE or key not in names:
            return None
        found.add(names[key])
    return found
