"""One run of `seed` over all apps: parse every file, name every problem, then write."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.db import transaction

import cip.loaders
import kpis.loaders
import kpis.published
import strategy.loaders
from accounts import audit
from board.illustration import illustrate
from kpis.services.assessment import recompute
from strategy.fixture_files import digest
from strategy.loading import Load, Ref
from strategy.models import Plan, SeededRow
from strategy.seeding import Report

PARTS = ("organisation", "plans", "actuals", "cip")
ORDER = (*strategy.loaders.ORDER, *kpis.loaders.ORDER, *cip.loaders.ORDER)
DIGEST_LABEL = "fixtures"
Progress = Callable[[str], None]


@transaction.atomic
def seed(
    *,
    root: Path,
    at: datetime,
    illustrative: bool,
    only: str,
    refresh: bool,
    progress: Progress | None = None,
) -> Report:
    """Load the fixtures; raises FixtureError, and changes nothing, when any row is at fault."""
    say = progress or (lambda text: None)
    load = Load(root=root, at=at, refresh=refresh)
    if not _is_news(root, only, refresh):
        if illustrative:
            illustrate(root=root, at=at, report=load.report, say=say)
            recompute(stale_only=True, at=at)
        return load.report
    say("reading the fixtures")
    published = read_all(load)
    load.check()
    for model in ORDER:
        if _wanted(model, only):
            load.write(model)
    kpis.loaders.mark_changed(load)
    if only in ("", "actuals"):
        say(f"published figures: {len(published):,}")
        kpis.published.write_published(load, published)
    _remember(load, root, only)
    if illustrative:
        illustrate(root=root, at=at, report=load.report, say=say)
    say("judging the figures")
    recompute(stale_only=True, at=at)
    return load.report


def read_all(load: Load) -> list[kpis.published.PublishedValue]:
    """Parse every file into drafts; the published values come back beside them."""
    strategy.loaders.read_sources(load)
    strategy.loaders.read_organisation(load)
    kpis.loaders.read_measures(load)
    published = []
    for top in load.folder("plans"):
        plan = strategy.loaders.read_plan(load, top)
        if plan.key in load.drafts.get(Plan, {}):
            published += _read_promises(load, top, plan)
    cip.loaders.read_programmes(load)
    published += kpis.published.read_published(load)
    kpis.loaders.end_reports(load)
    strategy.loaders.check_notes(load)
    return published


def _read_promises(load: Load, top, plan: Ref) -> list[kpis.published.PublishedValue]:
    kpis.loaders.read_targets(load, top, plan)
    kpis.loaders.read_links_to_measures(load, top, plan)
    return kpis.published.read_observed(load, top, plan)


def _wanted(model, only: str) -> bool:
    """`--only` names a part; what a part rests on is loaded with it."""
    app = model._meta.app_label
    if not only or only == "actuals":
        return app != "cip" or not only
    if only == "organisation":
        return model in strategy.loaders.ORDER[:4]
    if only == "plans":
        return app != "cip"
    return app in ("strategy", "cip")


def _is_news(root: Path, only: str, refresh: bool) -> bool:
    row = SeededRow.objects.filter(object_type=DIGEST_LABEL, object_key=only or "all").first()
    return refresh or row is None or row.row_hash != digest(root)


def _plural(label: str) -> str:
    """A model's name for many, as text: the default one is lazy and would not go into JSON."""
    return str(apps.get_model(label)._meta.verbose_name_plural)


def _remember(load: Load, root: Path, only: str) -> None:
    """Note which fixtures are loaded; until all of them are, every run tells what is not."""
    is_settled = not (load.report.waiting or load.report.conflicts)
    loaded = digest(root) if is_settled else ""
    places = SeededRow.objects.filter(object_type=DIGEST_LABEL, object_key=only or "all")
    if not load.report.changed and places.filter(row_hash=loaded).exists():
        return
    row, _ = places.update_or_create(
        object_type=DIGEST_LABEL,
        object_key=only or "all",
        defaults={"row_hash": loaded, "fixture": root.name, "seeded_at": load.at},
    )
    if load.report.changed:
        audit.record(
            at=load.at,
            by=None,
            action="seeded",
            obj=row,
            key=DIGEST_LABEL,
            changes=[
                audit.FieldChange.of(_plural(label), "", count)
                for label, count in sorted(load.report.created.items())
            ],
            reason=f"seed {only}".strip(),
        )
