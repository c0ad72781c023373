"""Check the integrity of stored rows: stale series, wrong figures, orphans, tampering."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from django.apps import apps
from django.db.models import F, ForeignKey, Model, Q

from accounts.models import AuditEvent
from kpis.assessments import tampering
from kpis.assessments.columns import columns_of, judged_columns, stored
from kpis.assessments.inputs import load_inputs, measure_terms
from kpis.judging.assess import assess
from kpis.judging.terms import SeriesInputs
from kpis.models import Actual, Assessment, Judgement, Series, Target
from kpis.rollup import ratio
from strategy.fixtures.load import natural_parents
from strategy.models import CareGroup, Objective, Plan
from strategy.models.provenance import Provenance

CHUNK = 50
CLEARED = "cleared illustrative"


def _columns(model: type[Model], *key: str) -> tuple[str, ...]:
    """Every column of a derived row except its key. A fresh calculation must give all of them."""
    columns = [column.attname for column in model._meta.concrete_fields if not column.primary_key]
    return tuple(name for name in columns if name not in key)


COMPARED = _columns(Assessment, "series_id", "period_start", "period_end")
JUDGED = _columns(Judgement, "assessment_id", "target_id")

Picked = dict[str, object]
# By first and last day: an assessment's columns, and those of its judgements by target.
Windows = dict[tuple[date, date], tuple[Picked, dict[str, Picked]]]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in the stored data."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def findings() -> Iterator[Finding]:
    """Everything that is wrong, one kind after another. Nothing is changed."""
    yield from _stale()
    yield from _disagreeing()
    yield from _versions()
    yield from _parts()
    yield from _outlived()
    yield from _dangling()
    yield from _orphans()
    yield from _without_provenance()
    for kind, what in tampering.findings():
        yield Finding(kind, what)


def _stale() -> Iterator[Finding]:
    for series in Series.objects.stale().select_related("measure", "care_group"):
        yield Finding(
            "stale", f"{series}: assessed {series.assessed_version}, data {series.data_version}"
        )


def _disagreeing() -> Iterator[Finding]:
    """Stored assessments that differ from a fresh calculation of the same data."""
    stream = iter(
        Series.objects.filter(assessed_version=F("data_version"))
        .select_related("measure", "care_group")
        .order_by("pk")
    )
    while chunk := list(islice(stream, CHUNK)):
        inputs = load_inputs(chunk)
        stored = _stored(chunk)
        codes = {target.code for item in inputs.values() for target in item.targets}
        targets = {target.code: target for target in Target.objects.filter(code__in=codes)}
        for series in chunk:
            try:
                fresh = _fresh(series, inputs[series.pk], targets)
            except (ValueError, ArithmeticError) as error:
                yield Finding("cannot be calculated", f"{series}: {error}")
                continue
            yield from _differences(series, stored[series.pk], fresh)


def _stored(chunk: list[Series]) -> dict[int, Windows]:
    judgements: dict[int, dict[str, Picked]] = defaultdict(dict)
    for judged in Judgement.objects.filter(assessment__series__in=chunk).select_related("target"):
        judgements[judged.assessment_id][judged.target.code] = _picked(judged, JUDGED)
    found: dict[int, Windows] = defaultdict(dict)
    for row in Assessment.objects.filter(series__in=chunk):
        key = (row.period_start, row.period_end)
        found[row.series_id][key] = (_picked(row, COMPARED), judgements[row.pk])
    return found


def _fresh(series: Series, inputs: SeriesInputs, targets: dict[str, Target]) -> Windows:
    found = {}
    for item in assess(inputs):
        row = Assessment(series=series, **columns_of(item))
        judged = {
            one.target.code: _picked(
                Judgement(target=targets[one.target.code], **judged_columns(one)), JUDGED
            )
            for one in item.judgements
        }
        found[(row.period_start, row.period_end)] = (_picked(row, COMPARED), judged)
    return found


def _picked(row: Model, names: tuple[str, ...]) -> Picked:
    return {name: getattr(row, name) for name in names}


def _differences(series: Series, stored: Windows, fresh: Windows) -> Iterator[Finding]:
    for window in sorted(stored.keys() | fresh.keys()):
        before, after = stored.get(window), fresh.get(window)
        if before == after:
            continue
        where = f"{series} {window[0]} to {window[1]}"
        if before is None or after is None:
            yield Finding("disagrees", f"{where}: {'not stored' if before is None else 'no data'}")
            continue
        names = [name for name in COMPARED if before[0][name] != after[0][name]]
        if before[1] != after[1]:
            names.append("judgements")
        yield Finding("disagrees", f"{where}: {', '.join(names)}")


def _versions() -> Iterator[Finding]:
    """Versions of a window have no gap: they count from 1, or follow on from illustrative ones."""
    cleared = AuditEvent.objects.filter(action=CLEARED).exists()
    held = defaultdict(list)
    rows = Actual.objects.order_by("version").values_list(
        "series__measure__code", "series__care_group__code", "period_start", "period_end", "version"
    )
    for *window, version in rows.iterator(2_000):
        held[tuple(window)].append(version)
    for key, versions in held.items():
        first = versions[0] if cleared else 1
        if versions != list(range(first, first + len(versions))):
            yield Finding("missing version", f"{' '.join(map(str, key))}: {versions}")


def _parts() -> Iterator[Finding]:
    """A figure stored with its two parts must equal what they give.

    Files show the stored value and pages calculate it from the parts, so they would disagree.
    """
    rows = Actual.objects.filter(value__isnull=False, numerator__isnull=False)
    rows = rows.select_related("series__measure", "series__care_group").order_by("pk")
    for actual in rows.iterator(2_000):
        given = _given_by_parts(actual)
        if given != actual.value:
            worth = "nothing" if given is None else f"{given:f}"
            yield Finding("disagrees", f"actual {actual}: {actual.value:f}, its parts give {worth}")


def _given_by_parts(actual: Actual) -> Decimal | None:
    if actual.numerator is None or actual.denominator is None:
        return None
    try:
        scale = measure_terms(actual.series.measure).scale
        return stored(ratio(actual.numerator, actual.denominator, scale=scale))
    except (ValueError, ArithmeticError):
        return None


def _outlived() -> Iterator[Finding]:
    """Figures of a care group recorded after it was known to have ended.

    Figures recorded before that are kept and do not count: an end is often entered late.
    """
    is_dated = Q(valid_from__isnull=False) | Q(valid_to__isnull=False)
    trust = CareGroup.Level.TRUST
    for group in CareGroup.objects.filter(is_dated).exclude(level=trust).order_by("pk"):
        yield from _recorded_outside(group, Series.objects.filter(care_group=group))
    reporters = Series.objects.filter(is_dated).exclude(care_group__level=trust).order_by("pk")
    for series in reporters.select_related("measure", "care_group"):
        yield from _recorded_outside(series, [series])


def _recorded_outside(row: CareGroup | Series, series: Iterable[Series]) -> Iterator[Finding]:
    begins, ends = row.valid_from or date.min, row.valid_to or date.max
    since = None
    for state in row.history.order_by("-history_date", "-history_id"):
        if (state.valid_from, state.valid_to) != (row.valid_from, row.valid_to):
            break
        since = state.history_date
    found = Actual.objects.filter(
        Q(period_end__lt=begins) | Q(period_end__gte=ends), series__in=series
    ).select_related("series__measure", "series__care_group")
    for actual in found.filter(recorded_at__gt=since) if since else found:
        yield Finding("outside its time", f"actual {actual}: {row} was not there to report it")


def _dangling() -> Iterator[Finding]:
    """Foreign keys to rows that do not exist, however those rows were removed."""
    for model in apps.get_models(include_auto_created=True):
        for column in model._meta.concrete_fields:
            # The library's history may outlive the row that it records.
            if isinstance(column, ForeignKey) and column.db_constraint:  # type: ignore[attr-defined]
                there = column.related_model._base_manager.values(column.target_field.attname)
                rows = model._base_manager.filter(**{f"{column.attname}__isnull": False})
                lost = rows.exclude(**{f"{column.attname}__in": there}).order_by("pk")
                for pk, key in lost.values_list("pk", column.attname):
                    parent = column.related_model._meta.verbose_name
                    yield Finding("orphan", f"{model._meta.verbose_name} {pk}: no {parent} {key}")


def _orphans() -> Iterator[Finding]:
    """Rows whose parents are of different plans, and targets on a measure without a series."""
    for objective in Objective.objects.exclude(plan=F("ambition__plan")):
        yield Finding("orphan", f"{objective}: its grouping belongs to another plan")
    for target in Target.objects.filter(objective__isnull=False).exclude(plan=F("objective__plan")):
        yield Finding("orphan", f"{target}: its objective belongs to another plan")
    measured = Target.objects.filter(measure__isnull=False, measure__series__isnull=True)
    for target in measured.select_related("measure"):
        yield Finding("orphan", f"{target}: nobody reports {target.measure}")


def _without_provenance() -> Iterator[Finding]:
    """Rows without provenance: no source document, or no section of it."""
    for model in apps.get_models():
        if not issubclass(model, Provenance):
            continue
        lacking = Q(source_document__isnull=True) | Q(source_section="")
        if model is Target:
            # A target that people set themselves is in no document.
            lacking &= Q(plan__isnull=False)
        rows = model._default_manager.filter(lacking)
        for row in rows.select_related(*natural_parents(model)).order_by("pk"):
            what = "source document" if row.source_document_id is None else "section"
            yield Finding("no provenance", f"{model._meta.verbose_name} {row}: no {what}")
    yield from _plan_words_without_section()
    published = Actual.objects.filter(origin=Actual.Origin.PUBLISHED, source_document__isnull=True)
    for actual in published.select_related("series__measure", "series__care_group"):
        yield Finding("no provenance", f"actual {actual}: no source document")


def _plan_words_without_section() -> Iterator[Finding]:
    """The mission, vision and values of a plan each need a section of the plan's document."""
    for plan in Plan.objects.order_by("pk"):
        for name in ("mission", "vision", "values"):
            if getattr(plan, name) and not getattr(plan, f"{name}_section"):
                yield Finding("no provenance", f"{name} of {plan}: no section")
