"""Words in what was signed: which of them may be withdrawn, and taking them out.

A signature covers a state. Words that the present state still has are part of what stands signed:
they are corrected with the assessment's own form first, which voids the signature where they are
material. Words that it no longer has may be taken out of the snapshot. There they become null,
which equals no words at all, so that no later state can pass for what was signed; the hash of what
was signed stays as it was.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from cip.gate import QiaStatus
from cip.models import QIADomain, QIAReopening, QIASignature, QualityImpactAssessment

REJECTED = QiaStatus.REJECTED.value


def closed(rows: QuerySet[QualityImpactAssessment]) -> QuerySet[QualityImpactAssessment]:
    """Assessments that no form opens any longer: rejected again after the one reopening."""
    reopened = QIAReopening.objects.filter(assessment=OuterRef("pk"), was=REJECTED)
    return rows.filter(Exists(reopened), status=REJECTED)


def domains_of_closed(rows: QuerySet[QIADomain]) -> QuerySet[QIADomain]:
    return rows.filter(assessment__in=closed(QualityImpactAssessment.objects.all()))


PLAIN = ("description", "scope", "equality_impact")
AFTER_A_LINE = ("description", "scope")
OF_A_DOMAIN = ("description", "mitigation")


def signed_texts() -> Iterator[tuple[int, str, str]]:
    """Every text of every signature that the present state of its assessment no longer has: the
    key, the name of the place, the text."""
    rows = list(QIASignature.objects.select_related("assessment__scheme").order_by("pk"))
    present = {
        (row.assessment_id, row.domain): row
        for row in QIADomain.objects.filter(assessment__in={row.assessment_id for row in rows})
    }
    for row in rows:
        qia = row.assessment
        now = {
            "description": qia.scheme.description,
            "scope": qia.scope,
            "equality_impact": qia.equality_impact,
        }
        for name in PLAIN:
            text = _written(name, row.snapshot.get(name) or "")
            if text and text != now[name].strip():
                yield row.pk, name, text
        for domain in row.snapshot.get("domains", ()):
            own = present.get((row.assessment_id, domain["domain"]))
            for name in OF_A_DOMAIN:
                text = domain[name]
                if text and text != (getattr(own, name) if own else ""):
                    yield row.pk, f"{domain['domain']}-{name}", text


def _written(name: str, text: str) -> str:
    """The words alone: a scheme's title and its care group stand in the line before them."""
    return text.partition("\n")[2] if name in AFTER_A_LINE else text


def take_out(pk: int, places: Collection[str]) -> None:
    """Take the texts at some places out of a signature's snapshot."""
    content: dict[str, Any] = QIASignature.objects.values_list("snapshot", flat=True).get(pk=pk)
    for place in places:
        domain, _, name = place.rpartition("-")
        if not domain:
            content[name] = None
            continue
        for row in content["domains"]:
            if row["domain"] == domain:
                row[name] = None
    QIASignature.objects.filter(pk=pk).update(snapshot=content)
