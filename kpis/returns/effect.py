"""What a correction would change: the care group's figure and status, and the whole trust's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kmpt_tracker.ui.formats import format_change
from kpis.assessments.inputs import load_inputs
from kpis.assessments.read import calculated_standing
from kpis.judging.assess import assess
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms, SeriesInputs
from kpis.judging.wording import rated_words, status_words, value_words, window_words
from kpis.models import Measure, Series, Target
from kpis.months.due import FigureDue
from kpis.returns.cells import CellRead
from kpis.returns.judge import draft_of
from strategy.models import CareGroup
from strategy.periods import Period


@dataclass(frozen=True)
class Effect:
    """One series in a window before and after a correction."""

    name: str
    before: Standing | None
    after: Standing | None
    terms: MeasureTerms

    @property
    def change_words(self) -> str:
        """ "+2.4 percentage points"; empty where either has no value."""
        if self.before is None or self.after is None:
            return ""
        old, new = self.before.value, self.after.value
        if old is None or new is None:
            return ""
        return format_change(new - old, self.terms.unit, self.terms.decimals)

    @property
    def words(self) -> str:
        """ "Whole trust: 94.6% → 95.0%, near target → on target".

        Where a longer span is rated it is named: "Whole trust, 12 months to Aug 2026: …".
        """
        old, new = (
            value_words(seen, self.terms) if seen and seen.has_value else "no figure"
            for seen in (self.before, self.after)
        )
        was, now = (
            status_words(seen, self.terms) if seen else "" for seen in (self.before, self.after)
        )
        status = f"{was} → {now}" if was and now and was != now else f"still {now}" if now else ""
        rated = [
            seen for seen in (self.before, self.after) if seen and rated_words(seen, self.terms)
        ]
        span = f", {window_words(rated[-1], self.terms)}" if rated else ""
        return f"{self.name}{span}: {old} → {new}" + (f", {status}" if status else "")


def trust_effects(proposed: Mapping[int, tuple[FigureDue, CellRead]]) -> dict[int, Effect]:
    """What each proposed figure of a care group does to the trust's, by row."""
    measures = {
        asked.series.measure_id
        for asked, _ in proposed.values()
        if not asked.series.care_group.is_trust
    }
    if not measures:
        return {}
    rows = Series.objects.filter(
        measure__in=measures,
        care_group__level=CareGroup.Level.TRUST,
        measure__collection_level=Measure.CollectionLevel.CARE_GROUP,
    ).exclude(measure__roll_up=Measure.RollUp.NONE)
    of_trust = {row.measure_id: row for row in rows.select_related("measure", "care_group")}
    inputs = load_inputs(of_trust.values())
    targets = {
        row.code: row for row in Target.objects.filter(measure__in=measures).select_related("plan")
    }
    found = {}
    for key, (asked, read) in proposed.items():
        trust = of_trust.get(asked.series.measure_id)
        if trust is None:
            continue
        stands = inputs[trust.pk]
        group = asked.series.care_group.code
        parts = [seen for seen in stands.parts.get(group, ()) if seen.period != asked.window]
        if read.has_figure:
            parts.append(draft_of(read, asked.window))
        after = replace(stands, parts={**stands.parts, group: tuple(parts)})
        found[key] = Effect(
            "Whole trust",
            _in(stands, asked.window, targets),
            _in(after, asked.window, targets),
            stands.measure,
        )
    return found


def _in(inputs: SeriesInputs, window: Period, targets: Mapping[str, Target]) -> Standing | None:
    found: Iterable[Standing] = (
        calculated_standing(item, targets)
        for item in assess(inputs)
        if item.observation.period == window
    )
    return next(iter(found), None)
